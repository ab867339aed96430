"""Which texts there are, as far as some text tests can tell: one example of each kind.

Every test of a text is a pattern of letters, runs and single letters over the whole compared text. All
patterns are followed at once, letter by letter, over the letters that they name and one that none of them
names. So each set of patterns that some text fits is found, with a shortest such text.
"""

from __future__ import annotations

from functools import lru_cache

from oncue.schemas.values import compared_text

MOST = 2_000  # states that are looked at; where there are more, nothing is said
_OTHERS = "zyxwvutsrqponmlkjihgfedcba0123456789αβγδεζηθ"  # the first that no pattern names

Pattern = tuple[str, ...]  # letters, _RUN and _ONE
State = tuple[frozenset[int], ...]  # for each pattern the places where it may stand
_RUN, _ONE = "any run", "any letter"


def pattern_of(test: str, written: str) -> Pattern:
    """A text test as a pattern: contains, starts, ends, matches, or equals."""
    text = compared_text(written)
    if test == "matches":
        return tuple({"*": _RUN, "?": _ONE}.get(letter, letter) for letter in text)
    before = (_RUN,) if test in ("contains", "ends") else ()
    after = (_RUN,) if test in ("contains", "starts") else ()
    return (*before, *text, *after)


@lru_cache(maxsize=1_000)
def kinds(patterns: tuple[Pattern, ...]) -> tuple[str, ...] | None:
    """A shortest text of each kind that these patterns tell apart; None if there is too much to look through.
    Texts have no space at their ends, as compared ones have none."""
    named = sorted({letter for pattern in patterns for letter in pattern} - {_RUN, _ONE})
    other = next((letter for letter in _OTHERS if letter not in named), None)
    if other is None:
        return None
    start = tuple([_skip(pattern, {0}) for pattern in patterns])
    found: dict[tuple[bool, ...], str] = {}
    seen = {(start, True)}
    queue = [(start, "")]
    for state, text in queue:
        if text == text.strip():
            found.setdefault(_fits(patterns, state), text)
        for letter in [other, *named]:
            if text or not letter.isspace():
                after = tuple(
                    [_step(pattern, at, letter) for pattern, at in zip(patterns, state, strict=True)]
                )
                key = (after, not letter.isspace())
                if key not in seen:
                    if len(seen) == MOST:
                        return None
                    seen.add(key)
                    queue.append((after, text + letter))
    return tuple(found.values())


def _fits(patterns: tuple[Pattern, ...], state: State) -> tuple[bool, ...]:
    return tuple([len(pattern) in at for pattern, at in zip(patterns, state, strict=True)])


@lru_cache(maxsize=50_000)
def _step(pattern: Pattern, at: frozenset[int], letter: str) -> frozenset[int]:
    moved = set()
    for place in at:
        if place < len(pattern):
            if pattern[place] == _RUN:
                moved.add(place)
            elif pattern[place] in (_ONE, letter):
                moved.add(place + 1)
    return _skip(pattern, moved)


def _skip(pattern: Pattern, at: set[int]) -> frozenset[int]:
    """With the places behind runs, which may be empty."""
    found = set(at)
    for place in at:
        while place < len(pattern) and pattern[place] == _RUN:
            place += 1
            found.add(place)
    return frozenset(found)
