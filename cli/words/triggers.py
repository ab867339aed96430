"""What starts a campaign, in words, and the other things that it says of itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from oncue.cli.words.flow import date_of_field
from oncue.cli.words.values import condition, one_line
from oncue.schemas import triggers as on
from oncue.schemas.plan import Campaign, Plan


def starts(plan: Plan, trigger: on.Trigger) -> str:
    """`enters segment hot, if score >= 5 (once per contact)`."""
    said = WORDS[type(trigger)](trigger)
    said += f", if {condition(plan, trigger.when)}" if trigger.when is not None else ""
    more = [
        *(["once per contact"] if trigger.runs == "once" else []),
        *(["also those for whom it holds already"] if trigger.existing else []),
    ]
    return said + (f" ({'; '.join(more)})" if more else "")


def entering(campaign: Campaign) -> str:
    """How often a contact may enter."""
    again = "once per contact" if campaign.runs == "once" else "every time"
    if campaign.entries == "many":
        return f"{again}, several stays at once, one for each {campaign.entry_key}"
    return again


def _event(trigger: on.OnEvent) -> str:
    return trigger.event if trigger.asset is None else f"{trigger.event} of {trigger.asset}"


def _field(trigger: on.OnField) -> str:
    if trigger.to is None:
        return f"{trigger.field} changes"
    return f"{trigger.field} becomes {one_line(trigger.to) or 'empty'}"


def _date(trigger: on.OnDate) -> str:
    said = date_of_field(trigger.field, trigger.offset_micros, trigger.minutes, None)
    return f"{said}{', every year' if trigger.yearly else ''}"


def _subscription(trigger: on.OnSubscription) -> str:
    return f"{trigger.change} {'to' if trigger.change == 'subscribed' else 'from'} {trigger.list}"


def _failure(trigger: on.OnFailure) -> str:
    step = "" if trigger.step is None else f", step {trigger.step}"
    return "an action fails" + ("" if trigger.campaign is None else f" in campaign {trigger.campaign}{step}")


WORDS: dict[type[Any], Callable[[Any], str]] = {
    on.OnEvent: _event,
    on.OnSegment: lambda trigger: f"{trigger.change} segment {trigger.segment}",
    on.OnTag: lambda trigger: f"tag {trigger.tag} {trigger.change}",
    on.OnField: _field,
    on.OnScore: lambda trigger: f"score becomes {trigger.order} {trigger.value}",
    on.OnSubscription: _subscription,
    on.OnDate: _date,
    on.OnManual: lambda _: "entered by hand",
    on.OnDealStage: lambda trigger: f"a deal comes to stage {trigger.stage} of {trigger.pipeline}",
    on.OnConverted: lambda trigger: f"conversion {trigger.conversion}",
    on.OnGoal: lambda trigger: f"goal {trigger.goal} of campaign {trigger.campaign} {trigger.change}",
    on.OnFailure: _failure,
}
