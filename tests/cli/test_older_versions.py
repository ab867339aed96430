"""`on_change: finish`, as people see it: before the change, after it, and from the contact's side."""

from __future__ import annotations

import pytest

from tests.cli.changing import Workspace

BEFORE = """lists: {news: {}}
emails: {hello: {subject: Hello, body: hello.md, list: news}}
campaigns:
  drip:
    starts_when: [{tag_added: go}]
    steps:
      - {id: early, send_email: hello}
      - {id: rest, wait: 9 days}
      - id: choice
        if: score > 5
        then: [{add_tag: high}]
        else: [{id: low, add_tag: low}]
      - {id: stay, wait: 30 days}
"""
AFTER = """lists: {news: {}}
emails: {hello: {subject: Hello, body: hello.md, list: news}}
campaigns:
  drip:
    starts_when: [{tag_added: go}]
    on_change: finish
    steps:
      - {id: rest, wait: 2 days}
"""


@pytest.fixture
def inside(work: Workspace) -> Workspace:
    (work.folder / "hello.md").write_text("Hello")
    rows: list[dict[str, object]] = [
        {"id": f"n{day}", "tags": ["go"], "at": f"2026-10-0{day}"} for day in (2, 3)
    ]
    assert work.run(BEFORE, *rows, options=("--until", "2026-10-04")).code == 0
    return work


def test_who_would_finish_is_told_before(inside: Workspace) -> None:
    (inside.folder / "a.yaml").write_text(AFTER)
    told = inside.oncue("diff")
    assert told.code == 1
    assert told.out.splitlines()[-2:] == [
        "If it took effect at 2026-10-04 00:00:00+00:00 (2 contacts):",
        "  campaigns/drip, step rest: 2 members finish on the older version, until 2026-10-11 00:00:00+00:00 "
        "to 2026-10-12 00:00:00+00:00",
    ]


def test_the_report_the_contact_and_why_tell_of_the_older_version(inside: Workspace) -> None:
    assert inside.run(AFTER, {"id": "n4", "tags": ["go"], "at": "2026-10-05"}).code == 0
    report = inside.oncue("report").out
    assert "campaigns/drip: 3 entered, 3 inside (2 on an older version), 0 exited, 0 ended" in report
    shown = inside.oncue("contact", "show", "n2").out
    assert "drip: at rest since 2026-10-02 00:00:00+00:00, on an older version, due 2026-10-11" in shown
    assert "older version" not in inside.oncue("contact", "show", "n4").out
    assert inside.run(AFTER, options=("--until", "2026-10-20")).code == 0
    why = inside.oncue("why", "n2", "--step", "drip/low")
    assert why.code == 0, why.err
    assert "a.yaml:12" in why.out, "the line that the older version had"
    other = inside.oncue("why", "n4", "--step", "drip/low").out
    assert "the plan in force then has no step drip/low" in other, "who came later never had it"
    assert inside.oncue("diff").out == ""
