"""A campaign with every sort of place to stand at, and random changes of it."""

from __future__ import annotations

import random
from typing import Any

from oncue.compiler.pipeline import compile_files
from oncue.schemas.plan import Plan

STEPS = [
    "- {id: a, wait: 1 day}",
    "- add_tag: early",
    "- {id: b, wait: {until: 'tagged \"never\"', at_most: 2 days}}",
    "- {id: c, send_email: hello}",
    "- {id: d, wait: 2 days, was: x}",
    "- if: score > 50\n        then: [{wait: 3 days}, {add_tag: rich}]\n"
    "        else: [{id: e, wait: 5 days}]",
    "- id: ab\n        split_paths: {paths: {p: [{wait: 2 days}], q: [{id: f, wait: 4 days}]}}",
    "- {id: g, goal: {name: won, when: 'tagged \"won\"', unmet: wait, at_most: 3 days}}",
    "- wait: 10 days",
]
SETTINGS = """project: impact
timezone: UTC
policies:
  quiet_hours: {from: "20:00", to: "09:00"}
"""


FINISH = "    on_change: finish\n"


def plan(steps: list[str], *, hot: int = 60, exits: str = "", migrate: str = "", more: str = "") -> Plan:
    flow = "".join(f"      {step}\n" for step in steps)
    text = f"""
lists: {{news: {{}}}}
emails: {{hello: {{subject: Hello, body: hello.md, list: news}}}}
segments: {{hot: score >= {hot}}}
campaigns:
  other:
    starts_when: [{{tag_added: other}}]
    steps: [{{id: rest, wait: 90 days}}]
"""
    if steps:
        text += f"  flow:\n    starts_when: [{{tag_added: go}}]\n{exits}    steps:\n{flow}"
    files = {"oncue.yaml": SETTINGS + migrate, "c.yaml": text + more, "hello.md": "Hello"}
    found, diagnostics = compile_files({name: body.encode() for name, body in files.items()})
    assert found is not None, diagnostics
    return found


AWAY = """migrate:
  campaigns/flow: campaigns/other
  campaigns/flow/a: {end: Too late}
"""
EXISTING = """  new:
    starts_when: [{enters_segment: hot, existing: true}]
    steps: [{id: n, wait: 1 day}]
"""


def changed(dice: random.Random, *, finish: bool = False) -> Plan:
    """Another plan: steps gone, moved, longer, of another kind; with and without entries of `migrate`.
    `finish`: those inside finish on the steps that they know."""
    steps = [step for step in STEPS if dice.random() > 0.2]
    if dice.random() < 0.3:
        dice.shuffle(steps)
    steps = [step.replace("days", dice.choice(["days", "hours", "weeks"])) for step in steps]
    if dice.random() < 0.3:
        steps = [step.replace("{id: a, wait: 1 day}", "{id: a, add_note: a}") for step in steps]
    if dice.random() < 0.25:
        steps = []
    place = dice.choice(["campaigns/flow", "campaigns/flow/a", "campaigns/flow/ab/q", "campaigns/flow/d"])
    target = dice.choice(["end", "campaigns/other", "{end: Over}"])
    entries = {place: target, **({"campaigns/flow": "campaigns/other"} if dice.random() < 0.7 else {})}
    migrate = "migrate:\n" + "".join(f"  {key}: {to}\n" for key, to in entries.items())
    exits = dice.choice(["", "    exit_when: score > 80\n"])
    exits += FINISH if finish else ""
    more = dice.choice(["", EXISTING])
    return plan(
        steps, hot=dice.choice([40, 60]), exits=exits, migrate=dice.choice(["", migrate, migrate]), more=more
    )


def rows(dice: random.Random) -> list[dict[str, Any]]:
    """Thirty contacts that come at any time of twenty days."""
    found = []
    for number in range(30):
        tags = [tag for tag in ("go", "go", "won", "other") if dice.random() < (0.7 if tag == "go" else 0.15)]
        at = f"2026-01-{dice.randrange(1, 20):02}T{dice.randrange(24):02}:00:00Z"
        name, score = f"c{number}", str(dice.randrange(100))
        found.append(
            {
                "id": name,
                "email": f"{name}@x.test",
                "score": score,
                "tags": tags,
                "subscribed": ["news"],
                "at": at,
            }
        )
    return found
