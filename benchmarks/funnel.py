"""Ten reactivation scenarios beside none.

The same replay, once with ten scenarios of all four types in the plan and once without any: contacts respond
in twenty campaigns, scores rise and fall, statuses change. Some responses become active that would not have
without scenarios, which is work of its own and counted here.
"""

from __future__ import annotations

import json
import random
import tempfile
from functools import partial
from pathlib import Path

from measuring import Row, alone, at_most, medians

from oncue.compiler.pipeline import compile_files
from oncue.runtime.hosts import local
from oncue.schemas.plan import Plan

CAMPAIGNS, ROUNDS = 20, 3
SETTINGS = """project: many
timezone: UTC
fields: {grade: text}
funnel: {mode: hybrid, qualified_when: score >= 90, active_statuses: [open], inactive_statuses: [nurture]}
users: {ana: {email: ana@house.test}, bo: {email: bo@house.test}}
teams: {sdr: [ana, bo]}
"""
SCENARIOS = """
reactivation_scenarios:
  late-90: {type: score, crosses: score >= 90, wait: 20 minutes, look_back: 30 days,
    eligible: {all: [never_reactivated, {status: [resolved_no_action]}]}, assign: {round_robin: sdr}}
  late-95: {type: score, crosses: score >= 95 and grade == "A", eligible: {any: [never_reactivated]}}
  very-late: {type: score, crosses: score >= 99, wait: 2 days, eligible: {any: [{within: 9 days}]},
    consider_non_responses: true, default_campaign: c0}
  grade: {type: score, field_changes: grade, when: score >= 80,
    eligible: {all: [{status: [resolved_inactive]}]}}
  prompt-a: {type: response_prompt, prompts: [c18], look_back: 10 days, eligible: {any: [never_reactivated]}}
  prompt-b: {type: response_prompt, prompts: [c19], when: score >= 50, eligible: {any: [{within: 5 days}]}}
  call: {type: invocable, on: {event: call}, eligible: {any: [never_reactivated]}}
  hot: {type: invocable, on: {tag_added: hot}, eligible: {any: [never_reactivated]}}
  bought: {type: invocable, on: {event: purchase, when: event.total > 100},
    eligible: {any: [never_reactivated]}}
  awake: {type: active_status, eligible: {any: [never_reactivated]}, sync: {grade: A}}
"""
EVENTS = "events: {call: {}, purchase: {total: number}}\n"


def workspace(scenarios: str) -> Plan:
    """A plan of so many campaigns with a form each."""
    campaigns = "".join(
        f"  c{n}: {{statuses: {{asked: {{}}, came: {{responded: true}}}}, default_responded: came}}\n"
        for n in range(CAMPAIGNS)
    )
    forms = "".join(f"  f{n}: {{on_submission: [{{record_response: c{n}}}]}}\n" for n in range(CAMPAIGNS))
    files = {
        "oncue.yaml": SETTINGS + EVENTS,
        "all.yaml": f"campaigns:\n{campaigns}web_forms:\n{forms}{scenarios}",
    }
    made, found = compile_files({name: text.encode() for name, text in files.items()})
    assert made is not None, found
    return made


def measure(small: bool) -> list[Row]:
    """Of one million responses over 100,000 contacts; small: of 10,000 over 1,000."""
    return measured(1_000 if small else 100_000)


def measured(contacts: int) -> list[Row]:
    """Ten responses of each contact, and whatever else happens to it."""
    plans = (workspace(""), workspace(SCENARIOS))
    with tempfile.TemporaryDirectory(prefix="oncue-funnel-") as place:
        folder = Path(place)
        events = history(folder / "in.jsonl", contacts)
        works = [partial(replay, plan, folder) for plan in plans]
        bare, ours = medians(1 if contacts > 20_000 else ROUNDS, works)
    detail = f"{10 * contacts:,} responses of {contacts:,} contacts, {events:,} events: "
    detail += f"{events / ours:,.0f} events/s, without {events / bare:,.0f}"
    return [at_most("ten reactivation scenarios: a replay beside one without any", ours / bare, 1.5, detail)]


def history(path: Path, contacts: int) -> int:
    """Events of so many contacts over sixty days, the same each time; gives their number."""
    draw = random.Random(4)
    minutes = 60 * 24 * 60
    kinds = ["response"] * 10 + ["score"] * 3 + ["status", "other"]
    planned = sorted((draw.randrange(minutes), number, kind) for number in range(contacts) for kind in kinds)
    with path.open("w") as file:
        for number, (minute, who, kind) in enumerate(planned):
            day, rest = divmod(minute, 1440)
            at = f"2026-{1 + day // 28:02}-{1 + day % 28:02}T{rest // 60:02}:{rest % 60:02}:00Z"
            line = {"id": f"e{number}", "contact": f"p{who}", "at": at, **_event(draw, kind)}
            file.write(json.dumps(line) + "\n")
    return len(planned)


def _event(draw: random.Random, kind: str) -> dict[str, object]:
    if kind == "response":
        return {"type": "web_form.submission", "asset": f"f{draw.randrange(CAMPAIGNS)}"}
    if kind == "score":
        return {"type": "identify", "properties": {"score": draw.randrange(101), "grade": draw.choice("ABC")}}
    if kind == "status":
        return {"type": "identify", "properties": {"status": draw.choice(["open", "nurture"])}}
    if draw.random() < 0.5:
        return {"type": "call"}
    return {"type": "purchase", "properties": {"total": draw.randrange(200)}}


def replay(plan: Plan, folder: Path) -> None:
    """The whole history into a new database."""
    database = folder / "x.db"
    for old in folder.glob("x.db*"):
        old.unlink()
    local.run(plan, database, [folder / "in.jsonl"], clock="events")


if __name__ == "__main__":
    alone(measure)
