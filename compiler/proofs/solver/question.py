"""One question in z3's terms: tests of values that hang together as arithmetic, all others by their cells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeGuard

import z3  # type: ignore[import-untyped]

from oncue.compiler.expr.fold import compared
from oncue.compiler.proofs import cells
from oncue.compiler.proofs.atoms import Sample, Subject, subject_of
from oncue.compiler.proofs.cells import Specs
from oncue.compiler.proofs.search import Table
from oncue.compiler.proofs.solver.history import History
from oncue.compiler.proofs.solver.times import Term, Times
from oncue.compiler.proofs.solver.values import Number, Values
from oncue.schemas import conditions as c
from oncue.schemas.values import DAY

_NUMBERS = ("number", "count", "date", "datetime", "boolean")


class Question:
    """The terms of one question's atoms. `exact`: none of them is said loosely."""

    def __init__(self, table: Table, specs: Specs, tracks: Mapping[str, c.Track], timezone: str) -> None:
        self.table = table
        self.specs = specs
        self.times = Times(timezone)
        self.history = History(tracks, self.times)
        self.values = Values(specs, self.times, self.history)
        self.tied = table.tied()
        self.texts = _Texts(table, specs)
        self.chosen: dict[Subject, Term] = {}  # of a subject the place of its cell
        self._rules: list[Term] = []

    @property
    def exact(self) -> bool:
        """Whether what z3 finds is somebody who can be."""
        return not self.values.loose and not self.history.sets

    def test(self, number: int) -> Term:
        """An atom as a term."""
        node = self.table.atoms[number].node
        subject = self.table.about[number]
        if subject in self.tied:
            reading = _READINGS.get(type(node))
            term = None if reading is None else reading(self, node)
            if term is not None:
                return term
        return self._by_cells(number)

    def rules(self) -> list[Term]:
        """What holds of the values whatever the question."""
        history = self.history.rules(_says_as_much)
        return [*self._rules, *self.values.rules, *self.texts.rules, *history, *self.times.rules()]

    def contact(self, model: Term) -> dict[Subject, Sample] | None:
        """Somebody whom z3 found; None where two texts differ of which no examples are known."""
        texts = self.texts.contact(model)
        if texts is None:
            return None
        found: dict[Subject, Sample] = texts
        for subject, place in self.chosen.items():
            found[subject] = self.table.kinds[subject][_int(model, place)]
        for node, number in self.values.known.items():
            if isinstance(node, c.Field | c.Owned | c.Prop):
                value = None if z3.is_true(model.eval(number.missing, True)) else _int(model, number.value)
                found[subject_of(node, node.type)] = (
                    bool(value) if node.type == "boolean" and value is not None else value
                )
        return found

    # --- tests

    def _by_cells(self, number: int) -> Term:
        subject, mask = self.table.masks[2 * number]
        if subject in self.texts.places:
            return self.texts.test(subject, self.table.atoms[number].holds)
        if subject not in self.chosen:
            place = self.chosen[subject] = z3.Int(f"cell {len(self.chosen)}")
            self._rules += [place >= 0, place < len(self.table.kinds[subject])]
            self._rules += self._presence(subject, place)
        place = self.chosen[subject]
        return z3.Or([place == bit for bit in range(len(self.table.kinds[subject])) if mask >> bit & 1])

    def _presence(self, subject: Subject, place: Term) -> list[Term]:
        """Where a deal's text is, is a deal."""
        if isinstance(subject.of, c.Owned) and subject.of.of == "deal":
            missing = self.table.kinds[subject].index(None)
            return [self.values.deal_rule(subject.of, place != missing)]
        return []

    def compare(self, node: c.Cmp) -> Term | None:
        if node.type == "text":
            return self.texts.equal(node)
        if node.type not in _NUMBERS:
            return None
        left, right = self.values.number(node.left), self.values.number(node.right)
        holds = _ordered(node.order, left.value, right.value)
        there = z3.Not(z3.Or(left.missing, right.missing))
        return z3.Or(z3.Not(there), holds) if node.order == "!=" else z3.And(there, holds)

    def among(self, node: c.In) -> Term | None:
        if node.type not in _NUMBERS:
            return None
        value = self.values.number(node.value)
        return z3.And(
            _there(value), z3.Or([value.value == int(compared(node.type, item)) for item in node.items])
        )

    def is_set(self, node: c.IsSet) -> Term | None:
        kind = "number" if isinstance(node.value, c.Arith) else getattr(node.value, "type", "datetime")
        return _there(self.values.number(node.value)) if kind in _NUMBERS else None

    def within(self, node: c.Within) -> Term:
        value = self.values.number(node.value)
        if node.type == "date":
            days = node.micros // DAY
            low, high = (0, days) if node.side == "next" else (-days, 0)
            today = self.times.today
            return z3.And(_there(value), today + low <= value.value, value.value <= today + high)
        now = self.times.now
        low, high = (0, node.micros) if node.side == "next" else (-node.micros, 0)
        return z3.And(_there(value), now + low < value.value, value.value <= now + high)

    def older_than(self, node: c.OlderThan) -> Term:
        value = self.values.number(node.value)
        limit = self.times.today - node.micros // DAY if node.type == "date" else self.times.now - node.micros
        return z3.And(_there(value), value.value <= limit)

    def between(self, node: c.NowBetween) -> Term:
        minute = self.times.minute
        join = z3.And if node.start < node.end else z3.Or
        return join(minute >= node.start, minute < node.end)


def _there(value: Number) -> Term:
    return z3.Not(value.missing)


def _ordered(order: str, left: Term, right: Term) -> Term:
    if order in ("==", "!="):
        return left == right if order == "==" else left != right
    if order in ("<", "<="):
        return left < right if order == "<" else left <= right
    return left > right if order == ">" else left >= right


def _int(model: Term, term: Term) -> int:
    return int(model.eval(term, True).as_long())


def _says_as_much(where: c.CondNode | None, other: c.CondNode | None) -> bool:
    """Whether a `where` holds only where the other does: the other is part of it."""
    parts = where.all if isinstance(where, c.And) else (where,)
    return other is None or other == where or other in parts


_READINGS: dict[type, Any] = {
    c.Cmp: Question.compare,
    c.In: Question.among,
    c.IsSet: Question.is_set,
    c.Within: Question.within,
    c.OlderThan: Question.older_than,
    c.NowBetween: Question.between,
}


class _Texts:
    """Texts that are compared with each other: all by the same cells, and each with a number that tells two
    of one cell apart."""

    def __init__(self, table: Table, specs: Specs) -> None:
        self.specs = specs
        self.rules: list[Term] = []
        self.places: dict[Subject, tuple[Term, Term]] = {}
        pairs = [each.node for each in table.atoms.values() if _of_two_texts(each.node)]
        self.subjects = dict.fromkeys(
            Subject("text", side) for node in pairs for side in (node.left, node.right)
        )
        if not pairs:
            return
        atoms = [each for each in table.atoms.values() if each.subject.kind == "text"]
        for subject in dict.fromkeys(each.subject for each in atoms):
            self.subjects.setdefault(subject)
        listed = [value for subject in self.subjects for value in getattr(specs(subject.of), "values", ())]
        named = {compared("text", text) for each in atoms for text in each.points if isinstance(text, str)}
        self.named = named | {compared("text", value) for value in listed}
        self.kinds = cells.texts([*listed, *(point for each in atoms for point in each.points)], None)
        for subject in self.subjects if self.kinds is not None else ():
            self._add(subject)

    def _add(self, subject: Subject) -> None:
        assert self.kinds is not None  # noqa: S101  looked at before
        number = len(self.places)
        place, which = z3.Int(f"text {number}"), z3.Int(f"which {number}")
        self.places[subject] = (place, which)
        spec = self.specs(subject.of)
        values = (
            None if spec is None or not spec.values else {compared("text", value) for value in spec.values}
        )
        may = [spot for spot, text in enumerate(self.kinds) if values is None or text in values]
        self.rules.append(z3.Or([place == -1, *(place == spot for spot in may)]))
        single = [spot for spot, text in enumerate(self.kinds) if text in self.named]
        self.rules += [which >= 0, z3.Implies(z3.Or([place == spot for spot in [-1, *single]]), which == 0)]

    def test(self, subject: Subject, holds: Any) -> Term:  # noqa: ANN401
        """A test of one of them; -1 is a missing one."""
        place, _ = self.places[subject]
        assert self.kinds is not None  # noqa: S101  it has a place
        fitting = [-1] if holds(None) else []
        return z3.Or(
            [place == spot for spot in [*fitting, *(n for n, text in enumerate(self.kinds) if holds(text))]]
        )

    def equal(self, node: c.Cmp) -> Term | None:
        """Two texts that are the same, both there; None where they are not of two values."""
        sides = [self.places.get(Subject("text", side)) for side in (node.left, node.right)]
        if not _of_two_texts(node) or sides[0] is None or sides[1] is None:
            return None
        (place, which), (other, its) = sides[0], sides[1]
        same = z3.And(place != -1, place == other, which == its)
        return z3.Not(same) if node.order == "!=" else same

    def contact(self, model: Term) -> dict[Subject, Sample] | None:
        """The texts of somebody whom z3 found; None where one is neither named nor the example of its
        kind."""
        found: dict[Subject, Sample] = {}
        for subject, (place, which) in self.places.items():
            spot, number = _int(model, place), _int(model, which)
            assert self.kinds is not None  # noqa: S101  it has a place
            if number:
                return None
            found[subject] = None if spot == -1 else self.kinds[spot]
        return found


def _of_two_texts(node: c.CondNode) -> TypeGuard[c.Cmp]:
    return (
        isinstance(node, c.Cmp)
        and node.type == "text"
        and not isinstance(node.left, c.Lit)
        and not isinstance(node.right, c.Lit)
    )
