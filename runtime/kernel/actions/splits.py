"""Splits: which path a member takes. The path that a contact once took is kept for good (`state.paths`).

Where the paths are only drawn, by a hash of campaign, step and contact, that is decided here. Where contacts
decide together, the split's entity is asked (see `kernel.split`).
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import msgspec

from oncue.runtime.kernel.flow import trials
from oncue.runtime.kernel.letters import Answer, TakePath
from oncue.runtime.kernel.state import Member
from oncue.runtime.kernel.turn import Turn
from oncue.runtime.kernel.verdicts import Scene, Verdict, asking, failed
from oncue.schemas.actions import Path, SplitPaths, SplitTest, SplitUntil
from oncue.schemas.values import SCALE, parse_number

_encode = msgspec.json.Encoder().encode  # of a list of texts: no two lists look alike
_WHOLE = 100 * SCALE


def split_paths(turn: Turn, scene: Scene, action: SplitPaths) -> Verdict:
    """The path that was drawn for the contact at its first pass."""
    place = _place(scene)
    path = _named(action.paths, turn.state.paths.get(place))
    if path is None:
        path = draw(action.paths, scene, turn.state.key)
        turn.state.paths[place] = path.name
    return _taken(turn, scene, path)


def split_test(turn: Turn, scene: Scene, action: SplitTest) -> Verdict:
    """The path that the contact has; else the one drawn for it, or the winner: the split knows."""
    known = _named(action.paths, turn.state.paths.get(_place(scene)))
    if known is not None:
        return _taken(turn, scene, known)
    return _ask(turn, scene, draw(action.paths, scene, turn.state.key).name)


def split_until(turn: Turn, scene: Scene, action: SplitUntil) -> Verdict:
    """``after`` once the split has come to it, for good; till then it is asked at each pass."""
    if turn.state.paths.get(_place(scene)) == action.after.name:
        return _taken(turn, scene, action.after)
    return _ask(turn, scene, "")


def _ask(turn: Turn, scene: Scene, drawn: str) -> Verdict:
    """A contact is counted once: another stay of it that comes along meanwhile is not its first pass."""
    place = _place(scene)
    first = place not in turn.state.paths
    turn.state.paths.setdefault(place, "")
    entity = f"split/{_member(scene).flow}/{scene.step}"
    return asking(entity, lambda question: TakePath(question, drawn, first))


def take_path(turn: Turn, scene: Scene, action: SplitTest | SplitUntil, answer: Answer) -> Verdict:
    """Goes where the split says; the first path taken before it has decided is a trial."""
    until = isinstance(action, SplitUntil)
    paths = (action.before, action.after) if isinstance(action, SplitUntil) else action.paths
    place = _place(scene)
    before = turn.state.paths.get(place)
    path = None if until else _named(paths, before)  # another stay has its answer already
    path = path or _named(paths, answer.value)
    if path is None:
        return failed("the path is gone")
    turn.state.paths[place] = path.name
    if not before and "decided" not in answer.data:
        trials.begin(turn, _member(scene), scene.step, path.name)
    return _taken(turn, scene, path)


def draw(paths: Sequence[Path], scene: Scene, key: str) -> Path:
    """The path that the hash says: even, or each with its percentage, to the last digit."""
    digest = blake2b(_encode(("split", _member(scene).campaign, scene.step, key)), digest_size=8).digest()
    number = int.from_bytes(digest)
    if paths[0].percent is None:
        return paths[number * len(paths) >> 64]
    point = number * _WHOLE >> 64
    for path in paths:
        point -= parse_number(path.percent or "0") or 0
        if point < 0:
            return path
    return paths[-1]


def _taken(turn: Turn, scene: Scene, path: Path) -> Verdict:
    turn.count(scene.unit, scene.step, f"path:{path.name}")
    return Verdict(why=path.name, move="branch", to=path.first)


def _named(paths: Sequence[Path], name: str | None) -> Path | None:
    return next((path for path in paths if path.name == name), None)


def _place(scene: Scene) -> str:
    return f"{_member(scene).campaign}/{scene.step}"


def _member(scene: Scene) -> Member:
    if scene.member is None:
        raise TypeError(f"a flow step in {scene.unit}")  # the compiler lets none in
    return scene.member
