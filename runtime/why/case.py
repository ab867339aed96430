"""One question about one contact at one instant: its life up to then, and what all answers are made with."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile

from oncue.runtime import clock
from oncue.runtime.kernel.adoption.versions import travelled
from oncue.runtime.kernel.inputs import Event, Handover
from oncue.runtime.kernel.letters import AccountIs, Letter, TaskClosed
from oncue.runtime.kernel.link import Program
from oncue.runtime.kernel.state import ContactState
from oncue.runtime.stores.base import Store
from oncue.runtime.testing.places import Places
from oncue.runtime.why.answer import Finding, Part
from oncue.runtime.why.life import Life, Moment
from oncue.runtime.why.parts import Explainer, Words, explainer, place
from oncue.runtime.why.values import Moment as Asking
from oncue.runtime.why.watch import Asked, Seen, Watcher, Wrote
from oncue.runtime.why.ways import action_of, steps
from oncue.schemas.actions import Action
from oncue.schemas.audit import AuditEntry
from oncue.schemas.parts import Position, Use
from oncue.schemas.plan import Plan, Step

LATEST = 3  # of what happened often, as many are told


class Case:
    """`life` up to the instant `at`; `program`: by the plan in force then."""

    def __init__(self, store: Store, life: Life) -> None:
        self.store = store
        self.life = life
        self.at = life.until
        self.words = Words(life.program.plan.settings.timezone)
        self._plans: dict[tuple[object, ...], Plan] = {}
        self._explainers: dict[int, Explainer] = {}
        self._places: dict[int, Places] = {}
        self._watchers: dict[int, Watcher] = {}
        self._seen: dict[int, list[Seen]] = {}
        self._steps: dict[int, dict[tuple[str, str], Step]] = {}

    @property
    def program(self) -> Program:
        return self.life.program

    @property
    def plan(self) -> Plan:
        """The plan in force, as the contact travels it."""
        return self._travelled(self.life.program.plan, self.life.state)

    def plan_at(self, moment: Moment) -> Plan:
        """The plan of that time, as the contact travelled it."""
        return self._travelled(moment.program.plan, moment.before or moment.after)

    def _travelled(self, plan: Plan, state: ContactState | None) -> Plan:
        members = [each for each in state.members if each.version] if state is not None else []
        place = (id(plan), *sorted(each.flow for each in members))
        if place not in self._plans:
            self._plans[place] = travelled(plan, members)
        return self._plans[place]

    @property
    def state(self) -> ContactState:
        """The contact at the instant; who asks about one that was not there yet has been told so."""
        state = self.life.state
        assert state is not None  # noqa: S101
        return state

    @property
    def who(self) -> str:
        """What the contact is called in sentences: without the type of its key."""
        return self.life.key.partition(":")[2] or self.life.key

    # --- the audit

    def entries(
        self, what: str, unit: str = "", step: str = "", entry: int = 0
    ) -> list[tuple[Moment, AuditEntry]]:
        """Entries of a kind, oldest first; empty texts and 0: of any."""
        return [
            (moment, each) for moment, each in self.life.entries()
            if each.what == what and unit in ("", each.unit) and step in ("", each.step)
            and entry in (0, each.entry)
        ]  # fmt: skip

    def place_of(self, moment: Moment, entry: AuditEntry) -> str:
        """The YAML line that an audit entry comes from, by the plan of its time."""
        plan = self.plan_at(moment)
        places = self._places.setdefault(id(plan), Places(plan))
        found = places.of(entry)
        return f"{found.file}:{found.line}:{found.column}" if found.file else ""

    def position(self, at: Position | None) -> str:
        """A place of the plan in force."""
        return "" if at is None else place(self.plan, at)

    def place_in(self, moment: Moment, at: Position) -> str:
        """A place of the plan of that time."""
        return place(moment.program.plan, at)

    def step_of(self, moment: Moment, entry: AuditEntry) -> Step | None:
        """The step or fulfillment action of an entry, by the plan of its time."""
        plan = self.plan_at(moment)
        if id(plan) not in self._steps:
            self._steps[id(plan)] = {(unit, step.id): step for unit, step in steps(plan)}
        return self._steps[id(plan)].get((entry.unit, entry.step))

    def action_of(self, moment: Moment, entry: AuditEntry) -> Action | None:
        """The behaviour that an entry tells the result of."""
        step = self.step_of(moment, entry)
        return None if step is None else action_of(step, entry.rule)

    # --- what was asked

    def seen(self, moment: Moment) -> list[Seen]:
        """Everything that happened inside one input; nothing where that was no input."""
        if id(moment) not in self._seen:
            self._seen[id(moment)] = self._watch(moment)
        return self._seen[id(moment)]

    def _watch(self, moment: Moment) -> list[Seen]:
        if moment.before is None or moment.input is None:
            return []
        program = moment.program
        watcher = self._watchers.setdefault(id(program), Watcher(program))
        return watcher.watch(moment.before, moment.input, moment.at)

    def asked(self, moment: Moment, use: Use, until: AuditEntry | None = None) -> Asked | None:
        """The last time that a condition was asked inside an input (before it wrote `until`)."""
        seen = self.seen(moment)
        end = len(seen) if until is None else self._place_among(moment, until)
        asked = [each for each in seen[:end] if isinstance(each, Asked) and each.condition == use.condition]
        return asked[-1] if asked else None

    def state_at(self, moment: Moment, entry: AuditEntry) -> ContactState | None:
        """The contact when it wrote the entry."""
        seen, place = self.seen(moment), self._place_among(moment, entry)
        wrote = seen[place] if place < len(seen) else None
        return wrote.state if isinstance(wrote, Wrote) else moment.after

    def _place_among(self, moment: Moment, entry: AuditEntry) -> int:
        """Where an entry of the log was written, among all that was seen: of equal ones in their order."""
        earlier = sum(each == entry for each in takewhile(lambda each: each is not entry, moment.entries))
        seen = self.seen(moment)
        places = [n for n, each in enumerate(seen) if isinstance(each, Wrote) and each.entry == entry]
        return places[earlier] if earlier < len(places) else len(seen)

    # --- conditions

    def explain(self, program: Program, use: Use, asking: Asking) -> Part:
        """A condition of a plan, taken apart."""
        known = self._explainers.setdefault(id(program.plan), explainer(program))
        node = program.plan.conditions[use.condition].node
        return known.explain(node, asking, place(program.plan, use.at))

    def explain_asked(self, moment: Moment, use: Use, asked: Asked | None) -> Part | None:
        """The same for one that was asked inside an input."""
        return None if asked is None else self.explain(moment.program, use, asked.moment)

    def explain_now(self, use: Use, asking: Asking | None = None) -> Part:
        """The same at the instant of the question."""
        return self.explain(self.program, use, asking or Asking(self.state, self.at))

    # --- findings

    def found(
        self, what: str, text: str, *, at: int | None = None, place: str = "", condition: Part | None = None
    ) -> Finding:
        """One fact."""
        return Finding(what, text, "" if at is None else clock.show(at), place, condition)

    def of_entry(
        self, moment: Moment, entry: AuditEntry, text: str, what: str = "", condition: Part | None = None
    ) -> Finding:
        """One fact that the audit tells."""
        return self.found(
            what or entry.what, text, at=moment.at, place=self.place_of(moment, entry), condition=condition
        )

    def instant(self, instant: int) -> str:
        return self.words.instant(instant)

    # --- where it began

    def cause(self, moment: Moment) -> Finding:
        """What came, and set everything of this moment going."""
        return self.found("input", _cause(moment), at=moment.at)


def latest(moments: list[Moment]) -> Iterator[Moment]:
    """The last few, oldest first."""
    yield from moments[-LATEST:]


_CAUSES = {
    "contact": "a contact row came in",
    "silent": "a contact row was loaded silently (--no-triggers)",
    "wake": "its timer went off",
    "enrol": "somebody enrolled it by hand",
    "suppress": "an operator suppressed it",
    "lift": "an operator lifted its suppression",
    "merge": "it was merged with another contact",
    "adopt": "a changed plan took effect",
    "plan": "a changed plan took effect",
    "reactivate": "somebody set off a scenario by hand",
    "unhold": "an operator released it from a fulfillment list",
    "offlist": "an operator took it off a fulfillment list",
    "letter": "an answer came that it had waited for",
}


def _cause(moment: Moment) -> str:
    match moment.input:
        case Event():
            return f"{event_text(moment.input, moment.entries)} happened"
        case Letter(body=AccountIs(account=account)):
            return f"its account {account} changed"
        case Letter(body=TaskClosed()):
            return "a task of it was completed"
        case Handover(result=result, why=why):
            return f"word came of a message of it: {result}{f', {why}' if why else ''}"
    return _CAUSES.get(moment.row.kind, f"{moment.row.kind} came")


def event_text(event: Event, entries: tuple[AuditEntry, ...]) -> str:
    """`web_form.submission of demo-request (ev-04)`."""
    logged = [each.data for each in entries if each.what == "event" and each.data.get("id") == event.id]
    assets = logged[0].get("assets") if logged else None
    of = f" of {', '.join(assets)}" if isinstance(assets, list) else ""
    return f"{event.type}{of} ({event.id})"
