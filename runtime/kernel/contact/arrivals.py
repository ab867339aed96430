"""What an input changes by itself, before anything that listens to it: history, identity, fields, consent.

An event may be *ignored* in part, and the audit says so:

    machine    a prefetch or scanner: it changes, counts and triggers nothing
    too_old    (live runs) older than `trigger_max_age`: it enters history and changes what it changes by
               itself, but starts nothing, not even through a segment that it moves
    unmatched  an email event without a send that it belongs to: as too_old, but segments that it moves do
               start campaigns
"""

from __future__ import annotations

import msgspec

from oncue.runtime.kernel.actions.tasks import completed
from oncue.runtime.kernel.contact import changes
from oncue.runtime.kernel.inputs import Event, Import
from oncue.runtime.kernel.sending.gate import is_bad
from oncue.runtime.kernel.state import ContactState, Sent
from oncue.runtime.kernel.turn import Turn
from oncue.runtime.kernel.values.forms import show
from oncue.schemas.builtins import READ_ONLY_FIELDS
from oncue.schemas.values import Value, compared_text

_IDENTIFIERS = frozenset({"email", *READ_ONLY_FIELDS})


def arrive(turn: Turn, event: Event) -> Event | None:
    """Takes the event in. Gives it back as far as it may fire actions and start campaigns, with the message
    that it belongs to; None if it may not."""
    identify(turn, event, email_moves=event.type == "identify")
    if event.machine:
        _write(turn, event, "machine")
        return None
    matched, ignored = _match(turn.state, event), ""
    if matched is None:
        ignored = "unmatched"
        event = msgspec.structs.replace(event, message="")
    else:
        event = matched
    if event.live and turn.now - event.at > turn.program.plan.settings.trigger_max_age:
        ignored, turn.mute = "too_old", "starts"
    _write(turn, event, ignored)
    changes.remember(turn, event)
    own = _OWN_CHANGES.get(event.type)
    if own is not None:
        own(turn, event)
    return None if ignored else event


def _write(turn: Turn, event: Event, ignored: str) -> None:
    data: dict[str, Value] = {"id": event.id, "at": event.at}
    if event.assets:
        data["assets"] = list(event.assets)
    if ignored:
        data["ignored"] = ignored
    turn.write("event", event.type, data=data)


# --- identity -------------------------------------------------------------------------------------


def be_born(turn: Turn) -> None:
    """The first input of a contact: whatever is known of it now was not, before."""
    state = turn.state
    state.fields = {"score": 0, "created_at": state.created_at, **state.fields}
    turn.touched.add("birth")
    for name in state.fields:
        if name != "score":  # it was 0 before, and `watches.at_birth` knows
            turn.touched.add(f"field:{name}")
            turn.fields_before[name] = None
    given: dict[str, Value] = {name: _shown(turn, name) for name in ("id", "email") if name in state.fields}
    if state.anonymous_ids:
        given["anonymous_id"] = list(state.anonymous_ids)
    turn.write("contact.created", data=given)


def identify(turn: Turn, given: Event | Import, *, email_moves: bool) -> None:
    """Takes up identifiers that came along. An id is never replaced, an email only if `email_moves`."""
    state = turn.state
    changed: dict[str, Value] = {}
    if given.id_given and _give(turn, "id", given.id_given, replace=False):
        changed["id"] = given.id_given
    if given.email_given and _give(turn, "email", given.email_given, replace=email_moves):
        changed["email"] = given.email_given
    if given.anonymous_given and given.anonymous_given not in state.anonymous_ids:
        state.anonymous_ids = [*state.anonymous_ids, given.anonymous_given]
        changed["anonymous_id"] = given.anonymous_given
    if changed:
        turn.write("contact.updated", data=changed)


def _give(turn: Turn, name: str, text: str, *, replace: bool) -> bool:
    compared = compared_text(text)
    present = turn.state.fields.get(name)
    if present == compared:
        return False
    if present is not None and not replace:
        if name == "id":
            turn.write("contact.clash", data={"id": text})
        return False
    return changes.set_field(turn, name, compared, text if text != compared else None)


def _shown(turn: Turn, name: str) -> str | list[str]:
    spec, state = turn.program.fields[name], turn.state
    return show(spec.type, state.fields[name], state.shown.get(name), turn.program.zone)


def take_row(turn: Turn, row: Import) -> None:
    """A contact row: its values win; empty ones clear; tags and subscriptions are added."""
    identify(turn, row, email_moves=True)
    changed = [
        name
        for name, value in row.fields.items()
        if changes.set_field(turn, name, value, row.shown.get(name))
    ]
    changed += [name for name in row.clear if changes.clear_field(turn, name)]
    data: dict[str, Value] = {
        name: _shown(turn, name) if name in turn.state.fields else "" for name in sorted(changed)
    }
    added = [tag for tag in row.tags or () if changes.add_tag(turn, tag)]
    if added:
        data["tags"] = added
    if data:
        turn.write("contact.updated", data=data)
    for name, channels in row.subscribed.items():
        changes.subscribe(turn, name, channels, "subscribed")
    if row.suppressed:
        changes.suppress(turn, "import")


# --- email events ---------------------------------------------------------------------------------


def _match(state: ContactState, event: Event) -> Event | None:
    """The event with the message that it belongs to; None where there is none. Events that are not about a
    message, and outside reports of a sent one, belong to themselves."""
    if not event.type.startswith("email.") or event.type == "email.sent":
        return event
    key = event.message or _latest(state, event)
    sent = state.sent.get(key)
    if sent is None or not sent.email or (event.assets and sent.email not in event.assets):
        return None
    return msgspec.structs.replace(event, message=key, assets=(sent.email,))


def _latest(state: ContactState, event: Event) -> str:
    """The key of the contact's latest send of the email that is not later than the event."""
    if not event.assets:
        return ""
    email = event.assets[0]
    key = state.latest.get(email, "")
    if key and _left(state.sent[key]) and state.sent[key].at <= event.at:
        return key
    earlier = [
        (sent.at, key)
        for key, sent in state.sent.items()
        if sent.email == email and _left(sent) and sent.at <= event.at
    ]
    return max(earlier)[1] if earlier else ""


def _left(sent: Sent) -> bool:
    return sent.result == "done" and sent.due is None


def _reported_sent(turn: Turn, event: Event) -> None:
    """A send that another system reports: later events may belong to it."""
    if event.assets:
        key = event.message or f"event:{event.id}"
        turn.state.sent.setdefault(key, Sent(event.assets[0], event.at))
        turn.state.latest[event.assets[0]] = key


def _unsubscribe(turn: Turn, event: Event) -> None:
    """Leaves the list that it names, else the message's; `all: true` suppresses."""
    if event.props.get("all") is True:
        changes.suppress(turn, "unsubscribed from all")
        return
    name = event.props.get("list")
    if name is None and event.assets:
        name = turn.program.email(event.assets[0]).list
    if isinstance(name, str):
        changes.subscribe(turn, name, ("email",), "unsubscribed")


def _bounce(turn: Turn, event: Event) -> None:
    """Kept for the send gate: how many since the last success."""
    bounces = turn.state.bounces
    kind = str(event.props.get("type", "hard"))
    bounces[kind] = bounces.get(kind, 0) + 1


def _success(turn: Turn, event: Event) -> None:
    """An open or a reply: mail arrives there, so the count begins anew. What is called bad already stays so
    until a click."""
    if not is_bad(turn.state):
        turn.state.bounces.clear()


def _click(turn: Turn, event: Event) -> None:
    """A click proves the address good."""
    turn.state.bounces.clear()


def _complaint(turn: Turn, event: Event) -> None:
    changes.suppress(turn, "complaint")


def _confirm(turn: Turn, event: Event) -> None:
    """Completes a double opt-in on every channel that waits for it."""
    name = event.props.get("list")
    if isinstance(name, str):
        known = turn.state.subscriptions.get(name, {})
        pending = [channel for channel, status in known.items() if status == "pending"]
        changes.subscribe(turn, name, pending, "subscribed")


def _identify(turn: Turn, event: Event) -> None:
    """Contact fields that the event carries."""
    fields = turn.program.fields
    changed: dict[str, Value] = {}
    for name, value in event.props.items():
        if name not in fields or name in _IDENTIFIERS:
            continue
        shown = event.shown.get(name) if fields[name].type in ("text", "many") else None
        if changes.set_field(turn, name, value, shown):
            changed[name] = _shown(turn, name)
    if changed:
        turn.write("contact.updated", data=changed)


_OWN_CHANGES = {
    "identify": _identify,
    "list.confirm": _confirm,
    "task.completed": completed,
    "email.sent": _reported_sent,
    "email.open": _success,
    "email.reply": _success,
    "email.click": _click,
    "email.bounce": _bounce,
    "email.complaint": _complaint,
    "email.unsubscribe": _unsubscribe,
}
