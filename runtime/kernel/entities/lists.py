"""Fulfillment lists: ``list/ID``. Contacts wait for the next run, which makes one batch of them. Rules:

- The host keeps who waits, in order of joining, and gives a run its contacts page by page: `Reading` makes a
  row of each, or says that it is held. Then the list gets one input, `Ran`, with what was read.
- A batch is ``(previous run, this run]``; the first interval starts when the list is first in force. Whoever
  joins at the instant of a run, but after it, is in the next one.
- A row is read when the batch runs. A contact without a value for each of `require` is held, unless somebody
  has released it.
- Where a run finds nobody (apart from held contacts) it is skipped, unless the list says `send_empty`.
- A paused list has no runs; the first one after the pause takes up everybody who came meanwhile.
- A batch sends one email per recipient, opens the owner's task, and passes no gate.
- Where such an email does not arrive, the task's owner is told.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta

import msgspec

from oncue.runtime.kernel.contact.deals import current, shown_of
from oncue.runtime.kernel.entities import csv_lines
from oncue.runtime.kernel.entities.kept import Alarm, EntityInput, EntityOutcome, ListState, Ran
from oncue.runtime.kernel.entities.schedule import next_run
from oncue.runtime.kernel.inputs import Effect
from oncue.runtime.kernel.letters import Letter, NotDelivered, OpenTask
from oncue.runtime.kernel.link import Program
from oncue.runtime.kernel.sending.inline import PLACEHOLDER
from oncue.runtime.kernel.sending.outgoing import message_key
from oncue.runtime.kernel.state import ContactState
from oncue.runtime.kernel.values.forms import show
from oncue.runtime.kernel.values.zone import Zone
from oncue.schemas.audit import AuditEntry, Count, What
from oncue.schemas.plan import Column, FieldSpec, FulfillmentList, ListTask, Recipient
from oncue.schemas.values import Value

ATTACHED = 2 * 1024 * 1024  # bytes of a file that is attached at most; a larger one is a link
LINK_DAYS = 14  # so long a link is good
_PLACEHOLDER = re.compile(r"\{\{\s*batch\.([a-z_]+)\s*\}\}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Read = Callable[[ContactState], str]


def take(
    program: Program, name: str, state: ListState | None, input: EntityInput, now: int, sender: str
) -> EntityOutcome:
    """One input of a list. An Alarm looks at its schedule; the first letter does so too."""
    list_ = name.partition("/")[2]
    spec = program.plan.fulfillment_lists.get(list_)
    if isinstance(input, NotDelivered):
        return _not_delivered(program, name, spec, state, input)
    if spec is None:  # gone, and nobody was on it (see `guard`)
        return EntityOutcome(None if state is None else msgspec.structs.replace(state, wake=None))
    if isinstance(input, Ran):
        return _run(program, name, spec, state or ListState(since=now), input, now)
    if state is not None and not isinstance(input, Alarm):
        return EntityOutcome(state)
    if program.is_paused(f"fulfillment_lists/{list_}"):
        return EntityOutcome(msgspec.structs.replace(state or ListState(since=now), wake=None))
    if state is not None and state.wake is not None and state.wake <= now:
        return EntityOutcome(state)  # that run is still to come
    wake = next_run(spec.schedule, program.zone_of(spec.schedule.timezone), now)
    return EntityOutcome(msgspec.structs.replace(state or ListState(since=now), wake=wake))


# --- rows -----------------------------------------------------------------------------------------


class Reading:
    """How a list's contacts become rows."""

    def __init__(self, program: Program, spec: FulfillmentList) -> None:
        self._columns = [_reader(program, column) for column in spec.columns]
        self._required = [(name, _field(program, name)) for name in spec.require]
        head = csv_lines.lines([[column.heading for column in spec.columns]])[0]
        self.head = csv_lines.encoded((csv_lines.BOM if spec.bom else "") + head)

    def missing(self, state: ContactState) -> list[str]:
        """The required fields that have no value."""
        return [name for name, read in self._required if not read(state)]

    def rows(self, states: Iterable[ContactState]) -> list[bytes]:
        """The lines of these contacts."""
        columns = self._columns
        return [
            csv_lines.encoded(line)
            for line in csv_lines.lines([read(state) for read in columns] for state in states)
        ]


def _reader(program: Program, column: Column) -> Read:
    if column.field:
        return _field(program, column.field)
    return _text(program, column.text)


def _text(program: Program, text: str) -> Read:
    """A text whose placeholders are read once."""
    parts: list[tuple[str, Read, str]] = []  # what stands before, the value, its default
    end = 0
    for match in PLACEHOLDER.finditer(text):
        read = _field(program, match["name"])
        parts.append((text[end : match.start()], read, match["default"] or ""))
        end = match.end()
    rest = text[end:]
    return lambda state: (
        "".join(f"{before}{read(state) or default}" for before, read, default in parts) + rest
    )


def _field(program: Program, name: str) -> Read:
    of, _, inner = name.rpartition(".")
    if of == "deal":
        return lambda state: _deal(program, state, inner)
    if of == "account":
        spec = program.account_fields[inner]
        return lambda one: _joined(program, spec, one.account.get(inner), one.account_shown.get(inner))
    spec = program.fields[inner]
    return lambda one: _joined(program, spec, one.fields.get(inner), one.shown.get(inner))


def _deal(program: Program, state: ContactState, name: str) -> str:
    deal = current(state)
    found = "" if deal is None else shown_of(program, deal, name)
    return ", ".join(found) if isinstance(found, list) else found


def _joined(program: Program, spec: FieldSpec, value: Value | None, shown: str | list[str] | None) -> str:
    if value is None:
        return ""
    text = show(spec.type, value, shown, program.zone)
    return ", ".join(text) if isinstance(text, list) else text


# --- one run --------------------------------------------------------------------------------------


def batch_name(list_: str, at: int) -> str:
    """A batch's id, such as ``swag-box-20260302T140000Z``; no other has it, also after renames."""
    return f"{list_}-{_EPOCH + timedelta(microseconds=at):%Y%m%dT%H%M%SZ}"


def email_key(list_: str, at: int, to: str) -> str:
    """The key of the email with a list's batch to one recipient."""
    return message_key(f"list/{list_}", str(at), to)


def is_sent(spec: FulfillmentList, ran: Ran) -> bool:
    """Whether a run makes a batch."""
    return ran.rows > 0 or spec.send_empty


def _run(
    program: Program, name: str, spec: FulfillmentList, state: ListState, ran: Ran, now: int
) -> EntityOutcome:
    wake = next_run(spec.schedule, program.zone_of(spec.schedule.timezone), now)
    after = msgspec.structs.replace(state, wake=wake, since=now)
    unit = f"fulfillment_lists/{name.partition('/')[2]}"
    if not is_sent(spec, ran):
        skipped = Count(unit, "", "skipped")
        return EntityOutcome(after, audit=(_entry("batch.skipped", unit, state, ran),), counts=(skipped,))
    values = _values(program, name, spec, ran, now)
    counts = (Count(unit, "", "batches"), Count(unit, "", "rows", ran.rows))
    task = spec.task
    letters = () if task is None else (_task(name, unit, task, values, now),)
    effects = tuple(_email(name, unit, each, values, ran, now) for each in spec.recipients)
    entry = _entry("batch.sent", unit, state, ran, batch=values["id"])
    if task is not None and task.sms_owner and not program.plan.users[task.owner].phone:
        entry = msgspec.structs.replace(entry, why=f"{task.owner} has no phone")
    sent = msgspec.structs.replace(after, batches=state.batches + 1)
    return EntityOutcome(sent, effects=effects, audit=(entry,), counts=counts, letters=letters)


def _entry(what: What, unit: str, state: ListState, ran: Ran, batch: str = "") -> AuditEntry:
    data: dict[str, Value] = {"since": state.since, "rows": ran.rows, "held": ran.held}
    if batch:
        data = {"batch": batch, **data, "sha256": ran.digest}
    return AuditEntry(what, unit, data=data)


def _values(program: Program, name: str, spec: FulfillmentList, ran: Ran, now: int) -> dict[str, str]:
    """What the texts about a batch may print; dates by the list's clock."""
    list_, zone = name.partition("/")[2], program.zone_of(spec.schedule.timezone)
    due = "" if spec.task is None or spec.task.due is None else _local(zone, now + spec.task.due)
    day = date.fromordinal(zone.day(now)).isoformat()
    return {"id": batch_name(list_, now), "list": list_, "date": day, "rows": str(ran.rows), "due": due}


def _filled(text: str, values: dict[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda match: values.get(match[1], ""), text)


def _local(zone: Zone, instant: int) -> str:
    hour, minute = divmod(zone.minute(instant), 60)
    return f"{date.fromordinal(zone.day(instant)).isoformat()} {hour:02}:{minute:02}"


def _email(name: str, unit: str, recipient: Recipient, values: dict[str, str], ran: Ran, now: int) -> Effect:
    """`expires`: until when a file that is too large to attach can be fetched."""
    return Effect(
        email_key(name.partition("/")[2], now, recipient.email),
        "batch",
        {
            "to": recipient.email,
            "subject": _filled(recipient.subject, values),
            "text": _filled(recipient.note, values),
            "batch": values["id"],
            "rows": ran.rows,
            "size": ran.size,
            "sha256": ran.digest,
            "expires": now + LINK_DAYS * 86_400_000_000 if ran.size > ATTACHED else 0,
            "unit": unit,
            "step": "",
            "rule": "",
            "entry": 0,
        },
    )


def _task(name: str, unit: str, task: ListTask, values: dict[str, str], now: int) -> Letter:
    people = "1 contact" if values["rows"] == "1" else f"{values['rows']} contacts"
    title = _filled(task.title, values) or f"{values['list']} of {values['date']}: {people}"
    asked = OpenTask(
        title=title,
        owner=task.owner,
        unit=unit,
        note=_filled(task.note, values) or f"Batch {values['id']}",
        due=None if task.due is None else now + task.due,
        sms_owner=task.sms_owner,
        notify_owner_when_overdue=task.notify_owner_when_overdue,
        notify_manager_after=task.notify_manager_after,
    )
    return Letter(f"task/{message_key(name, str(now), 'task')}", name, asked)


# --- what came back


def _not_delivered(
    program: Program, name: str, spec: FulfillmentList | None, state: ListState | None, input: NotDelivered
) -> EntityOutcome:
    unit = f"fulfillment_lists/{name.partition('/')[2]}"
    audit = AuditEntry("batch.undelivered", unit, why=input.why, data={"batch": input.batch, "to": input.to})
    owner = None if spec is None or spec.task is None else program.plan.users.get(spec.task.owner)
    if not input.final or owner is None or not owner.active:
        return EntityOutcome(state, audit=(audit,))
    text = (
        f"The email with batch {input.batch} did not arrive at {input.to}: {input.why}.\n\n"
        f"`oncue lists reissue {input.batch}` writes its file once more. The address stands in {unit}."
    )
    subject = f"Not delivered: {input.batch}"
    told = Effect(
        message_key(name, input.batch, input.to, "undelivered"),
        "notification",
        {
            "to": [owner.email],
            "subject": subject,
            "text": text,
            "unit": unit,
            "step": "",
            "rule": "",
            "entry": 0,
        },
    )
    return EntityOutcome(state, effects=(told,), audit=(audit,))
