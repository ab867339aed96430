"""Reactivation scenarios in words: what sets one off, for whom, when it judges, what it takes."""

from __future__ import annotations

from oncue.cli.words.triggers import starts
from oncue.cli.words.values import any_of, both, duration
from oncue.schemas.funnel import Eligible
from oncue.schemas.plan import Plan, Scenario


def listens(plan: Plan, spec: Scenario) -> str:
    """`when score >= 65 becomes true`."""
    if spec.crosses is not None:
        return f"when {plan.conditions[spec.crosses.condition].text} becomes true"
    if spec.field is not None:
        return f"when {spec.field} changes"
    if spec.prompts:
        return f"when the contact responds in {any_of(spec.prompts)}, instead of that response"
    if spec.type == "active_status":
        return "when the status goes from inactive to active and there is no active response"
    if spec.on is None:
        return "by hand"
    return f"by this, or by hand: {starts(plan, spec.on)}"


def judges(plan: Plan, spec: Scenario) -> str:
    """`for contacts with country == "US"; 20 minutes later; ...`."""
    parts = []
    if spec.when is not None:
        parts.append(f"only where {plan.conditions[spec.when.condition].text}")
    parts.append(f"{duration(spec.wait)} later" if spec.wait else "at once")
    age = "of any age" if spec.look_back is None else f"of the last {duration(spec.look_back)}"
    parts.append(f"takes the latest response {age} that {eligible(spec.eligible)}")
    if spec.non_responses:
        parts.append("else a member who has not responded")
    return "; ".join(parts)


def eligible(spec: Eligible) -> str:
    """`was never reactivated or came less than 30 days ago`."""
    found = []
    if spec.never_reactivated:
        found.append("was never reactivated")
    if spec.statuses:
        found.append(f"is {any_of(spec.statuses)}")
    if spec.within is not None:
        found.append(f"came less than {duration(spec.within)} ago")
    return any_of(found) if spec.mode == "any" else both(found)
