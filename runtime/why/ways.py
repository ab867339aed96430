"""Where in a plan something is done: the steps and fulfillment actions with a behaviour that does it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec import Struct

from oncue.runtime.testing.places import behaviours
from oncue.schemas import actions as does
from oncue.schemas.parts import Position
from oncue.schemas.plan import Plan, Step


class Way(Struct, frozen=True):
    """One behaviour: of a campaign's step or of a fulfillment action. `rule`: its index, -1 the default."""

    unit: str
    step: Step
    rule: int
    at: Position

    @property
    def campaign(self) -> str:
        """The campaign's id; empty for a fulfillment action."""
        kind, _, name = self.unit.partition("/")
        return name if kind == "campaigns" else ""

    @property
    def title(self) -> str:
        """`campaigns/welcome, step invite, rule 2`."""
        rule = "" if not self.step.rules else f", rule {self.rule + 1}" if self.rule >= 0 else ", default"
        return f"{self.unit}, {'step' if self.campaign else 'action'} {self.step.id}{rule}"


def steps(plan: Plan) -> Iterator[tuple[str, Step]]:
    """Every step and fulfillment action, with its unit."""
    for name, campaign in plan.campaigns.items():
        yield from ((f"campaigns/{name}", step) for step in campaign.steps)
    for unit, behaviour in behaviours(plan):
        yield from ((unit, step) for step in behaviour.actions)


def behaviours_of(step: Step) -> Iterator[tuple[int, does.Action | None, Position]]:
    """What a step may do, in the order of the rules, the default last."""
    for number, rule in enumerate(step.rules):
        yield number, rule.use, rule.when.at
    yield -1, step.default, step.at


def ways(plan: Plan, does_it: Callable[[does.Action], bool]) -> list[Way]:
    """The behaviours that do it, in the order of campaigns, then of assets."""
    return [
        Way(unit, step, number, at)
        for unit, step in steps(plan)
        for number, action, at in behaviours_of(step)
        if action is not None and does_it(action)
    ]


def action_of(step: Step, label: str) -> does.Action | None:
    """The behaviour that the audit calls ``rule 2`` or ``default``."""
    number = int(label[5:]) - 1 if label.startswith("rule ") else -1
    return step.rules[number].use if 0 <= number < len(step.rules) else step.default
