"""What `oncue diff --events` does: the same history through both plans."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from oncue.cli import exits, output

if TYPE_CHECKING:
    from oncue.cli.sides import Side
    from oncue.cli.wanted import Wanted
    from oncue.runtime.backtest.comparison import Comparison, Each, Sample

INPUTS = (".jsonl", ".ndjson", ".csv", ".jsonl.gz", ".ndjson.gz", ".csv.gz", ".json.gz")


def parted(names: Sequence[str]) -> tuple[list[str], list[str]]:
    """The names of the command line: those of the two sides, and those of further inputs."""
    names_of_sides = [name for name in names if not name.endswith(INPUTS)]
    sides = names_of_sides[:2]
    return sides, [name for name in names if name not in sides]


def compare(old: Side, new: Side, sources: Sequence[str], wanted: Wanted) -> int:
    """Replays, compares, tells; gives the exit code."""
    from oncue.cli.render.progress import Progress
    from oncue.cli.run import instant
    from oncue.runtime.backtest.beside import compared

    if wanted.form == "markdown":
        raise click.UsageError("--format markdown is for plans alone; with --events it is text or json")
    until = None if wanted.until is None else instant(wanted.until, new.plan)
    progress = Progress("lines")
    try:
        found = compared(
            old.plan, new.plan, [Path(source) for source in sources], until=until, samples=wanted.samples,
            who=wanted.contact, each=_every() if wanted.every else None, progress=progress,
        )  # fmt: skip
    finally:
        progress.clear()
    if wanted.contact and not found.asked:
        raise click.UsageError(f"the history knows nobody called {wanted.contact}")
    if not wanted.every:
        _show(old, new, found, wanted.form)
    _tell(old, new, found)
    return exits.OK if found.same and not found.old.rejected else exits.FOUND


def _every() -> Each:
    """Writes every difference as a line, as it is found."""
    import msgspec

    from oncue.cli.render.differences import lines_of

    encoder = msgspec.json.Encoder()

    def write(sample: Sample) -> None:
        for line in lines_of(sample):
            sys.stdout.write(encoder.encode(line).decode() + "\n")

    return write


def _show(old: Side, new: Side, found: Comparison, form: str) -> None:
    from oncue.cli.render import differences

    if form == "json":
        from oncue.cli.render.documents import json_text

        sides = ({"name": side.name, "digest": side.plan.digest} for side in (old, new))
        output.document(json_text(differences.as_json(found, *sides)))
    else:
        output.document(differences.as_text(found, new.plan.settings.timezone))


def _tell(old: Side, new: Side, found: Comparison) -> None:
    """What was played, and how much of it differs, in words."""
    from oncue.cli.render import replays
    from oncue.runtime.backtest.listeners import unheard

    alike = (found.old.rejected, found.old.told) == (found.new.rejected, found.new.told)
    for side, played in ((old, found.old), (new, found.new)):
        if played.rejected and not (alike and side is new):
            output.words(replays.rejects(played) + ("" if alike else f" by {side.name}"))
        silent = unheard(side.plan, played.types, played.rows)
        if silent is not None:
            output.words(f"{side.name}: {replays.silence(silent)}")
    output.words(f"{old.name} -> {new.name}, on {replays.history(found.old)}: {_sum(found)}")


def _sum(found: Comparison) -> str:
    if found.same:
        return "nothing differs"
    if not found.lines:
        return "the two take other lines, and do the same"
    verb = "differs" if found.different == 1 else "differ"
    return f"{output.plural(found.different, 'contact')} {verb}"
