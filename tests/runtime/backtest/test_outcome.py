"""What a plan would have done in a span: against runs, against the log's own audit, week by week."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest

from oncue.runtime import operator
from oncue.runtime.backtest.facts import SEND, TAG, Fact, of_entry
from oncue.runtime.backtest.outcome import Outcome, Story, calendar, outcome
from oncue.runtime.backtest.playing import ALL, Played, Span, play_files, play_log
from oncue.runtime.backtest.witness import Witness
from oncue.runtime.kernel.link import link
from oncue.runtime.kernel.values.zone import Zone
from oncue.runtime.views import reports
from oncue.schemas.audit import AuditEntry
from oncue.schemas.plan import Plan
from tests.runtime import shop
from tests.runtime.backtest.test_playing import WORKSPACES

BERLIN = "Europe/Berlin"


def instant(day: int) -> int:
    """Midnight, UTC, of a day of January 2026."""
    return shop.START + (day - 1) * 24 * 60 * shop.MINUTE


def told(plan: Plan, play: Callable[[Witness], Played], **more: object) -> Outcome:
    witness = Witness(week_of=calendar(Zone(plan.settings.timezone)))
    played = play(witness)
    return outcome(plan, played, witness.weeks, witness.notes(), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", WORKSPACES)
def test_without_a_beginning_it_is_the_report_of_a_run(name: str, tmp_path: Path) -> None:
    plan, history = WORKSPACES[name][0](), WORKSPACES[name][1](4)
    shop.replay(tmp_path, history, plan=plan)
    source = tmp_path / "in.jsonl"
    found = told(plan, lambda witness: play_files(plan, [source], witness))
    run = reports.report(tmp_path / "x.db")
    assert found.report.campaigns == run.campaigns
    assert found.report.fulfillment == run.fulfillment
    assert found.report.segments == run.segments
    assert found.report.tasks == run.tasks
    assert found.report.fulfillment_lists == run.fulfillment_lists
    assert sum(number for _, number in found.sends) == sum(run.messages.values())
    assert (found.report.now, found.report.contacts) == (run.now, run.contacts)
    assert all(step.adds_up for campaign in found.report.campaigns for step in campaign.steps)


def facts_from(folder: Path, plan: Plan, start: int) -> Counter[Fact]:
    """The facts of a run's audit from an instant on. Tags are in no audit entry."""
    found: Counter[Fact] = Counter()
    kind_of = link(plan).kind_of
    for row in shop.audit(folder):
        if datetime.fromisoformat(row.pop("at")).timestamp() * 1_000_000 >= start:
            row.pop("contact")
            fact = of_entry(msgspec.convert(row, AuditEntry), kind_of)
            found[fact] += 1 if fact else 0  # type: ignore[index]
    return +found


@pytest.mark.parametrize("start", [None, instant(6), instant(13)])
@pytest.mark.parametrize("name", WORKSPACES)
def test_the_plan_in_force_on_its_own_log_does_what_it_did(
    name: str, start: int | None, tmp_path: Path
) -> None:
    plan = WORKSPACES[name][0]()
    shop.replay(tmp_path, WORKSPACES[name][1](2), plan=plan)
    span = ALL if start is None else Span(start)
    found = told(plan, lambda witness: play_log(plan, tmp_path / "x.db", witness, span=span))
    counts = Counter[Fact]()
    for week in found.weeks:
        counts.update(week.counts)
    seen = Counter({fact: number for fact, number in counts.items() if fact.kind not in (TAG, SEND)})
    assert seen == facts_from(tmp_path, plan, start or 0)
    run = reports.report(tmp_path / "x.db")
    assert [each.inside for each in found.report.campaigns] == [each.inside for each in run.campaigns]
    for campaign in found.report.campaigns:
        before = found.inside.get(campaign.id, 0)
        assert before + campaign.entered == campaign.inside + campaign.exited + campaign.ended


def test_an_operators_acts_are_part_of_a_log(tmp_path: Path) -> None:
    shop.replay(tmp_path, shop.history(200, seed=8, people=6))
    database = tmp_path / "x.db"
    operator.suppress(shop.plan(), database, "p1@shop.test")
    operator.enrol(shop.plan(), database, "p2@shop.test", "return")
    found = told(shop.plan(), lambda witness: play_log(shop.plan(), database, witness))
    counts = Counter[Fact]()
    for week in found.weeks:
        counts.update(week.counts)
    seen = Counter({fact: number for fact, number in counts.items() if fact.kind not in (TAG, SEND)})
    assert seen == facts_from(tmp_path, shop.plan(), 0)


def test_another_plan_takes_effect_in_the_middle_of_a_log(tmp_path: Path) -> None:
    shop.replay(tmp_path, shop.history(400, seed=6))
    before = (tmp_path / "x.db").read_bytes()
    plan = shop.plan(shop="wait: 2 days=>wait: 1 day")
    span = Span(instant(8))
    found = told(plan, lambda witness: play_log(plan, tmp_path / "x.db", witness, span=span))
    assert found.inside
    assert found.played.early > 0
    for campaign in found.report.campaigns:
        inside = found.inside.get(campaign.id, 0)
        assert inside + campaign.entered == campaign.inside + campaign.exited + campaign.ended
    assert (tmp_path / "x.db").read_bytes() == before


def test_what_comes_before_the_beginning_makes_contacts_and_counts_nothing(tmp_path: Path) -> None:
    row = {"email": "ana@shop.test", "first_name": "Ana"}
    lines = [
        shop.signup("1", "ana@shop.test", "2026-01-02T10:00:00Z"),
        shop.event("2", "list.confirm", "ana@shop.test", "2026-01-02T11:00:00Z", list="tips"),
        *(
            shop.visit(at, "ana@shop.test", f"2026-01-{at}:00Z")
            for at in ("04T10:00", "04T20:00", "05T10:00")
        ),
        shop.visit("late", "ana@shop.test", "2026-01-06T12:00:00Z"),
    ]
    source = shop.write(tmp_path / "in.jsonl", [row, *lines])
    plan = shop.plan()
    found = told(plan, lambda witness: play_files(plan, [source], witness, span=Span(instant(6))), samples=9)
    assert (found.played.early, found.played.events, found.played.rows) == (5, 1, 0)
    nurture = next(each for each in found.report.campaigns if each.id == "nurture")
    assert nurture.entered == 1  # not by the tag or the third visit, but when the fourth makes her busy again
    (story,) = found.stories
    assert story.contact == "email:ana@shop.test"
    assert min(at for _, at in story.facts) >= instant(6)
    sent = [fact.what for fact, _ in story.facts if fact.kind == SEND]
    assert "hello" in sent  # she had subscribed before, and the page's `once` is not used up


def test_the_end_is_not_included(tmp_path: Path) -> None:
    source = shop.write(tmp_path / "in.jsonl", shop.history(300, seed=3))
    plan, end = shop.plan(), instant(9)
    stories: list[Story] = []
    span = Span(instant(5), end)
    told(plan, lambda witness: play_files(plan, [source], witness, span=span), each=stories.append)
    instants = [at for story in stories for _, at in story.facts]
    assert min(instants) >= instant(5)
    assert max(instants) < end


def test_weeks_begin_on_mondays_of_the_projects_zone() -> None:
    week_of = calendar(Zone(BERLIN))
    for hours in range(0, 24 * 400, 5):
        at = shop.START + hours * 60 * shop.MINUTE
        local = datetime.fromtimestamp(at / 1_000_000, UTC).astimezone(ZoneInfo(BERLIN))
        monday = local.date() - timedelta(days=local.weekday())
        number, ends = week_of(at)
        assert date.fromordinal(number) == monday
        end = datetime.fromtimestamp(ends / 1_000_000, UTC).astimezone(ZoneInfo(BERLIN))
        assert (end.date(), end.hour, end.minute) == (monday + timedelta(days=7), 0, 0)


def test_the_weeks_add_up_to_the_whole(tmp_path: Path) -> None:
    source = shop.write(tmp_path / "in.jsonl", shop.history(300, seed=3))
    plan = shop.plan()
    found = told(plan, lambda witness: play_files(plan, [source], witness))
    whole = Witness()
    play_files(plan, [source], whole)
    whole.close()
    counts = Counter[Fact]()
    for week in found.weeks:
        counts.update(week.counts)
    assert counts == whole.weeks[0]
    assert len(found.weeks) > 2
