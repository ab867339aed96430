"""Deals: which pipeline and stage an action means, and what it writes into a deal."""

from __future__ import annotations

from oncue.compiler import model
from oncue.compiler.expr.catalog import Place
from oncue.compiler.model import Ref
from oncue.compiler.resolve.lookup import Lookup
from oncue.compiler.resolve.names import did_you_mean, meant
from oncue.compiler.yaml.nodes import Node


def add_deal(look: Lookup, each: model.AddDeal, place: Place) -> None:
    """A new deal: its pipeline is named, or the only one."""
    pipeline = named_pipeline(look, each.pipeline)
    if each.pipeline is None:
        pipeline = _only_pipeline(look, each.node)
    if pipeline is not None and each.stage is not None:
        _stage(look, each.stage, pipeline)
    look.number(each.value_from)
    look.owner(each.owner)
    look.update(each)


def update_deal(look: Lookup, each: model.UpdateDeal, place: Place) -> None:
    """A changed deal: its pipeline is known only if the pick names it, or there is but one."""
    deal(look, each.deal, place)
    if each.stage is not None and each.deal.step is None:
        stage_of_some(look, each.stage, each.deal.pipeline)
    look.number(each.value_from)
    look.owner(each.owner)
    look.update(each)


def deal(look: Lookup, pick: model.Pick | None, place: Place) -> None:
    """The names by which a deal is picked; its step is looked up with the campaign's others."""
    if pick is None:
        return
    named_pipeline(look, pick.pipeline)
    if pick.step is not None and place.campaign is None:
        message = f"there is no step `{pick.step.name}`: a fulfillment action belongs to no campaign"
        look.error("N222", pick.step, message, "pick the deal by `pipeline` or `title`")


def named_pipeline(look: Lookup, ref: Ref | None) -> str | None:
    """The pipeline's id, if it is named and known."""
    return ref.name if ref is not None and look.name(ref) else None


def _only_pipeline(look: Lookup, node: Node) -> str | None:
    if len(look.pipelines) == 1:
        return next(iter(look.pipelines))
    if not look.pipelines:
        hint = "declare one: `pipelines: {sales: {stages: [new, qualified]}}`"
        look.error("N221", node, "there is no pipeline for the deal to be in", hint)
    else:
        known = ", ".join(sorted(look.pipelines))
        look.error("N221", node, "in which pipeline?", f"add `pipeline:` with one of: {known}")
    return None


# --- stages ---------------------------------------------------------------------------------------


def stage_of_some(look: Lookup, stage: Ref, pipeline: Ref | None) -> None:
    """A stage of that pipeline or, where none is named, of any."""
    if pipeline is not None:
        if pipeline.name in look.pipelines:
            _stage(look, stage, pipeline.name)
    elif not any(stage.name in stages for stages in look.pipelines.values()):
        _unknown_stage(look, stage)


def stage_of_one(look: Lookup, stage: Ref, pipeline: Ref | None) -> None:
    """A stage of that pipeline or, where none is named, of exactly one."""
    named_pipeline(look, pipeline)
    stage_of_some(look, stage, pipeline)
    having = [name for name, stages in look.pipelines.items() if stage.name in stages]
    if pipeline is None and len(having) > 1:
        hint = f"write `{{pipeline: {min(having)}, stage: {stage.name}}}`"
        message = f"`{stage.name}` is a stage of {' and '.join(sorted(having))}: which is meant?"
        look.error("N221", stage, message, hint)


def _stage(look: Lookup, stage: Ref, pipeline: str) -> None:
    stages = look.pipelines[pipeline]
    if stage.name in stages:
        return
    others = [name for name, known in look.pipelines.items() if stage.name in known]
    hint = did_you_mean(stage.name, stages, f"stages of {pipeline}")
    if others:
        hint = f"it is one of `{min(others)}`; stages of {pipeline}: {', '.join(stages)}"
    fix = "" if others else meant(stage.name, stages)
    look.error("N220", stage, f"`{stage.name}` is no stage of `{pipeline}`", hint, fix=fix)


def _unknown_stage(look: Lookup, stage: Ref) -> None:
    known = {name for stages in look.pipelines.values() for name in stages}
    hint = did_you_mean(stage.name, known, "stages") if known else "declare its pipeline under `pipelines`"
    message = f"no pipeline has a stage `{stage.name}`"
    look.error("N220", stage, message, hint, fix=meant(stage.name, known))
