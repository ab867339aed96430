"""Tasks: something a person has to do by a due time. Rules of this file:

- A task is overdue at its due instant if nobody has completed it by then; events of that instant come first.
- It tells its owner then, and the owner's manager some time later; nobody above.
- A notice is given once; a task that is opened again and is overdue already gives those that it has not.
- Its owner is told by what the plan in force says of users: who is gone or not active is told nothing.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

import msgspec

from oncue.runtime.kernel.entities.kept import Alarm, EntityInput, EntityOutcome, TaskState
from oncue.runtime.kernel.inputs import Effect
from oncue.runtime.kernel.letters import (
    CloseTask,
    ForgetTask,
    Letter,
    MoveTask,
    OpenTask,
    ReopenTask,
    TaskClosed,
    TaskReopened,
)
from oncue.runtime.kernel.link import Program
from oncue.runtime.kernel.sending.outgoing import message_key
from oncue.schemas.audit import AuditEntry
from oncue.schemas.plan import UserSpec

Notice = Literal["owner", "manager"]
Words = dict[str, str | list[str]]
Told = Literal["task.completed", "task.overdue", "task.reopened"]


def take(
    program: Program, name: str, state: TaskState | None, input: EntityInput, now: int, sender: str
) -> EntityOutcome:
    """One input of a task; only OpenTask brings one into being."""
    if isinstance(input, OpenTask):
        return EntityOutcome(state) if state is not None else _open(program, name, input, now)
    if state is None:
        return EntityOutcome(None)
    match input:
        case CloseTask():
            return _close(name, state, input, now)
        case ReopenTask():
            return _reopen(name, state, now)
        case MoveTask():
            return EntityOutcome(msgspec.structs.replace(state, contact=input.contact))
        case ForgetTask():
            return EntityOutcome(_forgotten(state, now))
        case Alarm():
            return _look(program, name, state, now)
        case _:
            return EntityOutcome(state)


def _open(program: Program, name: str, asked: OpenTask, now: int) -> EntityOutcome:
    given = {field: getattr(asked, field) for field in asked.__struct_fields__}
    task = TaskState(opened_at=now, **given)
    task = msgspec.structs.replace(task, wake=_next(task))
    return EntityOutcome(task, effects=_new_task(program, name, task))


def _new_task(program: Program, name: str, task: TaskState) -> tuple[Effect, ...]:
    """The text message to the owner, if one is wanted and there is a phone to get it."""
    owner = program.plan.users.get(task.owner)
    if not task.sms_owner or owner is None or not owner.active or not owner.phone:
        return ()
    due = "" if task.due is None else f", due {_local(program, task.due)}"
    text = f"New task: {_one_line(task.title)}{due}"
    return (_effect(name, task, "sms", "created", {"to": owner.phone, "text": text}),)


def _close(name: str, task: TaskState, asked: CloseTask, now: int) -> EntityOutcome:
    """Done: whatever notices were still to come are off. A task that is done already stays as it is."""
    if task.closed_at is not None:
        return EntityOutcome(task)
    closed = msgspec.structs.replace(task, closed_at=now, by=asked.by, wake=None)
    letters: tuple[Letter, ...] = ()
    if task.contact:
        told = TaskClosed(key_of(name), asked.by, asked.event)
        letters = (Letter(f"contact/{task.contact}", name, told),)
    audit = (_entry("task.completed", name, task, asked.by),)
    return EntityOutcome(closed, audit=audit, letters=letters)


def _reopen(name: str, task: TaskState, now: int) -> EntityOutcome:
    if task.closed_at is None:
        return EntityOutcome(task)
    opened = msgspec.structs.replace(task, closed_at=None, by="")
    wake = _next(opened)
    opened = msgspec.structs.replace(opened, wake=None if wake is None else max(wake, now))
    letters: tuple[Letter, ...] = ()
    if task.contact:
        letters = (Letter(f"contact/{task.contact}", name, TaskReopened(key_of(name))),)
    return EntityOutcome(opened, audit=(_entry("task.reopened", name, task),), letters=letters)


def _forgotten(task: TaskState, now: int) -> TaskState:
    closed_at = now if task.closed_at is None else task.closed_at
    by = task.by or "erased"
    return msgspec.structs.replace(task, title="", note="", contact="", closed_at=closed_at, by=by, wake=None)


# --- overdue --------------------------------------------------------------------------------------


def _next(task: TaskState) -> int | None:
    """When the task has something to say next."""
    if task.due is None or task.closed_at is not None:
        return None
    if "owner" not in task.told:
        return task.due
    if task.notify_manager_after is not None and "manager" not in task.told:
        return task.due + task.notify_manager_after
    return None


def _look(program: Program, name: str, task: TaskState, now: int) -> EntityOutcome:
    """Says what is due to be said."""
    effects: list[Effect] = []
    audit: list[AuditEntry] = []
    while (due := _next(task)) is not None and due <= now:
        notice: Notice = "manager" if "owner" in task.told else "owner"
        why = _tell(program, name, task, notice, effects)
        audit.append(_entry("task.overdue", name, task, why))
        task = msgspec.structs.replace(task, told=task.told | {notice})
    task = msgspec.structs.replace(task, wake=_next(task))
    return EntityOutcome(task, effects=tuple(effects), audit=tuple(audit))


def _tell(program: Program, name: str, task: TaskState, notice: Notice, effects: list[Effect]) -> str:
    """Tells the owner or the manager; gives who was told, or why nobody was."""
    if notice == "owner" and not task.notify_owner_when_overdue:
        return "nobody is to be told"
    users = program.plan.users
    owner = users.get(task.owner)
    person = task.owner if notice == "owner" else (owner.manager or "") if owner else ""
    if not person:
        return f"{task.owner} has no manager"
    spec = users.get(person)
    if spec is None or not spec.active:
        return f"{person} is not active" if spec else f"{person} is no user"
    effects.append(_notice(program, name, task, notice, spec))
    return person


def _notice(program: Program, name: str, task: TaskState, notice: Notice, person: UserSpec) -> Effect:
    lines = [f"This task is overdue: {_one_line(task.title)}"]
    if task.due is not None:
        lines.append(f"Due: {_local(program, task.due)}")
    lines.append(f"Owner: {task.owner}")
    if task.contact:
        lines.append(f"Contact: {task.contact.partition(':')[2]}")
    if task.note:
        lines += ["", task.note]
    lines += ["", f"Task: {key_of(name)}"]
    payload: Words = {
        "to": [person.email],
        "subject": f"Overdue: {_one_line(task.title)}",
        "text": "\n".join(lines),
    }
    return _effect(name, task, "notification", notice, payload)


def _effect(
    name: str, task: TaskState, kind: str, notice: str, payload: dict[str, str | list[str]]
) -> Effect:
    return Effect(
        message_key(name, notice),
        kind,
        {**payload, "unit": task.unit, "step": task.step, "rule": "", "entry": 0, "task": key_of(name)},
    )


def _entry(
    what: Told,
    name: str,
    task: TaskState,
    why: str = "",
) -> AuditEntry:
    return AuditEntry(what, task.unit, task.step, why=why, data={"task": key_of(name)})


def key_of(name: str) -> str:
    """The task's key, of the entity's name."""
    return name.partition("/")[2]


def _local(program: Program, instant: int) -> str:
    """An instant on the project's clock, such as ``2026-03-05 09:00``."""
    zone = program.zone
    hour, minute = divmod(zone.minute(instant), 60)
    return f"{date.fromordinal(zone.day(instant)).isoformat()} {hour:02}:{minute:02}"


def _one_line(text: str) -> str:
    return " ".join(text.split())
