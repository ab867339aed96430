"""A workspace full of what contacts share: splits, accounts, tasks, a team in turn; with deals, goals and
conversions. And made-up histories for it."""

from __future__ import annotations

import random
from functools import cache
from typing import Any

from oncue.compiler.pipeline import compile_files
from oncue.runtime.clock import show
from oncue.schemas.plan import Plan
from tests.runtime.shop import MINUTE, START

FILES = {
    "oncue.yaml": """
project: sales
timezone: Europe/Berlin
fields:
  points: number
account_fields:
  tier: {type: text, values: [free, gold]}
  visits: number
  seats: text
deal_fields:
  origin: text
events:
  purchase: {total: number}
connectors:
  email: {type: outbox, from: "Sales <hello@sales.test>"}
""",
    "people.yaml": """
lists: {news: {}}
users:
  ana: {email: ana@sales.test, manager: bo, phone: "+15550100"}
  bo: {email: bo@sales.test}
  cy: {email: cy@sales.test, active: false}
teams:
  sdr: [ana, cy, bo]
pipelines:
  orders: {stages: [new, offered, closing]}
conversions:
  order: {value: 10.5}
emails:
  one: {subject: One, body: one.md, list: news}
  two: {subject: Two, body: one.md, list: news}
segments:
  gold: account.tier == "gold"
  often: account.visits >= 6
web_pages:
  pricing:
    url: https://sales.test/pricing*
    on_visit:
      - math: account.visits + 1
      - add_tag: seen
""",
    "campaigns.yaml": """
campaigns:
  test:
    starts_when: [{event: web_page.visit of pricing}]
    steps:
      - split_test:
          paths:
            short: [send_email: one]
            long: [{send_email: two}, {wait: 1 day}, {send_email: one}]
          match: did purchase since start
          decide: {contacts: 8}
      - wait: 1 day
      - split_until:
          until: {date: 2026-01-10}
          before: [add_tag: early]
          after: [add_tag: late]
      - split_paths:
          paths: {left: [add_tag: left], right: [add_tag: right]}
  sell:
    starts_when: [{event: purchase}]
    runs: every_time
    steps:
      - assign_owner: {round_robin: sdr}
      - add_deal:
          {title: "Order {{ email }}", pipeline: orders, value_from: points, owner: {round_robin: sdr}}
      - convert: order
      - add_task:
          title: Call {{ email }}
          owner: contact_owner
          due: 2 days
          sms_owner: true
          notify_owner_when_overdue: true
          notify_manager_after: 1 day
      - goal: {name: second, when: did purchase at least 2 times, unmet: wait, at_most: 3 days}
      - update_deal: {stage: closing}
      - if: did purchase at least 3 times
        then: [{update_deal: {status: won}}, {complete_task: add_task}]
  golden:
    starts_when: [{enters_segment: gold}]
    runs: every_time
    steps:
      - math: points + 5
      - update_account: {set: {visits: "0"}}
  crowd:
    starts_when: [{enters_segment: often}]
    runs: every_time
    steps:
      - update_account: {set: {tier: gold}}
  done:
    starts_when: [{event: task.completed}]
    runs: every_time
    steps:
      - add_note: A task was done.
""",
    "one.md": "Hello {{ email }}.\n",
}


@cache
def plan(**changed: str) -> Plan:
    """The workspace's plan; `changed`: file stem -> (old text, new text) joined by ``=>``."""
    files = dict(FILES)
    for name, change in changed.items():
        old, _, new = change.partition("=>")
        path = next(path for path in files if path.startswith(f"{name}."))
        assert old in files[path]
        files[path] = files[path].replace(old, new)
    found, diagnostics = compile_files({name: text.encode() for name, text in files.items()})
    assert found is not None, diagnostics
    return found


def people(number: int) -> list[dict[str, Any]]:
    """Contact rows: three to an account, every fourth of none, all subscribed."""
    at = show(START)
    rows: list[dict[str, Any]] = []
    for person in range(number):
        account = {"account": f"Firm {person // 3}"} if person % 4 else {}
        known = {"email": f"p{person}@sales.test", "points": str(person), "subscribed": ["news"], "at": at}
        rows.append(known | account)
    return rows


def history(number: int, seed: int = 1, people_: int = 12) -> list[dict[str, Any]]:
    """Contact rows, then events and account rows in any order."""
    draw = random.Random(seed)
    return people(people_) + [_line(draw, place, people_) for place in range(number)]


def _line(draw: random.Random, place: int, people_: int) -> dict[str, Any]:
    person = draw.randrange(people_)
    at = show(START + MINUTE + draw.randrange(20 * 24 * 60) * MINUTE)
    event: dict[str, Any] = {"id": f"e{place}", "contact": f"p{person}@sales.test", "at": at}
    kind = draw.randrange(10)
    if kind < 5:
        url = draw.choice(["https://sales.test/pricing", "https://sales.test/about"])
        return event | {"type": "web_page.visit", "properties": {"url": url}}
    if kind < 8:
        return event | {"type": "purchase", "properties": {"total": draw.randrange(1, 90)}}
    if kind == 8:
        return {"account": f"firm {draw.randrange(4)}", "tier": draw.choice(["free", "gold"]), "at": at}
    return {"email": f"p{person}@sales.test", "account": draw.choice(["", "firm 1", "FIRM 2"]), "at": at}
