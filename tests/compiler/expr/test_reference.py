"""The language's reference (docs/conditions.md): every example is what it says it is."""

from __future__ import annotations

import msgspec
import pytest

from oncue.compiler.expr.catalog import Place
from oncue.compiler.expr.compile import compile_condition
from tests.compiler.expr.workspace import CATALOG, PLACES
from tests.doc_blocks import ROOT, blocks

REFERENCE = ROOT / "docs/conditions.md"
CAMPAIGN = msgspec.structs.replace(PLACES["campaign"], steps={"invite": frozenset({"invite"})})


def examples() -> list[tuple[str, tuple[str, ...]]]:
    found = blocks(REFERENCE, "condition")
    return [(line, block.attributes) for block in found for line in block.text.splitlines()]


def place(attributes: tuple[str, ...]) -> Place:
    if "campaign" in attributes:
        return CAMPAIGN
    return PLACES["trigger" if "trigger" in attributes else "segment"]


@pytest.mark.parametrize(("text", "attributes"), examples())
def test_an_example_is_what_the_reference_says(text: str, attributes: tuple[str, ...]) -> None:
    compiled, issues = compile_condition(text, CATALOG, place(attributes))
    if "wrong" in attributes:
        assert compiled is None
        assert issues[0].hint
        return
    assert compiled is not None, issues
    assert issues == ()
    if "typed" not in attributes:
        assert compiled.text == text


def test_the_reference_shows_the_whole_language() -> None:
    """Every node that the compiler can make is made by some example."""
    nodes = ""
    for text, attributes in examples():
        compiled, _ = compile_condition(text, CATALOG, place(attributes))
        nodes += msgspec.json.encode(compiled).decode()
    for op in [
        "lit",
        "field",
        "owned",
        "prop",
        "day",
        "day_of",
        "now",
        "arith",
        "agg",
        "and",
        "or",
        "not",
        "cmp",
        "in",
        "text",
        "is_set",
        "has",
        "tagged",
        "subscribed",
        "in_segment",
        "in_campaign",
        "within",
        "older_than",
        "now_between",
    ]:
        assert f'"op":"{op}"' in nodes
    for part in ("last", "start", "since_day", "count", "sum", "min", "max", "first", "contains", "matches"):
        assert f'"{part}"' in nodes
