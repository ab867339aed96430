"""Sorting a replay's input in bounded memory."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncue.runtime.reading import sorting
from oncue.runtime.reading.sorting import Record, sort


@given(st.lists(st.integers(-5, 5), max_size=60), st.sampled_from([200, 700, 1 << 20]))
def test_it_is_the_stable_sort(instants: list[int], chunk: int) -> None:
    records = [(at, order, b"%d" % order) for order, at in enumerate(instants)]
    assert list(sort(records, chunk_bytes=chunk)) == sorted(records, key=lambda record: record[0])


def test_many_runs_are_merged_in_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sorting, "FAN_IN", 3)
    records = [(at * 7919 % 1000, at, b"x") for at in range(1000)]
    assert list(sort(records, chunk_bytes=2_000)) == sorted(records)


def test_memory_stays_bounded_and_the_disk_is_left_clean(tmp_path: Path) -> None:
    def records() -> Iterator[Record]:
        for order in range(60_000):
            yield order * 7919 % 60_000, order, b"x" * 200

    tracemalloc.start()
    found = sort(records(), chunk_bytes=1 << 20, folder=tmp_path)
    assert next(found)[0] == 0
    assert list(tmp_path.iterdir()) == [], "a killed run leaves nothing either"
    assert [at for at, _, _ in found] == list(range(1, 60_000))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 12 << 20, "60,000 records take more than 20 MB"
    assert list(tmp_path.iterdir()) == []
