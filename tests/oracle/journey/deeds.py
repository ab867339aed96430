"""What each action does to a contact, one function each; and the fulfillment actions of a page, in file
order, of which one that asks somebody keeps those behind it waiting.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from tests.oracle.journey.house import ACTIVE, Task, reckon
from tests.oracle.journey.nodes import Act, Do
from tests.oracle.world import Happening

if TYPE_CHECKING:
    from tests.oracle.journey.traveller import Contact, Deal, Member

Question = Callable[[], tuple[str, Any, str]]
PAGE = "web_pages/pricing/on_visit"
STAGES = {"sales": ("new", "demo", "offer"), "renewals": ("due", "talks")}
BOUNDS = {"points": (Fraction(0), Fraction(100)), "score": (Fraction(0), None)}


@dataclass
class Outcome:
    """`later`: a message that waits until then. `ask`: somebody must answer first: what is asked gives the
    result, a value and a reason."""

    result: str = "done"
    why: str = ""
    later: int | None = None
    ask: Question | None = None
    ends: bool = False  # the stay in which it was done


@dataclass
class Postponed:
    """A deferred send of a fulfillment action."""

    act: Act
    place: int
    due: int
    rule: str


def act(contact: Contact, act: Act, now: int, member: Member | None, step: str) -> Outcome:
    outcome = ACTS[act.kind](contact, act, now, member, step)
    contact.changed(now)
    return outcome


# --- messages -------------------------------------------------------------------------------------


def send(contact: Contact, act: Act, now: int, member: Member | None, step: str) -> Outcome:
    channel = "email" if act.kind == "send_email" else "sms"
    consents = channel in contact.lists.get("news", set())
    objection = contact.mail.objection(now, channel, consents)
    if objection:
        return Outcome("refused", objection)
    later = contact.mail.later(now)
    if later is not None:
        return Outcome(later=later)
    contact.mail.sends.append((now, channel))
    if channel == "email":
        place = f"{member.unit} {member.entry} {step} {member.visits[step]}" if member else f"{PAGE} {step}"
        key = f"{place} {now}"
        contact.messages[act.given] = key
        if member is not None:
            member.stay.messages[step] = key
    return Outcome()


def site_message(contact: Contact, act: Act, now: int, member: Member | None, step: str) -> Outcome:
    return Outcome("refused", "suppressed") if contact.mail.suppressed else Outcome()


def nothing(contact: Contact, act: Act, now: int, member: Member | None, step: str) -> Outcome:
    """Something that only leaves the system."""
    return Outcome()


def audience(contact: Contact, act: Act, now: int, member: Member | None, step: str) -> Outcome:
    """An audience knows people by their email or phone."""
    return Outcome() if contact.mail.reachable else Outcome("failed")


# --- the contact's own data -----------------------------------------------------------------------


def add_tag(contact: Contact, act: Act, now: int, member: Member | None, step: str) -> Outcome:
    contact.tags.add(act.given)
    return Outcome()


def remove_tag(contact: Contact, act: Act, now: int, member: Member | None, step: str) -> Outcome:
    contact.tags.discard(act.given)
    return Outcome()


def adjust_score(contact: Contact, act: Act, now: int, member: Member | None, step: str) -> Outcome:
    contact.fields["score"] = contact.fields["score"] + act.given  # type: ignore[operator]
    return Outcome()


def subscribe(contact: Contact, act: Act, now: int, member: Member | None, step: str) -> Outcome:
    contact.lists.setdefault("news", set()).update(act.given)
    return Outcome()


def unsubscribe(contact: Contact, act: Act, now: int, member: Member | None, step: str) -> Outcome:
    contact.lists["news"] = set()
    return Outcome()


def update_contact(contact: Contact, act: Act, now: int, member: Member | None, step: str) -> Outcome:
    verb, name, value = act.given
    if verb == "copy":
        value = contact.fields.get(value)
    if verb == "clear" or value is None:
        contact.fields.pop(name, None)
        return Outcome()
    if outside(name, value):
        return Outcome("failed")
    contact.fields[name] = value
    return Outcome()


def outside(name: str, value: Any) -> bool:
    low, high = BOUNDS.get(name, (None, None))
    return (low is not None and value < low) or (high is not None and value > high)


def convert(contact: Contact, act: Act, now: int, member: Member | None, step: str) -> Outcome:
    contact.tell("converted", now, conversion=act.given)
    return Outcome()


def math(contact: Contact, act: Act, now: int, member: Member | None, step: str) -> Outcome:
    target, operation, operand = act.given
    if isinstance(operand, str):
        operand = contact.fields.get(operand)
        if operand is None:
            return Outcome("failed")
    if target == "account.seats":
        return account_math(contact, operation, operand, now)
    deal = present_open_deal(contact, {}) if target == "deal.value" else None
    if target == "deal.value" and deal is None:
        return Outcome("failed")
    old = deal.value if deal is not None else contact.fields.get(target)
    new, _ = reckon(old, operation, operand)  # type: ignore[arg-type]
    if new is None or outside(target, new):
        return Outcome("failed")
    if deal is not None:
        deal.value = new
    else:
        contact.fields[target] = new
    return Outcome()


# --- what is shared -------------------------------------------------------------------------------


def account_math(contact: Contact, operation: str, operand: Fraction, now: int) -> Outcome:
    account, house = contact.account, contact.house
    if not account:
        return Outcome("failed")

    def reckoned() -> tuple[str, Any, str]:
        new, _ = reckon(house.accounts.get(account, {}).get("seats"), operation, operand)
        if new is None:
            return "failed", None, ""
        house.set_account(account, "seats", new, now)
        return "done", None, ""

    return Outcome(ask=reckoned)


def update_account(contact: Contact, act: Act, now: int, member: Member | None, step: str) -> Outcome:
    account, house, value = contact.account, contact.house, act.given
    if not account:
        return Outcome("failed")

    def written() -> tuple[str, Any, str]:
        house.set_account(account, "seats", value, now)
        return "done", None, ""

    return Outcome(ask=written)


def turn_of(contact: Contact, team: str) -> Callable[[], tuple[str, Any, str]]:
    def asked() -> tuple[str, Any, str]:
        user = contact.house.next_user(team)
        return ("failed", None, "") if user is None else ("done", user, "")

    return asked


def assign_owner(contact: Contact, act: Act, now: int, member: Member | None, step: str) -> Outcome:
    kind, name = act.given
    if kind == "team":
        return Outcome(ask=turn_of(contact, name))
    if name not in ACTIVE:
        return Outcome("failed")
    contact.fields["owner"] = name
    return Outcome()


# --- deals and tasks ------------------------------------------------------------------------------


def present_open_deal(contact: Contact, pick: dict[str, str]) -> Deal | None:
    fitting = [deal for deal in contact.deals if fits(deal, pick) and deal.status == "open"]
    return fitting[-1] if fitting else None


def fits(deal: Deal, pick: dict[str, str]) -> bool:
    return all(getattr(deal, name) == value for name, value in pick.items())


def deal_fields(deal: Deal) -> dict[str, Any]:
    return {
        name: getattr(deal, name)
        for name in ("pipeline", "title", "stage", "status", "value", "owner", "score")
    }


def add_deal(contact: Contact, act: Act, now: int, member: Member | None, step: str) -> Outcome:
    if act.given["owner"] is not None:
        return Outcome(ask=turn_of(contact, act.given["owner"]))
    make_deal(contact, act, now, "")
    return Outcome()


def make_deal(contact: Contact, act: Act, now: int, owner: str) -> None:
    from tests.oracle.journey.traveller import Deal

    pipeline, stage = act.given["pipeline"], act.given["stage"]
    deal = Deal(pipeline, act.given["title"], stage, value=act.given["value"], owner=owner, at=now)
    contact.deals.append(deal)
    contact.tell("deal.stage", now, pipeline=pipeline, stage=stage)


def update_deal(contact: Contact, act: Act, now: int, member: Member | None, step: str) -> Outcome:
    pick, name, value = act.given
    deal = present_open_deal(contact, pick)
    if deal is None and name == "status" and pick:
        deal = next((one for one in reversed(contact.deals) if fits(one, pick)), None)
    if deal is None or (name == "stage" and value not in STAGES[deal.pipeline]):
        return Outcome("failed")
    changed = getattr(deal, name) != value
    setattr(deal, name, value)
    if name == "stage" and changed:
        contact.tell("deal.stage", now, pipeline=deal.pipeline, stage=value)
    return Outcome()


def on_deal(contact: Contact, act: Act, now: int, member: Member | None, step: str) -> Outcome:
    deal = present_open_deal(contact, {})
    if deal is None:
        return Outcome("failed")
    if act.kind == "adjust_deal_score":
        deal.score += act.given
    return Outcome()


def add_task(contact: Contact, act: Act, now: int, member: Member | None, step: str) -> Outcome:
    kind, name, title = act.given
    if kind == "team":
        return Outcome(ask=turn_of(contact, name))
    owner = contact.fields.get("owner") if kind == "contact_owner" else name
    if owner not in ACTIVE:
        return Outcome("failed")
    open_task(contact, title, now)
    return Outcome()


def open_task(contact: Contact, title: str, now: int) -> None:
    key = f"{contact.key} {len(contact.house.tasks)}"
    contact.tasks[key] = title
    contact.house.tasks[key] = Task(title, contact.key)


def complete_task(contact: Contact, act: Act, now: int, member: Member | None, step: str) -> Outcome:
    keys = [key for key, title in contact.tasks.items() if title == act.given]
    if not keys:
        return Outcome("failed")
    for key in keys:
        del contact.tasks[key]
        contact.house.post(lambda key=key: contact.house.post(lambda: closed(contact, key, now)))
    return Outcome()


def closed(contact: Contact, key: str, now: int) -> None:
    """The task says that it is done."""
    before = contact.seen()
    contact.begin()
    contact.tell("task.completed", now, task=key)
    contact.settle(now, before)


# --- other campaigns ------------------------------------------------------------------------------


def record_response(contact: Contact, act: Act, now: int, member: Member | None, step: str) -> Outcome:
    contact.record(*act.given, now)
    return Outcome()


def start_campaign(contact: Contact, act: Act, now: int, member: Member | None, step: str) -> Outcome:
    contact.wanted.append(act.given)
    return Outcome()


def end_campaign(contact: Contact, act: Act, now: int, member: Member | None, step: str) -> Outcome:
    own = member.campaign.id if member is not None else ""
    for other in list(contact.members):
        named = other.campaign.id == act.given or (act.given == "others" and other.campaign.id != own)
        if named and other is not member:
            contact.remove(other, now, "campaign.ended")
    return Outcome(ends=act.given == own)


ACTS: dict[str, Callable[[Contact, Act, int, Member | None, str], Outcome]] = {
    "send_email": send,
    "send_sms": send,
    "send_site_message": site_message,
    "send_notification": nothing,
    "webhook": nothing,
    "add_note": nothing,
    "add_to_audience": audience,
    "remove_from_audience": audience,
    "create_salesforce_lead": nothing,
    "create_salesforce_contact": nothing,
    "add_tag": add_tag,
    "remove_tag": remove_tag,
    "adjust_score": adjust_score,
    "subscribe": subscribe,
    "unsubscribe": unsubscribe,
    "update_contact": update_contact,
    "convert": convert,
    "math": math,
    "update_account": update_account,
    "assign_owner": assign_owner,
    "add_deal": add_deal,
    "update_deal": update_deal,
    "adjust_deal_score": on_deal,
    "add_deal_note": on_deal,
    "add_task": add_task,
    "complete_task": complete_task,
    "record_response": record_response,
    "start_campaign": start_campaign,
    "end_campaign": end_campaign,
}


def answered(contact: Contact, act: Act, value: Any, now: int) -> None:
    """What an action does with a good answer."""
    if act.kind == "assign_owner":
        contact.fields["owner"] = value
    elif act.kind == "add_task":
        open_task(contact, act.given[2], now)
    elif act.kind == "add_deal":
        make_deal(contact, act, now, value)
    contact.changed(now)


def use_answer(
    contact: Contact, member: Member, step: Do, now: int, result: str, value: Any, why: str
) -> None:
    assert member.chosen is not None
    if result == "done":
        answered(contact, member.chosen, value, now)
    contact.result(member, step, now, result, why)
    contact.run(member, now)


# --- fulfillment actions --------------------------------------------------------------------------


def visit(contact: Contact, event: Happening, first: int) -> None:
    """The page's actions from the given one on."""
    actions = contact.house.workspace.visit
    for place in range(first, len(actions)):
        act_, once, when = actions[place]
        if once and place in contact.spent:
            note(contact, event.at, place, "skipped", "")
            continue
        if when is not None and not when.holds(contact.world(None, event), event.at):
            note(contact, event.at, place, "no_action", "default")
            continue
        rule = "default" if when is None else "rule 1"
        outcome = act(contact, act_, event.at, None, str(place))
        if outcome.ask is not None:
            wait_for(contact, event, place, rule, outcome.ask)
            return
        if outcome.later is not None:
            contact.postponed.append(Postponed(act_, place, outcome.later, rule))
        else:
            settle(contact, event.at, place, outcome.result, rule, outcome.why)
        spend(contact, place, once, outcome.result)


def spend(contact: Contact, place: int, once: bool, result: str) -> None:
    if once and result == "done":
        contact.spent.add(place)


def wait_for(contact: Contact, event: Happening, place: int, rule: str, ask: Question) -> None:
    def asked() -> None:
        answer = ask()
        contact.house.post(lambda: go_on(contact, event, place, rule, answer))

    contact.house.post(asked)


def go_on(contact: Contact, event: Happening, place: int, rule: str, answer: tuple[str, Any, str]) -> None:
    """The answer has come: this action is settled, those behind it follow."""
    act_, once, _ = contact.house.workspace.visit[place]
    before = contact.seen()
    contact.begin()
    result, value, why = answer
    if result == "done":
        answered(contact, act_, value, event.at)
    settle(contact, event.at, place, result, rule, why)
    spend(contact, place, once, result)
    visit(contact, event, place + 1)
    contact.settle(event.at, before)


def again(contact: Contact, postponed: Postponed, now: int) -> None:
    """The hour of a deferred send has come."""
    outcome = act(contact, postponed.act, now, None, str(postponed.place))
    if outcome.later is not None:
        postponed.due = outcome.later
        contact.postponed.append(postponed)
    else:
        settle(contact, now, postponed.place, outcome.result, postponed.rule, outcome.why)
        if outcome.result != "done":
            contact.spent.discard(postponed.place)  # spent by what was done only


def settle(contact: Contact, now: int, place: int, result: str, rule: str, why: str) -> None:
    note(contact, now, place, result, rule, why)
    if result == "failed":
        contact.tell("action.failed", now, action=contact.house.workspace.visit[place][0].kind)


def note(contact: Contact, now: int, place: int, result: str, rule: str, why: str = "") -> None:
    actions = contact.house.workspace.visit
    kind = actions[place][0].kind
    before = sum(1 for act_, _, _ in actions[:place] if act_.kind == kind)
    step = f"{kind}-{before + 1}" if before else kind
    contact.note(now, "action", PAGE, step, 0, result, rule, why)
