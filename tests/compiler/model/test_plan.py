"""The plan is what the workspace says: golden by golden, byte by byte, line by line."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from oncue.compiler.pipeline import compile_files, plan_json
from oncue.schemas.plan import Plan
from tests.compiler.golden_cases import files_of
from tests.compiler.model.plans import PLANS, compiled, positions, without_positions, workspaces

WORKSPACES = workspaces()


@pytest.mark.parametrize("case", PLANS, ids=lambda case: case.stem)
def test_a_workspace_compiles_to_its_golden_plan(case: Path, rewrite: bool) -> None:
    json = msgspec.json.format(plan_json(compiled(files_of(case))), indent=1) + b"\n"
    golden = case.with_suffix(".json")
    if rewrite:
        golden.write_bytes(json)
    assert json.decode() == golden.read_text("utf-8")


@pytest.mark.parametrize("case", PLANS, ids=lambda case: case.stem)
def test_a_golden_workspace_has_no_error_and_no_warning(case: Path) -> None:
    _, diagnostics = compile_files(files_of(case))
    assert [each for each in diagnostics if each.severity != "note"] == []


@pytest.mark.parametrize("name", WORKSPACES)
def test_the_plan_reads_back_as_it_was_written(name: str) -> None:
    plan = compiled(WORKSPACES[name])
    json = plan_json(plan)
    assert msgspec.json.decode(json, type=Plan) == plan
    assert plan_json(msgspec.json.decode(json, type=Plan)) == json
    assert json.endswith(b"}\n")


@pytest.mark.parametrize("name", WORKSPACES)
def test_the_plan_does_not_depend_on_the_order_of_files(name: str) -> None:
    files = WORKSPACES[name]
    expected = plan_json(compiled(files))
    for seed in range(3):
        shuffled = list(files.items())
        random.Random(seed).shuffle(shuffled)
        assert plan_json(compiled(dict(shuffled))) == expected


@pytest.mark.parametrize("name", WORKSPACES)
def test_the_order_of_keys_changes_positions_and_nothing_else(name: str) -> None:
    """Keys and definitions are shuffled, the items of lists are not: their order means something."""
    files = WORKSPACES[name]
    expected = without_positions(plan_json(compiled(files)))
    for seed in range(3):
        mixed = {path: _shuffled(path, data, seed) for path, data in files.items()}
        assert without_positions(plan_json(compiled(mixed))) == expected


def _shuffled(path: str, data: bytes, seed: int) -> bytes:
    if not path.endswith(".yaml"):
        return data
    chance = random.Random(seed)
    root = yaml.compose(data.decode(), Loader=yaml.SafeLoader)
    _mix(root, chance)
    return yaml.serialize(root, allow_unicode=True, width=10_000).encode()


def _mix(node: Any, chance: random.Random, ordered: bool = False) -> None:
    """The paths of a split are in an order: the first of equals wins a test. So are a campaign's statuses."""
    if isinstance(node, yaml.MappingNode):
        if not ordered:
            chance.shuffle(node.value)
        for key, value in node.value:
            _mix(value, chance, ordered=key.value in ("paths", "statuses"))
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _mix(item, chance)


@pytest.mark.parametrize("name", WORKSPACES)
def test_every_position_leads_to_a_line_that_shows_what_stands_there(name: str) -> None:
    files = WORKSPACES[name]
    plan = compiled(files)
    document = msgspec.json.decode(plan_json(plan))
    seen = 0
    for names, node in positions(document):
        file, line, column = node["at"]
        text = files[plan.files[file]].decode().splitlines()[line - 1][column - 1 :]
        for word in _shown(names, node, document):
            assert text.strip("\"'").startswith(word), (names, word, text)
        seen += 1
    assert seen > 5


_NAMED = ("emails", "segments", "campaigns", "lists", "users", "teams", "reactivation_scenarios")


def _shown(names: tuple[str, ...], node: dict[str, Any], document: dict[str, Any]) -> list[str]:
    """What the line of a unit, step, trigger or condition must begin with, from its column on."""
    if "condition" in node and names[-1] != "condition" and names[0] != "segments":
        return []  # a condition: see below
    if "kind" in node:
        return [node["id"] if names[0] == "reactivation_scenarios" else node["kind"]]
    if isinstance(node.get("on"), str):
        return [{"segment": "", "tag": "", "field": "field_changed"}.get(node["on"], "")]
    if names[0] in _NAMED and len(names) == 2:
        return [names[1]]
    if names[0] == "assets" and len(names) == 3:
        return [names[2]]
    if names[-2:-1] == ("behaviours",):
        return [f"on_{names[-1]}"]
    return []


@pytest.mark.parametrize("name", WORKSPACES)
def test_every_condition_stands_at_its_position(name: str) -> None:
    """Canonical texts differ from written ones in spaces, quotes and small words only: the first word of
    the line is one of the condition's."""
    files = WORKSPACES[name]
    plan = compiled(files)
    document = msgspec.json.decode(plan_json(plan))
    for _, node in positions(document):
        if "condition" in node and isinstance(node["condition"], str):
            file, line, column = node["at"]
            text = files[plan.files[file]].decode().splitlines()[line - 1][column - 1 :]
            first = re.findall(r"\w+", text)[0]
            assert first in re.findall(r"\w+", plan.conditions[node["condition"]].text)


def test_equal_conditions_are_one_entry() -> None:
    files = {
        "oncue.yaml": b"project: acme\ntimezone: UTC\n",
        "a.yaml": b'segments: {a: score >= 50, b: "(score  >=  50)", c: {all: [score >= 50]}}\n',
    }
    plan = compiled(files)
    assert len(plan.conditions) == 1
    assert {each.condition.condition for each in plan.segments.values()} == set(plan.conditions)


def test_a_unit_keeps_its_digest_when_only_lines_move() -> None:
    files = WORKSPACES["flow"]
    moved = {**files, "campaigns.yaml": b"# one more line\n" + files["campaigns.yaml"]}
    before, after = compiled(files), compiled(moved)
    assert before.campaigns["nurture"].at != after.campaigns["nurture"].at
    assert before.campaigns["nurture"].digest == after.campaigns["nurture"].digest
    assert before.digest != after.digest


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"wait: 3 days", b"wait: 4 days"),
        (b"add_tag: opened", b"add_tag: seen"),
        (b"score >= 90", b"score >= 91"),
    ],
)
def test_a_changed_meaning_changes_the_digest_of_its_unit_only(old: bytes, new: bytes) -> None:
    files = WORKSPACES["flow"]
    changed = {**files, "campaigns.yaml": files["campaigns.yaml"].replace(old, new)}
    before, after = compiled(files), compiled(changed)
    assert before.campaigns["nurture"].digest != after.campaigns["nurture"].digest
    assert before.emails["hello"].digest == after.emails["hello"].digest


def test_a_changed_body_changes_the_email() -> None:
    files = WORKSPACES["flow"]
    changed = compiled({**files, "hello.html": b"<p>Good day</p>\n"})
    assert changed.emails["hello"].digest != compiled(files).emails["hello"].digest
    assert changed.emails["hello"].body == "<p>Good day</p>\n"
