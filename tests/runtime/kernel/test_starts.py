"""What starts campaigns: every trigger, who may enter again, what is refused, and the order of it all."""

from __future__ import annotations

import pytest

from oncue.runtime.kernel.turn import MAX_STARTS
from tests.runtime.kernel.stage import Stage


def started_by(trigger: str, more: str = "", head: str = "runs: every_time", **contact: object) -> Stage:
    text = f"campaigns:\n  c:\n    starts_when:\n      - {trigger}\n    {head}\n"
    text += f"    steps: [{{add_note: started}}]\n{more}"
    stage = Stage(text)
    stage.load(email="ana@x.test", **contact)
    return stage


def entered(stage: Stage) -> int:
    return stage.count("campaigns/c", "", "entered")


def test_an_event_starts_it():
    stage = started_by("event: purchase")
    stage.event("web_form.submission of demo-request")
    assert entered(stage) == 0
    stage.event("purchase")
    assert entered(stage) == 1


def test_an_event_of_one_asset_starts_it_and_another_asset_s_does_not():
    more = "landing_pages: {promo: {}, sale: {}}"
    stage = started_by("event: landing_page.view of promo", more)
    stage.event("landing_page.view of sale")
    assert entered(stage) == 0
    stage.event("landing_page.view of promo")
    assert entered(stage) == 1


def test_when_sees_the_event():
    stage = started_by("{event: purchase, when: event.total >= 100}")
    stage.event("purchase", total=99)
    stage.event("purchase")
    assert entered(stage) == 0
    stage.event("purchase", total=100)
    assert entered(stage) == 1


def test_entering_and_leaving_a_segment_start_it():
    segments = "segments: {hot: score >= 50}"
    for trigger, scores in (("enters_segment: hot", [10, 60, 70]), ("leaves_segment: hot", [60, 70, 10])):
        stage = started_by(trigger, segments)
        for score in scores:
            stage.load(email="ana@x.test", score=score, triggers=True)
        assert entered(stage) == 1


def test_a_segment_is_left_by_time_alone_exactly_on_time():
    stage = started_by("leaves_segment: fresh", "segments: {fresh: did purchase in last 2 days}")
    stage.event("purchase")
    stage.until("2026-03-04 08:59")
    assert entered(stage) == 0
    stage.until("2026-03-04 09:00")
    assert entered(stage) == 1


def test_tags_start_it_when_they_come_and_when_they_go():
    more = "web_forms: {on: {on_submission: [{add_tag: hot}]}, off: {on_submission: [{remove_tag: hot}]}}"
    for trigger in ("tag_added: hot", "tag_removed: hot"):
        stage = started_by(trigger, more)
        for form in ("on", "on", "off", "off"):
            stage.event(f"web_form.submission of {form}")
        assert entered(stage) == 1


def test_a_changed_field_starts_it():
    stage = started_by("field_changed: industry", industry="retail")
    stage.load(email="ana@x.test", industry=" RETAIL ", triggers=True)
    assert entered(stage) == 0
    stage.load(email="ana@x.test", industry="software", triggers=True)
    assert entered(stage) == 1


def test_a_field_that_becomes_a_value_starts_it():
    stage = started_by("field_changed: {field: employees, to: 50}")
    for employees in (10, 50, 50, 60):
        stage.load(email="ana@x.test", employees=employees, triggers=True)
    assert entered(stage) == 1


@pytest.mark.parametrize(
    ("test", "scores", "times"),
    [
        (">= 65", [64, 65, 70, 10, 65], 2),
        ("> 65", [65, 66, 67], 1),
        ("< 65", [70, 65, 64, 10], 1),
        ("<= 65", [70, 65, 64], 1),
    ],
)
def test_a_score_that_crosses_starts_it(test, scores, times):
    stage = started_by(f'score_crosses: "{test}"')
    for score in scores:
        stage.load(email="ana@x.test", score=score, triggers=True)
    assert entered(stage) == times


def test_a_new_contact_comes_from_a_score_of_0():
    stage = Stage('campaigns: {c: {starts_when: [{score_crosses: "< 10"}]}}', contact=None)
    stage.load(email="ana@x.test", score=5, triggers=True)
    assert entered(stage) == 0


def test_a_new_contact_s_first_segment_is_an_edge():
    text = "campaigns: {c: {starts_when: [{enters_segment: low}]}}\nsegments: {low: score < 10}\n"
    stage = Stage(text, contact=None)
    stage.event("purchase")
    assert entered(stage) == 1


def test_a_silent_import_starts_nothing():
    text = "campaigns: {c: {starts_when: [{enters_segment: low}]}}\nsegments: {low: score < 10}\n"
    stage = Stage(text, contact={"email": "ana@x.test"})
    assert stage.state.segments == {"low"}
    assert entered(stage) == 0
    assert stage.entries("segment.entered") == []


def test_subscribing_and_unsubscribing_start_it():
    more = "web_forms: {on: {on_submission: [{subscribe: prospects}]}, "
    more += "off: {on_submission: [{unsubscribe: prospects}]}}"
    for trigger in ("subscribed: prospects", "unsubscribed: prospects"):
        stage = Stage(started_text(trigger, more), contact={"email": "ana@x.test"})
        for form in ("off", "on", "on", "off"):
            stage.event(f"web_form.submission of {form}")
        assert entered(stage) == 1


def started_text(trigger: str, more: str) -> str:
    return f"campaigns: {{c: {{starts_when: [{{{trigger}}}], runs: every_time}}}}\n{more}\n"


DATE = 'date: {field: renewal_date, offset: -30 days, at: "09:00"}'


def test_a_date_starts_it():
    stage = started_by(DATE, renewal_date="2026-06-10")
    stage.until("2026-05-11 08:59")
    assert entered(stage) == 0
    stage.until("2026-05-11 09:00")
    assert entered(stage) == 1
    stage.until("2028-01-01 00:00")
    assert entered(stage) == 1


def test_a_date_that_moves_takes_its_start_with_it():
    stage = started_by(DATE, renewal_date="2026-06-10")
    stage.load(email="ana@x.test", renewal_date="2026-07-10")
    stage.until("2026-06-01 00:00")
    assert entered(stage) == 0
    stage.until("2026-06-10 09:00")
    assert entered(stage) == 1


def test_a_date_already_past_starts_nothing():
    stage = started_by(DATE, renewal_date="2026-03-10")
    assert stage.state.wake is None


def test_a_yearly_date_starts_it_at_each_anniversary():
    stage = started_by("date: {field: renewal_date, yearly: true}", renewal_date="2024-02-29")
    stage.until("2029-01-01 00:00")
    days = [
        entry_at
        for entry, entry_at in zip(stage.audit, stage.at, strict=True)
        if entry.what == "campaign.entered"
    ]
    assert [stage.program.zone.day(day) for day in days] == [
        stage.program.zone.day(stage.instant(text)) for text in ("2027-02-28", "2028-02-29")
    ]


def test_by_hand_any_campaign_may_be_entered():
    stage = started_by("event: purchase")
    stage.enrol("c")
    assert [entry.why for entry in stage.entries("campaign.entered")] == ["manual"]


def test_by_hand_the_manual_trigger_s_when_counts():
    stage = started_by("{manual: true, when: score > 5}")
    stage.enrol("c")
    assert entered(stage) == 0
    assert [entry.why for entry in stage.entries("campaign.refused")] == ["its when does not hold"]


# --- who may enter again --------------------------------------------------------------------------


def test_runs_once_lets_a_contact_in_once_ever_whatever_the_way():
    stage = started_by("event: purchase", head="runs: once")
    stage.event("purchase")
    stage.event("purchase")
    stage.enrol("c")
    assert entered(stage) == 1
    assert [entry.why for entry in stage.entries("campaign.refused")] == ["runs once", "runs once"]


WAITING = "campaigns: {c: {starts_when: [{event: purchase}], runs: every_time, HEAD steps: [{wait: 1 day}]}}"


def test_every_time_lets_a_contact_in_again_after_leaving_not_before():
    stage = Stage(WAITING.replace("HEAD", ""))
    stage.event("purchase")
    stage.event("purchase")
    assert [entry.why for entry in stage.entries("campaign.refused")] == ["already inside"]
    stage.later("1 day")
    stage.event("purchase")
    assert [entry.entry for entry in stage.entries("campaign.entered")] == [1, 2]


def test_entries_many_lets_one_in_per_key():
    stage = Stage(WAITING.replace("HEAD", "entries: many, entry_key: sku,"))
    for sku in ("a", "b", "a"):
        stage.event("purchase", sku=sku)
    stage.event("purchase")
    assert [member.key for member in stage.state.members] == ["a", "b"]
    assert [entry.why for entry in stage.entries("campaign.refused")] == ["already inside", "no entry key"]


def test_entries_many_that_runs_once_is_once_per_key():
    stage = Stage(WAITING.replace("HEAD", "entries: many, entry_key: sku,").replace("every_time", "once"))
    stage.event("purchase", sku="a")
    stage.later("2 days")
    stage.event("purchase", sku="a")
    stage.event("purchase", sku="b")
    assert entered(stage) == 2


def test_a_trigger_may_tighten_with_its_own_runs_once():
    text = """
campaigns:
  c:
    starts_when: [{event: purchase, runs: once}, {tag_added: vip}]
    runs: every_time
    steps: [{add_note: started}]
web_forms: {f: {on_submission: [{add_tag: vip}]}}
"""
    stage = Stage(text)
    stage.event("purchase")
    stage.event("purchase")
    stage.event("web_form.submission of f")
    assert [entry.why for entry in stage.entries("campaign.entered")] == ["starts_when 1", "starts_when 2"]
    assert [entry.why for entry in stage.entries("campaign.refused")] == ["this trigger runs once"]


def test_an_entry_is_refused_while_exit_when_holds_and_uses_nothing_up():
    stage = started_by("event: purchase", head='exit_when: tagged "stop"')
    stage.load(email="ana@x.test", tags=["stop"])
    stage.event("purchase")
    assert [entry.why for entry in stage.entries("campaign.refused")] == ["exit_when holds already"]
    assert stage.count("campaigns/c", "", "refused:exit_when holds already") == 1
    stage.state.tags = frozenset()
    stage.event("purchase")
    assert entered(stage) == 1


def test_leaving_the_entry_segment_does_not_remove_a_member():
    text = """
campaigns: {c: {starts_when: [{enters_segment: hot}], steps: [{wait: 1 day}]}}
segments: {hot: score >= 50}
"""
    stage = Stage(text)
    stage.load(email="ana@x.test", score=60, triggers=True)
    stage.load(email="ana@x.test", score=10, triggers=True)
    assert stage.places == [("c", "wait")]


# --- order, rounds, limits ------------------------------------------------------------------------


def test_starts_come_by_campaign_id_then_by_place_in_the_file():
    text = """
campaigns:
  zeta: {starts_when: [{event: purchase}], steps: [{add_note: z}]}
  alpha: {starts_when: [{enters_segment: buyers}, {event: purchase}], steps: [{add_note: a}]}
segments: {buyers: did purchase}
"""
    stage = Stage(text)
    stage.event("purchase")
    assert [entry.data["text"] for entry in stage.entries("note")] == ["a", "z"]
    assert [entry.why for entry in stage.entries("campaign.entered")] == ["starts_when 1", "starts_when 1"]
    assert [entry.data["trigger"] for entry in stage.entries("campaign.refused")] == ["starts_when 2"]


def test_up_and_down_in_one_round_is_no_edge():
    text = """
web_forms: {f: {on_submission: [{adjust_score: +500}, {adjust_score: -500}]}}
campaigns: {c: {starts_when: [{enters_segment: hot}, {score_crosses: ">= 100"}]}}
segments: {hot: score >= 100}
"""
    stage = Stage(text)
    stage.event("web_form.submission of f")
    assert entered(stage) == 0
    assert stage.entries("segment") == []


def test_what_a_run_changes_is_an_edge_of_the_next_round():
    text = """
campaigns:
  first: {starts_when: [{event: purchase}], steps: [{add_tag: bought}, {adjust_score: +100}]}
  second: {starts_when: [{tag_added: bought}], steps: [{add_note: second}]}
  third: {starts_when: [{enters_segment: hot}], steps: [{add_note: third}]}
segments: {hot: score >= 100}
"""
    stage = Stage(text)
    stage.event("purchase")
    assert [entry.data["text"] for entry in stage.entries("note")] == ["second", "third"]


def test_members_come_before_starts_and_in_order_of_entry():
    text = """
campaigns:
  b: {starts_when: [{event: purchase}], steps: [{wait: {until: score >= 50}}, {add_note: b}]}
  a: {starts_when: [{score_crosses: ">= 50"}], steps: [{add_note: a}]}
  c: {starts_when: [manual], steps: [{wait: {until: score >= 50}}, {add_note: c}]}
"""
    stage = Stage(text)
    stage.enrol("c")
    stage.event("purchase")
    stage.load(email="ana@x.test", score=50, triggers=True)
    assert [entry.data["text"] for entry in stage.entries("note")] == ["c", "b", "a"]


def test_a_sent_email_may_start_a_campaign_in_the_next_round():
    text = """
campaigns:
  first: {starts_when: [{event: purchase}], steps: [{send_email: invite}, {add_note: first}]}
  second: {starts_when: [{event: email.sent of invite}], steps: [{add_note: second}]}
"""
    stage = Stage(text)
    stage.event("purchase")
    assert [entry.data["text"] for entry in stage.entries("note")] == ["first", "second"]


def test_one_input_causes_at_most_twenty_starts_and_the_rest_is_refused():
    names = [f"c{number:02}" for number in range(MAX_STARTS + 3)]
    stage = Stage("campaigns:\n" + "".join(f"  {n}: {{starts_when: [{{event: purchase}}]}}\n" for n in names))
    stage.event("purchase")
    assert len(stage.entries("campaign.entered")) == MAX_STARTS
    assert [entry.unit for entry in stage.entries("cascade_limit")] == [
        f"campaigns/{n}" for n in names[MAX_STARTS:]
    ]


def test_campaigns_that_feed_each_other_stop_at_the_limit():
    text = """
campaigns:
  ping: {starts_when: [{tag_added: a}], runs: every_time, steps: [{remove_tag: a}, {add_tag: b}]}
  pong: {starts_when: [{tag_added: b}], runs: every_time, steps: [{remove_tag: b}, {add_tag: a}]}
web_forms: {f: {on_submission: [{add_tag: a}]}}
"""
    stage = Stage(text)
    stage.event("web_form.submission of f")
    assert len(stage.entries("campaign.entered")) == MAX_STARTS
    assert len(stage.entries("cascade_limit")) == 1
