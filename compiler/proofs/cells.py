"""The kinds of samples that the atoms of one subject tell apart, and which of them fit each atom.

One sample for each kind: the constants that are compared with, one between every two that have room between
them, one beyond, a missing value where there may be none. Declared `values`, `min` and `max` are believed.
A set of cells is an int with a bit for each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import combinations

from oncue.compiler.expr.fold import compared
from oncue.compiler.expr.names import ALWAYS
from oncue.compiler.proofs.atoms import Atom, Sample, Subject
from oncue.compiler.proofs.texts import kinds, pattern_of
from oncue.schemas import conditions as c
from oncue.schemas.builtins import CHANNELS
from oncue.schemas.plan import FieldSpec
from oncue.schemas.values import DAY, LIMIT, SCALE, parse_number

MOST_ITEMS = 6  # of a set that are looked at together
Specs = Callable[[object], FieldSpec | None]  # the declaration of a value

_LAST_DAY = 3_652_059  # 9999-12-31
_YEAR_1, _YEAR_9999 = -719_162 * DAY, 2_932_897 * DAY  # from the epoch
_RANGES = {
    "number": (1 - LIMIT, LIMIT - 1, SCALE),
    "count": (0, LIMIT - SCALE, SCALE),
    "date": (1, _LAST_DAY, 1),
    "datetime": (_YEAR_1, _YEAR_9999 - 1, DAY),
    "clock": (0, 24 * 60 - 1, 60),
}  # least, greatest, and a step that reads well


def samples(subject: Subject, atoms: Iterable[Atom], specs: Specs) -> list[Sample] | None:
    """One sample of each kind; None if there are too many to be told apart."""
    points = [point for each in atoms for point in each.points]
    spec = specs(subject.of) if not subject.frame else None
    if subject.kind == "free":
        return [False, True]
    if subject.kind == "channels":
        return [frozenset(some) for size in range(len(CHANNELS) + 1) for some in combinations(CHANNELS, size)]
    found: list[Sample] | None
    if subject.kind == "boolean":
        found = [True, False]
    elif subject.kind == "text":
        found = texts(points, spec)
    elif subject.kind == "many":
        found = _sets(set(points), spec)
    else:
        found = _numbers(subject, set(points), spec)
    if found is None:
        return None
    return [None, *found] if may_miss(subject) else found


def may_miss(subject: Subject) -> bool:
    """Whether there may be no such value."""
    of = subject.of
    if isinstance(of, c.Field):
        return of.name not in ALWAYS
    return subject.kind not in ("count", "clock") and not isinstance(of, c.Day | c.Now)


def limits(subject: Subject, spec: FieldSpec | None) -> tuple[int, int, int]:
    """The least and the greatest value of a number, day or instant, and a step that reads well."""
    low, high, unit = _RANGES[subject.kind]
    if subject.frame:
        return -high, high, unit
    if spec is not None and subject.kind == "number":
        least, most = parse_number(spec.min or ""), parse_number(spec.max or "")
        low, high = low if least is None else least, high if most is None else most
        if subject.of == c.Field("score", "number"):
            low, high = min(low, 0), max(high, 0)  # where every score starts
    return low, high, unit


def allowed(subject: Subject, spec: FieldSpec | None) -> list[Sample] | None:
    """The values that a declaration lists; None if it lists none."""
    if spec is None or not spec.values:
        return None
    if subject.kind == "number" and subject.of == c.Field("score", "number"):
        return None
    return sorted({compared(spec.type, value) for value in spec.values}) if spec.type != "many" else None


def _numbers(subject: Subject, points: set[int], spec: FieldSpec | None) -> list[Sample]:
    listed = allowed(subject, spec)
    if listed is not None:
        return listed
    low, high, unit = limits(subject, spec)
    whole = unit if subject.kind == "count" else 1
    if whole > 1:
        points = {whole * (point // whole) for point in points} | {
            -whole * (-point // whole) for point in points
        }
    edges = sorted(point for point in points if low <= point <= high)
    found = set(edges)
    for one, other in zip([low - whole, *edges], [*edges, high + whole], strict=True):
        between = _between(one, other, unit, whole)
        if between is not None:
            found.add(between)
    return sorted(found)


def _between(low: int, high: int, unit: int, whole: int) -> int | None:
    """A number between two others, one that reads well if there is one."""
    if high - low <= whole:
        return None
    if low < 0 < high:
        return 0
    for step in (unit, whole):
        near = high - step if low < 0 else low + step
        if low < near < high:
            return near - near % whole
    return low + whole


def texts(points: list[str] | list[object], spec: FieldSpec | None) -> list[Sample] | None:
    if spec is not None and spec.values:
        return sorted({compared("text", value) for value in spec.values})
    plain = {each for each in points if isinstance(each, str)}
    patterns = {each for each in points if isinstance(each, tuple)}
    if not patterns:
        return [*sorted(compared("text", each) for each in plain), _other(plain)]
    found = kinds(tuple(sorted(patterns | {pattern_of("equals", each) for each in plain})))
    return None if found is None else list(found)


def _other(named: set[str]) -> str:
    """A text that is not named."""
    known = {compared("text", each) for each in named}
    return next(each for number in range(len(known) + 1) if (each := f"other{number or ''}") not in known)


def _sets(items: set[str], spec: FieldSpec | None) -> list[Sample] | None:
    if len(items) > MOST_ITEMS:
        return None
    found = [frozenset(some) for size in range(len(items) + 1) for some in combinations(sorted(items), size)]
    every = {compared("text", value) for value in spec.values} if spec is not None and spec.values else None
    # a set of none of the named ones has another
    return found if every is None or every - items else [each for each in found if each]
