"""Steps, actions and triggers to the plan."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from oncue.compiler import model
from oncue.compiler.flow import Flat
from oncue.compiler.literals import Refusal, Shown, literal
from oncue.compiler.model import Act, Step, Trigger, Way
from oncue.compiler.uses import Uses
from oncue.schemas import actions as does
from oncue.schemas import plan
from oncue.schemas import triggers as ways

Heads = Callable[[str], str | None]  # a branch's name -> its first step


def steps(uses: Uses, flats: Iterable[Flat], *, linked: bool) -> tuple[plan.Step, ...]:
    """The steps in file order; `linked` (a campaign's) with what follows each."""
    return tuple(_step(uses, flat, linked) for flat in flats)


def _step(uses: Uses, flat: Flat, linked: bool) -> plan.Step:
    step = flat.step
    return plan.Step(
        id=flat.id,
        kind=step.kind,
        at=uses.at(step.key),
        default=_use(uses, step.default, flat, ""),
        rules=_rules(uses, flat, step) if step.rules else (),
        next=flat.next if linked else None,
        parent=flat.parent,
        on_failure=step.on_failure,
        once=step.once,
        was=step.was,
    )


def _rules(uses: Uses, flat: Flat, step: Step) -> tuple[plan.Rule, ...]:
    return tuple(
        plan.Rule(uses.use(rule.when), _use(uses, rule.use, flat, f"rule-{number}/"))
        for number, rule in enumerate(step.rules, 1)
    )


def _use(uses: Uses, act: Act | None, flat: Flat, prefix: str) -> does.Action | None:
    if act is None:
        return None
    return ACTIONS[type(act)](uses, act, lambda branch: flat.branches.get(prefix + branch))


# --- one function per action ----------------------------------------------------------------------


def _send_email(uses: Uses, act: model.SendEmail, heads: Heads) -> does.Action:
    return does.SendEmail(act.email.name)


def _adjust_score(uses: Uses, act: model.AdjustScore, heads: Heads) -> does.Action:
    return does.AdjustScore(act.by, act.to)


def _add_tag(uses: Uses, act: model.AddTag, heads: Heads) -> does.Action:
    return does.AddTag(act.tag.text)


def _remove_tag(uses: Uses, act: model.RemoveTag, heads: Heads) -> does.Action:
    return does.RemoveTag(act.tag.text)


def _update_contact(uses: Uses, act: model.UpdateContact, heads: Heads) -> does.Action:
    return does.UpdateContact(
        set={field.name: _shown(uses, field, value) for field, value in act.set},
        copy={field.name: source.name for field, source in act.copy},
        clear=tuple(field.name for field in act.clear),
    )


def _shown(uses: Uses, field: model.Ref, node: Any) -> Shown:  # noqa: ANN401  any node
    found = literal(field.name, uses.resolved.catalog.fields[field.name], node)
    if isinstance(found, Refusal):
        raise AssertionError("a value with errors came to be lowered")
    return found


def _add_note(uses: Uses, act: model.AddNote, heads: Heads) -> does.Action:
    return does.AddNote(act.text.text)


def _subscribe(uses: Uses, act: model.Subscribe, heads: Heads) -> does.Action:
    return does.Subscribe(act.list.name, act.channels)


def _unsubscribe(uses: Uses, act: model.Unsubscribe, heads: Heads) -> does.Action:
    return does.Unsubscribe(None if act.list is None else act.list.name, act.channels)


def _wait_for(uses: Uses, act: model.WaitFor, heads: Heads) -> does.Action:
    return does.WaitFor(act.micros)


def _wait_at(uses: Uses, act: model.WaitAt, heads: Heads) -> does.Action:
    zone = uses.resolved.workspace.settings.timezone if act.timezone is None else act.timezone.text
    return does.WaitAt(act.minutes, zone, act.days)


def _wait_date(uses: Uses, act: model.WaitDate, heads: Heads) -> does.Action:
    return does.WaitDate(
        field=act.field.name,
        offset_micros=act.offset_micros,
        minutes=act.minutes,
        timezone=None if act.timezone is None else act.timezone.text,
        if_past=act.if_past,
    )


def _wait_until(uses: Uses, act: model.WaitUntil, heads: Heads) -> does.Action:
    return does.WaitUntil(uses.use(act.until), act.at_most, heads("on_timeout"))


def _if(uses: Uses, act: model.If, heads: Heads) -> does.Action:
    return does.If(uses.use(act.when), heads("then"), heads("else"))


def _goto(uses: Uses, act: model.Goto, heads: Heads) -> does.Action:
    return does.Goto(act.step.name, act.at_most)


def _end(uses: Uses, act: model.End, heads: Heads) -> does.Action:
    return does.End()


ACTIONS: dict[type[Any], Callable[[Uses, Any, Heads], does.Action]] = {
    model.SendEmail: _send_email,
    model.AdjustScore: _adjust_score,
    model.AddTag: _add_tag,
    model.RemoveTag: _remove_tag,
    model.UpdateContact: _update_contact,
    model.AddNote: _add_note,
    model.Subscribe: _subscribe,
    model.Unsubscribe: _unsubscribe,
    model.WaitFor: _wait_for,
    model.WaitAt: _wait_at,
    model.WaitDate: _wait_date,
    model.WaitUntil: _wait_until,
    model.If: _if,
    model.Goto: _goto,
    model.End: _end,
}


# --- triggers -------------------------------------------------------------------------------------


def trigger(uses: Uses, start: Trigger) -> ways.Trigger:
    """One item of `starts_when`."""
    return _way(uses, start.way)(
        at=uses.at(start.key), when=uses.maybe(start.when), runs=start.runs, existing=start.existing
    )


def _way(uses: Uses, way: Way) -> Callable[..., ways.Trigger]:
    def with_(kind: Callable[..., ways.Trigger], **given: object) -> Callable[..., ways.Trigger]:
        return lambda **beside: kind(**given, **beside)

    if isinstance(way, model.OnEvent):
        return with_(ways.OnEvent, event=way.event.name, asset=None if way.asset is None else way.asset.name)
    if isinstance(way, model.OnSegment):
        return with_(ways.OnSegment, segment=way.segment.name, change=way.change)
    if isinstance(way, model.OnTag):
        return with_(ways.OnTag, tag=way.tag.text, change=way.change)
    if isinstance(way, model.OnField):
        return with_(ways.OnField, field=way.field.name, to=_becomes(uses, way))
    if isinstance(way, model.OnScore):
        return with_(ways.OnScore, order=way.order, value=way.value)
    if isinstance(way, model.OnSubscription):
        return with_(ways.OnSubscription, list=way.list.name, change=way.change)
    if isinstance(way, model.OnDate):
        return with_(
            ways.OnDate,
            field=way.field.name,
            offset_micros=way.offset_micros,
            minutes=way.minutes,
            yearly=way.yearly,
        )
    return with_(ways.OnManual)


def _becomes(uses: Uses, way: model.OnField) -> str | None:
    if way.to is None:
        return None
    shown = _shown(uses, way.field, way.to)
    return shown if isinstance(shown, str) else shown[0]
