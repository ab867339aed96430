"""What a comparison found, for people: at a terminal, and in a comment of a pull request.

Both have the same sentences. A unit's own line is followed by what it says otherwise, then by its steps.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence

from oncue.cli.comparing.changes import How, Part, StepChange, UnitChange, number_of
from oncue.cli.output import plural
from oncue.cli.render.table import clean

LONGEST = 200  # characters of a value that are shown
_MARKS: dict[How, str] = {"added": "+", "removed": "-", "moved": ">", "renamed": "=", "changed": "~"}


def text(changes: Sequence[UnitChange]) -> str:
    """Everything that differs, for a terminal."""
    return "\n\n".join(clean_lines(_unit(each)) for each in changes)


def clean_lines(lines: Iterable[str]) -> str:
    """Lines of ours; what is in them steers no terminal."""
    return "\n".join(map(clean, lines))


def markdown(changes: Sequence[UnitChange]) -> str:
    """The same for a comment: a heading for each unit, the details as code so that nothing in them is read
    as Markdown."""
    blocks = []
    for each in changes:
        head, *rest = _unit(each)
        blocks.append(block(head, [line.removeprefix("  ") for line in rest]))
    return "\n\n".join(blocks)


def block(head: str, lines: Sequence[str]) -> str:
    """A heading, and the lines as code."""
    said = clean_lines(lines)
    fence = _fence(said)
    return f"**{_escaped(clean(head))}**" + (f"\n\n{fence}text\n{said}\n{fence}" if lines else "")


def summary(changes: Sequence[UnitChange]) -> str:
    """`2 units changed, 1 added; 3 steps added, 1 removed`; that nothing differs."""
    if not changes:
        return "the plans mean the same"
    steps = [step for each in changes for step in each.steps]
    said = [_counted(changes, "unit"), _counted(steps, "step")]
    return "; ".join(each for each in said if each)


def _counted(changes: Sequence[UnitChange | StepChange], noun: str) -> str:
    numbers = [(how, number_of(changes, how)) for how in _MARKS]
    some = [f"{number:,} {how}" for how, number in numbers if number]
    return f"{plural(len(changes), noun)} ({', '.join(some)})" if some else ""


def _fence(block: str) -> str:
    """Longer than any run of its own sign in the block."""
    return "`" * max(3, *(len(run) + 1 for run in re.findall("`+", block)), 0)


def _escaped(head: str) -> str:
    return "".join(f"\\{char}" if char in "\\`*_[]<>|#" else char for char in head)


# --- lines ----------------------------------------------------------------------------------------


def _unit(each: UnitChange) -> Iterator[str]:
    name = f"{each.was_unit} -> {each.unit}" if each.was_unit else each.unit
    yield f"{_mark(each.how)} {name}: {_how(each.how)}{_places(each.was_at, each.now_at)}"
    for word, said in (("was", each.was), ("now", each.now)):
        if said:
            yield f"    {word} {short(said)}"
    for part in each.parts:
        yield from _part(part, "  ")
    for step in each.steps:
        yield from _step(step)


def _step(step: StepChange) -> Iterator[str]:
    name = f"{step.was_step} -> {step.step}" if step.was_step else step.step
    yield f"  {_mark(step.how)} step {name}: {_how(step.how)}{_places(step.was_at, step.now_at)}"
    if step.now_after:
        yield f"      was {step.was_after}"
        yield f"      now {step.now_after}"
    if step.was == step.now:
        yield f"      {short(step.now)}"
    else:
        yield from _two(step.was, step.now, "      ")
    for part in step.parts:
        yield from _part(part, "      ")


def _part(part: Part, indent: str) -> Iterator[str]:
    how: How = "added" if not part.was else "removed" if not part.now else "changed"
    name = part.what.replace("_", " ")
    yield f"{indent}{_MARKS[how]} {name}{_places(part.was_at, part.now_at)}"
    yield from _two(part.was, part.now, f"{indent}    ")


def _two(was: str, now: str, indent: str) -> Iterator[str]:
    """What was and what is; of long texts the lines that differ."""
    if was and now and ("\n" in was + now or max(len(was), len(now)) > LONGEST):
        yield from _lines_that_differ(was, now, indent)
        return
    if was:
        yield f"{indent}was {short(was)}"
    if now:
        yield f"{indent}now {short(now)}"


def _lines_that_differ(was: str, now: str, indent: str) -> Iterator[str]:
    found = [
        line
        for line in difflib.unified_diff(_pieces(was), _pieces(now), n=0, lineterm="")
        if not line.startswith(("---", "+++", "@@")) and line[1:].strip()
    ]
    for line in found[:6]:
        yield f"{indent}{'was' if line[0] == '-' else 'now'} {short(line[1:])}"
    if len(found) > 6:
        yield f"{indent}and {plural(len(found) - 6, 'more line')}"


def _pieces(text: str) -> list[str]:
    return text.split("\n") if "\n" in text else text.split("; ")


def _mark(how: Sequence[How]) -> str:
    return _MARKS[how[-1]]


def _how(how: Sequence[How]) -> str:
    return " and ".join(how)


def _places(was: str, now: str) -> str:
    if was and now and was != now:
        return f" ({was} -> {now})"
    return f" ({now or was})" if now or was else ""


def short(said: str) -> str:
    """Not longer than a screen has room for."""
    line = " ".join(said.split())
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"
