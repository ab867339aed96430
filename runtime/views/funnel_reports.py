"""Reports on the funnel: each campaign's responses by stage, and what scenarios came to. Pure: from a plan
and totals.

A stage's share is of the responses that came to the stage before; a mean is over those that came to it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

from msgspec import Struct

from oncue.runtime.engine import tallies
from oncue.schemas.parts import Position
from oncue.schemas.plan import Plan
from oncue.schemas.values import format_number

STAGES = {"responded": "", "engaged": "responded", "opportunity": "engaged", "won": "opportunity",
          "lost": "opportunity"}  # fmt: skip  # and the stage before each
OUTCOMES = ("reactivated", "turned", "inserted")  # those that make a response active
OTHERS = ("already_engaged", "nothing", "no_longer", "cascade_limit", "cancelled")
RESULTS = (
    "active", "resolved_no_action", "resolved_already_engaged", "resolved_inactive", "resolved_won",
    "resolved_lost",
)  # fmt: skip

Of = Callable[[str], Mapping[str, int]]  # a unit's totals by their names


class FunnelStage(Struct, frozen=True):
    """How often responses came to a stage, ever. `share`: of the stage before, from 0 to 1 (a scenario makes
    one active again, so it may be more); `mean`: seconds since the stage before. None where there is none."""

    stage: str
    reached: int
    share: float | None
    mean: int | None


class FunnelReport(Struct, frozen=True):
    """A campaign with statuses; all of them together have no `id`. `stages` is empty where nobody has
    responded; `responses`: by response status, as they are now; `won_value`: what its won deals were worth,
    a decimal."""

    id: str
    place: str
    stages: list[FunnelStage]
    responses: dict[str, int]
    won_value: str


class ScenarioReport(Struct, frozen=True):
    """A reactivation scenario: how often it judged, by outcome; who waits for that. `mean`: seconds from what
    set it off until a response was active."""

    id: str
    place: str
    type: str
    paused: bool
    waiting: int
    outcomes: dict[str, int]
    mean: int | None


def funnels(plan: Plan, of: Of, place: Callable[[Position], str]) -> list[FunnelReport]:
    """The campaigns that have statuses, by id; where there are several, all of them together before that."""
    found, everywhere = [], Counter[str]()
    for name, spec in sorted(plan.campaigns.items()):
        if spec.statuses:
            totals = of(f"campaigns/{name}")
            everywhere.update(totals)
            found.append(_funnel(name, place(spec.at), totals))
    return [_funnel("", "", everywhere), *found] if len(found) > 1 else found


def _funnel(name: str, place: str, totals: Mapping[str, int]) -> FunnelReport:
    responses = {result: totals.get(f"response/{result}", 0) for result in RESULTS}
    won = format_number(tallies.total(totals, "won value"))
    stages = _stages(totals) if totals.get("stage/responded") else []
    return FunnelReport(name, place, stages, _some(responses), won)


def _stages(totals: Mapping[str, int]) -> list[FunnelStage]:
    reached = {stage: totals.get(f"stage/{stage}", 0) for stage in STAGES}
    return [
        FunnelStage(
            stage, number, number / reached[before] if before and reached[before] else None,
            totals.get(f"seconds/{stage}", 0) // number if before and number else None,
        )
        for (stage, before), number in zip(STAGES.items(), reached.values(), strict=True)
    ]  # fmt: skip


def scenarios(
    plan: Plan, of: Of, place: Callable[[Position], str], paused: frozenset[str]
) -> list[ScenarioReport]:
    """The reactivation scenarios, by id."""
    found = []
    for name, spec in sorted(plan.reactivation_scenarios.items()):
        unit = f"reactivation_scenarios/{name}"
        totals = of(unit)
        outcomes = {outcome: totals.get(outcome, 0) for outcome in (*OUTCOMES, *OTHERS)}
        activated = sum(outcomes[outcome] for outcome in OUTCOMES)
        mean = totals.get("seconds", 0) // activated if activated else None
        found.append(
            ScenarioReport(
                name,
                place(spec.at),
                spec.type,
                unit in paused,
                totals.get("waiting", 0),
                _some(outcomes),
                mean,
            )
        )
    return found


def _some(counts: Mapping[str, int]) -> dict[str, int]:
    return {name: number for name, number in counts.items() if number}
