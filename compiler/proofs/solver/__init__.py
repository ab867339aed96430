"""The one room that imports z3: tests that hang together, as linear arithmetic over whole numbers.

Every value is a whole number in its compared form and a truth value that says whether it is missing. What
cannot be said exactly is said loosely, so that there are more contacts than there can be, never fewer. Each
question has a budget in z3's own units, not in seconds: the answer is the same on every machine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import z3  # type: ignore[import-untyped]

from oncue.compiler.proofs.atoms import Sample, Subject
from oncue.compiler.proofs.cells import Specs
from oncue.compiler.proofs.forms import All, Any, Form
from oncue.compiler.proofs.search import Table
from oncue.compiler.proofs.solver.question import Question
from oncue.compiler.proofs.solver.times import Term
from oncue.schemas.conditions import Track

BUDGET = 2_000_000  # of one question: about a second, a hundred times what most take


def solve(
    forms: Sequence[Form], table: Table, specs: Specs, tracks: Mapping[str, Track], timezone: str
) -> tuple[bool | None, dict[Subject, Sample] | None]:
    """Whether all forms can hold together (None: not known), and somebody for whom they do, where everything
    was said exactly."""
    question = Question(table, specs, tracks, timezone)
    wanted = [_term(form, question) for form in forms]
    solver = z3.Solver()
    solver.set("rlimit", BUDGET)
    solver.add(*wanted, *question.rules())
    answer = solver.check()
    if answer == z3.unsat:
        return False, None
    if answer != z3.sat:
        return None, None
    return True, (question.contact(solver.model()) if question.exact else None)


def _term(form: Form, question: Question) -> Term:
    if isinstance(form, bool):
        return z3.BoolVal(form)
    if isinstance(form, All | Any):
        join = z3.And if isinstance(form, All) else z3.Or
        return join([_term(part, question) for part in form.parts])
    term = question.test(form // 2)
    return z3.Not(term) if form & 1 else term
