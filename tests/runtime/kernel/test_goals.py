"""Goals: who stands before one jumps to it the moment its condition holds."""

from __future__ import annotations

from tests.runtime.kernel.stage import Stage

UNIT = "campaigns/c"


def plan(steps: str, head: str = "", more: str = "") -> str:
    """A campaign `c` that every purchase enters."""
    body = "\n".join("      " + line for line in steps.strip().splitlines())
    head = "".join(f"    {line}\n" for line in head.splitlines())
    return f"campaigns:\n  c:\n    starts_when: [{{event: purchase}}]\n{head}    steps:\n{body}\n{more}"


def begun(text: str, **more: object) -> Stage:
    """A contact that has just entered."""
    stage = Stage(text, **more)  # type: ignore[arg-type]
    stage.event("purchase")
    return stage


def tagged(stage: Stage, *tags: str) -> None:
    stage.load(email=stage.who, tags=",".join(tags))


def goals(stage: Stage) -> list[str]:
    """``achieved NAME`` and ``skipped NAME``, in order."""
    return [
        f"{entry.what.partition('.')[2]} {entry.data['goal']}"
        for entry in stage.audit
        if entry.what in ("goal.achieved", "goal.skipped")
    ]


def ended(stage: Stage) -> list[str]:
    return [entry.why for entry in stage.entries("campaign.ended", UNIT)]


STRAIGHT = """
- wait: 10 days
- add_tag: nurtured
- goal: {name: won, when: tagged "won"}
- wait: 1 day
"""


def test_a_member_jumps_the_moment_the_condition_holds_and_what_lies_between_is_skipped() -> None:
    stage = begun(plan(STRAIGHT))
    stage.later("2 days")
    tagged(stage, "won")
    assert stage.places == [("c", "wait-2")]
    assert stage.walked("c") == ["wait", "goal", "wait-2"]
    assert "nurtured" not in stage.state.tags
    assert stage.results(UNIT, "wait")[-1] == "cancelled default goal won"
    assert stage.results(UNIT, "goal") == ["done default achieved"]
    assert stage.count(UNIT, "wait", "jumped") == 1
    assert stage.count(UNIT, "goal", "goal:achieved") == 1
    assert goals(stage) == ["achieved won"]
    assert [entry.unit for entry in stage.entries("event", "goal.achieved")] == ["goal.achieved"]


def test_a_condition_that_holds_at_entry_jumps_at_once() -> None:
    stage = Stage(plan(STRAIGHT), contact={"email": "ana@x.test", "tags": "won"})
    stage.event("purchase")
    assert stage.walked("c") == ["goal", "wait-2"]


def test_who_arrives_with_the_condition_met_passes() -> None:
    stage = begun(plan('- add_tag: won\n- goal: {name: won, when: tagged "won"}\n- wait: 1 day'))
    assert stage.walked("c") == ["add_tag", "goal", "wait"]
    assert stage.cancelled == []
    assert goals(stage) == ["achieved won"]


def test_who_arrives_unmet_waits_without_end_and_goes_on_when_it_is_met() -> None:
    stage = begun(plan('- goal: {name: won, when: tagged "won"}\n- add_tag: after'))
    stage.later("400 days")
    assert stage.places == [("c", "goal")]
    assert stage.count(UNIT, "goal", "pending/default") == 1
    tagged(stage, "won")
    assert stage.places == []
    assert "after" in stage.state.tags
    assert stage.results(UNIT, "goal") == ["pending default", "done default achieved"]


def test_who_waits_in_vain_goes_on_at_the_limit_and_the_goal_is_skipped() -> None:
    stage = begun(plan('- goal: {name: won, when: tagged "won", at_most: 3 days}\n- wait: 1 day'))
    stage.later("71 hours")
    assert stage.places == [("c", "goal")]
    stage.later("1 hour")
    assert stage.places == [("c", "wait")]
    assert stage.results(UNIT, "goal")[-1] == "done default timeout"
    assert goals(stage) == ["skipped won"]
    assert stage.count(UNIT, "goal", "goal:skipped") == 1


def test_a_limit_of_nothing_passes_at_once() -> None:
    stage = begun(plan('- goal: {name: won, when: tagged "won", at_most: 0 days}\n- wait: 1 day'))
    assert stage.places == [("c", "wait")]
    assert goals(stage) == ["skipped won"]


def test_unmet_continue_goes_on() -> None:
    stage = begun(plan('- goal: {name: won, when: tagged "won", unmet: continue}\n- wait: 1 day'))
    assert stage.places == [("c", "wait")]
    assert goals(stage) == ["skipped won"]
    tagged(stage, "won")
    assert stage.places == [("c", "wait")], "it lies behind"


def test_unmet_end_ends_the_member() -> None:
    stage = begun(plan('- goal: {name: won, when: tagged "won", unmet: end}\n- wait: 1 day'))
    assert stage.places == []
    assert ended(stage) == ["goal unmet"]
    assert goals(stage) == ["skipped won"]


TWO = """
- wait: 10 days
- goal: {name: tried, when: score >= 10}
- wait: 10 days
- goal: {name: won, when: score >= 50}
- wait: 1 day
"""


def test_the_nearest_of_two_goals_comes_first_and_then_the_next() -> None:
    stage = begun(plan(TWO))
    stage.load(email=stage.who, score=60)
    assert stage.walked("c") == ["wait", "goal", "goal-2", "wait-3"]
    assert goals(stage) == ["achieved tried", "achieved won"]


def test_a_goal_that_is_jumped_over_is_skipped() -> None:
    stage = begun(plan(TWO.replace("score >= 10", 'tagged "tried"')))
    stage.load(email=stage.who, score=60)
    assert stage.walked("c") == ["wait", "goal-2", "wait-3"]
    assert goals(stage) == ["skipped tried", "achieved won"]
    assert stage.count(UNIT, "goal", "goal:skipped") == 1
    assert stage.count(UNIT, "goal", "entered") == 0


def test_a_jump_from_a_goal_at_which_one_waits_leaves_it_unmet() -> None:
    stage = begun(plan(TWO.replace("score >= 10", 'tagged "tried"')))
    stage.later("10 days")
    assert stage.places == [("c", "goal")]
    stage.load(email=stage.who, score=60)
    assert stage.places == [("c", "wait-3")]
    assert goals(stage) == ["skipped tried", "achieved won"]
    assert stage.results(UNIT, "goal")[-1] == "cancelled default goal won"


def test_a_goal_in_a_branch_is_ahead_whichever_branch_one_is_in() -> None:
    steps = """
- if: tagged "vip"
  then: [{wait: 10 days}]
  else: [{goal: {name: won, when: tagged "won"}}, {add_tag: branch}]
- wait: 1 day
"""
    stage = Stage(plan(steps), contact={"email": "ana@x.test", "tags": "vip"})
    stage.event("purchase")
    assert stage.places == [("c", "if/then/wait")]
    tagged(stage, "won")
    assert stage.walked("c")[2:] == ["if/else/goal", "if/else/add_tag", "wait"]


def test_a_goal_behind_is_out_of_reach_unless_it_says_from_anywhere() -> None:
    for reach, walked in (("ahead", []), ("anywhere", ["goal", "add_tag", "wait"])):
        steps = f"""
- goal: {{name: won, when: tagged "won", unmet: continue, from: {reach}}}
- add_tag: passed
- wait: 10 days
"""
        stage = begun(plan(steps))
        before = len(stage.walked("c"))
        tagged(stage, "won")
        assert stage.walked("c")[before:] == walked
        assert goals(stage) == ["skipped won", "achieved won"][: 2 if walked else 1]


def test_a_goal_is_achieved_once_per_entry() -> None:
    steps = """
- goal: {name: won, when: tagged "won", from: anywhere}
- wait: 1 day
- goto: goal
"""
    stage = begun(plan(steps))
    tagged(stage, "won")
    stage.later("2 days")
    again = "done default achieved before"
    assert stage.results(UNIT, "goal") == ["pending default", "done default achieved", again, again]
    assert goals(stage) == ["achieved won"]
    stage.load(email=stage.who, tags="other")
    assert goals(stage) == ["achieved won"]


def test_a_goal_that_was_left_unmet_in_a_loop_can_be_achieved_the_next_time_round() -> None:
    steps = """
- wait: 7 days
- goal: {name: won, when: tagged "won", unmet: continue}
- if: tagged "won"
  then: [end]
- goto: wait
"""
    stage = begun(plan(steps))
    stage.later("15 days")
    assert goals(stage) == ["skipped won"], "said once"
    tagged(stage, "won")
    assert stage.places == []
    assert goals(stage) == ["skipped won", "achieved won"]


def test_a_goto_over_a_goal_skips_it() -> None:
    steps = """
- wait: 1 day
- goto: far
- goal: {name: won, when: tagged "won"}
- id: far
  wait: 9 days
"""
    stage = begun(plan(steps))
    stage.later("1 day")
    assert stage.places == [("c", "far")]
    assert goals(stage) == ["skipped won"]


def test_a_new_entry_has_its_goals_before_it_again() -> None:
    stage = begun(plan(STRAIGHT, "runs: every_time"))
    tagged(stage, "won")
    stage.later("1 day")
    stage.event("purchase")
    assert goals(stage) == ["achieved won", "achieved won"]
    assert [entry.entry for entry in stage.entries("goal.achieved")] == [1, 2]


def test_time_alone_meets_a_goal_at_its_instant() -> None:
    stage = begun(plan(STRAIGHT.replace('tagged "won"', "last(purchase) older than 36 hours")))
    stage.later("35 hours")
    assert stage.places == [("c", "wait")]
    stage.later("1 hour")
    assert stage.places == [("c", "wait-2")]
    assert [name for name in stage.state.due if name.startswith("goal/")] == []


def test_a_goal_comes_before_an_exit_that_holds_too() -> None:
    stage = begun(plan(STRAIGHT, 'exit_when: tagged "won"'))
    tagged(stage, "won")
    assert stage.walked("c") == ["wait", "goal"]
    assert goals(stage) == ["achieved won"]
    assert stage.places == []
    assert stage.entries("campaign.exited", UNIT)


def test_who_waits_at_a_goal_achieves_it_before_an_exit_that_holds_too() -> None:
    stage = begun(
        plan('- goal: {name: won, when: tagged "won"}\n- add_tag: after', 'exit_when: tagged "won"')
    )
    tagged(stage, "won")
    assert goals(stage) == ["achieved won"]
    assert stage.entries("campaign.exited", UNIT)
    assert "after" not in stage.state.tags


def test_a_jump_takes_back_what_has_not_left() -> None:
    stage = begun(plan("- send_email: invite\n" + STRAIGHT.strip()))
    (effect,) = stage.effects
    tagged(stage, "won")
    assert stage.cancelled == [effect.key]


def test_nobody_jumps_in_a_paused_campaign_but_does_when_it_is_resumed() -> None:
    stage = begun(plan(STRAIGHT))
    stage.pause("campaigns/c")
    tagged(stage, "won")
    assert stage.places == [("c", "wait")]
    stage.resume()
    assert stage.places == [("c", "wait-2")]


def test_a_goal_that_time_meets_in_a_paused_campaign_is_not_asked_for_again_and_again() -> None:
    stage = begun(plan(STRAIGHT.replace('tagged "won"', "last(purchase) older than 36 hours")))
    stage.pause("campaigns/c")
    stage.load(email=stage.who, score=1)
    assert stage.state.wake is None
    stage.later("3 days")
    stage.resume()
    assert stage.places == [("c", "wait-2")]


def test_a_goal_starts_other_campaigns() -> None:
    more = """
  party:
    starts_when: [{goal_achieved: {campaign: c, goal: won}}]
    steps: [{add_tag: party}]
  pity:
    starts_when: [{goal_skipped: {campaign: c, goal: won}}]
    steps: [{add_tag: pity}]
"""
    stage = begun(plan('- goal: {name: won, when: tagged "won", at_most: 1 day}', more=more))
    other = begun(plan('- goal: {name: won, when: tagged "won", at_most: 1 day}', more=more))
    tagged(stage, "won")
    assert stage.state.tags == {"won", "party"}
    other.later("1 day")
    assert other.state.tags == {"pity"}


def test_a_condition_can_ask_whether_a_goal_was_achieved() -> None:
    more = 'segments:\n  winners: did goal.achieved where goal == "won"\n'
    stage = begun(plan(STRAIGHT, more=more))
    assert stage.state.segments == set()
    tagged(stage, "won")
    assert stage.state.segments == {"winners"}


def test_of_two_behind_the_nearer_is_taken_first() -> None:
    steps = """
- goal: {name: one, when: tagged "won", unmet: continue, from: anywhere}
- add_tag: first
- goal: {name: two, when: tagged "won", unmet: continue, from: anywhere}
- wait: 9 days
"""
    stage = begun(plan(steps))
    tagged(stage, "won")
    assert goals(stage)[2:] == ["achieved two", "achieved one"]
    assert stage.places == [("c", "wait")]


def test_a_goal_inside_a_path_of_a_split_is_reached_from_before_the_split() -> None:
    steps = """
- wait: 5 days
- split_paths:
    paths:
      a: [{add_tag: a}, {goal: {name: won, when: tagged "won"}}, {wait: 1 day}]
      b: [{add_tag: b}, {wait: 2 days}]
- wait: 9 days
"""
    stage = begun(plan(steps))
    tagged(stage, "won")
    assert stage.places == [("c", "split_paths/a/wait")]
    assert stage.state.paths == {}, "it did not pass the split"


def test_a_jump_from_a_deferred_step_and_from_a_wait_with_a_watch_leaves_no_timer_behind() -> None:
    steps = """
- wait: {until: last(purchase) older than 90 days, at_most: 30 days}
- goal: {name: won, when: tagged "won"}
"""
    stage = begun(plan(steps))
    assert stage.state.due
    tagged(stage, "won")
    assert stage.places == []
    assert stage.state.due == {}
    assert stage.state.wake is None
