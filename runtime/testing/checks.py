"""What a test expects, held against what there is. One function for each kind of expectation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Any

from msgspec import Struct

from oncue.runtime.kernel.entities.kept import TaskState
from oncue.runtime.kernel.funnel.records import Membership
from oncue.runtime.kernel.state import ContactState, Deal
from oncue.runtime.kernel.values.forms import read, show
from oncue.runtime.testing.bench import Bench, Made
from oncue.runtime.views.tasks import state_of
from oncue.schemas import tests
from oncue.schemas.audit import AuditEntry
from oncue.schemas.builtins import DEAL_FIELDS
from oncue.schemas.funnel import STAGES
from oncue.schemas.plan import FieldSpec
from oncue.schemas.values import Value

NOTHING = "nothing"


class Missed(Struct, frozen=True):
    """What was expected, and what there is instead."""

    what: str
    expected: str
    actual: str


class View(Struct, frozen=True):
    """The world at an expectation. `made`: effects since the one before."""

    bench: Bench
    made: Sequence[Made]

    def state(self, who: str) -> ContactState | None:
        """A contact's state."""
        slot = self.bench.slot_of(who) if who else None
        return None if slot is None else slot.state

    def of(self, who: str) -> Iterator[Made]:
        """Effects about a contact, or (empty) all."""
        state = self.state(who)
        for each in self.made:
            if not who or (state is not None and each.contact == state.key):
                yield each


Check = Callable[[View, Any], Iterable[Missed]]


# --- what left ------------------------------------------------------------------------------------


def _message(made: Made) -> tuple[str, str] | None:
    """(channel, name) of a message to a contact that has left."""
    if made.why or "task" in made.payload:
        return None
    if made.kind == "email":
        return "email", str(made.payload["email"])
    if made.kind == "sms":
        return "sms", "sms"
    return ("site_message", str(made.payload["message"])) if made.kind == "site_message" else None


def _messages(view: View, who: str) -> list[tuple[str, str]]:
    found = [_message(each) for each in view.of(who)]
    return [each for each in found if each is not None]


def _sent(view: View, check: tests.Sent) -> Iterator[Missed]:
    there = Counter(name for _, name in _messages(view, check.who))
    if there != Counter(check.messages):
        yield Missed("sent", _listed(check.messages), _listed(there.elements()))


def _not_sent(view: View, check: tests.NotSent) -> Iterator[Missed]:
    there = _messages(view, check.who)
    for name in check.messages:
        if any(name in each for each in there):
            yield Missed("not_sent", f"no {name}", f"sent: {_listed(one for _, one in there)}")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or NOTHING


def _notified(view: View, check: tests.Notified) -> Iterator[Missed]:
    users = {user.email.casefold(): name for name, user in view.bench.program.plan.users.items()}
    there = {
        users.get(address.casefold(), address)
        for each in view.of(check.who)
        if each.kind == "notification" and not each.why
        for address in each.payload["to"]
    }
    if there != set(check.users):
        yield Missed("notified", _listed(set(check.users)), _listed(there))


def _called(view: View, check: tests.Called) -> Iterator[Missed]:
    there = [str(each.payload["url"]) for each in view.of(check.who) if each.kind == "webhook"]
    left = list(there)
    for pattern in check.urls:
        found = next((url for url in left if fnmatchcase(url, pattern)), None)
        if found is not None:
            left.remove(found)
    if left or len(there) != len(check.urls):
        yield Missed("called", _listed(check.urls), _listed(there))


def _effects(view: View, check: tests.Effects) -> Iterator[Missed]:
    there = Counter(each.kind for each in view.of(check.who))
    for kind, number in check.kinds.items():
        if there[kind] != number:
            yield Missed("effects", f"{kind}: {number}", f"{kind}: {there[kind]}")


# --- the contact ----------------------------------------------------------------------------------


def _one(view: View, what: str, who: str) -> tuple[ContactState | None, list[Missed]]:
    state = view.state(who)
    return state, [] if state is not None else [Missed(what, who, "nobody is called so by now")]


def _contact(view: View, check: tests.ContactIs) -> Iterator[Missed]:
    state, missed = _one(view, "contact", check.who)
    yield from missed
    if state is None:
        return
    fields = view.bench.program.fields
    for name, wanted in check.fields.items():
        yield from _field(
            view, f"contact {name}", fields[name], wanted, state.fields.get(name), state.shown.get(name)
        )
    for name in check.without:
        if name in state.fields:
            actual = shown(view, fields[name], state.fields[name], state.shown.get(name))
            yield Missed(f"contact {name}", "no value", actual)
    yield from _tags(state, check)
    yield from _consent(state, check)


def _field(
    view: View,
    what: str,
    spec: FieldSpec,
    wanted: tests.Shown,
    there: Value | None,
    written: Any,  # noqa: ANN401
) -> Iterator[Missed]:
    reading = read(spec, wanted if isinstance(wanted, str) else list(wanted), view.bench.program.zone)
    if not _same(spec, reading.value, there):
        expected = wanted if isinstance(wanted, str) else ", ".join(wanted)
        yield Missed(what, expected, shown(view, spec, there, written))


def _same(spec: FieldSpec, wanted: Value | None, there: Value | None) -> bool:
    if spec.type == "many" and isinstance(wanted, list) and isinstance(there, list):
        return sorted(wanted) == sorted(there)
    return wanted == there


def shown(view: View, spec: FieldSpec, value: Value | None, written: Any) -> str:  # noqa: ANN401
    """A value as people write it."""
    if value is None:
        return "no value"
    text = show(spec.type, value, written, view.bench.program.zone)
    return ", ".join(text) if isinstance(text, list) else text


def _tags(state: ContactState, check: tests.ContactIs) -> Iterator[Missed]:
    there = f"tags: {_listed(state.tags)}"
    for tag in check.tags:
        if tag not in state.tags:
            yield Missed("contact tags", tag, there)
    for tag in check.not_tagged:
        if tag in state.tags:
            yield Missed("contact tags", f"no {tag}", there)


def _consent(state: ContactState, check: tests.ContactIs) -> Iterator[Missed]:
    for wanted, lists in ((True, check.subscribed), (False, check.not_subscribed)):
        for name, channels in lists.items():
            for channel in channels:
                status = state.subscriptions.get(name, {}).get(channel, "never subscribed")
                if (status == "subscribed") != wanted:
                    expected = "subscribed" if wanted else "not subscribed"
                    yield Missed(f"contact {name} by {channel}", expected, status)
    if check.suppressed is not None and bool(state.suppressed) != check.suppressed:
        actual = f"suppressed: {state.suppressed}" if state.suppressed else "not suppressed"
        yield Missed("contact suppressed", str(check.suppressed).lower(), actual)


def _in_segment(view: View, check: tests.InSegment) -> Iterator[Missed]:
    state, missed = _one(view, "segment", check.who)
    yield from missed
    for name in check.segments if state is not None else ():
        if state is not None and (name in state.segments) != check.inside:
            expected = name if check.inside else f"not {name}"
            yield Missed("segment", expected, f"in: {_listed(state.segments)}")


# --- campaigns ------------------------------------------------------------------------------------


def _in_campaign(view: View, check: tests.InCampaign) -> Iterator[Missed]:
    state, missed = _one(view, "in_campaign", check.who)
    yield from missed
    if state is None:
        return
    stays = [(member.campaign, member.step) for member in state.members]
    actual = f"in: {', '.join(f'{campaign} at {step}' for campaign, step in stays) or 'no campaign'}"
    for campaign, step in check.campaigns.items():
        inside = any(name == campaign and step in ("", place) for name, place in stays)
        if inside != check.inside:
            expected = f"{campaign} at {step}" if step else campaign
            what = "in_campaign" if check.inside else "not_in_campaign"
            yield Missed(what, expected if check.inside else f"not {expected}", actual)


def _step(view: View, check: tests.StepWas) -> Iterator[Missed]:
    state, unit = view.state(check.who), f"campaigns/{check.campaign}"
    found = [
        each.entry
        for each in view.bench.notes.noted
        if (each.entry.unit, each.entry.step) == (unit, check.step)
        and each.entry.what in ("action", "handover")
        and (not check.who or (state is not None and each.contact == state.key))
    ]
    name = f"step {check.campaign}/{check.step}"
    if not found:
        yield Missed(name, check.outcome or "taken", "nobody has taken it")
    elif check.outcome and not _is(found[-1], check.outcome):
        yield Missed(name, check.outcome, outcome_of(found[-1]))


def _is(entry: AuditEntry, outcome: str) -> bool:
    result, colon, why = (part.strip() for part in outcome.partition(":"))
    if colon:
        return (entry.result, entry.why) == (result, why)
    return outcome in (entry.result, entry.rule, entry.why, entry.data.get("path"))


def outcome_of(entry: AuditEntry) -> str:
    """What an entry says came of its step, in the words that `outcome` takes."""
    result = f"{entry.result}: {entry.why}" if entry.why else entry.result
    path = entry.data.get("path")
    return ", ".join(str(part) for part in (entry.rule, result, path) if part)


# --- the funnel -----------------------------------------------------------------------------------


def _responses(view: View, check: tests.ResponsesAre) -> Iterator[Missed]:
    state, missed = _one(view, "responses", check.who)
    yield from missed
    funnel = None if state is None else state.funnel
    for campaign, wanted in check.responses.items() if state is not None else ():
        member = None if funnel is None else funnel.memberships.get(campaign)
        there = _of_member(member)
        asked = {"response": wanted.response, "status": wanted.status, "stage": wanted.stage}
        if wanted.reactivated is not None:
            asked["reactivated"] = str(wanted.reactivated).lower()
        if wanted.member and member is None:
            yield Missed(f"responses: {campaign}", "a member", "no member")
            continue
        for name, expected in asked.items():
            if expected and there[name] != expected:
                yield Missed(f"responses: {campaign}: {name}", expected, there[name])


def _of_member(member: Membership | None) -> dict[str, str]:
    if member is None:
        return {"response": "none", "status": "none", "stage": "none", "reactivated": "false"}
    reached = [stage for stage in STAGES if getattr(member, stage) is not None]
    return {
        "response": member.result or "none",
        "status": member.status,
        "stage": reached[-1] if reached else "none",
        "reactivated": str(member.reactivated is not None).lower(),
    }


def _scenario(view: View, check: tests.ScenarioWas) -> Iterator[Missed]:
    state, unit = view.state(check.who), f"reactivation_scenarios/{check.scenario}"
    found = [
        "waiting" if each.entry.what == "scenario.set_off" else each.entry.why
        for each in view.bench.notes.noted
        if each.entry.unit == unit
        and each.entry.what in ("scenario.set_off", "scenario.judged")
        and (not check.who or (state is not None and each.contact == state.key))
    ]
    actual = found[-1] if found else "nothing has set it off"
    if actual != check.outcome:
        yield Missed(f"scenario {check.scenario}", check.outcome, actual)


# --- deals and tasks ------------------------------------------------------------------------------


def _deals(view: View, check: tests.DealsAre) -> Iterator[Missed]:
    state, missed = _one(view, "deals", check.who)
    yield from missed
    if state is None:
        return
    if len(state.deals) != len(check.deals):
        titles = ", ".join(deal.title for deal in state.deals) or NOTHING
        yield Missed(
            "deals", _number(len(check.deals), "deal"), f"{_number(len(state.deals), 'deal')}: {titles}"
        )
    specs = {**DEAL_FIELDS, **view.bench.program.plan.deal_fields}
    for number, (wanted, deal) in enumerate(zip(check.deals, state.deals, strict=False), 1):
        for name, value in wanted.items():
            there = _of_deal(deal, name)
            yield from _field(view, f"deal {number}: {name}", specs[name], value, there, deal.shown.get(name))


def _of_deal(deal: Deal, name: str) -> Value | None:
    if name in ("title", "pipeline", "stage", "status", "owner"):
        text: str = getattr(deal, name)
        return text.strip().casefold() or None
    if name in ("value", "score"):
        number: int | None = getattr(deal, name)
        return number
    return deal.fields.get(name)


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def tasks_of(bench: Bench) -> list[tuple[str, TaskState]]:
    """All tasks by their entities' names, in order of their making."""
    found = [(each.name, each.state) for each in bench.entities.known() if isinstance(each.state, TaskState)]
    made = [each.entry.data.get("task") for each in bench.notes.noted if each.entry.what == "task.added"]
    order = {f"task/{key}": number for number, key in enumerate(made)}
    return sorted(found, key=lambda each: (order.get(each[0], -1), each[0]))


def _tasks(view: View, check: tests.TasksAre) -> Iterator[Missed]:
    state = view.state(check.who)
    there = [
        task
        for _, task in tasks_of(view.bench)
        if not check.who or (state is not None and task.contact == state.key)
    ]
    if len(there) != len(check.tasks):
        titles = ", ".join(task.title for task in there) or NOTHING
        yield Missed("tasks", _number(len(check.tasks), "task"), f"{_number(len(there), 'task')}: {titles}")
    for number, (wanted, task) in enumerate(zip(check.tasks, there, strict=False), 1):
        actual = {"title": task.title, "owner": task.owner, "note": task.note}
        actual["state"] = state_of(task, view.bench.now)
        for name, value in wanted.items():
            if actual[name] != value:
                yield Missed(f"task {number}: {name}", str(value), actual[name] or NOTHING)


CHECKS: dict[type[Any], Check] = {
    tests.Sent: _sent,
    tests.NotSent: _not_sent,
    tests.ContactIs: _contact,
    tests.StepWas: _step,
    tests.InSegment: _in_segment,
    tests.InCampaign: _in_campaign,
    tests.ResponsesAre: _responses,
    tests.ScenarioWas: _scenario,
    tests.DealsAre: _deals,
    tests.TasksAre: _tasks,
    tests.Notified: _notified,
    tests.Called: _called,
    tests.Effects: _effects,
}
