"""Actions on the contact's deals. Which one is meant, `kernel.deals` says. A failed one changes nothing; a
deal that comes to stand in a stage is the event ``deal.stage``.
"""

from __future__ import annotations

from oncue.runtime.kernel.actions.contacts import amount
from oncue.runtime.kernel.actions.owners import owner_of
from oncue.runtime.kernel.contact import changes
from oncue.runtime.kernel.contact.deals import pick, shown_of, value_of
from oncue.runtime.kernel.funnel.stages import deal_added, deal_closed
from oncue.runtime.kernel.inputs import Event
from oncue.runtime.kernel.letters import Answer
from oncue.runtime.kernel.sending.inline import TOO_LONG, fill
from oncue.runtime.kernel.state import Deal
from oncue.runtime.kernel.turn import Turn
from oncue.runtime.kernel.values.assignment import readings
from oncue.runtime.kernel.values.forms import Reading
from oncue.runtime.kernel.verdicts import DONE, Scene, Verdict, failed
from oncue.schemas.actions import AddDeal, AddDealNote, AdjustDealScore, UpdateDeal
from oncue.schemas.values import Value, add, compared_text, format_number, parse_number

Wanted = dict[str, Reading]  # by field, built-in and custom; a missing value clears


# --- adding


def add_deal(turn: Turn, scene: Scene, action: AddDeal) -> Verdict:
    """Adds a deal in a stage of a pipeline."""
    wanted = _of_new(turn, scene, action)
    if isinstance(wanted, str):
        return failed(wanted)
    owner = "" if action.owner is None else owner_of(turn, action.owner)
    return owner if isinstance(owner, Verdict) else _add(turn, scene, action, wanted, owner)


def add_deal_answered(turn: Turn, scene: Scene, action: AddDeal, answer: Answer) -> Verdict:
    """The team has said whose turn it is: that user owns the deal."""
    wanted = _of_new(turn, scene, action)
    return failed(wanted) if isinstance(wanted, str) else _add(turn, scene, action, wanted, answer.value)


def _of_new(turn: Turn, scene: Scene, action: AddDeal) -> Wanted | str:
    why = _stranger(turn, action.pipeline, action.stage)
    return why or _wanted(turn, scene, action, None)


def _add(turn: Turn, scene: Scene, action: AddDeal, wanted: Wanted, owner: str) -> Verdict:
    member = scene.member
    deal = Deal(
        id=str(turn.state.deals_made + 1), at=turn.now, pipeline=action.pipeline, stage=action.stage,
        title="", owner=owner, campaign=member.campaign if member else "", entry=scene.entry, step=scene.step,
    )  # fmt: skip
    changes.add_deal(turn, deal)
    for name, reading in wanted.items():
        changes.set_deal(turn, deal, name, reading.value, reading.shown)
    data: dict[str, Value] = {"deal": deal.id}
    said = {
        name: shown_of(turn.program, deal, name) for name in ("title", "pipeline", "stage", "value", "owner")
    }
    data.update({name: text for name, text in said.items() if text})
    turn.write("deal.added", scene.unit, scene.step, scene.entry, data=data)
    deal_added(turn, deal)
    _staged(turn, deal)
    return Verdict(data={"deal": deal.id})


# --- changing


def update_deal(turn: Turn, scene: Scene, action: UpdateDeal) -> Verdict:
    """Changes everything that the action names, or, where one value does not fit, nothing."""
    found = _of_known(turn, scene, action)
    if isinstance(found, str):
        return failed(found)
    if action.owner is None:
        return _update(turn, scene, *found)
    owner = owner_of(turn, action.owner)
    return owner if isinstance(owner, Verdict) else _update(turn, scene, *found, owner)


def update_deal_answered(turn: Turn, scene: Scene, action: UpdateDeal, answer: Answer) -> Verdict:
    """The team has said whose turn it is: that user owns the deal from now on."""
    found = _of_known(turn, scene, action)
    return failed(found) if isinstance(found, str) else _update(turn, scene, *found, answer.value)


def _of_known(turn: Turn, scene: Scene, action: UpdateDeal) -> tuple[Deal, Wanted] | str:
    """The deal, and what its fields are to become; or why not."""
    deal = pick(turn.state, action.deal, scene.member, closed=action.status is not None)
    if isinstance(deal, str):
        return deal
    why = "" if action.stage is None else _stranger(turn, deal.pipeline, action.stage)
    wanted = why or _wanted(turn, scene, action, deal)
    if isinstance(wanted, str):
        return wanted
    for name, given in (("status", action.status), ("stage", action.stage)):
        if given is not None:
            wanted[name] = Reading(given)
    return deal, wanted


def _update(turn: Turn, scene: Scene, deal: Deal, wanted: Wanted, owner: str | None = None) -> Verdict:
    if owner is not None:
        wanted = {**wanted, "owner": Reading(owner)}
    stage = deal.stage
    before = {name: shown_of(turn.program, deal, name) for name in wanted}
    changed = [
        name
        for name, reading in sorted(wanted.items())
        if changes.set_deal(turn, deal, name, reading.value, reading.shown)
    ]
    if not changed:
        return Verdict(why="no change", data={"deal": deal.id})
    data: dict[str, Value] = {"deal": deal.id}
    for name in changed:
        data[name] = [_line(before[name]), _line(shown_of(turn.program, deal, name))]
    turn.write("deal.changed", scene.unit, scene.step, scene.entry, data=data)
    deal_closed(turn, deal)
    if deal.stage != stage:
        _staged(turn, deal)
    return Verdict(data={"deal": deal.id, "changed": changed})


def _line(shown: str | list[str]) -> str:
    return ", ".join(shown) if isinstance(shown, list) else shown


# --- what both ask for


def _stranger(turn: Turn, pipeline: str, stage: str) -> str:
    """Why a deal of the pipeline cannot stand in the stage; an empty text if it can."""
    spec = turn.program.plan.pipelines.get(pipeline)
    if spec is None:
        return f"there is no pipeline {pipeline}"
    return "" if stage in spec.stages else f"{stage} is no stage of pipeline {pipeline}"


def _wanted(turn: Turn, scene: Scene, action: AddDeal | UpdateDeal, deal: Deal | None) -> Wanted | str:
    """Title, value and custom fields as the action says them, or why one of them cannot be."""
    wanted = readings(turn, turn.program.deal_fields, action)
    if isinstance(wanted, str):
        return wanted
    if action.title is not None:
        title = fill(turn, scene, action.title, deal)
        if title is None or not title.strip():
            return TOO_LONG if title is None else "the title is empty"
        wanted["title"] = _text(title.strip())
    if action.value is not None or action.value_from is not None:
        value = _value(turn, action)
        if isinstance(value, str):
            return value
        wanted["value"] = Reading(value)
    return wanted


def _text(text: str) -> Reading:
    compared = compared_text(text)
    return Reading(compared, text if text != compared else None)


def _value(turn: Turn, action: AddDeal | UpdateDeal) -> int | str:
    if action.value_from is None:
        value: Value | None = parse_number(action.value or "")
        return value if isinstance(value, int) else "the value is no number"
    value = turn.state.fields.get(action.value_from)
    return value if isinstance(value, int) else f"{action.value_from} has no value"


def _staged(turn: Turn, deal: Deal) -> None:
    """The deal has come to stand in its stage."""
    names = ("pipeline", "stage", "title")
    props = {name: value for name in names if (value := value_of(deal, name)) is not None}
    shown = {name: deal.shown[name] for name in names if name in deal.shown}
    key = f"deal.stage/{turn.state.key}/{turn.state.seq + 1}"
    changes.raise_event(turn, Event(key, "deal.stage", turn.now, props=props, shown=shown))


# --- notes and scores


def add_deal_note(turn: Turn, scene: Scene, action: AddDealNote) -> Verdict:
    """Writes a note on a deal's record."""
    deal = pick(turn.state, action.deal, scene.member)
    if isinstance(deal, str):
        return failed(deal)
    text = fill(turn, scene, action.text, deal)
    if text is None:
        return failed(TOO_LONG)
    turn.write("note", scene.unit, scene.step, scene.entry, data={"text": text, "deal": deal.id})
    return DONE


def adjust_deal_score(turn: Turn, scene: Scene, action: AdjustDealScore) -> Verdict:
    """Adds to a deal's score, or sets it."""
    deal = pick(turn.state, action.deal, scene.member)
    if isinstance(deal, str):
        return failed(deal)
    old = deal.score
    new = amount(action.to or "0") if action.by is None else add(old, amount(action.by))
    if new is None:
        return failed("overflow")
    changes.set_deal(turn, deal, "score", new)
    return Verdict(data={"deal": deal.id, "from": format_number(old), "to": format_number(new)})
