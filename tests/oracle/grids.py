"""Small languages of conditions, each with contacts of every kind that its tests tell apart: what holds for
all of these contacts holds for everybody."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

from tests.oracle.conditions import (
    And,
    Compare,
    Did,
    Has,
    In,
    InSegment,
    IsSet,
    Not,
    OlderThan,
    Or,
    Subscribed,
    Tagged,
    TextTest,
    Within,
)  # fmt: skip
from tests.oracle.pools import Draw
from tests.oracle.tree import Duration, Test
from tests.oracle.values import Aggregate, Arithmetic, Day, Events, Field, Literal, Window
from tests.oracle.world import DAY, Happening, World

UTC = ZoneInfo("UTC")
TODAY = date(2026, 3, 10)
NOW = (TODAY - date(1970, 1, 1)).days * DAY + DAY // 2  # noon

BUDGET, STAFF = Field("number", "budget"), Field("number", "employees")
COUNTRY, TITLE = Field("text", "country"), Field("text", "job_title")
RENEWAL, INTERESTS = Field("date", "renewal_date"), Field("many", "interests")
ORDERS = ["==", "!=", "<", "<=", ">", ">="]


@dataclass(frozen=True)
class Grid:
    """`hangs`: its tests hang together, so that only the solver finds all that is so."""

    leaf: Callable[[Draw], Test]
    worlds: list[World]
    hangs: bool = False


def a_world(
    fields: dict[str, Any], tags: Iterable[str] = (), opens: Iterable[int] = (), lists: Any = None
) -> World:
    """A contact, with emails opened so many microseconds ago."""
    known = {name: value for name, value in fields.items() if value is not None}
    happenings = [
        Happening("email.open", NOW - ago, place) for place, ago in enumerate(sorted(opens, reverse=True))
    ]
    return World(UTC, {"score": Fraction(0), **known}, frozenset(tags), lists or {}, frozenset(), happenings)


def grown(d: Draw, leaf: Callable[[Draw], Test], depth: int) -> Test:
    """A random condition whose leaves are drawn by `leaf`."""
    form = d.one(["leaf", "and", "or", "or", "not", "segment"]) if depth else "leaf"
    if form == "leaf":
        return leaf(d)
    if form == "not":
        return Not(grown(d, leaf, depth - 1))
    if form == "segment":
        return InSegment(f"seg-{d.one(['one', 'two'])}", grown(d, leaf, 0))
    parts = tuple(grown(d, leaf, depth - 1) for _ in range(d.one([2, 3])))
    return And(parts) if form == "and" else Or(parts)


# --- tests of one value each ----------------------------------------------------------------------


def number(d: Draw) -> Test:
    return Compare(d.one(ORDERS), BUDGET, Literal("number", Fraction(d.one([0, 3, 5]))))


def equal(d: Draw) -> Test:
    return Compare(d.one(["==", "!="]), COUNTRY, Literal("text", d.one(["de", "fr"])))


def mixed(d: Draw) -> Test:
    """Numbers, texts, presence, a tag, a count."""
    form = d.one(["number", "number", "number", "equal", "in", "set", "tagged", "did"])
    if form == "number":
        return number(d)
    if form == "equal":
        return equal(d)
    if form == "in":
        return In(COUNTRY, tuple(Literal("text", each) for each in d.one([["de"], ["de", "fr"]])))
    if form == "set":
        return IsSet(d.one([BUDGET, COUNTRY]), d.one([True, False]))
    if form == "did":
        return Did(Events("email.open"), d.one(["at least", "at most", "exactly"]), d.one([1, 2, 3]))
    return Tagged("hot")


MIXED = [
    a_world({"budget": budget, "country": country}, tags, range(count))
    for budget, country, tags, count in product(
        (None, *map(Fraction, (-1, 0, 1, 3, 4, 5, 6))), (None, "de", "FR", "it"), ((), ("hot",)), range(5)
    )
]


def soon(d: Draw) -> Test:
    """How far a date lies from today."""
    form = d.one(["next", "last", "older", "day", "set"])
    if form == "set":
        return IsSet(RENEWAL, d.one([True, False]))
    if form == "day":
        return Compare(
            d.one(["before", "after", "==", "!="]), RENEWAL, Day(d.one(["today", "tomorrow", "yesterday"]))
        )
    span = d.one([Duration("2 days", 2 * DAY), Duration("7 days", 7 * DAY)])
    return OlderThan(RENEWAL, span) if form == "older" else Within(form, RENEWAL, span)


SOON = [a_world({"renewal_date": None})]
SOON += [a_world({"renewal_date": TODAY + timedelta(days=days)}) for days in range(-9, 10)]


def letters(d: Draw) -> Test:
    """Parts of a text, and the whole."""
    if d.chance(30):
        return Compare(d.one(["==", "!="]), TITLE, Literal("text", d.one(["a", "ab", "bb"])))
    form, pattern = d.one(
        [("contains", "a"), ("contains", "ab"), ("starts with", "b"), ("ends with", "a"), ("matches", "a?b"),
         ("matches", "*b*"), ("matches", "??")]
    )  # fmt: skip
    return TextTest(form, TITLE, pattern)


LETTERS = [a_world({"job_title": None})]
LETTERS += [a_world({"job_title": " " if not size else "".join(text)}) for size in range(6)
            for text in product("abz", repeat=size)]  # fmt: skip


def members(d: Draw) -> Test:
    """Sets of texts, and subscriptions on each channel."""
    form = d.one(["has", "set", "list"])
    if form == "list":
        return Subscribed("newsletter", d.one([None, "email", "sms"]))
    return (
        IsSet(INTERESTS, d.one([True, False])) if form == "set" else Has(INTERESTS, d.one(["golf", "chess"]))
    )


MEMBERS = [
    a_world({"interests": interests}, lists={"newsletter": dict.fromkeys(channels, "subscribed")})
    for interests in (None, *map(frozenset, (["x"], ["golf"], ["chess"], ["golf", "chess"])))
    for channels in ((), ("email",), ("sms",), ("email", "sms"))
]

# --- tests that hang together ---------------------------------------------------------------------


def sums(d: Draw) -> Test:
    """Two numbers, each beside constants and beside the other."""
    form = d.one(["first", "second", "both", "sum", "twice"])
    three = Literal("number", Fraction(d.one([0, 2, 3])))
    if form in ("first", "second"):
        return Compare(d.one(ORDERS), BUDGET if form == "first" else STAFF, three)
    if form == "both":
        return Compare(d.one(ORDERS), BUDGET, STAFF)
    if form == "sum":
        return Compare(d.one(ORDERS), Arithmetic("+", BUDGET, Literal("number", Fraction(2))), STAFF)
    return Compare(d.one(ORDERS), Arithmetic("*", BUDGET, Literal("number", Fraction(2))), three)


EDGE = 10**18 - 1  # the next sum overflows
QUARTERS = (None, *(Fraction(n, 4) for n in range(-9, 22)), Fraction(-EDGE), Fraction(EDGE))
SUMS = [a_world({"budget": one, "employees": other}) for one, other in product(QUARTERS, QUARTERS)]


def windows(d: Draw) -> Test:
    """Counts in windows that lie in each other, and the latest."""
    spans = [Duration("3 days", 3 * DAY), Duration("7 days", 7 * DAY), Duration("30 days", 30 * DAY)]
    if d.chance(30):
        latest = Aggregate("datetime", "last", Events("email.open"))
        return d.one([OlderThan(latest, d.one(spans)), IsSet(latest), Within("last", latest, d.one(spans))])
    return counts(d)


def counts(d: Draw) -> Test:
    """Counts in windows that lie in each other, and nothing else: no solver is needed."""
    days = d.one([0, 3, 7, 30])
    window = Window("last", Duration(f"{days} days", days * DAY)) if days else Window()
    order = d.one(["", "at least", "at most", "exactly"])
    return Did(Events("email.open", window=window), order, d.one([1, 2]) if order else 1)


WINDOWS = [  # some a little ahead of now, as late clocks send them
    a_world(
        {},
        opens=[
            age * DAY + n for age, count in zip((1, 5, 20, 60, -1), counts, strict=True) for n in range(count)
        ],
    )
    for counts in product(range(4), range(4), range(4), range(4), range(2))
]


def same(d: Draw) -> Test:
    """Two texts, each beside constants and beside the other."""
    if d.chance(40):
        return Compare(d.one(["==", "!="]), COUNTRY, TITLE)
    field = d.one([COUNTRY, TITLE])
    form = d.one(["equal", "set", "part"])
    if form == "equal":
        return Compare(d.one(["==", "!="]), field, Literal("text", d.one(["de", "fr"])))
    return (
        IsSet(field, d.one([True, False]))
        if form == "set"
        else TextTest("contains", field, d.one(["d", "r"]))
    )


WORDS = (None, " ", "de", "FR", "x", "y", "d", "dd", "r", "rr", "dr", "rd")
SAME = [a_world({"country": one, "job_title": other}) for one, other in product(WORDS, WORDS)]

GRIDS = {
    "mixed": Grid(mixed, MIXED),
    "soon": Grid(soon, SOON),
    "letters": Grid(letters, LETTERS),
    "members": Grid(members, MEMBERS),
    "counts": Grid(counts, WINDOWS),
    "sums": Grid(sums, SUMS, hangs=True),
    "windows": Grid(windows, WINDOWS, hangs=True),
    "same": Grid(same, SAME, hangs=True),
}
