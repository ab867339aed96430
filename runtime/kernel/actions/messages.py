"""Messages: emails, text messages, messages on the site, notifications to people of the house."""

from __future__ import annotations

from oncue.runtime.kernel.inputs import Payload
from oncue.runtime.kernel.sending import gate, shelf
from oncue.runtime.kernel.sending.breaker import tripped
from oncue.runtime.kernel.sending.gate import Draft, Ruling
from oncue.runtime.kernel.sending.inline import SMS_LONGEST, TOO_LONG, fill, shown_value
from oncue.runtime.kernel.sending.outgoing import key_of, put_out, sent_of
from oncue.runtime.kernel.sending.people import addresses, members_of, owner_of
from oncue.runtime.kernel.turn import Turn
from oncue.runtime.kernel.verdicts import Scene, Verdict, deferred, failed, refused
from oncue.schemas.actions import SendEmail, SendNotification, SendSiteMessage, SendSms


def send_email(turn: Turn, scene: Scene, action: SendEmail) -> Verdict:
    """Passes the gate and becomes an effect; of a paused fulfillment action it is held."""
    draft = gate.draft_of_email(turn.program, action.email)
    ruling = gate.ask(turn.program, turn.state, draft, turn.now)
    if ruling is not gate.PASS:
        return objection(turn, scene, ruling)
    key = key_of(turn, scene)
    _remember(scene, key)
    return put_out_email(turn, scene, action.email, key, draft)


def objection(turn: Turn, scene: Scene, ruling: Ruling) -> Verdict:
    """What the action answers where the gate does not let its message pass."""
    if ruling.result == "deferred":
        return deferred(ruling.due, ruling.why)
    if ruling.why == gate.DAILY_LIMIT:
        tripped(turn, scene.unit, scene.step, scene.entry)
    return refused(ruling.why)


def _remember(scene: Scene, key: str) -> None:
    """`of step` means what the member's latest pass sent."""
    if scene.member is not None:
        scene.member.messages[scene.step] = key


def put_out_email(turn: Turn, scene: Scene, email: str, key: str, draft: Draft) -> Verdict:
    """Puts an email that has passed the gate on its way, with the values that it shows."""
    values = {name: shown_value(turn, scene, name) for name in turn.program.email_uses(email)}
    payload: Payload = {"email": email, "to": gate.address_of(turn.state), "values": values}
    if draft.list:
        payload["list"] = draft.list
    sent = sent_of(turn, scene, "email")
    sent.email, sent.operational = email, draft.exempt
    return put_out(turn, scene, key, payload, sent)


def send_sms(turn: Turn, scene: Scene, action: SendSms) -> Verdict:
    """As an email; its text is filled here and now."""
    draft = Draft("sms", action.list or "", action.operational)
    ruling = gate.ask(turn.program, turn.state, draft, turn.now)
    if ruling is not gate.PASS:
        return objection(turn, scene, ruling)
    text = fill(turn, scene, action.text)
    if text is None or len(text) > SMS_LONGEST or not text.strip():
        return failed("the text is empty" if text is not None and not text.strip() else TOO_LONG)
    payload: Payload = {"to": gate.phone_of(turn.state), "text": text}
    if action.list:
        payload["list"] = action.list
    sent = sent_of(turn, scene, "sms")
    sent.operational, sent.list = action.operational, action.list or ""
    key = key_of(turn, scene)
    _remember(scene, key)
    return put_out(turn, scene, key, payload, sent)


def send_site_message(turn: Turn, scene: Scene, action: SendSiteMessage) -> Verdict:
    """Puts a message on the contact's shelf: the next visit that fits shows it. It needs no consent and meets
    no cap, but nothing is shown to a suppressed contact."""
    if turn.state.suppressed:
        return refused("suppressed")
    spec = turn.program.plan.site_messages[action.message]
    title, text = fill(turn, scene, spec.title), fill(turn, scene, spec.text)
    if title is None or text is None:
        return failed(TOO_LONG)
    key = key_of(turn, scene)
    _remember(scene, key)
    shelf.put(turn, scene, key, action.message, {"title": title, "text": text})
    return Verdict(data={"site_message": action.message, "message": key})


def send_notification(turn: Turn, scene: Scene, action: SendNotification) -> Verdict:
    """An email to people of the house, one for all of them. It passes no gate."""
    owner = [owner_of(turn.state)] if action.owner else []
    to = addresses(turn.program, [*action.users, *members_of(turn.program, action.teams), *owner])
    if not to:
        return failed("nobody to tell")
    subject, text = fill(turn, scene, action.subject), fill(turn, scene, action.text)
    if subject is None or text is None:
        return failed(TOO_LONG)
    payload: Payload = {"to": to, "subject": subject, "text": text}
    return put_out(turn, scene, key_of(turn, scene), payload, sent_of(turn, scene, "notification"))
