"""Fulfillment lists on the embedded host: who is in which batch, whatever happens in between."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncue.runtime import operator
from oncue.runtime.errors import CommandError, PlanError
from oncue.runtime.kernel.entities import lists as kernel_lists
from oncue.runtime.kernel.values.zone import parse_instant
from oncue.runtime.stores.sqlite import SqliteStore
from oncue.runtime.views import fulfillment
from tests.runtime import mailroom, shop
from tests.runtime.mailroom import TASK, Mailroom, attached, person

FIRST, SECOND = "2026-03-02T14:00:00Z", "2026-03-09T13:00:00Z"  # the clocks change on the 8th
END = "2026-03-10T00:00:00Z"


def test_an_empty_batch_is_skipped_and_recorded(tmp_path):
    room = Mailroom(tmp_path, task=TASK).play(person("a", "2026-02-26", tag=""), until=END)
    assert room.batches == []
    assert [entry["at"] for entry in room.told("batch.skipped")] == [FIRST, SECOND]
    assert room.tasks() == []


def test_an_empty_batch_is_sent_where_the_list_says_so(tmp_path):
    room = Mailroom(tmp_path, task=TASK, send_empty="true")
    room.play(person("a", "2026-02-26", tag=""), until=END)
    assert room.names == [[], []]
    assert [attached(message) for message in room.emails()] == [b"first_name,address\r\n"] * 2
    assert len(room.tasks()) == 2


def test_a_contact_without_a_required_field_is_held_and_joins_when_it_has_it(tmp_path):
    room = Mailroom(tmp_path, require="[address]").play(
        person("a", "2026-02-26", address=""),
        person("b", "2026-02-27"),
        person("c", "2026-03-03"),
        person("a", "2026-03-04", tag="", address="A street"),
        until=END,
    )
    assert room.names == [["b"], ["a", "c"]], "it keeps its place"
    assert [batch.held for batch in room.batches] == [1, 0]


def test_a_held_contact_can_be_let_through(tmp_path):
    room = Mailroom(tmp_path, require="[address]").play(
        person("a", "2026-02-26", address=""),
        person("b", "2026-02-26", address=""),
        person("c", "2026-02-26", tag=""),
        until="2026-03-01T00:00:00Z",
    )
    assert operator.release(room.plan, room.database, "box", "a@x.test")
    assert not operator.release(room.plan, room.database, "box", "a@x.test"), "it is not held any more"
    with pytest.raises(CommandError, match="is not on the fulfillment list"):
        operator.release(room.plan, room.database, "box", "c@x.test")
    room.play(until=END)
    assert room.names == [["a"]]
    assert room.waiting == ["b"]


def test_columns_are_read_when_the_batch_runs(tmp_path):
    room = Mailroom(tmp_path).play(
        person("a", "2026-02-26"), person("a", "2026-03-02T14:00:00Z", tag="", address="new"), until=END
    )
    assert room.rows(room.batches[0]) == [["a", "new"]]


def test_there_is_one_row_per_contact_and_batch(tmp_path):
    room = Mailroom(tmp_path).play(
        person("a", "2026-02-26"), person("a", "2026-02-27", tag="hold"), until="2026-03-10T00:00:00Z"
    )
    assert room.names == [["a"]]


def test_contacts_stay_where_the_list_keeps_them(tmp_path):
    room = Mailroom(tmp_path, after_send="keep").play(
        person("a", "2026-02-26", tag="hold"), person("b", "2026-03-04"), until="2026-03-17T00:00:00Z"
    )
    assert room.names == [["a"], ["a", "b"], ["a", "b"]]
    operator.take_off(room.plan, room.database, "box", "a@x.test")
    room.play(until="2026-03-24T00:00:00Z")
    assert room.names[-1] == ["b"]


def test_a_member_that_is_held_goes_on_with_its_batch(tmp_path):
    room = Mailroom(tmp_path).play(person("a", "2026-02-26", tag="hold"), until="2026-03-02T13:59:59Z")
    assert not room.told("campaign.ended")
    room.play(until=END)
    assert [entry["at"] for entry in room.told("campaign.ended")] == [FIRST]
    (done,) = [e for e in room.told("action") if e["step"] == "add_to_fulfillment_list"]
    assert done["data"] == {"batch": "box-20260302T140000Z"}


def test_a_member_whose_contact_is_taken_off_goes_on(tmp_path):
    room = Mailroom(tmp_path).play(person("a", "2026-02-26", tag="hold"), until="2026-03-01T00:00:00Z")
    assert operator.take_off_all(room.plan, room.database, "box") == 1
    (failed,) = [e for e in room.told("action") if e["result"] == "failed"]
    assert failed["why"] == "taken off the list"
    assert len(room.told("campaign.ended")) == 1


def test_who_joins_again_because_of_a_batch_is_in_the_next(tmp_path):
    again = mailroom.CAMPAIGN.replace("- add_tag: held-no-more", "- add_to_fulfillment_list: box")
    room = Mailroom(tmp_path, campaigns=again)
    room.play(person("a", "2026-02-26", tag="hold"), until="2026-03-20T00:00:00Z")
    assert room.names == [["a"], ["a"]]


def test_missed_runs_are_made_up_one_by_one(tmp_path):
    room = Mailroom(tmp_path, schedule="daily at 09:00", send_empty="true")
    room.play(person("a", "2026-03-01T20:00:00Z"), until="2026-03-01T21:00:00Z")
    room.play(person("b", "2026-03-04T20:00:00Z"), until="2026-03-05T20:00:00Z")
    assert room.names == [["a"], [], [], ["b"]]
    since = [batch.since for batch in room.batches]
    assert since[1:] == room.days[:-1], "the intervals meet"


def test_merged_contacts_have_the_earlier_place(tmp_path):
    room = Mailroom(tmp_path).play(
        person("a", "2026-02-26", tag="hold"),
        person("b", "2026-02-27"),
        person("c", "2026-02-28", tag="hold", last_name="C"),
        until="2026-03-01T00:00:00Z",
    )
    operator.merge(room.plan, room.database, "b@x.test", "c@x.test")
    operator.merge(room.plan, room.database, "a@x.test", "b@x.test")
    room.play(until=END)
    assert room.names == [["a"]]
    assert room.waiting == []
    left = {e["why"] for e in room.told("campaign.ended")}
    assert "last step" in left


def test_a_tag_that_a_merge_brings_is_an_edge_and_may_put_the_survivor_on_a_list_again(tmp_path):
    room = Mailroom(tmp_path).play(
        person("a", "2026-02-26", tag="hold"), person("b", "2026-02-27"), until="2026-03-03T00:00:00Z"
    )
    assert room.names == [["a", "b"]]
    operator.merge(room.plan, room.database, "a@x.test", "b@x.test")
    assert room.waiting == ["a"]
    room.play(until="2026-03-10T00:00:00Z")
    assert room.names == [["a", "b"], ["a"]]


def test_an_erased_contact_is_nowhere(tmp_path):
    room = Mailroom(tmp_path).play(
        person("a", "2026-02-26"),
        person("b", "2026-02-27"),
        person("a", "2026-03-03", tag="hold"),
        until="2026-03-04T00:00:00Z",
    )
    (batch,) = room.batches
    operator.erase(room.plan, room.database, "a@x.test")
    assert room.waiting == []
    with pytest.raises(CommandError, match="erased"):
        list(fulfillment.reissue(room.database, batch.id))
    store = SqliteStore(room.database, write=False)
    assert b"".join(store.file(batch.id)) == b"first_name,address\r\nb,b street\r\n"
    store.close()
    room.play(until=END)
    assert len(room.batches) == 1


# --- changed plans


def test_a_list_with_contacts_on_it_cannot_be_removed(tmp_path):
    room = Mailroom(tmp_path).play(person("a", "2026-02-26"), until="2026-03-01T00:00:00Z")
    room.plan = mailroom.plan(campaigns="", lists="fulfillment_lists: {}")
    with pytest.raises(PlanError, match=r"fulfillment list box .* is gone, and 1 contact waits on it"):
        room.play(until=END)


def test_a_renamed_list_takes_everybody_along(tmp_path):
    room = Mailroom(tmp_path).play(person("a", "2026-02-26", tag="hold"), until="2026-03-01T00:00:00Z")
    text = "fulfillment_lists:\n  crate:\n    was: box\n" + "".join(
        f"    {key}: {value}\n" for key, value in mailroom.BOX.items()
    )
    room.plan = mailroom.plan(campaigns=mailroom.CAMPAIGN.replace("box", "crate"), lists=text)
    room.play(until=END)
    (batch,) = fulfillment.show(room.database, "crate").batches
    assert (batch.id, batch.since) == ("crate-20260302T140000Z", "2026-02-26T05:00:00Z")
    assert len(room.told("campaign.ended")) == 1


def test_a_changed_schedule_and_changed_columns_count_from_the_next_run(tmp_path):
    room = Mailroom(tmp_path).play(person("a", "2026-02-26"), until="2026-02-27T00:00:00Z")
    room.plan = mailroom.plan(schedule="daily at 10:00", columns="[email]")
    room.play(until="2026-02-28T00:00:00Z")
    assert room.days == ["2026-02-27T15:00:00Z"]
    assert room.names == [["a@x.test"]]


# --- the file


def test_formulas_are_neutralised_and_the_mark_stands_first(tmp_path):
    room = Mailroom(tmp_path, bom="true", columns="[first_name, phone, points]")
    room.play(
        person("a", "2026-02-26", first_name='=cmd|"x"', phone="+15550100", points="-5"),
        person("b", "2026-02-26", first_name="@b\nc, d"),
        until=END,
    )
    text = attached(room.emails()[0])
    assert text == (
        b'\xef\xbb\xbffirst_name,phone,points\r\n"\'=cmd|""x""",\'+15550100,\'-5\r\n"\'@b\nc, d",,\r\n'
    )


def test_a_large_file_lies_behind_a_link(tmp_path, monkeypatch):
    monkeypatch.setattr(kernel_lists, "ATTACHED", 30)
    monkeypatch.setattr("oncue.runtime.engine.batches.ATTACHED", 30)
    room = Mailroom(tmp_path).play(person("a", "2026-02-26"), until="2026-03-03T00:00:00Z")
    (message,) = room.emails()
    text = message.get_body(("plain",)).get_content()
    (path,) = (tmp_path / "outbox/files").iterdir()
    assert path.name in text
    assert "until 2026-03-16" in text
    assert path.read_bytes() == b"".join(fulfillment.reissue(room.database, room.batches[0].id))
    assert not list(message.iter_attachments())
    room.play(until="2026-03-20T00:00:00Z")
    assert path.exists(), "at the run of the 16th an hour was left"
    room.play(until="2026-03-24T00:00:00Z")
    assert not path.exists(), "the link has expired, and a run, though of nobody, has taken the file away"


def test_a_batch_is_reissued_byte_by_byte(tmp_path):
    room = Mailroom(tmp_path).play(person("a", "2026-02-26"), until="2026-03-03T00:00:00Z")
    before = attached(room.emails()[0])
    room.play(person("a", "2026-03-04", tag="hold", address="elsewhere"), until=END)
    assert b"".join(fulfillment.reissue(room.database, room.batches[0].id)) == before
    assert b"elsewhere" in attached(room.emails()[1])


# --- histories, against a slow model

PEOPLE = "abcdef"
_days = st.integers(0, 40 * 24)
_moves = st.lists(
    st.tuples(_days, st.sampled_from(PEOPLE), st.sampled_from(["join", "lose", "find"])), max_size=25
)


class Model:
    """Lists as SPEC section 7 has them: every run looks at everybody."""

    def __init__(self, moves: list[tuple[int, str, str]], keep: bool) -> None:
        self.keep = keep
        self.waiting: list[str] = []
        self.address: dict[str, bool] = {}
        self.batches: list[list[str]] = []
        self.moves = sorted(moves, key=lambda move: move[0])

    def play(self, runs: list[int]) -> list[list[str]]:
        """Batches that have somebody; a run comes after what happens at its hour."""
        for run in runs:
            while self.moves and self.moves[0][0] <= run:
                _, who, what = self.moves.pop(0)
                if what == "join" and who not in self.waiting:
                    self.waiting.append(who)
                self.address[who] = what != "lose"
            ready = [who for who in self.waiting if self.address[who]]
            if ready:
                self.batches.append(ready)
            if not self.keep:
                self.waiting = [who for who in self.waiting if who not in ready]
        return self.batches


def _rows(moves: list[tuple[int, str, str]]) -> list[dict[str, Any]]:
    start = parse_instant("2026-01-05T00:00:00Z")
    rows = []
    for place, (hour, who, what) in enumerate(moves):
        at = shop.show(start + hour * 3_600_000_000)
        fields = {"address": "" if what == "lose" else f"{who} street"}
        # each time another tag, which campaigns below all start at
        rows.append(person(who, at, tag=f"t{place}" if what == "join" else "", **fields))
    return rows


@settings(max_examples=20, deadline=None)
@given(moves=_moves, keep=st.booleans(), batch=st.sampled_from([1, 100]))
def test_everybody_is_in_exactly_one_batch_per_pass(tmp_path_factory, moves, keep, batch):
    moves = sorted(moves, key=lambda move: move[0])
    tags = ", ".join(f"{{tag_added: t{place}}}" for place in range(max(1, len(moves))))
    campaign = (
        f"campaigns:\n  ship:\n    starts_when: [{tags}]\n    runs: every_time\n"
        "    steps: [add_to_fulfillment_list: box]\n"
    )
    room = Mailroom(
        tmp_path_factory.mktemp("model"), campaigns=campaign, require="[address]", schedule="daily at 00:00",
        timezone="UTC", after_send="keep" if keep else "leave",
    )  # fmt: skip
    anchor = person("z", "2026-01-05T00:00:00Z", tag="")
    room.play(anchor, *_rows(moves), until="2026-02-20T00:00:00Z", batch=batch)
    assert room.names == Model(moves, keep).play([24 * day for day in range(1, 47)])


@pytest.mark.parametrize("page", [1, 3])
def test_batches_and_pages_of_any_size_give_the_same(tmp_path, monkeypatch, page):
    draw = random.Random(4)
    rows = [
        person(
            f"p{n % 23}", shop.show(parse_instant("2026-02-26T00:00:00Z") + draw.randrange(10**12)), tag=tag
        )
        for n in range(60)
        for tag in [draw.choice(["ship", "hold", ""])]
    ]
    Mailroom(tmp_path / "one", task=TASK).play(*rows, until=END)
    monkeypatch.setattr("oncue.runtime.engine.batches.PAGE", page)
    Mailroom(tmp_path / "other", task=TASK).play(*rows, until=END, batch=7 * page)
    assert shop.contents(tmp_path / "one") == shop.contents(tmp_path / "other")
    assert shop.outbox(tmp_path / "one") == shop.outbox(tmp_path / "other")


def test_the_log_of_a_run_replays_lists_exactly(tmp_path):
    room = Mailroom(tmp_path / "live", task=TASK, require="[address]")
    room.play(person("a", "2026-02-26", tag="hold"), person("b", "2026-02-27", address=""), until=END)
    operator.release(room.plan, room.database, "box", "b@x.test")
    operator.take_off_all(room.plan, room.database, "box")
    shop.run(room.plan, tmp_path / "again/x.db", [room.database], clock="received")
    live, again = shop.contents(tmp_path / "live"), shop.contents(tmp_path / "again")
    assert live["audit"] == again["audit"]
    assert live["contacts"] == again["contacts"]


# --- emails that do not arrive


def bounce(room: Mailroom, at: str, how: str = "hard", ident: str = "b1", **more: Any) -> dict[str, Any]:
    (email,) = room.batches[0].emails
    return {
        "id": ident,
        "type": "email.bounce",
        "at": at,
        "properties": {"type": how, "message": email.key},
        **more,
    }


@pytest.mark.parametrize("contact", [{}, {"contact": "p@v.test"}])
def test_the_owner_hears_of_an_email_that_bounces(tmp_path, contact):
    room = Mailroom(tmp_path, task=TASK).play(person("a", "2026-02-26"), until="2026-03-02T15:00:00Z")
    room.play(bounce(room, "2026-03-02T16:00:00Z", **contact), until="2026-03-02T17:00:00Z")
    (email,) = room.batches[0].emails
    assert (email.status, email.why) == ("failed", "hard bounce")
    (notice,) = room.sent("notification")
    assert notice["to"] == ["ana@acme.test"]
    assert notice["subject"] == "Not delivered: box-20260302T140000Z"
    assert "did not arrive at p@v.test: hard bounce" in notice["text"]
    (told,) = room.told("batch.undelivered")
    assert told["data"] == {"batch": "box-20260302T140000Z", "to": "p@v.test"}
    assert not any("p@v.test" in key for key in shop.contents(tmp_path)["contacts"]), "a vendor is no contact"
    room.play(bounce(room, "2026-03-02T18:00:00Z", ident="b2", **contact), until="2026-03-02T19:00:00Z")
    assert len(room.sent("notification")) == 1, "once"


def test_a_soft_bounce_of_a_batch_is_noted(tmp_path):
    room = Mailroom(tmp_path, task=TASK).play(person("a", "2026-02-26"), until="2026-03-02T15:00:00Z")
    room.play(bounce(room, "2026-03-02T16:00:00Z", "soft"), until="2026-03-02T17:00:00Z")
    assert [entry["why"] for entry in room.told("batch.undelivered")] == ["soft bounce"]
    assert [email.status for email in room.batches[0].emails] == ["done"]
    assert room.sent("notification") == []


def test_a_bounce_of_nothing_that_is_known_is_rejected(tmp_path):
    room = Mailroom(tmp_path, task=TASK).play(person("a", "2026-02-26"), until="2026-03-02T15:00:00Z")
    line = bounce(room, "2026-03-02T16:00:00Z")
    line["properties"]["message"] = "nothing"
    room.play(line)
    assert shop.rejected(tmp_path) == [(1, "unknown_message")]


# --- paused


def test_a_paused_list_has_no_runs_and_takes_everybody_afterwards(tmp_path):
    room = Mailroom(tmp_path, schedule="daily at 09:00", task=TASK)
    room.play(person("a", "2026-03-02T15:00:00Z"), until="2026-03-02T16:00:00Z")
    assert operator.pause(room.plan, room.database, "fulfillment_lists/box")
    room.play(person("b", "2026-03-04T20:00:00Z"), until="2026-03-05T20:00:00Z")
    assert (room.batches, room.told("batch.skipped"), room.waiting) == ([], [], ["a", "b"])
    shown = fulfillment.show(room.database, "box").list
    assert (shown.paused, shown.next) == (True, None)
    assert operator.resume(room.plan, room.database, "fulfillment_lists/box")
    room.play(until="2026-03-06T20:00:00Z")
    assert room.names == [["a", "b"]]
    assert [(batch.since, batch.at) for batch in room.batches] == [
        ("2026-03-02T15:00:00Z", "2026-03-06T14:00:00Z")
    ], "the interval has gone on"


def test_a_paused_list_stays_paused_under_another_name_and_schedule(tmp_path):
    room = Mailroom(tmp_path).play(person("a", "2026-02-26"), until="2026-03-01T00:00:00Z")
    operator.pause(room.plan, room.database, "fulfillment_lists/box")
    keys = {**mailroom.BOX, "was": "box", "schedule": "daily at 09:00"}
    text = "fulfillment_lists:\n  crate:\n" + "".join(f"    {key}: {value}\n" for key, value in keys.items())
    room.plan = mailroom.plan(campaigns=mailroom.CAMPAIGN.replace("box", "crate"), lists=text)
    room.play(until=END)
    found = fulfillment.show(room.database, "crate")
    assert (found.list.paused, found.list.waiting, found.batches) == (True, 1, ())


def test_an_owner_without_a_phone_gets_the_task_and_the_audit_says_so(tmp_path):
    room = Mailroom(tmp_path, task="{owner: bo, due: 3 days, sms_owner: true}")
    room.play(person("a", "2026-02-26"), until="2026-03-02T15:00:00Z")
    assert room.sent("sms") == []
    assert [task.owner for task in room.tasks()] == ["bo"]
    assert [entry.get("why") for entry in room.told("batch.sent")] == ["bo has no phone"]
