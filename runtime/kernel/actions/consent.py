"""What messages rest on: subscribe and unsubscribe."""

from __future__ import annotations

import msgspec

from oncue.runtime.kernel.actions.messages import objection, put_out_email
from oncue.runtime.kernel.contact import changes
from oncue.runtime.kernel.sending import gate
from oncue.runtime.kernel.sending.outgoing import message_key
from oncue.runtime.kernel.turn import Turn
from oncue.runtime.kernel.verdicts import DONE, Scene, Verdict
from oncue.schemas.actions import Subscribe, Unsubscribe


def subscribe(turn: Turn, scene: Scene, action: Subscribe) -> Verdict:
    """Subscribes the contact on the channels; with double opt-in leaves it pending and sends the list's
    confirmation, one email for all channels. Channels that are subscribed (or pending already) stay so. Where
    the gate does not let the confirmation pass, nothing changes."""
    spec = turn.program.plan.lists[action.list]
    if spec.opt_in == "single" or spec.confirm is None:
        changed = changes.subscribe(turn, action.list, action.channels, "subscribed")
        return DONE if changed else Verdict(why="already subscribed")
    known = turn.state.subscriptions.get(action.list, {})
    new = [channel for channel in action.channels if known.get(channel) not in ("subscribed", "pending")]
    if not new:
        return Verdict(why="already subscribed or pending")
    draft = gate.draft_of_email(turn.program, spec.confirm)
    ruling = gate.ask(turn.program, turn.state, draft, turn.now)
    if ruling is not gate.PASS:
        return objection(turn, scene, ruling)
    changes.subscribe(turn, action.list, new, "pending")
    return _confirm(turn, scene, spec.confirm, action.list, draft)


def _confirm(turn: Turn, scene: Scene, email: str, name: str, draft: gate.Draft) -> Verdict:
    """Asks for the confirmation. The action itself is done: the email counts under no rule."""
    key = message_key(turn.state.key, "confirm", name, str(turn.state.seq))
    uncounted = msgspec.structs.replace(scene, rule="")
    sent = put_out_email(turn, uncounted, email, key, draft)
    return Verdict(why="confirmation asked for", data=sent.data)


def unsubscribe(turn: Turn, scene: Scene, action: Unsubscribe) -> Verdict:
    """From a list, or from all of them, which suppresses the contact."""
    if action.list is None:
        changed = changes.suppress(turn, "unsubscribed from all")
        return DONE if changed else Verdict(why="already suppressed")
    channels = action.channels or tuple(turn.state.subscriptions.get(action.list, {})) or ("email",)
    changed = bool(changes.subscribe(turn, action.list, channels, "unsubscribed"))
    return DONE if changed else Verdict(why="already unsubscribed")
