"""What two plans do differently on the same history: sums, then line by line, then some contacts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from oncue.cli.output import plural
from oncue.cli.render.facts import KINDS, fact, one, shift
from oncue.cli.render.moments import local
from oncue.cli.render.table import clean, draw
from oncue.runtime.backtest.comparison import Comparison, Line, Sample
from oncue.runtime.backtest.differences import Difference
from oncue.runtime.backtest.facts import Fact
from oncue.runtime.backtest.playing import Played
from oncue.runtime.clock import show

VERSION = 1
_NUMBERS = frozenset(range(1, 8))
_CHANGES = ["appear", "vanish", "become", "move"]


def as_text(found: Comparison, timezone: str) -> str:
    """Everything that differs; nothing where nothing does."""
    if not found.different and not found.lines:
        return "\n\n".join(_samples(found, timezone))
    return "\n\n".join([_sums(found), _lines(found.lines), *_scores(found), *_samples(found, timezone)])


def _sums(found: Comparison) -> str:
    rows = [
        [KINDS[each.kind], *_shown(each.old, each.new, each.appears, each.vanishes, each.becomes, each.moves)]
        for each in found.sums
    ]
    return draw(["in all", "old", "new", *_CHANGES], rows, right=_NUMBERS)


def _shown(old: int, new: int, *changes: int) -> list[str]:
    return [f"{old:,}", f"{new:,}", *(f"{number:,}" if number else "" for number in changes)]


def _lines(lines: Sequence[Line]) -> str:
    rows: list[list[str]] = []
    for unit, group in groupby(lines, key=lambda line: line.fact.unit):
        rows.append([unit or "the workspace", *[""] * 8])
        rows += [_line(line) for line in group]
    heads = ["what differs", "old", "new", *_CHANGES, "contacts", ""]
    return draw(heads, rows, right=_NUMBERS)


def _line(line: Line) -> list[str]:
    numbers = _shown(line.old, line.new, line.appears, line.vanishes, line.becomes, line.moves)
    notes = [] if line.earliest is None or line.latest is None else [shift(line.earliest, line.latest)]
    into = sorted(line.into.items(), key=lambda each: (-each[1], each[0]))
    notes += [f"{number:,} become {what}" for what, number in into[:3]]
    notes += [f"{sum(number for _, number in into[3:]):,} become others"] if into[3:] else []
    notes += [f"{line.became:,} were others"] if line.became else []
    return [f"  {fact(line.fact)}", *numbers, f"{line.contacts:,}", "; ".join(notes)]


def _scores(found: Comparison) -> list[str]:
    parts = [(found.higher, "higher"), (found.lower, "lower")]
    said = [f"{plural(number, 'contact')} with a {word} score" for number, word in parts if number]
    return [f"at the end: {', '.join(said)} than before"] if said else []


# --- contacts


def _samples(found: Comparison, timezone: str) -> list[str]:
    parts = [_sample(sample, timezone) for sample in found.samples]
    if found.asked and all(sample.contact != found.asked for sample in found.samples):
        parts.insert(0, f"{clean(found.asked)}: nothing differs")
    return parts


def _sample(sample: Sample, timezone: str) -> str:
    rows = [_row(each, timezone) for each in sample.differences]
    lines = [clean(sample.contact) or "of no contact"]
    lines += [f"  {line}" for line in _columns(rows)]
    if sample.scores is not None:
        old, new = (score or "none" for score in sample.scores)
        lines.append(f"  score at the end: {old} -> {new}")
    return "\n".join(lines)


def _columns(rows: list[list[str]]) -> list[str]:
    return draw([""] * 4, rows).splitlines()[1:]


def _row(each: Difference, timezone: str) -> list[str]:
    given, at = each.old or each.new or (Fact("", "", "", ""), 0)
    return [local(at, timezone), given.unit, one(given), _what(each, timezone)]


def _what(each: Difference, timezone: str) -> str:
    if each.old is None or each.new is None:
        return each.change
    when = "" if each.old[1] == each.new[1] else f" at {local(each.new[1], timezone)}"
    return (
        f"moves to {local(each.new[1], timezone)}"
        if each.change == "moves"
        else f"becomes {one(each.new[0]._replace(step=''))}{when}"
    )


# --- for programs


def as_json(found: Comparison, old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """The comparison as one document; `old` and `new` say what the sides are."""
    return {
        "version": VERSION,
        "old": {**old, **_played(found.old)},
        "new": {**new, **_played(found.new)},
        "contacts": {"different": found.different, "higher_score": found.higher, "lower_score": found.lower},
        "sums": found.sums,
        "lines": [_flat(line) for line in found.lines],
        "samples": [
            {
                "contact": sample.contact,
                "differences": [difference(each) for each in sample.differences],
                **({"scores": sample.scores} if sample.scores is not None else {}),
            }
            for sample in found.samples
        ],
    }


def _played(played: Played) -> dict[str, Any]:
    return {
        "events": played.events, "rows": played.rows, "contacts": played.contacts,
        "repeated": played.repeated, "ignored": played.ignored, "rejected": played.rejected,
    }  # fmt: skip


def _flat(line: Line) -> dict[str, Any]:
    return {
        **line.fact._asdict(),
        "old": line.old, "new": line.new, "appears": line.appears, "vanishes": line.vanishes,
        "becomes": line.becomes, "became": line.became, "moves": line.moves, "contacts": line.contacts,
        "shift": None if line.earliest is None else {"from": line.earliest, "to": line.latest},
        "into": line.into,
    }  # fmt: skip


def difference(each: Difference) -> dict[str, Any]:
    """One difference of one contact."""
    return {
        "change": each.change,
        "old": None if each.old is None else {**each.old[0]._asdict(), "at": show(each.old[1])},
        "new": None if each.new is None else {**each.new[0]._asdict(), "at": show(each.new[1])},
    }


def lines_of(sample: Sample) -> Iterator[dict[str, Any]]:
    """A contact's differences, each with its contact."""
    for each in sample.differences:
        yield {"contact": sample.contact, **difference(each)}
