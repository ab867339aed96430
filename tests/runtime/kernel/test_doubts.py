"""What a changed plan leaves open, as told from the two plans alone."""

from __future__ import annotations

import pytest

from oncue.runtime.kernel.adoption.doubts import doubts
from oncue.runtime.kernel.adoption.renames import carried
from tests.runtime.kernel.stage import plan_of
from tests.runtime.kernel.test_adopt import campaign

W2, W5, W7, A, Z = "- wait: 2 days", "- wait: 5 days", "- wait: 7 days", "- add_tag: a", "- add_tag: z"


def found(old: list[str], new: list[str]) -> list[str]:
    """``WHY STEP -> STEP`` of each doubt about the steps of a campaign."""
    return of_texts(campaign("\n".join(old)), campaign("\n".join(new)))


def of_texts(old: str, new: str) -> list[str]:
    listed = doubts(plan_of(old), plan_of(new))
    return [f"{one.why} {one.name or one.unit}" + (f" -> {one.to}" if one.to else "") for one in listed]


@pytest.mark.parametrize(
    ("new", "said"),
    [
        ([A, W2, Z, W5], []),
        ([A, "- wait: 3 days", Z, W5], []),
        ([A, W2, Z, W5, W7], []),
        ([A, "- {id: new, wait: 1 day}", W2, Z, W5], []),
        ([A, W2, Z], []),
        ([A, "- wait: {until: score > 5}", Z, W5], []),
        ([A, W7, W2, Z, W5], ["moved wait -> wait-2", "moved wait-2 -> wait-3"]),
        ([A, W5, Z, W2], ["moved wait -> wait-2", "moved wait-2 -> wait"]),
        ([A, Z, W5], ["taken wait -> wait", "moved wait-2 -> wait"]),
        ([A, "- {id: pause, wait: 2 days}", Z, W5], ["moved wait -> pause", "moved wait-2 -> wait"]),
        ([A, W2, Z, "- {id: pause, wait: 5 days}"], ["moved wait-2 -> pause"]),
        (
            [A, "- if: score > 5\n  then: [{wait: 2 days}]", Z, W5],
            ["moved wait -> if/then/wait", "moved wait-2 -> wait"],
        ),
    ],
)
def test_generated_names_that_mean_another_step_are_in_doubt(new, said):
    assert found([A, W2, Z, W5], new) == said


@pytest.mark.parametrize(
    ("new", "said"),
    [
        ([A, W7, "- {id: pause, was: wait, wait: 2 days}", Z, W5], []),
        ([A, W7, "- {was: wait, wait: 2 days}", Z, "- {was: wait-2, wait: 5 days}"], []),
        ([A, W7, "- {was: wait, wait: 2 days}", Z, W5], ["moved wait-2 -> wait-3"]),
        ([A, "- {was: wait, wait: 7 days}", W2, Z, W5], ["moved wait-2 -> wait-3"]),
        ([A, Z, "- {was: wait-2, wait: 5 days}"], []),
        ([A, Z, "- {was: wait, wait: 5 days}"], []),
        ([A, W2, Z, "- {id: pause, was: pause, wait: 5 days}"], []),
        ([A, "- {id: pause, was: wiat, wait: 2 days}", Z], ["moved wait -> pause"]),
    ],
)
def test_was_settles_the_doubt_about_the_step_that_it_speaks_of(new, said):
    assert found([A, W2, Z, W5], new) == said


def test_steps_that_look_alike_are_told_apart_by_what_surrounds_them():
    assert found([W2, A, W2, Z], [A, W2, Z]) == ["taken wait -> wait", "moved wait-2 -> wait"]
    assert found([W2, A], [W2, A, W2, A]) == []


def test_a_step_with_an_id_may_be_moved_and_renamed_but_not_change_its_kind():
    old = ["- {id: x, wait: 2 days}", A]
    assert found(old, [A, *old[:1]]) == found(old, ["- {id: y, wait: 2 days}", A]) == found(old, [A]) == []
    assert found(old, ["- {id: x, add_tag: x}", A]) == ["kind x -> x"]
    assert found(old, ["- {id: x, was: x, add_tag: x}", A]) == []
    assert found(old, ["- {id: y, was: x, add_tag: x}", A]) == []


def test_a_was_that_stayed_in_the_file_speaks_of_the_earlier_change_only():
    old = [W7, "- {id: pause, was: wait, wait: 2 days}", A]
    assert found(old, [*old, Z]) == []
    assert found(old, [old[1], A]) == []
    assert found(old, ["- wait: 1 day", *old]) == ["moved wait -> wait-2"]
    steps = plan_of(campaign("\n".join(old))).campaigns["c"].steps
    assert carried(steps, steps) == {}


def test_generated_names_with_was_can_shift_again_and_again():
    old = [W7, "- {was: wait, wait: 2 days}", "- {was: wait-2, wait: 5 days}"]
    assert found(old, old) == []
    again = ["- wait: 1 day", "- {was: wait, wait: 7 days}"]
    again += ["- {was: wait-2, wait: 2 days}", "- {was: wait-3, wait: 5 days}"]
    assert found(old, again) == []
    old_steps, new_steps = (
        plan_of(campaign("\n".join(lines))).campaigns["c"].steps for lines in (old, again)
    )
    assert carried(old_steps, new_steps) == {"wait": "wait-2", "wait-2": "wait-3", "wait-3": "wait-4"}


BRANCH = "- if: score < 50\n  then:\n    - wait: 2 days\n    - add_tag: a"


def test_a_branch_follows_the_step_that_owns_it():
    named = BRANCH.replace("- if", "- id: low\n  was: if\n  if")
    assert found([BRANCH], [named]) == []
    assert found([BRANCH], ["- if: score > 90\n  then: [{wait: 1 day}]", named]) == []
    assert "moved if/then/wait -> low/then/wait" in found([BRANCH], [named.replace("  was: if\n", "")])


FORM = "web_forms: {f: {on_submission: [ACTIONS]}}\n"
PLUS, MORE = "{adjust_score: +1, once: true}", "{adjust_score: +500, once: true}"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (MORE, f"{PLUS}, {MORE}", ["moved adjust_score -> adjust_score-2"]),
        (MORE, f"{{id: one, adjust_score: +1, once: true}}, {MORE}", []),
        (MORE, f"{MORE}, {PLUS}", []),
        (MORE, PLUS, []),
        (MORE, "{id: x, adjust_score: +500, once: true}", ["moved adjust_score -> x"]),
        (MORE, "{id: x, was: adjust_score, adjust_score: +500, once: true}", []),
        ("{adjust_score: +500}", "{adjust_score: +1}, {adjust_score: +500}", []),
        ("{id: x, add_tag: t, once: true}", "{id: x, add_note: t, once: true}", ["kind x -> x"]),
        ("{id: x, add_tag: t, once: true}", "{id: x, add_note: t}", []),
    ],
)
def test_actions_are_in_doubt_where_a_used_up_once_would_mean_another(old, new, said):
    assert of_texts(FORM.replace("ACTIONS", old), FORM.replace("ACTIONS", new)) == said


def test_campaigns_and_lists_that_are_gone_are_in_doubt():
    text = campaign(W2, more="lists: {extra: {}}\n")
    assert of_texts(text, "segments: {all: score >= 0}\n") == ["campaign campaigns/c", "list lists/extra"]
    renamed = text.replace("  c:\n", "  d:\n    was: c\n").replace("2 days", "3 days")
    assert of_texts(text, renamed) == []
