"""L102: a rule that is never used, because whoever meets it meets an earlier rule of the same action."""

from __future__ import annotations

from collections.abc import Iterator

from oncue.compiler.diagnostics import Diagnostic, Related
from oncue.compiler.expr.compile import Compiled
from oncue.compiler.model import Cond, Step
from oncue.compiler.proofs.words import in_words
from oncue.compiler.resolve.workspace import Resolved

_Rule = tuple[Cond, Compiled]


def check(resolved: Resolved) -> Iterator[Diagnostic]:
    """Rules that never get their turn, because the top-most match decides."""
    for steps in resolved.lists:
        for step in steps:
            if len(step.rules) > 1:
                yield from _shadowed(resolved, step)


def _shadowed(resolved: Resolved, step: Step) -> Iterator[Diagnostic]:
    earlier: list[_Rule] = []
    for rule in step.rules:
        compiled = resolved.conditions.get(rule.when)
        if compiled is None or rule.when is None:
            continue
        verdict = resolved.prover.verdict(compiled.node)
        if verdict is False:
            continue
        hiding = _hiding(resolved, compiled, earlier)
        if hiding:
            yield _diagnostic(resolved, rule.when, compiled, hiding)
        if verdict:
            return  # what stands below it was told with it
        earlier.append((rule.when, compiled))


def _hiding(resolved: Resolved, compiled: Compiled, earlier: list[_Rule]) -> list[_Rule]:
    """The earlier rules that take whoever meets the condition; the same text is looked for first."""
    same = [each for each in earlier if each[1].text == compiled.text]
    if same or not earlier:
        return same[:1]
    found = resolved.prover.hiding(compiled.node, [each.node for _, each in earlier])
    return [earlier[place] for place in found]


def _diagnostic(resolved: Resolved, cond: Cond, compiled: Compiled, hiding: list[_Rule]) -> Diagnostic:
    hint = "remove it, or change its condition"
    if len(hiding) > 1:
        message = f"this rule is never used: whoever meets it meets one of {len(hiding)} earlier rules"
    elif hiding[0][1].text == compiled.text:
        message = "this rule is never used: an earlier rule has the same condition"
    else:
        message = "this rule is never used: whoever meets it meets an earlier rule"
        hint = "put it above that rule, or change one of them"
    contact = resolved.prover.together([(compiled.node, True)]).contact
    somebody = in_words(contact, resolved.prover.forms.tracks) if contact else ""
    if somebody:
        hint = f"for example {somebody}: an earlier rule decides; {hint}"
    said = "the earlier rule" if len(hiding) == 1 else "one of them"
    related = tuple(Related(said, each.node.span) for each, _ in hiding)
    return Diagnostic("L102", "warning", message, cond.node.span, hint, related)
