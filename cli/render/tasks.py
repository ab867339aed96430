"""Tasks: a table of them, and one with its history."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from oncue.cli.render.contact import entries
from oncue.cli.render.moments import local_text
from oncue.cli.render.table import clean, draw
from oncue.runtime.views.tasks import Task, TaskHistory

ENOUGH = 12  # signs of an id that tell tasks apart
TITLE = 60


def listing(tasks: Sequence[Task], timezone: str) -> str:
    """The table."""
    rows = [
        [
            each.id[:ENOUGH], each.state, local_text(each.due, timezone) if each.due else "",
            each.owner, each.contact, _cut(each.title),
        ]
        for each in tasks
    ]  # fmt: skip
    return draw(["task", "state", "due", "owner", "contact", "title"], rows)


def one(found: TaskHistory, timezone: str) -> str:
    """The task, then what happened to it, oldest first."""
    parts = [
        clean(found.task.id),
        *(f"  {name:<10}{clean(text)}" for name, text in _facts(found.task, timezone)),
    ]
    if found.audit:
        parts += ["", entries(found.audit, timezone)]
    return "\n".join(parts)


def _facts(task: Task, timezone: str) -> Iterator[tuple[str, str]]:
    yield "title", task.title
    yield "state", task.state
    yield "owner", task.owner
    if task.contact:
        yield "contact", task.contact
    if task.due:
        yield "due", local_text(task.due, timezone)
    yield "opened", local_text(task.opened_at, timezone)
    if task.closed_at:
        yield "completed", f"{local_text(task.closed_at, timezone)} by {task.by}"
    yield "where", f"{task.unit} {task.step}".strip()
    if task.note:
        yield "note", task.note


def _cut(text: str) -> str:
    return text if len(text) <= TITLE else text[: TITLE - 1] + "…"
