"""L147: a condition about a step that nobody can have passed who is asked it."""

from __future__ import annotations

from collections.abc import Iterator

from oncue.compiler.diagnostics import Diagnostic, Related
from oncue.compiler.flow.flat import Flat, Flow, acts, behind
from oncue.compiler.model import Cond, If, Text, WaitUntil
from oncue.compiler.resolve.workspace import Resolved
from oncue.compiler.source import Span
from oncue.compiler.yaml.positions import span_in

_Way = tuple[set[str], Iterator[str]]  # the steps behind one that were met so far, and those still to be met


def check(resolved: Resolved) -> Iterator[Diagnostic]:
    """`of step` in rules, branches and waits that stand before that step."""
    for flow in resolved.flows.values():
        passed: dict[str, _Way] = {}
        for flat in () if flow.clashes else flow.steps.values():
            asks = flat.step.rules or flat.step.kind in ("if", "wait")
            for cond in _asked(flat) if asks else ():
                for name, span in _named(resolved, cond):
                    if name not in flow.steps:
                        continue
                    if name not in passed:
                        passed[name] = set(), behind(flow, name)
                    if not _leads(passed[name], flat.id):
                        yield _diagnostic(flow, name, span)


def _leads(way: _Way, step: str) -> bool:
    """Whether the way comes to that step; it is followed no further than that."""
    seen, onward = way
    while step not in seen:
        after = next(onward, None)
        if after is None:
            return False
        seen.add(after)
    return True


def _asked(flat: Flat) -> Iterator[Cond]:
    """The conditions that a member is asked at the step."""
    yield from (rule.when for rule in flat.step.rules if rule.when is not None)
    for act in acts(flat.step):
        cond = act.when if isinstance(act, If) else act.until if isinstance(act, WaitUntil) else None
        if cond is not None:
            yield cond


def _named(resolved: Resolved, cond: Cond) -> Iterator[tuple[str, Span]]:
    if not isinstance(cond, Text):
        for part in cond.parts:
            yield from _named(resolved, part)
        return
    compiled = resolved.conditions.get(cond) if "step" in cond.node.text else None
    for use in () if compiled is None else compiled.uses:
        if use.kind == "steps":
            yield use.name, span_in(cond.node, use.start, use.end)


def _diagnostic(flow: Flow, name: str, span: Span) -> Diagnostic:
    message = f"nobody who comes here has passed `{name}`, so nothing has been done with its message"
    related = (Related("the step stands here", flow.steps[name].step.key.span),)
    return Diagnostic("L147", "warning", message, span, "name a step that comes before this", related)
