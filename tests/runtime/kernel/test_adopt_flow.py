"""Changed plans, as far as splits, goals, deferred actions and those inside are concerned."""

from __future__ import annotations

import pytest

from oncue.runtime.kernel.adoption.doubts import doubts
from oncue.runtime.kernel.entities.kept import SplitState
from oncue.runtime.plans.guard import holders_of
from oncue.schemas.plan import Plan
from tests.runtime.kernel.stage import Stage, plan_of

HEAD = "campaigns:\n  c:\n    starts_when: [{event: purchase}]\n    runs: every_time\n    steps:\n"
TEST = """      - id: ab
        split_test:
          paths:
            a: [{wait: 2 days}, {add_tag: was-a}]
            b: [{wait: 2 days}, {if: score > 3, then: [{id: deep, wait: 3 days}]}, {add_tag: was-b}]
          match: tagged "won"
          decide: {contacts: 20}
      - id: goal
        goal: {name: won, when: tagged "won", at_most: 30 days}
"""
TEXT = HEAD + TEST


def crowd(text: str, number: int = 12, **given: str) -> Stage:
    stage = Stage(text, contact=None, **given)  # type: ignore[arg-type]
    for each in range(number):
        stage.meet(email=f"c{each}@x.test", score=each)
        stage.event("purchase")
    return stage


def split_of(stage: Stage, name: str = "split/c/ab") -> SplitState:
    state = stage.entities[name]
    assert isinstance(state, SplitState)
    return state


def held(stage: Stage, text: str) -> list[tuple[str, str, str, int]]:
    """What is in doubt, and how many contacts it concerns: why, step, to, number."""
    old, new = stage.program.plan, plan_of(text)
    return [
        (doubt.why, doubt.name, doubt.to, number)
        for doubt, number in holders_of(doubts(old, new), stage.states.values())
    ]


def on_path(stage: Stage, path: str) -> int:
    return sum(state.paths["c/ab"] == path for state in stage.states.values())


# --- splits ---------------------------------------------------------------------------------------


def test_a_split_that_gets_another_id_keeps_paths_trials_counts_and_its_decision() -> None:
    stage = crowd(TEXT)
    before = {key: state.paths["c/ab"] for key, state in stage.states.items()}
    state = split_of(stage)
    stage.change_plan(TEXT.replace("id: ab\n", "id: new\n        was: ab\n"))
    assert {key: state.paths for key, state in stage.states.items()} == {
        key: {"c/new": path} for key, path in before.items()
    }
    assert split_of(stage, "split/c/new") == state
    assert "split/c/ab" not in stage.entities
    stage.load(email=stage.who, tags="won")
    assert sum(split_of(stage, "split/c/new").matched.values()) == 1
    assert stage.count("campaigns/c", "new", "entered") == 12


def test_a_campaign_that_gets_another_id_does_too() -> None:
    stage = crowd(TEXT)
    stage.change_plan(TEXT.replace("  c:\n", "  d:\n    was: c\n"))
    assert all(list(state.paths) == ["d/ab"] for state in stage.states.values())
    assert sum(split_of(stage, "split/d/ab").arrived.values()) == 12
    stage.load(email=stage.who, tags="won")
    assert sum(split_of(stage, "split/d/ab").matched.values()) == 1


def test_a_past_stay_of_a_trial_follows_a_rename_and_still_matches() -> None:
    stage = crowd(TEXT.replace("30 days", "0 days"), 1)
    stage.later("20 days")
    assert stage.places == []
    stage.change_plan(TEXT.replace("  c:\n", "  d:\n    was: c\n"))
    stage.load(email=stage.who, tags="won")
    assert sum(split_of(stage, "split/d/ab").matched.values()) == 1


@pytest.mark.parametrize(
    "decide", ["contacts: 10", "date: 2026-03-02"], ids=["enough have come", "the date is past"]
)
def test_a_split_that_would_be_decided_by_the_new_plan_is_decided_when_it_takes_effect(decide: str) -> None:
    stage = crowd(TEXT)
    assert split_of(stage).decided_at is None
    stage.change_plan(TEXT.replace("contacts: 20", decide))
    assert split_of(stage).decided_at == stage.now
    assert len(stage.entries("split.decided")) == 1


def test_what_is_decided_stays_so_and_a_new_date_sets_the_timer() -> None:
    stage = crowd(TEXT.replace("contacts: 20", "contacts: 5"))
    winner = split_of(stage)
    stage.change_plan(TEXT)
    assert split_of(stage) == winner
    other = crowd(TEXT)
    other.change_plan(TEXT.replace("contacts: 20", "date: 2026-03-05"))
    assert split_of(other).wake == other.instant("2026-03-05 00:00")
    other.change_plan(TEXT)
    assert split_of(other).wake is None


def test_a_winning_path_that_is_gone_leaves_the_best_of_the_others() -> None:
    paths = "{paths: {a: [], b: [], c: []}, match: score > 5, decide: {contacts: 3}}"
    text = f"{HEAD}      - {{id: ab, split_test: {paths}}}\n"
    stage = crowd(text, 3)
    assert split_of(stage).winner == "a"
    stage.change_plan(text.replace("a: [], ", ""))
    stage.meet(email="late@x.test")
    stage.event("purchase")
    assert stage.state.paths == {"c/ab": "b"}


def test_a_removed_path_is_refused_while_somebody_stands_in_it_however_deep() -> None:
    stage = crowd(TEXT)
    stage.later("2 days")  # some stand in the wait of the branch
    gone = "\n".join(line for line in TEXT.splitlines() if "            b:" not in line) + "\n"
    gone = gone.replace("            a: [", "            c: [{add_tag: c}]\n            a: [")
    inside = sum(member.step == "deep" for state in stage.states.values() for member in state.members)
    assert inside > 0
    assert held(stage, gone) == [("path", "ab", "b", inside)]
    stage.later("9 days")
    assert held(stage, gone) == []


def test_a_removed_path_is_no_matter_to_those_who_have_left_it_and_they_draw_anew() -> None:
    stage = crowd(TEXT.replace("contacts: 20", "contacts: 99"))
    stage.later("60 days")
    gone = TEXT.replace("            b: [", "            c: [").replace("was-b", "was-c")
    who = next(key for key, state in stage.states.items() if state.paths["c/ab"] == "b")
    stage.change_plan(gone)
    stage.turn_to(who.partition(":")[2])
    stage.event("purchase")
    assert stage.state.paths["c/ab"] in ("a", "c")


def test_a_new_path_is_for_those_who_come_later() -> None:
    stage = crowd(TEXT)
    before = {key: state.paths for key, state in stage.states.items()}
    stage.change_plan(TEXT.replace("            a: [", "            z: [{add_tag: z}]\n            a: ["))
    assert {key: state.paths for key, state in stage.states.items()} == before


def test_a_step_put_before_a_split_moves_nobodys_path() -> None:
    text = HEAD + "      - split_paths: {paths: {a: [{wait: 9 days}], b: [{wait: 9 days}]}}\n"
    new = HEAD + "      - add_tag: first\n" + text.removeprefix(HEAD)
    old: Plan = plan_of(text)
    assert doubts(old, plan_of(new)) == []


# --- goals ----------------------------------------------------------------------------------------


GOAL = """      - id: w
        wait: 10 days
      - id: g
        goal: {name: won, when: tagged "won"%s}
      - id: x
        wait: 1 day
"""


def begun(more: str = "") -> Stage:
    stage = Stage(HEAD + GOAL % more)
    stage.event("purchase")
    return stage


def test_a_new_goal_that_holds_already_is_jumped_to_when_the_plan_takes_effect() -> None:
    stage = Stage(HEAD + "      - {id: w, wait: 10 days}\n      - {id: x, wait: 1 day}\n")
    stage.load(email=stage.who, tags="won")
    stage.event("purchase")
    stage.change_plan(HEAD + GOAL % "")
    assert stage.places == [("c", "x")]


def test_who_waits_at_a_goal_that_is_gone_goes_to_the_next_step() -> None:
    stage = begun()
    stage.later("10 days")
    assert stage.places == [("c", "g")]
    stage.change_plan(HEAD + "      - {id: w, wait: 10 days}\n      - {id: x, wait: 1 day}\n")
    assert stage.places == [("c", "x")]
    assert stage.results("campaigns/c", "g")[-1] == "cancelled default the step is gone"


def test_a_limit_that_comes_with_the_new_plan_counts_from_the_arrival() -> None:
    stage = begun()
    stage.later("13 days")
    stage.change_plan(HEAD + GOAL % ", at_most: 5 days")
    assert stage.places == [("c", "g")]
    stage.later("47 hours")
    assert stage.places == [("c", "g")]
    stage.later("1 hour")
    assert stage.places == [("c", "x")]


def test_a_goal_that_lets_go_on_now_lets_those_go_on_who_wait() -> None:
    stage = begun()
    stage.later("10 days")
    stage.change_plan(HEAD + GOAL % ", unmet: continue")
    assert stage.places == [("c", "x")]
    assert len(stage.entries("goal.skipped")) == 1


def test_an_achieved_goal_that_gets_another_id_is_not_achieved_again() -> None:
    stage = begun(", from: anywhere")
    stage.load(email=stage.who, tags="won")
    assert stage.places == [("c", "x")]
    stage.change_plan(HEAD + (GOAL % ", from: anywhere").replace("id: g\n", "id: h\n        was: g\n"))
    assert stage.places == [("c", "x")]
    assert len(stage.entries("goal.achieved")) == 1


def test_a_goal_that_time_meets_has_its_timer_under_the_new_plan() -> None:
    stage = Stage(HEAD + (GOAL % "").replace('tagged "won"', "last(purchase) older than 3 days"))
    stage.event("purchase")
    stage.change_plan(HEAD + (GOAL % "").replace('tagged "won"', "last(purchase) older than 2 days"))
    stage.later("47 hours")
    assert stage.places == [("c", "w")]
    stage.later("1 hour")
    assert stage.places == [("c", "x")]


# --- what is deferred -----------------------------------------------------------------------------


FORM = """
web_forms:
  f:
    on_submission:
      - {id: mail, send_email: invite}
      - {add_tag: seen}
"""
NIGHT = "policies: {quiet_hours: {from: '21:00', to: '08:00'}}\n"


def deferred() -> Stage:
    stage = Stage(FORM, settings=NIGHT, now="2026-03-02 22:00")
    stage.event("web_form.submission of f")
    assert stage.sent == []
    assert len(stage.state.errands) == 1
    return stage


def test_a_deferred_action_that_is_gone_is_cancelled() -> None:
    stage = deferred()
    stage.change_plan(FORM.replace("      - {id: mail, send_email: invite}\n", ""), NIGHT)
    assert stage.state.errands == []
    assert stage.state.wake is None
    assert stage.results("web_forms/f/on_submission", "mail")[-1] == "cancelled default the action is gone"


def test_a_deferred_action_that_gets_another_id_goes_on_under_it() -> None:
    stage = deferred()
    stage.change_plan(FORM.replace("id: mail", "id: letter, was: mail"), NIGHT)
    stage.later("11 hours")
    assert stage.sent == ["invite"]
    assert stage.count("web_forms/f/on_submission", "letter", "done/default") == 1


def test_without_quiet_hours_it_leaves_at_its_instant_all_the_same() -> None:
    stage = deferred()
    stage.change_plan(FORM)
    stage.later("11 hours")
    assert stage.sent == ["invite"]


def test_two_contacts_that_turn_out_to_be_one_send_what_each_had_deferred() -> None:
    from oncue.runtime.kernel.contact.identity import merge

    stage = deferred()
    first = stage.state
    stage.meet(email="bo@x.test", subscribed=["prospects"])
    stage.event("web_form.submission of f")
    outcome = merge(stage.program, first, stage.state, stage.now)
    assert len({errand.id for errand in outcome.state.errands}) == 2
    assert outcome.state.wake == stage.instant("2026-03-03 08:00")
