"""The action `math`: numbers, dates, whose field it is, and what fails."""

from __future__ import annotations

import pytest

from tests.runtime.kernel.crm import crm, reasons

DEAL = "- add_deal: {title: D, pipeline: sales, value: 100, set: {seats: 4, close_on: 2026-03-31}}\n"


def result(steps: str, **fields: object) -> tuple[str, list[object]]:
    """How the last action of the steps ends, and what it changed from and to."""
    stage = crm(steps, contact={"email": "ana@x.test", **fields})
    stage.event("purchase")
    entry = [entry for entry in stage.entries("action") if entry.result != "pending"][-1]
    return f"{entry.result} {entry.why}".strip(), [entry.data.get("from"), entry.data.get("to")]


@pytest.mark.parametrize(
    ("sum_", "to"),
    [
        ("employees + 10", "17"),
        ("employees - 0.5", "6.5"),
        ("employees * 1.1", "7.7"),
        ("employees / 3", "2.333333333"),
        ("employees / 6", "1.166666667"),
        ("employees + employees", "14"),
        ("employees - score", "-13"),
        ("score + 5", "25"),
    ],
)
def test_a_number_is_reckoned_exactly_to_nine_places(sum_, to):
    assert result(f"- math: {sum_}", employees=7, score=20) == (
        "done",
        ["20" if "score +" in sum_ else "7", to],
    )


def test_a_half_is_rounded_to_the_even_neighbour():
    assert result("- math: employees / 2", employees="0.000000001")[1][1] == "0"
    assert result("- math: employees / 2", employees="0.000000003")[1][1] == "0.000000002"


@pytest.mark.parametrize(
    ("sum_", "why"),
    [
        ("employees / score", "division by zero"),
        ("employees * employees", "overflow"),
        ("employees + deal.value", "the contact has no deal"),
        ("employees + account.seats", "account.seats has no value"),
        ("score + 1", ""),
    ],
)
def test_what_cannot_be_reckoned_fails_with_its_reason_and_leaves_the_field(sum_, why):
    stage = crm(f"- math: {sum_}\n- add_tag: after", contact={"email": "ana@x.test", "employees": 10**12})
    stage.event("purchase")
    assert reasons(stage) == [f"failed {why}" if why else "done", "done"]
    assert stage.state.fields["employees"] == 10**21


@pytest.mark.parametrize("sum_", ["employees + 1", "score + employees", "renewal_date + 3 days"])
def test_a_missing_value_on_either_side_fails(sum_):
    name = "renewal_date" if "renewal" in sum_ else "employees"
    assert result(f"- math: {sum_}") == (f"failed {name} has no value", [None, None])


def test_division_by_zero_ends_the_member_where_the_step_says_so():
    stage = crm(
        "- math: employees / score\n  on_failure: end\n- add_tag: after",
        contact={"email": "ana@x.test", "employees": 3},
    )
    stage.event("purchase")
    assert stage.state.tags == set()
    assert [entry.why for entry in stage.entries("campaign.ended")] == ["failure"]
    assert stage.count("campaigns/c", "math", "failed/default") == 1


def test_a_score_stops_at_its_bounds_and_says_so():
    assert result("- math: score + 2000", score=20) == ("done clamped", ["20", "1000"])


def test_a_date_moves_by_whole_days_and_an_instant_by_any_time():
    assert result("- math: renewal_date + 30 days", renewal_date="2026-02-01")[1] == [
        "2026-02-01",
        "2026-03-03",
    ]
    assert result("- math: renewal_date - 2 weeks", renewal_date="2026-03-01")[1][1] == "2026-02-15"
    to = result("- math: trial_ends + 90 minutes", trial_ends="2026-03-01T10:00:00Z")[1][1]
    assert to == "2026-03-01T11:30:00Z"


@pytest.mark.parametrize(
    ("sum_", "fields"),
    [
        ("renewal_date + 1 day", {"renewal_date": "9999-12-31"}),
        ("renewal_date - 1 week", {"renewal_date": "0001-01-03"}),
        ("trial_ends + 4000 days", {"trial_ends": "9999-03-01T10:00:00Z"}),
    ],
)
def test_a_date_beyond_the_calendar_fails(sum_, fields):
    assert result(f"- math: {sum_}", **fields)[0] == "failed outside the calendar"


def test_fields_of_a_deal_are_reckoned_and_picked():
    assert result(DEAL + "- math: deal.value * 1.1") == ("done", ["100", "110"])
    assert result(DEAL + "- math: deal.seats + deal.value") == ("done", ["4", "104"])
    assert result(DEAL + "- math: deal.close_on - 1 week") == ("done", ["2026-03-31", "2026-03-24"])
    assert result(DEAL + "- math: employees + deal.seats", employees=1) == ("done", ["1", "5"])
    other = "- add_deal: {title: E, pipeline: renewals}\n"
    assert result(DEAL + other + "- math: deal.value + 1")[0] == "failed deal.value has no value"
    picked = "- math: {field: deal.value, add: 1, deal: {pipeline: sales}}"
    assert result(DEAL + other + picked) == ("done", ["100", "101"])


def test_fields_of_the_account_are_reckoned_by_the_account():
    stage = crm(
        "- update_account: {set: {seats: 10, renewal: 2026-12-30}}\n- math: account.seats * 2\n"
        "- math: account.seats - employees\n- math: account.seats + account.seats\n"
        "- math: account.renewal + 3 days\n- math: account.seats * 100\n- math: account.seats / score\n"
        "- math: employees + account.seats",
        contact={"email": "ana@x.test", "account": "acme", "employees": 3},
    )
    stage.event("purchase")
    assert reasons(stage) == [
        *["done"] * 5, "failed account.seats is above its max, 500", "failed division by zero", "done",
    ]  # fmt: skip
    assert [entry.data.get("seats") for entry in stage.entries("account.changed")] == [
        ["", "10"], ["10", "20"], ["20", "17"], ["17", "34"], None,
    ]  # fmt: skip
    said = [entry.data for entry in stage.entries("action", step="math") if entry.result == "done"]
    assert said == [{"from": "10", "to": "20"}]
    assert stage.entries("account.changed")[-1].data["renewal"] == ["2026-12-30", "2027-01-02"]
    assert stage.state.fields["employees"] == 37 * 10**9
