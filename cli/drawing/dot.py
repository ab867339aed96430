"""A drawing as text for Graphviz."""

from __future__ import annotations

from collections.abc import Iterator

from oncue.cli.drawing.model import Arrow, Box, Drawing, Shape, folded

_WIDTH = 48
_STYLES: dict[Shape, str] = {
    "trigger": 'shape=box style="rounded,filled" fillcolor="#e3eefb"',
    "start": 'shape=oval style=filled fillcolor="#d7f0df"',
    "step": "shape=box",
    "choice": 'shape=hexagon style=filled fillcolor="#fdf3d0"',
    "goal": 'shape=box peripheries=2 style=filled fillcolor="#d7f0df"',
    "end": 'shape=oval style=filled fillcolor="#e8e8e8"',
    "note": "shape=note style=dashed",
    "thing": "shape=box style=rounded",
}


def render(drawing: Drawing) -> str:
    """DOT, the same for the same drawing."""
    return "\n".join(_lines(drawing)) + "\n"


def _lines(drawing: Drawing) -> Iterator[str]:
    yield f"digraph {quoted(drawing.title)} {{"
    yield f"  rankdir={'LR' if drawing.across else 'TB'}"
    yield '  node [fontname="Helvetica" fontsize=11 margin="0.15,0.08"]'
    yield '  edge [fontname="Helvetica" fontsize=10]'
    for box in drawing.boxes:
        yield f"  {box.id} [label={_label(box)} {_STYLES[box.shape]}]"
    for arrow in drawing.arrows:
        yield f"  {arrow.tail} -> {arrow.head}{_given(arrow)}"
    yield "}"


def _label(box: Box) -> str:
    texts = (f"({box.kind})" if box.kind else "", box.name, *box.lines, box.count)
    return quoted("\n".join(line for text in texts if text for line in folded(text, _WIDTH)))


def _given(arrow: Arrow) -> str:
    given = [
        *([f"label={quoted(arrow.text)}"] if arrow.text else []),
        *(["style=dashed"] if arrow.dashed else []),
    ]
    return f" [{' '.join(given)}]" if given else ""


def quoted(text: str) -> str:
    """A text in quotes as DOT reads it; line ends become breaks."""
    plain = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(_character(char) for char in plain) + '"'


def _character(char: str) -> str:
    if char == "\n":
        return "\\n"
    return char if char.isprintable() else " "
