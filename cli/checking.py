"""Checks a workspace for the commands that need its plan, and tells what is wrong with it."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from oncue.cli import exits, output

if TYPE_CHECKING:
    from oncue.compiler.diagnostics import Diagnostic
    from oncue.compiler.workspace import Checked
    from oncue.schemas.plan import Plan


def checked(workspace: Path, *, cache: bool = True) -> Checked:
    """The workspace's plan, diagnostics and sources."""
    from oncue.compiler import workspace as compiler

    return compiler.check(workspace, cache=cache)


def plan_of(workspace: Path) -> Plan:
    """The workspace's plan; a workspace with errors has none: they are told and the command ends with 1."""
    found = checked(workspace)
    if found.plan is None:
        tell(found)
        raise click.exceptions.Exit(exits.FOUND)
    return found.plan


def timezone_of(workspace: Path) -> str:
    """The zone to show instants in: the project's, or UTC where the workspace has errors."""
    plan = checked(workspace).plan
    return plan.settings.timezone if plan is not None else "UTC"


def tell(found: Checked) -> None:
    """The diagnostics and their sum, in words."""
    from oncue.cli.render import text

    output.words(text.render(found.diagnostics, found.sources, color=output.coloured(sys.stderr)))
    output.words(summary(found.diagnostics))


def summary(diagnostics: Iterable[Diagnostic]) -> str:
    """`2 errors, 1 warning`, or that nothing was found."""
    counts = Counter(diagnostic.severity for diagnostic in diagnostics)
    parts = [output.plural(counts[name], name) for name in ("error", "warning", "note") if counts[name]]
    return ", ".join(parts) or "no mistakes found"
