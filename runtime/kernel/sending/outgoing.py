"""How something leaves the contact's turn: as an effect, and as a line of `state.sent` by which its later
fate is counted. Rules of this file:

- The key is made from what the effect is about (campaign, entry, step and visit; asset's behaviour, event and
  action), so that nothing that is done twice leaves twice; it says nothing about the contact.
- What a paused fulfillment action makes is held: it waits in the outbox, and has not gone out.
- Going out is history: an email or text message becomes the event ``email.sent`` or ``sms.sent``.
"""

from __future__ import annotations

from hashlib import blake2b

import msgspec

from oncue.runtime.kernel.contact import changes
from oncue.runtime.kernel.inputs import Effect, Event, Payload
from oncue.runtime.kernel.state import Sent
from oncue.runtime.kernel.turn import Turn
from oncue.runtime.kernel.verdicts import Scene, Verdict
from oncue.schemas.values import Value

_encode = msgspec.json.Encoder().encode  # of a list of texts: no two lists look alike


def message_key(contact: str, *identity: str) -> str:
    """The key of a message: the same for the same contact and identity, and says nothing about either."""
    return blake2b(_encode((contact, *identity)), digest_size=16).hexdigest()


def key_of(turn: Turn, scene: Scene) -> str:
    """The key of what the action at this place makes in this pass."""
    return message_key(turn.state.key, *scene.identity)


def sent_of(turn: Turn, scene: Scene, kind: str) -> Sent:
    """The line of `state.sent` for an effect of the action at this place."""
    result, member = "held" if scene.held else "done", scene.member
    campaign, entry = ("", 0) if member is None else (member.campaign, member.entry)
    return Sent("", turn.now, campaign, entry, scene.step, scene.rule, scene.unit, result, "", kind)


def put_out(turn: Turn, scene: Scene, key: str, payload: Payload, sent: Sent) -> Verdict:
    """Puts an effect on its way, or (of a paused fulfillment action) holds it. Its kind is the channel of
    `sent`; where it was made is added to `payload`."""
    payload["unit"], payload["step"] = scene.unit, scene.step
    payload["rule"], payload["entry"] = scene.rule, sent.entry
    turn.effects.append(Effect(key, sent.channel, payload, scene.held))
    turn.state.sent[key] = sent
    data: dict[str, Value] = {"email": sent.email, "message": key} if sent.email else {"message": key}
    if scene.held:
        return Verdict(result="held", data=data)
    went_out(turn, sent, key)
    return Verdict(data=data)


def went_out(turn: Turn, sent: Sent, key: str) -> None:
    """The message leaves now: an email is from here on the contact's latest of its sort, and history."""
    if sent.channel == "email":
        turn.state.latest[sent.email] = key
        happened = Event(key, "email.sent", turn.now, (sent.email,), {"message": key}, message=key)
        changes.raise_event(turn, happened)
    elif sent.channel == "sms":
        changes.raise_event(turn, Event(key, "sms.sent", turn.now, (), {"message": key}, message=key))
