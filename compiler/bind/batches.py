"""Fulfillment lists to records: schedules, recipients, columns, the owner's task."""

from __future__ import annotations

import re

from oncue.compiler import model
from oncue.compiler.bind.declarations import Unit
from oncue.compiler.bind.flow import DAYS
from oncue.compiler.bind.forms import BROKEN, Inner, Read, get, line, part, prose
from oncue.compiler.bind.reading import UNREADABLE, Reader
from oncue.compiler.model import Act, Ref
from oncue.compiler.model.batches import Column, FulfillmentList, ListTask, Recipient, Schedule
from oncue.compiler.yaml import scalars
from oncue.compiler.yaml.nodes import Mapping, Node, Scalar

_SCHEDULE = re.compile(r"(?P<how>[a-z]+)(?:\s+on\s+(?P<on>.+?))?\s+at\s+(?P<time>\S+)", re.IGNORECASE)
_FIELD = re.compile(r"(?:(?P<of>deal|account)\.)?(?P<name>[a-z_][a-z0-9_]*)\Z")
_FORMS = "`daily at 09:00`, `weekdays at 09:00`, `weekly on monday at 09:00` or `monthly on 1 at 09:00`"
_LAST = 31  # the last day of the longest month


def fulfillment_list(reader: Reader, unit: Unit) -> FulfillmentList:
    """The list's record; what cannot be read is left out."""
    body = reader.mapping(unit.node, "properties")
    if body is None:
        return FulfillmentList(unit.key)
    found = [
        _recipient(reader, item) for item in reader.items(body.get("recipients"), "a list of recipients")
    ]
    columns = [_column(reader, item) for item in reader.items(body.get("columns"), "a list of columns")]
    fields = [_field(reader, each) for each in reader.scalars(body.get("require"), "a list of fields")]
    return FulfillmentList(
        key=unit.key,
        schedule=_schedule(reader, body.get("schedule")),
        timezone=reader.scalar(body.get("timezone"), "a time zone"),
        recipients=tuple(each for each in found if each is not None),
        columns=tuple(each for each in columns if each is not None),
        require=tuple(each for each in fields if each is not None),
        keep=reader.choice(body.get("after_send"), ("leave", "keep")) == "keep",
        send_empty=reader.boolean(body.get("send_empty"), default=False),
        bom=reader.boolean(body.get("bom"), default=False),
        task=_task(reader, body.get("task")),
        description=reader.text(body.get("description")),
        was=reader.text(body.get("was")),
    )


# --- the schedule ---------------------------------------------------------------------------------


def _schedule(reader: Reader, node: Node | None) -> Schedule | None:
    scalar = reader.scalar(node, "a schedule")
    if scalar is None:
        return None
    match = _SCHEDULE.fullmatch(scalar.text.strip())
    minutes = None if match is None else scalars.time_of_day(match["time"])
    if match is not None and minutes is not None:
        found = _days(scalar, match["how"].lower(), match["on"], minutes)
        if found is not None:
            return found
    hint = f"write {_FORMS}"
    if match is not None and minutes is None:
        hint = scalars.why("time_of_day", match["time"])
    reader.error(UNREADABLE, scalar, f"`{scalar.text[:60]}` is no schedule", hint)
    return None


def _days(node: Scalar, how: str, on: str | None, minutes: int) -> Schedule | None:
    if on is None:
        days = {"daily": tuple(range(7)), "weekdays": tuple(range(5))}.get(how)
        return None if days is None else Schedule(node, minutes, days)
    if how == "monthly":
        right = on.isascii() and on.isdigit() and 1 <= int(on) <= _LAST
        return Schedule(node, minutes, day=int(on)) if right else None
    names = [name.strip().lower() for name in on.split(",")]
    if how != "weekly" or any(name not in DAYS for name in names):
        return None
    return Schedule(node, minutes, tuple(sorted({DAYS.index(name) for name in names})))


# --- who gets what --------------------------------------------------------------------------------


def _recipient(reader: Reader, node: Node) -> Recipient | None:
    mapping = reader.mapping(node, "`email`, `subject` and `note`")
    email = None if mapping is None else reader.scalar(mapping.get("email"), "an email address")
    if mapping is None or email is None:
        return None
    subject = line(reader, mapping.get("subject"), "a subject")
    return Recipient(email, subject, prose(reader, mapping.get("note")))


def _column(reader: Reader, node: Node) -> Column | None:
    mapping = node if type(node) is Mapping else None
    if mapping is None:
        scalar = reader.scalar(node, "a field")
        field = None if scalar is None else _field(reader, scalar)
        return None if scalar is None or field is None else Column(scalar, field)
    heading = line(reader, mapping.get("heading"), "a heading")
    field_, text = mapping.get("field"), mapping.get("text")
    first = mapping.entries[0][0]
    if (field_ is None) == (text is None):
        hint = '`field` names one, `text` writes one: `{text: "{{ first_name }} {{ last_name }}"}`'
        reader.error("S106", first, "a column needs either `field` or `text`", hint)
        return None
    if text is not None:
        written = prose(reader, text)
        if written is not None and heading is None:
            reader.error("S107", first, "`text` without `heading`: the column has no name", "add `heading:`")
        return None if written is None else Column(first, None, written, heading)
    scalar = reader.scalar(field_, "a field")
    found = None if scalar is None else _field(reader, scalar)
    return None if scalar is None or found is None else Column(scalar, found, None, heading)


def _field(reader: Reader, scalar: Scalar) -> Ref | None:
    """A field by its name alone or behind ``deal.`` or ``account.``."""
    match = _FIELD.fullmatch(scalar.text)
    if match is None:
        hint = "a contact field such as `postal_code`, or one of `deal.` or `account.`"
        reader.error(UNREADABLE, scalar, f"`{scalar.text[:60]}` is no field", hint)
        return None
    kind = f"{match['of']}_fields" if match["of"] else "fields"
    return Ref(kind, match["name"], scalar, match.start("name"))


def _task(reader: Reader, node: Node | None) -> ListTask | None:
    mapping = reader.mapping(node, "`owner`, and `due`")
    owner = None if mapping is None else reader.ref("users", mapping.get("owner"))
    if mapping is None or owner is None:
        return None
    due = reader.duration(mapping.get("due"))
    told = reader.boolean(mapping.get("notify_owner_when_overdue"), default=False)
    manager = reader.duration(mapping.get("notify_manager_after"))
    overdue = mapping.key("notify_owner_when_overdue") or mapping.key("notify_manager_after")
    if mapping.get("due") is None and overdue is not None and (told or manager is not None):
        hint = "add `due:`, such as `due: 3 days`"
        reader.error("S107", overdue, f"`{overdue.text}` without `due`: the task is never overdue", hint)
    return ListTask(
        owner=owner,
        title=line(reader, mapping.get("title"), "a title"),
        note=prose(reader, mapping.get("note")),
        due=due,
        sms_owner=reader.boolean(mapping.get("sms_owner"), default=False),
        notify_owner_when_overdue=told,
        notify_manager_after=manager,
    )


# --- the action -----------------------------------------------------------------------------------


def _add_to_fulfillment_list(reader: Reader, node: Node, inner: Inner) -> Act:
    named = reader.ref("fulfillment_lists", part(reader, node, "list"))
    if named is None:
        return BROKEN
    hold = get(node, "hold")
    held = reader.boolean(hold, default=False) and isinstance(hold, Scalar)
    return model.AddToFulfillmentList(named, hold if held and isinstance(hold, Scalar) else None)


BATCHES: dict[str, Read] = {"add_to_fulfillment_list": _add_to_fulfillment_list}
