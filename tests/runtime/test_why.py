"""`oncue why` where a database has lived: changed plans, pauses, merges, erasure, silent loads, live runs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from oncue.compiler.pipeline import compile_files
from oncue.runtime import clock, operator
from oncue.runtime.errors import CommandError, NewerDatabaseError, NoDatabaseError
from oncue.runtime.hosts.local import run
from oncue.runtime.stores.sqlite import SqliteStore
from oncue.runtime.why.answer import Answer, Part
from oncue.runtime.why.ask import ask
from oncue.schemas.plan import Plan

SETTINGS = "project: p\ntimezone: UTC\nfields: {plan: text}\nevents: {buy: {total: number}, ping: {}}\n"
DECLARED = """
lists: {news: {}}
emails: {hello: {subject: Hello, body: hello.md, list: news, on_click: [{send_email: more}]},
  more: {subject: More, body: hello.md, list: news}}
segments: {buyers: did buy}
"""
WELCOME = """
campaigns:
  welcome: {starts_when: [event: buy], steps: [{send_email: hello}, {wait: 3 days}, {send_email: more}]}
"""


def plan(text: str = WELCOME, settings: str = SETTINGS) -> Plan:
    files = {"oncue.yaml": settings, "all.yaml": DECLARED, "flow.yaml": text, "hello.md": "Hello.\n"}
    made, found = compile_files({name: each.encode() for name, each in files.items()})
    assert made is not None, found
    return made


def at(day: int, hour: int = 10) -> str:
    return f"2026-03-{day:02d}T{hour:02d}:00:00Z"


def person(name: str = "ana", day: int = 1, **more: Any) -> dict[str, Any]:
    return {"id": name, "email": f"{name}@x.test", "subscribed": "news", "at": at(day, 8), **more}


def event(type_: str, day: int, contact: str = "ana", asset: str = "", **props: Any) -> dict[str, Any]:
    line = {
        "id": f"{type_}-{contact}-{day}",
        "type": type_,
        "contact": contact,
        "at": at(day),
        "properties": props,
    }
    return {**line, "asset": asset} if asset else line


def play(
    folder: Path,
    lines: Iterable[dict[str, Any]],
    until: int,
    made: Plan | None = None,
    *,
    triggers: bool = True,
) -> Path:
    """Plays lines up to a day; on a database that is there already, they go on."""
    source, database = folder / "lines.jsonl", folder / "x.db"
    source.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    instant = clock_of(at(until))
    run(made or plan(), database, [source], clock="events", until=instant, triggers=triggers)
    return database


def clock_of(text: str) -> int:
    from oncue.runtime.kernel.values.forms import read_instant
    from oncue.runtime.kernel.values.zone import Zone

    instant = read_instant(text, Zone("UTC"))
    assert instant is not None
    return instant


def why(database: Path, kind: str, name: str = "", who: str = "ana", at: str | None = None) -> Answer:
    return ask(database, who, kind, name, at)[0]


def stood(answer: Answer) -> list[str]:
    """What stood in the way, story by story."""
    assert not answer.did
    return [story.findings[-1].what for story in answer.stories]


def last(answer: Answer) -> str:
    return answer.stories[-1].findings[-1].text


# --- bad questions


def test_a_slip_in_a_name_is_told_with_what_was_meant(tmp_path: Path) -> None:
    database = play(tmp_path, [person(), event("buy", 2)], 3)
    with pytest.raises(CommandError, match=r"nobody is known as ana@x\.tset: did you mean ana@x\.test\?"):
        why(database, "email", "hello", "ana@x.tset")
    with pytest.raises(CommandError, match=r"nobody is known as bo$"):
        why(database, "email", "hello", "bo")
    for kind, name, meant in (
        ("email", "helo", "hello"), ("campaign", "welcom", "welcome"), ("segment", "buyer", "buyers"),
        ("step", "welcome/wayt", "welcome/wait"), ("list", "new", "news"),
        ("action", "emails/hello/on_clik", "emails/hello/on_click"),
    ):  # fmt: skip
        with pytest.raises(CommandError, match=rf"did you mean {meant}\?"):
            why(database, kind, name)
    with pytest.raises(CommandError, match="names no fulfillment action"):
        why(database, "action", "hello")


def test_an_instant_that_the_database_does_not_know_is_refused(tmp_path: Path) -> None:
    database = play(tmp_path, [person(), event("buy", 2)], 3)
    for text, problem in (
        ("2026-02-01", "nothing before 2026-03-01T08:00:00Z"),
        ("2026-04-01", "nothing after 2026-03-03T10:00:00Z"),
        ("soon", "soon is no instant"),
    ):  # fmt: skip
        with pytest.raises(CommandError, match=problem):
            why(database, "email", "hello", at=text)


def test_a_database_that_is_not_there_or_newer_or_empty(tmp_path: Path) -> None:
    with pytest.raises(NoDatabaseError):
        why(tmp_path / "none.db", "email", "hello")
    SqliteStore(tmp_path / "empty.db").close()
    with pytest.raises(CommandError, match="nobody is known"):
        why(tmp_path / "empty.db", "email", "hello")
    database = play(tmp_path, [person()], 3)
    store = SqliteStore(database)
    store._db.execute("PRAGMA user_version = 99")
    store.close()
    with pytest.raises(NewerDatabaseError):
        why(database, "email", "hello")


# --- changed plans


def test_a_plan_of_that_time_that_had_no_such_campaign(tmp_path: Path) -> None:
    play(tmp_path, [person(), event("buy", 2)], 3, plan(""))
    database = play(tmp_path, [event("ping", 5)], 6)
    assert stood(why(database, "campaign", "welcome")) == ["not_deployed"]
    assert stood(why(database, "campaign", "welcome", at=at(3, 9))) == ["not_deployed"]
    assert "took effect at 2026-03-03 10:00:00" in last(why(database, "campaign", "welcome", at=at(3, 9)))


def test_a_life_goes_on_over_changed_plans(tmp_path: Path) -> None:
    """The new plan's conditions need history that the old one's did not; a step is gone."""
    longer = WELCOME.replace(
        "{wait: 3 days}", "{wait: 3 days}, {id: fork, if: did ping at least 2 times, then: [{add_tag: two}]}"
    )
    play(tmp_path, [person(), event("ping", 2), event("buy", 3), event("ping", 4)], 4)
    database = play(tmp_path, [event("ping", 5)], 8, plan(longer))
    answer = why(database, "tag", "two")
    assert answer.did, answer
    [fork] = [each for story in answer.stories for each in story.findings if each.text.startswith("fork:")]
    assert fork.condition is not None
    assert fork.condition.saw == ("count(ping) is 3",)


def test_somebody_in_the_segment_before_the_campaign_came_does_not_enter(tmp_path: Path) -> None:
    entering = "campaigns: {late: {starts_when: [enters_segment: buyers], steps: [{add_tag: x}]}}\n"
    play(tmp_path, [person(), event("buy", 2)], 3, plan("campaigns: {}\n"))
    database = play(tmp_path, [event("ping", 5)], 6, plan(entering))
    assert stood(why(database, "campaign", "late")) == ["not_deployed"]


def test_a_rule_that_the_plan_of_that_time_did_not_have(tmp_path: Path) -> None:
    play(tmp_path, [person(plan="gold"), event("buy", 2)], 3)
    ruled = WELCOME.replace(
        "send_email: hello", "send_email: {rules: [{when: plan == 'gold', use: more}], default: hello}"
    )
    shorter = ruled.replace(", {send_email: more}", "").replace("'gold'", '"gold"')
    database = play(tmp_path, [event("ping", 4)], 5, plan(shorter))
    answer = why(database, "email", "more")
    assert stood(answer)[0] == "not_deployed", answer


# --- switches, silence


def test_a_paused_campaign(tmp_path: Path) -> None:
    database = play(tmp_path, [person(), event("ping", 2)], 2)
    operator.pause(plan(), database, "campaigns/welcome")
    play(tmp_path, [event("buy", 3)], 8)
    assert stood(why(database, "email", "hello")) == ["paused"]
    operator.resume(plan(), database, "campaigns/welcome")
    play(tmp_path, [event("ping", 9)], 9)
    assert why(database, "email", "hello").did
    assert stood(why(database, "email", "hello", at=at(8, 9))) == ["paused"]


def test_a_held_message_is_told_until_it_is_let_go(tmp_path: Path) -> None:
    database = play(tmp_path, [person(), event("buy", 2)], 2)
    operator.pause(plan(), database, "emails/hello/on_click")
    play(tmp_path, [event("email.click", 3, asset="hello")], 3)
    assert stood(why(database, "email", "more"))[-1] == "held"
    operator.resume(plan(), database, "emails/hello/on_click", drop=True)
    assert stood(why(database, "email", "more"))[-1] == "handover"


def test_what_was_loaded_silently_starts_nothing(tmp_path: Path) -> None:
    tagged = "campaigns: {c: {starts_when: [tag_added: vip], steps: [{add_note: x}]}}\n"
    database = play(tmp_path, [person(tags="vip")], 2, plan(tagged), triggers=False)
    assert stood(why(database, "campaign", "c")) == ["silent"]
    assert why(database, "tag", "vip").did


# --- people


def test_a_merged_contact_has_the_lives_of_both(tmp_path: Path) -> None:
    database = play(tmp_path, [person(), person("bo", 2), event("buy", 3, "bo")], 4)
    operator.merge(plan(), database, "ana", "bo")
    play(tmp_path, [event("ping", 5)], 8)
    for who in ("ana", "bo"):
        answer = why(database, "email", "more", who)
        assert answer.did, answer
        assert answer.contact == "id:ana"
    before = why(database, "campaign", "welcome", "bo", at=at(3, 12))
    assert (before.did, stood(before)) == (False, ["no_event"]), "the survivor's own past"


def test_of_an_erased_contact_nothing_can_be_said(tmp_path: Path) -> None:
    database = play(tmp_path, [person(), event("buy", 2)], 2)
    operator.erase(plan(), database, "ana")
    with pytest.raises(CommandError, match="nobody is known as ana"):
        why(database, "email", "hello")
    play(tmp_path, [person(day=4), {**event("ping", 5), "id": "p"}], 6)
    assert stood(why(database, "email", "hello")) == ["no_event"]
    assert "was not known" in why(database, "email", "hello", at=at(3, 9)).text


def test_what_the_log_does_not_hold_is_not_guessed(tmp_path: Path) -> None:
    database = play(tmp_path, [person(), event("buy", 2), event("ping", 3)], 4)
    store = SqliteStore(database)
    store._db.execute("UPDATE log SET body = NULL, entries = NULL WHERE kind = 'event' AND seq = 2")
    store.close()
    answer = why(database, "email", "hello")
    assert not answer.known
    assert "does not say enough" in answer.text
    assert "2026-03-02 10:00:00" in answer.text
    assert why(database, "tag", "x", at=at(1, 12)).known, "before that all is well"


def test_another_audit_than_the_replays_is_not_explained_away(tmp_path: Path) -> None:
    database = play(tmp_path, [person(), event("buy", 2)], 4)
    store = SqliteStore(database)
    store._db.execute("UPDATE log SET entries = replace(entries, 'welcome', 'goodbye') WHERE seq = 2")
    store.close()
    answer = why(database, "email", "hello")
    assert (answer.known, answer.did) == (False, False)
    assert "does not follow" in answer.text


# --- live


def test_a_live_database_is_told_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Late events, timers that fire after a stop, hand-overs as inputs of their own."""
    source, database = tmp_path / "lines.jsonl", tmp_path / "x.db"
    steps = (
        (1, [person()]),
        (2, [event("buy", 2)]),
        (9, [event("ping", 1), event("buy", 8, "bo")]),
        (20, []),
    )
    for day, lines in steps:
        monkeypatch.setattr(clock, "wall", lambda day=day: clock_of(at(day, 12)))
        source.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
        run(plan(), database, [source], clock="wall")
    assert why(database, "email", "hello").did
    assert why(database, "email", "more").did
    assert why(database, "campaign", "welcome", "bo").did
    ignored = why(database, "segment", "buyers")
    assert ignored.did


def test_it_reads_beside_a_writer(tmp_path: Path) -> None:
    database = play(tmp_path, [person(), event("buy", 2)], 3)
    writer = SqliteStore(database)
    try:
        with writer.transaction():
            assert why(database, "email", "hello").did
    finally:
        writer.close()


# --- what is taken away lets it happen

BRANCHES = """
campaigns:
  flow:
    starts_when: [{event: buy, when: event.total > 10}]
    exit_when: tagged "left"
    steps:
      - id: greet
        send_email:
          rules: [{when: plan == "gold", use: more}]
          default: hello
      - id: fork
        if: did ping
        then: [{add_tag: pinged}]
        else: [{add_tag: quiet}]
"""
GOOD: dict[str, Any] = {"total": 20, "person": {}, "before": []}
# question, what is wrong, what stands in the way, what takes it away
REMOVED: list[tuple[tuple[str, str], dict[str, Any], str, dict[str, Any]]] = [
    (("campaign", "flow"), {"total": 5}, "when", {}),
    (("campaign", "flow"), {"person": {"tags": "left"}}, "campaign.refused", {}),
    (("email", "hello"), {"person": {"subscribed": ""}}, "refused", {}),
    (("email", "hello"), {"person": {"email": "no address"}}, "refused", {}),
    (("email", "hello"), {"person": {"suppressed": "true"}}, "refused", {}),
    (("email", "hello"), {"person": {"plan": "gold"}}, "rule", {}),
    (("email", "more"), {}, "rule", {"person": {"plan": "gold"}}),
    (("step", "flow/fork/then/add_tag"), {}, "branch", {"before": [event("ping", 1)]}),
    (("step", "flow/fork/else/add_tag"), {"before": [event("ping", 1)]}, "branch", {}),
    (("segment", "buyers"), {"total": None}, "now", {}),
]


@pytest.mark.parametrize(("question", "wrong", "what", "right"), REMOVED)
def test_without_what_stood_in_the_way_it_happens(
    tmp_path: Path, question: tuple[str, str], wrong: dict[str, Any], what: str, right: dict[str, Any]
) -> None:
    answers = []
    for number, change in enumerate((wrong, right)):
        given = {**GOOD, **change}
        buys = [event("buy", 2, total=given["total"])] if given["total"] is not None else []
        folder = tmp_path / str(number)
        folder.mkdir()
        database = play(folder, [person(**given["person"]), *given["before"], *buys], 5, plan(BRANCHES))
        answers.append(why(database, *question))
    assert what in [finding.what for story in answers[0].stories for finding in story.findings]
    assert stood(answers[0])
    assert answers[1].did, answers[1]


def test_a_failing_part_is_marked_and_holds_once_it_is_made_true(tmp_path: Path) -> None:
    when = 'event: buy, when: event.total > 10 and plan == "gold"'
    text = f"campaigns: {{c: {{starts_when: [{{{when}}}], steps: [{{add_tag: x}}]}}}}\n"
    database = play(tmp_path, [person(), event("buy", 2, total=20)], 3, plan(text))
    part = why(database, "campaign", "c").stories[0].findings[-1].condition
    assert part is not None
    assert failing(part) == ['plan == "gold"']
    other = tmp_path / "other"
    other.mkdir()
    assert why(
        play(other, [person(plan="gold"), event("buy", 2, total=20)], 3, plan(text)), "campaign", "c"
    ).did


TWICE = """
campaigns:
  c:
    starts_when: [event: buy]
    steps:
      - {id: one, if: tagged "x", then: [{add_note: early}]}
      - add_tag: x
      - {id: two, if: tagged "x", then: [{add_note: late}]}
"""


def test_a_condition_that_is_asked_twice_in_one_input_is_told_as_it_was_each_time(tmp_path: Path) -> None:
    answer = why(play(tmp_path, [person(), event("buy", 2)], 3, plan(TWICE)), "campaign", "c")
    told = {each.text: each.condition for each in answer.stories[0].findings}
    one, two = told["one: done (else)"], told["two: done (then)"]
    assert one is not None
    assert two is not None
    assert (one.holds, one.saw, two.holds, two.saw) == (False, ("no tags",), True, ("tags: x",))


GOALS = """
campaigns:
  c:
    starts_when: [event: buy]
    steps:
      - wait: 9 days
      - {id: over, add_tag: over}
      - {id: goal, goal: {name: g, when: did ping}}
      - {id: rest, wait: 9 days}
      - {id: behind, add_tag: behind}
"""


def test_a_jump_explains_what_lies_between_and_not_what_lies_behind(tmp_path: Path) -> None:
    database = play(tmp_path, [person(), event("buy", 2), event("ping", 3)], 5, plan(GOALS))
    assert stood(why(database, "step", "c/over")) == ["jumped"]
    assert stood(why(database, "step", "c/behind")) == ["waiting"]


def failing(part: Part) -> list[str]:
    if not part.parts:
        return [] if part.holds else [part.text]
    return [text for inner in part.parts for text in failing(inner)]
