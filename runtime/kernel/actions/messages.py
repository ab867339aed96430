"""Messages and the consent that they rest on: send_email, subscribe, unsubscribe."""

from __future__ import annotations

from hashlib import blake2b

import msgspec

from oncue.runtime.kernel import changes
from oncue.runtime.kernel.gate import address_of, refusal
from oncue.runtime.kernel.inline import shown_value
from oncue.runtime.kernel.inputs import Effect, Event, Payload
from oncue.runtime.kernel.state import Sent
from oncue.runtime.kernel.turn import Turn
from oncue.runtime.kernel.verdicts import DONE, Scene, Verdict, refused
from oncue.schemas.actions import SendEmail, Subscribe, Unsubscribe

_encode = msgspec.json.Encoder().encode  # of a list of texts: no two lists look alike


def send_email(turn: Turn, scene: Scene, action: SendEmail) -> Verdict:
    """Passes the gate and becomes an effect; of a paused fulfillment action it is held."""
    why = refusal(turn.program, turn.state, action.email)
    if why:
        return refused(why)
    key = message_key(turn.state.key, *scene.identity)
    if scene.member is not None:
        scene.member.messages[scene.step] = key
    return _send(turn, scene, action.email, key, scene.rule)


def _send(turn: Turn, scene: Scene, email: str, key: str, rule: str) -> Verdict:
    """Puts a message that passed the gate on its way. `rule` empty: it is counted under no rule."""
    turn.effects.append(_effect(turn, scene, email, key))
    result = "held" if scene.held else "done"
    campaign = scene.member.campaign if scene.member else ""
    turn.state.sent[key] = Sent(email, turn.now, campaign, scene.entry, scene.step, rule, scene.unit, result)
    if scene.held:
        return Verdict(result="held", data={"email": email, "message": key})
    went_out(turn, email, key)
    return Verdict(data={"email": email, "message": key})


def went_out(turn: Turn, email: str, key: str) -> None:
    """The message leaves now: from here on it is the contact's latest of that email, and history."""
    turn.state.latest[email] = key
    changes.raise_event(turn, Event(key, "email.sent", turn.now, (email,), {"message": key}, message=key))


def _effect(turn: Turn, scene: Scene, email: str, key: str) -> Effect:
    spec = turn.program.email(email)
    payload: Payload = {
        "email": email,
        "to": address_of(turn.state),
        "values": {name: shown_value(turn, scene, name) for name in turn.program.email_uses(email)},
        "unit": scene.unit,
        "step": scene.step,
        "rule": scene.rule,
        "entry": scene.entry,
    }
    if spec.list:
        payload["list"] = spec.list
    return Effect(key, "email", payload, scene.held)


def message_key(contact: str, *identity: str) -> str:
    """The key of a message: the same for the same contact and identity, and says nothing about either."""
    return blake2b(_encode((contact, *identity)), digest_size=16).hexdigest()


def subscribe(turn: Turn, scene: Scene, action: Subscribe) -> Verdict:
    """Subscribes the contact on the channels; with double opt-in leaves it pending and sends the list's
    confirmation. Channels that are subscribed (or pending already) stay so."""
    spec = turn.program.plan.lists[action.list]
    if spec.opt_in == "single" or spec.confirm is None:
        changed = changes.subscribe(turn, action.list, action.channels, "subscribed")
        return DONE if changed else Verdict(why="already subscribed")
    known = turn.state.subscriptions.get(action.list, {})
    new = [channel for channel in action.channels if known.get(channel) not in ("subscribed", "pending")]
    if not new:
        return Verdict(why="already subscribed or pending")
    why = refusal(turn.program, turn.state, spec.confirm)
    if why:
        return refused(why)
    changes.subscribe(turn, action.list, new, "pending")
    key = message_key(turn.state.key, "confirm", action.list, str(turn.state.seq))
    _send(turn, scene, spec.confirm, key, rule="")
    return Verdict(why="confirmation asked for", data={"email": spec.confirm, "message": key})


def unsubscribe(turn: Turn, scene: Scene, action: Unsubscribe) -> Verdict:
    """From a list, or from all of them, which suppresses the contact."""
    if action.list is None:
        changed = changes.suppress(turn, "unsubscribed from all")
        return DONE if changed else Verdict(why="already suppressed")
    channels = action.channels or tuple(turn.state.subscriptions.get(action.list, {})) or ("email",)
    changed = bool(changes.subscribe(turn, action.list, channels, "unsubscribed"))
    return DONE if changed else Verdict(why="already unsubscribed")
