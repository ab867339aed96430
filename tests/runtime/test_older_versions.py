"""`on_change: finish`, answer by answer: what an older version needs, and what ends it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from oncue.compiler.pipeline import compile_files
from oncue.runtime import operator
from oncue.runtime.clock import show
from oncue.runtime.engine.entities import decode
from oncue.runtime.errors import PlanError
from oncue.runtime.kernel.entities.kept import SplitState
from oncue.runtime.plans import adoption
from oncue.runtime.plans.reckoning import impact
from oncue.runtime.stores.sqlite import SqliteStore
from oncue.runtime.views import profiles, reports
from oncue.schemas.plan import Plan
from tests.runtime import shop

DAY = 24 * 60 * shop.MINUTE
REST = """lists: {news: {}}
emails:
  hello: {subject: Hello, body: hello.md, list: news}
  other: {subject: Other, body: hello.md, list: news}
segments: {hot: score >= 50}
web_forms: {form: {}}
"""
FLOW = """campaigns:
  c:
    starts_when: [{tag_added: go}]
    steps:
      - {id: first, send_email: hello}
      - {id: pause, wait: {until: did email.open of step first, at_most: 20 days}}
      - {id: done, add_tag: old}
"""
NEW = """campaigns:
  c:
    starts_when: [{tag_added: go}]
    on_change: finish
    steps:
      - {id: pause, wait: 1 day}
      - {id: done, add_tag: new}
"""


def plan(flow: str, *, rest: str = REST, settings: str = "") -> Plan:
    head = "project: p\ntimezone: UTC\nfields: {size: number}\n"
    files = {"oncue.yaml": head + settings, "rest.yaml": rest, "c.yaml": flow, "hello.md": "Hello"}
    found, diagnostics = compile_files({name: text.encode() for name, text in files.items()})
    assert found is not None, diagnostics
    return found


def row(name: str, day: int, **more: Any) -> dict[str, Any]:
    at = show(shop.START + day * DAY)
    return {"id": name, "email": f"{name}@x.test", "tags": ["go"], "subscribed": ["news"], "at": at, **more}


def entered(folder: Path, *names: str, flow: str = FLOW) -> Path:
    """A database whose contacts are inside since day 0."""
    shop.replay(folder, [row(name, 0) for name in names or ("a",)], plan=plan(flow))
    return folder / "x.db"


def change(folder: Path, flow: str, day: int, *lines: dict[str, Any], **more: Any) -> None:
    shop.replay(folder, list(lines), plan=plan(flow, **more), until=shop.START + day * DAY)


def stays(database: Path, name: str = "a") -> list[tuple[str, str, bool]]:
    found = profiles.profile(database, f"id:{name}").campaigns
    return [(stay.campaign, stay.step, bool(stay.version)) for stay in found]


def tags(database: Path, name: str = "a") -> set[str]:
    return set(profiles.profile(database, f"id:{name}").tags)


def older(database: Path) -> list[str]:
    found = adoption.plan_of_file(database)
    assert found is not None
    return sorted(found.older)


def test_what_an_older_version_asks_of_its_own_messages_is_still_heard(tmp_path: Path) -> None:
    database = entered(tmp_path)
    opened = shop.event("1", "email.open", {"id": "a"}, show(shop.START + 5 * DAY), asset="hello")
    change(tmp_path, NEW, 2, row("b", 1))
    assert stays(database) == [("c", "pause", True)]
    assert (stays(database, "b"), tags(database, "b")) == ([], {"go", "new"})
    change(tmp_path, NEW, 6, opened)
    assert (stays(database), tags(database)) == ([], {"go", "old"})


def test_an_older_version_goes_with_the_next_change_once_nobody_is_on_it(tmp_path: Path) -> None:
    database = entered(tmp_path)
    change(tmp_path, NEW, 2)
    assert len(older(database)) == 1
    change(tmp_path, NEW.replace("1 day", "2 days"), 3)
    assert len(older(database)) == 1, "the last of those is inside"
    change(tmp_path, NEW.replace("1 day", "2 days"), 25)
    assert (tags(database), reports.report(database).campaigns[0].finishing) == ({"go", "old"}, 0)
    change(tmp_path, NEW.replace("1 day", "3 days"), 26)
    assert older(database) == []


def test_words_and_triggers_are_no_version(tmp_path: Path) -> None:
    database = entered(tmp_path)
    said = FLOW.replace("    steps:", "    description: Says hello\n    on_change: finish\n    steps:")
    change(tmp_path, "# moved\n" + said.replace("{tag_added: go}", "{tag_added: go, runs: once}"), 2)
    assert (stays(database), older(database)) == ([("c", "pause", False)], [])


def test_going_back_to_the_old_steps_takes_everybody_along(tmp_path: Path) -> None:
    database = entered(tmp_path)
    change(tmp_path, NEW, 2)
    change(tmp_path, FLOW.replace("    steps:", "    on_change: finish\n    steps:"), 3)
    assert (stays(database), older(database)) == ([("c", "pause", False)], [])
    assert reports.report(database).campaigns[0].finishing == 0


def test_without_on_change_they_go_on_by_the_new_steps(tmp_path: Path) -> None:
    database = entered(tmp_path)
    change(tmp_path, NEW, 2)
    change(
        tmp_path,
        NEW.replace("    on_change: finish\n", "").replace(
            "- {id: pause", "- {id: first, add_tag: x}\n      - {id: p, was: pause"
        ),
        3,
    )
    (flow,) = reports.report(database).campaigns
    assert (stays(database), tags(database), flow.finishing) == ([], {"go", "new"}, 0)
    assert all(step.adds_up for step in flow.steps), "the wait of a day was over"


HELLO = "  hello: {subject: Hello, body: hello.md, list: news}\n"


@pytest.mark.parametrize("instead", ["", HELLO.replace("hello: {", "hi: {was: hello, ")])
def test_what_an_older_version_names_must_stay(tmp_path: Path, instead: str) -> None:
    database, rest = entered(tmp_path), REST.replace(HELLO, instead)
    assert impact(database, plan(NEW, rest=rest)).refusals == [
        "c.yaml:2: campaign c: by `on_change: finish` those inside finish on steps that name emails/hello, "
        "which is gone or of another type. Keep it until they have left, or take `on_change` out: then they "
        "go on by the new steps."
    ]
    with pytest.raises(PlanError, match="steps that name emails/hello, which"):
        change(tmp_path, NEW, 2, rest=rest)
    assert stays(database) == [("c", "pause", False)]
    change(tmp_path, NEW.replace("    on_change: finish\n", ""), 2, rest=rest)
    assert tags(database) == {"go", "new"}


def test_a_field_of_another_type_is_another_thing(tmp_path: Path) -> None:
    asking = FLOW.replace("did email.open of step first", "size > 5")
    database = entered(tmp_path, flow=asking)
    new = plan(NEW)
    changed = {**new.fields, "size": new.fields["first_name"]}
    told = impact(database, msgspec.structs.replace(new, fields=changed)).refusals
    assert len(told) == 1
    assert "steps that name fields/size, which is gone or of another type" in told[0]


def test_a_changed_segment_is_that_of_the_plan_in_force(tmp_path: Path) -> None:
    database = entered(tmp_path, flow=FLOW.replace("did email.open of step first", "in segment hot"))
    change(tmp_path, NEW, 2, rest=REST.replace("score >= 50", "score >= 0"))
    assert tags(database) == {"go", "old"}


def test_a_removed_campaign_is_refused_for_those_on_older_versions_too(tmp_path: Path) -> None:
    database = entered(tmp_path)
    change(tmp_path, NEW, 2)
    gone = "campaigns: {d: {starts_when: [{tag_added: d}], steps: [{id: x, wait: 9 days}]}}\n"
    with pytest.raises(PlanError, match=r"campaign c .* is gone, and 1 contact is in it"):
        change(tmp_path, gone, 3)
    with pytest.raises(PlanError, match="is gone"):
        change(tmp_path, gone, 3, settings="migrate: {campaigns/c/pause: campaigns/d}\n")
    change(tmp_path, gone, 3, settings="migrate: {campaigns/c: campaigns/d}\n")
    assert stays(database) == [("d", "x", False)]


def test_a_renamed_campaign_keeps_its_versions(tmp_path: Path) -> None:
    asking = FLOW.replace("did email.open of step first", "score > 5")
    database = entered(tmp_path, flow=asking)
    change(tmp_path, NEW, 2)
    change(tmp_path, NEW.replace("  c:\n", "  d:\n    was: c\n"), 3)
    assert stays(database) == [("d", "pause", True)]
    change(tmp_path, NEW.replace("  c:\n", "  d:\n    was: c\n"), 25)
    assert tags(database) == {"go", "old"}


def test_a_paused_campaign_holds_every_version(tmp_path: Path) -> None:
    database = entered(tmp_path)
    change(tmp_path, NEW, 2)
    operator.pause(plan(NEW), database, "campaigns/c")
    change(tmp_path, NEW, 25)
    assert stays(database) == [("c", "pause", True)]
    operator.resume(plan(NEW), database, "campaigns/c")
    assert tags(database) == {"go", "old"}


def test_members_of_two_versions_merge_and_are_erased(tmp_path: Path) -> None:
    database = entered(tmp_path, "a", "z")
    change(tmp_path, NEW.replace("1 day", "9 days"), 2, row("b", 1))
    there = plan(NEW.replace("1 day", "9 days"))
    operator.merge(there, database, "id:a", "id:b")
    assert stays(database) == [("c", "pause", True)], "the older stay goes on"
    operator.erase(there, database, "id:z")
    (flow,) = reports.report(database).campaigns
    assert (flow.inside, flow.finishing) == (1, 1)


SPLIT = """campaigns:
  c:
    starts_when: [{tag_added: go}]
    steps:
      - id: ab
        split_test:
          paths: {a: [{wait: 9 days}], b: [{wait: 9 days}]}
          match: score > 5
          decide: {contacts: 50}
"""


def test_a_split_test_goes_on_for_each_version_by_itself(tmp_path: Path) -> None:
    names = [f"c{number}" for number in range(8)]
    database = entered(tmp_path, *names, flow=SPLIT)
    newer = SPLIT.replace("    steps:", "    on_change: finish\n    steps:").replace("9 days", "4 days")
    scored = [row("c0", 2, score="9"), row("n", 2), row("n", 2, score="8")]
    change(tmp_path, newer, 1)
    change(tmp_path, newer, 3, *scored)
    store = SqliteStore(database, write=False)
    states = {one.name: decode(one.name, one.state) for one in store.entities("split/")}
    store.close()
    counts = {
        name: (sum(state.arrived.values()), sum(state.matched.values()))
        for name, state in states.items()
        if isinstance(state, SplitState)
    }
    assert counts == {"split/c/ab": (9, 1), f"split/{older(database)[0]}/ab": (8, 1)}


def test_entering_is_one_thing_for_all_versions(tmp_path: Path) -> None:
    database = entered(tmp_path, flow=FLOW)
    submitted = [
        shop.event(str(day), "web_form.submission", {"id": "a"}, show(shop.START + day * DAY), asset="form")
        for day in (3, 22)
    ]
    newer = NEW.replace("[{tag_added: go}]", "[{event: web_form.submission of form}]\n    runs: every_time")
    change(tmp_path, newer, 2)
    change(tmp_path, newer, 25, *submitted)
    told = [
        (each["what"], each["why"]) for each in shop.audit(tmp_path) if each["what"].startswith("campaign")
    ]
    assert told == [
        ("campaign.entered", "starts_when 1"),
        ("campaign.refused", "already inside"),
        ("campaign.ended", "last step"),
        ("campaign.entered", "starts_when 1"),
        ("campaign.ended", "last step"),
    ]
    assert tags(database) == {"go", "old", "new"}


def test_steps_that_only_an_older_version_has_are_reported(tmp_path: Path) -> None:
    database = entered(tmp_path)
    change(tmp_path, NEW, 2, row("b", 1))
    (flow,) = reports.report(database).campaigns
    assert [(step.id, step.entered, step.waiting) for step in flow.steps] == [
        ("pause", 2, 1), ("done", 1, 0), ("first", 1, 0),
    ]  # fmt: skip
    assert all(step.adds_up for step in flow.steps)
    change(tmp_path, NEW, 25)
    (flow,) = reports.report(database).campaigns
    assert [(step.id, step.entered, step.waiting) for step in flow.steps[:2]] == [
        ("pause", 2, 0),
        ("done", 2, 0),
    ]
