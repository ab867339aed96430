"""Typed readings of scalar texts, and what a user is told about a text that is none of these."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncue.compiler.yaml import scalars
from oncue.schemas.values import DAY, HOUR, MINUTE, WEEK


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3 days", 3 * DAY),
        ("1 day", DAY),
        ("20 minutes", 20 * MINUTE),
        ("1 hour", HOUR),
        ("2 weeks", 2 * WEEK),
        ("0 days", 0),
    ],
)
def test_durations(text: str, value: int) -> None:
    assert scalars.duration(text) == value
    assert scalars.signed_duration(f"-{text}") == -value
    assert scalars.signed_duration(f"+{text}") == value


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("1 month", "use days, such as `30 days`"),
        ("2 months", "use days, such as `60 days`"),
        ("1 year", "use days, such as `365 days`"),
        ("3", "`3 minutes`, `3 hours`, `3 days` or `3 weeks`"),
        ("3d", "write `3 days`"),
        ("3 Days", "write `3 days`"),
        ("90 seconds", "use minutes"),
        ("1 hr", "write a duration, such as `3 days`"),
        ("soon", "write a duration, such as `3 days`"),
        ("-3 days", "has no sign: write `3 days`"),
        ("", "write a duration"),
        ("999999999 weeks", "at most 36500 days"),
    ],
)
def test_what_is_no_duration_gets_advice(text: str, hint: str) -> None:
    assert scalars.duration(text) is None
    assert hint in scalars.why("duration", text)


def test_only_true_and_false_are_booleans() -> None:
    assert [scalars.boolean(text) for text in ("true", "True", "TRUE", "false")] == [True, True, True, False]
    assert [scalars.boolean(text) for text in ("yes", "NO", "on", "1", "tRUE", "")] == [None] * 6


@pytest.mark.parametrize(
    ("text", "word"), [("yes", "true"), ("NO", "false"), ("on", "true"), ("Off", "false")]
)
def test_other_words_for_booleans_get_advice(text: str, word: str) -> None:
    assert scalars.why("boolean", text).startswith(f"write `{word}`")


@pytest.mark.parametrize(
    ("text", "value"), [("+10", "10"), ("1.50", "1.5"), ("-0.5", "-0.5"), ("007", "7"), ("0", "0")]
)
def test_numbers(text: str, value: str) -> None:
    assert scalars.number(text) == value


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("1,000", "`1000`"),
        ("1_000", "`1000`"),
        ("1,5", "`1.5`"),
        ("1e3", "a number"),
        ("0x10", "a number"),
        ("ten", "a number"),
        ("9" * 30, "below 10^18"),
    ],
)
def test_what_is_no_number_gets_advice(text: str, hint: str) -> None:
    assert scalars.number(text) is None
    assert hint in scalars.why("number", text)


def test_times_of_day() -> None:
    assert scalars.time_of_day("09:30") == 570
    assert [scalars.time_of_day(text) for text in ("9:30", "24:00", "09:60", "0930", "")] == [None] * 5
    assert scalars.why("time_of_day", "9:30") == 'write `"09:30"`'
    assert scalars.why("time_of_day", "2pm") == 'write `"14:00"`'
    assert scalars.why("time_of_day", "25:00") == "a day goes from `00:00` to `23:59`"


def test_dates_are_days_of_the_calendar() -> None:
    assert scalars.date("2028-02-29") == dt.date(2028, 2, 29)
    assert [scalars.date(text) for text in ("2026-02-29", "2026-13-01", "20260101", "1.2.2026")] == [None] * 4
    assert "no such day" in scalars.why("date", "2026-02-30")
    assert "year-month-day" in scalars.why("date", "1.2.2026")


def test_instants() -> None:
    assert scalars.datetime("2026-03-02T09:00:00-05:00") == dt.datetime.fromisoformat(
        "2026-03-02T09:00:00-05:00"
    )
    assert scalars.datetime("2026-03-02 09:00") == dt.datetime(2026, 3, 2, 9)
    assert scalars.datetime("2026-03-02") is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("true", True),
        ("no", "no"),
        ("12", 12),
        ("0o17", 15),
        ("0x1F", 31),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("12:30", "12:30"),
        ("1_000", "1_000"),
    ],
)
def test_where_no_type_is_known_yaml_1_2_decides(text: str, value: object) -> None:
    assert scalars.core(text) == value


def test_a_quoted_text_is_text() -> None:
    assert scalars.core("true", plain=False) == "true"


@given(st.sampled_from(sorted(scalars._EXPECTED)), st.text(max_size=12))
def test_every_text_gets_some_advice(kind: str, text: str) -> None:
    assert scalars.why(kind, text)
