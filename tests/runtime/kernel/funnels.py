"""A workspace with a funnel, for timelines: pages that record, score, and change the status."""

from __future__ import annotations

from tests.runtime.kernel.stage import Stage

SETTINGS = """
funnel:
  mode: {mode}
  qualified_when: score >= 65
  active_statuses: [open, working]
  inactive_statuses: [nurture, recycled]
"""
KINDS = """
users:
  ana: {email: ana@acme.test}
  bo: {email: bo@acme.test}
teams: {sdr: [ana, bo]}
pipelines: {sales: {stages: [new, won]}}
campaigns:
  webinar:
    statuses: {invited: {}, registered: {}, attended: {responded: true}, asked: {responded: true}}
    default_responded: attended
  fair: {statuses: {invited: {}, visited: {responded: true}}}
  list: {statuses: {imported: {}, answered: {responded: true}}, exclude_from_reactivation: true}
  contact-us: {statuses: {asked: {responded: true}}}
  threshold: {statuses: {reached: {responded: true}}}
  drip:
    starts_when: [{event: web_form.submission of demo-request}]
    runs: every_time
    statuses: {inside: {}, done: {responded: true}}
    steps: [{wait: 1 day}, {record_response: drip}]
landing_pages:
  invited: {on_view: [{record_response: {campaign: webinar, status: invited}}]}
  webinar: {on_view: [{record_response: webinar}]}
  asked: {on_view: [{record_response: {campaign: webinar, status: asked}}]}
  fair: {on_view: [{record_response: fair}]}
  fair-invited: {on_view: [{record_response: {campaign: fair, status: invited}}]}
  list: {on_view: [{record_response: list}]}
  contact-us: {on_view: [{record_response: contact-us}]}
  score: {on_view: [{adjust_score: +70}]}
  cold: {on_view: [{adjust_score: -70}]}
  blip: {on_view: [{adjust_score: +70}, {adjust_score: -70}]}
  nurture: {on_view: [{update_contact: {set: {status: nurture}}}]}
  recycled: {on_view: [{update_contact: {set: {status: recycled}}}]}
  open: {on_view: [{update_contact: {set: {status: open}}}]}
  grade: {on_view: [{update_contact: {set: {industry: tools}}}]}
  deal: {on_view: [{add_deal: {title: Big, pipeline: sales, value: 500}}]}
  win: {on_view: [{update_deal: {status: won}}]}
  lose: {on_view: [{update_deal: {status: lost}}]}
  everything:
    on_view:
      - adjust_score: +70
      - record_response: webinar
      - update_contact: {set: {status: nurture}}
      - record_response: fair
"""
LATE = """
reactivation_scenarios:
  late-score:
    type: score
    crosses: score >= 65
    wait: 20 minutes
    look_back: 30 days
    eligible: {all: [never_reactivated, {status: [resolved_no_action]}]}
"""


def funnel(scenarios: str = "", *, mode: str = "active", **contact: object) -> Stage:
    """A stage with one contact."""
    given = {"email": "ana@x.test", **contact}
    return Stage(KINDS + scenarios, settings=SETTINGS.replace("{mode}", mode), contact=given)


def visit(stage: Stage, *pages: str) -> Stage:
    """Views pages, one after the other, at this instant."""
    for page in pages:
        stage.event(f"landing_page.view of {page}")
    return stage


def candidates(stage: Stage, scenario: str = "") -> list[dict[str, str]]:
    """Of each judgement, campaigns to why they lost."""
    found = []
    for entry in stage.entries("scenario.judged", f"reactivation_scenarios/{scenario}"):
        lines = entry.data.get("candidates", [])
        assert isinstance(lines, list)
        found.append({line.partition(" ")[0]: line.partition(": ")[2] for line in lines})
    return found
