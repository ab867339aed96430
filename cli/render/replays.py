"""What to say about a history that was replayed: what it holds, which of its lines could not be used."""

from __future__ import annotations

from oncue.cli.output import plural
from oncue.cli.render.table import clean
from oncue.runtime.backtest.listeners import Unheard
from oncue.runtime.backtest.playing import Played


def history(played: Played) -> str:
    """`30 events and 5 rows of 6 contacts, 2 events repeated`."""
    text = f"{plural(played.events, 'event')} and {plural(played.rows, 'row')}"
    text += f" of {plural(played.contacts, 'contact')}"
    extra = [(played.repeated, "repeated"), (played.ignored, "ignored")]
    return text + "".join(f", {number:,} {word}" for number, word in extra if number)


def rejects(played: Played) -> str:
    """The first of the lines that could not be used, each with its place, and how many more there are."""
    lines = [
        f"{clean(each.file)}:{each.number}: {clean(each.message)} [{each.reason}]" for each in played.told
    ]
    more = played.rejected - len(played.told)
    lines += [f"and {more:,} more"] if more else []
    return "\n".join([*lines, f"{plural(played.rejected, 'line')} rejected"])


def silence(found: Unheard) -> str:
    """That no campaign hears anything in the history."""
    listened = [*found.listened, *(["contact rows"] if found.rows else [])]
    heard = f"they listen to {', '.join(listened)}" if listened else "none of them starts by itself"
    came = f"the history has {', '.join(found.came)}" if found.came else "the history has no event"
    return f"no line of the history is one that a campaign listens to: {heard}; {came}"
