"""`migrate` in the settings."""

from __future__ import annotations

from oncue.compiler.bind.reading import Reader
from oncue.compiler.model.migrations import Migration
from oncue.compiler.yaml.nodes import Mapping, Node, Scalar

END = "end"


def migrations(reader: Reader, node: Node | None) -> tuple[Migration, ...]:
    """The entries that can be read."""
    mapping = reader.mapping(node, "what is gone, and what becomes of those in it")
    found = [_migration(reader, key, value) for key, value in mapping or ()]
    return tuple(each for each in found if each is not None)


def _migration(reader: Reader, key: Scalar, value: Node) -> Migration | None:
    if type(value) is Mapping:
        reason = reader.text(value.get(END), "a reason")
        return None if reason is None else Migration(key, None, reason)
    to = reader.scalar(value, "a target such as `campaigns/welcome/pause`, or `end`")
    if to is None:
        return None
    return Migration(key) if to.text.strip() == END else Migration(key, to)
