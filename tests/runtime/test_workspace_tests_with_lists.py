"""Tests of a workspace that has fulfillment lists: those need a database, for a moment each."""

from __future__ import annotations

from oncue.compiler.pipeline import check_with_tests
from oncue.runtime.testing.report import report

SETTINGS = b"project: acme\ntimezone: America/New_York\n"
LISTS = """
users: {ana: {email: ana@acme.test}}
fulfillment_lists:
  swag-box:
    schedule: weekly on monday at 09:00
    task: {due: 3 days, owner: ana}
    recipients: [{email: printer@vendor.test, subject: Boxes, note: Please ship package X.}]
    columns: [first_name]
campaigns:
  boxes:
    starts_when: [manual]
    steps:
      - add_to_fulfillment_list: {list: swag-box, hold: true}
      - add_tag: shipped
tests:
  the box is ordered on Monday:
    starts_at: 2026-03-04 10:00
    contacts: [{email: ana@x.test, first_name: Ana}]
    steps:
      - enrol: boxes
      - at: 2026-03-09 08:59
      - expect: {in_campaign: boxes, effects: {batch: 0}}
      - after: 1 minute
      - expect: {contact: {tags: [shipped]}, tasks: [{owner: ana, state: open}], effects: {batch: 1}}
"""


def test_fulfillment_lists_run_by_their_schedule() -> None:
    diagnostics, plan, suite = check_with_tests({"oncue.yaml": SETTINGS, "lists.yaml": LISTS.encode()})
    made = plan()
    assert made is not None, diagnostics
    (result,) = report(made, suite).results
    assert result.failures == ()
