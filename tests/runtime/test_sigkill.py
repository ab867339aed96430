"""A run that is killed at any instant and started again ends as if nothing had happened."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

KILLING = Path(__file__).with_name("killing.py")


def kill(folder: Path, seed: int, kills: int, *more: str) -> None:
    made = subprocess.run(
        [sys.executable, KILLING, folder, str(seed), str(kills), *more],
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert made.returncode == 0, made.stderr


@pytest.mark.parametrize("seed", range(5))
def test_killed_ten_times_it_ends_with_the_same_state_audit_and_outbox(tmp_path: Path, seed: int) -> None:
    kill(tmp_path, seed, 10)


@pytest.mark.parametrize("seed", range(2))
def test_killed_in_the_middle_of_a_batch_it_ends_with_the_same_batches(tmp_path: Path, seed: int) -> None:
    kill(tmp_path, seed, 8, "lists")


@pytest.mark.parametrize("seed", range(2))
def test_killed_while_a_changed_plan_takes_effect_the_database_is_by_the_old_or_the_new_one(
    tmp_path: Path, seed: int
) -> None:
    kill(tmp_path, seed, 8, "change")


@pytest.mark.parametrize("seed", range(2))
def test_killed_between_scenarios_it_ends_with_the_same_responses(tmp_path: Path, seed: int) -> None:
    kill(tmp_path, seed, 8, "funnel")


@pytest.mark.soak
def test_killed_a_thousand_times_it_ends_with_the_same_state_audit_and_outbox(tmp_path: Path) -> None:
    kill(tmp_path, 77, 1_000)
