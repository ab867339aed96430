"""Each lint catches what it is for: one place of a good workspace is changed, and the code appears."""

from __future__ import annotations

from pathlib import Path

import pytest

from oncue.compiler import codes, workspace
from oncue.compiler.pipeline import compile_files

EXAMPLES = Path(__file__).parents[3] / "examples"

GOOD = {
    "oncue.yaml": """
project: acme
timezone: Europe/Berlin
fields: {employees: {type: number, min: 0}, renewal_date: date}
events: {purchase: {total: number}}
policies:
  quiet_hours: {from: "21:00", to: "08:00"}
  frequency_caps: [{channel: email, at_most: 3, per: 7 days}]
  max_sends_per_contact_per_day: 5
  blackout_dates: [2026-12-25, 2026-12-26]
connectors:
  email: {type: outbox, from: "Acme <hello@acme.test>"}
funnel: {mode: passive, qualified_when: score >= 65, active_statuses: [open], inactive_statuses: [nurture]}
migrate:
  lists/offers: lists/news
""",
    "people.yaml": """
users:
  ana: {email: ana@acme.test, phone: "+15550100", manager: bo}
  bo: {email: bo@acme.test}
  cy: {email: cy@acme.test, active: false}
teams:
  sdr: [ana, bo]
  away: [cy]
lists:
  news: {}
  club: {opt_in: double, confirm: confirm}
segments:
  hot: score >= 80
  lapsed: did purchase and last(purchase) older than 90 days
emails:
  confirm: {subject: Please confirm, body: emails/a.md, operational: true}
  hello: {subject: Hello, body: emails/a.md, list: news}
  offer: {subject: Offer, body: emails/a.md, list: news}
  insider: {subject: Insider, body: emails/a.md, list: club, on_open: [{add_tag: insider}]}
web_forms:
  demo:
    on_submission:
      - subscribe: news
      - send_email: hello
""",
    "campaigns.yaml": """
campaigns:
  spring:
    starts_when:
      - enters_segment: hot
        when: employees > 10
      - enters_segment: lapsed
    exit_when: tagged "customer"
    steps:
      - id: invite
        send_email:
          rules:
            - when: employees > 500 and score >= 90
              use: no_action
            - when: employees > 500
              use: offer
            - when: did purchase at least 3 times in last 30 days
              use: hello
            - when: did purchase at least 2 times in last 90 days
              use: offer
          default: hello
      - wait: {until: did email.open of step invite, at_most: 3 days}
      - if: did email.click of step invite or renewal_date within next 30 days
        then:
          - add_tag: keen
          - assign_owner: {round_robin: sdr}
        else:
          - wait: 1 day
          - goto: last
      - goal: {name: bought, when: did purchase since start, unmet: continue}
      - id: reminder
        send_email: offer
      - id: last
        update_contact: {set: {status: asked}, clear: [city]}
  again:
    starts_when: [{tag_added: keen}]
    runs: every_time
    steps:
      - subscribe: club
      - wait: {until: subscribed to club, at_most: 7 days, on_timeout: [end]}
      - send_email: insider
      - if: did goal.achieved where goal == "bought"
        then: [{remove_tag: keen}]
        else: [{start_campaign: last-call}]
  last-call:
    was: final-call
    steps:
      - wait: 2 days
      - unsubscribe: news
""",
    "more.yaml": """
pipelines:
  sales: {stages: [new, qualified]}
conversions: [order]
audiences:
  keen: {id: "238"}
site_messages:
  welcome: {text: Welcome back}
fulfillment_lists:
  swag-box:
    schedule: weekly on monday at 09:00
    recipients: [{email: printer@vendor.test, subject: Swag boxes}]
    columns: [first_name, address]
    task: {owner: ana, due: 3 days, sms_owner: true, notify_manager_after: 2 days}
web_pages:
  pricing:
    url: https://acme.test/pricing
    on_visit:
      - add_deal: {title: Pricing, pipeline: sales, stage: new}
      - convert: order
      - add_to_audience: keen
      - send_site_message: welcome
      - add_to_fulfillment_list: swag-box
campaigns:
  webinar: {statuses: {invited: {}, attended: {responded: true}}}
  ordered:
    starts_when: [{event: converted, when: 'event.conversion == "order"'}]
    steps:
      - wait: 1 day
      - {add_note: Ordered, when: 'entry.conversion in ["order"]'}
web_forms:
  webinar: {on_submission: [{record_response: webinar}]}
reactivation_scenarios:
  late-score:
    type: score
    crosses: score >= 65
    wait: 20 minutes
    look_back: 30 days
    sync: {status: open}
    eligible: {any: [never_reactivated]}
""",
    "emails/a.md": "Hello\n",
}

MUTANTS = [
    (
        "L101",
        "          - wait: 1 day\n          - goto: last\n",
        "          - goto: last\n          - wait: 1 day\n",
    ),
    ("L102", "employees > 500 and score >= 90", "employees > 400"),
    ("L102", "employees > 500\n", "employees > 500 and score >= 95\n"),
    ("L102", "at least 2 times in last 90 days", "at least 4 times in last 7 days"),
    ("L103", "      - enters_segment: lapsed\n", ""),
    ("L104", "  offer: {", "  spare: {subject: Spare, body: emails/a.md, list: news}\n  offer: {"),
    ("L105", "  news: {}\n", "  news: {}\n  spare: {}\n"),
    ("L106", "    starts_when: [{tag_added: keen}]\n    runs: every_time\n", ""),
    (
        "L107",
        "      - subscribe: news\n      - send_email: hello\n",
        "      - send_email: hello\n      - subscribe: news\n",
    ),
    ("L108", "Acme <hello@acme.test>", "https://acme:s3cr3t@mail.acme.test"),
    ("L109", "wait: 2 days", "wait: 0 days"),
    ("L110", "opt_in: double, ", ""),
    (
        "L120",
        "      - subscribe: club\n",
        "      - remove_tag: keen\n      - add_tag: keen\n",
    ),
    ("L121", "when: did purchase since start, unmet", "when: employees > 5 and employees < 3, unmet"),
    (
        "L121",
        "when: did purchase since start, unmet",
        "when: last(purchase) is set and not did purchase, unmet",
    ),
    ("L122", "until: subscribed to club,", "until: subscribed to club and not subscribed to club,"),
    ("L123", "exit_when: tagged \"customer\"", "exit_when: employees < 0"),
    ("L123", "        when: employees > 10\n", "        when: employees > 10 and employees < 10\n"),
    ("L123", "  hot: score >= 80", "  hot: score >= 80 and score < 80"),
    (
        "L123",
        "if: did email.click of step invite or renewal_date",
        "if: renewal_date before today and renewal_date",
    ),
    (
        "L124",
        "        then: [{remove_tag: keen}]\n        else: [{start_campaign: last-call}]\n",
        "        then: []\n",
    ),
    ("L125", "        when: employees > 10\n", "        when: employees >= 0 or employees is not set\n"),
    ("L125", "exit_when: tagged \"customer\"", "exit_when: score < 50 or score >= 50"),
    ("L126", "  hot: score >= 80", "  hot: score >= 80 or score <= 90"),
    ("L127", "    was: final-call\n", "    was: again\n"),
    ("L128", "      - wait: {until: subscribed to club, at_most: 7 days, on_timeout: [end]}\n", ""),
    ("L129", "where goal == \"bought\"", "where goal == \"sold\""),
    ("L131", "      - add_deal: {title: Pricing, pipeline: sales, stage: new}\n", ""),
    ("L132", "      - convert: order\n", ""),
    ("L133", "      - add_to_audience: keen\n", ""),
    ("L134", "      - send_site_message: welcome\n", ""),
    ("L129", "      - add_to_audience: keen\n", "      - add_to_audience: keen\n"
             "        when: last(converted.conversion) == \"odrer\"\n"),
    ("L129", "event.conversion == \"order\"", "event.conversion == \"odrer\""),
    ("L129", "entry.conversion in [\"order\"]", "entry.conversion in [\"order\", \"odrer\"]"),
    ("L135", "from: \"21:00\"", "from: \"08:00\""),
    ("L136", "at_most: 3, per: 7 days", "at_most: 0, per: 7 days"),
    ("L136", "max_sends_per_contact_per_day: 5", "max_sends_per_contact_per_day: 0"),
    ("L137", "[2026-12-25, 2026-12-26]", "[2026-12-25, 2026-12-25]"),
    ("L138", "      - convert: order\n", "      - convert: order\n      - assign_owner: cy\n"),
    ("L139", "{round_robin: sdr}", "{round_robin: away}"),
    ("L140", "  bo: {email: bo@acme.test}", "  bo: {email: bo@acme.test, active: false}"),
    (
        "L145",
        "      - subscribe: news\n      - send_email: hello\n",
        "      - unsubscribe: news\n      - send_email: hello\n",
    ),
    ("L141", "      - add_to_fulfillment_list: swag-box\n", ""),
    ("L142", "task: {owner: ana, due", "task: {owner: cy, due"),
    ("L143", "phone: \"+15550100\", ", ""),
    ("L144", ", manager: bo}", "}"),
    ("L146", "      - send_email: insider\n", "      - add_note: Insider\n"),
    ("L147", "did email.open of step invite, at_most", "did email.open of step reminder, at_most"),
    ("L148", "exit_when: tagged \"customer\"", "exit_when: employees > 5"),
    ("L150", "  hot: score >= 80", "  hot: score >= 80  # oncue: ignore L101"),
    ("L151", "  hot: score >= 80", "  hot: score >= 80  # oncue: ignore l101"),
    ("L160", "  news: {}\n", "  news: {}\n  offers: {}\n"),
    ("L161", "wait: 20 minutes", "wait: 30 days"),
    ("L162", "sync: {status: open}", "sync: {status: nurture}"),
    ("L163", "[{record_response: webinar}]", "[{add_tag: webinar}]"),
    ("F104", "body: emails/a.md, list: club", "body: emails/a.md"),
    ("F106", ", confirm: confirm", ""),
    ("F111", "          - wait: 1 day\n          - goto: last\n", "          - goto: invite\n"),
    ("F121", "      - wait: 2 days\n", "      - start_campaign: last-call\n"),
    ("F122", "clear: [city]", "clear: [status]"),
]  # fmt: skip


def found(files: dict[str, str]) -> set[str]:
    """The codes of everything that is told, notes too."""
    return {each.code for each in compile_files({path: text.encode() for path, text in files.items()})[1]}


def test_the_good_workspace_says_nothing() -> None:
    assert found(GOOD) == set()


@pytest.mark.parametrize(("code", "old", "new"), MUTANTS, ids=lambda value: str(value)[:30])
def test_a_mutant_is_caught(code: str, old: str, new: str) -> None:
    """The change is in one place of one file, and the code was not there before."""
    homes = [path for path, text in GOOD.items() if old in text]
    assert [GOOD[path].count(old) for path in homes] == [1], old
    mutant = {**GOOD, homes[0]: GOOD[homes[0]].replace(old, new)}
    assert code in found(mutant)


@pytest.mark.parametrize(
    "root", [path.parent for path in sorted(EXAMPLES.glob("*/oncue.yaml"))], ids=lambda path: path.name
)
def test_no_example_has_a_warning(root: Path) -> None:
    checked = workspace.check(root, cache=False)
    assert [each for each in checked.diagnostics if each.severity != "note"] == []


def test_each_lint_has_a_mutant() -> None:
    assert {code for code in codes.known() if code[0] == "L"} == {
        code for code, _, _ in MUTANTS if code[0] == "L"
    }
