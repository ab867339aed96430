"""Facts of a replay in words: what a line of a table calls them, and how far one moved."""

from __future__ import annotations

from oncue.cli.words.values import count
from oncue.runtime.backtest.facts import (
    ENTRY,
    EXIT,
    GOAL,
    MEMBERSHIP,
    OTHER,
    REFUSAL,
    RESPONSE,
    SCORE,
    SEGMENT,
    SEND,
    STEP,
    SUBSCRIPTION,
    TAG,
    Fact,
)
from oncue.schemas.values import DAY, HOUR, MINUTE, SECOND

KINDS = {
    SEND: "messages", ENTRY: "entries", REFUSAL: "entries refused", EXIT: "ends of a flow",
    STEP: "other steps", GOAL: "goals", MEMBERSHIP: "member statuses", RESPONSE: "responses",
    SCORE: "points", TAG: "tags", SEGMENT: "segments", SUBSCRIPTION: "subscriptions", OTHER: "others",
}  # fmt: skip

_UNITS = ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute"), (SECOND, "second"))


def fact(given: Fact) -> str:
    """What happened, without the unit where it did."""
    kind, _, step, what = given
    said = _SAID.get(kind, "{}").format(what) if what else "entries"
    return f"{step}: {said}" if step else said


_SAID = {
    SEND: "sends {}", REFUSAL: "entry refused, {}", EXIT: "ends, {}", GOAL: "goal {}", SCORE: "{} points",
    MEMBERSHIP: "status {}", RESPONSE: "response {}",
}  # fmt: skip


def one(given: Fact) -> str:
    """The same of a single one."""
    return "enters" if given.kind == ENTRY else fact(given)


def shift(earliest: int, latest: int) -> str:
    """`7 days earlier`, `1 hour to 2 days later`, `3 days earlier to 2 hours later`."""
    if earliest == latest:
        return _by(earliest)
    if earliest < 0 < latest:
        return f"{_by(earliest)} to {_by(latest)}"
    near, far = sorted((earliest, latest), key=abs)
    return f"{time(abs(near))} to {_by(far)}"


def _by(micros: int) -> str:
    return f"{time(abs(micros))} {'earlier' if micros < 0 else 'later'}"


def time(micros: int) -> str:
    """About so long, in the largest unit that fits: `7 days`, `6 days 23 hours`."""
    for place, (size, name) in enumerate(_UNITS):
        if micros >= size:
            number, rest = divmod(micros, size)
            smaller = _UNITS[place + 1 :][:1]
            more = rest // smaller[0][0] if smaller else 0
            return count(number, name) + (f" {count(more, smaller[0][1])}" if more else "")
    return "less than a second"
