"""Plays one test: sets its scene, lets happen what happens, and looks at what it expects.

The clock is the test's own. At one instant what happens comes before timers; an expectation is looked at
when everything that is due by then has happened. What goes wrong without being expected (a message that
cannot be rendered, an event that is refused) is a failure of the step that brought it about.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from oncue.runtime import clock
from oncue.runtime.engine.directory import identifiers
from oncue.runtime.kernel import inputs
from oncue.runtime.kernel.contact import identity
from oncue.runtime.kernel.flow.removal import NOT_ENTERED
from oncue.runtime.kernel.funnel.recording import write
from oncue.runtime.kernel.intake.accounts import AccountRow, admit_account
from oncue.runtime.kernel.intake.border import Reject
from oncue.runtime.kernel.intake.lines import admit_contact, admit_event
from oncue.runtime.kernel.letters import CloseTask
from oncue.runtime.kernel.link import Program, link
from oncue.runtime.kernel.state import ContactState, Member
from oncue.runtime.kernel.turn import Turn
from oncue.runtime.kernel.values.forms import iso
from oncue.runtime.messages.message import Renderer
from oncue.runtime.reading.admission import ACCOUNT, CONTACT, EVENT, SILENT, Work
from oncue.runtime.stores.sqlite import SqliteStore
from oncue.runtime.testing.bench import Bench
from oncue.runtime.testing.checks import CHECKS, Missed, View, tasks_of
from oncue.runtime.testing.coverage import covered
from oncue.runtime.testing.places import Places
from oncue.runtime.testing.results import Failure, Place, Result, Traced
from oncue.schemas import tests
from oncue.schemas.audit import AuditEntry
from oncue.schemas.events import EventLine, Who
from oncue.schemas.parts import Position
from oncue.schemas.plan import Plan

LONGEST_TRACE = 60  # entries


class Theatre:
    """What all tests of one plan share."""

    def __init__(self, plan: Plan, suite: tests.Suite) -> None:
        self.program: Program = link(plan)
        self.renderer = Renderer(plan)
        self.places = Places(plan)
        self.files = suite.files

    def play(self, test: tests.WorkspaceTest) -> Result:
        """Runs one test."""
        if not self.program.plan.fulfillment_lists:
            return self._played(test, Bench(self.program, self.renderer))
        with TemporaryDirectory(prefix="oncue-test-") as folder:
            store = SqliteStore(Path(folder, "test.db"))
            try:
                return self._played(test, Bench(self.program, Renderer(self.program.plan, store), store))
            finally:
                store.close()

    def _played(self, test: tests.WorkspaceTest, bench: Bench) -> Result:
        start = time.perf_counter()
        play = _Play(self, test, bench)
        play.run()
        return Result(
            name=test.name,
            place=self.place(test.at),
            failures=tuple(play.failures),
            seconds=time.perf_counter() - start,
            covered=covered(self.places, play.bench.notes.noted),
        )

    def place(self, at: Position) -> Place:
        """A place in a file of tests."""
        return Place(self.files[at.file], at.line, at.column)


class _Play:
    def __init__(self, theatre: Theatre, test: tests.WorkspaceTest, bench: Bench) -> None:
        self.theatre = theatre
        self.test = test
        self.bench = bench
        self.failures: list[Failure] = []
        self.said: dict[str, Position] = {}  # ids of events, and the steps that say them
        self.looked = 0  # audit entries before the latest expectation
        self.sent = 0  # effects before it
        self.broken = 0  # effects that were looked at for being broken

    def run(self) -> None:
        """From the first contact to the last expectation."""
        self._set_scene()
        for step in self.test.steps:
            _DO[type(step)](self, step)
            self._mishaps(step.at)

    # --- the scene

    def _set_scene(self) -> None:
        bench, test = self.bench, self.test
        bench.now = test.starts_at - 1
        bench.batches.deploy(bench.now)
        bench.captured.fails = dict(test.fails)
        bench.captured.answers = {url: list(each) for url, each in test.answers.items()}
        for account in test.accounts:
            row = {"account": account.account, **_plain(account.fields)}
            self._account(account.at, admit_account(bench.program, row, triggers=False))
        members = [each for each in test.contacts if self._contact(each) and each.in_campaign]
        bench.notes.noted.clear()
        bench.captured.made.clear()
        bench.fire(test.starts_at - 1)
        bench.now = test.starts_at
        for contact in members:
            self._begin_members(contact)

    def _account(self, at: Position, row: AccountRow | Reject) -> None:
        if isinstance(row, Reject):
            self.fail(at, "accounts", "an account", row.message)
        else:
            self.bench.reception.take(Work(self.bench.now, ACCOUNT, row, "", b""), (), {})

    def _contact(self, contact: tests.Given) -> bool:
        """Loads a contact silently."""
        bench = self.bench
        given = admit_contact(bench.program, row_of(contact), triggers=False)
        if isinstance(given, Reject):
            self.fail(contact.at, "contacts", "a contact", given.message)
            return False
        found = bench.directory.resolve(given, identifiers(given))
        slot = found.slot
        if slot is None:
            who = Who(given.id_given or None, given.email_given or None, given.anonymous_given or None)
            born = bench.now if contact.created_at is None else contact.created_at
            slot = bench.states.new(identity.begin(bench.program, who, born))
        outcome = bench.step(slot.state, found.input, ("", 0, b""))
        if outcome is not None:
            bench.record(slot, outcome, SILENT, b"")
            for campaign, status in contact.memberships.items():
                member = joined(bench.program, slot.state, campaign, status, bench.now)
                bench.record(slot, member, SILENT, b"")
        return outcome is not None

    def _begin_members(self, contact: tests.Given) -> None:
        """The contact takes the steps at which it begins."""
        bench, slot = self.bench, self.bench.slot_of(name_of(contact))
        if slot is None:
            return
        for campaign, step in contact.in_campaign.items():
            slot.state = placed(slot.state, campaign, step, bench.now)
        outcome = bench.step(slot.state, inputs.Wake(afresh=True), ("", 0, b""))
        if outcome is not None:
            bench.record(slot, outcome, "wake", None)

    # --- what happens

    def happen(self, step: tests.Happen) -> None:
        bench = self.bench
        ident = f"event-{len(self.said) + 1}"
        self.said[ident] = step.at
        contact: str | Who = step.contact
        if step.contact.startswith("anon:"):
            contact = Who(anonymous_id=step.contact.partition(":")[2])
        line = EventLine(
            id=ident,
            type=step.type,
            at=iso(bench.now if step.when is None else step.when),
            contact=contact,
            asset=step.asset,
            properties=_plain(step.properties),
        )
        event = admit_event(bench.program, line, now=None)
        if isinstance(event, Reject):
            self.fail(step.at, "event", "an event that is taken", f"it was refused: {event.message}")
            return
        bench.reception.take(Work(bench.now, EVENT, event, event.id, b""), identifiers(event), {})

    def load(self, step: tests.Load) -> None:
        bench = self.bench
        given = admit_contact(bench.program, row_of(step.row), triggers=True)
        if isinstance(given, Reject):
            self.fail(step.at, "import", "a row that is taken", f"it was refused: {given.message}")
            return
        bench.reception.take(Work(bench.now, CONTACT, given, "", b""), identifiers(given), {})

    def enrol(self, step: tests.Enrol) -> None:
        slot = self.bench.slot_of(step.contact)
        if slot is None:
            self.fail(step.at, "enrol", step.contact, "nobody is called so by now")
            return
        outcome = self.bench.step(slot.state, inputs.Enrol(step.campaign), ("", 0, b""))
        if outcome is not None:
            self.bench.record(slot, outcome, "enrol", b"")

    def reactivate(self, step: tests.Reactivate) -> None:
        slot = self.bench.slot_of(step.contact)
        if slot is None:
            self.fail(step.at, "reactivate", step.contact, "nobody is called so by now")
            return
        outcome = self.bench.step(slot.state, inputs.Reactivate(step.scenario), ("", 0, b""))
        if outcome is not None:
            self.bench.record(slot, outcome, "reactivate", b"")

    def complete(self, step: tests.CompleteTask) -> None:
        """The oldest open task with that title."""
        slot = self.bench.slot_of(step.contact) if step.contact else None
        key = "" if slot is None else slot.key
        tasks = [(name, task) for name, task in tasks_of(self.bench) if task.closed_at is None]
        for name, task in tasks:
            if task.title == step.title and (not step.contact or task.contact == key):
                self.bench.post.tell(name, CloseTask("operator"), "task", b"")
                return
        titles = ", ".join(sorted({task.title for _, task in tasks}))
        self.fail(
            step.at, "complete_task", step.title, f"open tasks: {titles}" if titles else "no task is open"
        )

    def until(self, instant: int) -> None:
        """Lets time pass, with everything that is due at its end."""
        self.bench.fire(instant)
        self.bench.now = max(self.bench.now, instant)

    def fails(self, step: tests.Fail) -> None:
        self.bench.captured.fails.update(step.kinds)

    def reply(self, step: tests.Reply) -> None:
        self.bench.captured.answers.update({url: list(each) for url, each in step.answers.items()})

    # --- what is expected

    def expect(self, step: tests.Expect) -> None:
        bench = self.bench
        bench.fire(bench.now)
        view = View(bench, bench.captured.made[self.sent :])
        for check in step.checks:
            for missed in CHECKS[type(check)](view, check):
                self._missed(check, missed)
        self.sent, self.looked = len(bench.captured.made), len(bench.notes.noted)

    def _missed(self, check: tests.Check, missed: Missed) -> None:
        self.fail(check.at, missed.what, missed.expected, missed.actual, check.who)

    # --- what goes wrong

    def _mishaps(self, at: Position) -> None:
        """Messages that cannot be made, and faults of oncue itself."""
        made = self.bench.captured.made
        for effect in made[self.broken :]:
            if effect.broken:
                name = effect.payload.get("email") or effect.kind
                self.fail(at, "render", f"{name} is made", effect.why)
        self.broken = len(made)
        for message in self.bench.faults.told:
            self.fail(at, "fault", "no fault in oncue", message)
        self.bench.faults.told.clear()

    def fail(self, at: Position, what: str, expected: str, actual: str, who: str = "") -> None:
        """Notes a failure with what led to it."""
        self.failures.append(
            Failure(
                self.theatre.place(at), what, expected, actual, clock.show(self.bench.now), self._trace(who)
            )
        )

    def _trace(self, who: str) -> tuple[Traced, ...]:
        """What has happened (to a contact) since the expectation before."""
        slot = self.bench.slot_of(who) if who else None
        noted = [
            each
            for each in self.bench.notes.noted[self.looked :]
            if each.entry.what not in _QUIET and (slot is None or each.contact in ("", slot.key))
        ]
        return tuple(
            Traced(clock.show(one.at), one.contact, msgspec.to_builtins(one.entry), self._place(one.entry))
            for one in noted[-LONGEST_TRACE:]
        )

    def _place(self, entry: AuditEntry) -> Place:
        """Where an entry comes from: an event from the test itself, everything else from the plan."""
        said = self.said.get(str(entry.data.get("id"))) if entry.what == "event" else None
        return self.theatre.places.of(entry) if said is None else self.theatre.place(said)


_QUIET = frozenset({"step.entered", "step.left", "batch.skipped"})  # said by others, or of nobody


# --- rows and states ------------------------------------------------------------------------------


def row_of(given: tests.Given) -> dict[str, object]:
    """A contact row as the kernel's intake takes it."""
    row: dict[str, object] = _plain(given.fields)
    if given.tags:
        row["tags"] = list(given.tags)
    if given.subscribed:
        row["subscribed"] = [
            {"list": name, "channels": list(each)} for name, each in given.subscribed.items()
        ]
    if given.suppressed is not None:
        row["suppressed"] = given.suppressed
    return row


def _plain(values: Mapping[str, str | Sequence[str]]) -> dict[str, Any]:
    return {name: each if isinstance(each, str) else list(each) for name, each in values.items()}


def name_of(given: tests.Given) -> str:
    """What an event calls the contact of a row."""
    fields = given.fields
    return str(fields.get("id") or fields.get("email") or f"anon:{fields.get('anonymous_id')}")


def placed(state: ContactState, campaign: str, step: str, now: int) -> ContactState:
    """The contact as a member that stands before a step."""
    entry = state.entered.get(campaign, 0) + 1
    member = Member(campaign, entry, state.entries + 1, now, state.seq, step, now, NOT_ENTERED)
    return msgspec.structs.replace(
        state,
        members=[*state.members, member],
        entries=state.entries + 1,
        entered={**state.entered, campaign: entry},
    )


def joined(program: Program, state: ContactState, campaign: str, status: str, now: int) -> inputs.Outcome:
    """The contact as a member with that status, judged at `now`; it sets nothing off."""
    turn = Turn(program, state, now)
    write(turn, campaign, status)
    return turn.outcome()


_DO: dict[type[Any], Callable[[_Play, Any], None]] = {
    tests.Happen: _Play.happen,
    tests.Load: _Play.load,
    tests.Enrol: _Play.enrol,
    tests.Reactivate: _Play.reactivate,
    tests.CompleteTask: _Play.complete,
    tests.Pass: lambda play, step: play.until(play.bench.now + step.micros),
    tests.Reach: lambda play, step: play.until(step.instant),
    tests.Fail: _Play.fails,
    tests.Reply: _Play.reply,
    tests.Expect: _Play.expect,
}
