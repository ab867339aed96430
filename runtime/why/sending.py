"""Messages: why the send gate refused or deferred one, with the numbers that it went by; and what became of
one that had passed."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from oncue.runtime.kernel.link import Program
from oncue.runtime.kernel.sending import gate
from oncue.runtime.kernel.state import ContactState
from oncue.runtime.why.answer import Finding
from oncue.runtime.why.case import Case
from oncue.runtime.why.life import Moment
from oncue.runtime.why.texts import duration, quoted, time_of_day
from oncue.schemas import actions as does
from oncue.schemas.audit import AuditEntry
from oncue.schemas.builtins import CHANNELS

Told = tuple[Moment, AuditEntry]


def draft_of(program: Program, action: does.Action | None) -> gate.Draft | None:
    """The message of an action as the gate sees it; None for what passes no gate."""
    match action:
        case does.SendEmail() if action.email in program.plan.emails:
            return gate.draft_of_email(program, action.email)
        case does.SendSms():
            return gate.Draft("sms", action.list or "", action.operational)
        case does.Subscribe() if (confirm := program.plan.lists[action.list].confirm) is not None:
            return gate.draft_of_email(program, confirm)
        case _:
            return None


def refusal(case: Case, told: Told, action: does.Action | None) -> Finding:
    """Why the gate did not let the message pass: which of its checks, and what it saw."""
    moment, entry = told
    state = case.state_at(moment, entry)
    draft = draft_of(moment.program, action)
    numbers = ""
    if state is not None and draft is not None:
        numbers = explain(case, moment.program, state, draft, moment.at, entry.why)
    said = f"the send gate refused it: {entry.why}"
    return case.of_entry(moment, entry, said + (f" ({numbers})" if numbers else ""), "refused")


def explain(case: Case, program: Program, state: ContactState, draft: gate.Draft, now: int, why: str) -> str:
    """What the check of this name saw; an empty text for one that has no more to say."""
    told = _CHECKS.get(why)
    return "" if told is None else told(case, program, state, draft, now)


def _given(field: str) -> Callable[..., str]:
    def told(case: Case, program: Program, state: ContactState, draft: gate.Draft, now: int) -> str:
        value = state.shown.get(field, state.fields.get(field))
        return f"{field} is not set" if value is None else f"{field} is {quoted(str(value)[:60])}"

    return told


def _suppressed(case: Case, program: Program, state: ContactState, draft: gate.Draft, now: int) -> str:
    return f"because of: {state.suppressed}"


def _consent(case: Case, program: Program, state: ContactState, draft: gate.Draft, now: int) -> str:
    status = state.subscriptions.get(draft.list, {}).get(draft.channel, "never subscribed")
    return f"it belongs to the list {draft.list}, and there its {draft.channel} is: {status}"


def _bounces(case: Case, program: Program, state: ContactState, draft: gate.Draft, now: int) -> str:
    found = [f"{number} {kind}" for kind, number in sorted(state.bounces.items())]
    most = f"{gate.HARD} hard or {gate.SOFT} soft are too many"
    return f"bounces without a success since: {', '.join(found)}; {most}"


def _daily(case: Case, program: Program, state: ContactState, draft: gate.Draft, now: int) -> str:
    policies = program.plan.settings.policies
    today = program.zone.midnight(program.zone.day(now))
    sent = [one for one in gate.sent_since(state, today, draft.key) if one.channel in CHANNELS]
    limit = policies.daily_limit if policies else None
    return f"{len(sent)} messages that day, of at most {limit}"


def _cap(case: Case, program: Program, state: ContactState, draft: gate.Draft, now: int) -> str:
    policies = program.plan.settings.policies
    for cap in policies.frequency_caps if policies else ():
        recent = gate.sent_since(state, now - cap.per + 1, draft.key)
        sent = [one for one in recent if gate.fills_cap(one, cap.channel)]
        if cap.channel == draft.channel and len(sent) >= cap.at_most:
            when = ", ".join(case.instant(one.at) for one in reversed(sent[:5]))
            return (
                f"{len(sent)} {cap.channel} messages in the last {duration(cap.per)}, "
                f"of at most {cap.at_most}: {when}"
            )
    return ""


def _quiet(case: Case, program: Program, state: ContactState, draft: gate.Draft, now: int) -> str:
    policies = program.plan.settings.policies
    hours = policies.quiet_hours if policies else None
    if hours is None:
        return ""
    return f"from {time_of_day(hours.start)} to {time_of_day(hours.end)}, {hours.timezone} time"


_CHECKS: dict[str, Callable[[Case, Program, ContactState, gate.Draft, int], str]] = {
    "no address": _given("email"), "invalid address": _given("email"),
    "no phone": _given("phone"), "invalid phone": _given("phone"),
    "suppressed": _suppressed,
    "no consent": _consent,
    "bad address": _bounces,
    gate.DAILY_LIMIT: _daily,
    "frequency cap": _cap,
    gate.QUIET_HOURS: _quiet,
}  # fmt: skip


# --- after the gate

_LEFT = {
    "queued": "it is queued to leave", "held": "it is held: the fulfillment action is paused",
    "trying": "it is being handed over",
    "parked": "nobody knows whether it arrived (oncue outbox release|drop)",
    "done": "it was handed over", "withheld": "it was withheld by deliver_only_to",
    "cancelled": "it was cancelled", "refused": "it was refused at the hand-over",
    "failed": "it failed", "dead": "it was given up after many attempts",
}  # fmt: skip


def left(case: Case, moment: Moment, entry: AuditEntry) -> Iterator[Finding]:
    """What became of a message that the action made: as the outbox has it now."""
    key = entry.data.get("message")
    if not isinstance(key, str) or entry.data.get("site_message"):
        return
    row = case.store.effect(key)
    if row is None:
        yield case.found("outbox", "the outbox has nothing of it any more")
        return
    if row.handed is not None and row.handed > case.at:
        yield case.found("outbox", "it was queued to leave")
        return
    why = f": {row.why}" if row.why else ""
    yield case.found("outbox", f"{_LEFT.get(row.status, row.status)}{why}", at=row.handed)


def fate(case: Case, told: Told) -> AuditEntry | None:
    """The last word on a message that had passed its gate: refused, cancelled or failed later."""
    key, last = told[1].data.get("message"), None
    for _, entry in case.entries("handover"):
        if key is not None and entry.data.get("message") == key:
            last = entry
    return last if last is not None and last.result in ("refused", "cancelled", "failed") else None
