"""What came of a workspace's tests."""

from __future__ import annotations

from typing import Any

from msgspec import Struct


class Place(Struct, frozen=True, gc=False):
    """Where in the YAML; an empty file: nowhere."""

    file: str = ""
    line: int = 0
    column: int = 0


class Traced(Struct, frozen=True):
    """One audit entry on the way to a failure. `at`: ISO 8601, UTC; `entry` as `oncue report --audit` shows
    it; `place`: the line that it comes from."""

    at: str
    contact: str
    entry: dict[str, Any]
    place: Place


class Failure(Struct, frozen=True):
    """`what`: the expectation's key, or what went wrong by itself."""

    place: Place
    what: str
    expected: str
    actual: str
    clock: str
    trace: tuple[Traced, ...] = ()


class Result(Struct, frozen=True):
    """One test. `seconds` it took. It has passed if nothing failed."""

    name: str
    place: Place
    failures: tuple[Failure, ...]
    seconds: float
    covered: frozenset[tuple[str, str, str]] = frozenset()

    @property
    def passed(self) -> bool:
        return not self.failures
