"""The entities beside contacts: what each keeps. The one entry to their steps is `step`. Rules:

- As with contacts: pure, no clock, the given state is never changed. A state is one Struct of `EntityState`.
- `wake` is the instant at which the entity wants to be called by itself (a split decided at a date, a task
  that becomes overdue), None for never.
- At one instant timers go: contacts by key, then splits, accounts, teams, lists, tasks, each by name
  (`RANK`).
"""

from __future__ import annotations

from collections.abc import Set

from msgspec import Struct

from oncue.runtime.kernel.inputs import Effect
from oncue.runtime.kernel.letters import Body, Letter, Shown
from oncue.schemas.audit import AuditEntry, Count
from oncue.schemas.values import Value

RANK = {"split": 1, "account": 2, "team": 3, "list": 4, "task": 5}  # a contact: 0

NOTHING: frozenset[str] = frozenset()


class _State(Struct, frozen=True, omit_defaults=True, tag_field="is", kw_only=True):
    wake: int | None = None


class SplitState(_State, frozen=True, tag="split"):
    """`arrived` and `matched` by path, counted up to the decision. `winner`: the path taken by all who come
    after `decided_at` (for split_until: ``after``)."""

    arrived: dict[str, int] = {}
    matched: dict[str, int] = {}
    decided_at: int | None = None
    winner: str = ""


class AccountState(_State, frozen=True, tag="account"):
    """The declared fields' values, compared form; `shown` where that differs."""

    fields: dict[str, Value] = {}
    shown: Shown = {}


class TeamState(_State, frozen=True, tag="team"):
    """`last`: whose turn it was; `turns`: how often each has had one."""

    last: str = ""
    turns: dict[str, int] = {}


class ListState(_State, frozen=True, tag="list"):
    """`since`: its latest run, or when it came to be; `batches`: how many were made. The host keeps who
    waits."""

    since: int = 0
    batches: int = 0


class TaskState(_State, frozen=True, tag="task"):
    """`told`: notices given so far. A completed task keeps `closed_at` and `by`."""

    title: str = ""
    owner: str = ""
    contact: str = ""
    campaign: str = ""
    step: str = ""
    unit: str = ""
    note: str = ""
    opened_at: int = 0
    due: int | None = None
    sms_owner: bool = False
    notify_owner_when_overdue: bool = False
    notify_manager_after: int | None = None
    told: Set[str] = NOTHING
    closed_at: int | None = None
    by: str = ""


EntityState = SplitState | AccountState | TeamState | ListState | TaskState


class EntityOutcome(Struct, frozen=True):
    """What an entity's step gives back; as a contact's `Outcome`. `state` None: the entity is not there (a
    letter to something that does not exist)."""

    state: EntityState | None
    effects: tuple[Effect, ...] = ()
    cancelled: tuple[str, ...] = ()
    audit: tuple[AuditEntry, ...] = ()
    counts: tuple[Count, ...] = ()
    letters: tuple[Letter, ...] = ()


class Alarm(Struct, frozen=True):
    """The entity's timer: its `wake` has come."""


class Ran(Struct, frozen=True):
    """A fulfillment list's run has read its contacts: `rows` lines of `size` bytes in all (with the header),
    whose SHA-256 is `digest`; `held` contacts lack something."""

    rows: int
    held: int
    size: int
    digest: str


EntityInput = Body | Alarm | Ran
