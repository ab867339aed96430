"""Values as numbers of z3: fields and properties, sums of them, days and instants, what history is asked
for."""

from __future__ import annotations

import z3  # type: ignore[import-untyped]
from msgspec import Struct

from oncue.compiler.expr.fold import compared
from oncue.compiler.expr.names import OF_EVERY_DEAL
from oncue.compiler.proofs.atoms import subject_of
from oncue.compiler.proofs.cells import Specs, allowed, limits, may_miss
from oncue.compiler.proofs.solver.history import History
from oncue.compiler.proofs.solver.times import Term, Times
from oncue.schemas import conditions as c
from oncue.schemas.values import LIMIT, SCALE, parse_number


class Number(Struct, frozen=True):
    """A value: whether it is missing, and what it is where it is not."""

    missing: Term
    value: Term


class Values:
    """The values of one question, each node once. `loose`: some may be what no contact's can be."""

    def __init__(self, specs: Specs, times: Times, history: History) -> None:
        self.specs = specs
        self.times = times
        self.history = history
        self.rules: list[Term] = []
        self.loose = False
        self.known: dict[c.ValueNode, Number] = {}
        self.deal = z3.Bool("deal")

    def number(self, node: c.ValueNode) -> Number:
        """A value of a number, day, instant or boolean (0 or 1)."""
        found = self.known.get(node)
        if found is None:
            found = self.known[node] = self._make(node)
        return found

    def _make(self, node: c.ValueNode) -> Number:
        never = z3.BoolVal(False)
        if isinstance(node, c.Lit):
            point = int(compared(node.type, node.value))
            if node.type == "datetime":
                self.times.literal(point)
            return Number(never, z3.IntVal(point))
        if isinstance(node, c.Now):
            return Number(never, self.times.now)
        if isinstance(node, c.Day):
            return Number(never, self.times.day(node.offset, node.at))
        if isinstance(node, c.DayOf):
            inner = self.number(node.value)
            self.loose = True
            return Number(inner.missing, self.times.day_of(inner.missing, inner.value))
        return self._arith(node) if isinstance(node, c.Arith) else self._free(node)

    def _free(self, node: c.Field | c.Owned | c.Prop | c.Agg) -> Number:
        subject = subject_of(node, node.type)
        name = f"value {len(self.known)}"
        found = Number(z3.Bool(f"no {name}") if may_miss(subject) else z3.BoolVal(False), z3.Int(name))
        spec = self.specs(node)
        listed = allowed(subject, spec) if node.type != "boolean" else [0, 1]
        low, high = (0, 1) if node.type == "boolean" else limits(subject, spec)[:2]
        within = (
            [found.value == each for each in listed]
            if listed
            else [z3.And(low <= found.value, found.value <= high)]
        )
        self.rules.append(z3.Or([found.missing, *within]))
        if isinstance(node, c.Agg):
            self.history.asked(node, found.missing, found.value)
        if subject.kind == "count":
            self.rules.append(found.value % SCALE == 0)
        if isinstance(node, c.Owned) and node.of == "deal":
            self.rules.append(self.deal_rule(node, z3.Not(found.missing)))
        return found

    def deal_rule(self, node: c.Owned, there: Term) -> Term:
        """Some of a deal's values are there if, and only if, there is a deal."""
        return there == self.deal if f"deal.{node.name}" in OF_EVERY_DEAL else z3.Implies(there, self.deal)

    # --- arithmetic

    def _arith(self, node: c.Arith) -> Number:
        left, right = self.number(node.left), self.number(node.right)
        name = f"value {len(self.known)}"
        missing = z3.Or(left.missing, right.missing)
        if node.sign in ("+", "-"):
            value = left.value + right.value if node.sign == "+" else left.value - right.value
            return self._bounded(missing, value)
        factor = _factor(node)
        if factor is None:
            self.loose = True
            value, gone = z3.Int(name), z3.Bool(f"no {name}")
            self.rules.append(z3.Implies(missing, gone))
            return self._bounded(gone, value)
        number, times, over = factor
        value = z3.Int(name)
        if over == 1:
            return self._bounded(missing, self.number(number).value * times)
        self.loose = True  # a half may be rounded either way here
        twice = 2 * (self.number(number).value * times - value * over)
        self.rules.append(z3.And(-over <= twice, twice <= over))
        return self._bounded(missing, value)

    def _bounded(self, missing: Term, value: Term) -> Number:
        """Missing too where it overflows."""
        return Number(z3.Or(missing, value >= LIMIT, value <= -LIMIT), value)


def _factor(node: c.Arith) -> tuple[c.ValueNode, int, int] | None:
    """The one side that is no literal, and what it is multiplied by and divided by; None if both may vary."""
    literal, other = (node.right, node.left) if isinstance(node.right, c.Lit) else (node.left, node.right)
    if not isinstance(literal, c.Lit) or (node.sign == "/" and literal is node.left):
        return None
    number = parse_number(literal.value)
    if not number:
        return None
    times, over = (number, SCALE) if node.sign == "*" else (SCALE, number)
    if over < 0:
        times, over = -times, -over
    return (other, times // over, 1) if times % over == 0 else (other, times, over)
