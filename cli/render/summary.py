"""What a run did, in a few lines."""

from __future__ import annotations

from pathlib import Path

from oncue.cli.output import plural
from oncue.cli.render.moments import local
from oncue.runtime.views.summary import Summary

SHOWN = 3  # undeclared properties
WORTH_TELLING = 1_000  # lines: fewer say nothing about speed


def render(summary: Summary, timezone: str, rejects: Path) -> str:
    """The lines, with only what there is to say."""
    lines = [_lines_in(summary), _done(summary)]
    if summary.too_old:
        lines.append(
            f"{plural(summary.too_old, 'event')} too old to trigger anything (see trigger_max_age); "
            "to replay history, use --clock events and a database of its own (--db)"
        )
    lines += _undeclared(summary)
    lines += _deliveries(summary)
    lines += [_stranded(name, number) for name, number in summary.stranded.items()]
    if summary.adopted:
        lines.append("a changed plan took effect")
    if summary.rejected:
        reasons = ", ".join(f"{number:,} {reason}" for reason, number in sorted(summary.reasons.items()))
        lines.append(f"{plural(summary.rejected, 'line')} rejected ({reasons}): see {rejects}")
    if summary.now:
        lines.append(f"handled up to {local(summary.now, timezone)}{_speed(summary)}")
    return "\n".join(lines)


def _lines_in(summary: Summary) -> str:
    text = f"{plural(summary.events, 'event')}, {plural(summary.contacts, 'contact row')}"
    if summary.accounts:
        text += f", {plural(summary.accounts, 'account row')}"
    extra = [(summary.repeated, "repeated"), (summary.ignored, "ignored")]
    return text + "".join(f", {number:,} {word}" for number, word in extra if number)


def _done(summary: Summary) -> str:
    text = f"{plural(summary.born, 'new contact')}, {plural(summary.timers, 'timer')} fired"
    text += f", {plural(summary.messages, 'message')}"
    return text if summary.handed == summary.messages else f"{text} ({summary.handed:,} handed over)"


def _undeclared(summary: Summary) -> list[str]:
    """Properties that come with events and that no condition can name."""
    if not summary.undeclared:
        return []
    shown = [
        f"{each.type}.{each.name} ({plural(each.events, 'event')}{each.hint})"
        for each in summary.undeclared[:SHOWN]
    ]
    more = len(summary.undeclared) - len(shown)
    rest = f", and {more:,} more" if more else ""
    return [
        f"no condition sees these properties, which oncue.yaml does not declare: {', '.join(shown)}{rest}"
    ]


def _deliveries(summary: Summary) -> list[str]:
    """What did not simply arrive."""
    numbers = [
        (summary.retried, "refused for now"), (summary.parked, "parked"), (summary.dead, "given up"),
        (summary.withheld, "withheld by deliver_only_to"),
    ]  # fmt: skip
    parts = [f"{number:,} {word}" for number, word in numbers if number]
    hint = " (see oncue outbox list)" if summary.parked or summary.dead or summary.retried else ""
    return [f"deliveries: {', '.join(parts)}{hint}"] if parts else []


def _stranded(name: str, number: int) -> str:
    return (
        f"{plural(number, 'message')} cannot leave: oncue.yaml names no {name} connector any more; "
        "put it back, or let go of them with oncue outbox drop --all"
    )


def _speed(summary: Summary) -> str:
    handled = summary.events + summary.contacts + summary.accounts
    if handled < WORTH_TELLING:
        return ""
    return f", in {summary.seconds:,.1f} s ({handled / summary.seconds:,.0f} lines a second)"
