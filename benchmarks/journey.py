"""A campaign of 30 mixed steps, replayed over 60 virtual days, beside a plain sqlite3 script that writes the
same number of rows of each kind (see `journey_script`), which were noted down in a run of their own.

An input is whatever has a row in oncue's log: lines of the file, timers, and what contacts, teams and splits
answer each other. The script's time is that of its own statements alone: neither reading its notes nor
choosing what to write.

``python benchmarks/journey.py million`` compares the cost of an input at 10,000 and at 1,000,000 contacts,
over the first FEW_DAYS of the same history: everybody's row, three signups in ten and the first two waits, in
no order of contacts. All 60 days of a million contacts take the better part of an hour.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, NamedTuple

import journey_script
import msgspec
from journey_script import NotingStore
from measuring import Row, alone, at_least, at_most, seconds, table

from oncue.compiler.pipeline import compile_files
from oncue.runtime.clock import show
from oncue.runtime.engine import collecting
from oncue.runtime.engine.engine import BATCH, Engine
from oncue.runtime.hosts.replay import Timeline
from oncue.runtime.kernel.link import link
from oncue.runtime.plans import adoption
from oncue.runtime.reading import inputs
from oncue.runtime.reading.admission import Refusal, Work, admit
from oncue.runtime.reading.inputs import Line
from oncue.runtime.reading.rejects import Rejects
from oncue.runtime.stores.sqlite import SqliteStore
from oncue.schemas.plan import Plan

START = 1_767_225_600_000_000  # 2026-01-01
SECOND = 1_000_000
DAY = 86_400 * SECOND
DAYS = 60
FEW_DAYS = 3

FILES = {
    "oncue.yaml": """
project: journey
timezone: America/New_York
fields: {points: number, plan: text}
events: {signup: {source: text}, purchase: {total: number}}
policies:
  quiet_hours: {from: "22:00", to: "07:00"}
  frequency_caps: [{channel: email, at_most: 4, per: 7 days}]
""",
    "all.yaml": """
lists: {news: {}}
pipelines: {sales: {stages: [new, talks, offer]}}
conversions: [bought]
users: {ana: {email: ana@house.test}, bo: {email: bo@house.test}}
teams: {sdr: [ana, bo]}
segments:
  buyers: count(purchase) >= 1
emails:
  welcome: {subject: Welcome, body: hello.md, list: news}
  guide: {subject: Guide, body: hello.md, list: news}
  offer: {subject: Offer, body: hello.md, list: news}
  last: {subject: Last call, body: hello.md, list: news}
campaigns:
  nurture:
    starts_when: [{event: signup}]
    steps:
      - {add_tag: lead}
      - {update_contact: {set: {plan: free, points: 0}}}
      - {send_email: welcome}
      - {wait: 1 day}
      - {adjust_score: +5}
      - if: did email.open of welcome
        then:
          - {add_tag: reader}
          - {adjust_score: +10}
        else:
          - {add_note: "Has not opened the welcome"}
      - {wait: 3 days}
      - split_paths:
          paths:
            short:
              - {send_email: guide}
            long:
              - {wait: 2 days}
              - {send_email: guide}
      - {math: points + 10}
      - {wait: {at: "monday 09:00"}}
      - {send_email: {rules: [{when: score >= 10, use: offer}], default: guide}}
      - {assign_owner: {round_robin: sdr}}
      - {add_deal: {title: "Deal of {{ first_name }}", value: 100}}
      - {wait: 5 days}
      - split_test:
          match: count(purchase) >= 1
          decide: {contacts: 5000}
          paths:
            mail:
              - {send_email: offer}
            note:
              - {add_note: "Call {{ first_name }}"}
      - {wait: {until: count(purchase) >= 1, at_most: 10 days}}
      - {update_deal: {stage: talks}}
      - {math: deal.value * 1.1}
      - {webhook: "https://hook.test/lead"}
      - {wait: 7 days}
      - goal: {name: bought, when: count(purchase) >= 1, unmet: wait, at_most: 10 days}
      - {convert: bought, when: count(purchase) >= 1}
      - {remove_tag: lead}
      - {update_deal: {status: won}, when: count(purchase) >= 1}
      - {send_email: last}
""",
    "hello.md": "Hello {{ first_name | default('friend') }}, this is for you.\n",
}


def measure(small: bool) -> list[Row]:
    many, few = (600, 300) if small else (100_000, 10_000)
    ours, plain, seen = compared(many)
    flat = ours / many / per_contact(few)
    detail = (
        f"{seen.inputs / ours:,.0f} and {seen.inputs / plain:,.0f} inputs, {seen.steps / ours:,.0f} and "
        f"{seen.steps / plain:,.0f} steps a second; {seen.rows / seen.inputs:.1f} rows an input; "
        f"{many:,} contacts, {DAYS} days"
    )
    return [
        at_least("30 mixed steps, beside plain sqlite3 writing as many rows", plain / ours, 0.7, detail),
        at_most(f"the same, cost of a contact, {few:,} or {many:,}", flat, 1.3),
    ]


class Seen(NamedTuple):
    """What both sides did."""

    inputs: int
    steps: int
    rows: int


def compared(contacts: int) -> tuple[float, float, Seen]:
    """Seconds of oncue and of the script, and what they did."""
    with tempfile.TemporaryDirectory(prefix="oncue-journey-") as place:
        folder = Path(place)
        source, notes = written(folder, contacts), folder / "notes.jsonl"
        with notes.open("wb") as file:
            noting = NotingStore(folder / "noting.db", file)
            replay(noting, source)
        os.sync()
        ours = seconds(lambda: replay(SqliteStore(folder / "ours.db"), source))
        os.sync()
        plain, rows, steps = journey_script.run(folder / "plain.db", notes)
    assert rows == noting.rows
    return ours, plain, Seen(noting.inputs, steps, rows)


def per_contact(contacts: int) -> float:
    """Seconds that a contact costs."""
    with tempfile.TemporaryDirectory(prefix="oncue-journey-") as place:
        source = written(Path(place), contacts)
        os.sync()
        return seconds(lambda: replay(SqliteStore(Path(place) / "ours.db"), source)) / contacts


# --- oncue


def replay(store: SqliteStore, source: Path, days: int = DAYS) -> int:
    """As `oncue run --clock events` does it, but messages stay rows. Closes the store; gives the number of
    inputs."""
    plan = compiled()
    adoption.put_first(store, plan, 0)
    with Rejects(None) as rejects, collecting.rarely():
        engine = Engine(store, link(plan), rejects)
        with Timeline(engine.program, refused, engine.now) as timeline:
            timeline.read(inputs.read(source))
            ordered = timeline.lines(START + days * DAY)
            while group := list(islice(ordered, BATCH)):
                engine.handle([work for at, line in group for work in placed(engine, at, line)])
        engine.fire(START + days * DAY)
        engine.finish()
    done = store.top()[1]
    store.close()
    return done


def placed(engine: Engine, at: int, line: Line) -> Iterator[Work]:
    found = admit(engine.program, line, None)
    assert isinstance(found, Work)
    found.now = at
    yield found


def refused(line: Line, refusal: Refusal) -> None:
    raise SystemExit(f"line {line.number}: {refusal.message}")


def compiled() -> Plan:
    plan, found = compile_files({name: text.encode() for name, text in FILES.items()})
    if plan is None:
        raise SystemExit(f"the workspace has errors: {found[0]}")
    return plan


def written(folder: Path, contacts: int) -> Path:
    """Rows and signups over ten days; two in five buy within forty, and open what they are sent."""
    path = folder / "lines.jsonl"
    with path.open("wb") as file:
        for line in lines(contacts):
            file.write(msgspec.json.encode(line) + b"\n")
    return path


def lines(contacts: int) -> Iterator[dict[str, Any]]:
    draw = random.Random(1)
    for number in range(contacts):
        name, begin = f"c{number}", START + draw.randrange(10 * 86_400) * SECOND
        row = {"id": name, "email": f"{name}@people.test", "first_name": f"Name {number}"}
        yield {**row, "subscribed": ["news"], "at": show(START - SECOND)}
        given = {"contact": name, "type": "signup"}
        yield {**given, "id": f"s{number}", "at": show(begin), "properties": {"source": "web"}}
        if draw.random() < 0.4:
            given = {"contact": name, "type": "purchase"}
            later = begin + draw.randrange(40 * 86_400) * SECOND
            yield {**given, "id": f"p{number}", "at": show(later), "properties": {"total": 20}}


def million() -> None:
    sizes = (10_000, 1_000_000)
    (few, few_cpu), (many, many_cpu) = (per_input(size) for size in sizes)
    detail = f"{few:.0f} and {many:.0f} microseconds, of the processor {few_cpu:.0f} and {many_cpu:.0f}"
    print(table([at_most("cost of an input, 10,000 or 1,000,000 contacts", many / few, 1.3, detail)]))


def per_input(contacts: int) -> tuple[float, float]:
    """Microseconds that an input costs in the first days, and those of the processor."""
    with tempfile.TemporaryDirectory(prefix="oncue-journey-") as place:
        source = written(Path(place), contacts)
        os.sync()
        begin, cpu = perf_counter(), process_time()
        done = replay(SqliteStore(Path(place) / "ours.db"), source, FEW_DAYS)
        return (perf_counter() - begin) / done * 1e6, (process_time() - cpu) / done * 1e6


if __name__ == "__main__":
    million() if sys.argv[1:2] == ["million"] else alone(measure)
