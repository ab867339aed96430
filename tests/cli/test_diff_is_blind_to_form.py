"""oncue diff is about what a plan means: however a workspace is written, nothing differs."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

import pytest
import yaml

from oncue.cli.comparing import plans
from oncue.compiler.pipeline import compile_files, plan_json
from tests.compiler.model.plans import compiled, without_positions, workspaces

SETTINGS = "oncue.yaml"
WORKSPACES = workspaces()


def rewritten(files: dict[str, bytes], dice: random.Random) -> dict[str, bytes]:
    """The same workspace, written otherwise: each kind in a file of its own, ids and keys of definitions in
    any order, other styles, comments and empty lines."""
    found = {path: data for path, data in files.items() if not path.endswith(".yaml")}
    for path in sorted(path for path in files if path.endswith(".yaml")):
        root = yaml.compose(files[path], Loader=yaml.BaseLoader)
        for number, pair in enumerate(root.value if root is not None else ()):
            _restyle(pair[1], dice, depth=0)
            name = (
                SETTINGS if path == SETTINGS else f"{dice.randrange(10**6)}-{number}-{path.replace('/', '-')}"
            )
            found[name] = found.get(name, b"") + _written(pair, dice)
    return found


def _restyle(node: yaml.Node, dice: random.Random, depth: int) -> None:
    """Ids and the keys of definitions change places; so deep nothing depends on their order."""
    if isinstance(node, yaml.MappingNode):
        if depth < 2:
            dice.shuffle(node.value)
        node.flow_style = node.flow_style and dice.random() < 0.5
        for _, value in node.value:
            _restyle(value, dice, depth + 1)
    elif isinstance(node, yaml.SequenceNode):
        node.flow_style = node.flow_style and dice.random() < 0.5
        for value in node.value:
            _restyle(value, dice, depth + 1)


def _written(pair: tuple[yaml.Node, yaml.Node], dice: random.Random) -> bytes:
    whole = yaml.MappingNode("tag:yaml.org,2002:map", [pair], flow_style=False)
    text = yaml.serialize(whole, Dumper=yaml.BaseDumper, width=10_000, allow_unicode=True)
    lines = "\n" * dice.randrange(3) + "# Nobody reads this.\n" * dice.randrange(3)
    return (lines + text).encode()


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", sorted(WORKSPACES))
def test_how_a_workspace_is_written_is_no_difference(name: str, seed: int) -> None:
    files = WORKSPACES[name]
    other = rewritten(files, random.Random(seed))
    assert other.keys() != files.keys() or len(files) == 1
    old, new = compiled(files), compiled(other)
    assert old.files != new.files or old.digest != new.digest or len(files) == 1
    assert plans.compare(old, new) == []
    assert plans.compare(new, old) == []


NUMBER = re.compile(rb"(?<![\w#])[0-9]+(?![\w#])|(?<!was: )(?<=: )[a-z]{4,}$", re.M)


def altered(files: dict[str, bytes], dice: random.Random) -> Iterator[dict[str, bytes]]:
    """The workspace with one number or word changed, as many as can be had."""
    for path in sorted(path for path in files if path.endswith(".yaml")):
        spots = list(NUMBER.finditer(files[path]))
        for spot in dice.sample(spots, min(len(spots), 12)):
            found = spot.group()
            other = b"%d" % (int(found) + 1) if found.isdigit() else found + b"s"
            yield {**files, path: files[path][: spot.start()] + other + files[path][spot.end() :]}


@pytest.mark.parametrize("name", sorted(WORKSPACES))
def test_what_changes_the_meaning_is_a_difference(name: str) -> None:
    files = WORKSPACES[name]
    old, told = compiled(files), 0
    for other in altered(files, random.Random(7)):
        new, _ = compile_files(other)
        if new is None:
            continue
        means = without_positions(plan_json(old)) != without_positions(plan_json(new))
        assert bool(plans.compare(old, new)) == means, other
        told += means
    assert told
