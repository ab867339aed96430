"""Actions on other systems: webhook, audiences, Salesforce. Each becomes an effect, done when it is queued; a
final no of its connector comes later (see `handover`). Other than messages they are not held where their
fulfillment action is paused.
"""

from __future__ import annotations

import msgspec

from oncue.runtime.kernel.inputs import Payload
from oncue.runtime.kernel.sending.inline import TOO_LONG, fill, is_long, shown_value
from oncue.runtime.kernel.sending.outgoing import key_of, put_out, sent_of
from oncue.runtime.kernel.turn import Turn
from oncue.runtime.kernel.values.forms import iso, show
from oncue.runtime.kernel.verdicts import Scene, Verdict, failed
from oncue.schemas.actions import AddToAudience, CreateSalesforce, RemoveFromAudience, Webhook

Body = dict[str, str | list[str]]


def _put(turn: Turn, scene: Scene, kind: str, payload: Payload) -> Verdict:
    scene = msgspec.structs.replace(scene, held=False)
    return put_out(turn, scene, key_of(turn, scene), payload, sent_of(turn, scene, kind))


# --- webhooks


def webhook(turn: Turn, scene: Scene, action: Webhook) -> Verdict:
    """Calls somebody's HTTP interface. Without a body of its own it says who the contact is and where it
    stands; a GET or DELETE has none then."""
    payload: Payload = {
        "url": action.url,
        "method": action.method,
        "headers": dict(action.headers),
        "contact": turn.state.key,
        "at": iso(turn.now),
    }
    if action.raw is not None:
        raw = fill(turn, scene, action.raw)
        if raw is None:
            return failed(TOO_LONG)
        payload["raw"] = raw
    elif action.body is not None or action.method not in ("GET", "DELETE"):
        body = _standing(turn, scene) if action.body is None else _filled(turn, scene, action.body)
        if body is None or is_long("".join(_parts(body))):
            return failed(TOO_LONG)
        payload["body"] = body
    return _put(turn, scene, "webhook", payload)


def _filled(turn: Turn, scene: Scene, texts: dict[str, str]) -> Body | None:
    """The texts with their placeholders filled; None where one is too long."""
    found: Body = {}
    for name, text in texts.items():
        filled = fill(turn, scene, text)
        if filled is None:
            return None
        found[name] = filled
    return found


def _parts(body: Body) -> list[str]:
    parts = list(body)
    for value in body.values():
        parts += value if isinstance(value, list) else [value]
    return parts


def _standing(turn: Turn, scene: Scene) -> Body:
    """The contact's fields, as people write them, and what called: the step, or the event."""
    state, program = turn.state, turn.program
    found: Body = {
        name: show(program.fields[name].type, value, state.shown.get(name), program.zone)
        for name, value in sorted(state.fields.items())
        if name in program.fields
    }
    found["contact"] = state.key
    if scene.member is not None:
        found["campaign"] = scene.member.campaign
        found.update({f"entry.{name}": _prop(turn, scene, f"entry.{name}") for name in scene.member.props})
    if scene.event is not None:
        found["event"] = scene.event.type
        found.update({f"event.{name}": _prop(turn, scene, f"event.{name}") for name in scene.event.props})
    found["step"] = scene.step
    return found


def _prop(turn: Turn, scene: Scene, name: str) -> str | list[str]:
    return shown_value(turn, scene, name)


# --- audiences


def add_to_audience(turn: Turn, scene: Scene, action: AddToAudience) -> Verdict:
    """Puts the contact into a custom audience."""
    return _audience(turn, scene, action.audience, "add")


def remove_from_audience(turn: Turn, scene: Scene, action: RemoveFromAudience) -> Verdict:
    """Takes the contact out of a custom audience."""
    return _audience(turn, scene, action.audience, "remove")


def _audience(turn: Turn, scene: Scene, audience: str, change: str) -> Verdict:
    """An audience knows people by their email address and phone number."""
    known = {name: _shown(turn, scene, name) for name in ("email", "phone")}
    if not any(known.values()):
        return failed("no email or phone")
    return _put(turn, scene, "audience", {"audience": audience, "change": change, **known})


def _shown(turn: Turn, scene: Scene, name: str) -> str:
    value = shown_value(turn, scene, name)
    return (", ".join(value) if isinstance(value, list) else value).strip()


# --- Salesforce

_BOTH = {
    "FirstName": "first_name",
    "LastName": "last_name",
    "Email": "email",
    "Phone": "phone",
    "Title": "job_title",
}
_ADDRESS = {
    "Street": "address", "City": "city", "State": "state", "PostalCode": "postal_code", "Country": "country",
}  # fmt: skip
USUAL: dict[str, dict[str, str]] = {
    "Lead": {**_BOTH, "Company": "company", **_ADDRESS},
    "Contact": {**_BOTH, **{f"Mailing{name}": field for name, field in _ADDRESS.items()}},
}
_NEEDED = {"Lead": {"LastName": "last name", "Company": "company"}, "Contact": {"LastName": "last name"}}


def create_salesforce(turn: Turn, scene: Scene, action: CreateSalesforce) -> Verdict:
    """Makes a contact or a lead in Salesforce, from the usual fields and what the action says over them."""
    set_ = _filled(turn, scene, action.set)
    if set_ is None:
        return failed(TOO_LONG)
    sources = {**USUAL[action.object], **action.copy}
    fields = {name: _shown(turn, scene, source) for name, source in sources.items()}
    fields.update({name: str(text).strip() for name, text in set_.items()})
    fields = {name: text for name, text in fields.items() if text}
    for name, called in _NEEDED[action.object].items():
        if name not in fields:
            return failed(f"no {called}")
    if is_long("".join((*fields, *fields.values()))):
        return failed(TOO_LONG)
    return _put(turn, scene, "salesforce", {"object": action.object, "fields": dict(fields)})
