"""The questions: one function each, `(case, name) -> Answer`, and their table. A new one is a function (in a
file of its own, if it is longer) and a line of QUESTIONS; its option stands in `cli/why.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from oncue.runtime import clock
from oncue.runtime.errors import CommandError
from oncue.runtime.why import deeds
from oncue.runtime.why.answer import Answer, Finding, Story
from oncue.runtime.why.case import LATEST, Case
from oncue.runtime.why.life import Moment
from oncue.runtime.why.sending import fate
from oncue.runtime.why.story import Told, entering, fired, path, step_line, story_of, target
from oncue.runtime.why.travel import done_otherwise, not_entered, not_reached, standing, where_it_is
from oncue.runtime.why.triggers import came_close, refusal, segment_change
from oncue.runtime.why.ways import Way, ways
from oncue.schemas import actions as does
from oncue.schemas.audit import AuditEntry
from oncue.schemas.plan import Plan
from oncue.schemas.values import format_number

Question = Callable[[Case, str], Answer]


def answer(case: Case, asked: str, did: bool, text: str, stories: Iterable[Story]) -> Answer:
    """What is said in the end; the contact's name stands before `text`."""
    return Answer(case.life.key, asked, clock.show(case.at), did, f"{case.who} {text}", tuple(stories))


# --- names


def known(case: Case, word: str, name: str, of: Callable[[Plan], Iterable[str]]) -> bool:
    """Whether the plan in force has this; one that another plan of the database has is told apart by
    `elsewhere`. Raises CommandError for one that none has."""
    everywhere = {each for one in case.life.house.plans for each in of(one.plan)}
    if name not in everywhere:
        raise CommandError(f"no plan of this database has the {word} {name}{near(name, everywhere)}")
    return name in of(case.plan)


def near(name: str, names: Iterable[str]) -> str:
    """`: did you mean invite-vip?`, or nothing."""
    from difflib import get_close_matches  # only now: for the words of a mistake

    found = get_close_matches(name, sorted(names), n=1, cutoff=0.6)
    return f": did you mean {found[0]}?" if found else ""


def elsewhere(case: Case, word: str, name: str, of: Callable[[Plan], Iterable[str]]) -> Story:
    """The plan of that time did not have it; which did."""
    others = [one for one in case.life.house.plans if name in of(one.plan)]
    when = [case.instant(one.since) if one.since else "the beginning" for one in others]
    text = f"the plan in force then has no {word} {name}; one that has it took effect at {when[0]}"
    return Story(f"{word} {name}", False, (case.found("not_deployed", text, at=case.at),))


# --- what is done by steps and fulfillment actions


def not_done(case: Case, found: list[Way], what: str) -> Iterator[Story]:
    """Each way to it, and what stood there."""
    for way in found:
        if not way.campaign:
            yield from deeds.not_done(case, way)
            continue
        acted = case.entries("action", way.unit, way.step.id)
        yield from (done_otherwise(case, way, told) for told in _last_of_each(acted)[-LATEST:])
        if not acted:
            yield from not_reached(case, way)
    if not found:
        yield Story(what, False, (case.found("no_way", f"nothing in the plan in force {what}"),))


def _last_of_each(acted: list[Told]) -> list[Told]:
    """The latest entry of each stay's pass through the step."""
    return list({entry.entry: (moment, entry) for moment, entry in acted}.values())


def _done(case: Case, does_it: Callable[[AuditEntry, does.Action | None], bool]) -> list[Told]:
    """The actions that did it, oldest first, what was taken back since left out."""
    found = []
    for moment, entry in case.entries("action"):
        if entry.result in ("", "done", "held") and does_it(entry, case.action_of(moment, entry)):
            found.append((moment, entry))
    return [told for told in found if fate(case, told) is None and not _held(case, told)]


def _held(case: Case, told: Told) -> bool:
    """Whether a held message has not been let go."""
    entry = told[1]
    after = [
        each for _, each in case.entries("handover")
        if each.data.get("message") == entry.data.get("message") and each.result == "done"
    ]  # fmt: skip
    return entry.result == "held" and not after


def _times(case: Case, found: list[Told]) -> str:
    """`on 2026-03-02 09:00`, `3 times, last on ...`."""
    last = case.instant(found[-1][0].at)
    return f"on {last}" if len(found) == 1 else f"{len(found)} times, last on {last}"


def email(case: Case, name: str) -> Answer:
    """Did the contact get an email, and by which step or fulfillment action?"""
    asked = f"email {name}"
    there = known(case, "email", name, lambda plan: plan.emails)
    found = _done(case, lambda entry, _: entry.data.get("email") == name)
    stories: Iterable[Story]
    if found:
        stories = (story_of(case, told) for told in found[-LATEST:])
        return answer(case, asked, True, f"got the email {name} {_times(case, found)}.", stories)
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
        stories = (_stay(case, told) for told in entered[-LATEST:])
        return answer(case, asked, True, f"entered the campaign {name} {_times(case, entered)}.", stories)
    found = not_entered(case, name) if there else iter(
        [elsewhere(case, "campaign", name, lambda plan: plan.campaigns)]
    )  # fmt: skip
    return answer(case, asked, False, f"did not enter the campaign {name}.", found)


def _stay(case: Case, told: Told) -> Story:
    """An entry, every step, and where it stands or how it left."""
    unit, number = told[1].unit, told[1].entry
    findings = [*entering(case, unit, number)]
    for moment, entry in case.entries("action", unit, entry=number):
        findings.append(step_line(case, moment, entry))
    spec = case.plan.campaigns.get(unit.partition("/")[2])
    if spec is not None:
        findings += [each for each in where_it_is(case, unit, number, spec) if each not in findings]
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
        return answer(case, asked, True, f"came to the step {campaign_}/{id_} {_times(case, came)}.", stories)
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
        findings += standing(case, entry.unit, spec, member) if here and spec is not None else ()
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
        return answer(case, asked, True, f"{_verb(id_)} {name} {_times(case, found)}.", stories)
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
    from oncue.runtime.testing.places import behaviours

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


# --- what the contact is


def segment(case: Case, name: str) -> Answer:
    """Is the contact in a segment?"""
    asked = f"segment {name}"
    if not known(case, "segment", name, lambda plan: plan.segments):
        story = elsewhere(case, "segment", name, lambda plan: plan.segments)
        return answer(case, asked, False, f"is not in the segment {name}.", [story])
    spec, inside = case.plan.segments[name], name in case.state.segments
    findings: list[Finding] = []
    for moment, change in _changes(case, name):
        findings += [case.cause(moment), change]
    if not findings:
        findings += came_close(case, spec.condition)
    now = case.found(
        "now", "its condition holds" if inside else "its condition does not hold", at=case.at,
        place=case.position(spec.condition.at), condition=case.explain_now(spec.condition),
    )  # fmt: skip
    story = Story(f"segments/{name}", inside, (*findings, now), case.position(spec.at))
    return answer(case, asked, inside, f"is {'' if inside else 'not '}in the segment {name}.", [story])


def _changes(case: Case, name: str) -> list[tuple[Moment, Finding]]:
    """The last change of the segment, told by the audit or (where it was loaded silently) by the states."""
    found = [
        (moment, segment_change(case, moment, each))
        for moment, each in case.life.entries()
        if each.what in ("segment.entered", "segment.left") and each.unit == f"segments/{name}"
    ]
    return found[-1:]


def tag(case: Case, name: str) -> Answer:
    """Does the contact have a tag?"""
    asked, there = f"tag {name}", name in case.state.tags
    changed = [one for one in case.life.moments if _has(one.before, name) is not _has(one.after, name)]
    findings = [finding for moment in changed[-1:] for finding in _tagging(case, moment, name)]
    if there:
        return answer(
            case, asked, True, f"has the tag {name}.", [Story(f"tag {name}", True, tuple(findings))]
        )
    stories = [Story(f"tag {name}", False, tuple(findings))] if findings else []
    if not findings:
        places = ways(case.plan, lambda one: isinstance(one, does.AddTag) and one.tag == name)
        stories = list(not_done(case, places, f"adds the tag {name}"))
    return answer(case, asked, False, f"does not have the tag {name}.", stories)


def _has(state: object, tag_: str) -> bool:
    return tag_ in getattr(state, "tags", ())


def _tagging(case: Case, moment: Moment, name: str) -> Iterator[Finding]:
    """The step or row that added a tag, or took it away."""
    for entry in moment.entries:
        made = case.action_of(moment, entry) if entry.what == "action" else None
        if isinstance(made, does.AddTag | does.RemoveTag) and made.tag == name and not entry.why:
            yield from story_of(case, (moment, entry)).findings
            return
    yield case.cause(moment)
    word = "gave it" if _has(moment.after, name) else "took away"
    yield case.found("tag", f"that {word} the tag {name}", at=moment.at)


def score(case: Case, _: str = "") -> Answer:
    """How the contact's score came about."""
    value = case.state.fields.get("score", 0)
    findings: list[Finding] = []
    for moment in case.life.moments:
        before, after = (one.fields.get("score", 0) if one else 0 for one in (moment.before, moment.after))
        if before != after and isinstance(before, int) and isinstance(after, int):
            findings.append(case.cause(moment))
            findings += list(_scoring(case, moment)) or [
                case.found("score", f"from {format_number(before)} to {format_number(after)}", at=moment.at)
            ]
    shown = format_number(value) if isinstance(value, int) else "not set"
    story = Story("score", True, tuple(findings) or (case.found("never", "nothing has changed it"),))
    return answer(case, "score", True, f"has the score {shown}.", [story])


def _scoring(case: Case, moment: Moment) -> Iterator[Finding]:
    for entry in moment.entries:
        if entry.what == "action" and isinstance(case.action_of(moment, entry), does.AdjustScore):
            given, became = entry.data.get("from"), entry.data.get("to")
            clamped = f" ({entry.why})" if entry.why else ""
            where = f"{entry.unit}, {entry.step}"
            yield case.of_entry(moment, entry, f"{where}: from {given} to {became}{clamped}", "score")


# --- lists


def list_(case: Case, name: str) -> Answer:
    """Did the contact come onto a fulfillment list; or: is it subscribed to a list?"""
    kind, _, id_ = name.rpartition("/")
    of_lists = any(id_ in one.plan.lists for one in case.life.house.plans)
    of_batches = any(id_ in one.plan.fulfillment_lists for one in case.life.house.plans)
    if of_lists and of_batches and not kind:
        raise CommandError(
            f"{id_} is a list and a fulfillment list: say lists/{id_} or fulfillment_lists/{id_}"
        )
    return _batched(case, id_) if of_batches and kind != "lists" else _subscribed(case, id_)


def _batched(case: Case, name: str) -> Answer:
    asked = f"fulfillment list {name}"
    found = _done(case, lambda _, one: isinstance(one, does.AddToFulfillmentList) and one.list == name)
    if found:
        stories = [story_of(case, told) for told in found[-LATEST:]]
        waits = dict(case.store.lists_of(case.life.contact))
        since = f"; it waits there since {case.instant(waits[name])}" if name in waits else ""
        text = f"was put on the fulfillment list {name} {_times(case, found)}{since}."
        return answer(case, asked, True, text, stories)
    places = ways(case.plan, lambda one: isinstance(one, does.AddToFulfillmentList) and one.list == name)
    stories = list(not_done(case, places, f"puts anybody on the fulfillment list {name}"))
    return answer(case, asked, False, f"was not put on the fulfillment list {name}.", stories)


def _subscribed(case: Case, name: str) -> Answer:
    asked = f"list {name}"
    known(case, "list", name, lambda plan: {*plan.lists, *plan.fulfillment_lists})
    status = case.state.subscriptions.get(name, {})
    inside = "subscribed" in status.values()
    findings: list[Finding] = []
    for moment, entry in case.entries("subscription", f"lists/{name}")[-LATEST:]:
        findings += [case.cause(moment), case.of_entry(moment, entry, f"{entry.result} ({_channels(entry)})")]
    text = ", ".join(f"{channel} {each}" for channel, each in status.items()) or "never subscribed"
    stories = [Story(f"lists/{name}", inside, tuple(findings))] if findings else []
    if not status:
        places = ways(case.plan, lambda one: isinstance(one, does.Subscribe) and one.list == name)
        stories = list(not_done(case, places, f"subscribes anybody to {name}"))
    return answer(case, asked, inside, f"is {'' if inside else 'not '}subscribed to {name}: {text}.", stories)


def _channels(entry: AuditEntry) -> str:
    channels = entry.data.get("channels")
    return ", ".join(channels) if isinstance(channels, list) else ""


QUESTIONS: dict[str, Question] = {
    "email": email,
    "campaign": campaign,
    "step": step,
    "action": action,
    "segment": segment,
    "tag": tag,
    "score": score,
    "list": list_,
}
