"""A drawing as SVG: well-formed XML, no script, nothing loaded, light and dark by CSS."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import hypot

from oncue.cli.drawing.layout import Layout, Point, Route, Size, lay_out
from oncue.cli.drawing.letters import escaped, width
from oncue.cli.drawing.model import Arrow, Box, Drawing, folded

STYLE = """\
.drawing { font: 12px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; --ink: #1b2330; \
--soft: #5b6675; --paper: #ffffff; --line: #8793a3; --box: #f7f8fa; --trigger: #e4eefb; --choice: #fdf2cf; \
--goal: #dcf3e3; --round: #e6e9ee; --number: #1558b0 }
.drawing text { fill: var(--ink) }
.drawing .name { font-weight: 600 }
.drawing .kind { fill: var(--soft); font-size: 10px }
.drawing .count { fill: var(--number); font-weight: 600 }
.drawing .frame { fill: var(--box); stroke: var(--line) }
.drawing .trigger .frame { fill: var(--trigger) }
.drawing .choice .frame { fill: var(--choice) }
.drawing .goal .frame { fill: var(--goal); stroke-width: 2 }
.drawing .start .frame, .drawing .end .frame { fill: var(--round) }
.drawing .note .frame { fill: none; stroke-dasharray: 4 3 }
.drawing .campaigns .frame { fill: var(--trigger); stroke-width: 1.5 }
.drawing .segments .frame { fill: var(--choice) }
.drawing .emails .frame { fill: var(--goal) }
.drawing .way { fill: none; stroke: var(--line); stroke-width: 1.3 }
.drawing .tip { fill: var(--line) }
.drawing .dashed { stroke-dasharray: 5 4 }
.drawing .label { font-size: 11px; fill: var(--soft); paint-order: stroke; stroke: var(--paper); \
stroke-width: 4px; stroke-linejoin: round }
.drawing a:hover .frame { stroke: var(--number) }
@media (prefers-color-scheme: dark) { .drawing { --ink: #e8ecf2; --soft: #a9b4c2; --paper: #14181f; \
--line: #77849a; --box: #1e2530; --trigger: #1c3350; --choice: #443a17; --goal: #1d4029; --round: #2c3543; \
--number: #8cbcff } }
"""
_FOLD, _LABEL_FOLD = 46, 26
_LINE, _LABEL_LINE = 16.0, 12.0
_SIDE, _ABOVE, _EDGE = 14.0, 8.0, 8.0

Href = Callable[[Box], str]


class _Row:
    """A line of a box: its class and text."""

    __slots__ = ("css", "text")

    def __init__(self, css: str, text: str) -> None:
        self.css, self.text = css, text


def render(drawing: Drawing, *, href: Href | None = None, style: bool = True) -> str:
    """The drawing as an `svg` element. `href`: where a box leads, or nothing. `style`: with its own style
    sheet; a page that holds `STYLE` goes without."""
    rows = [list(_rows(box)) for box in drawing.boxes]
    sizes = [_size(box, each) for box, each in zip(drawing.boxes, rows, strict=True)]
    labels = [list(folded(arrow.text, _LABEL_FOLD, 3)) if arrow.text else [] for arrow in drawing.arrows]
    index = {box.id: number for number, box in enumerate(drawing.boxes)}
    arrows = [
        (index[arrow.tail], index[arrow.head], _label_size(label))
        for arrow, label in zip(drawing.arrows, labels, strict=True)
    ]
    layout = lay_out(sizes, arrows, across=drawing.across)
    parts = [_head(drawing, layout), f"<style>{STYLE}</style>" if style else ""]
    parts += [_way(*each) for each in zip(drawing.arrows, layout.routes, strict=True)]
    parts += [_label(*each) for each in zip(labels, layout.routes, strict=True)]
    parts += [_box(*each, href) for each in zip(drawing.boxes, rows, sizes, layout.boxes, strict=True)]
    return "\n".join(part for part in [*parts, "</g></svg>"] if part) + "\n"


# --- boxes ----------------------------------------------------------------------------------------


def _rows(box: Box) -> Iterator[_Row]:
    if box.kind:
        yield _Row("kind", box.kind)
    yield from (_Row("name" if box.shape != "note" else "note", line) for line in folded(box.name, _FOLD))
    yield from (_Row("line", line) for each in box.lines for line in folded(each, _FOLD))
    if box.count:
        yield _Row("count", box.count)


def _size(box: Box, rows: list[_Row]) -> Size:
    side = _SIDE + (8 if box.shape == "choice" else 0)
    widest = max(width(row.text, bold=row.css in ("name", "count")) for row in rows)
    return max(60.0, round(widest + 2 * side)), len(rows) * _LINE + 2 * _ABOVE


def _box(box: Box, rows: list[_Row], size: Size, middle: Point, href: Href | None) -> str:
    x, y = middle
    top = y - size[1] / 2 + _ABOVE + 12
    texts = "".join(
        f'<text class="{row.css}" x="{x:g}" y="{top + number * _LINE:g}" text-anchor="middle">'
        f"{escaped(row.text)}</text>"
        for number, row in enumerate(rows)
    )
    whole = "\n".join(part for part in (box.name, *box.lines, box.count) if part)
    hover = "\n".join(escaped(line) for line in whole.splitlines())
    inner = f"<title>{hover}</title>{_frame(box, x, y, size)}{texts}"
    there = href(box) if href is not None else ""
    linked = f'<a href="{escaped(there)}">{inner}</a>' if there else inner
    return f'<g class="{_classes(box)}"{_step(box)}>{linked}</g>'


def _classes(box: Box) -> str:
    return f"{box.shape} {escaped(box.kind.replace(' ', '_'))}s" if box.kind else box.shape


def _step(box: Box) -> str:
    return f' data-step="{escaped(box.name)}"' if box.shape in ("step", "choice", "goal") else ""


def _frame(box: Box, x: float, y: float, size: Size) -> str:
    left, top, (wide, high) = x - size[0] / 2, y - size[1] / 2, size
    if box.shape == "choice":
        ends = ((0, 0.5), (8, 0), (-8, 0), (0, 0.5), (-8, 1), (8, 1))
        sides = (left, left, left + wide, left + wide, left + wide, left)
        points = " ".join(
            f"{side + shift:g},{top + part * high:g}" for side, (shift, part) in zip(sides, ends, strict=True)
        )
        return f'<polygon class="frame" points="{points}"/>'
    round_ = {"trigger": high / 2, "start": high / 2, "end": high / 2}.get(box.shape, 5)
    corner = min(round_, 20)
    return (
        f'<rect class="frame" x="{left:g}" y="{top:g}" width="{wide:g}" height="{high:g}" rx="{corner:g}"/>'
    )


# --- arrows ---------------------------------------------------------------------------------------


def _label_size(lines: list[str]) -> Size | None:
    if not lines:
        return None
    return max(width(line) for line in lines) * 11 / 12 + 6, len(lines) * _LABEL_LINE


def _way(arrow: Arrow, route: Route) -> str:
    first, *rest = route.curve
    path = f"M{first[0]:g},{first[1]:g}C" + " ".join(f"{x:g},{y:g}" for x, y in rest)
    dashed = " dashed" if arrow.dashed else ""
    return f'<path class="way{dashed}" d="{path}"/><polygon class="tip" points="{_tip(route)}"/>'


def _tip(route: Route) -> str:
    """A triangle from the curve's end to the tip."""
    (x, y), (end_x, end_y) = route.tip, route.curve[-1]
    length = hypot(x - end_x, y - end_y) or 1.0
    across, down = (y - end_y) / length * 3.2, (x - end_x) / length * 3.2
    corners = ((x, y), (end_x + across, end_y - down), (end_x - across, end_y + down))
    return " ".join(f"{round(a, 1):g},{round(b, 1):g}" for a, b in corners)


def _label(lines: list[str], route: Route) -> str:
    if not lines or route.label is None:
        return ""
    x, y = route.label
    top = y - len(lines) * _LABEL_LINE / 2 + 9
    return "".join(
        f'<text class="label" x="{x:g}" y="{top + number * _LABEL_LINE:g}" text-anchor="middle">'
        f"{escaped(line)}</text>"
        for number, line in enumerate(lines)
    )


def _head(drawing: Drawing, layout: Layout) -> str:
    wide, high = layout.size[0] + 2 * _EDGE, layout.size[1] + 2 * _EDGE
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="drawing" width="{wide:g}" height="{high:g}" '
        f'viewBox="0 0 {wide:g} {high:g}" role="img" aria-label="{escaped(drawing.title)}">'
        f'<g transform="translate({_EDGE:g} {_EDGE:g})">'
    )
