"""`oncue test`: the workspace's own tests, on a virtual clock."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from oncue.cli import exits, output
from oncue.cli.checking import tell
from oncue.cli.options import workspace_option

if TYPE_CHECKING:
    from oncue.runtime.testing.report import Report


@click.command("test")
@click.option(
    "--name", metavar="TEXT", help="Only tests whose names contain this, or match it where it has a `*`."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "junit"]),
    default="text",
    help="How to print what came of them.  [default: text]",
)
@click.option("--watch", is_flag=True, help="Run them again whenever a file changes, until Ctrl-C.")
@click.option(
    "--jobs", type=click.IntRange(1, 64), metavar="N", help="So many processes.  [default: as many as pay]"
)
@click.option(
    "--cover",
    type=click.FloatRange(0, 100),
    metavar="PERCENT",
    help="Fail where less than this is covered.",
)
@click.option("--show-coverage", is_flag=True, help="Show what no test has been through.")
@workspace_option
def command(
    name: str | None,
    form: str,
    watch: bool,
    jobs: int | None,
    cover: float | None,
    show_coverage: bool,
    workspace: Path,
) -> int:  # fmt: skip
    """Run the workspace's tests on a virtual clock. Nothing is sent, and no database is touched.

    Failures go to standard output, the sum to standard error. Exit code 0 if everything passes, 1 if
    something fails or (with --cover) too little is covered.

    \b
    Example:
      oncue test -w acme
      oncue test -w acme --name "hot lead" --show-coverage
      oncue test -w acme --cover 100 --format junit > tests.xml
    """
    once = _Run(workspace, name, form, jobs, cover, show_coverage)
    if not watch:
        return once()
    from oncue.cli.watching import watched

    return watched(workspace, once)


class _Run:
    """The command with its options, ready to be run again."""

    def __init__(
        self, workspace: Path, name: str | None, form: str, jobs: int | None, cover: float | None, show: bool
    ) -> None:
        self.workspace, self.name, self.form = workspace, name, form
        self.jobs, self.cover, self.show = jobs, cover, show

    def __call__(self) -> int:
        from oncue.compiler import workspace as compiler
        from oncue.runtime.testing.report import report

        found, suite = compiler.check_tests(self.workspace)
        plan = found.plan
        if plan is None:
            tell(found)
            return exits.FOUND
        done = report(plan, suite, self.name or "", self.jobs)
        if self.name and not done.results:
            raise click.UsageError(f"no test is named like '{self.name}'")
        self._print(done, plan.settings.timezone)
        return self._end(done)

    def _print(self, done: Report, timezone: str) -> None:
        from oncue.cli.render import tests

        if self.form == "json":
            output.document(tests.as_json(done))
        elif self.form == "junit":
            output.document(tests.as_junit(done, timezone))
        else:
            output.document(tests.as_text(done, timezone, color=output.coloured(sys.stdout), show=self.show))

    def _end(self, done: Report) -> int:
        """The sum in words, and the exit code."""
        failed = sum(not result.passed for result in done.results)
        percent = done.coverage.percent
        words = [output.plural(len(done.results), "test"), f"{failed:,} failed" if failed else "all passed"]
        if not done.results:
            words = ["there are no tests"]
        words.append(f"{percent:.0f} % covered" if percent in (0, 100) else f"{percent:.1f} % covered")
        output.words(f"{self.workspace}: {', '.join(words)} ({done.seconds:.2f} s)")
        if self.cover is not None and percent < self.cover:
            output.words(f"{self.cover:g} % must be covered; `--show-coverage` shows what is not")
            return exits.FOUND
        return exits.FOUND if failed else exits.OK
