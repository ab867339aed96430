"""The tests that a workspace brings: what they can say, and that they say no where something else happens."""

from __future__ import annotations

import time
from textwrap import indent

import pytest

from oncue.cli.render import text
from oncue.compiler.pipeline import check_with_tests, compile_files
from oncue.compiler.workspace import Sources
from oncue.runtime.testing.report import Report, fits, report

SETTINGS = """
project: acme
timezone: America/New_York
fields:
  plan: {type: text, values: [free, team]}
  trial_ends: date
events: {purchase: {total: number}}
"""
SITE = """
lists: {news: {}}
users: {ana: {email: ana@acme.test}}
segments:
  hot: score >= 50
  quiet: not did purchase in last 7 days
web_pages:
  pricing: {url: "https://acme.test/pricing*", on_visit: [{adjust_score: +50, once: true}]}
emails:
  welcome: {subject: "Hi {{ first_name }}", body: body.md, list: news}
  offer: {subject: Offer, body: body.md, operational: true}
  long: {subject: Long, body: long.md, operational: true}
site_messages: {sale: {text: Sale}}
campaigns:
  hot-ones:
    starts_when: [{enters_segment: hot}]
    steps: [{add_tag: hot}]
  trial:
    starts_when: [{date: {field: trial_ends, at: "09:00"}}]
    steps: [{send_email: offer}]
  buyers:
    starts_when: [{event: purchase}, manual]
    runs: every_time
    exit_when: tagged "gone"
    steps:
      - id: hello
        send_email: {rules: [{when: plan == "team", use: offer}], default: welcome}
      - wait: 2 days
      - id: bought
        wait: {until: did purchase since start, at_most: 3 days, on_timeout: [{add_tag: slow}]}
      - webhook: https://x.test/hook
      - send_site_message: sale
      - add_deal: {title: Order, pipeline: sales, value: 120}
      - add_task: {title: Call, owner: ana, due: 1 day}
  wordy:
    starts_when: [{tag_added: wordy}]
    steps: [{send_email: long}]
  failures:
    starts_when: [{action_failed: buyers}]
    runs: every_time
    steps: [{send_notification: {to: ana, subject: Failed, text: "{{ entry.reason }}"}}]
pipelines: {sales: {stages: [new, agreed]}}
"""
FILES = {"body.md": "Dear reader", "long.md": "{{ first_name | default('x') }}" * 200}
ANA = "contacts: [{email: ana@x.test, subscribed: [news]}]"


def played(steps: str, head: str = ANA, *, start: str = "2026-03-02 09:00", jobs: int = 1) -> Report:
    """What comes of one test."""
    body = indent(f"starts_at: {start}\n{head}\nsteps:\n{indent(steps.strip(), '  ')}\n", "    ")
    files = {"oncue.yaml": SETTINGS, "site.yaml": SITE, "tests.yaml": f"tests:\n  story:\n{body}", **FILES}
    found = {name: content.encode() for name, content in files.items()}
    diagnostics, plan, suite = check_with_tests(found)
    made = plan()
    assert made is not None, text.render(diagnostics, Sources(found))
    return report(made, suite, jobs=jobs)


def failures(steps: str, head: str = ANA, *, start: str = "2026-03-02 09:00") -> list[tuple[str, str, str]]:
    """(what, expected, actual) of everything that failed."""
    (result,) = played(steps, head, start=start).results
    return [(each.what, each.expected, each.actual) for each in result.failures]


# --- who is there


def test_a_contact_that_is_there_from_the_start_sets_nothing_off() -> None:
    head = "contacts: [{email: ana@x.test, score: 80}]"
    assert failures("- expect: {segment: hot, contact: {not_tagged: [hot]}}", head) == []


def test_a_row_that_comes_in_later_does() -> None:
    assert failures("- import: {email: ana@x.test, score: 80}\n- expect: {contact: {tags: [hot]}}") == []


def test_a_contact_may_be_older_than_the_test() -> None:
    head = "contacts: [{email: ana@x.test, created_at: 2025-01-01 12:00}]"
    steps = "- expect: {contact: {created_at: 2025-01-01 12:00}}"
    assert failures(steps, head) == []
    assert failures(steps) == [("contact created_at", "2025-01-01T12:00:00", "2026-03-02T13:59:59.999999Z")]


def test_a_member_takes_its_step_when_the_test_begins() -> None:
    head = "contacts: [{email: ana@x.test, in_campaign: {buyers: wait}}]"
    steps = """
- expect: {in_campaign: {buyers: wait}, sent: []}
- after: 2 days
- expect: {in_campaign: {buyers: bought}}
"""
    assert failures(steps, head) == []


def test_what_is_due_at_the_very_beginning_has_happened_when_somebody_looks() -> None:
    head = "contacts: [{email: ana@x.test, trial_ends: 2026-03-02}]"
    assert failures("- expect: {sent: offer}", head) == []
    assert failures("- expect: {sent: []}", head, start="2026-03-02 08:59") == []


def test_an_anonymous_visitor_becomes_the_contact_that_it_says_it_is() -> None:
    steps = """
- {event: web_page.visit of pricing, contact: "anon:7f"}
- {event: identify, contact: "anon:7f", properties: {email: ana@x.test}}
- expect: {contact: {score: 50, tags: [hot]}, who: ana@x.test}
- after: 30 days
- expect: {contact: {score: 50}, who: "anon:7f"}
"""
    assert failures(steps) == []


def test_a_row_that_the_runtime_refuses_fails_the_test() -> None:
    ((what, _, actual),) = failures("- after: 1 day", "contacts: [{email: ' '}]")
    assert (what, actual) == ("contacts", "the line names no contact")


# --- time


def test_what_is_due_at_the_end_of_a_span_is_part_of_it_and_a_minute_earlier_is_not() -> None:
    steps = """
- event: purchase
- after: 2 days
- expect: {in_campaign: {buyers: bought}}
- after: 4319 minutes
- expect: {in_campaign: {buyers: bought}, contact: {not_tagged: [slow]}}
- after: 1 minute
- expect: {step: {campaign: buyers, id: bought, outcome: timeout}, contact: {tags: [slow]}}
"""
    assert failures(steps) == []


def test_an_event_that_comes_in_late_counts_by_its_own_time() -> None:
    assert failures("- {event: purchase, at: 2026-02-20 09:00}\n- expect: {segment: quiet}") == []
    assert failures("- {event: purchase, at: 2026-02-26 09:00}\n- expect: {not_segment: quiet}") == []


# --- messages


def test_sent_counts_each_message_since_the_expectation_before_in_any_order() -> None:
    steps = """
- event: purchase
- {event: purchase, contact: bo@x.test}
- import: {email: cy@x.test, plan: team}
- {event: purchase, contact: cy@x.test}
- expect: {sent: [offer, welcome]}
- expect: {sent: []}
"""
    assert failures(steps) == []
    swapped = steps.replace("[offer, welcome]", "[welcome, welcome]")
    assert failures(swapped) == [("sent", "welcome, welcome", "offer, welcome")]


def test_sent_may_be_about_one_contact() -> None:
    steps = """
- event: purchase
- import: {email: cy@x.test, plan: team}
- {event: purchase, contact: cy@x.test}
- expect: [{sent: offer, who: cy@x.test}, {sent: welcome, who: ana@x.test}]
"""
    assert failures(steps) == []


def test_not_sent_names_a_message_or_a_channel() -> None:
    steps = "- event: purchase\n- expect: {not_sent: [offer, sms]}"
    assert failures(steps) == []
    assert failures(steps.replace("offer, sms", "email")) == [("not_sent", "no email", "sent: welcome")]


def test_a_site_message_is_sent_when_it_is_shown() -> None:
    steps = """
- event: purchase
- after: 5 days
- expect: {sent: welcome}
- event: web_page.visit of pricing
- expect: {sent: sale}
"""
    assert failures(steps) == []


def test_a_message_that_cannot_be_rendered_fails_the_test_without_being_expected() -> None:
    head = f"contacts: [{{email: ana@x.test, first_name: {'x' * 20_000}}}]"
    ((what, expected, actual),) = failures("- import: {email: ana@x.test, tags: [wordy]}", head)
    assert (what, expected) == ("render", "long is made")
    assert actual.startswith("the body is larger than")


# --- deliveries that fail


def test_as_many_deliveries_fail_as_the_test_says() -> None:
    steps = """
- event: purchase
- expect:
    - {sent: [], notified: ana}
    - step: {campaign: buyers, id: hello, outcome: failed}
- after: 5 days
- event: purchase
- expect: {sent: welcome, notified: []}
"""
    assert failures(steps, f"{ANA}\nfails: {{email: 1}}") == []


def test_a_webhook_gets_the_answers_of_the_test_in_turn() -> None:
    steps = """
- answers: {"https://x.test/*": [503, 200, 410]}
- enrol: buyers
- after: 5 days
- expect: {called: "https://x.test/*", notified: []}
- enrol: buyers
- after: 5 days
- expect:
    - {called: "https://x.test/hook", notified: ana, effects: {webhook: 1, notification: 1}}
    - step: {campaign: buyers, id: webhook, outcome: "failed: HTTP 410"}
"""
    assert failures(steps) == []


# --- everything else


def test_deals_and_tasks_are_compared_in_order() -> None:
    steps = """
- enrol: buyers
- after: 5 days
- expect:
    - deals: [{title: Order, value: 120, stage: new, status: open}]
    - tasks: [{title: Call, owner: ana, state: open}]
- after: 1 day
- expect: {tasks: [{state: overdue}]}
- complete_task: Call
- expect: {tasks: [{state: completed}]}
- complete_task: Call
"""
    assert failures(steps) == [("complete_task", "Call", "no task is open")]
    assert failures(steps.replace("value: 120", "value: 121"))[0] == ("deal 1: value", "121", "120")


@pytest.mark.parametrize(
    ("expected", "missed"),
    [
        ("contact: {score: 1}", ("contact score", "1", "0")),
        ("contact: {plan: team}", ("contact plan", "team", "no value")),
        ("contact: {without: [email]}", ("contact email", "no value", "ana@x.test")),
        ("contact: {tags: [hot]}", ("contact tags", "hot", "tags: nothing")),
        ("contact: {not_subscribed: [news]}", ("contact news by email", "not subscribed", "subscribed")),
        ("contact: {suppressed: true}", ("contact suppressed", "true", "not suppressed")),
        ("segment: hot", ("segment", "hot", "in: quiet")),
        ("not_segment: quiet", ("segment", "not quiet", "in: quiet")),
        ("in_campaign: buyers", ("in_campaign", "buyers", "in: no campaign")),
        ("step: {campaign: buyers, id: hello}", ("step buyers/hello", "taken", "nobody has taken it")),
        ("deals: [{title: Order}]", ("deals", "1 deal", "0 deals: nothing")),
        ("tasks: [{title: Call}]", ("tasks", "1 task", "0 tasks: nothing")),
        ("notified: [ana]", ("notified", "ana", "nothing")),
        ("called: https://x.test/hook", ("called", "https://x.test/hook", "nothing")),
        ("effects: {email: 1}", ("effects", "email: 1", "email: 0")),
        ("sent: welcome", ("sent", "welcome", "nothing")),
    ],
)
def test_each_expectation_says_what_there_is_instead(expected: str, missed: tuple[str, str, str]) -> None:
    assert failures(f"- expect: {{{expected}}}") == [missed]


def test_what_led_to_a_failure_names_the_lines_of_its_rules_and_events() -> None:
    steps = "- event: purchase\n- expect: {step: {campaign: buyers, id: hello, outcome: rule 1}}"
    ((failure,),) = (result.failures for result in played(steps).results)
    assert (failure.place.file, failure.place.line, failure.actual) == ("tests.yaml", 7, "default, done")
    lines = SITE.splitlines()
    shown = {
        (one.entry["what"], one.entry.get("step", "")): (one.place.file, one.place.line)
        for one in failure.trace
    }
    assert shown["campaign.entered", ""] == ("site.yaml", place_in(lines, "[{event: purchase}, manual]"))
    assert shown["action", "hello"] == ("site.yaml", place_in(lines, "send_email: {rules:"))
    assert shown["action", "wait"] == ("site.yaml", place_in(lines, "- wait: 2 days"))
    assert ("tests.yaml", 6) in [(one.place.file, one.place.line) for one in failure.trace]


def place_in(lines: list[str], part: str) -> int:
    (place,) = [number for number, line in enumerate(lines, 1) if part in line]
    return place


# --- coverage


def test_coverage_counts_rules_defaults_branches_and_timeouts_apart() -> None:
    done = played("- event: purchase\n- after: 5 days").coverage
    buyers = {
        (each.step, each.which): each.covered for each in done.targets if each.unit == "campaigns/buyers"
    }
    assert buyers == {
        ("hello", "rule 1"): False, ("hello", "default"): True, ("wait", ""): True,
        ("bought", "in time"): False, ("bought", "timeout"): True, ("bought/on_timeout/add_tag", ""): True,
        ("webhook", ""): True, ("send_site_message", ""): True,
        ("add_deal", ""): True, ("add_task", ""): True,
    }  # fmt: skip


# --- all together


def test_tests_are_no_part_of_the_plan() -> None:
    files = {"oncue.yaml": SETTINGS.encode(), "site.yaml": SITE.encode()}
    files |= {name: content.encode() for name, content in FILES.items()}
    story = b"tests: {one: {starts_at: 2026-03-02 09:00, steps: [{after: 1 day}]}}"
    without, _ = compile_files(files)
    with_them, _ = compile_files({**files, "a-tests.yaml": story})
    assert without is not None
    assert with_them == without


def many(number: int) -> tuple[Report, Report]:
    """The same tests in one process and in two."""
    body = "".join(
        f"  story {n}: {{starts_at: 2026-03-02 09:00, contacts: [{{email: a{n}@x.test}}], steps: "
        f"[{{event: web_page.visit of pricing}}, {{expect: {{contact: {{score: {50 + (n == 3)}}}}}}}]}}\n"
        for n in range(number)
    )
    files = {"oncue.yaml": SETTINGS, "site.yaml": SITE, "tests.yaml": f"tests:\n{body}", **FILES}
    _, plan, suite = check_with_tests({name: content.encode() for name, content in files.items()})
    made = plan()
    assert made is not None
    return report(made, suite, jobs=1), report(made, suite, jobs=2)


def test_several_processes_come_to_what_one_comes_to() -> None:
    alone, shared = many(7)
    assert [(each.name, each.failures) for each in alone.results] == [
        (each.name, each.failures) for each in shared.results
    ]
    assert [each.passed for each in alone.results] == [True, True, True, False, True, True, True]
    assert alone.coverage == shared.coverage


def test_a_thousand_tests_take_seconds() -> None:
    """A guard against what grows with the number of tests; the figure itself is benchmarks/'s."""
    start = time.process_time()
    report_, _ = many(200)
    assert len(report_.results) == 200
    assert time.process_time() - start < 6


@pytest.mark.parametrize(
    ("wanted", "meant"),
    [("", True), ("HOT", True), ("lead*", False), ("*lead*", True), ("hot lead", True), ("cold", False)],
)
def test_a_filter_is_a_part_of_the_name_or_a_pattern(wanted: str, meant: bool) -> None:
    assert fits("A hot lead is invited", wanted) is meant
