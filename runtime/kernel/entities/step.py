"""The one entry to the steps of the entities beside contacts: pure, as the contact's (see `kept`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from oncue.runtime.kernel.entities import accounts, lists, split, tasks, teams
from oncue.runtime.kernel.entities.kept import EntityInput, EntityOutcome, EntityState
from oncue.runtime.kernel.letters import Letter
from oncue.runtime.kernel.link import Program

# (program, name, state, input, now, sender) -> outcome; the sender of an Alarm is empty
Take = Callable[[Program, str, Any, EntityInput, int, str], EntityOutcome]

ENTITIES: dict[str, Take] = {
    "split": split.take,
    "account": accounts.take,
    "team": teams.take,
    "list": lists.take,
    "task": tasks.take,
}


def entity_step(
    program: Program,
    name: str,
    state: EntityState | None,
    input: EntityInput | Letter,
    now: int,
    sender: str = "",
) -> EntityOutcome:
    """Handles one input of the entity `name` (``KIND/ID``); `state` None: it is not there yet.

    Hosts give a Letter as it is: what it sets going carries its cascade figures on."""
    take = ENTITIES[name.partition("/")[0]]
    if not isinstance(input, Letter):
        return take(program, name, state, input, now, sender)
    outcome = take(program, name, state, input.body, now, input.sender)
    if not outcome.letters:
        return outcome
    figures = {"starts": input.starts, "steps": input.steps, "origin": input.origin}
    letters = tuple(msgspec.structs.replace(letter, **figures) for letter in outcome.letters)
    return msgspec.structs.replace(outcome, letters=letters)
