"""What the questions have in common: names that plans know, ways in which a thing is done, the sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from oncue.runtime import clock
from oncue.runtime.errors import CommandError
from oncue.runtime.why import deeds
from oncue.runtime.why.answer import Answer, Story
from oncue.runtime.why.case import Case
from oncue.runtime.why.sending import fate
from oncue.runtime.why.story import Told
from oncue.runtime.why.travel import not_reached
from oncue.runtime.why.ways import Way
from oncue.schemas import actions as does
from oncue.schemas.audit import AuditEntry
from oncue.schemas.plan import Plan


def answer(case: Case, asked: str, did: bool, text: str, stories: Iterable[Story]) -> Answer:
    """What is said in the end; the contact's name stands before `text`."""
    return Answer(case.life.key, asked, clock.show(case.at), did, f"{case.who} {text}", tuple(stories))


# --- names


def known(case: Case, word: str, name: str, of: Callable[[Plan], Iterable[str]]) -> bool:
    """Whether the plan in force has this; one that another plan of the database has is told apart by
    `elsewhere`. Raises CommandError for one that none has."""
    if name in of(case.plan):
        return True
    everywhere = {each for one in case.life.house.plans for each in of(one.plan)}
    if name not in everywhere:
        hint = near(name, everywhere) or f": a new {word} counts once `oncue run` has put its plan in force"
        raise CommandError(f"no plan of this database has the {word} {name}{hint}")
    return False


def near(name: str, names: Iterable[str]) -> str:
    """`: did you mean invite-vip?`, or nothing."""
    from difflib import get_close_matches  # only now: for the words of a mistake

    found = get_close_matches(name, sorted(names), n=1, cutoff=0.6)
    return f": did you mean {found[0]}?" if found else ""


def elsewhere(case: Case, word: str, name: str, of: Callable[[Plan], Iterable[str]]) -> Story:
    """The plan of that time did not have it; which did."""
    others = [one for one in case.life.house.plans if name in of(one.plan)]
    when = [case.instant(one.since) if one.since else "the beginning" for one in others]
    text = f"the plan in force then has no {word} {name}; one that has it took effect at {when[0]}"
    return Story(f"{word} {name}", False, (case.found("not_deployed", text, at=case.at),))


# --- what is done by steps and fulfillment actions


def not_done(case: Case, found: list[Way], what: str) -> Iterator[Story]:
    """Each way to it, and what stood there."""
    for way in found:
        yield from not_reached(case, way) if way.campaign else deeds.not_done(case, way)
    if not found:
        said = f"nothing in the plan in force {what}"
        yield Story("no way to it", False, (case.found("no_way", said),))


def done(case: Case, does_it: Callable[[AuditEntry, does.Action | None], bool]) -> list[Told]:
    """The actions that did it, oldest first, what was taken back since left out."""
    found = []
    for moment, entry in case.entries("action"):
        if entry.result in ("", "done", "held") and does_it(entry, case.action_of(moment, entry)):
            found.append((moment, entry))
    return [told for told in found if fate(case, told) is None and not _held(case, told)]


def _held(case: Case, told: Told) -> bool:
    """Whether a held message has not been let go."""
    entry = told[1]
    after = [
        each for _, each in case.entries("handover")
        if each.data.get("message") == entry.data.get("message") and each.result == "done"
    ]  # fmt: skip
    return entry.result == "held" and not after


def times(case: Case, found: list[Told]) -> str:
    """`on 2026-03-02 09:00`, `3 times, last on ...`."""
    last = case.instant(found[-1][0].at)
    return f"on {last}" if len(found) == 1 else f"{len(found)} times, last on {last}"
