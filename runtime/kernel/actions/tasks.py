"""Actions on tasks, and what a contact knows of its own: the task itself is an entity (`kernel.tasks`)."""

from __future__ import annotations

from oncue.runtime.kernel.actions.owners import owner_of
from oncue.runtime.kernel.contact import changes
from oncue.runtime.kernel.inputs import Event
from oncue.runtime.kernel.letters import Answer, CloseTask, Letter, OpenTask, TaskClosed, TaskReopened
from oncue.runtime.kernel.sending.inline import TOO_LONG, fill
from oncue.runtime.kernel.sending.outgoing import key_of
from oncue.runtime.kernel.state import TaskMark
from oncue.runtime.kernel.turn import Turn
from oncue.runtime.kernel.verdicts import Scene, Verdict, failed
from oncue.schemas.actions import AddTask, CompleteTask
from oncue.schemas.values import Value, compared_text

Texts = tuple[str, str]  # title and note


def add_task(turn: Turn, scene: Scene, action: AddTask) -> Verdict:
    """Gives a person something to do."""
    texts = _texts(turn, scene, action)
    if isinstance(texts, str):
        return failed(texts)
    owner = owner_of(turn, action.owner)
    return owner if isinstance(owner, Verdict) else _add(turn, scene, action, texts, owner)


def add_task_answered(turn: Turn, scene: Scene, action: AddTask, answer: Answer) -> Verdict:
    """The team has said whose turn it is: that user gets the task."""
    texts = _texts(turn, scene, action)
    return failed(texts) if isinstance(texts, str) else _add(turn, scene, action, texts, answer.value)


def _texts(turn: Turn, scene: Scene, action: AddTask) -> Texts | str:
    title, note = fill(turn, scene, action.title), fill(turn, scene, action.note)
    if title is None or note is None:
        return TOO_LONG
    return (title.strip(), note) if title.strip() else "the title is empty"


def _add(turn: Turn, scene: Scene, action: AddTask, texts: Texts, owner: str) -> Verdict:
    title, note = texts
    key = key_of(turn, scene)
    due = None if action.due is None else turn.now + action.due
    campaign = scene.member.campaign if scene.member else ""
    task = OpenTask(
        title=title, owner=owner, contact=turn.state.key, campaign=campaign, step=scene.step, unit=scene.unit,
        note=note, due=due, sms_owner=action.sms_owner,
        notify_owner_when_overdue=action.notify_owner_when_overdue,
        notify_manager_after=action.notify_manager_after,
    )  # fmt: skip
    turn.post(f"task/{key}", task)
    turn.state.tasks = {**turn.state.tasks, key: TaskMark(title, campaign, scene.step)}
    data: dict[str, Value] = {"task": key, "title": title, "owner": owner}
    if due is not None:
        data["due"] = due
    turn.write("task.added", scene.unit, scene.step, scene.entry, data=data)
    no_phone = action.sms_owner and not turn.program.plan.users[owner].phone
    return Verdict(why=f"{owner} has no phone" if no_phone else "", data={"task": key})


def complete_task(turn: Turn, scene: Scene, action: CompleteTask) -> Verdict:
    """Completes the contact's open tasks of that step, or of that title."""
    tasks = turn.state.tasks
    found = [key for key, mark in tasks.items() if mark.open and _fits(mark, action, scene)]
    if not found:
        return failed("no open task")
    for key in found:
        turn.post(f"task/{key}", CloseTask("action"))
        close(turn, key, "")
    return Verdict(data={"tasks": list[str](found)})


def _fits(mark: TaskMark, action: CompleteTask, scene: Scene) -> bool:
    if action.title is not None and compared_text(mark.title) != compared_text(action.title):
        return False
    campaign = scene.member.campaign if scene.member else ""
    return action.step is None or (mark.campaign, mark.step) == (campaign, action.step)


# --- what the contact hears of its tasks ----------------------------------------------------------


def close(turn: Turn, key: str, event: str) -> None:
    """A task of the contact was completed: the event ``task.completed``; `event` is its id, if it has one."""
    _mark(turn, key, open_=False)
    happened = event or f"task.completed/{key}/{turn.state.seq + 1}"
    changes.raise_event(turn, Event(happened, "task.completed", turn.now, props={"task": key}))


def heard_closed(turn: Turn, letter: Letter) -> None:
    """The task says that it is done. What the contact knows already (it closed the task itself, or the event
    was its own) happens no second time."""
    told = letter.body
    if isinstance(told, TaskClosed):
        mark = turn.state.tasks.get(told.task)
        if mark is not None and mark.open:
            close(turn, told.task, told.event)


def heard_reopened(turn: Turn, letter: Letter) -> None:
    """The task is to be done after all."""
    told = letter.body
    if isinstance(told, TaskReopened) and told.task in turn.state.tasks:
        _mark(turn, told.task, open_=True)


def completed(turn: Turn, event: Event) -> None:
    """The contact's own event ``task.completed`` names a task: it is done."""
    key = event.props.get("task")
    if isinstance(key, str):
        if key in turn.state.tasks:
            _mark(turn, key, open_=False)
        turn.post(f"task/{key}", CloseTask("event", event.id))


def _mark(turn: Turn, key: str, *, open_: bool) -> None:
    mark = turn.state.tasks[key]
    changed = TaskMark(mark.title, mark.campaign, mark.step, open_)
    turn.state.tasks = {**turn.state.tasks, key: changed}
