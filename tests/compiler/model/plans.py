"""The workspaces under tests/golden/plans, and what may be said about any plan."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from oncue.compiler.pipeline import compile_files
from oncue.schemas.plan import Plan
from tests.compiler.golden_cases import cases, files_of

PLANS = cases("plans")
_EXAMPLES = Path(__file__).parents[3] / "examples"
TEXTS = {".yaml", ".md", ".html"}


def example(name: str) -> dict[str, bytes]:
    """The files of an example workspace."""
    root = _EXAMPLES / name
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.suffix in TEXTS and not any(part.startswith(".") for part in path.relative_to(root).parts)
    }


def workspaces() -> dict[str, dict[str, bytes]]:
    """Every workspace without errors that the tests have, by name."""
    found = {case.stem: files_of(case) for case in PLANS}
    return found | {name: example(name) for name in ("spec", "quickstart", "cdnow")}


def compiled(files: dict[str, bytes]) -> Plan:
    plan, diagnostics = compile_files(files)
    assert plan is not None, [each for each in diagnostics if each.severity == "error"]
    return plan


def positions(node: Any, names: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Everything in a plan's JSON that says where it was written, with the keys that lead there."""
    if isinstance(node, dict):
        if isinstance(node.get("at"), list):
            yield names, node
        for key, value in node.items():
            yield from positions(value, (*names, key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from positions(value, (*names, str(index)))


def without_positions(json: bytes) -> bytes:
    """The plan's JSON without positions and without the digest of the whole, which covers them."""
    whole = msgspec.json.decode(json)
    for _, node in list(positions(whole)):
        del node["at"]
    del whole["digest"], whole["files"]
    return msgspec.json.encode(whole, order="sorted")
