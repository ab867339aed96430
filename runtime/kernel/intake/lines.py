"""The border: lines and rows from outside become inputs of the kernel, or are rejected with a reason.

What is refused: an undeclared type, asset or contact field; an asset of another kind; a missing id or
contact; a property of the wrong type or outside its values; a missing required property; an instant that is
none, lies before 1970, or too far ahead. Properties that an event type does not declare are passed over
and counted, because feeds carry more than a plan asks for and no condition can name them.

A Reject has a stable code and a plain message. Where `unknown_events: ignore` lets undeclared types and
assets be skipped, its `skip` says so.
"""

from __future__ import annotations

from collections.abc import Mapping

from oncue.runtime.kernel.inputs import Event
from oncue.runtime.kernel.intake.border import Reject, RejectedError, check_id, check_who, instant, who_of
from oncue.runtime.kernel.intake.contacts import admit_contact
from oncue.runtime.kernel.intake.meant import meant
from oncue.runtime.kernel.link import Program
from oncue.runtime.kernel.values.forms import as_field, read, show
from oncue.schemas.builtins import BEHAVIOURS, INNER_EVENTS
from oncue.schemas.events import EventLine, Who
from oncue.schemas.plan import EventSpec, FieldSpec
from oncue.schemas.values import Value

__all__ = ["Reject", "admit_contact", "admit_event"]

# How messages name one of a kind.
_ONE = {
    "emails": "an email",
    "landing_pages": "a landing page",
    "web_forms": "a web form",
    "web_pages": "a web page",
    "trackable_content": "trackable content",
    "videos": "a video",
}

_AN_ID = '; an id with an @ is written {"id": "..."}'

# Events that may come without a contact, and the property that tells whose they are.
_TELLING = {"task.completed": "task", "email.bounce": "message"}


def admit_event(program: Program, line: EventLine, *, now: int | None) -> Event | Reject:
    """Reads an event line. `now` is the instant of its arrival in a live run, None in a replay."""
    try:
        return _event(program, line, now)
    except RejectedError as rejected:
        return rejected.reject


def _event(program: Program, line: EventLine, now: int | None) -> Event:
    check_id(line.id, "no_id", "the event's id")
    if line.type in INNER_EVENTS:
        raise RejectedError("inner_event", f"{line.type} happens inside oncue; no line may say it")
    spec = program.events.get(line.type)
    if spec is None:
        raise RejectedError(
            "unknown_type",
            f"no event type {line.type[:80]!r} is declared{meant(line.type, program.events)}",
            skip=_lenient(program),
        )
    who = _contact(line)
    at = instant(program, line.at, now)
    fields = _declared_properties(program, spec, line)
    props, shown = _properties(program, spec, fields, line)
    message = shown.get("message", props.get("message", ""))
    return Event(
        id=line.id,
        type=line.type,
        at=at,
        assets=_assets(program, spec, line, props),
        props=props,
        shown=shown,
        message=message if isinstance(message, str) else "",
        machine=props.get("machine") is True,
        id_given=who.id or "",
        email_given=who.email or "",
        anonymous_given=who.anonymous_id or "",
        live=now is not None,
        undeclared=tuple(name[:80] for name in line.properties if name not in fields),
    )


def _lenient(program: Program) -> bool:
    return program.plan.settings.unknown_events == "ignore"


def _contact(line: EventLine) -> Who:
    """The event's contact; of an `identify`, with the identifiers in its properties."""
    who = who_of(line.contact)
    if line.type == "identify":
        given = {name: line.properties.get(name) for name in ("id", "email", "anonymous_id")}
        texts = {name: text for name, text in given.items() if isinstance(text, str) and text.strip()}
        who = Who(
            id=texts.get("id") or who.id,
            email=texts.get("email") or who.email,
            anonymous_id=texts.get("anonymous_id") or who.anonymous_id,
        )
    if line.contact is None and line.properties.get(_TELLING.get(line.type, "")):
        return who
    check_who(who, _AN_ID if isinstance(line.contact, str) else "")
    return who


def _declared_properties(program: Program, spec: EventSpec, line: EventLine) -> Mapping[str, FieldSpec]:
    return {**program.fields, **spec.properties} if line.type == "identify" else spec.properties


def _properties(
    program: Program, spec: EventSpec, fields: Mapping[str, FieldSpec], line: EventLine
) -> tuple[dict[str, Value], dict[str, str | list[str]]]:
    """The declared properties in compared form, and how they show where that differs."""
    props: dict[str, Value] = {}
    shown: dict[str, str | list[str]] = {}
    for name, raw in line.properties.items():
        field = fields.get(name)
        if field is None:
            continue
        reading = read(field, raw, program.zone)
        if line.type == "identify":
            reading = as_field(name, reading)
        if reading.wrong:
            raise RejectedError("bad_property", f"{name} is {str(raw)[:40]!r}, {reading.wrong}")
        if reading.value is not None:
            props[name] = reading.value
            text = show(field.type, reading.value, reading.shown, program.zone)
            if text != reading.value:
                shown[name] = text
    for name in spec.required:
        if name not in props:
            raise RejectedError("missing_property", f"{line.type} needs the property {name}")
    _check_list(program, line, props)
    return props, shown


def _check_list(program: Program, line: EventLine, props: dict[str, Value]) -> None:
    name = props.get("list") if line.type in ("list.confirm", "email.unsubscribe") else None
    if name is not None and name not in program.plan.lists:
        hint = meant(str(name), program.plan.lists)
        raise RejectedError("unknown_list", f"no list {name!r} is declared{hint}", skip=_lenient(program))


# --- assets ---------------------------------------------------------------------------------------


def _assets(
    program: Program, spec: EventSpec, line: EventLine, props: Mapping[str, Value]
) -> tuple[str, ...]:
    if spec.asset_kind is None:
        if line.asset is not None:
            raise RejectedError("wrong_asset", f"{line.type} belongs to no asset, but names {line.asset!r}")
        return ()
    if line.asset is not None:
        _check_asset(program, spec.asset_kind, line.type, line.asset)
        return (line.asset,)
    if line.type == "web_page.visit" and isinstance(url := props.get("url"), str):
        return program.pages.matching(url)
    if spec.asset_kind == "emails" and "message" in props:
        return ()  # the message tells its email
    raise RejectedError("no_asset", f"{line.type} needs an asset, the id of {_ONE[spec.asset_kind]}")


def _check_asset(program: Program, kind: str, type_: str, asset: str) -> None:
    if asset in _declared(program, kind):
        return
    for other in BEHAVIOURS:
        if other != kind and asset in _declared(program, other):
            raise RejectedError(
                "wrong_asset", f"{asset!r} is {_ONE[other]}, but {type_} belongs to {_ONE[kind]}"
            )
    message = f"{_ONE[kind]} {asset[:80]!r} is not declared{meant(asset, _declared(program, kind))}"
    raise RejectedError("unknown_asset", message, skip=_lenient(program))


def _declared(program: Program, kind: str) -> Mapping[str, object]:
    return program.plan.emails if kind == "emails" else program.plan.assets.get(kind, {})
