"""The contact's deals: which one is meant, and what it says. Rules of this file:

- A state's deals stand in the order of their making. "The contact's deal" is the newest open one, or, where
  none is open, the newest: so conditions and templates read it.
- An action means the newest open one of those that fit its pick. What has been won or lost is left alone,
  except that a pick which names something finds it where the action changes the status (to reopen it).
"""

from __future__ import annotations

from oncue.runtime.kernel.contact.owned import newest
from oncue.runtime.kernel.link import Program
from oncue.runtime.kernel.state import ContactState, Deal, Member
from oncue.runtime.kernel.values.forms import show
from oncue.schemas.actions import DealPick
from oncue.schemas.builtins import DEAL_FIELDS
from oncue.schemas.values import Value, compared_text


def current(state: ContactState) -> Deal | None:
    """The deal that conditions and templates mean."""
    return newest(state.deals)


def pick(state: ContactState, wanted: DealPick, member: Member | None, *, closed: bool = False) -> Deal | str:
    """The deal that an action means, or why there is none. `closed`: one that is won or lost will do, if the
    pick names something."""
    if not state.deals:
        return "the contact has no deal"
    fitting = [deal for deal in state.deals if _fits(deal, wanted, member)]
    deal = newest(fitting)
    named = wanted != DealPick()
    if deal is None or (deal.status != "open" and not (closed and named)):
        return f"no open deal{_described(wanted)}"
    return deal


def _fits(deal: Deal, wanted: DealPick, member: Member | None) -> bool:
    if wanted.pipeline is not None and deal.pipeline != wanted.pipeline:
        return False
    if wanted.title is not None and deal.title != compared_text(wanted.title):
        return False
    return wanted.step is None or (deal.step == wanted.step and _same_stay(deal, member))


def _same_stay(deal: Deal, member: Member | None) -> bool:
    """Whether it was added in this very stay; of a fulfillment action: by one."""
    if member is None:
        return not deal.campaign
    return (deal.campaign, deal.entry) == (member.campaign, member.entry)


def _described(wanted: DealPick) -> str:
    words = [f" in pipeline {wanted.pipeline}"] if wanted.pipeline is not None else []
    if wanted.title is not None:
        words.append(f' called "{wanted.title}"')
    if wanted.step is not None:
        words.append(f" added by step {wanted.step}")
    return "".join(words)


def value_of(deal: Deal, name: str) -> Value | None:
    """A deal's field, built-in or custom, in compared form; None where it is missing."""
    if name not in DEAL_FIELDS:
        return deal.fields.get(name)
    value: Value | None = deal.at if name == "created_at" else getattr(deal, name)
    return None if value == "" else value


def shown_of(program: Program, deal: Deal, name: str) -> str | list[str]:
    """The same as people write it; an empty text where it is missing."""
    value, spec = value_of(deal, name), program.deal_fields.get(name)
    if value is None or spec is None:
        return ""
    return show(spec.type, value, deal.shown.get(name), program.zone)


def shown_deal(program: Program, deal: Deal) -> dict[str, Value]:
    """All that a deal says, for people: its number, its fields that have a value, and where it was added."""
    fields = {name: shown_of(program, deal, name) for name in program.deal_fields}
    found: dict[str, Value] = {"deal": deal.id, **{name: text for name, text in fields.items() if text}}
    if deal.campaign:
        found |= {"campaign": deal.campaign, "entry": str(deal.entry)}
    if deal.step:
        found["step"] = deal.step
    return found
