"""What became of a message after its step: its count moves from the result it had to the one it has now."""

from __future__ import annotations

import msgspec

from oncue.runtime.kernel.actions.messages import went_out
from oncue.runtime.kernel.failures import action_failed
from oncue.runtime.kernel.flow import remove
from oncue.runtime.kernel.inputs import Handover
from oncue.runtime.kernel.state import Sent
from oncue.runtime.kernel.turn import Turn
from oncue.runtime.kernel.verdicts import Verdict, count_name


def hand_over(turn: Turn, report: Handover) -> None:
    """Takes the report up; one on a message that nobody knows, or that says nothing new, is only recorded."""
    sent = turn.state.sent.get(report.message)
    unit, step, entry = (sent.unit, sent.step, sent.entry) if sent else ("", "", 0)
    result = report.result
    data = {"message": report.message}
    turn.write("handover", unit, step, entry, result, sent.rule if sent else "", report.why, dict(data))  # type: ignore[arg-type]
    if sent is None or sent.result == result:
        return
    turn.state.sent[report.message] = msgspec.structs.replace(sent, result=result, why=report.why)
    _recount(turn, sent, report)
    if result == "done":
        went_out(turn, sent.email, report.message)
    else:
        # Spent by what was done, not by what was refused.
        turn.state.once = turn.state.once - {f"{unit}/{step}"}
    if result == "failed":
        _fail(turn, sent, report.why)


def _recount(turn: Turn, sent: Sent, report: Handover) -> None:
    if not sent.rule:
        return
    before = Verdict(result=sent.result, why=sent.why)  # type: ignore[arg-type]
    after = Verdict(result=report.result, why=report.why)  # type: ignore[arg-type]
    turn.count(sent.unit, sent.step, count_name(before, sent.rule), -1)
    turn.count(sent.unit, sent.step, count_name(after, sent.rule))


def _fail(turn: Turn, sent: Sent, why: str) -> None:
    """A final no is a failed action, though its step may be long past."""
    action_failed(turn, campaign=sent.campaign, step=sent.step, kind="send_email", reason=why)
    if not sent.campaign or sent.campaign not in turn.program.plan.campaigns:
        return
    campaign = turn.program.campaign(sent.campaign)
    step = campaign.steps.get(sent.step)
    if step is None or step.spec.on_failure != "end":
        return
    for member in turn.state.members:
        if (member.campaign, member.entry) == (sent.campaign, sent.entry):
            remove(turn, campaign, member, "campaign.ended", "failure")
            return
