"""When fulfillment lists run, and what their lines look like."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncue.runtime.kernel.entities.csv_lines import DANGEROUS, lines
from oncue.runtime.kernel.entities.schedule import next_run
from oncue.runtime.kernel.values.forms import iso
from oncue.runtime.kernel.values.zone import Zone, parse_instant
from oncue.schemas.plan import Schedule

BERLIN = Zone("Europe/Berlin")


def runs(schedule: Schedule, after: str, number: int, zone: Zone = BERLIN) -> list[str]:
    instant, found = parse_instant(after), []
    for _ in range(number):
        instant = next_run(schedule, zone, instant)
        found.append(iso(instant))
    return found


def test_a_month_that_is_too_short_runs_on_its_last_day():
    monthly = Schedule("monthly", 9 * 60, "UTC", day=31)
    assert runs(monthly, "2027-12-31T09:00:00Z", 4, Zone("UTC")) == [
        "2028-01-31T09:00:00Z", "2028-02-29T09:00:00Z", "2028-03-31T09:00:00Z", "2028-04-30T09:00:00Z",
    ]  # fmt: skip


def test_a_time_that_the_clocks_leave_out_is_the_first_instant_after_it():
    daily = Schedule("daily", 2 * 60 + 30, "Europe/Berlin", tuple(range(7)))
    assert runs(daily, "2026-03-28T12:00:00Z", 2) == ["2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"]


def test_a_time_that_comes_twice_is_the_first_of_the_two():
    daily = Schedule("daily", 2 * 60 + 30, "Europe/Berlin", tuple(range(7)))
    assert runs(daily, "2026-10-24T12:00:00Z", 2) == ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]


def test_a_run_comes_strictly_after():
    weekly = Schedule("weekly", 0, "UTC", (0, 3))
    assert runs(weekly, "2026-03-02T00:00:00Z", 2, Zone("UTC")) == [
        "2026-03-05T00:00:00Z", "2026-03-09T00:00:00Z",
    ]  # fmt: skip


@given(
    st.integers(0, 4_000_000_000), st.integers(0, 1439), st.sets(st.integers(0, 6), min_size=1),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"]),
)  # fmt: skip
def test_no_run_is_left_out_and_none_comes_twice(second, minutes, days, name):
    zone, schedule = Zone(name), Schedule("", minutes, name, tuple(sorted(days)))
    after = second * 1_000_000
    found = next_run(schedule, zone, after)
    day = zone.day(after)
    every = (zone.at(each, minutes) for each in range(day - 2, day + 10) if (each - 1) % 7 in days)
    assert found == min(instant for instant in every if instant > after)


@given(st.lists(st.lists(st.text(max_size=8), min_size=1, max_size=4), max_size=4))
def test_lines_are_read_back_as_they_were_written_but_for_the_apostrophe(rows):
    text = "".join(lines(rows))
    wanted = [["'" + cell if cell[:1] in DANGEROUS else cell for cell in row] for row in rows]
    assert list(csv.reader(io.StringIO(text, newline=""))) == wanted


@pytest.mark.parametrize("start", sorted(DANGEROUS))
def test_a_formula_gets_an_apostrophe(start):
    (line,) = lines([[f"{start}1", f"a{start}"]])
    assert list(csv.reader(io.StringIO(line, newline=""))) == [[f"'{start}1", f"a{start}"]]


def test_quotes_commas_and_line_breaks_stand_in_quotes():
    assert lines([['a"b', "c,d", "e\r\nf", "", " g "]]) == ['"a""b","c,d","e\r\nf",, g \r\n']
