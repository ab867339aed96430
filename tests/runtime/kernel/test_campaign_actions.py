"""Starting and ending campaigns by a step or a fulfillment action; how far one input may go."""

from __future__ import annotations

import pytest

from oncue.runtime.kernel.turn import MAX_STARTS
from tests.runtime.kernel.stage import Stage


def campaigns(**steps: str) -> str:
    """Campaigns by id; each text is its body in flow form. Every purchase enters `a`."""
    body = "".join(f"  {name}: {{{text}}}\n" for name, text in steps.items())
    form = "web_forms:\n  f: {on_submission: [{start_campaign: b}, {add_tag: behind}]}\n"
    return f"{form}campaigns:\n{body}"


B = "steps: [{wait: 9 days}]"
A = "starts_when: [{event: purchase}], runs: every_time"


def begun(text: str) -> Stage:
    stage = Stage(text)
    stage.event("purchase")
    return stage


def happened(stage: Stage) -> list[str]:
    """What became of campaigns, in order: ``entered a``, ``ended b end_campaign``."""
    return [
        " ".join(
            word for word in (entry.what.partition(".")[2], entry.unit.partition("/")[2], entry.why) if word
        )
        for entry in stage.audit
        if entry.what.startswith("campaign.")
    ]


def test_a_step_starts_another_campaign_in_the_same_input_and_the_member_goes_on() -> None:
    stage = begun(
        campaigns(
            a=f"{A}, steps: [{{start_campaign: b}}, {{add_tag: on}}, {{wait: 1 day}}]",
            b="steps: [{wait: 2 days}]",
        )
    )
    assert stage.places == [("a", "wait"), ("b", "wait")]
    assert happened(stage) == ["entered a starts_when 1", "entered b start_campaign"]
    assert "on" in stage.state.tags
    assert stage.results("campaigns/a", "start_campaign") == ["done default"]


def test_what_members_start_enters_with_the_rounds_other_starts_by_campaign_id() -> None:
    text = campaigns(
        a=f"{A}, steps: [{{wait: 1 day}}, {{start_campaign: c}}]",
        b="starts_when: [{date: {field: trial_ends}}], steps: [{wait: 9 days}]",
        c="steps: [{wait: 9 days}]",
        d="starts_when: [{date: {field: trial_ends}}], steps: [{wait: 9 days}]",
    )
    stage = Stage(text, contact={"email": "ana@x.test", "trial_ends": "2026-03-03T09:00:00"})
    stage.event("purchase")
    stage.later("1 day")
    assert happened(stage)[1:] == [
        "ended a last step", "entered b starts_when 1", "entered c start_campaign", "entered d starts_when 1",
    ]  # fmt: skip


def test_a_start_obeys_runs_and_the_refusal_is_recorded() -> None:
    stage = begun(campaigns(a=f"{A}, steps: [{{start_campaign: b}}]", b="steps: [{add_tag: b}]"))
    stage.event("purchase")
    assert happened(stage)[-1] == "refused b runs once"
    assert stage.count("campaigns/b", "", "refused:runs once") == 1


def test_a_start_is_refused_where_the_contact_is_inside_or_the_exit_holds_already() -> None:
    text = campaigns(
        a=f"{A}, steps: [{{start_campaign: b}}]",
        b='runs: every_time, exit_when: tagged "stop", steps: [{wait: 9 days}]',
    )
    stage = begun(text)
    stage.event("purchase")
    assert happened(stage)[-1] == "refused b already inside"
    stage.load(email=stage.who, tags="stop")
    stage.event("purchase")
    assert happened(stage)[-1] == "refused b exit_when holds already"


def test_a_fulfillment_action_starts_a_campaign_behind_all_actions_of_its_list() -> None:
    stage = Stage(
        campaigns(
            a=f"{A}, steps: [{{add_tag: x}}]", b='steps: [{if: tagged "behind", then: [{add_tag: saw}]}]'
        )
    )
    stage.event("web_form.submission of f")
    assert stage.state.tags == {"behind", "saw"}
    assert stage.results("web_forms/f/on_submission")[0] == "done default"


def test_a_paused_campaign_takes_the_contact_in_and_keeps_it_before_its_first_step() -> None:
    stage = Stage(
        campaigns(a=f"{A}, steps: [{{start_campaign: b}}]", b="steps: [{add_tag: b}]"), paused=["campaigns/b"]
    )
    stage.event("purchase")
    assert stage.places == [("b", "add_tag")]
    stage.resume()
    assert stage.state.tags == {"b"}


def test_end_campaign_takes_the_contact_out_and_its_messages_back() -> None:
    text = campaigns(
        a=f"{A}, steps: [{{send_email: invite}}, {{wait: 9 days}}]",
        b="starts_when: [{tag_added: stop}], steps: [{end_campaign: a}, {wait: 1 day}]",
    )
    stage = begun(text)
    stage.load(email=stage.who, tags="stop", triggers=True)
    assert stage.places == [("b", "wait")]
    assert stage.cancelled == [stage.effects[0].key]
    assert happened(stage)[-1] == "ended a end_campaign"
    assert stage.results("campaigns/a", "wait")[-1] == "cancelled default end_campaign"
    assert stage.count("campaigns/a", "wait", "removed") == 1


def test_end_campaign_where_nobody_is_inside_is_done_and_says_so() -> None:
    stage = begun(campaigns(a=f"{A}, steps: [{{end_campaign: b}}]", b="steps: [{wait: 1 day}]"))
    assert stage.results("campaigns/a", "end_campaign") == ["done default not inside"]


def test_end_campaign_others_ends_all_but_its_own() -> None:
    text = campaigns(
        a=f"{A}, steps: [{{wait: 9 days}}]",
        b=f"{A}, steps: [{{wait: 1 day}}, {{end_campaign: others}}, {{wait: 2 days}}]",
        c=f"{A}, steps: [{{wait: 9 days}}]",
    )
    stage = begun(text)
    stage.later("1 day")
    assert stage.places == [("b", "wait-2")]
    assert happened(stage)[-2:] == ["ended a end_campaign", "ended c end_campaign"]
    (entry,) = stage.entries("action", "campaigns/b", "end_campaign")
    assert entry.data == {"campaigns": ["a", "c"]}


def test_a_member_that_another_ends_takes_no_step_of_its_own_in_that_round() -> None:
    text = campaigns(
        a=f"{A}, steps: [{{wait: 1 day}}, {{end_campaign: others}}]",
        b=f"{A}, steps: [{{wait: 1 day}}, {{add_tag: b}}]",
    )
    stage = begun(text)
    stage.later("1 day")
    assert stage.state.tags == set()
    assert stage.places == []


def test_a_step_that_ends_its_own_campaign_ends_its_member_with_its_messages() -> None:
    a = f"{A}, steps: [{{send_email: invite}}, {{end_campaign: a}}, {{add_tag: on}}]"
    stage = begun(campaigns(a=a, b=B))
    assert stage.places == []
    assert stage.state.tags == set()
    assert happened(stage)[-1] == "ended a end_campaign"
    assert stage.cancelled == [stage.effects[0].key]


def test_a_fulfillment_action_ends_all_others() -> None:
    text = campaigns(a=f"{A}, steps: [{{wait: 9 days}}]", b=f"{A}, steps: [{{wait: 9 days}}]")
    stage = begun(text.replace("start_campaign: b", "end_campaign: others"))
    stage.event("web_form.submission of f")
    assert stage.places == []


def test_a_failed_action_starts_campaigns_by_campaign_by_step_and_anywhere() -> None:
    text = campaigns(
        a=f"{A}, steps: [{{update_contact: {{copy: {{size: industry}}}}}}]",
        b="starts_when: [{action_failed: {campaign: a, step: update_contact}}], steps: [{add_tag: b}]",
        c="starts_when: [{action_failed: a}], steps: [{add_tag: c}]",
        d="starts_when: [{action_failed: {}}], steps: [{add_tag: d}]",
        e="starts_when: [{action_failed: b}], steps: [{add_tag: e}]",
    )
    stage = Stage(text, contact={"email": "ana@x.test", "industry": "retail"})
    stage.event("purchase")
    assert stage.state.tags == {"b", "c", "d"}


@pytest.mark.parametrize("letters", [False, True])
def test_one_input_starts_at_most_twenty_campaigns_even_over_letters(letters: bool) -> None:
    """Two campaigns that start each other, with and without a question to the split on the way."""
    split = (
        "{split_test: {paths: {x: [], y: []}, match: score > 1, decide: {contacts: 9}}}, " if letters else ""
    )
    text = campaigns(
        a=f"{A}, steps: [{split}{{remove_tag: t}}, {{add_tag: u}}]",
        b="starts_when: [{tag_added: u}], runs: every_time, steps: [{remove_tag: u}, {add_tag: t}]",
    ).replace("starts_when: [{event: purchase}]", "starts_when: [{event: purchase}, {tag_added: t}]")
    stage = begun(text)
    entered = [what for what in happened(stage) if what.startswith("entered")]
    assert len(entered) == MAX_STARTS
    assert [entry.why for entry in stage.entries("cascade_limit")] == ["20 starts"]
    stage.event("purchase")
    assert len([what for what in happened(stage) if what.startswith("entered")]) > MAX_STARTS, "a new input"
