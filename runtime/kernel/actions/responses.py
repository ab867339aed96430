"""The action that makes the contact a member of a campaign with statuses, or changes its status there."""

from __future__ import annotations

from oncue.runtime.kernel.funnel.recording import NO_CHANGE, RESPONDED, record
from oncue.runtime.kernel.turn import Turn
from oncue.runtime.kernel.verdicts import Scene, Verdict
from oncue.schemas.actions import RecordResponse
from oncue.schemas.values import Value


def record_response(turn: Turn, scene: Scene, action: RecordResponse) -> Verdict:
    """Done as well where the membership has the status, or has responded already."""
    cause = scene.event.id if scene.event is not None else "/".join(scene.identity)
    outcome = record(turn, action.campaign, action.status, cause)
    data: dict[str, Value] = {"campaign": action.campaign, "status": action.status}
    if outcome in (NO_CHANGE, RESPONDED):
        return Verdict(why=outcome, data=data)
    return Verdict(data={**data, "became": outcome})
