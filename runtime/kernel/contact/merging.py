"""Two contacts that turn out to be one person: what becomes of each part of their states.

The survivor's values win and gaps are filled; tags, history, marks and sends are united; the larger score;
suppression and unsubscribes win; of two stays in one campaign the older goes on. The other's inputs count as
handled after the survivor's (see `History.unite`). Deals stand in the order of their making, the other's
numbered after the survivor's; tasks hear that their contact is another now; conversions add up; of a split
that both have passed, the survivor's path counts; deferred actions go on. The account is a field like any
other: the survivor's wins, and the host strikes the other contact off every roster.
"""

from __future__ import annotations

from copy import copy as shallow

import msgspec

from oncue.runtime.kernel.contact import changes
from oncue.runtime.kernel.flow.removal import remove
from oncue.runtime.kernel.funnel.carrying import forget
from oncue.runtime.kernel.funnel.carrying import unite as unite_funnels
from oncue.runtime.kernel.letters import ForgetTask, Leave, MoveTask
from oncue.runtime.kernel.state import ContactState, Member, Trial, fork_member
from oncue.runtime.kernel.turn import Turn

_STRENGTH = {"pending": 0, "subscribed": 1, "unsubscribed": 2}


def unite(turn: Turn, other: ContactState) -> None:
    """Takes everything of `other` into the turn's contact."""
    state = turn.state
    shift = turn.program.history.unite(state, other)
    turn.touched.update(f"track:{track}" for track in _tracks(other))
    _fields(turn, other)
    for tag in sorted(other.tags):
        changes.add_tag(turn, tag)
    _consent(turn, other)
    _marks(state, other)
    _sends(state, other)
    unite_funnels(turn, other)
    _deals(turn, other)
    _tasks(turn, other)
    _splits(state, other, shift)
    _errands(turn, other)
    _stays(turn, other, shift)
    for segment in sorted(other.segments):
        turn.count(f"segments/{segment}", "", "exited")  # there is one contact less


def farewell(turn: Turn) -> None:
    """What a contact that is erased leaves behind elsewhere: its account knows it no more, and its tasks,
    done or not, keep neither title nor note. All else about it stands in its own state, log and effects."""
    account = turn.state.fields.get("account")
    if account is not None:
        turn.post(f"account/{account}", Leave())
    for key in turn.state.tasks:
        turn.post(f"task/{key}", ForgetTask())
    if turn.state.funnel is not None:
        forget(turn)


def _tracks(state: ContactState) -> set[str]:
    return {*state.counts, *state.rows, *(name.partition(".")[0] for name in state.totals)}


def _fields(turn: Turn, other: ContactState) -> None:
    state = turn.state
    for name, value in other.fields.items():
        if name not in state.fields:
            changes.set_field(turn, name, value, other.shown.get(name))
    mine, theirs = state.fields.get("score", 0), other.fields.get("score", 0)
    if isinstance(mine, int) and isinstance(theirs, int) and theirs > mine:
        changes.set_field(turn, "score", theirs)
    state.anonymous_ids = list(dict.fromkeys([*state.anonymous_ids, *other.anonymous_ids]))


def _consent(turn: Turn, other: ContactState) -> None:
    """The stronger status of each channel: unsubscribed, then subscribed, then pending."""
    if other.suppressed:
        changes.suppress(turn, other.suppressed)
    for name, theirs in other.subscriptions.items():
        for channel, status in theirs.items():
            mine = turn.state.subscriptions.get(name, {}).get(channel)
            if mine is None or _STRENGTH[status] > _STRENGTH[mine]:
                changes.subscribe(turn, name, (channel,), status)


def _marks(state: ContactState, other: ContactState) -> None:
    state.once = state.once | other.once
    state.opened = state.opened | other.opened
    state.entered_by = state.entered_by | other.entered_by
    if state.fields.get("email") == other.fields.get("email"):  # else they are another address's
        for kind, number in other.bounces.items():
            state.bounces[kind] = state.bounces.get(kind, 0) + number


def _sends(state: ContactState, other: ContactState) -> None:
    for key, sent in other.sent.items():
        entry = sent.entry + state.entered.get(sent.campaign, 0) if sent.campaign else 0
        state.sent.setdefault(key, msgspec.structs.replace(sent, entry=entry))
    state.sent = dict(sorted(state.sent.items(), key=lambda item: item[1].at))
    _shelf(state, other)
    state.alerted = max(state.alerted, other.alerted)
    for email, key in other.latest.items():
        mine = state.latest.get(email)
        if mine is None or state.sent[mine].at < other.sent[key].at:
            state.latest[email] = key


def _shelf(state: ContactState, other: ContactState) -> None:
    """Site messages that nobody has seen, in the order in which they were sent."""
    shelf = state.site_messages.copy()
    for shelved in other.site_messages:
        entry = state.sent[shelved.key].entry
        shelf.append(msgspec.structs.replace(shelved, entry=entry))
        if shelved.expires is not None:
            state.due[f"site/{shelved.key}"] = shelved.expires
    state.site_messages = sorted(shelf, key=lambda shelved: shelved.at)


def _deals(turn: Turn, other: ContactState) -> None:
    """One list in the order of their making; conversions add up."""
    state = turn.state
    deals = state.deals.copy()
    for deal in other.deals:
        copy = shallow(deal)
        copy.id = str(state.deals_made + int(deal.id))
        copy.entry += state.entered.get(deal.campaign, 0) if deal.campaign else 0
        deals.append(copy)
    state.deals_made += other.deals_made
    if other.deals:
        state.deals = sorted(deals, key=lambda deal: deal.at)
        turn.touched.add("deal")
    sums = state.conversions.copy()
    for name, number in other.conversions.items():
        sums[name] = sums.get(name, 0) + number
    state.conversions = sums


def _tasks(turn: Turn, other: ContactState) -> None:
    turn.state.tasks = {**turn.state.tasks, **other.tasks}
    for key in other.tasks:
        turn.post(f"task/{key}", MoveTask(turn.state.key))


def _splits(state: ContactState, other: ContactState, shift: int) -> None:
    """Paths stay for good; who has not matched yet goes on being judged by the stay that took the path."""
    taken = state.paths.copy()
    state.paths = {**other.paths, **taken}
    for trial in other.trials:
        if f"{trial.campaign}/{trial.step}" not in taken:
            past = None if trial.member is None else _moved(state, trial.member, shift)
            order = trial.order + state.entries
            state.trials.append(Trial(trial.campaign, trial.step, trial.path, order, past))


def _errands(turn: Turn, other: ContactState) -> None:
    """What is not over yet goes on, as the survivor's."""
    for errand in other.errands:
        id_ = errand.id if errand.after else turn.new_id()
        turn.state.errands = [*turn.state.errands, msgspec.structs.replace(errand, id=id_)]


def _stays(turn: Turn, other: ContactState, shift: int) -> None:
    """Takes the other's stays over, numbered after the survivor's own; of two in one place the younger
    ends."""
    state, program = turn.state, turn.program
    moved = [_moved(state, member, shift) for member in other.members]
    everybody = sorted([*state.members, *moved], key=lambda member: (member.at, member.order))
    state.members = everybody
    state.entries += other.entries
    for campaign, number in other.entered.items():
        state.entered[campaign] = state.entered.get(campaign, 0) + number
    places: set[tuple[str, str]] = set()
    for member in everybody:
        place = (member.campaign, member.key)
        if place in places:
            remove(turn, program.campaign(member.flow), member, "campaign.ended", "merged")
        places.add(place)
        turn.touched.add(f"campaign:{member.campaign}")


def _moved(state: ContactState, member: Member, shift: int) -> Member:
    copy = fork_member(member)
    copy.entry += state.entered.get(member.campaign, 0)
    copy.order += state.entries
    copy.seq += shift
    copy.rows = {
        track: [[row[0], _number(row[1]) + shift, *row[2:]] for row in rows]
        for track, rows in copy.rows.items()
    }
    return copy


def _number(cell: object) -> int:
    return cell if isinstance(cell, int) else 0
