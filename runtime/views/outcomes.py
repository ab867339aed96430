"""Reports on what campaigns achieve: splits, goals, deals, conversions, refusals. Pure: from a plan, totals
and the states of splits.

A rate's interval is Wilson's, at 95 %.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import sqrt

from msgspec import Struct

from oncue.runtime import clock
from oncue.runtime.engine import tallies
from oncue.runtime.kernel.entities.kept import SplitState
from oncue.schemas.actions import SplitPaths, SplitTest, SplitUntil
from oncue.schemas.parts import Position
from oncue.schemas.plan import Campaign, Pipeline, Plan, Step
from oncue.schemas.values import format_number

_Z = 1.959963984540054  # of a normal distribution's middle 95 %

Of = Mapping[str, int]  # a step's totals by their names


class PathReport(Struct, frozen=True):
    """One path of a split. `contacts` and `matches` count up to the decision, `taken` every pass. `rate` is
    their quotient, `low` to `high` its 95 % interval (Wilson); all three None without contacts or matches to
    count."""

    name: str
    contacts: int
    matches: int
    taken: int
    rate: float | None
    low: float | None
    high: float | None


class SplitReport(Struct, frozen=True):
    """`winner` is empty until it is `decided` (ISO 8601, UTC); a `split_paths` never is."""

    step: str
    kind: str
    place: str
    paths: list[PathReport]
    winner: str
    decided: str | None


class GoalReport(Struct, frozen=True):
    """How many entries achieved the goal, and how many passed or ended without it."""

    step: str
    name: str
    place: str
    achieved: int
    skipped: int


class StageReport(Struct, frozen=True):
    """The deals that stand in a stage now. Values are decimals."""

    stage: str
    open: int
    won: int
    lost: int
    open_value: str
    won_value: str
    lost_value: str


class PipelineReport(Struct, frozen=True):
    id: str
    place: str
    stages: list[StageReport]


class ConversionReport(Struct, frozen=True):
    """`value`: what all of them were worth, a decimal."""

    id: str
    place: str
    converted: int
    value: str


def interval(matches: int, contacts: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a rate, to nine places; `contacts` is positive."""
    rate, square = matches / contacts, _Z * _Z
    middle = rate + square / (2 * contacts)
    reach = _Z * sqrt(rate * (1 - rate) / contacts + square / (4 * contacts * contacts))
    whole = 1 + square / contacts
    return round(max(0.0, (middle - reach) / whole), 9), round(min(1.0, (middle + reach) / whole), 9)


def split_of(step: Step) -> SplitPaths | SplitTest | SplitUntil | None:
    """The step's split, if it is one."""
    action = step.default
    return action if isinstance(action, SplitPaths | SplitTest | SplitUntil) else None


class Outcomes:
    """Looks totals up. `splits`: states by CAMPAIGN/STEP."""

    def __init__(
        self, plan: Plan, totals: Mapping[tuple[str, str], Of], splits: Mapping[str, SplitState]
    ) -> None:  # fmt: skip
        self._plan = plan
        self._totals = totals
        self._states = splits

    def _of(self, unit: str, step: str = "") -> Of:
        return self._totals.get((unit, step), {})

    def _place(self, at: Position) -> str:
        return f"{self._plan.files[at.file]}:{at.line}"

    # --- of a campaign

    def splits(self, campaign: str, spec: Campaign) -> list[SplitReport]:
        """Its splits, in the order of the file."""
        return [self._split(campaign, step) for step in spec.steps if split_of(step) is not None]

    def _split(self, campaign: str, step: Step) -> SplitReport:
        action, state = split_of(step), self._states.get(f"{campaign}/{step.id}", SplitState())
        if isinstance(action, SplitUntil):
            names = [action.before.name, action.after.name]
        else:
            names = [path.name for path in action.paths] if action is not None else []
        counted = isinstance(action, SplitTest) or (
            isinstance(action, SplitUntil) and action.match is not None
        )
        totals = self._of(f"campaigns/{campaign}", step.id)
        paths = [_path(name, state, totals.get(tallies.PATH + name, 0), counted=counted) for name in names]
        decided = None if state.decided_at is None else clock.show(state.decided_at)
        return SplitReport(step.id, step.kind, self._place(step.at), paths, state.winner, decided)

    def goals(self, campaign: str, spec: Campaign) -> list[GoalReport]:
        """Its goals, in the order of the file."""
        return list(self._goals(f"campaigns/{campaign}", spec))

    def _goals(self, unit: str, spec: Campaign) -> Iterator[GoalReport]:
        for step in spec.steps:
            name = getattr(step.default, "name", None) if step.kind == "goal" else None
            if isinstance(name, str):
                totals = self._of(unit, step.id)
                achieved, skipped = totals.get(tallies.ACHIEVED, 0), totals.get(tallies.SKIPPED, 0)
                yield GoalReport(step.id, name, self._place(step.at), achieved, skipped)

    # --- of everything

    def pipelines(self) -> list[PipelineReport]:
        """Deals by pipeline and stage; stages that the plan has no more follow those that it has."""
        return [self._pipeline(name, spec) for name, spec in sorted(self._plan.pipelines.items())]

    def _pipeline(self, name: str, spec: Pipeline) -> PipelineReport:
        unit = f"pipelines/{name}"
        gone = sorted(
            step for place, step in self._totals
            if place == unit and step not in spec.stages and any(self._of(unit, step).values())
        )  # fmt: skip
        stages = [_stage(stage, self._of(unit, stage)) for stage in (*spec.stages, *gone)]
        return PipelineReport(name, self._place(spec.at), stages)

    def conversions(self) -> list[ConversionReport]:
        """Conversions with what they were worth."""
        found = []
        for name, spec in sorted(self._plan.conversions.items()):
            totals = self._of(f"conversions/{name}")
            value = format_number(tallies.total(totals, "value"))
            found.append(ConversionReport(name, self._place(spec.at), totals.get("converted", 0), value))
        return found

    def refusals(self) -> dict[str, int]:
        """Messages that the gate refused, by reason, over all steps and fulfillment actions."""
        found: dict[str, int] = {}
        for (_, step), totals in self._totals.items():
            for name, number in totals.items() if step else ():
                result, slash, _ = name.rpartition("/")
                if slash and result.startswith("refused:") and number:
                    why = result.partition(":")[2]
                    found[why] = found.get(why, 0) + number
        return dict(sorted(found.items()))

    def stopped(self) -> int:
        """Messages that the daily limit has stopped."""
        return self._of(tallies.DAILY_LIMIT).get("stopped", 0)


def _path(name: str, state: SplitState, taken: int, *, counted: bool) -> PathReport:
    contacts, matches = state.arrived.get(name, 0), state.matched.get(name, 0)
    if not contacts or not counted:
        return PathReport(name, contacts, matches, taken, None, None, None)
    low, high = interval(matches, contacts)
    return PathReport(name, contacts, matches, taken, matches / contacts, low, high)


def _stage(stage: str, totals: Of) -> StageReport:
    def value(status: str) -> str:
        return format_number(tallies.total(totals, f"{status} value"))

    numbers = (totals.get("open", 0), totals.get("won", 0), totals.get("lost", 0))
    return StageReport(stage, *numbers, value("open"), value("won"), value("lost"))
