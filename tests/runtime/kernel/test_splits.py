"""Splits: which path a contact takes, and when contacts decide together."""

from __future__ import annotations

from collections import Counter

import pytest

from oncue.runtime.kernel.entities.kept import SplitState
from tests.runtime.kernel.stage import Stage


def plan(split: str, after: str = "", **more: str) -> str:
    """A campaign that every purchase enters, whose first step is the split `s`."""
    body = "\n".join("        " + line for line in split.strip().splitlines())
    rest = "\n".join("      - " + line for line in after.strip().splitlines() if line)
    head = "".join(f"    {key}: {value}\n" for key, value in more.items())
    start = "campaigns:\n  c:\n    starts_when: [{event: purchase}]\n"
    return f"{start}{head}    steps:\n      - id: s\n{body}\n{rest}\n"


TEST = """
split_test:
  paths:
    a: [{wait: 1 day}, {add_tag: was-a}]
    b: [{wait: 1 day}, {add_tag: was-b}]
  match: score >= 50
  decide: {%s}
"""
UNTIL = """
split_until:
  until: {%s}
  before: [{add_tag: early}]
  after: [{add_tag: late}]
"""


def crowd(text: str, number: int, **more: str) -> Stage:
    """So many contacts, c0, c1, ..., who all came by buying, in this order."""
    stage = Stage(text, contact=None, **more)  # type: ignore[arg-type]
    for each in range(number):
        come(stage, each)
    return stage


def come(stage: Stage, number: int) -> str:
    """The next contact; the path that it took."""
    stage.meet(email=f"c{number}@x.test")
    stage.event("purchase")
    return stage.state.paths["c/s"]


def split_of(stage: Stage) -> SplitState:
    state = stage.entities["split/c/s"]
    assert isinstance(state, SplitState)
    return state


# --- drawn ----------------------------------------------------------------------------------------


def test_paths_are_drawn_evenly_and_a_contact_keeps_its_path_across_entries() -> None:
    text = plan("split_paths: {paths: {a: [{wait: 1 day}], b: [{wait: 1 day}], c: []}}", runs="every_time")
    stage = crowd(text, 300)
    drawn = Counter(state.paths["c/s"] for state in stage.states.values())
    assert set(drawn) == {"a", "b", "c"}
    assert min(drawn.values()) > 70
    before = {key: state.paths["c/s"] for key, state in stage.states.items()}
    stage.later("2 days")
    stage.turn_to("c0@x.test")
    stage.event("purchase")
    assert stage.state.paths["c/s"] == before[stage.key]
    assert stage.walked("c").count("s") == 301
    assert sum(stage.count("campaigns/c", "s", f"path:{name}") for name in "abc") == 301


def test_percentages_are_kept_to_the_last_digit() -> None:
    text = plan(
        "split_paths: {paths: {rare: {percent: 0.5, steps: []}, "
        "some: {percent: 19.5, steps: []}, most: {percent: 80, steps: []}}}"
    )
    drawn = Counter(state.paths["c/s"] for state in crowd(text, 1000).states.values())
    assert drawn["most"] > 760
    assert 150 < drawn["some"] < 250
    assert drawn["rare"] < 20


def test_another_step_draws_anew_for_the_same_contact() -> None:
    two = "{id: t, split_paths: {paths: {a: [], b: []}}}"
    stage = crowd(plan("split_paths: {paths: {a: [], b: []}}", two), 40)
    same = [state.paths["c/s"] == state.paths["c/t"] for state in stage.states.values()]
    assert 5 < sum(same) < 35


def test_a_goto_back_into_a_split_takes_the_same_path_again() -> None:
    stage = Stage(plan("split_paths: {paths: {a: [{wait: 1 day}], b: [{wait: 1 day}]}}", "goto: s"))
    stage.event("purchase")
    path = stage.state.paths["c/s"]
    stage.later("2 days")
    assert stage.walked("c") == ["s", f"s/{path}/wait", "goto"] * 2 + ["s", f"s/{path}/wait"]
    assert stage.count("campaigns/c", "s", f"path:{path}") == 3


def test_a_split_in_a_path_of_a_split_is_drawn_for_itself() -> None:
    inner = "{id: in, split_paths: {paths: {x: [{add_tag: x}], y: [{add_tag: y}]}}}"
    stage = crowd(plan(f"split_paths: {{paths: {{a: [{inner}], b: [{{add_tag: b}}]}}}}", "wait: 1 day"), 40)
    tags = Counter(next(iter(state.tags)) for state in stage.states.values())
    assert set(tags) == {"x", "y", "b"}
    assert stage.count("campaigns/c", "s", "path:a") == stage.count("campaigns/c", "in", "entered")


# --- split_test -----------------------------------------------------------------------------------


def test_the_nth_contact_takes_its_own_path_and_decides() -> None:
    stage = crowd(plan(TEST % "contacts: 4"), 3)
    assert split_of(stage).decided_at is None
    come(stage, 3)
    state = split_of(stage)
    assert state.decided_at == stage.now
    assert sum(state.arrived.values()) == 4
    assert state.winner == "a", "nobody matched: the first path"
    assert {come(stage, number) for number in range(4, 16)} == {"a"}
    assert sum(split_of(stage).arrived.values()) == 4


def test_the_winner_has_the_highest_rate_not_the_most_matches() -> None:
    stage = Stage(plan(TEST % "contacts: 12"), contact=None)
    by_path: dict[str, list[str]] = {"a": [], "b": []}
    for number in range(11):
        by_path[come(stage, number)].append(stage.who)
    low, high = sorted(by_path, key=lambda path: len(by_path[path]))
    assert len(by_path[low]) < len(by_path[high])
    for who in by_path[low][:2] + by_path[high][:2]:
        stage.turn_to(who)
        stage.load(email=who, score=60)
    come(stage, 11)
    state = split_of(stage)
    rates = {path: state.matched[path] / state.arrived[path] for path in ("a", "b")}
    assert state.matched == {"a": 2, "b": 2}
    assert state.winner == max(rates, key=lambda path: rates[path])
    (told,) = stage.entries("split.decided")
    assert told.data["winner"] == state.winner
    assert told.why == "contacts"


def test_a_tie_goes_to_the_first_path() -> None:
    stage = Stage(plan(TEST % "matches: 2"), contact=None)
    paths: dict[str, str] = {}
    number = 0
    while set(paths) != {"a", "b"}:
        path = come(stage, number)
        if path not in paths:
            paths[path] = stage.who
        number += 1
    before = split_of(stage).arrived
    while before["a"] != before["b"]:
        come(stage, number)
        number += 1
        before = split_of(stage).arrived
    for path in ("b", "a"):
        stage.turn_to(paths[path])
        stage.load(email=paths[path], score=60)
    assert split_of(stage).winner == "a"
    assert stage.entries("split.decided")[0].why == "matches"


def test_a_match_is_counted_once_and_only_until_the_decision() -> None:
    stage = crowd(plan(TEST % "contacts: 3"), 2)
    for score in (60, 10, 70):
        stage.load(email=stage.who, score=score)
    assert sum(split_of(stage).matched.values()) == 1
    come(stage, 2)
    decided = split_of(stage)
    stage.turn_to("c0@x.test")
    stage.load(email="c0@x.test", score=90)
    assert split_of(stage) == decided


def test_a_condition_that_holds_when_the_path_is_taken_is_a_match() -> None:
    stage = Stage(plan(TEST % "contacts: 9"), contact={"email": "ana@x.test", "score": 70})
    stage.event("purchase")
    assert split_of(stage).matched == {stage.state.paths["c/s"]: 1}
    assert stage.state.trials == []


def test_who_has_left_the_campaign_still_matches_and_its_message_still_counts() -> None:
    split = """
split_test:
  paths: {a: [{id: m, send_email: invite}], b: [{id: n, send_email: invite}]}
  match: did email.open of step m or did email.open of step n
  decide: {contacts: 5}
"""
    stage = Stage(plan(split))
    stage.event("purchase")
    assert stage.places == []
    stage.later("2 days")
    stage.event("email.open of invite")
    assert split_of(stage).matched == {stage.state.paths["c/s"]: 1}
    assert stage.state.trials == []


def test_history_since_start_counts_for_a_stay_that_is_over() -> None:
    split = """
split_test:
  paths: {a: [], b: []}
  match: did web_form.submission of demo-request since start
  decide: {contacts: 5}
"""
    stage = Stage(plan(split))
    stage.event("web_form.submission of demo-request")
    stage.event("purchase")
    assert split_of(stage).matched == {}
    stage.later("30 days")
    stage.event("web_form.submission of demo-request")
    assert sum(split_of(stage).matched.values()) == 1


def test_a_condition_that_time_alone_makes_true_is_a_match_at_its_instant() -> None:
    split = (
        "split_test: {paths: {a: [], b: []}, match: last(purchase) older than 2 days, decide: {contacts: 5}}"
    )
    stage = Stage(plan(split))
    stage.event("purchase")
    stage.later("47 hours")
    assert split_of(stage).matched == {}
    stage.later("1 hour")
    assert sum(split_of(stage).matched.values()) == 1


def test_a_date_decides_by_itself_and_an_arrival_at_it_finds_it_decided() -> None:
    text = plan(TEST % "date: 2026-03-04")
    stage = crowd(text, 3)
    loser = "b"
    matching = next(key for key, state in stage.states.items() if state.paths["c/s"] == loser)
    stage.turn_to(matching.partition(":")[2])
    stage.load(email=stage.who, score=60)
    stage.until("2026-03-03 23:59")
    assert split_of(stage).decided_at is None
    stage.until("2026-03-04 00:00")
    assert split_of(stage).decided_at == stage.now
    assert split_of(stage).winner == loser
    assert split_of(stage).wake is None
    assert stage.entries("split.decided")[0].why == "date"


def test_an_event_at_the_very_date_comes_before_the_timer_and_takes_the_outcome() -> None:
    stage = crowd(plan(TEST % "date: 2026-03-04"), 2)
    stage.until("2026-03-03 23:59")
    counted = split_of(stage).arrived
    stage.now = stage.instant("2026-03-04 00:00")
    stage.turn_to("c0@x.test")
    stage.load(email="c0@x.test", score=99)
    assert split_of(stage).matched == {}, "a match at the date comes too late"
    assert come(stage, 2) == "a"
    assert split_of(stage).arrived == counted


def test_a_date_that_passes_before_anybody_has_come_makes_the_first_path_win() -> None:
    stage = Stage(plan(TEST % "date: 2026-03-04"), now="2026-03-09 09:00")
    stage.event("purchase")
    assert stage.state.paths == {"c/s": "a"}
    assert split_of(stage).arrived == {}


def test_nobody_changes_its_path_after_the_decision() -> None:
    stage = crowd(plan(TEST % "contacts: 6", runs="every_time"), 6)
    before = {key: state.paths["c/s"] for key, state in stage.states.items()}
    assert set(before.values()) == {"a", "b"}
    stage.later("2 days")
    for key in before:
        stage.turn_to(key.partition(":")[2])
        stage.event("purchase")
    assert {key: state.paths["c/s"] for key, state in stage.states.items()} == before


def test_a_member_passes_the_split_in_its_own_input_and_goes_on_behind_it() -> None:
    stage = Stage(
        plan("split_test: {paths: {a: [], b: []}, match: score > 5, decide: {contacts: 2}}", "add_tag: on")
    )
    stage.event("purchase")
    assert stage.state.tags == {"on"}
    assert stage.places == []
    path = stage.state.paths["c/s"]
    assert stage.results("campaigns/c", "s") == [f"done default {path}"]
    assert stage.count("campaigns/c", "s", "done/default") == 1
    assert stage.count("campaigns/c", "s", "pending/default") == 0


def test_two_stays_that_come_to_the_split_together_count_as_one_contact() -> None:
    text = plan(TEST % "contacts: 2", runs="every_time", entries="many", entry_key="sku").replace(
        "    steps:\n", "    steps:\n      - wait: {at: '12:00'}\n"
    )
    stage = Stage(text)
    stage.event("purchase", sku="x")
    stage.event("purchase", sku="y")
    stage.later("1 day")
    assert sum(split_of(stage).arrived.values()) == 1
    assert stage.walked("c").count("s") == 2
    assert len(set(stage.state.paths.values())) == 1
    assert len(stage.state.trials) == 1


# --- split_until ----------------------------------------------------------------------------------


def test_the_contact_that_reaches_the_number_still_takes_before() -> None:
    stage = crowd(plan(UNTIL % "contacts: 3", "wait: 1 day"), 5)
    tags = [next(iter(state.tags)) for state in stage.states.values()]
    assert tags == ["early", "early", "early", "late", "late"]


def test_a_contact_is_counted_at_its_first_pass_only_and_may_come_to_after_later() -> None:
    stage = Stage(plan(UNTIL % "contacts: 2", "wait: 1 day\ngoto: s"))
    stage.event("purchase")
    stage.later("3 days")
    assert split_of(stage).arrived == {"before": 1}
    stage.meet(email="bo@x.test")
    stage.event("purchase")
    assert split_of(stage).decided_at == stage.now
    assert stage.state.tags == {"early"}
    stage.later("1 day")
    assert all(state.tags == {"early", "late"} for state in stage.states.values())
    assert all(state.paths == {"c/s": "after"} for state in stage.states.values())


def test_an_arrival_at_the_date_takes_after() -> None:
    stage = crowd(plan(UNTIL % 'date: 2026-03-04, at: "12:00"'), 1)
    stage.until("2026-03-04 12:00")
    assert split_of(stage).winner == "after"
    come(stage, 1)
    assert stage.state.tags == {"late"}


def test_matches_end_before() -> None:
    split = """
split_until:
  until: {matches: 2}
  match: tagged "won"
  before: [{add_tag: early}]
  after: [{add_tag: late}]
"""
    stage = crowd(plan(split), 3)
    for who in ("c0@x.test", "c2@x.test"):
        stage.turn_to(who)
        stage.load(email=who, tags="won")
    assert split_of(stage).matched == {"before": 2}
    assert split_of(stage).winner == "after"
    come(stage, 3)
    assert stage.state.tags == {"late"}
    assert stage.state.trials == []


# --- with the rest --------------------------------------------------------------------------------


def test_an_exit_that_holds_with_the_answer_takes_the_member_out_behind_the_split() -> None:
    text = plan(TEST % "contacts: 5", exit_when='tagged "stop"') + (
        "  d:\n    starts_when: [{event: purchase}]\n    steps: [{add_tag: stop}]\n"
    )
    stage = Stage(text)
    stage.event("purchase")
    assert stage.places == []
    assert stage.entries("campaign.exited", "campaigns/c")
    assert stage.results("campaigns/c", "s") == [f"done default {stage.state.paths['c/s']}"]


@pytest.mark.parametrize("decide", ["contacts: 2", "matches: 1"])
def test_two_contacts_that_turn_out_to_be_one_keep_the_survivors_path(decide: str) -> None:
    from oncue.runtime.kernel.contact.identity import merge

    stage = crowd(plan(TEST % "contacts: 50"), 12)
    first = stage.states["email:c0@x.test"]
    other = next(state for state in stage.states.values() if state.paths != first.paths)
    outcome = merge(stage.program, first, other, stage.now)
    assert outcome.state.paths == first.paths
    assert [trial.order for trial in outcome.state.trials] == [1]
    assert [member.order for member in outcome.state.members] == [1]


def test_a_split_that_decides_hears_of_the_match_before_the_next_arrival() -> None:
    stage = Stage(plan(TEST % "matches: 1"), contact=None)
    stage.meet(email="c0@x.test", score=80)
    stage.event("purchase")
    winner = stage.state.paths["c/s"]
    assert split_of(stage).winner == winner
    assert {come(stage, number) for number in range(1, 9)} == {winner}
