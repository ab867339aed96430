"""A changed plan that leaves open what becomes of contacts is refused, and says what to write."""

from __future__ import annotations

import pytest

from oncue.runtime.views import profiles, reports
from tests.cli.changing import Workspace
from tests.cli.oncue_process import Told

FLOW = """campaigns:
  flow:
    starts_when: [{tag_added: go}]
    steps:
      - wait: 2 days
      - add_tag: after
      - wait: 5 days
"""
PAGE = """web_pages:
  pricing:
    url: https://x.test/*
    on_visit:
      - {adjust_score: +500, once: true}
"""
ROW = {"id": "n2", "tags": ["go"], "at": "2026-10-01"}
READER = {**ROW, "subscribed": ["news"]}
LATER = ("--until", "2026-10-04")


def refused(told: Told, *words: str) -> None:
    assert (told.code, told.out) == (2, "")
    first, *more = told.err.splitlines()
    assert first == "oncue: the changed plan cannot take effect yet"
    assert more == list(words)


ABOVE = PAGE.replace("on_visit:\n", "on_visit:\n      - {adjust_score: +1, once: true}\n")


def test_an_action_above_one_whose_once_is_used_up_is_refused_until_was_says_which(work: Workspace) -> None:
    assert work.run(PAGE, work.visit()).code == 0
    refused(
        work.run(ABOVE, work.visit()),
        "a.yaml:6: web_pages/pricing/on_visit: 1 contact has used up the `once` of action adjust_score;"
        " what had that name is adjust_score-2 now. If this is still the same, write `was: "
        "adjust_score` beside it, best with an `id` too; if a.yaml:5 takes its place instead, write "
        "`was: adjust_score` there.",
    )
    assert (work.score, work.plans) == ("500", 1)
    said = ABOVE.replace("{adjust_score: +500", "{id: big, was: adjust_score, adjust_score: +500")
    assert work.run(said, work.visit(), work.visit()).code == 0
    assert (work.score, work.plans) == ("501", 2), "the new one fired once, the old one not again"


def test_a_was_that_stays_in_the_file_moves_nothing_later(work: Workspace) -> None:
    work.run(PAGE, work.visit())
    said = ABOVE.replace("{adjust_score: +500", "{was: adjust_score, adjust_score: +500")
    work.run(said, work.visit())
    work.run(said + "segments: {all: score >= 0}\n", work.visit())
    assert (work.score, work.plans) == ("501", 3)


@pytest.mark.parametrize(
    "said",
    [
        ABOVE.replace("{adjust_score: +1,", "{id: small, adjust_score: +1,"),
        PAGE + "      - {adjust_score: +1, once: true}\n",
    ],
)
def test_an_action_with_an_id_or_below_the_others_needs_nothing(work: Workspace, said: str) -> None:
    work.run(PAGE, work.visit())
    assert work.run(said, work.visit()).code == 0
    assert work.score == "501"


def test_a_used_up_once_may_pass_to_what_has_the_name_now(work: Workspace) -> None:
    work.run(PAGE, work.visit())
    said = ABOVE.replace("{adjust_score: +1,", "{was: adjust_score, adjust_score: +1,")
    assert work.run(said, work.visit()).code == 0
    assert work.score == "1000"


def test_an_id_for_an_action_whose_once_is_used_up_needs_was(work: Workspace) -> None:
    work.run(PAGE, work.visit())
    named = PAGE.replace("{adjust", "{id: points, adjust")
    refused(
        work.run(named, work.visit()),
        "a.yaml:5: web_pages/pricing/on_visit: 1 contact has used up the `once` of action adjust_score;"
        " what had that name is points now. If this is still the same, write `was: adjust_score` beside"
        " it, best with an `id` too; if it is new, write an `id` and `was:` with that same id.",
    )
    assert work.run(named.replace("points", "points, was: points"), work.visit()).code == 0
    assert work.score == "1000", "it is a new one"


PAUSE = FLOW.replace("- wait: 2 days", "- id: pause\n        wait: 2 days")


def test_members_at_a_step_that_gets_an_id_stay_there_with_was(work: Workspace) -> None:
    work.run(FLOW, ROW)
    refused(
        work.run(PAUSE),
        "a.yaml:6: campaign flow: 1 contact stands at step wait; what had that name is pause now. If "
        "this is still the same, write `was: wait` beside it, best with an `id` too; if a.yaml:8 takes "
        "its place instead, write `was: wait` there.",
    )
    assert (work.place, work.plans) == (["flow wait"], 1)
    assert work.run(PAUSE.replace("id: pause", "id: pause\n        was: wait")).code == 0
    assert work.place == ["flow pause"]
    steps = {
        step.id: (step.entered, step.waiting) for step in reports.report(work.database).campaigns[0].steps
    }
    assert steps == {"pause": (1, 1), "add_tag": (0, 0), "wait": (0, 0)}, "the totals follow"
    work.run(PAUSE.replace("id: pause", "id: pause\n        was: wait"), options=LATER)
    assert work.place == ["flow wait"], "two days later at the second wait"
    steps = {
        step.id: (step.entered, step.waiting) for step in reports.report(work.database).campaigns[0].steps
    }
    assert steps == {"pause": (1, 0), "add_tag": (1, 0), "wait": (1, 1)}


def test_a_wait_above_the_one_where_members_stand_is_refused(work: Workspace) -> None:
    work.run(FLOW, ROW)
    above = FLOW.replace("- wait: 2 days", "- wait: 1 hour\n      - wait: 2 days")
    told = work.run(above)
    assert (told.code, work.place) == (2, ["flow wait"])
    assert work.run(above.replace("wait: 1 hour", "{id: short, wait: 1 hour}")).code == 0
    assert work.place == ["flow wait"]


def test_steps_that_change_places_are_refused_while_members_stand_there(work: Workspace) -> None:
    work.run(FLOW, ROW)
    swapped = FLOW.replace("2 days", "x").replace("5 days", "2 days").replace("wait: x", "wait: 5 days")
    told = work.run(swapped)
    assert told.code == 2
    assert (
        "a.yaml:7: campaign flow: 1 contact stands at step wait; what had that name is wait-2 now."
        in told.err
    )
    assert work.run(swapped.replace("wait: 2 days", "{was: wait, wait: 2 days}")).code == 0
    assert work.place == ["flow wait-2"]


def test_a_removed_step_whose_name_passes_to_another_is_refused(work: Workspace) -> None:
    work.run(FLOW, ROW)
    shorter = FLOW.replace("      - wait: 2 days\n", "")
    refused(
        work.run(shorter),
        "a.yaml:6: campaign flow: 1 contact stands at step wait, which is gone; what was wait-2 is wait"
        " now. If this is still what was wait-2, write `was: wait-2` beside it, best with an `id` too; "
        "if it takes the place of what is gone, write `was: wait`.",
    )
    assert work.run(shorter.replace("wait: 5 days", "{was: wait-2, wait: 5 days}")).code == 0
    assert work.place == ["flow wait"]
    assert "after" in profiles.profile(work.database, "n2").tags, "by way of the next step that is left"


@pytest.mark.parametrize(
    "said", [FLOW.replace("2 days", "3 days"), FLOW + "      - wait: 1 day\n", FLOW.replace("after", "then")]
)
def test_values_that_change_in_place_and_steps_below_need_nothing(work: Workspace, said: str) -> None:
    work.run(FLOW, ROW)
    assert work.run(said).code == 0
    assert (work.place, work.plans) == (["flow wait"], 2)


KIND = FLOW.replace("- wait: 2 days", "- id: x\n        wait: 2 days")


def test_a_step_of_another_kind_is_refused_while_members_stand_there(work: Workspace) -> None:
    work.run(KIND, ROW)
    other = KIND.replace("wait: 2 days", "add_tag: other")
    refused(
        work.run(other),
        "a.yaml:6: campaign flow: 1 contact stands at step x, which was wait and is add_tag now. If "
        "this is something new, give it another `id`; if it goes on for the old one, write `was: x` "
        "beside it: they begin it; or say in oncue.yaml where they go: "
        "`migrate: {campaigns/flow/x: end}`, or campaigns/ID/STEP instead of `end`.",
    )
    assert work.run(other.replace("id: x", "id: x\n        was: x")).code == 0
    assert profiles.profile(work.database, "n2").tags == ["after", "go", "other"]


def test_with_another_id_they_go_on_to_the_next_step(work: Workspace) -> None:
    work.run(KIND, ROW)
    assert work.run(KIND.replace("wait: 2 days", "add_tag: other").replace("id: x", "id: y")).code == 0
    assert profiles.profile(work.database, "n2").tags == ["after", "go"]


NEWS = "lists: {news: {}}\n"


def test_a_campaign_with_members_cannot_be_removed(work: Workspace) -> None:
    work.run(FLOW + NEWS, ROW)
    refused(
        work.run(NEWS),
        "campaign flow (it stood at a.yaml:2) is gone, and 1 contact is in it. Keep it until they have "
        "left, with `starts_when: [manual]`, so that nobody else enters; if it has another id now, "
        "write `was: flow` in that campaign; or say in oncue.yaml where they go: "
        "`migrate: {campaigns/flow: end}`, or campaigns/ID/STEP instead of `end`.",
    )
    assert work.place == ["flow wait"]
    kept = FLOW.replace("{tag_added: go}", "manual") + NEWS
    assert work.run(kept, {**ROW, "id": "n3"}, options=("--until", "2026-10-20")).code == 0
    assert work.place == []
    assert work.run(NEWS).code == 0, "all have left"


def test_a_campaign_with_members_can_be_renamed_with_was(work: Workspace) -> None:
    work.run(FLOW, ROW)
    assert work.run(FLOW.replace("flow:\n", "way:\n    was: flow\n")).code == 0
    assert work.place == ["way wait"]


def test_a_list_with_subscribers_cannot_be_removed(work: Workspace) -> None:
    work.run(NEWS, READER)
    refused(
        work.run("lists: {}\n"),
        "list news (it stood at a.yaml:1) is gone, and 1 contact is subscribed to it. Keep the list; or "
        "say in oncue.yaml where they go: `migrate: {lists/news: end}`, or lists/ID instead of `end`.",
    )
    assert work.run("lists: {news: {}, more: {}}\n").code == 0


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (FLOW, PAUSE),
        (FLOW, FLOW.replace("- wait: 2", "- wait: 1 hour\n      - wait: 2")),
        (KIND, KIND.replace("wait: 2 days", "add_tag: other")),
        (FLOW + NEWS, NEWS),
        (FLOW + NEWS, FLOW),
        (PAGE, ABOVE),
    ],
)
def test_nothing_is_refused_where_nobody_is_affected(work: Workspace, old: str, new: str) -> None:
    work.run(old, {"id": "n2", "at": "2026-10-01"})
    assert work.run(new).code == 0
    assert work.plans == 2


def test_a_doubt_about_a_later_step_is_nobodys_while_members_stand_before_it(work: Workspace) -> None:
    work.run(FLOW, ROW)
    assert work.run(FLOW.replace("- wait: 5 days", "- {id: last, wait: 5 days}")).code == 0


def test_a_message_tells_ten_doubts_and_how_many_more_there_are(work: Workspace) -> None:
    many = "campaigns:\n" + "".join(
        FLOW.replace("campaigns:\n", "").replace("flow", f"flow-{number}") for number in range(12)
    )
    work.run(many, ROW)
    told = work.run("campaigns: {}\n")
    assert (told.code, len(told.err.splitlines()), told.err.splitlines()[-1]) == (
        2,
        12,
        "and 2 more like these",
    )


def test_the_log_of_a_plan_that_was_changed_with_was_replays_exactly(work: Workspace) -> None:
    work.run(FLOW, ROW)
    said = PAUSE.replace("id: pause", "id: pause\n        was: wait")
    work.run(said, options=LATER)
    assert work.oncue("run", "--clock", "received", "--db", "again.db", work.database).code == 0
    assert list(reports.audit(work.folder / "again.db")) == list(reports.audit(work.database))
    assert work.oncue("run", "--clock", "received", "--db", "third.db", "again.db").code == 0
    assert list(reports.audit(work.folder / "third.db")) == list(reports.audit(work.database))


def test_a_list_that_somebody_has_yet_to_confirm_cannot_be_removed(work: Workspace) -> None:
    (work.folder / "m.md").write_text("Confirm")
    double = """lists: {news: {opt_in: double, confirm: ask}}
emails: {ask: {subject: Confirm, body: m.md, operational: true}}
web_forms: {f: {on_submission: [{subscribe: news}]}}
"""
    form = {
        "id": "1",
        "type": "web_form.submission",
        "asset": "f",
        "contact": "n2@x.test",
        "at": "2026-10-01",
    }
    assert work.run(double, form).code == 0
    told = work.run("lists: {}\n")
    assert (told.code, "list news" in told.err) == (2, True)


def test_unsubscribed_contacts_do_not_hold_a_list(work: Workspace) -> None:
    form = {"id": "1", "type": "web_form.submission", "asset": "f", "contact": "n2", "at": "2026-10-01"}
    left = "web_forms: {f: {on_submission: [{subscribe: news}, {unsubscribe: news}]}}\n"
    assert work.run(NEWS + left, form).code == 0
    assert profiles.profile(work.database, "n2").subscriptions == {"news": {"email": "unsubscribed"}}
    assert work.run("lists: {}\n").code == 0
