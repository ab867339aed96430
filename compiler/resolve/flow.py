"""What steers a member: dates to wait for, the paths and the decision of a split, goals."""

from __future__ import annotations

from decimal import Decimal

from oncue.compiler import model
from oncue.compiler.diagnostics import Related
from oncue.compiler.expr.catalog import Place
from oncue.compiler.resolve.lookup import Lookup
from oncue.compiler.yaml import scalars


def wait_date(look: Lookup, act: model.WaitDate, place: Place) -> None:
    """A date field, and whose time counts."""
    look.date(act.field)
    look.zone(act.timezone, contact=True)


def goal(look: Lookup, act: model.Goal, place: Place) -> None:
    """A goal's condition."""
    look.conditions.add(act.when, place)


# --- splits ---------------------------------------------------------------------------------------


def split_paths(look: Lookup, act: model.SplitPaths, place: Place) -> None:
    """Either all paths have a percentage, 100 together, or none has."""
    given = [path for path in act.paths if path.percent is not None]
    if not given:
        return
    for path in act.paths:
        if path.percent is None:
            hint = "give each path a `percent`, or none of them"
            look.error("F116", path.name, f"`{path.name.text}` has no `percent`, and others have", hint)
    if len(given) == len(act.paths):
        _shares(look, act)


def _shares(look: Lookup, act: model.SplitPaths) -> None:
    shares = [share for path in act.paths if (share := _share(look, path)) is not None]
    last = act.paths[-1].percent
    if last is not None and len(shares) == len(act.paths) and sum(shares) != 100:
        together = f"{sum(shares):f}"
        related = tuple(
            Related(f"`{path.name.text}`", path.percent.span) for path in act.paths[:-1] if path.percent
        )
        hint = "change them so that they make 100"
        look.error("F116", last, f"the percentages make {together}, not 100", hint, related)


def _share(look: Lookup, path: model.Path) -> Decimal | None:
    text = "" if path.percent is None else path.percent.text
    number = scalars.number(text)
    if number is None or path.percent is None:
        return None
    if Decimal(number) <= 0:
        hint = "leave the path out, or give it a share above 0"
        look.error("F116", path.percent, f"nobody takes a path with {text} percent", hint)
        return None
    return Decimal(number)


def split_test(look: Lookup, act: model.SplitTest, place: Place) -> None:
    """What counts as a success."""
    look.conditions.add(act.match, place)


def split_until(look: Lookup, act: model.SplitUntil, place: Place) -> None:
    """`match` says what counts, so it goes with `matches` and with nothing else."""
    look.conditions.add(act.match, place)
    decide = act.decide
    if decide is None:
        return
    if decide.matches is not None and act.match is None:
        hint = "add `match:` with the condition that counts"
        look.error("F117", decide.node, "matches of what? `until: {matches: ...}` needs `match`", hint)
    if decide.matches is None and act.match is not None:
        hint = "write `until: {matches: ...}`, or leave `match` out"
        look.error("F117", act.match.node, "`match` decides nothing here: `until` counts no matches", hint)
