"""Contact rows from outside (CSV, or JSON without a `type`): field names, plus `tags`, `subscribed`,
`suppressed`, `at` and `anonymous_id`. An undeclared column is refused, so that a slip in a heading loses no
data silently.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial

from oncue.runtime.kernel.inputs import Import
from oncue.runtime.kernel.intake.border import Reject, RejectedError, check_who, instant, read_values
from oncue.runtime.kernel.intake.meant import meant
from oncue.runtime.kernel.link import Program
from oncue.runtime.kernel.values.forms import Reading, as_field, read
from oncue.schemas.builtins import READ_ONLY_FIELDS
from oncue.schemas.events import Who
from oncue.schemas.plan import FieldSpec

# The keys of a row that are no contact fields, or identify the contact.
BESIDES = frozenset({"tags", "subscribed", "suppressed", "at", "id", "email", "anonymous_id"})
_CHANNELS = frozenset({"email", "sms"})
_BOOLEAN = FieldSpec("boolean")
_TEXT = FieldSpec("text")


def admit_contact(program: Program, row: Mapping[str, object], *, triggers: bool = True) -> Import | Reject:
    """Reads a contact row; `triggers` False loads it silently."""
    try:
        return _row(program, row, triggers)
    except RejectedError as rejected:
        return rejected.reject


def _row(program: Program, row: Mapping[str, object], triggers: bool) -> Import:
    who = Who(*(_identifier(program, row, name) for name in ("id", "email", "anonymous_id")))
    check_who(who)
    given = read_values(row, BESIDES, partial(_field, program))
    at = row.get("at")
    return Import(
        fields=given.values,
        shown=given.shown,
        clear=given.clear,
        tags=_tags(row["tags"]) if "tags" in row else None,
        subscribed=_subscribed(program, row.get("subscribed")),
        suppressed=_truth(program, row.get("suppressed")),
        at=None if at is None or at == "" else instant(program, str(at), None),
        triggers=triggers,
        id_given=who.id or "",
        email_given=who.email or "",
        anonymous_given=who.anonymous_id or "",
    )


def _identifier(program: Program, row: Mapping[str, object], name: str) -> str | None:
    raw = row.get(name)
    if isinstance(raw, int) and not isinstance(raw, bool):
        raw = str(raw)
    reading = read(_TEXT, raw, program.zone)
    if reading.wrong:
        raise RejectedError("bad_value", f"{name} is {str(raw)[:40]!r}, {reading.wrong}")
    return str(raw).strip() or None if reading.value is not None else None


def _field(program: Program, name: str, raw: object) -> Reading:
    spec = program.fields.get(name)
    if spec is None:
        hint = meant(name, (*program.fields, *BESIDES))
        raise RejectedError("unknown_field", f"no contact field {name[:80]!r} is declared{hint}")
    if name in READ_ONLY_FIELDS:
        raise RejectedError("read_only", f"{name} is written by oncue alone")
    reading = as_field(name, read(spec, raw, program.zone))
    if reading.wrong:
        raise RejectedError("bad_value", f"{name} is {str(raw)[:40]!r}, {reading.wrong}")
    return reading


def _truth(program: Program, raw: object) -> bool | None:
    reading = read(_BOOLEAN, raw, program.zone)
    if reading.wrong:
        raise RejectedError("bad_value", f"suppressed is {str(raw)[:40]!r}, {reading.wrong}")
    return reading.value if isinstance(reading.value, bool) else None


def _tags(raw: object) -> tuple[str, ...]:
    tags = tuple(dict.fromkeys(tag.strip() for tag in _texts("tags", raw) if tag.strip()))
    for tag in tags:
        if tag != tag.lower():
            raise RejectedError("bad_value", f"the tag {tag!r} has capitals; write {tag.lower()!r}")
    return tags


def _texts(name: str, raw: object) -> Iterable[str]:
    """A list of texts, or one text with semicolons."""
    items = raw.split(";") if isinstance(raw, str) else [] if raw is None else raw
    if not isinstance(items, list | tuple) or not all(isinstance(item, str) for item in items):
        raise RejectedError("bad_value", f"{name} is {str(raw)[:40]!r}, not a list of texts")
    return items


def _subscribed(program: Program, raw: object) -> dict[str, tuple[str, ...]]:
    """List -> channels, from ``a;b``, a list of ids, or a list of {list, channels}."""
    items = raw.split(";") if isinstance(raw, str) else raw or []
    if not isinstance(items, list | tuple):
        raise RejectedError("bad_value", f"subscribed is {str(raw)[:40]!r}, not a list of list ids")
    found: dict[str, tuple[str, ...]] = {}
    for item in items:
        name, channels = _subscription(item)
        if not name:
            continue
        if name not in program.plan.lists:
            hint = meant(name, program.plan.lists)
            raise RejectedError("unknown_list", f"no list {name!r} is declared{hint}")
        found[name] = channels
    return found


def _subscription(item: object) -> tuple[str, tuple[str, ...]]:
    if isinstance(item, str):
        return item.strip(), ("email",)
    if isinstance(item, Mapping) and set(item) <= {"list", "channels"} and isinstance(item.get("list"), str):
        channels = item.get("channels", ["email"])
        if isinstance(channels, list) and channels and set(channels) <= _CHANNELS:
            return item["list"], tuple(channels)
    raise RejectedError(
        "bad_value", f"subscribed has {str(item)[:40]!r}, not a list id or {{list, channels}}"
    )
