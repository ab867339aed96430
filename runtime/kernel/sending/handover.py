"""What became of an effect after its action: its count moves from the result it had to the one it has now."""

from __future__ import annotations

import msgspec

from oncue.runtime.kernel.flow.failures import action_failed
from oncue.runtime.kernel.flow.removal import remove
from oncue.runtime.kernel.inputs import Handover
from oncue.runtime.kernel.sending import gate
from oncue.runtime.kernel.sending.breaker import tripped
from oncue.runtime.kernel.sending.outgoing import went_out
from oncue.runtime.kernel.state import Sent
from oncue.runtime.kernel.turn import Turn
from oncue.runtime.kernel.verdicts import Verdict, count_name
from oncue.schemas.values import Value


def hand_over(turn: Turn, report: Handover) -> None:
    """Takes the report up; one on an effect that nobody knows, or that says nothing new, is only recorded."""
    sent = turn.state.sent.get(report.message)
    _write(turn, sent, report)
    if sent is None:
        return
    if report.result == "deferred":
        _put(turn, report.message, sent, due=report.due)
    elif report.result != sent.result:
        _move(turn, sent, report)
    elif sent.due is not None:  # it was deferred, and has left now
        _put(turn, report.message, sent, at=turn.now, due=None)


def _write(turn: Turn, sent: Sent | None, report: Handover) -> None:
    unit, step, entry, rule = (sent.unit, sent.step, sent.entry, sent.rule) if sent else ("", "", 0, "")
    data: dict[str, Value] = {"message": report.message}
    if report.due is not None:
        data["due"] = report.due
    turn.write("handover", unit, step, entry, report.result, rule, report.why, data)  # type: ignore[arg-type]


def _put(turn: Turn, key: str, sent: Sent, **changed: object) -> None:
    """Changes a line of `sent`; one that leaves only now becomes its last (see `gate`)."""
    if "at" in changed:
        del turn.state.sent[key]
    turn.state.sent[key] = msgspec.structs.replace(sent, **changed)


def _move(turn: Turn, sent: Sent, report: Handover) -> None:
    _recount(turn, sent, report)
    if report.result == "done":
        _put(turn, report.message, sent, result="done", why="", at=turn.now, due=None)
        if sent.result == "held":  # what had failed and was tried again went out before that
            went_out(turn, sent, report.message)
        return
    _put(turn, report.message, sent, result=report.result, why=report.why, due=None)
    # Spent by what was done, not by what was refused.
    turn.state.once = turn.state.once - {f"{sent.unit}/{sent.step}"}
    if report.result == "failed":
        _fail(turn, sent, report.why)
    elif report.why == gate.DAILY_LIMIT:
        tripped(turn, sent.unit, sent.step, sent.entry)


def _recount(turn: Turn, sent: Sent, report: Handover) -> None:
    if not sent.rule:
        return
    before = Verdict(result=sent.result, why=sent.why)  # type: ignore[arg-type]
    after = Verdict(result=report.result, why=report.why)  # type: ignore[arg-type]
    turn.count(sent.unit, sent.step, count_name(before, sent.rule), -1)
    turn.count(sent.unit, sent.step, count_name(after, sent.rule))


def _fail(turn: Turn, sent: Sent, why: str) -> None:
    """A final no is a failed action, though its step may be long past."""
    kind = turn.program.kind_of(sent.unit, sent.step) or f"send_{sent.channel}"
    action_failed(turn, campaign=sent.campaign, step=sent.step, kind=kind, reason=why)
    stays = (member for member in turn.state.members if member.campaign == sent.campaign)
    member = next((member for member in stays if member.entry == sent.entry), None)
    if member is None or not turn.program.has(member.flow):
        return
    campaign = turn.program.campaign(member.flow)
    step = campaign.steps.get(sent.step)
    if step is not None and step.spec.on_failure == "end":
        remove(turn, campaign, member, "campaign.ended", "failure")
