"""Source 003, the fulfillment manager: each sentence that states a behaviour, as a test."""

from __future__ import annotations

import pytest

from tests.runtime.mailroom import TASK, Mailroom, attached, person

MONDAY = "2026-03-02T14:00:00Z"


def test_offline_steps_are_managed_in_groups(tmp_path):
    """Fulfillment lists are another kind of task, meant to manage offline steps in groups."""
    room = Mailroom(tmp_path, task=TASK)
    room.play(*(person(name, "2026-02-26") for name in "abc"), until="2026-03-02T15:00:00Z")
    assert room.names == [["a", "b", "c"]]
    assert [task.owner for task in room.tasks()] == ["ana"], "one task for all three"


def test_the_printer_gets_one_email_and_not_fifteen(tmp_path):
    """You may not want to send that printer 15 different emails a day: fulfillment lists make this easier."""
    room = Mailroom(tmp_path, schedule="daily at 09:00")
    room.play(
        *(person(f"p{n}", f"2026-03-02T10:{n:02}:00Z") for n in range(15)), until="2026-03-02T20:00:00Z"
    )
    (message,) = room.emails()
    assert message["To"] == "p@v.test"
    assert len(room.names[0]) == 15


def test_the_email_says_what_to_do_and_brings_the_spreadsheet(tmp_path):
    """'Hey Mr. Printer, please send package X to the attached spreadsheet of contacts.'"""
    room = Mailroom(tmp_path).play(person("ana", "2026-02-26"), until="2026-03-03T00:00:00Z")
    (message,) = room.emails()
    assert "Ship package X." in message.get_body(("plain",)).get_content()
    assert attached(message) == b"first_name,address\r\nana,ana street\r\n"


def test_the_fields_that_are_chosen_end_up_as_columns(tmp_path):
    """The fields that are checked end up as columns in the CSV spreadsheet that is emailed."""
    town = '{text: "{{ city }}!", heading: Town}'
    columns = f"[first_name, {{field: postal_code, heading: ZIP}}, account.branch, gifts, {town}]"
    room = Mailroom(tmp_path, columns=columns)
    room.play(
        {"account": "acme", "branch": "law", "at": "2026-02-25"},
        person("ana", "2026-02-26", postal_code="02134", account="acme", gifts=["cup", "pen"], city="Ayr"),
        until="2026-03-03T00:00:00Z",
    )
    assert attached(room.emails()[0]).decode() == (
        'first_name,ZIP,account.branch,gifts,Town\r\nana,02134,law,"cup, pen",Ayr!\r\n'
    )


def test_the_step_is_scheduled_as_any_other_and_the_list_by_itself(tmp_path):
    """Schedule the step as any other: when this list goes out in the sequence; its recurrence is its own."""
    campaign = (
        "campaigns:\n  ship:\n    starts_when: [{tag_added: ship}]\n"
        "    steps: [{wait: 5 days}, {add_to_fulfillment_list: box}]\n"
    )
    room = Mailroom(tmp_path, campaigns=campaign)
    room.play(person("a", "2026-02-26"), person("b", "2026-02-24"), until="2026-03-10T00:00:00Z")
    assert room.days == [MONDAY, "2026-03-09T13:00:00Z"]
    assert room.names == [["b"], ["a"]], "at the step on the 1st and on the 3rd, after the run of the 2nd"


def test_the_task_is_due_by_when_the_job_has_to_be_finished(tmp_path):
    """By when should the person receiving the list have finished? Counted from the hand-over."""
    room = Mailroom(tmp_path, task=TASK).play(person("a", "2026-02-26"), until="2026-03-02T15:00:00Z")
    (task,) = room.tasks()
    assert (task.opened_at, task.due) == (MONDAY, "2026-03-05T14:00:00Z")


def test_the_owner_is_somebody_else_than_the_one_who_does_the_job(tmp_path):
    """The owner manages the task to its completion; the fulfillment is done by a third party."""
    room = Mailroom(tmp_path, task=TASK).play(person("a", "2026-02-26"), until="2026-03-02T15:00:00Z")
    assert room.tasks()[0].owner == "ana"
    assert [each["to"] for each in room.sent("batch")] == ["p@v.test"]


@pytest.mark.parametrize("wanted", ["true", "false"])
def test_the_owner_gets_a_text_message_if_that_is_wanted(tmp_path, wanted):
    """Send cell phone alert to owner."""
    room = Mailroom(tmp_path, task=f"{{owner: ana, due: 3 days, sms_owner: {wanted}}}")
    room.play(person("a", "2026-02-26"), until="2026-03-02T15:00:00Z")
    assert [each["to"] for each in room.sent("sms")] == ["+15550100"] * (wanted == "true")


def test_the_owner_is_told_when_the_task_is_overdue(tmp_path):
    """If the person doing the job fails to mark it complete by when it is due, the owner gets an alert."""
    room = Mailroom(tmp_path, task=TASK).play(person("a", "2026-02-26"), until="2026-03-05T13:59:59Z")
    assert room.sent("notification") == []
    room.play(until="2026-03-05T14:00:00Z")
    assert [each["to"] for each in room.sent("notification")] == [["ana@acme.test"]]


def test_the_manager_is_told_x_days_later_and_nobody_above(tmp_path):
    """If it is not done within x days after its due date, the owner's manager is notified."""
    room = Mailroom(tmp_path, task=TASK).play(person("a", "2026-02-26"), until="2026-03-07T13:59:59Z")
    assert len(room.sent("notification")) == 1
    room.play(until="2026-04-30T00:00:00Z")
    assert [each["to"] for each in room.sent("notification")] == [["ana@acme.test"], ["bo@acme.test"]]


@pytest.mark.parametrize("at", ["2026-03-03T00:00:00Z", "2026-03-05T14:00:00Z"])
def test_marking_it_complete_in_time_takes_the_notices_back(tmp_path, at):
    """Also at the very instant at which it is due."""
    room = Mailroom(tmp_path, task=TASK).play(person("a", "2026-02-26"), until="2026-03-02T15:00:00Z")
    task = room.tasks()[0].id
    room.play(
        {"id": "done", "type": "task.completed", "at": at, "properties": {"task": task}},
        until="2026-04-30T00:00:00Z",
    )
    assert room.sent("notification") == []
    assert room.tasks()[0].state == "completed"


@pytest.mark.parametrize(
    ("schedule", "days"),
    [
        ("daily at 09:00", ["2026-03-06", "2026-03-07", "2026-03-08", "2026-03-09"]),
        ("weekdays at 09:00", ["2026-03-06", "2026-03-09"]),
        ("weekly on monday at 09:00", ["2026-03-09"]),
        ("weekly on sunday, friday at 09:00", ["2026-03-06", "2026-03-08"]),
        ("monthly on 31 at 09:00", ["2026-03-31"]),
    ],
)
def test_whoever_hits_the_step_after_the_previous_run_is_in_the_next(tmp_path, schedule, days):
    """All who hit the step after the previous list went out, daily, weekly or monthly, are in the next."""
    room = Mailroom(tmp_path, schedule=schedule, send_empty="true")
    room.play(person("a", "2026-03-05T20:00:00Z"), until="2026-03-31T23:00:00Z")
    assert [day[:10] for day in room.days][: len(days)] == days
    assert room.names[0] == ["a"]
    assert not any(room.names[1:]), "each is sent once"


def test_a_batch_takes_up_to_its_instant_and_no_further(tmp_path):
    """(previous run, this run]: who comes at the instant of a run is in it."""
    room = Mailroom(tmp_path).play(
        person("before", "2026-03-01"),
        person("at", "2026-03-02T14:00:00Z"),
        person("after", "2026-03-02T14:00:01Z"),
        until="2026-03-10T00:00:00Z",
    )
    assert room.names == [["before", "at"], ["after"]]
    assert [batch.since for batch in room.batches] == ["2026-03-01T05:00:00Z", MONDAY]


def test_several_recipients_get_subject_and_note_of_their_own(tmp_path):
    """You can set multiple people to get the email; address, subject and a note per each recipient."""
    people = (
        '[{email: p@v.test, subject: "Print {{ batch.date }}", note: On paper.}, '
        '{email: me@acme.test, subject: "Copy of {{ batch.id }}", note: "{{ batch.rows }} in all"}]'
    )
    room = Mailroom(tmp_path, recipients=people).play(person("a", "2026-02-26"), until="2026-03-03T00:00:00Z")
    told = {message["To"]: message for message in room.emails()}
    assert told["p@v.test"]["Subject"] == "Print 2026-03-02"
    assert told["me@acme.test"]["Subject"] == "Copy of box-20260302T140000Z"
    assert "1 in all" in told["me@acme.test"].get_body(("plain",)).get_content()
    assert attached(told["p@v.test"]) == attached(told["me@acme.test"]), "a copy of what others are getting"
