"""What happened, for people: campaigns and their steps, fulfillment actions, segments, latency, the audit.

Per step the numbers add up (`StepReport.adds_up`): entered = waiting + left; left = released + jumped +
removed; and entered = what was done, by present result, of every rule and the default, plus no_action.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from oncue.runtime import clock
from oncue.runtime.engine.entities import decode
from oncue.runtime.engine.latency import Latency, summarise
from oncue.runtime.kernel.adoption.versions import base
from oncue.runtime.kernel.entities.kept import SplitState
from oncue.runtime.plans import adoption
from oncue.runtime.plans.inside import VERSION
from oncue.runtime.stores.base import Store
from oncue.runtime.stores.sqlite import SqliteStore
from oncue.runtime.views import funnel_reports
from oncue.runtime.views.funnel_reports import FunnelReport, ScenarioReport
from oncue.runtime.views.outcomes import (
    ConversionReport,
    GoalReport,
    Outcomes,
    PipelineReport,
    SplitReport,
)
from oncue.runtime.views.profiles import entries_of
from oncue.runtime.views.reasons import MOST, Reasons, reasons_of, told
from oncue.runtime.views.tasks import TaskTotals
from oncue.runtime.views.tasks import totals as totals_of_tasks
from oncue.schemas.parts import Position
from oncue.schemas.plan import Behaviour, Plan, Step

Totals = Mapping[tuple[str, str, str], tuple[int, int]]


class StepReport(Struct, frozen=True):
    """`results`: rule ("rule 1", "default") to result ("done", "pending", "cancelled", "refused: REASON",
    "failed: REASON", "failed" where nobody knows why any more) to members. `waiting` stand at the step
    now."""

    id: str
    kind: str
    place: str  # FILE:LINE
    entered: int
    waiting: int
    released: int
    jumped: int
    removed: int
    no_action: int
    results: dict[str, dict[str, int]]

    @property
    def left(self) -> int:
        return self.released + self.jumped + self.removed

    @property
    def adds_up(self) -> bool:
        """The equations of the language's section 5."""
        whole = sum(number for results in self.results.values() for number in results.values())
        return self.waiting >= 0 and self.entered == self.waiting + self.left == whole + self.no_action


class CampaignReport(Struct, frozen=True):
    """`inside`: members now; `finishing`: those of them who finish on an older version."""

    id: str
    place: str
    paused: bool
    entered: int
    refused: dict[str, int]  # by reason
    exited: int
    ended: int
    inside: int
    steps: list[StepReport]
    splits: list[SplitReport] = []
    goals: list[GoalReport] = []
    finishing: int = 0


class ActionReport(Struct, frozen=True):
    """One action of a fulfillment action."""

    id: str
    kind: str
    place: str
    once: bool
    results: dict[str, dict[str, int]]
    no_action: int


class FulfillmentReport(Struct, frozen=True):
    """A fulfillment action: an asset's behaviour with what it does. `last`: its latest firing, ISO 8601."""

    unit: str
    place: str
    active: bool
    paused: bool
    window: str
    fired: int
    last: str | None
    actions: list[ActionReport]


class SegmentReport(Struct, frozen=True):
    id: str
    place: str
    size: int
    condition: str


class ListReport(Struct, frozen=True):
    """A list: contacts come and go by it."""

    id: str
    place: str
    double: bool
    emails: list[str]


class DeclaredReport(Struct, frozen=True):
    """Something declared that has no numbers: its kind in the singular, its id, and what it says."""

    id: str
    place: str
    says: str


class BatchesReport(Struct, frozen=True):
    """A fulfillment list: its batches and the rows in them, runs that found nobody, who waits now."""

    id: str
    place: str
    schedule: str
    waiting: int
    batches: int
    rows: int
    skipped: int
    last: str | None
    paused: bool = False


class Report(Struct, frozen=True):
    """`now`: the instant of the last thing handled; `latency` from an event's arrival to the hand-over of
    its messages, live runs only; `messages` by status; `refusals` of the send gate by reason, `failures` of
    messages by their most frequent reasons, and how many messages the daily limit stopped."""

    project: str
    now: str
    contacts: int
    campaigns: list[CampaignReport]
    fulfillment: list[FulfillmentReport]
    segments: list[SegmentReport]
    lists: list[ListReport]
    messages: dict[str, int]
    latency: Latency
    pipelines: list[PipelineReport] = []
    conversions: list[ConversionReport] = []
    audiences: list[DeclaredReport] = []
    site_messages: list[DeclaredReport] = []
    fulfillment_lists: list[BatchesReport] = []
    funnels: list[FunnelReport] = []
    reactivation_scenarios: list[ScenarioReport] = []
    tasks: TaskTotals = TaskTotals()
    refusals: dict[str, int] = {}
    failures: dict[str, int] = {}
    daily_limit: int = 0


@contextmanager
def _reading(database: Path) -> Iterator[Store]:
    store = SqliteStore(database, write=False)
    try:
        yield store
    finally:
        store.close()


def report(database: Path, *, plan: Plan | None = None) -> Report:
    """Everything, by the plan in force (or by `plan`). Raises DatabaseError."""
    with _reading(database) as store:
        plan = plan or adoption.plan_in_force(store)
        assert plan is not None  # noqa: S101 -- a database has a plan from its first moment
        totals = store.counts()
        facts = msgspec.structs.replace(
            facts_of(store), failures=store.failures(MOST), reasons=reasons_of(store, totals)
        )
        return build(plan, totals, store.paused(), facts)


def listing(plan: Plan, database: Path | None) -> Report:
    """The same for a workspace's own plan; without a database everything counts zero."""
    if database is None or not database.exists():
        return build(plan, {}, frozenset(), Facts())
    return report(database, plan=plan)


def audit(database: Path, *, contact: str = "") -> Iterator[dict[str, Any]]:
    """Every audit entry in order: {at, contact, what, unit, step, ...}. `contact`: only that key's."""
    with _reading(database) as store:
        keys: dict[int, str] = {}
        for row in store.log():
            if row.entries is None:
                continue
            if row.contact not in keys:
                if len(keys) > 100_000:
                    keys.clear()
                keys.update(store.keys([row.contact]))
            key = keys.get(row.contact, "")
            if contact and key != contact:
                continue
            for entry in entries_of(row):
                yield {"at": entry.pop("at"), "contact": key, **entry}


class Facts(Struct, frozen=True):
    """What a report needs besides the running totals."""

    now: int | None = None
    contacts: int = 0
    messages: dict[str, int] = {}
    latency: dict[int, int] = {}
    splits: dict[str, SplitState] = {}
    tasks: TaskTotals = TaskTotals()
    waiting: dict[str, int] = {}  # fulfillment list -> contacts
    failures: dict[str, int] = {}  # of messages, by reason
    reasons: Reasons = {}


def facts_of(store: Store) -> Facts:
    """Those of a database."""
    now = store.meta().get("now")
    return Facts(
        now if isinstance(now, int) else None, store.living(), store.statuses(), store.latency(),
        dict(_splits(store)), totals_of_tasks(store),
        {row.name[5:]: store.number_waiting(row.name[5:]) for row in store.entities("list/")},
    )  # fmt: skip


def _splits(store: Store) -> Iterator[tuple[str, SplitState]]:
    for row in store.entities("split/"):
        state = decode(row.name, row.state)
        if isinstance(state, SplitState):
            yield row.name.partition("/")[2], state


def build(plan: Plan, totals: Totals, paused: frozenset[str], facts: Facts) -> Report:
    """The report of a plan with these totals. Pure."""
    tables = _Tables(plan, totals, paused, facts)
    return Report(
        project=plan.project,
        now="" if facts.now is None else clock.show(facts.now),
        contacts=facts.contacts,
        campaigns=[tables.campaign(name) for name in sorted(plan.campaigns)],
        fulfillment=list(tables.fulfillment()),
        segments=[tables.segment(name) for name in sorted(plan.segments)],
        lists=[tables.list_(name) for name in sorted(plan.lists)],
        messages=facts.messages,
        latency=summarise(facts.latency),
        pipelines=tables.outcomes.pipelines(),
        conversions=tables.outcomes.conversions(),
        audiences=[tables.audience(name) for name in sorted(plan.audiences)],
        site_messages=[tables.site_message(name) for name in sorted(plan.site_messages)],
        fulfillment_lists=[
            tables.fulfillment_list(name, facts.waiting.get(name, 0))
            for name in sorted(plan.fulfillment_lists)
        ],
        funnels=funnel_reports.funnels(plan, tables.of, tables.place),
        reactivation_scenarios=funnel_reports.scenarios(plan, tables.of, tables.place, paused),
        tasks=facts.tasks,
        refusals=tables.outcomes.refusals(),
        failures=facts.failures,
        daily_limit=tables.outcomes.stopped(),
    )


class _Tables:
    """Totals, looked up by unit and step."""

    def __init__(self, plan: Plan, totals: Totals, paused: frozenset[str], facts: Facts) -> None:
        self.plan = plan
        self.paused = paused
        self._of: dict[tuple[str, str], dict[str, int]] = {}
        self._latest: dict[tuple[str, str, str], int] = {}
        for (unit, step, name), (value, latest) in totals.items():
            self._of.setdefault((unit, step), {})[name] = value
            self._latest[unit, step, name] = latest
        self._reasons = facts.reasons
        self.outcomes = Outcomes(plan, self._of, facts.splits)

    def of(self, unit: str, step: str = "") -> dict[str, int]:
        return self._of.get((unit, step), {})

    def place(self, at: Position) -> str:
        return f"{self.plan.files[at.file]}:{at.line}"

    def campaign(self, name: str) -> CampaignReport:
        spec, unit = self.plan.campaigns[name], f"campaigns/{name}"
        totals = self.of(unit)
        entered, exited, ended = (totals.get(key, 0) for key in ("entered", "exited", "ended"))
        return CampaignReport(
            id=name, place=self.place(spec.at), paused=unit in self.paused, entered=entered,
            refused=_reasons(totals), exited=exited, ended=ended, inside=entered - exited - ended,
            steps=[self.step(unit, step.id, step.kind, step.at) for step in self._steps(name)],
            splits=self.outcomes.splits(name, spec), goals=self.outcomes.goals(name, spec),
            finishing=sum(number for total, number in totals.items() if total.startswith(VERSION)),
        )  # fmt: skip

    def _steps(self, name: str) -> list[Step]:
        """Its steps, then those that only older versions have."""
        older = [spec for flow, spec in self.plan.older.items() if base(flow) == name]
        found: dict[str, Step] = {}
        for spec in (self.plan.campaigns[name], *older):
            for step in spec.steps:
                found.setdefault(step.id, step)
        return list(found.values())

    def step(self, unit: str, name: str, kind: str, at: Position) -> StepReport:
        totals = self.of(unit, name)
        entered, released, jumped, removed = (
            totals.get(key, 0) for key in ("entered", "released", "jumped", "removed")
        )
        return StepReport(
            id=name, kind=kind, place=self.place(at), entered=entered,
            waiting=entered - released - jumped - removed, released=released, jumped=jumped, removed=removed,
            no_action=totals.get("no_action", 0), results=self.results(unit, name),
        )  # fmt: skip

    def results(self, unit: str, step: str) -> dict[str, dict[str, int]]:
        """``RESULT/RULE`` totals by rule, then result; ``refused:WHY`` shows as ``refused: WHY``."""
        totals, found = self.of(unit, step), dict[str, dict[str, int]]()
        for name in sorted(totals):
            result, slash, rule = name.rpartition("/")
            if slash and totals[name] and result == "failed":
                why = self._reasons.get((unit, step, rule), {})
                found.setdefault(rule, {}).update(told(totals[name], why))
            elif slash and totals[name]:
                found.setdefault(rule, {})[result.replace(":", ": ", 1)] = totals[name]
        return found

    def fulfillment(self) -> Iterator[FulfillmentReport]:
        kinds: dict[str, Mapping[str, Any]] = {**self.plan.assets, "emails": self.plan.emails}
        for kind in sorted(kinds):
            for name in sorted(kinds[kind]):
                for behaviour, spec in kinds[kind][name].behaviours.items():
                    yield self._deed(f"{kind}/{name}", f"{kind}/{name}/on_{behaviour}", spec)

    def _deed(self, asset: str, unit: str, spec: Behaviour) -> FulfillmentReport:
        latest = self._latest.get((unit, "", "fired"))
        window = f"{spec.start or ''}..{spec.until or ''}" if spec.start or spec.until else ""
        return FulfillmentReport(
            unit=unit, place=self.place(spec.at), active=spec.active,
            paused=unit in self.paused or asset in self.paused, window=window,
            fired=self.of(unit).get("fired", 0), last=None if latest is None else clock.show(latest),
            actions=[
                ActionReport(
                    step.id, step.kind, self.place(step.at), step.once, self.results(unit, step.id),
                    self.of(unit, step.id).get("no_action", 0),
                )
                for step in spec.actions
            ],
        )  # fmt: skip

    def segment(self, name: str) -> SegmentReport:
        spec = self.plan.segments[name]
        text = self.plan.conditions[spec.condition.condition].text
        return SegmentReport(name, self.place(spec.at), self.of(f"segments/{name}").get("size", 0), text)

    def audience(self, name: str) -> DeclaredReport:
        spec = self.plan.audiences[name]
        says = f"created as {spec.name or name}" if spec.create else f"number {spec.id}"
        return DeclaredReport(name, self.place(spec.at), says)

    def site_message(self, name: str) -> DeclaredReport:
        spec = self.plan.site_messages[name]
        where = f"on {spec.page}" if spec.page else "on any page"
        return DeclaredReport(name, self.place(spec.at), f"{where}: {spec.title or spec.text}")

    def fulfillment_list(self, name: str, waiting: int) -> BatchesReport:
        spec, unit = self.plan.fulfillment_lists[name], f"fulfillment_lists/{name}"
        totals, latest = self.of(unit), self._latest.get((unit, "", "batches"))
        return BatchesReport(
            id=name, place=self.place(spec.at), schedule=spec.schedule.text, waiting=waiting,
            batches=totals.get("batches", 0), rows=totals.get("rows", 0), skipped=totals.get("skipped", 0),
            last=None if latest is None else clock.show(latest), paused=unit in self.paused,
        )  # fmt: skip

    def list_(self, name: str) -> ListReport:
        spec = self.plan.lists[name]
        emails = sorted(key for key, email in self.plan.emails.items() if email.list == name)
        return ListReport(name, self.place(spec.at), spec.opt_in == "double", emails)


def _reasons(totals: Mapping[str, int]) -> dict[str, int]:
    """Refusals of entries by reason."""
    return {
        name.partition(":")[2] or "refused": number
        for name, number in sorted(totals.items())
        if name.partition(":")[0] == "refused"
    }
