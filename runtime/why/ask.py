"""The one entry: a question about a contact in a database, answered without changing anything.

What is read is one state of the database, also beside a run that follows its input."""

from __future__ import annotations

from pathlib import Path

from oncue.runtime import clock
from oncue.runtime.engine.states import decode
from oncue.runtime.errors import CommandError, NoDatabaseError
from oncue.runtime.kernel.values.forms import read_instant
from oncue.runtime.kernel.values.zone import Zone
from oncue.runtime.naming import find
from oncue.runtime.plans import adoption
from oncue.runtime.stores.base import Store
from oncue.runtime.stores.sqlite import SqliteStore
from oncue.runtime.why.answer import Answer
from oncue.runtime.why.case import Case
from oncue.runtime.why.life import Life
from oncue.runtime.why.questions import QUESTIONS


def ask(database: Path, contact: str, kind: str, name: str = "", at: str | None = None) -> tuple[Answer, str]:
    """Answers a question of QUESTIONS about a contact, at an instant (ISO 8601; without an offset in the
    project's zone), or at the last that the database knows. Gives the project's time zone too.

    Raises CommandError for a contact, a name or an instant that the database does not have.
    """
    store = SqliteStore(database, write=False)
    try:
        with store.steady():
            number = find(store, contact)
            timezone = _plan_zone(store)
            life = Life(store, number, _instant(store, timezone, at))
            return _answer(store, life, kind, name), timezone
    finally:
        store.close()


def _plan_zone(store: Store) -> str:
    plan = adoption.plan_in_force(store)
    if plan is None:
        raise NoDatabaseError("no plan is in force in this database yet: `oncue run` fills it")
    return plan.settings.timezone


def _instant(store: Store, timezone: str, text: str | None) -> int:
    """The instant of the question: one that the database has reached."""
    first = next(store.log(), None)
    if first is None:
        raise NoDatabaseError("nothing has happened in this database yet: `oncue run` fills it")
    last = int(store.meta().get("now") or first.at)
    if text is None:
        return last
    instant = read_instant(text, Zone(timezone))
    if instant is None:
        raise CommandError(f"{text} is no instant; write 2026-03-02T09:00 or 2026-03-02T09:00:00Z")
    if instant < first.at:
        raise CommandError(f"the database knows nothing before {clock.show(first.at)}, its first entry")
    if instant > last:
        raise CommandError(f"the database knows nothing after {clock.show(last)}, its last instant")
    return instant


def _answer(store: Store, life: Life, kind: str, name: str) -> Answer:
    case, asked = Case(store, life), f"{kind} {name}".strip()
    if life.doubt is not None:
        when = case.instant(life.doubt.at)
        text = (
            f"{case.who}: the log does not say enough to answer. From {when} on: {life.doubt.why}. "
            f"`oncue contact show` tells what the log has."
        )
        return Answer(life.key, asked, clock.show(case.at), False, text, known=False)
    if life.state is None:
        created = decode(store.load([life.contact])[0].state or b"").created_at
        when, first = case.instant(case.at), case.instant(created)
        text = f"{case.who} was not known on {when}: it was first seen on {first}."
        return Answer(life.key, asked, clock.show(case.at), False, text)
    return QUESTIONS[kind](case, name)
