"""The equations that counts must satisfy (SPEC section 5), and where members may stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from oncue.runtime.kernel.flow.removal import NOT_ENTERED
from oncue.runtime.kernel.state import ContactState

Counts = Mapping[tuple[str, str, str], int]

LEFT = ("released", "jumped", "removed")
RESULTS = ("done", "pending", "cancelled", "refused", "failed")


def check_sums(counts: Counts, states: Iterable[ContactState]) -> None:
    """Of each step: entered = waiting + left; entered = results + no_action. Of each campaign: entered =
    inside + exited + ended. Of each fulfillment action: fired = its results, and those
    that wait behind one that has asked."""
    states = list(states)
    waiting, inside = _places(states)
    behind = Counter(errand.unit for state in states for errand in state.errands if errand.after)
    by_step: dict[tuple[str, str], Counter[str]] = {}
    for (unit, step, name), number in counts.items():
        assert number >= 0, (unit, step, name, number)
        by_step.setdefault((unit, step), Counter())[name] += number
    _check_funnel(by_step, states)
    for (unit, step), names in by_step.items():
        if unit.startswith("campaigns/") and step:
            _check_step(f"{unit} {step}", names, waiting[unit, step])
        elif unit.startswith("campaigns/"):
            left = names["exited"] + names["ended"]
            assert names["entered"] == inside[unit] + left, (unit, names, inside[unit])
        elif "/on_" in unit and step:
            fired = by_step[unit, ""]["fired"]
            assert fired - behind[unit] <= sum(names.values()) <= fired, (unit, step, names)


def _check_funnel(totals: Mapping[tuple[str, str], Counter[str]], states: list[ContactState]) -> None:
    """Responses by their status, and scenarios that wait, are counted as the states have them; and nobody has
    two active responses."""
    there: Counter[tuple[str, str]] = Counter()
    for state in states:
        funnel = state.funnel
        if funnel is None:
            continue
        results = [(each.campaign, each.result) for each in funnel.memberships.values() if each.result]
        there.update((f"campaigns/{campaign}", f"response/{result}") for campaign, result in results)
        active = [campaign for campaign, result in results if result == "active"]
        assert active == ([funnel.active] if funnel.active else []), (funnel.active, results)
        waiting = [f"reactivation_scenarios/{each.scenario}" for each in funnel.waiting.values()]
        there.update((unit, "waiting") for unit in waiting)
    counted = {
        (unit, name): number
        for (unit, step), names in totals.items()
        for name, number in names.items()
        if not step and number and (name.startswith("response/") or name == "waiting")
    }
    assert counted == dict(there)


def _places(states: Iterable[ContactState]) -> tuple[Counter[tuple[str, str]], Counter[str]]:
    waiting: Counter[tuple[str, str]] = Counter()
    inside: Counter[str] = Counter()
    for state in states:
        for member in state.members:
            unit = f"campaigns/{member.campaign}"
            inside[unit] += 1
            waiting[unit, member.step] += member.rule != NOT_ENTERED
    return waiting, inside


def _check_step(place: str, names: Counter[str], waiting: int) -> None:
    left = sum(names[name] for name in LEFT)
    assert names["entered"] == waiting + left, (place, names, waiting)
    results = {
        name: number
        for name, number in names.items()
        if name not in ("entered", *LEFT) and not name.startswith(("path:", "goal:"))
    }
    assert all(name == "no_action" or name.split("/")[0].split(":")[0] in RESULTS for name in results), (
        results
    )
    assert names["entered"] == sum(results.values()), (place, names)
    assert waiting == sum(n for name, n in results.items() if name.startswith("pending/")), (place, names)


def check_members(states: Iterable[ContactState]) -> None:
    """Nobody stands in one campaign twice with the same key; stays are in order of entry."""
    for state in states:
        places = [(member.campaign, member.key) for member in state.members]
        assert len(places) == len(set(places)), places
        orders = [member.order for member in state.members]
        assert len(orders) == len(set(orders)), orders
