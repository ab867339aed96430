"""L135, L136, L137: policies that let nothing through, or say a thing twice."""

from __future__ import annotations

from collections.abc import Iterator

from oncue.compiler.diagnostics import Diagnostic, Related
from oncue.compiler.model.places import FrequencyCap, Policies
from oncue.compiler.resolve.workspace import Resolved
from oncue.compiler.yaml.nodes import Scalar


def check(resolved: Resolved) -> Iterator[Diagnostic]:
    """Quiet hours without an end, caps of 0, blackout dates that stand twice."""
    policies = resolved.workspace.settings.policies
    if policies is None:
        return
    yield from _quiet_hours(policies)
    for cap in policies.frequency_caps:
        yield from _cap(cap)
    if policies.limit is not None and policies.daily_limit == 0:
        hint = "write at least 1, or leave the limit out"
        yield Diagnostic(
            "L136", "warning", "with a limit of 0 nothing is ever sent", policies.limit.span, hint
        )
    yield from _twice(policies.blackout_dates)


def _quiet_hours(policies: Policies) -> Iterator[Diagnostic]:
    """An error, because a message would wait for ever."""
    quiet = policies.quiet_hours
    if quiet is not None and quiet.start == quiet.end:
        message = "quiet hours that end when they begin last the whole day, so no message could ever leave"
        yield Diagnostic("L135", "error", message, quiet.key.span, "let them end at another time")


def _cap(cap: FrequencyCap) -> Iterator[Diagnostic]:
    what = "email" if cap.channel == "email" else "SMS"
    if cap.at_most == 0:
        message = f"with a cap of 0 no {what} is ever sent, but for operational ones"
        yield Diagnostic("L136", "warning", message, cap.node.span, "write at least 1, or leave the cap out")
    elif cap.per == 0:
        message = "a cap over no time at all stops nothing"
        yield Diagnostic("L136", "warning", message, cap.node.span, "for example `per: 7 days`")


def _twice(days: tuple[Scalar, ...]) -> Iterator[Diagnostic]:
    first: dict[str, Scalar] = {}
    for day in days:
        other = first.setdefault(day.text.strip(), day)
        if other is not day:
            related = (Related("it stands here first", other.span),)
            message = f"{day.text.strip()} stands here twice"
            yield Diagnostic("L137", "warning", message, day.span, "is one of them another day?", related)
