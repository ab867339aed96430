"""The conditions that decide something, each with what it decides."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from oncue.compiler.expr.tracks import walk
from oncue.compiler.flow.flat import acts
from oncue.compiler.model import Cond, Goal, If, SplitTest, SplitUntil, Step, WaitUntil
from oncue.compiler.model.records import Record
from oncue.compiler.resolve.named import steps_of
from oncue.compiler.resolve.workspace import Resolved
from oncue.schemas.conditions import CondNode, InSegment

Role = Literal[
    "segment", "trigger", "exit", "rule", "if", "goal", "wait", "split_test", "split_until",
    "qualified", "scenario", "crosses",
]  # fmt: skip


class Deciding(Record, frozen=True):
    """A condition in its role. The same condition may stand in many places."""

    role: Role
    cond: Cond


def deciding(resolved: Resolved) -> Iterator[Deciding]:
    """All of a workspace."""
    workspace = resolved.workspace
    for segment in workspace.segments.values():
        yield from _of("segment", segment.condition)
    for campaign in workspace.campaigns.values():
        yield from _of("exit", campaign.exit_when)
        for trigger in campaign.starts:
            yield from _of("trigger", trigger.when)
    if workspace.settings.funnel is not None:
        yield from _of("qualified", workspace.settings.funnel.qualified_when)
    for scenario in workspace.reactivation_scenarios.values():
        yield from _of("scenario", scenario.when)
        yield from _of("crosses", scenario.crosses)
        yield from _of("trigger", None if scenario.on is None else scenario.on.when)
    for steps in resolved.lists:
        for step in steps:
            for rule in step.rules:
                yield from _of("rule", rule.when)
    for step in steps_of(resolved, ("if", "goal", "wait", "split_test", "split_until")):
        yield from of_step(step)


def settled(resolved: Resolved) -> list[tuple[Deciding, bool]]:
    """Those that hold for everybody (True) or for nobody (False). Each text is judged once; where none is
    settled, as in most workspaces, nobody looks where they stand."""
    judged = ((id(each), resolved.prover.verdict(each.node)) for each in resolved.conditions.distinct())
    sure = {number for number, verdict in judged if verdict is not None}
    if not sure:
        return []
    found = [each for each in deciding(resolved) if id(resolved.conditions.get(each.cond)) in sure]
    return [(each, verdict) for each in found if (verdict := _certain(resolved, each)) is not None]


def _certain(resolved: Resolved, each: Deciding) -> bool | None:
    """Whether the condition holds for everybody (True) or for nobody (False); None if neither is sure, or if
    nobody is in a segment that it names, which is told there."""
    compiled = resolved.conditions.get(each.cond)
    verdict = None if compiled is None else resolved.prover.verdict(compiled.node)
    if verdict is False and compiled is not None:
        return None if any(_empty(resolved, name) for name in _segments_in(compiled.node)) else False
    return verdict


def _empty(resolved: Resolved, name: str) -> bool:
    node = resolved.prover.forms.segment(name)
    return node is not None and resolved.prover.verdict(node) is False


def _segments_in(node: CondNode) -> Iterator[str]:
    return (part.segment for part in walk(node) if isinstance(part, InSegment))


def _of(role: Role, cond: Cond | None) -> Iterator[Deciding]:
    if cond is not None:
        yield Deciding(role, cond)


def of_step(step: Step) -> Iterator[Deciding]:
    """Those that a step asks itself, its rules apart."""
    for act in acts(step):
        if isinstance(act, If):
            yield from _of("if", act.when)
        elif isinstance(act, Goal):
            yield from _of("goal", act.when)
        elif isinstance(act, WaitUntil):
            yield from _of("wait", act.until)
        elif isinstance(act, SplitTest | SplitUntil):
            yield from _of("split_test" if isinstance(act, SplitTest) else "split_until", act.match)
