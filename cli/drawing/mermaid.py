"""A drawing as a Mermaid flowchart, which GitHub, GitLab and many editors show as it is."""

from __future__ import annotations

from collections.abc import Iterator

from oncue.cli.drawing.model import Arrow, Box, Drawing, Shape, folded

_WIDTH = 42
_OPEN_CLOSE: dict[Shape, tuple[str, str]] = {
    "trigger": ("([", "])"),
    "start": ("((", "))"),
    "step": ("[", "]"),
    "choice": ("{{", "}}"),
    "goal": ("[[", "]]"),
    "end": ("((", "))"),
    "note": (">", "]"),
    "thing": ("[", "]"),
}


def render(drawing: Drawing) -> str:
    """Mermaid's text, the same for the same drawing."""
    return "\n".join(_lines(drawing)) + "\n"


def _lines(drawing: Drawing) -> Iterator[str]:
    yield f"flowchart {'LR' if drawing.across else 'TD'}"
    for box in drawing.boxes:
        left, right = _OPEN_CLOSE[box.shape]
        yield f'  {box.id}{left}"{_text(box)}"{right}'
    for arrow in drawing.arrows:
        yield f"  {arrow.tail} {_line(arrow)} {arrow.head}"


def _line(arrow: Arrow) -> str:
    line = "-.->" if arrow.dashed else "-->"
    text = "<br>".join(escaped(line) for line in folded(arrow.text, _WIDTH))
    return f'{line}|"{text}"|' if text else line


def _text(box: Box) -> str:
    head = "<br>".join(escaped(line) for line in folded(box.name, _WIDTH))
    if box.lines:
        head = f"<b>{head}</b>"
    body = [escaped(line) for each in box.lines for line in folded(each, _WIDTH)]
    tail = [f"<i>{escaped(box.count)}</i>"] if box.count else []
    kind = [f"<i>{escaped(box.kind)}</i>"] if box.kind else []
    return "<br>".join([*kind, head, *body, *tail])


def escaped(text: str) -> str:
    """As Mermaid wants it in quotes: whatever could mean something to it, to Markdown or to HTML becomes its
    character code, ``#35;``; a control character a space."""
    return "".join(_character(char) for char in text)


def _character(char: str) -> str:
    if char.isalnum() or char in " .,:-=/_()'":
        return char
    return f"#{ord(char)};" if char.isprintable() else " "
