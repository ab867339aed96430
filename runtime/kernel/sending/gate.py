"""The send gate: what every email and text message passes when its action runs, and again when it is handed
over. Rules of this file:

- The checks are looked at in the order of CHECKS; the first that objects refuses the message with its reason.
  A new check is one function and one line of the table.
- What nobody refuses may still be deferred, by quiet hours or a blackout date: until the first instant that
  passes both. Where there is none in sight, the message is refused.
- A frequency cap and the daily limit count the contact's messages in `state.sent`, the message itself left
  out. They never count what was refused, cancelled, is held, or waits in the outbox for a better hour.
- An operational message, or a list's confirmation, needs no consent, and neither fills nor meets a cap.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Literal

from msgspec import Struct

from oncue.runtime.kernel.flow.waits import zone_named
from oncue.runtime.kernel.link import Program
from oncue.runtime.kernel.sending.hours import first_time, is_quiet
from oncue.runtime.kernel.state import ContactState, Sent
from oncue.runtime.kernel.values.zone import Zone
from oncue.schemas.addresses import is_address
from oncue.schemas.builtins import CHANNELS
from oncue.schemas.plan import QuietHours

_PHONE = re.compile(r"\+[1-9][0-9]{6,14}\Z")  # E.164
_PHONE_SIGNS = re.compile(r"[\s()\-\u2010-\u2015]+")  # what people put between the digits

HARD, SOFT = 2, 5  # bounces that make an address bad

DAILY_LIMIT = "daily limit"
QUIET_HOURS = "quiet hours"
BLACKOUT = "blackout date"
NO_TIME = "no sending time"
GONE = "the email is gone"


class Draft(Struct, frozen=True, gc=False):
    """A message as the gate sees it. `exempt`: operational, or a list's confirmation. `key`: at the second
    gate, where the message is among those sent and must not count itself."""

    channel: str = "email"
    list: str = ""
    exempt: bool = False
    key: str = ""


class Ruling(Struct, frozen=True, gc=False):
    """What the gate says: ``pass``; ``refused``, and why; ``deferred``, and why and until when."""

    result: Literal["pass", "refused", "deferred"] = "pass"
    why: str = ""
    due: int = 0


PASS = Ruling()

Check = Callable[[Program, ContactState, Draft, int], str]


def ask(program: Program, state: ContactState, draft: Draft, now: int) -> Ruling:
    """May the contact get this message now?"""
    policies = program.plan.settings.policies
    for check in CHECKS if policies is not None else ALWAYS:
        why = check(program, state, draft, now)
        if why:
            return Ruling("refused", why)
    return PASS if policies is None else _time(program, state, draft, now)


def ask_again(program: Program, state: ContactState, key: str, now: int) -> Ruling:
    """The second gate, at hand-over: may the message with this key leave now? What is no email or text
    message passes, and so does what the contact knows nothing of."""
    sent = state.sent.get(key)
    if sent is None or sent.channel not in CHANNELS:
        return PASS
    if sent.channel == "email" and sent.email not in program.plan.emails:
        return Ruling("refused", GONE)
    return ask(program, state, _draft_of(program, sent, key), now)


def draft_of_email(program: Program, email: str, key: str = "") -> Draft:
    """An email as the gate sees it."""
    spec = program.plan.emails[email]
    return Draft("email", spec.list or "", spec.operational or email in program.confirmations, key)


def _draft_of(program: Program, sent: Sent, key: str) -> Draft:
    if sent.channel == "email":
        return draft_of_email(program, sent.email, key)
    return Draft(sent.channel, sent.list, sent.operational, key)


# --- the contact's addresses


def address_of(state: ContactState) -> str:
    """The contact's email address as it was given, or an empty text."""
    return _given(state, "email")


def phone_of(state: ContactState) -> str:
    """The contact's phone number without what people put between the digits, or an empty text."""
    return _PHONE_SIGNS.sub("", _given(state, "phone"))


def reached_at(state: ContactState, channel: str) -> str:
    """Where messages of a channel reach the contact, or an empty text."""
    return phone_of(state) if channel == "sms" else address_of(state)


def _given(state: ContactState, field: str) -> str:
    value = state.shown.get(field, state.fields.get(field, ""))
    return value.strip() if isinstance(value, str) else ""


# --- the checks


def _address(program: Program, state: ContactState, draft: Draft, now: int) -> str:
    if draft.channel == "sms":
        return _phone(state)
    address = address_of(state)
    if not address:
        return "no address"
    return "" if is_address(address) else "invalid address"


def _phone(state: ContactState) -> str:
    phone = phone_of(state)
    if not phone:
        return "no phone"
    return "" if _PHONE.match(phone) else "invalid phone"


def _suppression(program: Program, state: ContactState, draft: Draft, now: int) -> str:
    return "suppressed" if state.suppressed else ""


def _consent(program: Program, state: ContactState, draft: Draft, now: int) -> str:
    if draft.exempt:
        return ""
    status = state.subscriptions.get(draft.list, {}).get(draft.channel)
    return "" if status == "subscribed" else "no consent"


def _bad_address(program: Program, state: ContactState, draft: Draft, now: int) -> str:
    if not state.bounces or draft.channel != "email":
        return ""
    return "bad address" if is_bad(state) else ""


def is_bad(state: ContactState) -> bool:
    """Whether too many emails have come back for the address to be any good."""
    return state.bounces.get("hard", 0) >= HARD or state.bounces.get("soft", 0) >= SOFT


def _daily_limit(program: Program, state: ContactState, draft: Draft, now: int) -> str:
    policies = program.plan.settings.policies
    if policies is None or policies.daily_limit is None:
        return ""
    today = program.zone.midnight(program.zone.day(now))
    number = sum(sent.channel in CHANNELS for sent in sent_since(state, today, draft.key))
    return DAILY_LIMIT if number >= policies.daily_limit else ""


def _frequency_cap(program: Program, state: ContactState, draft: Draft, now: int) -> str:
    policies = program.plan.settings.policies
    if policies is None or draft.exempt:
        return ""
    for cap in policies.frequency_caps:
        if cap.channel == draft.channel:
            recent = sent_since(state, now - cap.per + 1, draft.key)
            if sum(fills_cap(sent, cap.channel) for sent in recent) >= cap.at_most:
                return "frequency cap"
    return ""


def fills_cap(sent: Sent, channel: str) -> bool:
    return sent.channel == channel and not sent.operational


def sent_since(state: ContactState, start: int, but: str) -> Iterator[Sent]:
    """What oncue sent to the contact from `start` on, latest first: handed over, or queued to leave now."""
    for key, sent in reversed(state.sent.items()):
        if not sent.unit:
            continue  # another system's own, as it reports
        if sent.at < start:
            return
        if key != but and sent.result == "done" and sent.due is None:
            yield sent


CHECKS: tuple[Check, ...] = (
    _address, _suppression, _consent, _bad_address, _daily_limit, _frequency_cap,
)  # fmt: skip
ALWAYS = CHECKS[:4]  # those that need no policies


# --- the time of day


def _time(program: Program, state: ContactState, draft: Draft, now: int) -> Ruling:
    """Quiet hours (of the channels that they are for), and blackout dates."""
    zone, quiet = _quiet_hours(program, state, draft.channel)
    due = first_time(zone, quiet, program.blackout, now)
    if due == now:
        return PASS
    if due is None:
        return Ruling("refused", NO_TIME)
    return Ruling("deferred", QUIET_HOURS if is_quiet(zone, quiet, now) else BLACKOUT, due)


def _quiet_hours(program: Program, state: ContactState, channel: str) -> tuple[Zone, QuietHours | None]:
    """The zone of the quiet hours, else the project's; and the quiet hours, if they are for the channel."""
    policies = program.plan.settings.policies
    quiet = policies.quiet_hours if policies else None
    if quiet is None:
        return program.zone, None
    return zone_named(program, state, quiet.timezone), quiet if channel in quiet.channels else None
