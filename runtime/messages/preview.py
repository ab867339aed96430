"""One email as it would leave now, for who writes it: by a workspace's plan, with the values of a contact of
the database, of an event, of a file, or with none."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from oncue.runtime import clock
from oncue.runtime.engine.states import decode
from oncue.runtime.errors import CommandError
from oncue.runtime.kernel.link import Program, link
from oncue.runtime.kernel.sending.inline import shown_value
from oncue.runtime.kernel.state import ContactState
from oncue.runtime.kernel.turn import Turn
from oncue.runtime.kernel.verdicts import Scene
from oncue.runtime.messages.message import Renderer, RenderFailedError
from oncue.runtime.naming import find
from oncue.runtime.reading.unreadable import no_json
from oncue.runtime.stores.sqlite import SqliteStore
from oncue.schemas.plan import Plan

__all__ = ["RenderFailedError", "preview"]

Shown = str | list[str]
KEY = "preview"  # stands where a message's own key will


class Preview(Struct, frozen=True):
    """`empty`: names that the email shows and nothing gave a value. `unused`: given, and not shown.
    `attachments`: names of files."""

    html: str
    text: str
    headers: str
    attachments: list[str]
    empty: list[str]
    unused: list[str]


def preview(plan: Plan, email: str, values: Mapping[str, Shown], to: str) -> Preview:
    """The email with these values. Raises CommandError for no such email, RenderFailedError for one that
    cannot be made."""
    if email not in plan.emails:
        raise CommandError(f"there is no email {email}{_meant(email, plan)}")
    shows = link(plan).email_uses(email)
    payload = {"email": email, "to": to, "values": {name: values.get(name, "") for name in shows}}
    payload["list"] = plan.emails[email].list or ""
    made = Renderer(plan).render("email", KEY, msgspec.json.encode(payload), clock.wall())
    letter = message_from_bytes(made.data, policy=default)
    head, _, _ = made.data.partition(b"\r\n\r\n")
    return Preview(
        html=_part(letter, "html"),
        text=_part(letter, "plain"),
        headers=head.decode("ascii").replace("\r\n", "\n") + "\n",
        attachments=[str(each.get_filename()) for each in letter.iter_attachments()],
        empty=[name for name in shows if not values.get(name)],
        unused=[name for name in values if name not in shows],
    )


def _part(letter: EmailMessage, kind: str) -> str:
    found = letter.get_body((kind,))
    return "" if found is None else str(found.get_content()).replace("\r\n", "\n")


def _meant(email: str, plan: Plan) -> str:
    near = difflib.get_close_matches(email, plan.emails, n=1)
    return f"; did you mean {near[0]}?" if near else ""


def values_of_contact(plan: Plan, database: Path, contact: str, email: str) -> dict[str, Shown]:
    """What the email would show of the contact now, and its address as ``email``. Raises CommandError."""
    store = SqliteStore(database, write=False)
    try:
        row = store.load([find(store, contact)])[0]
    finally:
        store.close()
    state, program = decode(row.state or b""), link(plan)
    shows = program.email_uses(email) if email in plan.emails else ()
    found = _shown(program, state, {"email", *shows})
    return {name: value for name, value in found.items() if value}


def _shown(program: Program, state: ContactState, names: set[str]) -> dict[str, Shown]:
    turn, scene = Turn(program, state, clock.wall()), Scene("", "", "")
    return {name: shown_value(turn, scene, name) for name in sorted(names)}


def values_of_event(text: str) -> dict[str, Shown]:
    """The properties of an event, as ``event.X`` and ``entry.X``: of a whole event line, or of its properties
    alone. Raises CommandError."""
    given = _object(text, "--event")
    properties = given.get("properties") if "type" in given else given
    if not isinstance(properties, dict):
        raise CommandError("--event: its properties are no JSON object")
    return {
        f"{side}.{name}": _text(value) for side in ("event", "entry") for name, value in properties.items()
    }


def values_of_file(path: Path) -> dict[str, Shown]:
    """Values by name, ``{"first_name": "Ana", "event": {"total": 5}}``. Raises CommandError."""
    try:
        given = _object(path.read_text("utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(
            f"{path} cannot be read: {getattr(error, 'strerror', None) or 'not UTF-8'}"
        ) from None
    found: dict[str, Shown] = {}
    for name, value in given.items():
        if isinstance(value, dict):
            found.update((f"{name}.{inner}", _text(each)) for inner, each in value.items())
        else:
            found[name] = _text(value)
    return found


def _object(text: str, where: str) -> dict[str, Any]:
    try:
        given = msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise CommandError(f"{where} is no JSON: {no_json(error)}") from None
    if not isinstance(given, dict):
        raise CommandError(f'{where}: a JSON object is needed, such as {{"sku": "A1"}}')
    return given


def _text(value: object) -> Shown:
    """As a template shows it."""
    if isinstance(value, list):
        return [str(each) for each in value]
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
