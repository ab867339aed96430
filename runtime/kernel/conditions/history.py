"""What a contact's state remembers of its events. Rules of this file:

The compiler derives from all conditions of a plan which parts of a contact's history somebody will ask
about: its *tracks*. An event enters every track whose type, asset, `where` and `since` fit; all others
forget it (the log keeps it). So a condition never queries a log, and a state stays as small as the plan
allows. An event marked `machine` enters none.

A track keeps up to three things, each only if some condition reads it.

- `state.counts[TRACK]`: how many events entered.
- `state.totals["TRACK.NAME"]`: running values over all events that entered, NAME as in `Track.totals`:

      first, last        instant: the smallest, the largest `at`
      sum:p              the exact sum; it may outgrow a number, which a condition reads as missing, and
                         come back, so the order in which events come never shows
      min:p, max:p       the smallest, the largest value
      first:p, last:p    [at, value] of the earliest, the latest event that has the property; among equal
                         instants of the one handled first, handled last

  An event without the property is passed over. A name without any event has no key.
- `state.rows[TRACK]`: ``[at, seq, *props]``, sorted by (at, seq); seq is the contact's input number when the
  event was handled, props the columns `Track.props`, None where missing. A late event is put in its place.

A row goes when no condition can see it any more: its `at` is `Track.keep` or more before now (the window
``(now - D, now]`` is open there, and now never goes back), no member of `Track.members` is inside who
entered at or before its `at`, and the track is not kept `forever`. That happens as the next event enters
the track, or in `prune`.

A track with a step lives in the member: it takes events of the message that the member's latest pass of that
step sent, and keeps all rows until the next pass begins (the flow drops them then).

`enter` changes the state it is given, which is the kernel's own fork: containers are changed, the lists in
them replaced, never changed.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from oncue.runtime.kernel.conditions.functions import CompiledCondition
from oncue.runtime.kernel.conditions.rows import totals_key
from oncue.runtime.kernel.conditions.until import NEVER
from oncue.runtime.kernel.inputs import Event
from oncue.runtime.kernel.state import ContactState, Row
from oncue.schemas.conditions import CondNode, Track
from oncue.schemas.values import Value

Compile = Callable[[CondNode], CompiledCondition]
Fold = Callable[[Any, Any], Any]  # what is kept, what comes -> what is kept

_ALWAYS = -NEVER  # a floor below every instant


def _earlier(kept: list[Any], new: list[Any]) -> list[Any]:
    return new if new[0] < kept[0] else kept


def _later(kept: list[Any], new: list[Any]) -> list[Any]:
    return new if new[0] >= kept[0] else kept


# of a running value over a property, by the name before the colon; those of DATED keep [at, value]
_FOLDS: dict[str, Fold] = {
    "sum": lambda kept, new: kept + new, "min": min, "max": max, "first": _earlier, "last": _later,
}  # fmt: skip
_DATED = frozenset(("first", "last"))


class _Recorder:
    """One track, ready to take events."""

    __slots__ = (
        "_counts", "_folds", "_forever", "_has_rows", "_instants", "_keep", "_members", "_props", "_since",
        "_where", "campaign", "id", "step",
    )  # fmt: skip

    def __init__(self, track: Track, compile_: Compile) -> None:
        self.id = track.id
        self.campaign = track.campaign
        self.step = track.step
        self._since = _ALWAYS if track.since is None else track.since
        self._where = None if track.where is None else compile_(track.where)
        self._counts = "count" in track.totals
        self._instants = tuple(
            (totals_key(track.id, name), fold)
            for name, fold in (("first", min), ("last", max))
            if name in track.totals
        )
        self._folds = tuple(_fold(track.id, name) for name in track.totals if ":" in name)
        self._has_rows = bool(track.keep or track.forever or track.members or track.step)
        self._props = track.props
        self._keep = track.keep
        self._forever = track.forever or track.step is not None
        self._members = frozenset(track.members)

    def record(self, state: ContactState, event: Event, now: int) -> bool:
        """Lets in an event of the track's type and asset, if it belongs there. True: something that
        conditions read has changed."""
        if not self.takes(state, event, now):
            return False
        changed = self._counts
        if changed:
            state.counts[self.id] = state.counts.get(self.id, 0) + 1
        if self._instants or self._folds:
            changed |= self._add(state.totals, event)
        if self._has_rows:
            floor = self.floor(state, now)
            if event.at >= floor:
                state.rows[self.id] = self.with_row(state.rows.get(self.id), event, state.seq, floor)
                changed = True
        return changed

    def takes(self, state: ContactState, event: Event, now: int) -> bool:
        """Whether an event of the track's type and asset belongs to it."""
        if event.at < self._since:
            return False
        return self._where is None or self._where.test(state, now, event.props, None)

    def with_row(self, rows: list[Row] | None, event: Event, seq: int, floor: int = _ALWAYS) -> list[Row]:
        """A new list: the rows from `floor` on, and the event's own in its place."""
        at = event.at
        row: Row = [at, seq]
        if self._props:
            row += map(event.props.get, self._props)
        if not rows:
            return [row]
        first: Any = rows[0][0]
        final: Any = rows[-1][0]
        start = bisect_left(rows, [floor]) if first < floor else 0
        if final <= at:
            return [*rows[start:], row]
        place = bisect_left(rows, [at + 1], start)
        return [*rows[start:place], row, *rows[place:]]

    def floor(self, state: ContactState, now: int) -> int:
        """The earliest `at` of a row that a condition may still see."""
        if self._forever:
            return _ALWAYS
        floor = now - self._keep + 1 if self._keep else NEVER
        if self._members:
            for member in state.members:
                if member.at < floor and member.campaign in self._members:
                    floor = member.at
            for trial in state.trials:
                past = trial.member
                if past is not None and past.at < floor and past.campaign in self._members:
                    floor = past.at
        return floor

    def _add(self, totals: dict[str, Any], event: Event) -> bool:
        at, changed = event.at, False
        for key, choose in self._instants:
            kept = totals.get(key)
            totals[key] = at if kept is None else choose(kept, at)
            changed = True
        for key, name, dated, fold in self._folds:
            new: Any = event.props.get(name)
            if new is not None:
                if dated:
                    new = [at, new]
                kept = totals.get(key)
                totals[key] = new if kept is None else fold(kept, new)
                changed = True
        return changed


def _fold(track: str, name: str) -> tuple[str, str, bool, Fold]:
    fn, _, prop = name.partition(":")
    return totals_key(track, name), prop, fn in _DATED, _FOLDS[fn]


class _Listening:
    """The tracks of one event type: of any asset, by asset, and by campaign those that live in members."""

    __slots__ = ("any", "by_asset", "by_campaign")

    def __init__(self, tracks: Iterable[Track], compile_: Compile) -> None:
        self.any: list[_Recorder] = []
        self.by_asset: dict[str, list[_Recorder]] = {}
        self.by_campaign: dict[str, list[tuple[str | None, _Recorder]]] = {}
        for track in tracks:
            recorder = _Recorder(track, compile_)
            if track.step is not None:
                self.by_campaign.setdefault(track.campaign or "", []).append((track.asset, recorder))
            elif track.asset is None:
                self.any.append(recorder)
            else:
                self.by_asset.setdefault(track.asset, []).append(recorder)


class History:
    """The tracks of a plan. `compile` makes a `where` ready to be asked. Costs nothing until events come;
    then each type's tracks are made ready once."""

    def __init__(self, tracks: Mapping[str, Track], compile: Compile) -> None:
        self._tracks = tracks
        self._compile = compile
        self._listening: dict[str, _Listening] = {}
        self._by_type: dict[str, list[Track]] = {}
        for track in tracks.values():
            self._by_type.setdefault(track.event, []).append(track)

    def enter(self, state: ContactState, event: Event, now: int) -> set[str]:
        """Lets an event into the history of a forked state; gives the ids of the tracks that changed.

        The event is handled as the contact's input number `state.seq`, at the instant `now`."""
        changed: set[str] = set()
        if event.machine or event.type not in self._by_type:
            return changed
        listening = self._listening.get(event.type) or self._listen(event.type)
        for recorder in listening.any:
            if recorder.record(state, event, now):
                changed.add(recorder.id)
        for asset in event.assets:
            for recorder in listening.by_asset.get(asset, ()):
                if recorder.record(state, event, now):
                    changed.add(recorder.id)
        if listening.by_campaign and event.message:
            self._enter_members(listening, state, event, now, changed)
        return changed

    def prune(self, state: ContactState, now: int) -> None:
        """Drops the rows of a forked state that no condition can see at `now` or later."""
        for track, rows in list(state.rows.items()):
            if track in self._tracks:
                floor = self._recorder(track).floor(state, now)
                start = bisect_left(rows, [floor])
                if start == len(rows):
                    del state.rows[track]
                elif start:
                    state.rows[track] = rows[start:]

    def unite(self, state: ContactState, other: ContactState) -> int:
        """Adds the history of `other`, who turned out to be the same person, to a forked state.

        Their inputs count as handled after the state's own, in their order: rows get `seq` numbers from there
        on, and so must members that are taken over. Gives the number to add."""
        shift = state.seq
        state.seq += other.seq
        for track, count in other.counts.items():
            state.counts[track] = state.counts.get(track, 0) + count
        self._unite_totals(state.totals, other.totals)
        for track, rows in other.rows.items():
            moved = [_renumbered(row, shift) for row in rows]
            state.rows[track] = sorted([*state.rows.get(track, []), *moved], key=_place)
        return shift

    def _unite_totals(self, totals: dict[str, Any], others: Mapping[str, Value | list[Any]]) -> None:
        for track in self._tracks.values():
            for name in track.totals:
                key = totals_key(track.id, name)
                if key in others:
                    fold = {"first": min, "last": max}.get(name) or _FOLDS[name.partition(":")[0]]
                    totals[key] = fold(totals[key], others[key]) if key in totals else others[key]

    def _enter_members(
        self, listening: _Listening, state: ContactState, event: Event, now: int, changed: set[str]
    ) -> None:
        stays = state.members
        if state.trials:
            stays = stays + [trial.member for trial in state.trials if trial.member is not None]
        for member in stays:
            for asset, recorder in listening.by_campaign.get(member.campaign, ()):
                if (
                    member.messages.get(recorder.step or "") == event.message
                    and (asset is None or asset in event.assets)
                    and recorder.takes(state, event, now)
                ):
                    rows = member.rows.get(recorder.id)
                    member.rows[recorder.id] = recorder.with_row(rows, event, state.seq)
                    changed.add(recorder.id)

    def _listen(self, type_: str) -> _Listening:
        listening = self._listening[type_] = _Listening(self._by_type[type_], self._compile)
        return listening

    def _recorder(self, track: str) -> _Recorder:
        return _Recorder(self._tracks[track], self._compile)


def _renumbered(row: list[Any], shift: int) -> Row:
    return [row[0], row[1] + shift, *row[2:]]


def _place(row: Row) -> tuple[Any, Any]:
    return row[0], row[1]
