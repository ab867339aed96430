"""CDNOW under two plans: what differs, counted once more from the independent script.

The script computes every customer's facts under both; here they are compared by what is the same at the same
instant, which needs none of the rules by which oncue tells what moved.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from oncue.compiler import workspace
from oncue.runtime.backtest.beside import compared
from oncue.runtime.backtest.comparison import Comparison
from oncue.schemas.plan import Plan
from tests.examples import cdnow_oracle as oracle

EXAMPLE = Path(__file__).parents[2] / "examples/cdnow"
PURCHASES = EXAMPLE / "data/purchases.csv.gz"
CUSTOMERS = 1_500


class Tighter(oracle.Customer):
    """Nobody is a VIP below a thousand dollars."""

    def spent(self, now: object) -> object:
        spent = super().spent(now)  # type: ignore[arg-type]
        return spent if spent > 1000 else min(spent, 250)


EDITS = {
    "a shorter wait": ("wait: 14 days", "wait: 7 days"),
    "a tighter condition": ("days) > 250", "days) > 1000"),
    "another email": ("default: coupon", "default: reminder"),
}


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Events and rows of the first customers of the file."""
    folder = tmp_path_factory.mktemp("cdnow")
    files = []
    chosen = set(list(oracle.read(PURCHASES))[:CUSTOMERS])
    for name, key in (("events", "contact"), ("contacts", "id")):
        done = subprocess.run(
            [sys.executable, str(EXAMPLE / f"{name}.py")], capture_output=True, text=True, check=True
        )
        lines = [line for line in done.stdout.splitlines() if line.split(f'"{key}": "')[1][:5] in chosen]
        files.append(folder / f"{name}.jsonl")
        files[-1].write_text("\n".join(lines) + "\n")
    return files


@pytest.fixture(scope="module")
def plan() -> Plan:
    return compiled(EXAMPLE)


def compiled(folder: Path) -> Plan:
    found = workspace.check(folder, cache=False).plan
    assert found is not None
    return found


@pytest.fixture(params=EDITS)
def edit(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def edited(edit: str, tmp_path: Path) -> Plan:
    folder = tmp_path / "edited"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns(".oncue", "data", "tests.yaml"))
    before, after = EDITS[edit]
    for file in folder.glob("*.yaml"):
        file.write_text(file.read_text().replace(before, after))
    return compiled(folder)


def facts(edit: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[oracle.Fact]]:
    """What the script computes of the edited plan."""
    if edit == "a shorter wait":
        monkeypatch.setattr(oracle, "WAIT", timedelta(days=7))
    if edit == "a tighter condition":
        monkeypatch.setattr(oracle, "Customer", Tighter)
    found = oracle.expected(PURCHASES, CUSTOMERS)
    if edit == "another email":
        found = {name: [swapped(fact) for fact in facts] for name, facts in found.items()}
    return found


def swapped(fact: oracle.Fact) -> oracle.Fact:
    return fact._replace(email="reminder") if fact.step == "offer" and fact.email == "coupon" else fact


Counted = Counter[tuple[object, ...]]


def behaviour(facts: list[oracle.Fact]) -> Counted:
    """A customer's facts as a replay counts them: what, where, what of it, when."""
    return Counter(each for fact in facts for each in _told(fact))


def _told(fact: oracle.Fact) -> Iterator[tuple[object, ...]]:
    micros = int(fact.at.timestamp()) * 1_000_000
    match fact.what:
        case "action" if fact.email:
            yield "send", fact.unit, fact.step, fact.email, micros
        case "action" if fact.result != "pending":
            yield (
                "step",
                fact.unit,
                fact.step,
                f"{fact.result}: {fact.why}" if fact.why else fact.result,
                micros,
            )
            if fact.step == "add_tag":
                yield "tag", "tags/vip", "", "added", micros
        case "campaign.entered":
            yield "entry", fact.unit, "", "", micros
        case "campaign.refused":
            yield "refusal", fact.unit, "", fact.why, micros
        case "campaign.exited" | "campaign.ended":
            yield "exit", fact.unit, "", fact.why, micros
        case "segment.entered" | "segment.left":
            yield "segment", fact.unit, "", fact.what.partition(".")[2], micros
        case "subscription":
            yield "subscription", fact.unit, "", "subscribed (email)", micros


def by_customer(found: Comparison) -> tuple[dict[str, Counted], dict[str, Counted]]:
    """What is gone and what has come, by oncue: each customer's facts with their instants."""
    gone: dict[str, Counted] = {}
    come: dict[str, Counted] = {}
    for sample in found.samples:
        for each in sample.differences:
            for side, counts in ((each.old, gone), (each.new, come)):
                if side is not None:
                    counts.setdefault(sample.contact.removeprefix("id:"), Counter())[(*side[0], side[1])] += 1
    return gone, come


def test_every_customers_differences_are_those_that_plain_python_finds(
    plan: Plan, edited: Plan, edit: str, history: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = compared(plan, edited, history, samples=CUSTOMERS, beside=False)
    before, after = oracle.expected(PURCHASES, CUSTOMERS), facts(edit, monkeypatch)
    gone: dict[str, Counted] = {}
    come: dict[str, Counted] = {}
    for name in before:
        old, new = behaviour(before[name]), behaviour(after[name])
        gone |= {name: old - new} if old - new else {}
        come |= {name: new - old} if new - old else {}
    assert gone or come
    assert by_customer(found) == (gone, come)
    assert found.different == len(gone.keys() | come.keys())


def test_the_sums_are_those_of_the_two_plays(
    plan: Plan, edited: Plan, edit: str, history: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = compared(plan, edited, history, beside=False)
    counts = [
        Counter(each[:4] for told in given.values() for each in behaviour(told).elements())
        for given in (oracle.expected(PURCHASES, CUSTOMERS), facts(edit, monkeypatch))
    ]
    for line in found.lines:
        assert (line.old, line.new) == (counts[0][line.fact], counts[1][line.fact])
        assert line.new == line.old + line.appears - line.vanishes + line.became - line.becomes
    kinds = [Counter(each[0] for each in count.elements()) for count in counts]
    assert {sums.kind: (sums.old, sums.new) for sums in found.sums} == {
        kind: (kinds[0][kind], kinds[1][kind]) for kind in kinds[0] | kinds[1]
    }


def test_a_shorter_wait_moves_coupons_by_just_that(plan: Plan, history: list[Path], tmp_path: Path) -> None:
    folder = tmp_path / "edited"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns(".oncue", "data", "tests.yaml"))
    file = folder / "campaigns.yaml"
    file.write_text(file.read_text().replace("14 days", "7 days"))
    found = compared(plan, compiled(folder), history, beside=False)
    (coupons,) = [line for line in found.lines if line.fact.what == "coupon-vip"]
    week = 7 * 86_400 * 1_000_000
    assert coupons.moves
    assert (coupons.earliest, coupons.latest) == (-week, -week)


def test_two_processes_find_what_one_finds(plan: Plan, edited: Plan, history: list[Path]) -> None:
    assert compared(plan, edited, history, samples=5, beside=True) == compared(
        plan, edited, history, samples=5, beside=False
    )
