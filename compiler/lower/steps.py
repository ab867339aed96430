"""Steps to the plan, and what steers a member among them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from oncue.compiler import model
from oncue.compiler.expr import instants
from oncue.compiler.flow.flat import Flat
from oncue.compiler.lower.actions import ACTIONS
from oncue.compiler.lower.uses import Uses
from oncue.compiler.model import Act, Step
from oncue.compiler.yaml import scalars
from oncue.schemas import actions as does
from oncue.schemas import plan

Heads = Callable[[str], str | None]  # a branch's name -> its first step


def steps(uses: Uses, flats: Iterable[Flat], *, linked: bool) -> tuple[plan.Step, ...]:
    """The steps in file order; `linked` (a campaign's) with what follows each."""
    return tuple(_step(uses, flat, linked) for flat in flats)


def named(uses: Uses, name: str, step: Step) -> plan.Step:
    """A step that stands alone, under a name of its own."""
    return _step(uses, Flat(name, step, None, None, None, {}), linked=False)


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
    steer = FLOW.get(type(act))
    if steer is None:
        return ACTIONS[type(act)](uses, act)
    return steer(uses, act, lambda branch: flat.branches.get(prefix + branch))


# --- waits, branches, jumps ----------------------------------------------------------------------


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


# --- splits and goals -----------------------------------------------------------------------------


def _path(path: model.Path, heads: Heads) -> does.Path:
    percent = None if path.percent is None else scalars.number(path.percent.text)
    return does.Path(path.name.text, heads(path.name.text), percent, path.was)


def _decision(uses: Uses, decide: model.Decide | None) -> does.Decision:
    if decide is None:
        raise AssertionError("a decision with errors came to be lowered")
    day = None if decide.date is None else scalars.date(decide.date.text)
    if day is None:
        return does.Decision(contacts=decide.contacts, matches=decide.matches)
    rules = instants.zone(uses.resolved.workspace.settings.timezone)
    return does.Decision(at=instants.micros(instants.at(day, decide.minutes, rules)))


def _split_paths(uses: Uses, act: model.SplitPaths, heads: Heads) -> does.Action:
    return does.SplitPaths(tuple(_path(path, heads) for path in act.paths))


def _split_test(uses: Uses, act: model.SplitTest, heads: Heads) -> does.Action:
    paths = tuple(_path(path, heads) for path in act.paths)
    return does.SplitTest(paths, uses.use(act.match), _decision(uses, act.decide))


def _split_until(uses: Uses, act: model.SplitUntil, heads: Heads) -> does.Action:
    return does.SplitUntil(
        before=does.Path("before", heads("before")),
        after=does.Path("after", heads("after")),
        decide=_decision(uses, act.decide),
        match=uses.maybe(act.match),
    )


def _goal(uses: Uses, act: model.Goal, heads: Heads) -> does.Action:
    return does.Goal(act.name.text, uses.use(act.when), act.unmet, act.at_most, act.reach)


FLOW: dict[type[Any], Callable[[Uses, Any, Heads], does.Action]] = {
    model.WaitFor: _wait_for,
    model.WaitAt: _wait_at,
    model.WaitDate: _wait_date,
    model.WaitUntil: _wait_until,
    model.If: _if,
    model.SplitPaths: _split_paths,
    model.SplitTest: _split_test,
    model.SplitUntil: _split_until,
    model.Goto: _goto,
    model.Goal: _goal,
    model.End: _end,
}
