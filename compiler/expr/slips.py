"""Syntax errors in plain words: what does not fit, what would, and a hint for the slips people make.

The parser says where it stopped and which terminals it would have taken there. A slip is recognised by what
stands at that place (`found`) and just before it (`before`); the first row of the table that fits is told.
Where none fits, the allowed set is put into words.
"""

from __future__ import annotations

import re
from collections.abc import Set

from oncue.compiler.expr.catalog import Issue
from oncue.compiler.expr.lalr import MisfitError
from oncue.compiler.expr.slip_table import SLIPS, Slip
from oncue.compiler.expr.wording import shorten

_WORD = re.compile(r'"(?:[^"\\\n]|\\.)*"|[\w.]+|\S')


# The allowed set in words: the first row whose terminals are all accepted speaks for all of them.
_EXPECTED: tuple[tuple[frozenset[str], str], ...] = (
    (frozenset({"NAME", "NUMBER", "TAGGED"}), "a test, such as `score >= 50` or `tagged \"hot\"`"),
    (frozenset({"NAME", "NUMBER"}), "a value: a field, a number, a text in double quotes, a date"),
    (frozenset({"ORDER", "IN"}), "a test: `== \"US\"`, `> 5`, `in [...]`, `contains \"...\"`, `is set`"),
    (frozenset({"OF", "WHERE"}), "`of ASSET`, `where TEST`, `at least 3 times`, `in last 7 days`"),
    (frozenset({"WHERE"}), "`where TEST`"),
    (frozenset({"TIMES_ORDER"}), "`at least N times`"),
    (frozenset({"IN_LAST"}), "`in last 7 days`"),
    (frozenset({"ID"}), "an id"),
    (frozenset({"NAME"}), "an event, such as `email.open`"),
    (frozenset({"DURATION"}), "a duration, such as `30 days`"),
    (frozenset({"TIME"}), "a time, such as `09:00`"),
    (frozenset({"DATE"}), "a date, such as `2026-07-01` or `today`"),
    (frozenset({"NUMBER"}), "a number"),
    (frozenset({"TIMES"}), "`times`"),
    (frozenset({"BETWEEN"}), "`between 09:00 and 17:00`"),
    (frozenset({"LSQB"}), "a list in square brackets"),
    (frozenset({"LPAR"}), "`(`"),
    (frozenset({"COMMA"}), "`,`"),
    (frozenset({"RSQB"}), "`]`"),
    (frozenset({"RPAR"}), "`)`"),
    (frozenset({"AND", "OR"}), "`and`, `or`"),
    (frozenset({"AND"}), "`and`"),
    (frozenset({"$END"}), "the end"),
)  # fmt: skip


def explain(text: str, misfit: MisfitError) -> Issue:
    """The issue for what the parser stumbled over."""
    start = misfit.place
    if not text.strip():
        return Issue("C005", "this condition is empty", 0, len(text), "write a test, such as `score >= 50`")
    before = text[max(0, start - 200) : start]
    for slip in SLIPS:
        match = slip.found.match(text, start)
        if match is None or (slip.before is not None and not slip.before.search(before)):
            continue
        if slip.code != "C006" or _open_bracket(text[:start]) is None:
            return _told(slip, text, start, match.group())
    return _unexpected(text, start, misfit.accepted)


def expected(accepted: Set[str]) -> str:
    """The accepted terminals in plain words, the most telling first, at most four."""
    words: list[str] = []
    left = set(accepted)
    for terminals, phrase in _EXPECTED:
        if terminals <= left:
            words.append(phrase)
            left -= _SPOKEN_FOR.get(phrase, terminals)
    return ", or ".join(words[:4])


_VALUE = frozenset(
    {"NAME", "NUMBER", "TAGGED", "STRING", "BOOLEAN", "NOW", "DATE", "DAY_WORD", "AGGREGATE", "LPAR", "NOT",
     "SUBSCRIBED", "IN_SEGMENT", "IN_CAMPAIGN", "DID"}
)  # fmt: skip
_TESTS = frozenset(
    {"ORDER", "IN", "SIDE", "NEG", "TEXT_TEST", "HAS", "WITHIN", "OLDER_THAN", "IS_SET", "PLUS_MINUS",
     "TIMES_DIVIDE", "IN_LAST", "TIMES_ORDER", "SINCE", "SINCE_START"}
)  # fmt: skip
_CLAUSE = frozenset({"OF", "OF_STEP", "WHERE", "TIMES_ORDER", "IN_LAST", "SINCE", "SINCE_START"})
_SPOKEN_FOR = {
    _EXPECTED[0][1]: _VALUE,
    _EXPECTED[1][1]: _VALUE,
    _EXPECTED[2][1]: _TESTS,
    _EXPECTED[3][1]: _CLAUSE,
}


def _told(slip: Slip, text: str, start: int, found: str) -> Issue:
    word = _WORD.match(text, start)
    length = len(found) if "\n" not in found else found.index("\n")
    end = max(start + length, word.end() if word is not None else start)
    shown = shorten(found if found.strip() else text[start:end])
    return Issue(slip.code, slip.message.replace("{0}", shown), start, end, slip.hint)


def _unexpected(text: str, start: int, accepted: Set[str]) -> Issue:
    allowed = expected(accepted)
    hint = f"expected {allowed}" if allowed else ""
    word = _WORD.match(text, start)
    if word is None:
        opened = _open_bracket(text)
        if opened is not None and {"RPAR", "RSQB"} & accepted:
            return Issue("C006", f"this `{text[opened]}` is never closed", opened, opened + 1, hint)
        return Issue("C001", "the condition ends too early", start, start, hint)
    shown = shorten(word.group())
    return Issue("C001", f"`{shown}` does not fit here", start, word.end(), hint)


def _open_bracket(text: str) -> int | None:
    """The place of the innermost bracket that is still open at the end."""
    opened: list[int] = []
    for match in re.finditer(r'"(?:[^"\\\n]|\\.)*"|[(\[\])]', text):
        if match.group() in ("(", "["):
            opened.append(match.start())
        elif match.group() in (")", "]") and opened:
            opened.pop()
    return opened[-1] if opened else None
