"""Checking a workspace of 5,000 automations, cold and unchanged, against composing its YAML with the C loader
alone, in one process. Checking forks others, and gains only where a second core is free. The goal is without
the solver, which is an extra. Each round runs in a process of its own that has its modules already."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

import tree
import yaml
from measuring import Row, alone, apart, at_most, medians

from oncue.compiler import lints, pipeline, workspace  # noqa: F401 -- the pipeline is loaded when it is used first


def measure(small: bool) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        tree.write(root, 20 if small else 5000)
        texts = [path.read_bytes() for path in sorted(root.rglob("*.yaml"))]
        solved = apart(lambda: checked(forget(root)))
        sys.modules["z3"] = None  # type: ignore[assignment]  # as where it is not installed
        works = [
            lambda: composed(texts),
            lambda: unjudged(forget(root)),
            lambda: checked(forget(root)),
            lambda: checked(root),
        ]
        compose, bare, cold, unchanged = medians(1 if small else 5, works, timed=apart)
    lines = sum(text.count(b"\n") for text in texts)
    size = f"{sum(map(len, texts)) / 1e6:.1f} MB, {lines:,} lines"
    return [
        at_most(
            "checking 5,000 automations, cold, without the solver, against composing the YAML",
            cold / compose, 4, f"{size}; {cold:.1f} s and {compose:.1f} s",
        ),
        Row("the same with the solver", f"{solved / compose:.2f}", "", None, f"{solved:.1f} s"),
        at_most("the lints' share of it, of the time without them", cold / bare - 1, 0.5, f"{bare:.1f} s"),
        at_most("the same, unchanged since the last run", unchanged / compose, 0.3, f"{unchanged:.2f} s"),
    ]  # fmt: skip


def composed(texts: list[bytes]) -> None:
    for text in texts:
        yaml.compose(text, Loader=yaml.CSafeLoader)


def forget(root: Path) -> Path:
    """The workspace, after what an earlier run remembered is gone."""
    shutil.rmtree(root / ".oncue", ignore_errors=True)
    return root


def unjudged(root: Path) -> None:
    """Checked without any lint."""
    lints.RULES = lints.PROOFS = ()  # of this process, which ends
    checked(root)


def checked(root: Path) -> None:
    found = workspace.check(root)
    errors = [d for d in found.diagnostics if d.severity == "error"]
    if errors:
        raise SystemExit(f"the tree has errors: {errors[0]}")


if __name__ == "__main__":
    alone(measure)
