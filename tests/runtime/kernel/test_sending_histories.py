"""Random histories of messages under every policy: what was promised about them holds for each contact.

The stage checks at every step that counts add up and nobody stands in two places. Here it is checked, by
looking at all that went out, that no cap, limit, quiet hour or blackout day was ever broken, and that nothing
that was deferred is lost.
"""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from oncue.runtime.kernel.inputs import Handover, Suppress
from oncue.runtime.kernel.values.zone import Zone, parse_day
from oncue.schemas.values import DAY, HOUR, MINUTE
from tests.runtime.kernel.stage import Stage

POLICIES = """policies:
  quiet_hours: {from: "21:00", to: "08:00", timezone: contact}
  frequency_caps: [{channel: email, at_most: 2, per: 3 days}, {channel: sms, at_most: 1, per: 1 day}]
  blackout_dates: [2026-03-04, 2026-03-08]
  max_sends_per_contact_per_day: {at_most: 3, alert: [bo]}
"""
TEXT = """
users: {bo: {email: bo@acme.test}}
site_messages: {hello: {text: Hi, expires: 2 days}}
web_pages: {pricing: {url: "https://acme.test/*"}}
campaigns:
  mail:
    starts_when: [{event: purchase}]
    runs: every_time
    entries: many
    entry_key: sku
    exit_when: tagged "stop"
    steps:
      - send_email: invite
      - wait: 5 hours
      - {send_sms: {text: Hi, list: prospects}}
      - send_site_message: hello
      - wait: 1 day
      - send_email: receipt
web_forms:
  f:
    on_submission:
      - {send_email: invite-vip, once: true}
      - send_sms: {text: Hello, list: prospects}
      - subscribe: {list: newsletter, channels: [email, sms]}
"""
CONTACT = {
    "email": "ana@x.test",
    "phone": "+15550100",
    "subscribed": [{"list": "prospects", "channels": ["email", "sms"]}],
}
NEW_YORK = Zone("America/New_York")

sends = st.one_of(
    st.tuples(st.just("purchase"), st.sampled_from("abcdef")),
    st.tuples(st.just("form"), st.just("")),
    st.tuples(st.just("time"), st.sampled_from([MINUTE, 2 * HOUR])),
)
others = st.one_of(
    st.tuples(st.just("time"), st.sampled_from([MINUTE, 3 * HOUR, 11 * HOUR, 30 * HOUR])),
    st.tuples(st.just("tags"), st.sampled_from(["stop", "other"])),
    st.tuples(st.just("zone"), st.sampled_from(["Asia/Tokyo", "America/New_York", "Nowhere"])),
    st.tuples(st.just("bounce"), st.sampled_from(["hard", "soft"])),
    st.tuples(st.just("click"), st.just("")),
    st.tuples(st.just("visit"), st.just("")),
    st.tuples(st.just("suppress"), st.sampled_from(["", "lift"])),
    st.tuples(st.just("handover"), st.sampled_from(["refused", "failed", "cancelled"])),
    st.tuples(st.just("pause"), st.sampled_from(["", "campaigns/mail"])),
)


class Sender(Stage):
    """Makes moves, and looks at each message as it leaves."""

    def make(self, move: tuple[str, object]) -> None:
        match move:
            case ("purchase", str(sku)):
                self.event("purchase", sku=sku)
            case ("form", _):
                self.event("web_form.submission of f")
            case ("time", int(micros)):
                self._until(self.now + micros)
            case ("tags", str(tag)):
                self.load(email="ana@x.test", tags=[tag], triggers=True)
            case ("zone", str(name)):
                self.load(email="ana@x.test", timezone=name)
            case ("bounce", str(kind)):
                self.event("email.bounce of invite", type=kind)
            case ("click", _):
                self.event("email.click of invite")
            case ("visit", _):
                self.event("web_page.visit", url="https://acme.test/x")
            case ("suppress", str(lift)):
                self.play(Suppress("operator", lift=bool(lift)))
            case ("handover", str(result)) if self.effects:
                self.play(Handover(self.effects[-1].key, result, "why"))
            case ("pause", str(unit)):
                self.pause(*filter(None, [unit]))

    def check(self) -> None:
        """All that is on its way or has left, against every policy."""
        mails = [sent.at for sent in self.state.sent.values() if self._counts(sent, "email")]
        texts = [sent.at for sent in self.state.sent.values() if self._counts(sent, "sms")]
        for at in mails:
            assert sum(at - 3 * DAY < other <= at for other in mails) <= 2
        for at in texts:
            assert sum(at - DAY < other <= at for other in texts) <= 1
        everything = [
            sent.at
            for sent in self.state.sent.values()
            if sent.channel in ("email", "sms") and sent.result == "done"
        ]
        days = [NEW_YORK.day(at) for at in everything]
        assert all(days.count(day) <= 3 for day in days)
        keys = [effect.key for effect in self.effects]
        assert len(keys) == len(set(keys))

    @staticmethod
    def _counts(sent, channel: str) -> bool:
        return sent.channel == channel and sent.result == "done" and not sent.operational


@given(st.lists(sends | sends | others, min_size=10, max_size=40))
@settings(max_examples=60, deadline=None)
def test_no_policy_is_ever_broken_and_nothing_deferred_is_lost(history):
    stage = Sender(TEXT, contact=CONTACT, settings=POLICIES)
    for move in history:
        before = len(stage.effects)
        stage.make(move)
        stage.check()
        assert all(effect.kind in KINDS for effect in stage.effects[before:])
    stage.resume()
    stage._until(stage.now + 40 * DAY)
    stage.check()
    assert stage.state.members == []
    assert stage.state.errands == []
    assert stage.state.site_messages == []
    for entry, at in zip(stage.audit, stage.at, strict=True):
        if entry.what == "event" and entry.unit in ("email.sent", "sms.sent"):
            assert outside_blackout(at)


KINDS = {"email", "sms", "site_message", "notification"}


def outside_blackout(at: int) -> bool:
    """In one of the zones that the contact may have had: neither night nor a blackout day."""
    zones = [NEW_YORK, Zone("Asia/Tokyo")]
    black = {parse_day("2026-03-04"), parse_day("2026-03-08")}
    return any(zone.day(at) not in black and 8 * 60 <= zone.minute(at) < 21 * 60 for zone in zones)
