"""The kernel's cost per event with 10 and with 5,000 campaigns in the plan, where each event meets 5 of them:
all five start, run their steps and end."""

from __future__ import annotations

from measuring import Row, alone, at_most, medians

from oncue.compiler.pipeline import compile_files
from oncue.runtime.kernel.contact.identity import begin
from oncue.runtime.kernel.inputs import Event
from oncue.runtime.kernel.link import Program, link
from oncue.runtime.kernel.step import step
from oncue.schemas.events import Who

MEETS = 5
NOW = 1_767_225_600_000_000  # 2026-01-01
SECOND = 1_000_000

CAMPAIGN = """\
  campaign-{number}:
    runs: every_time
    starts_when:
      - event: web_page.visit of page-{page}
        when: score < 1000000000
    exit_when: tagged "gone-{number}"
    steps:
      - adjust_score: +1
        when: country in ["US", "CA"]
      - if: did web_page.visit of page-{page} at least 3 times in last 7 days
        then:
          - add_tag: often-{number}
"""


def measure(small: bool) -> list[Row]:
    many = 50 if small else 5000
    events = 100 if small else 4000
    few_program, many_program = program(10), program(many)
    few, more = medians(
        3 if small else 7,
        [lambda: visits(few_program, 10, events), lambda: visits(many_program, many, events)],
    )
    figures = f"{few / events * 1e6:.0f} and {more / events * 1e6:.0f} microseconds an event"
    return [at_most(f"10 or {many:,} campaigns in the plan, event meets {MEETS}", more / few, 1.3, figures)]


def program(campaigns: int) -> Program:
    """A plan where every page has five campaigns that listen to it."""
    pages = "".join(f"  page-{number}: {{}}\n" for number in range(campaigns // MEETS))
    flows = "".join(CAMPAIGN.format(number=n, page=n // MEETS) for n in range(campaigns))
    files = {
        "oncue.yaml": b"project: many\ntimezone: UTC\n",
        "pages.yaml": f"web_pages:\n{pages}".encode(),
        "campaigns.yaml": f"campaigns:\n{flows}".encode(),
    }
    plan, found = compile_files(files)
    if plan is None:
        raise SystemExit(f"the workspace has errors: {found[0]}")
    return link(plan)


def visits(linked: Program, campaigns: int, events: int) -> None:
    """Every contact visits one page ten times; contacts take turns over the pages."""
    pages = campaigns // MEETS
    for contact in range(events // 10):
        page = f"page-{contact % pages}"
        state = begin(linked, Who(id=str(contact)), NOW)
        for number in range(10):
            now = NOW + number * SECOND
            event = Event(id=f"{contact}-{number}", type="web_page.visit", at=now, assets=(page,))
            state = step(linked, state, event, now).state


if __name__ == "__main__":
    alone(measure)
