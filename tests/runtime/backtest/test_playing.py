"""A play does what a run does, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from oncue.runtime.backtest.beside import compared
from oncue.runtime.backtest.facts import KINDS, SEND, TAG, Fact, of_entry
from oncue.runtime.backtest.playing import play_files
from oncue.runtime.backtest.witness import Witness, read_note
from oncue.runtime.kernel.link import link
from oncue.runtime.stores.sqlite import SqliteStore
from oncue.runtime.views import reports
from oncue.schemas.audit import AuditEntry
from oncue.schemas.plan import Plan
from tests.runtime import mailroom, sales, shop

Lines = Sequence[dict[str, Any] | str]
WORKSPACES: dict[str, tuple[Callable[..., Plan], Callable[..., Lines]]] = {
    "shop": (shop.plan, lambda seed: shop.history(260, seed=seed)),
    "sales": (sales.plan, lambda seed: sales.history(160, seed=seed)),
    "mailroom": (mailroom.plan, lambda seed: mailroom.history(120, seed=seed)),
}
EDITS = (
    "wait: 2 days=>wait: 1 day",
    "at least 3 times in last 2 days=>at least 2 times in last 2 days",
    "default: hello=>default: again",
    "event.total > 20=>event.total > 60",
    "adjust_score: +10=>adjust_score: +30",
)


def facts_of_run(folder: Path, plan: Plan) -> Counter[Fact]:
    """A run's facts, from its audit and its outbox."""
    kind_of = link(plan).kind_of
    found: Counter[Fact] = Counter()
    for row in shop.audit(folder):
        entry = msgspec.convert(
            {name: row[name] for name in row if name not in ("at", "contact")}, AuditEntry
        )
        fact = of_entry(entry, kind_of)
        if fact is not None:
            found[fact] += 1
    store = SqliteStore(folder / "x.db", write=False)
    try:
        for row in store.outbox(shop.STATUSES):
            payload = msgspec.json.decode(row.payload or b"{}")
            named = {"email": "email", "site_message": "message", "audience": "audience"}.get(row.kind, "")
            name = payload.get(named, "")
            what = name if row.kind == "email" else f"{row.kind} {name}".rstrip()
            found[Fact(SEND, payload.get("unit", ""), payload.get("step", ""), what)] += 1
    finally:
        store.close()
    return found


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", WORKSPACES)
def test_a_play_sees_what_a_run_writes_down(name: str, seed: int, tmp_path: Path) -> None:
    plan, history = WORKSPACES[name][0](), WORKSPACES[name][1](seed)
    shop.replay(tmp_path, history, plan=plan)
    witness = Witness()
    played = play_files(plan, [tmp_path / "in.jsonl"], witness)
    store = SqliteStore(tmp_path / "x.db", write=False)
    try:
        counts, living = store.counts(), store.living()
    finally:
        store.close()
    assert {(unit, step, what): (value, at) for unit, step, what, value, at in played.totals} == counts
    assert played.contacts == living
    seen = Counter({fact: number for fact, number in witness.weeks[0].items() if fact.kind != TAG})
    assert seen == facts_of_run(tmp_path, plan)
    assert {fact.kind for fact in seen} <= set(KINDS)
    noted = Counter(fact for _, _, payload in witness.notes() for fact in read_note(payload).facts)
    assert noted == witness.weeks[0]


@pytest.mark.parametrize("name", WORKSPACES)
def test_a_plan_against_itself_differs_nowhere(name: str, tmp_path: Path) -> None:
    plan = WORKSPACES[name][0]()
    source = shop.write(tmp_path / "in.jsonl", WORKSPACES[name][1](7))
    found = compared(plan, plan, [source], samples=3)
    assert found.same
    assert (found.lines, found.samples) == ([], [])
    assert all(sums.old == sums.new and not sums.appears + sums.vanishes + sums.moves for sums in found.sums)


@pytest.mark.parametrize("edit", EDITS)
def test_sums_are_the_differences_of_the_two_reports(edit: str, tmp_path: Path) -> None:
    plans = (shop.plan(), shop.plan(shop=edit))
    for side, plan in zip("ab", plans, strict=True):
        shop.replay(tmp_path / side, shop.history(400, seed=3), plan=plan)
    old, new = (reports.report(tmp_path / side / "x.db") for side in "ab")
    found = compared(*plans, [tmp_path / "a/in.jsonl"])
    assert found.lines
    more = Counter[tuple[str, str, str]]()
    for line in found.lines:
        more[line.fact[:3]] += line.appears - line.vanishes + line.became - line.becomes
        assert line.new - line.old == line.appears - line.vanishes + line.became - line.becomes
    for before, after in zip(old.campaigns, new.campaigns, strict=True):
        unit = f"campaigns/{before.id}"
        assert more["entry", unit, ""] == after.entered - before.entered
        assert more["exit", unit, ""] == after.exited + after.ended - before.exited - before.ended
        refused = sum(after.refused.values()) - sum(before.refused.values())
        assert more["refusal", unit, ""] == refused
        for one, other in zip(before.steps, after.steps, strict=True):
            if one.kind == "send_email":
                done = [sum(by.get("done", 0) for by in step.results.values()) for step in (one, other)]
                assert more["send", unit, one.id] == done[1] - done[0]
    sends = next(sums for sums in found.sums if sums.kind == SEND)
    assert (sends.old, sends.new) == (sum(old.messages.values()), sum(new.messages.values()))


@pytest.mark.parametrize("edit", EDITS)
def test_the_other_way_round_is_the_mirror(edit: str, tmp_path: Path) -> None:
    source = shop.write(tmp_path / "in.jsonl", shop.history(300, seed=5))
    plans = (shop.plan(), shop.plan(shop=edit))
    there, back = compared(*plans, [source]), compared(*plans[::-1], [source])
    assert there.different == back.different
    assert (there.higher, there.lower) == (back.lower, back.higher)
    mirrored = {
        line.fact: (
            line.new, line.old, line.vanishes, line.appears, line.became, line.becomes, line.moves,
            line.contacts, None if line.latest is None else -line.latest,
            None if line.earliest is None else -line.earliest,
        )
        for line in back.lines
    }  # fmt: skip
    assert mirrored == {
        line.fact: (
            line.old, line.new, line.appears, line.vanishes, line.becomes, line.became, line.moves,
            line.contacts, line.earliest, line.latest,
        )
        for line in there.lines
    }  # fmt: skip


# --- what is left behind --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A history for which two processes are used."""
    return shop.write(tmp_path_factory.mktemp("large") / "in.jsonl", shop.history(16_000, people=2_000))


SCRIPT = """
import sys
from pathlib import Path
sys.path.insert(0, {root!r})
from oncue.runtime.backtest.beside import compared
from tests.runtime import shop
compared(shop.plan(), shop.plan(shop="wait: 2 days=>wait: 1 day"), [Path({source!r})], beside=True)
"""


def children(process: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_for(what: Callable[[], object]) -> None:
    end = time.monotonic() + 60
    while not what():
        assert time.monotonic() < end, "it takes more than a minute"
        time.sleep(0.02)


@pytest.mark.parametrize("after", [0.05, 0.8])
def test_a_kill_leaves_no_file_and_no_process(large: Path, tmp_path: Path, after: float) -> None:
    root = str(Path(__file__).parents[3])
    script = SCRIPT.format(root=root, source=str(large))
    places = {"TMPDIR": str(tmp_path), "SQLITE_TMPDIR": str(tmp_path)}
    process = subprocess.Popen(
        [sys.executable, "-c", script], env={**os.environ, **places}, stderr=subprocess.PIPE
    )
    wait_for(lambda: children(process.pid) or process.poll() is not None)
    (other,) = children(process.pid)
    time.sleep(after)
    process.send_signal(signal.SIGKILL)
    assert process.communicate(timeout=60)[1] == b""
    wait_for(lambda: not alive(other))
    assert list(tmp_path.iterdir()) == []


def test_two_processes_give_what_one_gives_and_no_file(
    large: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    plans = (shop.plan(), shop.plan(shop=EDITS[0]))
    assert compared(*plans, [large], samples=3) == compared(*plans, [large], samples=3, beside=False)
    assert list(tmp_path.iterdir()) == []
