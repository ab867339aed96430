"""`migrate`: what becomes of those who are in what a changed plan has no more."""

from __future__ import annotations

import json
from typing import Any

import pytest

from oncue.runtime.views import profiles, reports
from tests.cli.changing import Workspace
from tests.cli.oncue_process import Told

FLOW = """campaigns:
  flow:
    starts_when: [{tag_added: go}]
    steps:
      - {id: pause, wait: 2 days}
      - add_tag: after
"""
OTHER = """campaigns:
  other:
    starts_when: [manual]
    steps:
      - add_tag: other
      - {id: rest, wait: 5 days}
      - add_tag: rested
"""
BOTH = FLOW + OTHER.removeprefix("campaigns:\n")
ROW = {"id": "n2", "tags": ["go"], "at": "2026-10-01"}


def change(work: Workspace, text: str, *entries: str, options: tuple[str, ...] = ()) -> Told:
    """Runs the changed plan with these entries of `migrate`."""
    settings = "".join(f"  {entry}\n" for entry in entries)
    migrate = f"migrate:\n{settings}" if entries else ""
    (work.folder / "oncue.yaml").write_text(f"project: p\ntimezone: UTC\n{migrate}")
    return work.run(text, options=options)


def audit(work: Workspace, *what: str) -> list[dict[str, Any]]:
    """Entries of these kinds, without instants."""
    found = profiles.profile(work.database, "n2").audit
    return [{k: v for k, v in each.items() if k != "at"} for each in found if each["what"] in what]


def tags(work: Workspace) -> list[str]:
    return profiles.profile(work.database, "n2").tags


def adds_up(work: Workspace) -> None:
    for campaign in reports.report(work.database).campaigns:
        assert campaign.inside == sum(step.waiting for step in campaign.steps)


def test_members_of_a_removed_campaign_end_with_a_reason(work: Workspace) -> None:
    work.run(BOTH, ROW)
    assert change(work, OTHER).code == 2
    assert change(work, OTHER, "campaigns/flow: {end: The offer is over}").code == 0
    assert (work.place, tags(work)) == ([], ["go"])
    [told] = audit(work, "campaign.ended")
    assert told == {
        "what": "campaign.ended",
        "unit": "campaigns/flow",
        "entry": 1,
        "why": "The offer is over",
    }


def test_members_of_a_removed_campaign_go_to_a_step_of_another(work: Workspace) -> None:
    work.run(BOTH, ROW)
    assert change(work, OTHER, "campaigns/flow: campaigns/other/rest").code == 0
    assert (work.place, tags(work)) == (["other rest"], ["go"])
    assert audit(work, "campaign.moved", "campaign.ended", "campaign.entered")[1:] == [
        {"what": "campaign.ended", "unit": "campaigns/flow", "entry": 1, "why": "migrate"},
        {"what": "campaign.entered", "unit": "campaigns/other", "entry": 1, "why": "migrate"},
        {
            "what": "campaign.moved", "unit": "campaigns/other", "step": "rest", "entry": 1, "why": "migrate",
            "data": {"from": "campaigns/flow/pause"},
        },
    ]  # fmt: skip
    adds_up(work)
    why = work.oncue("why", "n2", "--campaign", "flow", "-w", work.folder, "--db", work.database).out
    assert why.splitlines()[-2:] == [
        "  2026-10-01 00:00:00+00:00  the campaign ended for it: migrate",
        "  2026-10-01 00:00:00+00:00  migrate took it to campaigns/other, rest  a.yaml:6",
    ]
    change(work, OTHER, options=("--until", "2026-10-10"))
    assert tags(work) == ["go", "rested"]
    adds_up(work)


def test_a_campaign_without_a_step_means_its_first(work: Workspace) -> None:
    work.run(BOTH, ROW)
    assert change(work, OTHER, "campaigns/flow: campaigns/other").code == 0
    assert (work.place, tags(work)) == (["other rest"], ["go", "other"])


def test_the_step_says_more_than_its_campaign(work: Workspace) -> None:
    work.run(BOTH, ROW)
    assert change(work, OTHER, "campaigns/flow: end", "campaigns/flow/pause: campaigns/other/rest").code == 0
    assert work.place == ["other rest"]


def test_who_may_not_enter_the_other_campaign_ends(work: Workspace) -> None:
    """It has been there, and `runs: once` holds for this way in too."""
    work.run(BOTH, ROW)
    assert work.oncue("contact", "enrol", "n2", "other").code == 0
    assert work.place == ["flow pause", "other rest"]
    assert change(work, OTHER, "campaigns/flow: campaigns/other").code == 0
    assert work.place == ["other rest"]
    [refused] = audit(work, "campaign.refused")
    assert (refused["unit"], refused["why"]) == ("campaigns/other", "runs once")
    assert audit(work, "campaign.moved") == []
    adds_up(work)


KIND = FLOW.replace("wait: 2 days", "add_tag: paused") + "      - {id: last, wait: 1 day}\n"


@pytest.mark.parametrize(
    ("text", "entry", "place"),
    [
        (KIND, "campaigns/flow/pause: campaigns/flow/last", "flow last"),
        (KIND, "campaigns/flow/pause: end", None),
        (KIND.replace("id: pause", "id: new"), "campaigns/flow/pause: campaigns/flow/last", "flow last"),
    ],
)
def test_members_at_a_step_of_another_kind_or_a_removed_one(
    work: Workspace, text: str, entry: str, place: str | None
) -> None:
    work.run(FLOW, ROW)
    assert change(work, text, entry).code == 0
    assert work.place == ([place] if place else [])
    assert "paused" not in tags(work)
    adds_up(work)


def test_an_entry_about_a_step_that_goes_on_does_nothing(work: Workspace) -> None:
    work.run(FLOW, ROW)
    assert change(work, FLOW.replace("2 days", "3 days"), "campaigns/flow/pause: end").code == 0
    assert work.place == ["flow pause"]


SPLIT = """campaigns:
  flow:
    starts_when: [{tag_added: go}]
    steps:
      - id: ab
        split_paths:
          paths:
            a: [{wait: 1 day}, {add_tag: a}]
            b: [{wait: 1 day}, {add_tag: a}]
      - {id: last, wait: 9 days}
"""


def taken(work: Workspace) -> str:
    return profiles.profile(work.database, "n2").paths["flow/ab"]


def test_members_on_a_removed_path_go_where_the_entry_says(work: Workspace) -> None:
    work.run(SPLIT, ROW)
    path = taken(work)
    gone = SPLIT.replace(f"            {path}:", "            c:").replace(
        "wait: 1 day}, {add_tag: a", "add_note: n"
    )
    assert f"`migrate: {{campaigns/flow/ab/{path}: end}}`" in change(work, gone).err
    assert change(work, gone, f"campaigns/flow/ab/{path}: campaigns/flow/last").code == 0
    assert (work.place, tags(work)) == (["flow last"], ["go"])


def test_a_path_with_another_name_goes_on_with_was(work: Workspace) -> None:
    work.run(SPLIT, ROW)
    path = taken(work)
    line = f"            {path}: [{{wait: 1 day}}, {{add_tag: a}}]"
    named = SPLIT.replace(line, f"            z: {{was: {path}, steps: [{{wait: 2 days}}, {{add_tag: z}}]}}")
    assert change(work, named).code == 0
    assert (work.place, taken(work)) == (["flow ab/z/wait"], "z")
    change(work, named, options=("--until", "2026-10-04"))
    assert (work.place, tags(work)) == (["flow last"], ["go", "z"])
    [split] = reports.report(work.database).campaigns[0].splits
    assert {each.name: each.taken for each in split.paths if each.taken} == {"z": 1}
    adds_up(work)


LISTS = "lists: {news: {}, more: {}}\n"


@pytest.mark.parametrize(
    ("own", "entry", "status"),
    [
        ({}, "lists/news: lists/more", {"more": {"email": "subscribed"}}),
        ({}, "lists/news: end", {"news": {"email": "unsubscribed"}}),
        ({"subscribed": ["news", "more"]}, "lists/news: lists/more", {"more": {"email": "subscribed"}}),
    ],
)
def test_subscribers_of_a_removed_list(
    work: Workspace, own: dict[str, Any], entry: str, status: dict[str, Any]
) -> None:
    work.run(LISTS, {**ROW, "subscribed": ["news"], **own})
    assert change(work, "lists: {more: {}}\n").code == 2
    assert change(work, "lists: {more: {}}\n", entry).code == 0
    assert profiles.profile(work.database, "n2").subscriptions == status
    told = audit(work, "subscription")[len(own.get("subscribed", ["news"])) :]
    assert [(each["unit"], each["why"]) for each in told] == (
        [] if own else [(f"lists/{next(iter(status))}", "migrate")]
    )


def test_who_has_unsubscribed_from_the_other_list_stays_so(work: Workspace) -> None:
    form = {"id": "1", "type": "web_form.submission", "asset": "f", "contact": "n2", "at": "2026-10-01"}
    does = "web_forms: {f: {on_submission: [{subscribe: news}, {subscribe: more}, {unsubscribe: more}]}}\n"
    work.run(LISTS + does, form)
    assert change(work, "lists: {more: {}}\n", "lists/news: lists/more").code == 0
    assert profiles.profile(work.database, "n2").subscriptions == {"more": {"email": "unsubscribed"}}


BOXES = """fulfillment_lists:
  box: &box
    schedule: weekly on monday at 09:00
    recipients: [{email: p@x.test, subject: Boxes}]
    columns: [first_name]
  crate: *box
campaigns:
  flow:
    starts_when: [{tag_added: go}]
    steps:
      - add_to_fulfillment_list: {list: box, hold: true}
      - add_tag: shipped
"""
LEFT = (
    BOXES.replace("  box: &box", "  crate: &box")
    .replace("  crate: *box\n", "")
    .replace("list: box", "list: crate")
)


def test_waiting_contacts_of_a_removed_fulfillment_list_go_to_another(work: Workspace) -> None:
    """The member that waits for its batch waits for that of the other list."""
    work.run(BOXES, ROW)
    assert "`migrate: {fulfillment_lists/box: end}`" in change(work, LEFT).err
    assert change(work, LEFT, "fulfillment_lists/box: fulfillment_lists/crate").code == 0
    found = profiles.profile(work.database, "n2")
    assert (list(found.fulfillment_lists), work.place) == (["crate"], ["flow add_to_fulfillment_list"])
    [told] = audit(work, "batch.moved")
    assert (told["unit"], told["data"]) == ("fulfillment_lists/crate", {"from": "fulfillment_lists/box"})
    change(work, LEFT, options=("--until", "2026-10-06"))
    assert tags(work) == ["go", "shipped"]


def test_waiting_contacts_of_a_removed_fulfillment_list_go_off(work: Workspace) -> None:
    work.run(BOXES, ROW)
    assert change(work, LEFT, "fulfillment_lists/box: {end: No boxes}").code == 0
    assert profiles.profile(work.database, "n2").fulfillment_lists == {}
    assert [each["why"] for each in audit(work, "batch.left")] == ["No boxes"]
    assert (work.place, tags(work)) == ([], ["go", "shipped"]), "the member has its answer, and goes on"


def test_the_log_of_a_migration_replays_exactly(work: Workspace) -> None:
    work.run(BOXES + OTHER.removeprefix("campaigns:\n") + LISTS, {**ROW, "subscribed": ["news"]})
    entries = ("campaigns/flow: campaigns/other", "lists/news: lists/more", "fulfillment_lists/box: end")
    assert change(work, OTHER + "lists: {more: {}}\n", *entries).code == 0
    assert work.place == ["other rest"]
    assert work.oncue("run", "--clock", "received", "--db", "again.db", work.database).code == 0
    assert list(reports.audit(work.folder / "again.db")) == list(reports.audit(work.database))


def test_a_migration_is_one_transaction_at_one_instant(work: Workspace) -> None:
    rows = [json.loads(json.dumps({**ROW, "id": f"n{number}"})) for number in range(2, 30)]
    work.run(BOTH, *rows)
    assert change(work, OTHER, "campaigns/flow: campaigns/other/rest").code == 0
    moved = [each for each in reports.audit(work.database) if each["what"] == "campaign.moved"]
    assert len(moved) == len(rows)
    assert len({each["at"] for each in moved}) == 1
