"""Where in the YAML an audit entry comes from."""

from __future__ import annotations

from oncue.runtime.testing.results import Place
from oncue.schemas import plan
from oncue.schemas.audit import AuditEntry
from oncue.schemas.parts import Position


class Places:
    """Of one plan."""

    def __init__(self, whole: plan.Plan) -> None:
        self._files = whole.files
        self._units: dict[str, Position] = {}
        self._steps: dict[tuple[str, str], plan.Step] = {}
        for name, segment in whole.segments.items():
            self._units[f"segments/{name}"] = segment.at
        for name, listed in whole.lists.items():
            self._units[f"lists/{name}"] = listed.at
        for name, campaign in whole.campaigns.items():
            self._add(f"campaigns/{name}", campaign.at, campaign.steps)
        for name, scenario in whole.reactivation_scenarios.items():
            self._add(f"reactivation_scenarios/{name}", scenario.at, steps_of(scenario))
        self._starts = {f"campaigns/{name}": each.starts for name, each in whole.campaigns.items()}
        self._exits = {f"campaigns/{name}": each.exit_when for name, each in whole.campaigns.items()}
        for unit, behaviour in behaviours(whole):
            self._add(unit, behaviour.at, behaviour.actions)

    def _add(self, unit: str, at: Position, steps: tuple[plan.Step, ...]) -> None:
        self._units[unit] = at
        for step in steps:
            self._steps[unit, step.id] = step

    def of(self, entry: AuditEntry) -> Place:
        """The rule that decided, else the step, else the trigger or exit, else the unit."""
        step = self._steps.get((entry.unit, entry.step))
        if step is not None:
            return self.place(self._rule(step, entry.rule) or step.at)
        if entry.what == "campaign.entered" and (trigger := self._trigger(entry)) is not None:
            return self.place(trigger)
        leaves = self._exits.get(entry.unit) if entry.what == "campaign.exited" else None
        return self.place(leaves.at if leaves is not None else self._units.get(entry.unit))

    def step(self, unit: str, step: str) -> plan.Step | None:
        """A step of the plan."""
        return self._steps.get((unit, step))

    def place(self, at: Position | None) -> Place:
        """The file's name with a position."""
        return Place() if at is None else Place(self._files[at.file], at.line, at.column)

    @staticmethod
    def _rule(step: plan.Step, rule: str) -> Position | None:
        word, _, number = rule.partition(" ")
        if word != "rule" or not number.isdigit() or int(number) > len(step.rules):
            return None
        return step.rules[int(number) - 1].when.at

    def _trigger(self, entry: AuditEntry) -> Position | None:
        word, _, number = entry.why.partition(" ")
        starts = self._starts.get(entry.unit, ())
        if word != "starts_when" or not number.isdigit() or not 0 < int(number) <= len(starts):
            return None
        return starts[int(number) - 1].at


def steps_of(scenario: plan.Scenario) -> tuple[plan.Step, ...]:
    """A scenario's choice of a default campaign, and its actions."""
    return scenario.actions if scenario.insert is None else (scenario.insert, *scenario.actions)


def behaviours(whole: plan.Plan) -> list[tuple[str, plan.Behaviour]]:
    """Every behaviour with fulfillment actions, and the name of its unit."""
    assets = [("emails", name, email.behaviours) for name, email in whole.emails.items()]
    for kind, members in whole.assets.items():
        assets += [(kind, name, asset.behaviours) for name, asset in members.items()]
    return [
        (f"{kind}/{name}/on_{behaviour}", spec)
        for kind, name, all_ in assets
        for behaviour, spec in all_.items()
    ]
