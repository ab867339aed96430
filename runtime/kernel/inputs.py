"""What can happen to a contact, in kernel form, and what comes of it. All frozen."""

from __future__ import annotations

from msgspec import Struct

from oncue.runtime.kernel.letters import Letter
from oncue.runtime.kernel.state import ContactState
from oncue.schemas.audit import AuditEntry
from oncue.schemas.values import Value


class Event(Struct, frozen=True):
    """An event that was let in (see `intake.lines`): type declared, asset known, properties typed."""

    id: str
    type: str
    at: int
    assets: tuple[str, ...] = ()  # a visit may match several pages; sorted
    props: dict[str, Value] = {}  # compared form
    shown: dict[str, str | list[str]] = {}  # shown form where it differs
    message: str = ""
    machine: bool = False
    id_given: str = ""  # identifiers that the line carries for its contact, shown form
    email_given: str = ""
    anonymous_given: str = ""
    live: bool = False  # a live run: `trigger_max_age` applies
    undeclared: tuple[str, ...] = ()  # properties that its line has and its type does not; nothing sees them


class Import(Struct, frozen=True):
    """A contact row. `fields` and `shown` as in ContactState; `clear` are fields given as empty."""

    fields: dict[str, Value] = {}
    shown: dict[str, str | list[str]] = {}
    clear: tuple[str, ...] = ()
    tags: tuple[str, ...] | None = None  # None: not given; else added
    subscribed: dict[str, tuple[str, ...]] = {}  # list -> channels
    suppressed: bool | None = None
    at: int | None = None
    triggers: bool = True
    id_given: str = ""
    email_given: str = ""
    anonymous_given: str = ""


class Wake(Struct, frozen=True):
    """The contact's timer: something is due at `now`. Also sent after a resume, then `afresh`: conditions of
    members may have changed meanwhile."""

    afresh: bool = False


class Enrol(Struct, frozen=True):
    """By hand, from the command line."""

    campaign: str


class Reactivate(Struct, frozen=True):
    """An invocable scenario is set off by hand."""

    scenario: str


class Handover(Struct, frozen=True):
    """What became of a message after its step: done (one that was held or deferred is on its way now),
    refused or deferred until `due` (by the second gate), failed (its connector's final no), or cancelled
    (dropped, or not yet gone when its member left). A message that leaves in the ordinary way needs none: it
    counts as done from the start."""

    message: str
    result: str
    why: str = ""
    due: int | None = None


class Suppress(Struct, frozen=True):
    """An operator's stop, or (`lift`) its end."""

    why: str
    lift: bool = False


Input = Event | Import | Wake | Enrol | Reactivate | Handover | Suppress | Letter


Payload = dict[str, str | int | list[str] | dict[str, str] | dict[str, str | list[str]]]


class Effect(Struct, frozen=True, omit_defaults=True):
    """Something that must leave the system. `key` is unique and deterministic. `held`: the fulfillment
    action is paused. `payload` holds all that rendering and delivery need: `unit`, `step`, `rule`, `entry`,
    and by kind:

    email: email, to, list?, values {name: shown value}
    sms: to, text, list?
    notification: to [addresses], subject, text
    site_message: message, title, text, pages [ids of the pages that the visit was of]
    batch: to, subject, text, batch, rows, size, sha256, expires
    webhook: url, method, headers {name: text}, body {name: text} or raw, contact (key), at
    audience: audience, change (add | remove), email, phone
    salesforce: object, fields {name: text}
    """

    key: str
    kind: str
    payload: Payload
    held: bool = False


Counts = dict[tuple[str, str, str], int]  # unit, step, name of a running total -> its change (see `Count`)


class Outcome(Struct, frozen=True):
    """What a step gives back: the contact's new state and everything else that one transaction commits."""

    state: ContactState
    effects: tuple[Effect, ...] = ()
    cancelled: tuple[str, ...] = ()  # keys of effects that must not leave any more
    audit: tuple[AuditEntry, ...] = ()
    counts: Counts = {}
    letters: tuple[Letter, ...] = ()
