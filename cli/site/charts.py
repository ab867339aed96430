"""Numbers as small pictures for the cells of a table: bars of one scale, and rates with their intervals.

Each is an `svg` element by itself, without words: the cells beside it have the numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from markupsafe import Markup

from oncue.cli.drawing.letters import escaped

STYLE = """\
th.chart { width: 16rem } .wide th:first-child { width: 30% }
svg.chart { display: block; margin-top: .35rem; --track: #eef1f5; --one: #2f6fc4; --two: #9dc3f2; \
--three: #d5b04a; --four: #b4483f }
.chart .track { fill: var(--track) }
.chart .one { fill: var(--one) }
.chart .two { fill: var(--two) }
.chart .three { fill: var(--three) }
.chart .four { fill: var(--four) }
.chart .rest { fill: var(--line) }
.chart .reach { stroke: var(--two); stroke-width: 6; stroke-linecap: round }
@media (prefers-color-scheme: dark) { svg.chart { --track: #232b37; --one: #7fb2f5; --two: #345e92; \
--three: #d9b95a; --four: #e07a70 } }
"""
_WIDE, _HIGH = 240, 14


class Part(NamedTuple):
    """A piece of a bar. `css`: ``one`` to ``four``, or ``rest``; `name` shows where the pointer rests."""

    css: str
    number: int
    name: str


def bar(parts: list[Part], most: int) -> Markup:
    """A bar whose pieces stand side by side; `most` fills its track."""
    told = ", ".join(f"{part.number:,} {part.name}" for part in parts if part.number) or "none"
    return _picture(told, "".join(_pieces(parts, _WIDE / max(most, 1))))


def rate(share: float | None, low: float | None, high: float | None, most: float) -> Markup:
    """A dot on the line of its interval, all from 0 to 1; `most` is the track's end. None: an empty track."""
    if share is None or low is None or high is None:
        return _picture("no rate", "")
    scale, middle = _WIDE / (most or 1.0), f"{_HIGH / 2:g}"
    begin, dot, end = (f"{each * scale:.1f}" for each in (low, share, high))
    return _picture(
        f"{share:.1%}, between {low:.1%} and {high:.1%}",
        f'<line class="reach" x1="{begin}" x2="{end}" y1="{middle}" y2="{middle}"/>'
        f'<circle class="one" cx="{dot}" cy="{middle}" r="5"/>',
    )


def _pieces(parts: list[Part], scale: float) -> Iterator[str]:
    x = 0.0
    for part in parts:
        wide = part.number * scale
        if wide:
            yield (
                f'<rect class="{part.css}" x="{x:.1f}" width="{wide:.1f}" height="{_HIGH}">'
                f"<title>{part.number:,} {escaped(part.name)}</title></rect>"
            )
        x += wide


def _picture(told: str, inside: str) -> Markup:
    return Markup(  # noqa: S704 -- texts are escaped where they enter
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" width="{_WIDE}" height="{_HIGH}" '
        f'viewBox="0 0 {_WIDE} {_HIGH}" role="img" aria-label="{escaped(told)}">'
        f'<rect class="track" width="{_WIDE}" height="{_HIGH}"/>{inside}</svg>'
    )
