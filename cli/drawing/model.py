"""What is drawn: boxes and arrows, with plain texts that each format escapes for itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

Shape = Literal["trigger", "start", "step", "choice", "goal", "end", "note", "thing"]


class Box(Struct, frozen=True):
    """`id`: unique in its drawing, letters and digits only. `name`: what the plan calls it (a step's id, a
    unit); `lines`: what stands below it. `count`: how many members, in words. `kind` tells things of a
    workspace apart."""

    id: str
    name: str
    shape: Shape
    lines: tuple[str, ...] = ()
    count: str = ""
    kind: str = ""


class Arrow(Struct, frozen=True):
    """`dashed`: not the way on, but a way out, or a mention."""

    tail: str
    head: str
    label: str = ""
    count: int | None = None
    dashed: bool = False

    @property
    def text(self) -> str:
        """The label with the count."""
        number = "" if self.count is None else f"{self.count:,}"
        return " · ".join(part for part in (self.label, number) if part)


class Drawing(Struct, frozen=True):
    """`across`: it reads from left to right."""

    title: str
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    across: bool = False


def folded(text: str, width: int, most: int = 4) -> Iterator[str]:
    """The text on lines of about `width` characters, `most` of them; what is cut off is an ellipsis."""
    lines, line = [], ""
    for word in _pieces(text, width):
        if line and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = ""
        line = f"{line} {word}" if line else word
    lines.append(line)
    yield from lines[: most - 1]
    if len(lines) > most:
        yield lines[most - 1][: width - 1].rstrip() + "…"
    else:
        yield from lines[most - 1 :]


def _pieces(text: str, width: int) -> Iterator[str]:
    """Its words; long ones in pieces."""
    for word in text.split():
        yield from (word[start : start + width] for start in range(0, len(word), width))
