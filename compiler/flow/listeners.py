"""What the start triggers of campaigns, and scenarios that do not wait, listen to, and whether it can go on
and on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set

from oncue.compiler import model
from oncue.compiler.expr.catalog import Use
from oncue.compiler.flow.changes import ADDED, ANEW, BROUGHT, DOWN, REMOVED, UP, Thing
from oncue.compiler.model import Cond, Way
from oncue.compiler.model.funnel import Scenario
from oncue.compiler.resolve.conditions import mentions_event
from oncue.compiler.resolve.workspace import Resolved
from oncue.compiler.yaml.nodes import Node

Vertex = tuple[str, ...]  # ("campaign", NAME), ("scenario", NAME), ("thing", KIND, NAME) or ("trigger", ...)
Graph = dict[Vertex, dict[Vertex, Node | None]]  # what it leads to, and where that is written
Ways = Mapping[Thing, Set[str]]  # how each thing is changed

STATUS: Thing = ("fields", "status")
_READ = frozenset({"tags", "fields", "lists"})


class Heard(model._Record, frozen=True):
    """The graph from things to triggers to campaigns and scenarios; the things; what each trigger listens to
    (None: a condition that becomes true), and what its `when` reads."""

    graph: Graph
    things: set[Thing]
    ways: dict[Vertex, tuple[Way | None, tuple[Thing, ...]]]
    guards: dict[Vertex, frozenset[Thing] | None]  # None: it reads more than can be told

    def goes_round(self, vertex: Vertex, ways: Ways, several: bool) -> bool:
        """Whether a trigger can fire again each time round, where things change in these `ways`. A tag or a
        subscription must go (or come) in between; where `several` campaigns add one for each other, somebody
        should look at it all the same."""
        guard = self.guards.get(vertex, frozenset())
        if guard is None or any(thing in ways for thing in guard):
            return False
        way, things = self.ways[vertex]
        if isinstance(way, model.OnTag | model.OnSubscription):
            return several or len(ways.get(things[0], ())) > 1
        if isinstance(way, model.OnDealStage):
            moved = any(thing[0] == "stages" and thing != things[0] for thing in ways)
            return moved or ADDED in ways.get(things[0], ())
        if isinstance(way, model.OnScore):
            return _swings(ways.get(things[0], frozenset()))
        if isinstance(way, model.OnField):
            return _differs(ways.get(things[0], frozenset()))
        if way is None or isinstance(way, model.OnSegment):
            return any(_swings(ways.get(thing, frozenset())) for thing in things)
        return True


def _swings(ways: Set[str]) -> bool:
    """To and fro: added and removed, more and less, one value and another."""
    if ways <= {UP} or ways <= {DOWN}:
        return False
    return ANEW in ways or len(ways) > 1


def _differs(ways: Set[str]) -> bool:
    """A field gets another value each time."""
    return bool(ways & {UP, DOWN, ANEW}) or len(ways) > 1


# --- the graph ------------------------------------------------------------------------------------


def listeners(resolved: Resolved) -> Heard:
    """All triggers that listen to what actions change."""
    heard = Heard({}, set(), {}, {})
    for name, campaign in resolved.workspace.campaigns.items():
        for number, trigger in enumerate(campaign.starts):
            things = tuple(dict.fromkeys(_heard(resolved, trigger.way)))
            if things:
                _listen(resolved, heard, (("campaign", name), str(number)), trigger.way, trigger.when, things)
    for name, scenario in resolved.workspace.reactivation_scenarios.items():
        if not scenario.wait:
            heard.things.add(STATUS)
            _scenario(resolved, heard, name, scenario)
    return heard


def _scenario(resolved: Resolved, heard: Heard, name: str, scenario: Scenario) -> None:
    """What sets it off; prompts apart, which are no things (see `loops`)."""
    way: Way | None = None
    things: tuple[Thing, ...] = ()
    if scenario.crosses is not None:
        uses = resolved.conditions.uses(scenario.crosses)
        things = tuple(dict.fromkeys(thing for use in uses for thing in _read(resolved, use, set())))
    elif scenario.type == "active_status":
        things = (STATUS,)
    elif scenario.field is not None or scenario.on is not None:
        way = model.OnField(scenario.field) if scenario.field is not None else None
        way = scenario.on.way if scenario.on is not None else way
        things = tuple(dict.fromkeys(_heard(resolved, way))) if way is not None else ()
    guard = scenario.when or (None if scenario.on is None else scenario.on.when)
    if things:
        _listen(resolved, heard, (("scenario", name), "0"), way, guard, things)


def _listen(
    resolved: Resolved, heard: Heard, own: tuple[Vertex, str], way: Way | None, when: Cond | None,
    things: tuple[Thing, ...],
) -> None:  # fmt: skip
    """One vertex for all equal triggers, so that the graph stays small; a guarded one has its own, and so
    has a scenario's."""
    head, number = own
    vertex: Vertex = ("trigger", *_alike(way, things))
    if when is not None or head[0] == "scenario":
        vertex = (*vertex, *head, number)
    if when is not None:
        heard.guards[vertex] = _reads(resolved, when)
    heard.ways.setdefault(vertex, (way, things))
    heard.graph.setdefault(vertex, {}).setdefault(head, None)
    heard.things.update(things)
    for thing in things:
        for turn in _turns_heard(way):
            heard.graph.setdefault(("thing", *thing, turn), {}).setdefault(vertex, None)


def _alike(way: Way | None, things: tuple[Thing, ...]) -> tuple[str, ...]:
    if way is None:
        return ("condition",)
    if isinstance(way, model.OnSegment):
        return "segment", way.segment.name
    return type(way).__name__, *things[0], *_turns_heard(way)


def _turns_heard(way: Way | None) -> tuple[str, ...]:
    """Which turns of its things a trigger listens to (see `changes.turns_of`)."""
    if isinstance(way, model.OnScore):
        return (UP,) if way.order[0] == ">" else (DOWN,)
    if isinstance(way, model.OnField):
        return UP, DOWN
    if way is None or isinstance(way, model.OnSegment):
        return ADDED, REMOVED, UP, DOWN
    if isinstance(way, model.OnTag):
        return (way.change,)
    leaves = isinstance(way, model.OnSubscription) and way.change == "unsubscribed"
    return (REMOVED,) if leaves else (ADDED,)


def _heard(resolved: Resolved, way: Way) -> Iterator[Thing]:
    if isinstance(way, model.OnSegment):
        yield from _segment(resolved, way.segment.name, set())
    elif isinstance(way, model.OnTag):
        yield "tags", way.tag.text
    elif isinstance(way, model.OnField):
        yield "fields", way.field.name
    elif isinstance(way, model.OnScore):
        yield "fields", "score"
    elif isinstance(way, model.OnSubscription):
        yield "lists", way.list.name
    elif isinstance(way, model.OnConverted):
        yield "conversions", way.conversion.name
    elif isinstance(way, model.OnDealStage):
        yield "stages", way.stage.name
    elif isinstance(way, model.OnGoal):
        yield "goals", f"{way.campaign.name}/{way.goal.name}/{way.change}"
    elif isinstance(way, model.OnEvent) and way.event.name in BROUGHT:
        asset = "" if way.asset is None else f" of {way.asset.name}"
        yield "events", f"{way.event.name}{asset}"


def _segment(resolved: Resolved, name: str, seen: set[str]) -> Iterator[Thing]:
    """The tags, fields and lists that a segment reads, through others too."""
    if name not in seen and name in resolved.workspace.segments:
        seen.add(name)
        for use in resolved.conditions.uses(resolved.workspace.segments[name].condition):
            yield from _read(resolved, use, seen)


def _read(resolved: Resolved, use: Use, seen: set[str]) -> Iterator[Thing]:
    if use.kind in _READ:
        yield use.kind, use.name
    elif use.kind == "segments":
        yield from _segment(resolved, use.name, seen)


def _reads(resolved: Resolved, when: Cond) -> frozenset[Thing] | None:
    uses = list(resolved.conditions.uses(when))
    if mentions_event(when) or any(use.kind not in _READ for use in uses):
        return None
    return frozenset((use.kind, use.name) for use in uses)
