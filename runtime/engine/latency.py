"""How long things took, as a histogram of bounded size: exact below 128 microseconds, within 1 % above."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

_EXACT = 128
_SHIFT = 6  # 64 buckets to each doubling


class Latency(Struct, frozen=True):
    """Percentiles in microseconds; `number` hand-overs."""

    number: int = 0
    p50: int = 0
    p95: int = 0
    p99: int = 0
    max: int = 0


def bucket(micros: int) -> int:
    """The bucket of a duration; below zero counts as zero."""
    micros = max(micros, 0)
    if micros < _EXACT:
        return micros
    doublings = micros.bit_length() - _SHIFT - 1
    return (doublings << _SHIFT) + (micros >> doublings)


def upper(number: int) -> int:
    """The longest duration that a bucket holds."""
    if number < _EXACT:
        return number
    doublings = (number >> _SHIFT) - 1
    return ((number - (doublings << _SHIFT) + 1) << doublings) - 1


def summarise(buckets: Mapping[int, int]) -> Latency:
    """Percentiles of a histogram: the shortest duration that so many do not exceed."""
    total = sum(buckets.values())
    if not total:
        return Latency()
    marks = {share: -(-total * share // 1000) for share in (500, 950, 990, 1000)}
    found: dict[int, int] = {}
    seen = 0
    for number in sorted(buckets):
        seen += buckets[number]
        for share, mark in marks.items():
            if share not in found and seen >= mark:
                found[share] = upper(number)
    return Latency(total, found[500], found[950], found[990], found[1000])
