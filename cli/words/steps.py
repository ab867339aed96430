"""A step with its rules in words, and the ways out of it."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from oncue.cli.words.actions import say
from oncue.cli.words.flow import decided
from oncue.cli.words.values import condition, duration
from oncue.schemas import actions as does
from oncue.schemas.parts import Position
from oncue.schemas.plan import Campaign, Plan, Step


class Clause(Struct, frozen=True):
    """One behaviour of a step. `rule`: as reports name it (`rule 1`, `default`); `when`: the rule's
    condition, empty for the default, `otherwise` for a default after rules."""

    rule: str
    when: str
    does: str
    at: Position

    @property
    def line(self) -> str:
        """`when score >= 80: send email vip`."""
        if not self.when:
            return self.does
        return f"{self.when}: {self.does}"


class Way(Struct, frozen=True):
    """A way out of a step. `to` None: the campaign ends for the member. `branch`: it is not the plain way on
    to the next step; `path`: of a split; `jump`: a `goto`."""

    label: str
    to: str | None
    branch: bool = False
    path: str = ""
    jump: bool = False


def clauses(plan: Plan, step: Step) -> list[Clause]:
    """What a step does: its rules from the top, then its default."""
    rules = [
        Clause(f"rule {number}", f"when {condition(plan, rule.when)}", say(plan, rule.use), rule.when.at)
        for number, rule in enumerate(step.rules, 1)
    ]
    return [*rules, Clause("default", "otherwise" if rules else "", say(plan, step.default), step.at)]


def remarks(step: Step) -> list[str]:
    """What else holds for a step."""
    failing = ["if it fails, the member leaves"] if step.on_failure == "end" else []
    return failing + (["once per contact"] if step.once else [])


def ways(plan: Plan, name: str, campaign: Campaign, step: Step) -> list[Way]:
    """The ways out of a step, each target once for each reason, in the order of the rules."""
    chosen = [(f"rule {number}", rule.use) for number, rule in enumerate(step.rules, 1)]
    chosen.append(("otherwise", step.default))
    found = [(rule, way) for rule, action in chosen for way in _ways(plan, name, step, action)]
    if step.on_failure == "end":
        found.append(("failed", Way("", None, branch=True)))
    plain = len({way.to for _, way in found}) == 1
    if plain:
        first = found[0][1]
        return [Way("", first.to, jump=first.jump)]
    return list(_labelled(found, bool(step.rules)))


def _labelled(found: list[tuple[str, Way]], ruled: bool) -> Iterator[Way]:
    """Ways with the rule that they belong to; those to one target that need no telling apart become one."""
    merged: dict[tuple[str | None, str, str], list[tuple[str, Way]]] = {}
    for rule, way in found:
        merged.setdefault((way.to, way.label, way.path), []).append((rule, way))
    for (to, label, path), group in merged.items():
        rules = ", ".join(rule for rule, _ in group if ruled or rule == "failed")
        said = ": ".join(part for part in (rules, label) if part)
        first = group[0][1]
        yield Way(said, to, first.branch, path, first.jump)


def _ways(plan: Plan, name: str, step: Step, action: does.Action | None) -> list[Way]:
    """The ways out of one behaviour."""
    on = Way("", step.next)
    match action:
        case does.If():
            return [_branch("yes", action.then, step), _branch("no", action.else_, step)]
        case does.WaitUntil(on_timeout=str()):
            limit = f"not within {duration(action.at_most or 0)}"
            return [Way("it holds", step.next), _branch(limit, action.on_timeout, step)]
        case does.SplitPaths() | does.SplitTest():
            return [_path(path, step) for path in action.paths]
        case does.SplitUntil():
            until = decided(plan, action.decide, None)
            before = Way("before", action.before.first or step.next, branch=True, path="before")
            return [before, Way(until, action.after.first or step.next, branch=True, path="after")]
        case does.Goto():
            return [Way("", action.step, branch=True, jump=True)]
        case does.End():
            return [Way("", None, branch=True)]
        case does.Goal(unmet="end"):
            return [Way("met", step.next), Way("not met", None, branch=True)]
        case does.WaitDate(if_past="end"):
            return [on, Way("date is past", None, branch=True)]
        case does.EndCampaign() if action.campaign == name:
            return [Way("", None, branch=True)]
    return [on]


def _branch(label: str, first: str | None, step: Step) -> Way:
    return Way(label, first or step.next, branch=first is not None)


def _path(path: does.Path, step: Step) -> Way:
    label = path.name if path.percent is None else f"{path.name} {path.percent} %"
    return Way(label, path.first or step.next, branch=path.first is not None, path=path.name)
