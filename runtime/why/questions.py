"""The questions: one function each, `(case, name) -> Answer`, and their table. A new one is a function (in a
file of its own, if it is longer) and a line of QUESTIONS; its option stands in `cli/why.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from oncue.runtime.errors import CommandError
from oncue.runtime.testing.places import behaviours
from oncue.runtime.why import deeds, scenarios, standing
from oncue.runtime.why.answer import Answer, Finding, Story
from oncue.runtime.why.answering import answer, done, elsewhere, known, not_done, times
from oncue.runtime.why.case import LATEST, Case
from oncue.runtime.why.story import Told, entering, fired, path, step_line, story_of, target
from oncue.runtime.why.travel import left, not_entered, not_reached, stands, where_it_is
from oncue.runtime.why.triggers import refusal
from oncue.runtime.why.ways import Way, ways
from oncue.schemas import actions as does
from oncue.schemas.plan import Plan

Question = Callable[[Case, str], Answer]


def email(case: Case, name: str) -> Answer:
    """Did the contact get an email, and by which step or fulfillment action?"""
    asked = f"email {name}"
    there = known(case, "email", name, lambda plan: plan.emails)
    found = done(case, lambda entry, _: entry.data.get("email") == name)
    stories: Iterable[Story]
    if found:
        stories = (story_of(case, told) for told in found[-LATEST:])
        return answer(case, asked, True, f"got the email {name} {times(case, found)}.", stories)
    if not there:
        stories = iter([elsewhere(case, "email", name, lambda plan: plan.emails)])
    else:
        stories = not_done(
            case, ways(case.plan, lambda one: _sends(case.plan, one, name)), f"sends the email {name}"
        )
    return answer(case, asked, False, f"did not get the email {name}.", stories)


def _sends(plan: Plan, action: does.Action, email: str) -> bool:
    if isinstance(action, does.Subscribe):
        return plan.lists[action.list].confirm == email
    return isinstance(action, does.SendEmail) and action.email == email


# --- campaigns and their steps


def campaign(case: Case, name: str) -> Answer:
    """Did the contact enter a campaign, and where does it stand?"""
    asked, unit = f"campaign {name}", f"campaigns/{name}"
    there = known(case, "campaign", name, lambda plan: plan.campaigns)
    entered = case.entries("campaign.entered", unit)
    if entered:
        stories = [_stay(case, told) for told in entered[-LATEST:]]
        text = f"entered the campaign {name} {times(case, entered)}."
        return answer(case, asked, True, text, [*stories, *_membership(case, unit)])
    if member := list(_membership(case, unit)):
        return answer(case, asked, True, f"is a member of the campaign {name}.", member)
    found = _not_in(case, name) if there else [elsewhere(case, "campaign", name, lambda plan: plan.campaigns)]
    return answer(case, asked, False, f"did not enter the campaign {name}.", found)


def _not_in(case: Case, name: str) -> Iterator[Story]:
    """Its triggers, and what would make the contact a member otherwise."""
    yield from not_entered(case, name)
    if case.plan.campaigns[name].statuses:
        places = ways(case.plan, lambda one: isinstance(one, does.RecordResponse) and one.campaign == name)
        yield from not_done(
            case, places, f"records a response in {name}, unless a reactivation scenario does"
        )


def _membership(case: Case, unit: str) -> Iterator[Story]:
    """A story of its own where there is a membership: it has its own beginning, and outlives the flow."""
    if findings := tuple(_statuses(case, unit)):
        yield Story(f"{unit}, membership", True, findings)


def _statuses(case: Case, unit: str) -> Iterator[Finding]:
    """The contact's membership in the campaign, and what became of its response, with how it was judged."""
    for moment, entry in case.life.entries():
        if entry.unit != unit or entry.what not in ("membership", "response"):
            continue
        yield case.cause(moment)
        funnel, condition = moment.program.plan.settings.funnel, None
        if entry.what == "response" and funnel is not None:
            asked = case.asked(moment, funnel.qualified_when, entry)
            condition = case.explain_asked(moment, funnel.qualified_when, asked)
        said = [f"status {entry.data['status']}"] if "status" in entry.data else []
        said += [entry.result] if entry.result else []
        said += [entry.why] if entry.why else []
        said += [f"by the scenario {entry.data['scenario']}"] if "scenario" in entry.data else []
        yield case.of_entry(moment, entry, f"{entry.what}: {', '.join(said)}", condition=condition)


def _stay(case: Case, told: Told) -> Story:
    """An entry, every step, and where it stands or how it left."""
    unit, number = told[1].unit, told[1].entry
    findings = [*entering(case, unit, number)]
    for moment, entry in case.entries("action", unit, entry=number):
        findings.append(step_line(case, moment, entry))
    spec = case.plan.campaigns.get(unit.partition("/")[2])
    now = left(case, unit, number) if spec is None else where_it_is(case, unit, number, spec)
    findings += [each for each in now if each not in findings]
    later = [one for one in case.entries("campaign.refused", unit) if one[0].row.seq > told[0].row.seq]
    for moment, entry in later[-1:]:
        findings += [case.cause(moment), refusal(case, moment, entry)]
    return Story(f"{unit}, entry {number}", True, tuple(findings), case.place_of(*told))


def step(case: Case, name: str) -> Answer:
    """Did the contact come to a step (``CAMPAIGN/STEP``), and what did that do?"""
    campaign_, _, id_ = name.removeprefix("campaigns/").partition("/")
    asked, unit = f"step {campaign_}/{id_}", f"campaigns/{campaign_}"
    known(case, "campaign", campaign_, lambda plan: plan.campaigns)
    there = known(case, "step", f"{campaign_}/{id_}", _step_names)
    came = case.entries("step.entered", unit, id_)
    if came:
        stories = (_pass(case, told) for told in came[-LATEST:])
        return answer(case, asked, True, f"came to the step {campaign_}/{id_} {times(case, came)}.", stories)
    if not there:
        found: Iterator[Story] = iter([elsewhere(case, "step", f"{campaign_}/{id_}", _step_names)])
    else:
        spec = next(each for each in case.plan.campaigns[campaign_].steps if each.id == id_)
        found = not_reached(case, Way(unit, spec, -1, spec.at))
    return answer(case, asked, False, f"did not come to the step {campaign_}/{id_}.", found)


def _step_names(plan: Plan) -> set[str]:
    return {f"{name}/{step.id}" for name, spec in plan.campaigns.items() for step in spec.steps}


def _pass(case: Case, told: Told) -> Story:
    """A pass of a step: the way there, what it did, and where the member waits."""
    moment, entry = told
    findings = [*entering(case, entry.unit, entry.entry), *path(case, told)]
    done = [
        one for one in case.entries("action", entry.unit, entry.step, entry.entry)
        if one[0].row.seq >= moment.row.seq
    ]  # fmt: skip
    findings += [target(case, one) for one in done] or [target(case, told)]
    spec = case.plan.campaigns.get(entry.unit.partition("/")[2])
    for member in case.state.members:
        here = (f"campaigns/{member.campaign}", member.entry, member.step) == (
            entry.unit,
            entry.entry,
            entry.step,
        )
        findings += stands(case, entry.unit, spec, member) if here and spec is not None else ()
    return Story(f"{entry.unit}, {entry.step}", True, tuple(findings), case.place_of(moment, entry))


# --- fulfillment actions


def action(case: Case, name: str) -> Answer:
    """Did a fulfillment action (``KIND/ID/on_X``, or one action of it: ``KIND/ID/on_X/ACTION``) work for the
    contact?"""
    unit, id_ = _unit_of(name)
    asked = f"action {name}"
    there = known(case, "fulfillment action", name, _deeds)
    if id_:
        found = [told for told in case.entries("action", unit, id_) if told[1].result in ("", "done")]
    else:
        found = case.entries("automation", unit)
    if found:
        stories = [_firing(case, told) for told in found[-LATEST:]]
        stories[-1] = _with_later(case, stories[-1], found[-1])
        return answer(case, asked, True, f"{_verb(id_)} {name} {times(case, found)}.", stories)
    if not there:
        left: Iterator[Story] = iter([elsewhere(case, "fulfillment action", name, _deeds)])
    else:
        spec = deeds.behaviour_of(case.plan, unit)
        acts = [each for each in spec.actions if id_ in ("", each.id)] if spec else []
        left = not_done(
            case, [Way(unit, each, -1, each.at) for each in acts[: None if id_ else 1]], f"is {name}"
        )
    return answer(case, asked, False, f"{'did not get' if id_ else 'did not set off'} {name}.", left)


def _verb(id_: str) -> str:
    return "got" if id_ else "set off"


def _unit_of(name: str) -> tuple[str, str]:
    parts = name.split("/")
    if len(parts) not in (3, 4):
        raise CommandError(
            f"{name} names no fulfillment action: they are called KIND/ID/on_X, as `oncue list` shows"
        )
    return "/".join(parts[:3]), parts[3] if len(parts) == 4 else ""


def _deeds(plan: Plan) -> set[str]:
    return {
        name
        for unit, spec in behaviours(plan)
        for name in (unit, *(f"{unit}/{one.id}" for one in spec.actions))
    }


def _firing(case: Case, told: Told) -> Story:
    """An event and what all the actions made of it."""
    moment, entry = told
    if entry.what == "action":
        return story_of(case, told)
    findings = [case.cause(moment), fired(case, told)]
    findings += [
        target(case, (moment, each))
        for each in moment.entries
        if each.what == "action" and each.unit == entry.unit
    ]
    return Story(entry.unit, True, tuple(findings), case.place_of(moment, entry))


def _with_later(case: Case, story: Story, told: Told) -> Story:
    """With the last time after it that the action was kept from being done again."""
    moment, entry = told
    skipped = [
        one for one in case.entries("action", entry.unit, entry.step)
        if one[0].row.seq > moment.row.seq and one[1].result == "skipped"
    ]  # fmt: skip
    if entry.what != "action" or not skipped:
        return story
    last = skipped[-1]
    findings = (*story.findings, case.cause(last[0]), deeds.spent(case, *last))
    return Story(story.title, True, findings, story.place)


QUESTIONS: dict[str, Question] = {
    "email": email,
    "campaign": campaign,
    "step": step,
    "action": action,
    "segment": standing.segment,
    "tag": standing.tag,
    "score": standing.score,
    "list": standing.list_,
    "scenario": scenarios.scenario,
}
