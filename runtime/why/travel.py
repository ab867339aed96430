"""Why a member did not do something at a step: it never entered, it took another branch, it stands elsewhere,
it has left; or it was at the step, and another rule matched, or the gate refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from oncue.runtime.kernel.flow.triggers import Start
from oncue.runtime.kernel.state import Member
from oncue.runtime.why import sending
from oncue.runtime.why.answer import Finding, Story
from oncue.runtime.why.case import LATEST, Case
from oncue.runtime.why.life import Moment
from oncue.runtime.why.story import Told, arrival, decided, entry_of, outcome, path, step_line
from oncue.runtime.why.triggers import refusal, why_not
from oncue.runtime.why.values import Moment as Asking
from oncue.runtime.why.ways import Way, action_of
from oncue.schemas import actions as does
from oncue.schemas.audit import AuditEntry
from oncue.schemas.parts import Use
from oncue.schemas.plan import Campaign, Step

PAST = ("campaign.exited", "campaign.ended")


# --- it never entered


def not_entered(case: Case, name: str) -> Iterator[Story]:
    """One story for each trigger of the campaign, and one for refused entries by other ways."""
    spec = case.plan.campaigns[name]
    for place, trigger in enumerate(spec.starts):
        yield why_not(case, Start(name, place, trigger))
    known = {f"starts_when {place + 1}" for place in range(len(spec.starts))}
    others = [
        (moment, each) for moment, each in case.entries("campaign.refused", f"campaigns/{name}")
        if each.data.get("trigger") not in known
    ]  # fmt: skip
    for moment, each in others[-LATEST:]:
        findings = (case.cause(moment), refusal(case, moment, each))
        yield Story(str(each.data.get("trigger", "")), False, findings, case.position(spec.at))
    if not spec.starts and not others and not spec.statuses:
        text = "nothing starts it by itself, and nobody has enrolled it by hand"
        yield Story(f"campaigns/{name}", False, (case.found("never", text),), case.position(spec.at))


# --- it entered, and did not come there


def not_reached(case: Case, way: Way) -> Iterator[Story]:
    """For each entry (the last few), the first thing that kept the member from the step; or, where it came
    there, this behaviour from being chosen or done."""
    entered = case.entries("campaign.entered", way.unit)
    if not entered:
        yield from not_entered(case, way.campaign)
    for moment, entry in entered[-LATEST:]:
        acted = case.entries("action", way.unit, way.step.id, entry.entry)
        if acted:
            findings = [
                *entry_of(case, moment, entry),
                *path(case, acted[-1]),
                *otherwise(case, way, acted[-1]),
            ]
        else:
            findings = [*entry_of(case, moment, entry), *_kept_from(case, way, entry.entry)]
        title = way.title + (f", entry {entry.entry}" if len(entered) > 1 else "")
        yield Story(title, False, tuple(findings), case.position(way.at))


def _kept_from(case: Case, way: Way, entry: int) -> Iterator[Finding]:
    spec = case.plan.campaigns[way.campaign]
    steps = {step.id: step for step in spec.steps}
    for owner, branch in _ancestors(steps, way.step):
        taken = case.entries("action", way.unit, owner.id, entry)
        if taken and (told := _other_branch(case, taken[-1], owner, branch)) is not None:
            yield told
            return
        if not taken:
            break
    jump = _jumped_over(case, way.unit, entry, spec, way.step)
    if jump is not None:
        yield jump
    else:
        yield from where_it_is(case, way.unit, entry, spec, way.step)


def _ancestors(steps: Mapping[str, Step], step: Step) -> list[tuple[Step, str]]:
    """The steps whose branches hold this one, outermost first, each with the branch's name."""
    found: list[tuple[Step, str]] = []
    while step.parent is not None and step.parent in steps:
        owner = steps[step.parent]
        found.append((owner, _branch_of(steps, owner, step)))
        step = owner
    return found[::-1]


def _branch_of(steps: Mapping[str, Step], owner: Step, child: Step) -> str:
    for name, first in branches(owner):
        at: str | None = first
        while at is not None and at in steps and steps[at].parent == owner.id:
            if at == child.id:
                return name
            at = steps[at].next
    return ""


def branches(owner: Step) -> Iterator[tuple[str, str | None]]:
    """The branches of a step, by what its audit entry says when one is taken, with their first steps."""
    for action in (owner.default, *(rule.use for rule in owner.rules)):
        match action:
            case does.If():
                yield from (("then", action.then), ("else", action.else_))
            case does.WaitUntil():
                yield "timeout", action.on_timeout
            case does.SplitPaths() | does.SplitTest():
                yield from ((path.name, path.first) for path in action.paths)
            case does.SplitUntil():
                yield from ((path.name, path.first) for path in (action.before, action.after))


def _other_branch(case: Case, taken: Told, owner: Step, branch: str) -> Finding | None:
    moment, entry = taken
    if entry.result not in ("", "done") or entry.why == branch or "due" in entry.data:
        return None
    took = {"then": "took the branch then", "else": "took the branch else", "": "did not time out"}
    said = took.get(entry.why, f"took the path {entry.why}")
    text = f"{owner.id}: {said}, and the step stands in {branch or 'another branch'}"
    return case.of_entry(moment, entry, text, "branch", decided(case, moment, entry, owner))


def where_it_is(
    case: Case, unit: str, entry: int, spec: Campaign, target: Step | None = None
) -> Iterator[Finding]:
    """Where the entry stands now, or how it left."""
    name = unit.partition("/")[2]
    for member in case.state.members:
        if (member.campaign, member.entry) == (name, entry):
            if target is not None and _is_past(spec, target, member):
                text = f"it is past {target.id} and never came to it: a changed plan moved one of them"
                yield case.found("passed", text)
            yield from stands(case, unit, spec, member)
            return
    for moment, each in case.entries("action", unit, entry=entry):
        if each.result == "refused" or each.result == "failed":
            yield step_line(case, moment, each)
    yield from left(case, unit, entry)


def left(case: Case, unit: str, entry: int) -> Iterator[Finding]:
    """How the entry ended, if it did, and where a changed plan took it; also of a campaign that is gone."""
    for what in PAST:
        for moment, each in case.entries(what, unit, entry=entry):
            yield ended(case, moment, each)
            for other in moment.entries:
                source = str(other.data.get("from", ""))
                if other.what == "campaign.moved" and source.startswith(f"{unit}/") and other.unit != unit:
                    yield case.of_entry(
                        moment, other, f"migrate took it to {other.unit}, {other.step}", "moved"
                    )
            return


def _is_past(spec: Campaign, target: Step, member: Member) -> bool:
    places = {step.id: place for place, step in enumerate(spec.steps)}
    return places.get(member.step, 0) > places.get(target.id, 0)


def _jumped_over(case: Case, unit: str, entry: int, spec: Campaign, target: Step) -> Finding | None:
    """The jump (to a goal, or by a goto) that led from before the step to behind it."""
    places = {step.id: place for place, step in enumerate(spec.steps)}
    here = [one for one in case.life.entries() if (one[1].unit, one[1].entry) == (unit, entry)]
    jumped: Told | None = None
    for moment, each in here:
        if each.what == "step.left" and each.why == "jumped":
            jumped = moment, each
        elif each.what == "step.entered" and jumped is not None:
            start, end = places.get(jumped[1].step, -1), places.get(each.step, -1)
            if start < places.get(target.id, -1) < end:
                return case.of_entry(
                    *jumped, f"jumped from {jumped[1].step} to {each.step}, over it", "jumped"
                )
            jumped = None
    return None


def ended(case: Case, moment: Moment, entry: AuditEntry) -> Finding:
    """How a member left: by exit, with what that saw, or by its end."""
    if entry.what == "campaign.exited" and (leaves := _exit_of(case, moment, entry)) is not None:
        part = case.explain_asked(moment, leaves, case.asked(moment, leaves, entry))
        return case.of_entry(moment, entry, "left the campaign: exit_when held", "exited", part)
    return case.of_entry(moment, entry, f"the campaign ended for it: {entry.why}", "ended")


def _exit_of(case: Case, moment: Moment, entry: AuditEntry) -> Use | None:
    campaign = case.plan_at(moment).campaigns.get(entry.unit.partition("/")[2])
    return campaign.exit_when if campaign is not None else None


def stands(case: Case, unit: str, spec: Campaign, member: Member) -> Iterator[Finding]:
    """A member that is inside: where it stands, and what it waits for."""
    step = next((each for each in spec.steps if each.id == member.step), None)
    place = case.position(step.at if step is not None else spec.at)
    if case.program.is_paused(unit):
        yield case.found(
            "paused", f"the campaign is paused: it stands at {member.step}", at=case.at, place=place
        )
        return
    action = None if step is None else action_of(step, _label(member.rule))
    condition = None
    if isinstance(action, does.WaitUntil | does.Goal):
        use = action.until if isinstance(action, does.WaitUntil) else action.when
        condition = case.explain_now(use, Asking(case.state, case.at, {}, member))
    text = f"it waits at {member.step} since {case.instant(member.arrived)}"
    if member.due is not None:
        late = case.entries("action", unit, member.step, member.entry)
        why = f": {late[-1][1].why}" if late and late[-1][1].why else ""
        text += f", until {case.instant(member.due)}{' at the latest' if condition else ''}{why}"
    elif member.asked:
        text += ", for an answer" + (" of its fulfillment list" if "@" in member.asked else "")
    yield case.found("waiting", text, at=case.at, place=place, condition=condition)


def _label(rule: int) -> str:
    return f"rule {rule + 1}" if rule >= 0 else "default"


# --- it was there, and something else was done


def otherwise(case: Case, way: Way, told: Told) -> Iterator[Finding]:
    """Why an action that was reached did not do what the way says: another rule, the gate, a failure, a
    wait."""
    moment, entry = told
    label = _label(way.rule)
    if not _did_so_then(case, way, told):
        text = "the plan that was in force then did something else at this place"
        yield case.of_entry(moment, entry, text, "not_deployed")
    elif entry.rule and entry.rule != label:
        yield other_rule(case, way, told)
    elif entry.result == "no_action":
        yield case.of_entry(moment, entry, "no rule matched, and the default is no_action", "no_action",
                            decided(case, moment, entry, way.step))  # fmt: skip
    elif entry.result == "refused":
        yield sending.refusal(case, told, action_of(way.step, label))
    elif isinstance(entry.data.get("due"), int):
        yield case.of_entry(moment, entry, outcome(case, entry), "waiting")
    elif (last := sending.fate(case, told)) is not None:
        yield case.of_entry(
            moment, entry, f"{outcome(case, entry)}, then {last.result}: {last.why}", "handover"
        )
    else:
        yield case.of_entry(moment, entry, outcome(case, entry), entry.result or "action")


def _did_so_then(case: Case, way: Way, told: Told) -> bool:
    """Whether the behaviour stood in the plan of that time, at the same place."""
    then, label = case.step_of(*told), _label(way.rule)
    return then is not None and action_of(then, label) == action_of(way.step, label)


def other_rule(case: Case, way: Way, told: Told) -> Finding:
    """A rule above matched first, or this one's condition did not hold."""
    moment, entry = told
    first = int(entry.rule[5:]) - 1 if entry.rule.startswith("rule ") else len(way.step.rules)
    came = arrival(case, moment, entry)
    if 0 <= way.rule < first:
        use = way.step.rules[way.rule].when
        part = case.explain_asked(came, use, case.asked(came, use))
        said = f"its rule did not match; {'the ' if entry.rule == 'default' else ''}{entry.rule} decided"
        return case.found("rule", said, at=came.at, place=case.position(use.at), condition=part)
    part = decided(case, moment, entry, way.step)
    return case.of_entry(moment, entry, f"{entry.rule} above it matched first", "rule", part)
