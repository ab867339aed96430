"""oncue diff against a database: what becomes of those inside, before it does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from oncue.runtime.views import profiles
from tests.cli.changing import Workspace
from tests.compiler.golden_cases import GOLDEN

BEFORE = """lists: {news: {}, offers: {}}
segments:
  hot: score >= 50
emails:
  hello: {subject: Hello, body: hello.md, list: news}
campaigns:
  drip:
    starts_when: [{tag_added: go}]
    steps:
      - {id: short, wait: 1 day}
      - {id: middle, wait: 5 days}
      - id: ab
        split_paths:
          paths:
            a: [{id: in-a, wait: 1 day}]
            b: [{id: in-b, wait: 1 day}]
      - {id: last, wait: 30 days}
  winter:
    starts_when: [{tag_added: winter}]
    steps: [{id: snow, wait: 9 days}]
  kinds:
    starts_when: [{tag_added: kinds}]
    steps: [{id: x, wait: 9 days}]
web_pages:
  pricing:
    url: https://x.test/*
    on_visit: [{adjust_score: +60, once: true}]
fulfillment_lists:
  box:
    schedule: weekly on monday at 09:00
    recipients: [{email: p@x.test, subject: Boxes}]
    columns: [first_name]
web_forms:
  order: {on_submission: [{add_to_fulfillment_list: box}]}
"""
AFTER = """lists: {news: {}, offers: {}}
segments:
  hot: score >= 50
  visitors: did web_page.visit of pricing in last 900 days
emails:
  hello: {subject: Hello, body: hello.md, list: news}
campaigns:
  drip:
    starts_when: [{tag_added: go}]
    steps:
      - {id: middle, wait: 8 days}
      - id: ab
        split_paths:
          paths:
            a: [{id: in-a, wait: 1 day}]
            z: {was: b, steps: [{id: in-b, wait: 1 day}]}
      - {id: later, was: last, wait: 20 days}
  kinds:
    starts_when: [{tag_added: kinds}]
    steps: [{id: x, add_tag: x}]
  hot-ones:
    starts_when: [{enters_segment: hot, existing: true}]
    steps: [{id: stay, wait: 1 day}]
  later-hot-ones:
    starts_when: [{enters_segment: hot}]
    steps: [{id: stay, wait: 1 day}]
web_pages:
  pricing:
    url: https://x.test/*
    on_visit: [{adjust_score: +60, once: true, id: points, was: adjust_score}]
"""


@pytest.fixture
def inside(work: Workspace) -> Workspace:
    (work.folder / "hello.md").write_text("Hello")
    rows = [
        {"id": f"n{number}", "tags": [tag], "at": f"2026-10-{day:02}"}
        for number, (tag, day) in enumerate(
            [("go", 1), ("go", 2), ("go", 6), ("go", 8), ("winter", 5), ("kinds", 6), ("", 7)], 2
        )
    ]
    visits = [
        {"id": f"v{who}", "type": "web_page.visit", "asset": "pricing", "contact": who, "at": "2026-10-08"}
        for who in ("n2", "n3", "n8")
    ]
    order = {"id": "o", "type": "web_form.submission", "asset": "order", "contact": "n8", "at": "2026-10-08"}
    rows = [{**row, "tags": [tag for tag in row["tags"] if tag]} for row in rows]  # type: ignore[attr-defined]
    assert work.run(BEFORE, *rows, *visits, order, options=("--until", "2026-10-08")).code == 0
    return work


def settle(work: Workspace, *entries: str) -> None:
    lines = "".join(f"  {entry}\n" for entry in entries)
    migrate = f"migrate:\n{lines}" if lines else ""
    (work.folder / "oncue.yaml").write_text(f"project: p\ntimezone: UTC\n{migrate}")
    (work.folder / "a.yaml").write_text(AFTER)


ENTRIES = (
    "campaigns/winter: campaigns/drip/middle",
    "fulfillment_lists/box: end",
    "campaigns/drip/middle: end",
)


@pytest.mark.parametrize(
    ("name", "entries", "form"),
    [
        ("open", ("lists/gone: end",), "text"),
        ("settled", (*ENTRIES, "campaigns/kinds/x: {end: Over}"), "text"),
        ("settled", (*ENTRIES, "campaigns/kinds/x: {end: Over}"), "markdown"),
    ],
)
def test_what_becomes_of_those_inside_is_told(
    inside: Workspace, name: str, entries: tuple[str, ...], form: str, rewrite: bool
) -> None:
    settle(inside, *entries)
    told = inside.oncue("diff", "--format", form)
    assert told.code == 1
    golden = GOLDEN / "changes" / f"impact-{name}.{form}.txt"
    if rewrite:
        golden.write_text(told.out, "utf-8")
    assert told.out == golden.read_text("utf-8")


def test_looking_changes_nothing(inside: Workspace) -> None:
    settle(inside, *ENTRIES)
    before = inside.database.read_bytes()
    assert inside.oncue("diff").code == 1
    assert inside.database.read_bytes() == before
    assert inside.plans == 1


def test_the_run_says_the_same_as_diff(inside: Workspace) -> None:
    """What is refused there is refused here, and what is told there happens."""
    settle(inside)
    found = json.loads(inside.oncue("diff", "--format", "json").out)["impact"]
    told = inside.oncue("run", "--clock", "events")
    assert (told.code, told.err.splitlines()[1:]) == (2, found["refusals"])
    settle(inside, *ENTRIES, "campaigns/kinds/x: {end: Over}")
    found = json.loads(inside.oncue("diff", "--format", "json").out)["impact"]
    assert found["refusals"] == []
    assert inside.oncue("run", "--clock", "events").code == 0
    stays = [profiles.profile(inside.database, f"n{number}").campaigns for number in range(2, 9)]
    places = sorted(f"{stay.campaign}/{stay.step}" for each in stays for stay in each)
    told_places = [
        (each.get("to") or f"campaigns/{each['campaign']}/{each['step']}").partition("/")[2]
        for each in found["members"]
        if each["what"] in ("stay", "go")
        for _ in range(each["number"])
    ]
    entered = ["hot-ones/stay"] * sum(each["enter"] for each in found["entering"])
    assert places == sorted([*told_places, *entered])
    assert entered == ["hot-ones/stay"] * 3


def test_a_list_that_runs_at_other_times_says_when_those_on_it_are_sent(inside: Workspace) -> None:
    """And so it comes about: 8 October is a Thursday."""
    (inside.folder / "a.yaml").write_text(
        BEFORE.replace("weekly on monday at 09:00", "weekly on friday at 09:00")
    )
    told = inside.oncue("diff").out
    there = "the next batch at 2026-10-09 09:00:00+00:00 instead of 2026-10-12 09:00:00+00:00"
    assert f"  fulfillment list box: 1 contact on it: {there}\n" in told
    assert inside.oncue("run", "--clock", "events", "--until", "2026-10-09T08:59:59Z").code == 0
    assert inside.oncue("lists", "reissue", "box-20261009T090000Z").code != 0
    assert inside.oncue("run", "--clock", "events", "--until", "2026-10-09T09:00:00Z").code == 0
    assert inside.oncue("lists", "reissue", "box-20261009T090000Z").code == 0


def test_another_project_s_database_is_told_as_the_run_tells_it(inside: Workspace, tmp_path: Path) -> None:
    (inside.folder / "oncue.yaml").write_text("project: q\ntimezone: UTC\n")
    told = inside.oncue("diff")
    assert told.code == 1
    assert "refused: the database belongs to the project p, the plan to q" in told.out
