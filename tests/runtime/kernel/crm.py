"""A company with people, pipelines and accounts, for timelines of sales work."""

from __future__ import annotations

from typing import Any

from tests.runtime.kernel.stage import Stage

FIELDS = """
account_fields:
  industry: text
  seats: {type: number, max: 500}
  renewal: date
  tier: {type: text, values: [gold, silver]}
deal_fields:
  tariff: {type: text, values: [basic, pro]}
  seats: number
  close_on: date
"""
KINDS = """
users:
  ana: {email: ana@acme.test, manager: bo, phone: "+15550100"}
  bo: {email: bo@acme.test, manager: cy}
  cy: {email: cy@acme.test}
  gone: {email: gone@acme.test, active: false}
teams:
  sdr: [ana, gone, bo]
  away: [gone]
pipelines:
  sales: {stages: [new, qualified, proposal]}
  renewals: {stages: [due, talking]}
conversions:
  signup: {value: 50}
  trial: {}
audiences:
  fans: {id: "238"}
"""


def flow(name: str, steps: str, head: str = "starts_when: [{event: purchase}]") -> str:
    """One campaign; `steps` is a YAML block list."""
    lines = "\n".join(f"      {line}" for line in steps.strip("\n").splitlines())
    return f"  {name}:\n    runs: every_time\n    {head}\n    steps:\n{lines}\n"


def crm(steps: str, *more: str, head: str = "starts_when: [{event: purchase}]", **given: Any) -> Stage:
    """A stage with the campaign ``c`` of these steps and `more` of them (see `flow.travel`)."""
    text = KINDS + "campaigns:\n" + flow("c", steps, head) + "".join(more)
    return Stage(text, settings=FIELDS, **given)


def reasons(stage: Stage, campaign: str = "c") -> list[str]:
    """Result and reason of every action of a campaign, without its rule."""
    found = stage.entries("action", f"campaigns/{campaign}")
    return [f"{entry.result} {entry.why}".strip() for entry in found if entry.result != "pending"]
