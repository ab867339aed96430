"""The edges that start campaigns: how the YAML has them, and whether one came about inside an input."""

from __future__ import annotations

from oncue.runtime.kernel.flow.triggers import Start
from oncue.runtime.kernel.inputs import Enrol
from oncue.runtime.kernel.link import Program
from oncue.runtime.kernel.state import ContactState
from oncue.runtime.why.life import Moment
from oncue.runtime.why.texts import duration, quoted, time_of_day
from oncue.schemas import triggers as on
from oncue.schemas.audit import AuditEntry
from oncue.schemas.values import Value, parse_number


def trigger_of(program: Program, campaign: str, why: str) -> on.Trigger | None:
    """The trigger that the audit calls ``starts_when 2``."""
    spec, word = program.plan.campaigns.get(campaign), why.removeprefix("starts_when ")
    place = int(word) - 1 if word.isdigit() else -1
    return spec.starts[place] if spec is not None and 0 <= place < len(spec.starts) else None


def text(trigger: on.Trigger) -> str:
    """The trigger as the YAML has it, without its `when`."""
    match trigger:
        case on.OnEvent():
            return f"event: {trigger.event}" + (f" of {trigger.asset}" if trigger.asset else "")
        case on.OnSegment():
            return f"{trigger.change}_segment: {trigger.segment}"
        case on.OnTag():
            return f"tag_{trigger.change}: {trigger.tag}"
        case on.OnField():
            return f"field_changed: {trigger.field}" + (
                "" if trigger.to is None else f", to {quoted(trigger.to)}"
            )
        case on.OnScore():
            return f'score_crosses: "{trigger.order} {trigger.value}"'
        case on.OnSubscription():
            return f"{trigger.change}: {trigger.list}"
        case on.OnDate():
            return _date_text(trigger)
        case on.OnManual():
            return "manual"
        case on.OnDealStage():
            return f"deal_stage: {trigger.stage} of {trigger.pipeline}"
        case on.OnConverted():
            return f"converted: {trigger.conversion}"
        case on.OnGoal():
            return f"goal_{trigger.change}: {trigger.goal} of {trigger.campaign}"
        case on.OnFailure():
            return "action_failed" + (f" in {trigger.campaign}" if trigger.campaign else "")


def _date_text(trigger: on.OnDate) -> str:
    sign = "-" if trigger.offset_micros < 0 else "+"
    offset = f" {sign} {duration(abs(trigger.offset_micros))}" if trigger.offset_micros else ""
    at = f" at {time_of_day(trigger.minutes)}" if trigger.minutes is not None else ""
    return f"date: {trigger.field}{offset}{at}{', yearly' if trigger.yearly else ''}"


# --- did it happen


def happened(start: Start, moment: Moment) -> bool:
    """Whether the trigger's edge came about inside this input."""
    trigger, before, after = start.trigger, moment.before, moment.after
    match trigger:
        case on.OnEvent():
            return any(_is_event(each, trigger.event, trigger.asset) for each in moment.entries)
        case on.OnSegment():
            what = "segment.entered" if trigger.change == "enters" else "segment.left"
            return any(
                each.what == what and each.unit == f"segments/{trigger.segment}" for each in moment.entries
            )
        case on.OnTag():
            was, there = (trigger.tag in state.tags if state else False for state in (before, after))
            return was is not there and there is (trigger.change == "added")
        case on.OnField():
            return _field(trigger, moment, before, after)
        case on.OnScore():
            old, new = (_compares(trigger, state) for state in (before, after))
            return new and not old
        case on.OnSubscription():
            was, there = (_subscribed(trigger.list, state) for state in (before, after))
            return was is not there and there is (trigger.change == "subscribed")
        case on.OnDate():
            due = before.due.get(f"date/{start.mark}") if before else None
            return moment.row.kind == "wake" and due is not None and due <= moment.at
        case on.OnManual():
            return isinstance(moment.input, Enrol) and moment.input.campaign == start.campaign
        case on.OnDealStage():
            return _raised(moment, "deal.stage", pipeline=trigger.pipeline, stage=trigger.stage)
        case on.OnConverted():
            return _raised(moment, "converted", conversion=trigger.conversion)
        case on.OnGoal():
            return _raised(moment, f"goal.{trigger.change}", campaign=trigger.campaign, goal=trigger.goal)
        case on.OnFailure():
            given = {"campaign": trigger.campaign, "step": trigger.step}
            return _raised(moment, "action.failed", **{name: text for name, text in given.items() if text})


def _is_event(entry: AuditEntry, event: str, asset: str | None) -> bool:
    if entry.what != "event" or entry.unit != event:
        return False
    assets = entry.data.get("assets")
    return asset is None or (isinstance(assets, list) and asset in assets)


def _raised(moment: Moment, event: str, **props: str) -> bool:
    return any(
        each.what == "event" and each.unit == event
        and all(each.data.get(name) == text for name, text in props.items())
        for each in moment.entries
    )  # fmt: skip


def _field(
    trigger: on.OnField, moment: Moment, before: ContactState | None, after: ContactState | None
) -> bool:
    old, new = ((state.fields.get(trigger.field) if state else None) for state in (before, after))
    wanted = None if trigger.to is None else moment.program.literal(trigger.field, trigger.to)
    return old != new and (trigger.to is None or new == wanted)


def score_of(state: ContactState | None) -> int:
    value: Value | None = state.fields.get("score", 0) if state else 0
    return value if isinstance(value, int) else 0


def _compares(trigger: on.OnScore, state: ContactState | None) -> bool:
    score, bound = score_of(state), parse_number(trigger.value) or 0
    return {
        "<": score < bound, "<=": score <= bound, ">": score > bound, ">=": score >= bound,
    }[trigger.order]  # fmt: skip


def _subscribed(name: str, state: ContactState | None) -> bool:
    return state is not None and "subscribed" in state.subscriptions.get(name, {}).values()
