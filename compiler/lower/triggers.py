"""Start triggers to the plan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from oncue.compiler import model
from oncue.compiler.lower.actions import shown
from oncue.compiler.lower.uses import Uses
from oncue.schemas import triggers as ways


def trigger(uses: Uses, start: model.Trigger) -> ways.Trigger:
    """One item of `starts_when`."""
    make = WAYS[type(start.way)]
    beside = {"at": uses.at(start.key), "when": uses.maybe(start.when), "runs": start.runs}
    return make(uses, start.way, existing=start.existing, **beside)


def _event(uses: Uses, way: model.OnEvent, **beside: Any) -> ways.Trigger:  # noqa: ANN401
    return ways.OnEvent(event=way.event.name, asset=None if way.asset is None else way.asset.name, **beside)


def _field(uses: Uses, way: model.OnField, **beside: Any) -> ways.Trigger:  # noqa: ANN401
    return ways.OnField(field=way.field.name, to=_becomes(uses, way), **beside)


def _becomes(uses: Uses, way: model.OnField) -> str | None:
    if way.to is None:
        return None
    value = shown(uses.resolved.workspace.settings.fields, way.field, way.to)
    return value if isinstance(value, str) else value[0]


def _date(uses: Uses, way: model.OnDate, **beside: Any) -> ways.Trigger:  # noqa: ANN401
    return ways.OnDate(
        field=way.field.name,
        offset_micros=way.offset_micros,
        minutes=way.minutes,
        yearly=way.yearly,
        **beside,
    )


def _stage(uses: Uses, way: model.OnDealStage, **beside: Any) -> ways.Trigger:  # noqa: ANN401
    pipelines = uses.resolved.workspace.pipelines
    name = way.stage.name
    if way.pipeline is not None:
        return ways.OnDealStage(pipeline=way.pipeline.name, stage=name, **beside)
    only = next(each for each in pipelines if any(stage.text == name for stage in pipelines[each].stages))
    return ways.OnDealStage(pipeline=only, stage=name, **beside)


def _goal(uses: Uses, way: model.OnGoal, **beside: Any) -> ways.Trigger:  # noqa: ANN401
    return ways.OnGoal(campaign=way.campaign.name, goal=way.goal.name, change=way.change, **beside)


def _failure(uses: Uses, way: model.OnFailure, **beside: Any) -> ways.Trigger:  # noqa: ANN401
    campaign = None if way.campaign is None else way.campaign.name
    return ways.OnFailure(campaign=campaign, step=None if way.step is None else way.step.name, **beside)


WAYS: dict[type[Any], Callable[..., ways.Trigger]] = {
    model.OnEvent: _event,
    model.OnSegment: lambda uses, way, **beside: ways.OnSegment(
        segment=way.segment.name, change=way.change, **beside
    ),
    model.OnTag: lambda uses, way, **beside: ways.OnTag(tag=way.tag.text, change=way.change, **beside),
    model.OnField: _field,
    model.OnScore: lambda uses, way, **beside: ways.OnScore(order=way.order, value=way.value, **beside),
    model.OnSubscription: lambda uses, way, **beside: ways.OnSubscription(
        list=way.list.name, change=way.change, **beside
    ),
    model.OnDate: _date,
    model.OnManual: lambda uses, way, **beside: ways.OnManual(**beside),
    model.OnDealStage: _stage,
    model.OnConverted: lambda uses, way, **beside: ways.OnConverted(conversion=way.conversion.name, **beside),
    model.OnGoal: _goal,
    model.OnFailure: _failure,
}
