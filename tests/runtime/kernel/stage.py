"""A stage for timelines: contacts, one plan, a clock that is set by hand, and everything that comes out.

One contact plays at a time; `meet` brings another one on, `turn_to` an earlier one back. Letters are
delivered at once, first in first out, to contacts and to the entities beside them.

Whatever is played on it, each step is checked: the state that was given is unchanged, the same input gives
the same outcome again, the counts add up (see `sums`), and nobody stands in one place twice.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping, Sequence
from functools import cache

import msgspec

from oncue.compiler.pipeline import compile_files
from oncue.runtime.kernel import inputs
from oncue.runtime.kernel.adoption import adopt
from oncue.runtime.kernel.adoption.renames import Renames, renames_of
from oncue.runtime.kernel.contact import identity
from oncue.runtime.kernel.entities.kept import RANK, Alarm, EntityOutcome, EntityState
from oncue.runtime.kernel.entities.step import entity_step
from oncue.runtime.kernel.inputs import Effect, Input, Outcome
from oncue.runtime.kernel.intake.lines import Reject, admit_contact, admit_event
from oncue.runtime.kernel.letters import Join, Leave, Letter
from oncue.runtime.kernel.link import Program, link
from oncue.runtime.kernel.state import ContactState
from oncue.runtime.kernel.step import step
from oncue.runtime.kernel.values.forms import read_instant
from oncue.schemas.audit import AuditEntry
from oncue.schemas.events import EventLine, Who
from oncue.schemas.plan import Plan
from oncue.schemas.values import DAY, HOUR, MINUTE, SCALE, WEEK
from tests.runtime.kernel.sums import check_members, check_sums

SETTINGS = """
project: acme
timezone: America/New_York
fields:
  industry: text
  size: {type: text, values: [small, large]}
  employees: number
  renewal_date: date
  trial_ends: datetime
  vip: boolean
  interests: {type: text, many: true}
  score: {min: 0, max: 1000}
events:
  purchase: {total: number, sku: text}
"""
PEOPLE = """
lists:
  prospects: {}
  newsletter: {opt_in: double, confirm: confirm-newsletter}
emails:
  invite: {subject: "Hello {{ first_name }}", body: body.md, list: prospects}
  invite-vip: {subject: VIP, body: body.md, list: prospects}
  invite-health: {subject: Health, body: body.md, list: prospects}
  receipt: {subject: Receipt, body: body.md, operational: true}
  news: {subject: News, body: body.md, list: newsletter}
  confirm-newsletter: {subject: Confirm, body: body.md, operational: true}
web_forms: {demo-request: {}}
"""
_NEVER = 1 << 62
UNITS = {"minute": MINUTE, "hour": HOUR, "day": DAY, "week": WEEK}
ANA: Mapping[str, object] = {"email": "ana@x.test", "subscribed": ["prospects"]}


@cache
def plan_of(text: str, settings: str = "") -> Plan:
    """The plan of a small workspace: SETTINGS, PEOPLE and `text` as a third file."""
    files = {
        "oncue.yaml": SETTINGS + settings,
        "people.yaml": PEOPLE,
        "case.yaml": text,
        "body.md": "Dear reader",
    }
    plan, found = compile_files({name: content.encode() for name, content in files.items()})
    assert plan is not None, found
    return plan


class Stage:
    """Plays inputs to the contact of the moment. Instants are local texts such as ``2026-03-02 09:00``."""

    def __init__(
        self,
        text: str,
        *,
        contact: Mapping[str, object] | None = ANA,
        now: str = "2026-03-02 09:00",
        settings: str = "",
        paused: Sequence[str] = (),
    ) -> None:
        self.program: Program = link(plan_of(text, settings)).with_paused(frozenset(paused))
        self.now = self.instant(now)
        self.audit: list[AuditEntry] = []
        self.at: list[int] = []  # of each audit entry
        self.counts: Counter[tuple[str, str, str]] = Counter()
        self.effects: list[Effect] = []
        self.cancelled: list[str] = []
        self.numbers = 0
        self.states: dict[str, ContactState] = {}
        self.key = ""  # of the contact of the moment
        self.entities: dict[str, EntityState] = {}
        self.roster: dict[str, list[str]] = {}  # account -> keys of its contacts, in order of joining
        self.fresh = True
        if contact is not None:
            self.load(**contact)

    def instant(self, text: str) -> int:
        found = read_instant(text, self.program.zone)
        assert found is not None, text
        return found

    # --- contacts

    @property
    def state(self) -> ContactState:
        return self.states.get(self.key) or ContactState("", 0)

    @state.setter
    def state(self, state: ContactState) -> None:
        self.key = state.key
        self.states[state.key] = state

    def meet(self, *, triggers: bool = False, **row: object) -> Outcome:
        """Another contact comes, by a row, and is the one of the moment."""
        self.fresh = True
        return self.load(triggers=triggers, **row)

    def turn_to(self, who: str) -> None:
        """Back to a contact that was met, by what event lines call it."""
        self.key = next(key for key in self.states if key.partition(":")[2] == who)
        self.fresh = False

    # --- inputs

    def load(self, *, triggers: bool = False, **row: object) -> Outcome:
        """A contact row; silent unless `triggers`."""
        admitted = admit_contact(self.program, row, triggers=triggers)
        assert not isinstance(admitted, Reject), admitted
        if self.fresh:
            given = Who(
                admitted.id_given or None, admitted.email_given or None, admitted.anonymous_given or None
            )
            self.begin(given)
        return self.play(admitted)

    def begin(self, given: Who) -> None:
        self.state, self.fresh = identity.begin(self.program, given, self.now), False

    def event(self, what: str, *, at: str | None = None, live: bool = False, **properties: object) -> Outcome:
        """``web_page.visit of pricing`` happens now, or happened `at` and is handled now."""
        type_, _, asset = what.partition(" of ")
        self.numbers += 1
        moment = self.now if at is None else self.instant(at)
        line = EventLine(
            id=f"e{self.numbers}",
            type=type_,
            at=iso(moment),
            contact=self.who,
            asset=asset or None,
            properties=properties,
        )
        admitted = admit_event(self.program, line, now=self.now if live else None)
        assert not isinstance(admitted, Reject), admitted
        if self.fresh:
            self.begin(identity.who_of(line.contact))
        return self.play(admitted)

    @property
    def who(self) -> str:
        """What an event line calls the contact."""
        return "ana@x.test" if self.fresh else self.state.key.partition(":")[2]

    def enrol(self, campaign: str) -> Outcome:
        return self.play(inputs.Enrol(campaign))

    def reactivate(self, scenario: str) -> Outcome:
        return self.play(inputs.Reactivate(scenario))

    @property
    def responses(self) -> dict[str, str]:
        """Campaign to the status of the membership, with the response status behind it if there is one."""
        funnel = self.state.funnel
        found = funnel.memberships if funnel is not None else {}
        return {name: f"{each.status} {each.result}".strip() for name, each in found.items()}

    def judged(self, scenario: str = "") -> list[str]:
        """The outcomes of scenarios, in order."""
        return [entry.why for entry in self.entries("scenario.judged", f"reactivation_scenarios/{scenario}")]

    def play(self, given: Input) -> Outcome:
        """To the contact of the moment, with all that comes of it."""
        outcome = self._played(self.state, given)
        self.take(outcome)
        return outcome

    def _played(self, state: ContactState, given: Input) -> Outcome:
        before = msgspec.json.encode(state, order="deterministic")
        outcome = step(self.program, state, given, self.now)
        assert msgspec.json.encode(state, order="deterministic") == before, "the given state was changed"
        assert step(self.program, state, given, self.now) == outcome, "another outcome the second time"
        return outcome

    def take(self, outcome: Outcome) -> Outcome:
        self.key = outcome.state.key
        self.states[self.key] = outcome.state
        self._note(outcome)
        self._deliver(outcome.letters)
        return outcome

    def _note(self, outcome: Outcome | EntityOutcome) -> None:
        self._write(outcome)
        self._check()

    def _check(self) -> None:
        check_members(self.states.values())
        check_sums(self.counts, self.states.values())

    def _write(self, outcome: Outcome | EntityOutcome) -> None:
        self.audit += outcome.audit
        self.at += [self.now] * len(outcome.audit)
        self.effects += outcome.effects
        self.cancelled += outcome.cancelled
        self.counts.update(outcome.counts)

    # --- letters

    def _deliver(self, letters: Sequence[Letter]) -> None:
        """First in, first out, until there is none left."""
        queue = deque(letters)
        while queue:
            letter = queue.popleft()
            kind, _, name = letter.to.partition("/")
            if kind == "roster":
                keys = self.roster.get(name, [])
                queue.extendleft(msgspec.structs.replace(letter, to=f"contact/{key}") for key in keys[::-1])
            elif kind != "contact":
                queue += self._tell(letter.to, letter).letters
            elif name in self.states:
                outcome = self._played(self.states[name], letter)
                self.states[name] = outcome.state
                self._note(outcome)
                queue += outcome.letters

    def _tell(self, name: str, given: Letter | Alarm) -> EntityOutcome:
        """An input of an entity beside the contacts."""
        state = self.entities.get(name)
        before = msgspec.json.encode(state, order="deterministic")
        outcome = entity_step(self.program, name, state, given, self.now)
        assert msgspec.json.encode(state, order="deterministic") == before, "the given state was changed"
        assert entity_step(self.program, name, state, given, self.now) == outcome, "another outcome"
        if outcome.state is None:
            self.entities.pop(name, None)
        else:
            self.entities[name] = outcome.state
        if isinstance(given, Letter):
            self._enlist(name.partition("/")[2], given)
        self._note(outcome)
        return outcome

    def _enlist(self, account: str, letter: Letter) -> None:
        key, roster = letter.sender.partition("/")[2], self.roster.setdefault(account, [])
        if isinstance(letter.body, Join) and key not in roster:
            roster.append(key)
        if isinstance(letter.body, Leave) and key in roster:
            roster.remove(key)

    # --- time

    def later(self, text: str) -> None:
        """Lets time pass, such as ``3 days``, with everything that is due at its end."""
        number, unit = text.split()
        self._until(self.now + int(number) * UNITS[unit.removesuffix("s")])

    def until(self, text: str) -> None:
        self._until(self.instant(text))

    def _until(self, end: int) -> None:
        present = self.key
        while self._due[0] <= end:
            wake, rank, name = self._due
            self.now = max(self.now, wake)
            if rank:
                self._deliver(self._tell(name, Alarm()).letters)
            else:
                self.key = name
                self.play(inputs.Wake())
        self.now, self.key = end, present

    @property
    def _due(self) -> tuple[int, int, str]:
        """What is due next: its instant, rank and name."""
        dues = [(state.wake, 0, key) for key, state in self.states.items() if state.wake is not None]
        for name, state in self.entities.items():
            if state.wake is not None:
                dues.append((state.wake, RANK[name.partition("/")[0]], name))
        return min(dues, default=(_NEVER, 0, ""))

    def pause(self, *units: str) -> None:
        self.program = self.program.with_paused(frozenset(units))

    def resume(self) -> None:
        self.program = self.program.with_paused(frozenset())
        present = self.key
        for key in sorted(self.states):
            self.key = key
            self.play(inputs.Wake(afresh=True))
        self.key = present

    def change_plan(self, text: str, settings: str = "") -> Outcome:
        """Another plan takes effect now."""
        new = link(plan_of(text, settings))
        old, renames, present = self.program, renames_of(self.program.plan, new.plan), self.key
        totals, self.counts = self.counts, Counter()
        for (unit, step_, name), number in totals.items():
            self.counts[(*renames.place(unit, step_), name)] += number
        outcomes = {key: adopt.adopt(old, new, state, self.now) for key, state in self.states.items()}
        self.program = new
        for key, outcome in outcomes.items():
            self.states[key] = outcome.state
            self._write(outcome)
        self._check()
        self._carry_splits(renames)
        for outcome in outcomes.values():
            self._deliver(outcome.letters)
        self.key = present
        return outcomes[present]

    def _carry_splits(self, renames: Renames) -> None:
        """Splits follow what has another name, and look again at when they decide."""
        splits = {name: state for name, state in self.entities.items() if name.startswith("split/")}
        for name in splits:
            del self.entities[name]
        self.entities |= {f"split/{renames.split(name[6:])}": state for name, state in splits.items()}
        for name in sorted(self.entities):
            if name.startswith("split/"):
                self._tell(name, Alarm())

    # --- what came of it

    @property
    def sent(self) -> list[str]:
        """Ids of all emails that are on their way, in order."""
        return [str(effect.payload["email"]) for effect in self.effects if not effect.held]

    @property
    def places(self) -> list[tuple[str, str]]:
        """Campaign and step of each stay."""
        return [(member.campaign, member.step) for member in self.state.members]

    @property
    def score(self) -> float:
        score = self.state.fields["score"]
        assert isinstance(score, int)
        return score / SCALE

    def entries(self, what: str, unit: str = "", step: str = "") -> list[AuditEntry]:
        """Audit entries of one sort."""
        return [
            entry
            for entry in self.audit
            if entry.what == what and entry.unit.startswith(unit) and step in ("", entry.step)
        ]

    def walked(self, campaign: str) -> list[str]:
        """The steps that were entered, in order."""
        return [entry.step for entry in self.entries("step.entered", f"campaigns/{campaign}")]

    def results(self, unit: str, step: str = "") -> list[str]:
        """``RESULT RULE WHY`` of the actions of a unit, in order."""
        found = self.entries("action", unit, step)
        return [" ".join(word for word in (entry.result, entry.rule, entry.why) if word) for entry in found]

    def count(self, unit: str, step: str, name: str) -> int:
        return self.counts[unit, step, name]


def iso(instant: int) -> str:
    from oncue.runtime.kernel.values.forms import iso as shown

    return shown(instant)
