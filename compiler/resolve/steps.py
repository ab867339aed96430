"""Steps and goals that are named elsewhere: by jumps, by actions on what a step made, by triggers."""

from __future__ import annotations

from collections.abc import Iterator

from oncue.compiler import model
from oncue.compiler.diagnostics import Related
from oncue.compiler.flow.flat import Flow, acts
from oncue.compiler.model import Ref
from oncue.compiler.resolve.deals import stage_of_some
from oncue.compiler.resolve.lookup import Lookup
from oncue.compiler.resolve.names import did_you_mean, meant
from oncue.compiler.yaml.nodes import Scalar

# steps that may name others
NAMING = frozenset({"goto", "complete_task", "update_deal", "add_deal_note", "adjust_deal_score", "math"})


def named_steps(look: Lookup, act: model.Act | None, flow: Flow) -> None:
    """The steps that an action of this campaign names."""
    if type(act) is model.Goto:
        known_step(look, act.step, flow)
    elif type(act) is model.CompleteTask and act.step is not None:
        _made_by(look, act.step, flow, "add_task")
    elif isinstance(act, model.UpdateDeal | model.AddDealNote | model.AdjustDealScore | model.Math):
        step = None if act.deal is None else act.deal.step
        if step is not None:
            _made_by(look, step, flow, "add_deal")
            if isinstance(act, model.UpdateDeal) and act.stage is not None:
                _stage(look, act.stage, step, flow)


def known_step(look: Lookup, ref: Ref, flow: Flow, whose: str = "this campaign") -> bool:
    """Whether a campaign has the step."""
    if ref.name in flow.steps:
        return True
    hint = did_you_mean(ref.name, flow.steps, "steps")
    look.error("N208", ref, f"{whose} has no step `{ref.name}`", hint, fix=meant(ref.name, flow.steps))
    return False


def _made_by(look: Lookup, ref: Ref, flow: Flow, kind: str) -> None:
    """A step of one kind."""
    there = [name for name, flat in flow.steps.items() if flat.step.kind == kind]
    if ref.name not in flow.steps:
        hint = did_you_mean(ref.name, there, f"`{kind}` steps") if there else f"no step here is an `{kind}`"
        look.error("N208", ref, f"this campaign has no step `{ref.name}`", hint, fix=meant(ref.name, there))
    elif ref.name not in there:
        found = flow.steps[ref.name].step
        related = (Related(f"`{ref.name}` is this one", found.key.span),)
        hint = f"`{kind}` steps: {', '.join(there)}" if there else f"no step here is an `{kind}`"
        look.error("N222", ref, f"`{ref.name}` is no `{kind}` step, but `{found.kind}`", hint, related)


def _stage(look: Lookup, stage: Ref, step: Ref, flow: Flow) -> None:
    """A stage of a pipeline that the step may have put the deal into."""
    made = acts(flow.steps[step.name].step) if step.name in flow.steps else ()
    named = [act.pipeline for act in made if isinstance(act, model.AddDeal)]
    if named and all(pipeline is not None for pipeline in named):
        known = [pipeline.name for pipeline in named if pipeline and pipeline.name in look.pipelines]
        if known and not any(stage.name in look.pipelines[name] for name in known):
            stage_of_some(look, stage, named[0])
    else:
        stage_of_some(look, stage, None)


# --- goals ----------------------------------------------------------------------------------------


def goals(flow: Flow) -> Iterator[Scalar]:
    """The names of a campaign's goals, in file order."""
    for flat in flow.steps.values():
        for act in acts(flat.step) if flat.step.kind == "goal" else ():
            if type(act) is model.Goal:
                yield act.name


def goal_names(look: Lookup, flow: Flow) -> None:
    """Two goals of one campaign have two names."""
    first: dict[str, Scalar] = {}
    for name in goals(flow):
        other = first.setdefault(name.text, name)
        if other is not name:
            related = (Related("it is taken here", other.span),)
            message = f"a second goal `{name.text}` in this campaign"
            look.error("F118", name, message, "rename one of them", related)


def known_goal(look: Lookup, way: model.OnGoal) -> None:
    """A campaign, and a goal that it has."""
    if not look.name(way.campaign):
        return
    known = [name.text for name in goals(look.flows[way.campaign.name])]
    if way.goal.name not in known:
        hint = did_you_mean(way.goal.name, known, "goals") if known else "it has no goals"
        message = f"`{way.campaign.name}` has no goal `{way.goal.name}`"
        look.error("N225", way.goal, message, hint, fix=meant(way.goal.name, known))
