"""The workspace's own tests beside the bare kernel.

A thousand tests of five events each, as `oncue test` plays them in one process: with the host's rules of
identity, templates that are filled in, expectations and coverage. Beside it the kernel alone steps through
the same inputs and the same timers, on states in memory, and looks at nothing. Compiling is in neither.
"""

from __future__ import annotations

import json

from measuring import Row, alone, at_most, medians

from oncue.compiler.pipeline import check_with_tests
from oncue.runtime.clock import show
from oncue.runtime.kernel.contact.identity import begin
from oncue.runtime.kernel.inputs import Input, Wake
from oncue.runtime.kernel.link import Program, link
from oncue.runtime.kernel.state import ContactState
from oncue.runtime.kernel.step import step
from oncue.runtime.reading.admission import Work, admit
from oncue.runtime.reading.inputs import Line
from oncue.runtime.testing.report import report
from oncue.schemas.events import Who
from oncue.schemas.plan import Plan
from oncue.schemas.tests import Suite

START = 1_772_442_000_000_000  # 2026-03-02 09:00 UTC
HOUR = 3_600_000_000
EVENTS = 5
SETTINGS = """project: suite
timezone: UTC
fields: {industry: text}
events: {purchase: {total: number}}
lists: {news: {}}
"""
UNITS = """
emails:
  hello: {subject: "Hello {{ first_name | default('friend') }}", body: hello.md, list: news}
  thanks: {subject: Thanks, body: hello.md, list: news}
segments:
  hot: score >= 40 and industry == "health"
campaigns:
  welcome:
    starts_when: [{event: web_form.submission of demo}]
    exit_when: count(purchase) >= 2
    steps:
      - send_email: hello
      - wait: 2 hours
      - add_tag: {rules: [{when: in segment hot, use: hot}], default: cold}
      - if: did purchase in last 3 hours
        then: [{send_email: thanks}]
        else: [{adjust_score: +1}]
web_forms:
  demo: {on_submission: [{adjust_score: +30}]}
web_pages:
  pricing: {on_visit: [{adjust_score: +5}]}
"""
TEST = """
  number {}:
    starts_at: 2026-03-02 09:00
    contacts: [{{id: "{}", email: p{}@x.test, subscribed: [news], industry: health}}]
    steps:
      - event: web_page.visit of pricing
      - event: web_form.submission of demo
      - expect: {{sent: hello, contact: {{score: 35}}}}
      - after: 1 hour
      - event: web_page.visit of pricing
      - after: 30 minutes
      - {{event: purchase, properties: {{total: 20}}}}
      - after: 1 hour
      - event: web_page.visit of pricing
      - expect: {{sent: thanks, contact: {{tags: [hot], score: 45}}}}
"""


def measure(small: bool) -> list[Row]:
    """Of 1,000 tests; small: of 20."""
    number = 20 if small else 1_000
    plan, suite = workspace(number)
    program, given = link(plan), inputs(plan, number)
    ours, bare = medians(1 if small else 5, [lambda: played(plan, suite), lambda: stepped(program, given)])
    detail = f"{number:,} tests of {EVENTS} events: {ours:.2f} s and {bare:.2f} s, in one process"
    return [at_most("workspace tests, beside the bare kernel on the same inputs", ours / bare, 10, detail)]


def workspace(number: int) -> tuple[Plan, Suite]:
    """The plan and so many tests."""
    tests = "tests:" + "".join(TEST.format(each, each, each) for each in range(number))
    texts = {"oncue.yaml": SETTINGS, "units.yaml": UNITS, "tests.yaml": tests, "hello.md": "Hello.\n"}
    found, plan, suite = check_with_tests({name: text.encode() for name, text in texts.items()})
    made = plan()
    assert made is not None, found[0]
    return made, suite


def played(plan: Plan, suite: Suite) -> None:
    """As `oncue test` does it."""
    done = report(plan, suite, jobs=1)
    assert all(result.passed for result in done.results), done.results[0]


Stay = tuple[Who, list[tuple[int, Input]]]


def inputs(plan: Plan, number: int) -> list[Stay]:
    """Of each test: who it is about, and its inputs with their instants."""
    program = link(plan)
    return [_stay(program, each) for each in range(number)]


def _stay(program: Program, number: int) -> Stay:
    person = {"id": str(number), "email": f"p{number}@x.test", "subscribed": ["news"], "industry": "health"}
    visit, form = (
        {"type": "web_page.visit", "asset": "pricing"},
        {"type": "web_form.submission", "asset": "demo"},
    )
    buys = {"type": "purchase", "properties": {"total": 20}}
    happens = [(-1, person), (0, visit), (0, form), (1, visit), (1.5, buys), (2.5, visit)]
    given: list[tuple[int, Input]] = []
    for place, (hours, line) in enumerate(happens):
        at = START + int(hours * HOUR)
        whole = (
            line if line is person else {"contact": str(number), "id": f"e{place}", "at": show(at), **line}
        )
        work = admit(program, Line("", place, json.dumps(whole).encode()), at, triggers=line is not person)
        assert isinstance(work, Work), work
        given.append((at, work.input))  # type: ignore[arg-type]
    return Who(str(number), f"p{number}@x.test", None), given


def stepped(program: Program, stays: list[Stay]) -> None:
    """The kernel alone: each input, with what is due before it."""
    for who, given in stays:
        state = begin(program, who, given[0][0])
        for at, each in given:
            state = step(program, _woken(program, state, at), each, at).state
        assert "hot" in state.tags, state


def _woken(program: Program, state: ContactState, until: int) -> ContactState:
    while state.wake is not None and state.wake < until:
        state = step(program, state, Wake(), state.wake).state
    return state


if __name__ == "__main__":
    alone(measure)
