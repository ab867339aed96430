"""What `oncue why` answers. Instants are ISO 8601, UTC; places are ``FILE:LINE:COLUMN``; texts are for
people, with instants in the project's time zone."""

from __future__ import annotations

from msgspec import Struct


class Part(Struct, frozen=True):
    """A condition, or a part of one, as it was at an instant. `saw`: the values that it looked at. `parts`:
    of an `and`, an `or`, a negation of one, or a segment, whose condition stands at `place`."""

    text: str
    holds: bool
    saw: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    place: str = ""


class Finding(Struct, frozen=True):
    """One fact of a story. `what`: its kind (see docs/why.md). `condition`: what decided."""

    what: str
    text: str
    at: str = ""
    place: str = ""
    condition: Part | None = None


class Story(Struct, frozen=True):
    """How it came about once, or (`did` False) how far it came on one of its ways. `title`: which way, or
    which time; the last finding of what did not happen is what stood in the way."""

    title: str
    did: bool
    findings: tuple[Finding, ...] = ()
    place: str = ""


class Answer(Struct, frozen=True):
    """`asked`: the question, such as ``email invite-vip``. `known` False: the log does not reach; `text` says
    why."""

    contact: str
    asked: str
    at: str
    did: bool
    text: str
    stories: tuple[Story, ...] = ()
    known: bool = True
