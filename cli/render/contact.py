"""A contact's profile, its audit, and clashes of identifiers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from oncue.cli.render.moments import local, local_text
from oncue.cli.render.table import clean, draw
from oncue.runtime.operator import Clash
from oncue.runtime.views.funnels import MembershipShown
from oncue.runtime.views.profiles import DealShown, Profile, Stay

INSTANTS = frozenset({"at", "due", "since"})  # details that are microseconds since the epoch


def render(profile: Profile, timezone: str) -> str:
    """The profile: what the contact is now, then everything that happened, oldest first."""
    parts = [clean(profile.key), *(f"  {name + ' ':<12}{text}" for name, text in _now(profile, timezone))]
    if profile.audit:
        parts += ["", entries(profile.audit, timezone)]
    return "\n".join(parts)


def _now(profile: Profile, timezone: str) -> Iterator[tuple[str, str]]:
    yield "created", local_text(profile.created_at, timezone)
    for name, value in profile.fields.items():
        if name != "created_at":
            yield name, clean(", ".join(value) if isinstance(value, list) else value)
    if profile.anonymous_ids:
        yield "also", clean(", ".join(f"anon:{each}" for each in profile.anonymous_ids))
    if profile.tags:
        yield "tags", clean(", ".join(profile.tags))
    for name, channels in profile.subscriptions.items():
        yield "list", f"{name}: " + ", ".join(f"{channel} {status}" for channel, status in channels.items())
    if profile.suppressed:
        yield "suppressed", clean(profile.suppressed)
    if profile.segments:
        yield "segments", ", ".join(profile.segments)
    for stay in profile.campaigns:
        yield "campaign", _stay(stay, timezone)
    for membership in profile.memberships:
        yield "response" if membership.response else "member", _membership(membership, timezone)
    for waiting in profile.scenarios:
        due = local_text(waiting.due, timezone)
        yield "scenario", clean(f"{waiting.scenario}: judges at {due} ({waiting.by})")
    yield from _crm(profile, timezone)
    if profile.wake:
        yield "next due", local_text(profile.wake, timezone)


def _crm(profile: Profile, timezone: str) -> Iterator[tuple[str, str]]:
    for name, value in profile.account.items():
        yield "account", clean(f"{name}: {', '.join(value) if isinstance(value, list) else value}")
    for deal in profile.deals:
        yield "deal", clean(_deal(deal))
    for task in profile.tasks:
        yield "task", clean(f"{task.title}: {'open' if task.open else 'completed'} ({task.id[:12]})")
    for name, number in profile.conversions.items():
        yield "converted", f"{name}: {number:,} times" if number > 1 else name
    for place, path in profile.paths.items():
        yield "path", f"{place}: {path}"
    for name, since in profile.fulfillment_lists.items():
        yield "waits on", f"{name} since {local_text(since, timezone)}"
    for batch in profile.batches:
        yield "batch", batch
    for message in profile.site_messages:
        expires = f", expires {local_text(message.expires, timezone)}" if message.expires else ""
        yield "message", f"{message.message} waits for a visit{expires}"


def _deal(deal: DealShown) -> str:
    """`Spring order: open, in sales at qualified, worth 500, owner ana`."""
    text = f"{deal.title}: {deal.status}, in {deal.pipeline} at {deal.stage}"
    text += f", worth {deal.value}" if deal.value is not None else ""
    return text + (f", owner {deal.owner}" if deal.owner else "")


def _membership(member: MembershipShown, timezone: str) -> str:
    """`webinar: attended, active; responded 2026-03-02 09:00, engaged 2026-03-02 09:40, by late-score`."""
    if not member.response:
        return f"{member.campaign}: {member.status} since {local_text(member.since, timezone)}"
    text = f"{member.campaign}: {member.status}, {member.response}; "
    text += ", ".join(f"{stage} {local_text(at, timezone)}" for stage, at in member.stages.items())
    if member.reactivated:
        text += f", reactivated {local_text(member.reactivated, timezone)}"
    text += f", by {member.scenario}" if member.scenario else ""
    return text + (f", ended {local_text(member.ended, timezone)}" if member.ended else "")


def _stay(stay: Stay, timezone: str) -> str:
    text = f"{stay.campaign}: at {stay.step} since {local_text(stay.arrived, timezone)}"
    text += ", on an older version" if stay.version else ""
    return text + (f", due {local_text(stay.due, timezone)}" if stay.due else "")


def entries(audit: Sequence[Mapping[str, Any]], timezone: str) -> str:
    """Audit entries as a table; without a column for the instants where they have none."""
    rows = [[entry["what"], place_of(entry), told(entry, timezone)] for entry in audit]
    heads = ["what", "where", "outcome"]
    if all("at" in entry for entry in audit):
        heads.insert(0, "when")
        rows = [[local_text(entry["at"], timezone), *row] for entry, row in zip(audit, rows, strict=True)]
    return draw(heads, rows)


def place_of(entry: Mapping[str, Any]) -> str:
    """`campaigns/welcome wait`: unit and step."""
    return " ".join(part for part in (entry.get("unit", ""), entry.get("step", "")) if part)


def told(entry: Mapping[str, Any], timezone: str) -> str:
    """`done, rule 2, clamped (by 10)`: result, rule, reason, and the details that are short."""
    plain = [str(entry[name]) for name in ("result", "rule", "why") if entry.get(name)]
    shown = _change if entry["what"] in _CHANGES else _short
    names, data = _NAMES.get(entry["what"], {}), entry.get("data", {})
    details = [f"{names.get(name, name)} {shown(name, value, timezone)}" for name, value in data.items()]
    return ", ".join(plain) + (f" ({', '.join(details)})" if details else "")


_NAMES = {"scenario.judged": {"by": "set off:", "candidates": "candidates:"}}
_CHANGES = ("deal.changed", "account.changed")  # each of their values is a pair: what was, and what is


def _change(name: str, value: object, timezone: str) -> str:
    """`offer → nothing`, so that a value that was cleared is told from one that was set."""
    if not isinstance(value, list):
        return _short(name, value, timezone)
    return " → ".join(_short(name, each, timezone) or "nothing" for each in value)


def _short(name: str, value: object, timezone: str) -> str:
    if name in INSTANTS and isinstance(value, int):
        return local(value, timezone)
    if name == "candidates" and isinstance(value, list):
        return "; ".join(_candidate(line, timezone) for line in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= 60 else text[:59] + "…"


def _candidate(line: str, timezone: str) -> str:
    """`webinar (attended, resolved_no_action, 2026-03-02 09:00): taken`, of a judging scenario."""
    what, _, reason = line.partition(": ")
    campaign, status, response, at = what.split(" ")
    said = status if response == "-" else f"{status}, {response}"
    return f"{campaign} ({said}, {local(int(at), timezone)}): {reason}"


def clashes(found: Sequence[Clash], timezone: str) -> str:
    """Clashes as a table, oldest first."""
    rows = [[local_text(each.at, timezone), each.contact, each.identifier, each.owner] for each in found]
    return draw(["when", "contact", "came with", "which belongs to"], rows)
