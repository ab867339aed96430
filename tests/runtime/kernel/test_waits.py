"""When waits end: every form, on the minute, in the right time zone."""

from __future__ import annotations

import pytest

from oncue.runtime.kernel.values.forms import iso
from tests.runtime.kernel.stage import Stage


def stage_of(wait: str, after: str = "add_tag: passed", **contact: object) -> Stage:
    text = f"campaigns: {{c: {{starts_when: [{{event: purchase}}], steps: [{{wait: {wait}}}, {{{after}}}]}}}}"
    stage = Stage(text)
    stage.load(email="ana@x.test", **contact)
    return stage


def passes_at(stage: Stage) -> str:
    """When the wait ends by itself, local time; the member stands before and is gone after."""
    wake = stage.state.wake
    assert wake is not None
    assert stage.places == [("c", "wait")]
    stage._until(wake - 1)
    assert stage.state.tags == set()
    stage._until(wake)
    assert stage.state.tags == {"passed"}
    return iso(wake)


@pytest.mark.parametrize(
    ("wait", "end"),
    [
        ("90 minutes", "2026-03-02T15:30:00Z"),
        ("3 days", "2026-03-05T14:00:00Z"),
        ("1 week", "2026-03-09T14:00:00Z"),  # 10:00 by the clock: a week is 168 hours, also over the change
        ('{at: "10:00"}', "2026-03-02T15:00:00Z"),
        ('{at: "09:00"}', "2026-03-03T14:00:00Z"),  # strictly after arrival
        ('{at: "monday 09:00"}', "2026-03-09T13:00:00Z"),  # daylight-saving time by then
        ('{at: "monday 09:01"}', "2026-03-02T14:01:00Z"),
        ('{at: "friday 17:30"}', "2026-03-06T22:30:00Z"),
        ('{at: "10:00", timezone: Europe/Berlin}', "2026-03-03T09:00:00Z"),
    ],
)
def test_waits_end_on_the_minute(wait, end):
    stage = stage_of(wait)
    stage.event("purchase")
    assert passes_at(stage) == end


@pytest.mark.parametrize(
    ("zone", "end"),
    [
        ("Asia/Tokyo", "2026-03-03T00:00:00Z"),
        (None, "2026-03-03T14:00:00Z"),
        ("Mars/Olympus", "2026-03-03T14:00:00Z"),
    ],
)
def test_a_contact_s_own_zone_counts_and_without_a_known_one_the_project_s(zone, end):
    stage = stage_of('{at: "09:00", timezone: contact}', **({"timezone": zone} if zone else {}))
    stage.event("purchase")
    assert passes_at(stage) == end


@pytest.mark.parametrize(
    ("wait", "end"),
    [
        ("{date: renewal_date}", "2026-06-10T04:00:00Z"),
        ('{date: renewal_date, offset: -7 days, at: "09:00"}', "2026-06-03T13:00:00Z"),
        ("{date: trial_ends, offset: -1 day}", "2026-04-09T12:30:00Z"),
        ('{date: trial_ends, at: "18:00"}', "2026-04-10T22:00:00Z"),
    ],
)
def test_a_wait_for_a_date(wait, end):
    stage = stage_of(wait, renewal_date="2026-06-10", trial_ends="2026-04-10T08:30:00-04:00")
    stage.event("purchase")
    assert passes_at(stage) == end


@pytest.mark.parametrize("contact", [{"renewal_date": "2026-03-01"}, {"renewal_date": "2026-03-02"}, {}])
def test_a_date_already_past_or_missing_passes_at_once(contact):
    stage = stage_of("{date: renewal_date}", **contact)
    stage.event("purchase")
    assert stage.state.tags == {"passed"}


def test_a_date_already_past_ends_the_member_with_if_past_end():
    stage = stage_of("{date: renewal_date, if_past: end}", renewal_date="2026-03-01")
    stage.event("purchase")
    assert stage.state.tags == set()
    assert [entry.why for entry in stage.entries("campaign.ended")] == ["if_past"]
    assert stage.cancelled == []


UNTIL = "{until: did web_form.submission of demo-request since start, at_most: 7 days}"


def test_a_wait_until_ends_when_its_condition_holds():
    stage = stage_of(UNTIL)
    stage.event("purchase")
    stage.later("2 days")
    assert stage.places == [("c", "wait")]
    stage.event("web_form.submission of demo-request")
    assert stage.state.tags == {"passed"}


def test_a_wait_until_ends_at_its_limit():
    stage = stage_of(UNTIL)
    stage.event("purchase")
    assert passes_at(stage) == "2026-03-09T14:00:00Z"


def test_a_condition_that_holds_on_arrival_passes_at_once():
    stage = stage_of("{until: score >= 50, at_most: 7 days}", score=50)
    stage.event("purchase")
    assert stage.state.tags == {"passed"}


def test_a_wait_until_ends_by_time_alone_exactly_on_time():
    stage = stage_of("{until: last(purchase) older than 36 hours}")
    stage.event("purchase")
    assert passes_at(stage) == "2026-03-04T02:00:00Z"


def test_on_timeout_runs_and_then_the_member_goes_on():
    wait = "{until: score >= 50, at_most: 7 days, on_timeout: [{add_tag: late}]}"
    stage = stage_of(wait)
    stage.event("purchase")
    stage.later("7 days")
    assert stage.state.tags == {"late", "passed"}


def test_on_timeout_does_not_run_when_the_condition_held():
    wait = "{until: score >= 50, at_most: 7 days, on_timeout: [{add_tag: late}]}"
    stage = stage_of(wait)
    stage.event("purchase")
    stage.load(email="ana@x.test", score=60)
    assert stage.state.tags == {"passed"}


def test_an_event_at_the_instant_of_a_timer_comes_before_it():
    stage = stage_of("1 day", after="add_tag: {rules: [{when: score > 0, use: yes}], default: no}")
    stage.event("purchase")
    stage._until(stage.now + 86_400_000_000 - 1)
    stage.now += 1
    stage.event("web_form.submission of demo-request")
    assert stage.places == [("c", "wait")]
    stage.load(email="ana@x.test", score=5)
    stage.later("1 minute")
    assert stage.state.tags == {"yes"}
