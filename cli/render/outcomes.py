"""What campaigns achieve: splits with their rates, goals, deals, conversions, tasks."""

from __future__ import annotations

from collections.abc import Sequence

from oncue.cli.render import funnel
from oncue.cli.render.moments import local_text
from oncue.cli.render.table import draw
from oncue.runtime.views.outcomes import ConversionReport, GoalReport, PathReport, PipelineReport, SplitReport
from oncue.runtime.views.reports import BatchesReport, Report
from oncue.runtime.views.tasks import TaskTotals


def split(each: SplitReport, timezone: str) -> str:
    """A split's paths: contacts and matches up to the decision, all passes, the rate and its interval."""
    rows = [
        [path.name, f"{path.contacts:,}", f"{path.matches:,}", f"{path.taken:,}", *_rate(path),
         "winner" if path.name == each.winner and each.kind == "split_test" else ""]
        for path in each.paths
    ]  # fmt: skip
    heads = [f"path of {each.step}", "contacts", "matches", "taken", "rate", "95 % between", ""]
    if each.kind == "split_paths":  # nothing is counted up to a decision
        rows, heads = [[row[0], row[3]] for row in rows], [heads[0], heads[3]]
    table = draw(heads, rows, right=frozenset(range(1, 5)))
    return f"{table}\n{_decided(each, timezone)}" if each.kind != "split_paths" else table


def _rate(path: PathReport) -> tuple[str, str]:
    if path.rate is None or path.low is None or path.high is None:
        return "", ""
    return f"{path.rate:.1%}", f"{path.low:.1%} and {path.high:.1%}"


def _decided(each: SplitReport, timezone: str) -> str:
    if each.decided is None:
        return "not decided yet"
    return f"decided {local_text(each.decided, timezone)}: {each.winner}"


def goals(found: Sequence[GoalReport]) -> str:
    """Goals with how many reached them."""
    rows = [[each.name, each.step, f"{each.achieved:,}", f"{each.skipped:,}"] for each in found]
    return draw(["goal", "step", "achieved", "skipped"], rows, right=frozenset({2, 3}))


def tables(report: Report) -> list[str]:
    """Deals by pipeline and stage, conversions, the funnel, fulfillment lists, where there are any."""
    found = [_pipeline(each) for each in report.pipelines]
    found += [_conversions(report.conversions)] if report.conversions else []
    found += funnel.tables(report.funnels, report.reactivation_scenarios)
    return [*found, _batches(report.fulfillment_lists)] if report.fulfillment_lists else found


def _batches(found: Sequence[BatchesReport]) -> str:
    rows = [
        [each.id, f"{each.waiting:,}", f"{each.batches:,}", f"{each.rows:,}", f"{each.skipped:,}"]
        for each in found
    ]
    heads = ["fulfillment list", "waiting", "batches", "contacts sent", "runs skipped"]
    return draw(heads, rows, right=frozenset({1, 2, 3, 4}))


def _pipeline(each: PipelineReport) -> str:
    rows = [
        [
            stage.stage, f"{stage.open:,}", stage.open_value, f"{stage.won:,}", stage.won_value,
            f"{stage.lost:,}", stage.lost_value,
        ]
        for stage in each.stages
    ]  # fmt: skip
    heads = [f"deals in {each.id}", "open", "worth", "won", "worth", "lost", "worth"]
    return draw(heads, rows, right=frozenset(range(1, 7)))


def _conversions(found: Sequence[ConversionReport]) -> str:
    rows = [[each.id, f"{each.converted:,}", each.value] for each in found]
    return draw(["conversion", "times", "value"], rows, right=frozenset({1, 2}))


def of_tasks(totals: TaskTotals) -> str:
    """`3 open, 1 overdue, 5 completed (4 on time)`."""
    return (
        f"{totals.open:,} open, {totals.overdue:,} overdue, {totals.completed:,} completed "
        f"({totals.on_time:,} on time)"
    )
