"""What entities say to each other. Rules of this file:

- State that contacts share belongs to an entity of its own: a split, an account, a team, a
  fulfillment list, a task. A contact
  never reads it; it asks, and the answer is an input of its own, at the same instant.
- An entity is named ``KIND/ID``: ``contact/KEY``, ``split/CAMPAIGN/STEP``, ``account/ID``, ``team/ID``,
  ``list/ID``,
  ``task/KEY``. An account's id is the contact's `account` field in compared form.
- An outcome's letters are delivered in their order, each as one input of its receiver, first in first out,
  before the next input from outside; on one host all of that is one transaction.
- Every question gets exactly one `Answer`, with the question's id. An answer that nobody waits for any more
  is dropped.
"""

from __future__ import annotations

from msgspec import Struct

from oncue.schemas.audit import Result
from oncue.schemas.values import Value

Shown = dict[str, str | list[str]]


class _Body(Struct, frozen=True, tag_field="say", omit_defaults=True):
    pass


# --- to a split


class TakePath(_Body, frozen=True, tag="take_path"):
    """A contact has come to the split: which path? `drawn`: the path that its hash says (a test). `first`:
    it has never been here before."""

    question: str
    drawn: str = ""
    first: bool = True


class Matched(_Body, frozen=True, tag="matched"):
    """A contact on that path has matched, for the first time."""

    path: str


# --- to an account


class Join(_Body, frozen=True, tag="join"):
    """The contact belongs to the account from now on: tell it the fields. `quiet`: it was loaded silently, so
    what they say sets off nothing."""

    quiet: bool = False


class Leave(_Body, frozen=True, tag="leave"):
    """The contact belongs to it no more."""


class SetAccount(_Body, frozen=True, tag="set_account"):
    """`set` in compared form with `shown`; `clear` names. `question` empty: nobody asks (an import). `quiet`:
    loaded silently, so it sets off nothing."""

    question: str = ""
    set: dict[str, Value] = {}
    shown: Shown = {}
    clear: tuple[str, ...] = ()
    quiet: bool = False


class ReckonAccount(_Body, frozen=True, tag="reckon_account"):
    """`math` on one of its fields. Exactly one of `number` (compared form), `micros` and `field` is set."""

    question: str
    name: str
    operation: str
    number: int | None = None
    micros: int | None = None
    field: str | None = None


# --- to a team


class NextUser(_Body, frozen=True, tag="next_user"):
    """Whose turn is it?"""

    question: str


# --- to a fulfillment list


class Enlist(_Body, frozen=True, tag="enlist"):
    """The contact waits for the next batch; one that does already keeps its place. `question`: the member
    stays at its step until then, which the answer tells; empty: nobody asks."""

    question: str = ""


class NotDelivered(_Body, frozen=True, tag="not_delivered"):
    """The email with its batch `batch` did not arrive at `to`. `final`: nor will it."""

    batch: str
    to: str
    why: str
    final: bool = True


# --- to a task


class OpenTask(_Body, frozen=True, tag="open_task"):
    """The task comes into being. `due`: an instant; `contact`: a key, empty for none."""

    title: str
    owner: str
    contact: str = ""
    campaign: str = ""
    step: str = ""
    unit: str = ""
    note: str = ""
    due: int | None = None
    sms_owner: bool = False
    notify_owner_when_overdue: bool = False
    notify_manager_after: int | None = None


class CloseTask(_Body, frozen=True, tag="close_task"):
    """It is done. `by`: ``action``, ``event`` or ``operator``; `event`: the id of the event that said so."""

    by: str
    event: str = ""


class ReopenTask(_Body, frozen=True, tag="reopen_task"):
    """It is not done after all."""


class MoveTask(_Body, frozen=True, tag="move_task"):
    """Its contact turned out to be another one: `contact` is that one's key."""

    contact: str


class ForgetTask(_Body, frozen=True, tag="forget_task"):
    """Its contact was erased: it keeps neither title nor note nor contact, and is closed."""


# --- to a contact


class Answer(_Body, frozen=True, tag="answer"):
    """`result`: done or failed. `value`: the path, or the user. `data` goes into the audit."""

    question: str
    result: Result = "done"
    why: str = ""
    value: str = ""
    data: dict[str, Value] = {}


class AccountIs(_Body, frozen=True, tag="account_is"):
    """The account's fields, all of them."""

    account: str
    fields: dict[str, Value] = {}
    shown: Shown = {}
    quiet: bool = False


class TaskClosed(_Body, frozen=True, tag="task_closed"):
    """A task of the contact was completed; for the contact it is the event ``task.completed``."""

    task: str
    by: str
    event: str = ""


class TaskReopened(_Body, frozen=True, tag="task_reopened"):
    """A task of the contact is open again."""

    task: str


Body = (
    TakePath | Matched | Join | Leave | SetAccount | ReckonAccount | NextUser | Enlist
    | NotDelivered
    | OpenTask | CloseTask
    | ReopenTask | MoveTask | ForgetTask | Answer | AccountIs | TaskClosed | TaskReopened
)  # fmt: skip


class Letter(Struct, frozen=True):
    """`to` and `sender` name entities. ``roster/ACCOUNT`` as `to` is every contact of that account, in order
    of joining: the host keeps the roster, by the letters `Join` and `Leave` that pass through it. `origin`
    names the input that began it all, `starts` and `steps` say how much of the cascade limits it has used."""

    to: str
    sender: str
    body: Body
    starts: int = 0
    steps: int = 0
    origin: str = ""
