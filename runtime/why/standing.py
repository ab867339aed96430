"""Questions about what a contact is: in a segment, tagged, scored, on a list."""

from __future__ import annotations

from collections.abc import Iterator

from oncue.runtime.errors import CommandError
from oncue.runtime.kernel.entities.lists import Reading
from oncue.runtime.why.answer import Answer, Finding, Story
from oncue.runtime.why.answering import answer, done, elsewhere, known, not_done, times
from oncue.runtime.why.case import LATEST, Case
from oncue.runtime.why.life import Moment
from oncue.runtime.why.story import story_of
from oncue.runtime.why.triggers import came_close, segment_change
from oncue.runtime.why.ways import ways
from oncue.schemas import actions as does
from oncue.schemas.audit import AuditEntry
from oncue.schemas.values import format_number


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
    found = done(case, lambda _, one: isinstance(one, does.AddToFulfillmentList) and one.list == name)
    if found:
        stories = [story_of(case, told) for told in found[-LATEST:]]
        last = stories[-1]
        findings = (*last.findings, *_on_the_list(case, name))
        stories[-1] = Story(last.title, True, findings, last.place)
        text = f"was put on the fulfillment list {name} {times(case, found)}."
        return answer(case, asked, True, text, stories)
    places = ways(case.plan, lambda one: isinstance(one, does.AddToFulfillmentList) and one.list == name)
    stories = list(not_done(case, places, f"puts anybody on the fulfillment list {name}"))
    waits, steps = tuple(_on_the_list(case, name)), {(way.unit, way.step.id) for way in places}
    stays = [each for each in case.state.members if (f"campaigns/{each.campaign}", each.step) in steps]
    if waits or any(each.asked for each in stays):  # a member stays at its step until the batch
        held = [one for one in stories if one.findings[-1].what == "waiting"]
        stories = [Story(one.title, True, (*one.findings, *waits), one.place) for one in held]
        stories = stories or [Story(asked, True, waits)]
        return answer(case, asked, True, f"is on the fulfillment list {name}.", stories)
    return answer(case, asked, False, f"was not put on the fulfillment list {name}.", stories)


def _on_the_list(case: Case, name: str) -> Iterator[Finding]:
    """The batches that the contact was in; whether it waits for the next one, or is held."""
    spec, store = case.plan.fulfillment_lists.get(name), case.store
    for each in store.batches_of(case.life.contact):
        row = store.batch(each)
        if row is not None and row.list == name and row.at <= case.at:
            yield case.found("batch", f"was in the batch {each}", at=row.at)
    since = dict(store.lists_of(case.life.contact)).get(name)
    if since is None or since > case.at or spec is None:
        return
    missing = Reading(case.program, spec).missing(case.state)
    held = f", and is held: {', '.join(missing)} is not set" if missing else " for the next batch"
    yield case.found("waiting", f"waits{held}", at=since, place=case.position(spec.at))


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
