"""Names across files: every reference of the model is looked up, every condition compiled where it stands.

Each mistake is reported where it was written, with the nearest known name. Nothing stops at the first one:
what cannot be resolved is left out and the rest goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from oncue.compiler import model
from oncue.compiler.ahead import Found
from oncue.compiler.diagnostics import Diagnostic, Related
from oncue.compiler.expr.catalog import Catalog
from oncue.compiler.flow.flat import Flow, flatten, siblings
from oncue.compiler.model import Behaviour, Step, Workspace
from oncue.compiler.model.funnel import Scenario
from oncue.compiler.proofs.prover import Prover
from oncue.compiler.resolve.batches import batches
from oncue.compiler.resolve.campaigns import campaign, start_trigger, step
from oncue.compiler.resolve.conditions import ANYWHERE, Conditions
from oncue.compiler.resolve.funnel import funnel, scenario
from oncue.compiler.resolve.lookup import Lookup
from oncue.compiler.resolve.migrations import migrations
from oncue.compiler.resolve.places import places
from oncue.schemas.builtins import BEHAVIOURS
from oncue.schemas.conditions import CondNode

# asset kind -> what its events begin with: emails -> email
EVENT_OF = {kind: kind if kind == "trackable_content" else kind.removesuffix("s") for kind in BEHAVIOURS}


class Resolved(model._Record, frozen=True):
    """What the later stages need beside the model: the flows by campaign, every behaviour with the type of
    its event, every list of actions or steps (a branch's is one of its own), all of these by kind, and what
    proves things about conditions."""

    workspace: Workspace
    catalog: Catalog
    conditions: Conditions
    flows: dict[str, Flow]
    behaviours: tuple[tuple[str, Behaviour], ...]
    lists: tuple[tuple[Step, ...], ...]
    kinds: dict[str, list[Step]]
    prover: Prover


def resolve(
    workspace: Workspace, catalog: Catalog, known: Mapping[str, Found] | None = None
) -> tuple[Resolved, list[Diagnostic]]:
    """Looks up every name and compiles every condition; `known` are conditions compiled ahead."""
    flows = {name: flatten(each.steps) for name, each in workspace.campaigns.items()}
    look = Lookup(catalog, known, _stages(workspace), flows, workspace.campaigns)
    look.zone(workspace.settings.zone)
    _people(look, workspace)
    places(look, workspace)
    batches(look, workspace)
    migrations(look, workspace)
    _segments(look, workspace)
    funnel(look, workspace)
    behaviours = tuple(_behaviours(workspace))
    for event, behaviour in behaviours:
        for each in behaviour.actions:
            step(look, each, look.event_place(event))
    for name, each_campaign in workspace.campaigns.items():
        campaign(look, each_campaign, flows[name])
    _scenarios(look, workspace)
    lists = tuple(_lists(workspace, behaviours))
    prover = Prover(look.catalog, look.conditions.tracks(), _meant(look.conditions, workspace))
    kinds = _kinds(lists)
    resolved = Resolved(workspace, look.catalog, look.conditions, flows, behaviours, lists, kinds, prover)
    return resolved, look.diagnostics


def _meant(conditions: Conditions, workspace: Workspace) -> Callable[[str], CondNode | None]:
    """Looks up a segment's condition, if it could be read."""

    def found(name: str) -> CondNode | None:
        segment = workspace.segments.get(name)
        compiled = None if segment is None else conditions.get(segment.condition)
        return None if compiled is None else compiled.node

    return found


def _stages(workspace: Workspace) -> dict[str, tuple[str, ...]]:
    return {
        name: tuple(stage.text for stage in pipeline.stages) for name, pipeline in workspace.pipelines.items()
    }


def _people(look: Lookup, workspace: Workspace) -> None:
    for each in workspace.lists.values():
        if each.confirm is not None:
            look.name(each.confirm)
    for user in workspace.users.values():
        if user.manager is not None:
            look.name(user.manager)
    for team in workspace.teams.values():
        look.names(team.users)
    for email in workspace.emails.values():
        if email.list is not None:
            look.name(email.list)


def _behaviours(workspace: Workspace) -> list[tuple[str, Behaviour]]:
    found = [("emails", each) for email in workspace.emails.values() for each in email.behaviours]
    for kind, assets in workspace.assets.items():
        found += [(kind, each) for asset in assets.values() for each in asset.behaviours]
    return [(f"{EVENT_OF[kind]}.{each.name}", each) for kind, each in found]


def _scenarios(look: Lookup, workspace: Workspace) -> None:
    for each in workspace.reactivation_scenarios.values():
        scenario(look, each, workspace.settings.funnel)
        if each.on is not None:
            start_trigger(look, each.on)
        for steps in steps_of(each):
            for one in steps:
                step(look, one, ANYWHERE)


def steps_of(each: Scenario) -> list[tuple[Step, ...]]:
    """A scenario's choice of a default campaign, and its actions."""
    return [() if each.insert is None else (each.insert,), each.actions]


def _lists(workspace: Workspace, behaviours: tuple[tuple[str, Behaviour], ...]) -> list[tuple[Step, ...]]:
    found = [behaviour.actions for _, behaviour in behaviours]
    for each in workspace.campaigns.values():
        found += siblings(each.steps)
    for scenario_ in workspace.reactivation_scenarios.values():
        found += steps_of(scenario_)
    return found


def _kinds(lists: tuple[tuple[Step, ...], ...]) -> dict[str, list[Step]]:
    found: dict[str, list[Step]] = {}
    for steps in lists:
        for each in steps:
            found.setdefault(each.kind, []).append(each)
    return found


# --- segments -------------------------------------------------------------------------------------


def _segments(look: Lookup, workspace: Workspace) -> None:
    uses: dict[str, list[str]] = {}
    for name, segment in workspace.segments.items():
        look.conditions.add(segment.condition)
        found = look.conditions.uses(segment.condition)
        uses[name] = sorted({use.name for use in found if use.kind == "segments"})
    for cycle in cycles(uses):
        _cycle(look, workspace, cycle)


def _cycle(look: Lookup, workspace: Workspace, cycle: list[str]) -> None:
    first, *others = [workspace.segments[name].key for name in cycle]
    related = tuple(Related(f"`{key.text}` is part of it", key.span) for key in others)
    way = " -> ".join([*cycle, cycle[0]])
    hint = "say in one of them what it means without the other"
    look.error("N301", first, f"segments use each other in a circle: {way}", hint, related)


def cycles(uses: dict[str, list[str]]) -> list[list[str]]:
    """Circles in a graph, each once, beginning with its least name; without recursion."""
    done: set[str] = set()
    found: dict[frozenset[str], list[str]] = {}
    for start in sorted(uses):
        path: dict[str, None] = {}
        stack: list[tuple[str, bool]] = [(start, False)]
        while stack:
            name, leave = stack.pop()
            if leave:
                del path[name]
                done.add(name)
            elif name in path:
                circle = list(path)[list(path).index(name) :]
                least = circle.index(min(circle))
                found.setdefault(frozenset(circle), circle[least:] + circle[:least])
            elif name not in done:
                path[name] = None
                stack.append((name, True))
                stack.extend((after, False) for after in reversed(uses.get(name, [])))
    return list(found.values())
