"""Every name that an action gives, wherever in its record it stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from oncue.compiler.flow.flat import acts
from oncue.compiler.model import Step
from oncue.compiler.model.records import Record
from oncue.compiler.model.refs import Ref
from oncue.compiler.resolve.workspace import Resolved
from oncue.compiler.yaml.nodes import Scalar


def steps_of(resolved: Resolved, kinds: Iterable[str]) -> Iterator[Step]:
    """The steps of these kinds, one kind after the other."""
    for kind in kinds:
        yield from resolved.kinds.get(kind, ())


def acts_of(resolved: Resolved, kinds: Iterable[str]) -> Iterator[Record]:
    """All that the steps of these kinds may do."""
    for step in steps_of(resolved, kinds):
        yield from (act for act in acts(step) if act is not None)


def refs_in(record: object) -> Iterator[Ref]:
    """The names in a record, those in its parts too."""
    if isinstance(record, Ref):
        yield record
    elif isinstance(record, tuple):
        for each in record:
            yield from refs_in(each)
    elif isinstance(record, Record):
        for value in _values(record):
            yield from refs_in(value)


def records_in(record: object, kind: type[Record]) -> Iterator[Record]:
    """The parts of a record that are of that kind."""
    if isinstance(record, kind):
        yield record
    elif isinstance(record, Record):
        for value in _values(record):
            yield from records_in(value, kind)


def _values(record: Struct) -> Iterator[object]:
    for name in record.__struct_fields__:
        value = getattr(record, name)
        if not isinstance(value, Scalar):
            yield value
