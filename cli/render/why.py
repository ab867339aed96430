"""An answer to `oncue why`: a sentence, then each story line by line, with what conditions saw below them."""

from __future__ import annotations

from collections.abc import Iterator

from oncue.cli.render.moments import local_text
from oncue.cli.render.table import clean
from oncue.runtime.why.answer import Answer, Finding, Part, Story

_MARKS = {True: "true ", False: "false"}


def render(answer: Answer, timezone: str) -> str:
    """The whole answer."""
    lines = [clean(answer.text)]
    for story in answer.stories:
        lines += ["", *_story(story, timezone)]
    return "\n".join(lines)


def _story(story: Story, timezone: str) -> Iterator[str]:
    place = f"  {_line(story.place)}" if story.place else ""
    yield f"{clean(story.title)}{place}"
    for finding in story.findings:
        yield from _finding(finding, timezone)


def _finding(finding: Finding, timezone: str) -> Iterator[str]:
    when = f"{local_text(finding.at, timezone)}  " if finding.at else ""
    place = f"  {_line(finding.place)}" if finding.place else ""
    yield f"  {when}{clean(finding.text)}{place}"
    if finding.condition is not None:
        yield from _part(finding.condition, "      ")


def _part(part: Part, indent: str) -> Iterator[str]:
    saw = f"    {clean('; '.join(part.saw))}" if part.saw else ""
    place = f"  {_line(part.place)}" if part.place else ""
    yield f"{indent}{_MARKS[part.holds]}  {clean(part.text)}{saw}{place}"
    for inner in part.parts:
        yield from _part(inner, indent + "  ")


def _line(place: str) -> str:
    """`campaigns.yaml:12`: the column is for programs."""
    return clean(place.rpartition(":")[0])
