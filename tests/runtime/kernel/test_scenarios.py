"""Reactivation scenarios: what sets them off, what they find, what they do with it."""

from __future__ import annotations

import pytest

from tests.runtime.kernel.funnels import LATE, candidates, funnel, visit


def scenario(text: str, name: str = "s") -> str:
    return f"reactivation_scenarios:\n  {name}: {{{text}, eligible: {{any: [never_reactivated]}}}}\n"


def test_the_score_that_comes_late_makes_the_response_active_after_the_wait():
    stage = visit(funnel(LATE), "webinar")
    stage.later("20 minutes")
    visit(stage, "score")
    stage.later("19 minutes")
    assert stage.responses == {"webinar": "attended resolved_no_action"}
    stage.later("1 minute")
    assert stage.responses == {"webinar": "attended active"}
    assert stage.judged() == ["reactivated"]
    member = stage.state.funnel.memberships["webinar"]
    assert (member.engaged, member.reactivated, member.by) == (stage.now, stage.now, "late-score")
    assert stage.state.fields["status"] == "open"


def test_a_score_that_crosses_back_during_the_wait_does_nothing():
    stage = visit(funnel(LATE), "webinar", "score")
    stage.later("10 minutes")
    visit(stage, "cold")
    stage.later("10 minutes")
    assert stage.judged() == ["no_longer"]
    assert stage.responses == {"webinar": "attended resolved_no_action"}


def test_up_and_down_within_one_round_is_no_edge():
    stage = visit(funnel(LATE), "webinar", "blip")
    stage.later("1 day")
    assert stage.judged() == []


def test_each_crossing_has_a_wait_of_its_own():
    stage = visit(funnel(LATE), "webinar", "score")
    stage.later("5 minutes")
    visit(stage, "cold", "score")
    stage.later("15 minutes")
    assert stage.judged() == ["reactivated"]
    stage.later("5 minutes")
    assert stage.judged() == ["reactivated", "already_engaged"]


def test_an_active_response_after_the_wait_is_already_engaged():
    stage = visit(funnel(LATE), "webinar", "score", "fair")
    stage.later("20 minutes")
    assert stage.judged() == ["already_engaged"]
    assert stage.responses == {"webinar": "attended resolved_no_action", "fair": "visited active"}


def test_a_contact_that_is_loaded_silently_above_the_threshold_crosses_nothing():
    stage = funnel(LATE, score=70)
    stage.later("1 day")
    assert stage.judged() == []
    visit(stage, "score")
    stage.later("1 day")
    assert stage.judged() == []


def test_a_new_contact_with_a_score_crosses():
    stage = funnel(LATE)
    stage.meet(triggers=True, email="bo@x.test", score=80)
    stage.later("20 minutes")
    assert stage.judged() == ["nothing"]


def test_crossing_may_ask_for_a_segment():
    hot = 'segments: {hot: score >= 65 and not in segment cold, cold: tagged "cold"}\n'
    stage = visit(funnel(hot + LATE.replace("crosses: score >= 65", "crosses: in segment hot")), "webinar")
    visit(stage, "score")
    stage.later("20 minutes")
    assert stage.judged() == ["reactivated"]


def test_when_is_asked_when_it_is_set_off_and_again_after_the_wait():
    text = LATE + '    when: country == "US"\n'
    stage = visit(funnel(text), "webinar", "score")
    stage.later("20 minutes")
    assert stage.judged() == []
    stage = visit(funnel(text, country="US"), "webinar", "score")
    stage.load(email="ana@x.test", country="DE")
    stage.later("20 minutes")
    assert stage.judged() == ["no_longer"]


def test_a_field_that_changes_sets_one_off():
    stage = visit(funnel(scenario("type: score, field_changes: industry")), "webinar", "grade", "grade")
    assert stage.judged() == ["reactivated"], "the second time it does not change"


def test_an_event_sets_an_invocable_one_off_and_its_when_sees_the_event():
    text = scenario("type: invocable, on: {event: purchase, when: event.total > 5}")
    stage = visit(funnel(text), "webinar")
    stage.event("purchase", total=5)
    assert stage.judged() == []
    stage.event("purchase", total=6)
    assert stage.judged() == ["reactivated"]
    (entry,) = stage.entries("scenario.judged")
    assert (entry.data["cause"], entry.data["by"]) == ("e3", "purchase")


def test_an_operator_sets_an_invocable_one_off_and_is_told_if_it_is_not_for_the_contact():
    text = scenario('type: invocable, when: country == "US"')
    stage = visit(funnel(text), "webinar")
    stage.reactivate("s")
    assert stage.judged() == ["its when does not hold"]
    stage.load(email="ana@x.test", country="US")
    stage.reactivate("s")
    assert stage.judged()[1:] == ["reactivated"]


@pytest.mark.parametrize(
    ("before", "page", "outcome"),
    [
        ("nurture", "open", ["reactivated"]),
        (None, "open", []),
        ("working", "open", []),
        ("nurture", "recycled", []),
    ],
)
def test_a_status_from_inactive_to_active_sets_one_off(before, page, outcome):
    given = {"status": before} if before else {}
    stage = visit(funnel(scenario("type: active_status"), mode="passive", **given), "webinar", page)
    assert stage.judged() == outcome


def test_with_an_active_response_a_status_that_becomes_active_sets_nothing_off():
    stage = visit(
        funnel(scenario("type: active_status"), mode="hybrid", score=70, status="nurture"), "webinar"
    )
    assert stage.state.fields["status"] == "open", "oncue has made it active, with the response"
    assert stage.judged() == []


def test_a_status_that_is_inactive_again_after_the_wait_does_nothing():
    stage = visit(
        funnel(scenario("type: active_status, wait: 1 hour"), mode="passive", status="nurture"),
        "webinar", "open", "nurture",
    )  # fmt: skip
    stage.later("1 hour")
    assert stage.judged() == ["no_longer"]


def test_two_at_one_instant_run_in_order_of_id_and_the_first_that_activates_wins():
    text = """
reactivation_scenarios:
  b: {type: score, crosses: score >= 65, eligible: {any: [never_reactivated]}, notify: [ana]}
  a: {type: score, crosses: score >= 60, eligible: {any: [never_reactivated]}, notify: [bo]}
"""
    stage = visit(funnel(text), "webinar", "score")
    assert [(entry.unit[-1], entry.why) for entry in stage.entries("scenario.judged")] == [
        ("a", "reactivated"),
        ("b", "already_engaged"),
    ]
    assert [effect.payload["to"] for effect in stage.effects] == [["bo@acme.test"]]


# --- which one ---


def test_the_most_recent_response_is_taken_and_every_other_one_has_a_reason():
    text = scenario("type: score, crosses: score >= 65, look_back: 10 days")
    stage = visit(funnel(text), "contact-us")
    stage.later("10 days")
    visit(stage, "webinar", "list")
    stage.later("1 day")
    visit(stage, "fair", "invited", "score")
    assert candidates(stage) == [
        {
            "fair": "taken",
            "list": "its campaign is excluded from reactivation",
            "webinar": "another one is more recent",
            "contact-us": "it is older than look_back",
        }
    ]


def test_at_one_instant_the_one_that_was_recorded_last_is_taken():
    stage = visit(funnel(scenario("type: score, crosses: score >= 65")), "webinar", "fair", "score")
    assert stage.responses["fair"] == "visited active"


@pytest.mark.parametrize(
    ("eligible", "outcome"),
    [
        ("{any: [never_reactivated]}", "nothing"),
        ("{any: [never_reactivated, {status: [resolved_inactive]}]}", "reactivated"),
        ("{all: [never_reactivated, {status: [resolved_inactive]}]}", "nothing"),
        ("{any: [{status: [resolved_won]}, {within: 3 days}]}", "reactivated"),
        ("{all: [{status: [resolved_inactive]}, {within: 3 days}]}", "reactivated"),
        ("{all: [{status: [resolved_inactive]}, {within: 2 days}]}", "nothing"),
    ],
)
def test_any_takes_what_meets_one_criterion_and_all_what_meets_every_one(eligible, outcome):
    """A response from two days ago that was made active once and has ended as inactive."""
    text = LATE + f"""  again: {{type: invocable, eligible: {eligible}}}\n"""
    stage = visit(funnel(text), "webinar", "score")
    stage.later("20 minutes")
    visit(stage, "nurture")
    stage.until("2026-03-04 09:00")
    stage.reactivate("again")
    assert stage.judged("again") == [outcome]


def test_a_member_who_has_not_responded_is_turned_only_if_no_response_is_eligible():
    text = """
reactivation_scenarios:
  s: {type: invocable, eligible: {all: [{status: [resolved_no_action]}]}, consider_non_responses: true}
"""
    stage = visit(funnel(text), "invited", "fair-invited")
    stage.later("1 day")
    stage.reactivate("s")
    assert stage.responses == {"webinar": "attended active", "fair": "invited"}
    assert stage.judged() == ["turned"]
    assert candidates(stage) == [{"webinar": "taken", "fair": "its campaign has no default_responded"}]
    member = stage.state.funnel.memberships["webinar"]
    assert (member.responded, member.reactivated) == (stage.now, stage.now)
    other = visit(funnel(text), "fair", "invited")
    other.reactivate("s")
    assert other.responses == {"fair": "visited active", "webinar": "invited"}


DEFAULT = """
reactivation_scenarios:
  s:
    type: invocable
    eligible: {any: [never_reactivated]}
    default_campaign:
      rules: [{when: country == "US", use: fair}, {when: country == "DE", use: no_action}]
      default: threshold
"""


@pytest.mark.parametrize(
    ("country", "responses", "outcome"),
    [
        ("US", {"fair": "visited active"}, "inserted"),
        ("NL", {"threshold": "reached active"}, "inserted"),
        ("DE", {}, "nothing"),
    ],
)
def test_the_default_campaign_is_chosen_by_rules_and_stamps_no_reactivation(country, responses, outcome):
    stage = funnel(DEFAULT, country=country)
    stage.reactivate("s")
    assert stage.responses == responses
    assert stage.judged() == [outcome]
    funnel_state = stage.state.funnel
    found = funnel_state.memberships.values() if funnel_state else []
    assert [each.reactivated for each in found] == [None] * len(responses)


def test_a_default_campaign_that_the_contact_was_in_takes_the_part_again():
    stage = funnel(DEFAULT, country="NL")
    stage.reactivate("s")
    visit(stage, "nurture")
    stage.later("1 day")
    stage.load(email="ana@x.test")
    assert stage.responses == {"threshold": "reached resolved_inactive"}
    text = DEFAULT.replace("any: [never_reactivated]", "all: [{status: [resolved_won]}]")
    stage.change_plan(_whole(text), _settings())
    stage.reactivate("s")
    assert stage.responses == {"threshold": "reached active"}
    assert stage.judged() == ["inserted", "inserted"]


def _whole(text: str) -> str:
    from tests.runtime.kernel.funnels import KINDS

    return KINDS + text


def _settings() -> str:
    from tests.runtime.kernel.funnels import SETTINGS

    return SETTINGS.replace("{mode}", "active")


# --- what goes with it ---


def test_fields_are_written_then_the_owner_is_given_then_people_are_told():
    text = """
reactivation_scenarios:
  s:
    type: invocable
    eligible: {any: [never_reactivated]}
    sync: {status: working, industry: tools}
    assign: {rules: [{when: industry != "tools", use: ana}], default: {round_robin: sdr}}
    notify: {to: [owner], subject: "{{ industry }}", text: "{{ email }}"}
"""
    stage = visit(funnel(text), "webinar")
    stage.reactivate("s")
    assert stage.state.fields["status"] == "working", "sync has the last word"
    assert stage.state.fields["owner"] == "ana"
    stage.meet(email="bo@x.test", owner="ana")
    visit(stage, "webinar")
    stage.reactivate("s")
    assert stage.state.fields["owner"] == "bo", "the next of the team, in the place of the old owner"
    told = [(effect.payload["to"], effect.payload["subject"]) for effect in stage.effects]
    assert told == [(["ana@acme.test"], "tools"), (["bo@acme.test"], "tools")]
    assert stage.results("reactivation_scenarios/s") == ["done default"] * 6
    assert len({effect.key for effect in stage.effects}) == 2


def test_an_action_that_fails_stops_no_other():
    text = """
reactivation_scenarios:
  s:
    type: invocable
    eligible: {any: [never_reactivated]}
    assign: {rules: [{when: score > 5, use: ana}], default: no_action}
    notify: {to: [owner], subject: x}
"""
    stage = visit(funnel(text), "webinar")
    stage.reactivate("s")
    assert stage.results("reactivation_scenarios/s") == ["no_action default", "failed default nobody to tell"]
    assert stage.responses == {"webinar": "attended active"}


# --- prompts ---

PROMPT = """
reactivation_scenarios:
  asks:
    type: response_prompt
    prompts: [contact-us]
    look_back: 30 days
    eligible: {any: [never_reactivated]}
"""


def test_a_prompt_makes_an_earlier_response_active_instead_of_being_used():
    stage = visit(funnel(PROMPT), "webinar", "contact-us")
    assert stage.responses == {"webinar": "attended active"}
    assert stage.judged() == ["reactivated"]


def test_a_prompt_with_nothing_to_reactivate_is_an_ordinary_response():
    stage = visit(funnel(PROMPT, score=70), "contact-us")
    assert stage.responses == {"contact-us": "asked active"}
    assert stage.judged() == ["nothing"]
    assert visit(funnel(PROMPT), "contact-us").responses == {"contact-us": "asked resolved_no_action"}


def test_a_prompt_with_an_active_response_is_an_ordinary_response():
    stage = visit(funnel(PROMPT, score=70), "webinar", "contact-us")
    assert stage.responses == {"webinar": "attended active", "contact-us": "asked resolved_already_engaged"}
    assert stage.judged() == ["already_engaged"]


def test_a_prompt_that_waits_is_recorded_after_the_wait():
    stage = visit(funnel(PROMPT + "    wait: 1 hour\n"), "contact-us")
    assert stage.responses == {}
    stage.later("30 minutes")
    visit(stage, "score")
    stage.later("30 minutes")
    assert stage.responses == {"contact-us": "asked active"}, "judged when it is recorded"


def test_a_prompt_prefers_a_response_that_qualified_to_a_more_recent_one():
    stage = visit(funnel(PROMPT.replace("any: [n", "any: [{within: 9 days}, n"), score=70), "webinar")
    stage.later("1 day")
    visit(stage, "cold", "nurture", "fair", "contact-us")
    assert stage.responses == {"webinar": "attended active", "fair": "visited resolved_no_action"}
    assert candidates(stage) == [{"webinar": "taken", "fair": "one that qualified comes first"}]


def test_of_two_scenarios_of_a_prompt_the_last_that_finds_nothing_records_it():
    text = (
        PROMPT
        + """
  again: {type: response_prompt, prompts: [contact-us], wait: 1 day, eligible: {any: [never_reactivated]}}
"""
    )
    stage = visit(funnel(text), "contact-us")
    assert (stage.responses, stage.judged()) == ({}, ["nothing"])
    stage.later("1 day")
    assert stage.responses == {"contact-us": "asked resolved_no_action"}
    stage = visit(funnel(text), "contact-us", "fair", "contact-us")
    stage.later("1 day")
    assert stage.judged() == ["nothing", "reactivated", "already_engaged", "already_engaged"]
    assert stage.responses == {"fair": "visited active", "contact-us": "asked resolved_already_engaged"}


def test_a_scenario_whose_when_does_not_hold_leaves_the_prompt_alone():
    stage = visit(funnel(PROMPT + '    when: country == "US"\n'), "webinar", "contact-us")
    assert stage.responses == {
        "webinar": "attended resolved_no_action",
        "contact-us": "asked resolved_no_action",
    }
    assert stage.judged() == []


# --- two that are one, plans that change ---


def test_of_two_active_responses_the_one_that_was_engaged_first_stays():
    stage = visit(funnel(score=70), "fair")
    stage.later("1 day")
    stage.meet(email="bo@x.test", score=70)
    visit(stage, "webinar", "fair", "contact-us")
    merge(stage)
    assert stage.responses == {
        "fair": "visited active",
        "webinar": "attended resolved_already_engaged",
        "contact-us": "asked resolved_already_engaged",
    }


def merge(stage):
    """bo turns out to be ana."""
    from oncue.runtime.kernel.contact import identity

    other = stage.states.pop("email:bo@x.test")
    stage.turn_to("ana@x.test")
    stage.take(identity.merge(stage.program, stage.state, other, stage.now))


def test_deals_and_waits_go_over_to_the_survivor():
    stage = visit(funnel(LATE, score=70), "deal", "webinar", "nurture")
    stage.meet(email="bo@x.test")
    visit(stage, "fair", "score", "contact-us", "deal")
    merge(stage)
    assert stage.responses == {
        "webinar": "attended resolved_inactive",
        "fair": "visited resolved_no_action",
        "contact-us": "asked active",
    }
    stage.later("20 minutes")
    assert stage.judged() == ["already_engaged"]
    assert visit(stage, "win").responses["contact-us"] == "asked resolved_won"


def test_an_erased_contact_is_counted_nowhere():
    from oncue.runtime.kernel.contact import identity

    stage = visit(funnel(LATE), "webinar", "score", "fair")
    stage.take(identity.erase(stage.program, stage.state, stage.now))
    assert stage.state.funnel is None
    present = {
        name: number
        for (_, _, name), number in stage.counts.items()
        if name.startswith(("response/", "waiting"))
    }
    assert set(present.values()) == {0}


def test_a_scenario_that_is_gone_waits_no_more_and_its_prompt_is_recorded():
    waiting = PROMPT + "    wait: 1 hour\n"
    stage = visit(funnel(waiting), "contact-us")
    stage.change_plan(_whole(""), _settings())
    assert stage.responses == {"contact-us": "asked resolved_no_action"}
    assert [(entry.result, entry.why) for entry in stage.entries("scenario.judged")] == [
        ("cancelled", "the scenario is gone")
    ]
    stage.later("1 hour")


def test_a_scenario_with_another_name_waits_on_and_a_changed_wait_counts_what_has_passed():
    stage = visit(funnel(LATE), "webinar", "score")
    stage.later("15 minutes")
    renamed = LATE.replace("  late-score:\n", "  late:\n    was: late-score\n").replace("20 min", "30 min")
    stage.change_plan(_whole(renamed), _settings())
    stage.later("14 minutes")
    assert stage.judged() == []
    stage.later("1 minute")
    assert stage.judged("late") == ["reactivated"]


def test_a_campaign_with_another_name_keeps_its_members_and_one_that_is_gone_its_record():
    stage = visit(funnel(scenario("type: invocable")), "fair", "list")
    text = _whole(scenario("type: invocable"))
    renamed = text.replace("  list: {statuses", "  leads: {was: list, statuses")
    stage.change_plan(renamed.replace("record_response: list", "record_response: leads"), _settings())
    assert stage.responses == {
        "fair": "visited resolved_no_action",
        "leads": "answered resolved_no_action",
    }
    gone = "\n".join(line for line in text.splitlines() if not line.startswith("  list:"))
    stage.change_plan(gone, _settings())
    stage.reactivate("s")
    assert stage.responses["fair"] == "visited active"
    assert candidates(stage) == [{"leads": "its campaign is gone", "fair": "taken"}]


def test_a_crosses_that_holds_by_the_new_plan_is_no_edge():
    stage = visit(funnel(score=50), "webinar")
    stage.change_plan(_whole(LATE.replace("score >= 65", "score >= 40")), _settings())
    stage.later("1 day")
    visit(stage, "score")
    stage.later("1 day")
    assert stage.judged() == []
    stage.change_plan(_whole(LATE.replace("score >= 65", "score >= 200")), _settings())
    visit(stage, "score", "score")
    stage.later("20 minutes")
    assert stage.judged() == ["reactivated"]


def test_a_paused_scenario_hears_nothing_and_what_waits_goes_on():
    stage = visit(funnel(LATE), "webinar", "score")
    stage.pause("reactivation_scenarios/late-score")
    visit(stage, "cold", "score")
    stage.later("1 hour")
    assert stage.judged() == ["reactivated"]
