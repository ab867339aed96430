"""Campaigns that set each other off, round and round, in one instant.

A scenario that does not wait is on the way, too: from what sets it off to what it syncs and assigns. It goes
round only if the response that it made active ends meanwhile, by an inactive status.

A graph: a campaign leads to the campaigns that it starts outright, and to the things that it changes before
any wait; a thing leads to the triggers that listen to it, and these to their campaigns. A circle of outright
starts is a mistake. One through a trigger is real only if what the trigger listens to can change back on the
way round: a tag that is there is not added again, a score that only grows crosses a threshold once. So
triggers of which this cannot be are taken out, until nothing more can be.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from oncue.compiler import model
from oncue.compiler.flow.changes import EVERY, Change, Thing, Where, changes, turns_of
from oncue.compiler.flow.flat import Flow, acts, successors
from oncue.compiler.flow.graphs import knots, shortest_circle
from oncue.compiler.flow.listeners import STATUS, Graph, Heard, Vertex
from oncue.compiler.model import Act, Step
from oncue.compiler.resolve.workspace import Resolved
from oncue.compiler.yaml.nodes import Node
from oncue.schemas.values import compared_text

Acted = list[tuple[Step, Act]]
Done = dict[str, Acted]  # by campaign, what is done in the instant of an entry


class Circle(model._Record, frozen=True):
    """The way round in words, from a campaign to itself, and the places of what is done on it."""

    way: tuple[str, ...]
    places: tuple[Node, ...]
    heard: bool = False  # a trigger is on it


# --- what is done at once -------------------------------------------------------------------------


def at_once(flow: Flow) -> Iterator[tuple[Step, Act]]:
    """What a member may do in the instant of its entry: whatever comes before any wait."""
    seen: set[str] = set()
    stack = [flow.first]
    while stack:
        name = stack.pop()
        if name is not None and name not in seen:
            seen.add(name)
            flat = flow.steps[name]
            yield from ((flat.step, act) for act in acts(flat.step) if act is not None)
            if not _waits(flat.step):
                stack.extend(successors(flow, flat))


def _waits(step: Step) -> bool:
    """Whether every pass of the step may take time."""
    if step.kind == "goal":
        return isinstance(step.default, model.Goal) and step.default.unmet == "wait"
    return step.kind == "wait" and all(
        act is not None and not (isinstance(act, model.WaitFor) and act.micros == 0) for act in acts(step)
    )


# --- outright -------------------------------------------------------------------------------------


def outright(done: Done) -> Iterator[Circle]:
    """Circles of `start_campaign` alone, one for each knot of campaigns."""
    graph = _starts(done)
    for knot in knots(graph):
        yield _circle(graph, knot)


def _starts(done: Done) -> Graph:
    graph: Graph = {}
    for name, acted in done.items():
        for _, act in acted:
            if type(act) is model.StartCampaign and act.campaign.name in done:
                edges = graph.setdefault(("campaign", name), {})
                edges.setdefault(("campaign", act.campaign.name), act.campaign.node)
    return graph


def _circle(graph: Graph, knot: list[Vertex]) -> Circle:
    first = min(vertex for vertex in knot if vertex[0] in ("campaign", "scenario"))
    way = shortest_circle(graph, first, set(knot))
    turns = zip(way, [*way[1:], way[0]], strict=True)
    places = tuple(place for one, other in turns if (place := graph[one][other]) is not None)
    words = [word for vertex in [*way, way[0]] if (word := _word(vertex))]
    return Circle(tuple(words), places, any(vertex[0] in ("trigger", "scenario") for vertex in way))


def _word(vertex: Vertex) -> str:
    """How the way round names a vertex; a trigger goes without saying, but for a segment's."""
    if vertex[0] == "campaign":
        return str(vertex[1])
    if vertex[0] == "scenario":
        return f"(scenario {vertex[1]})"
    if vertex[:2] == ("trigger", "segment"):
        return f"(segment {vertex[2]})"
    return f"({_THINGS.get(vertex[1], '')}{vertex[2]})" if vertex[0] == "thing" else ""


_THINGS = {
    "tags": "tag ",
    "lists": "list ",
    "conversions": "conversion ",
    "stages": "stage ",
    "goals": "goal ",
}


# --- through changes ------------------------------------------------------------------------------


def indirect(resolved: Resolved, heard: Heard, done: Done) -> Iterator[Circle]:
    """Circles with a trigger in them that listens to a change, one for each knot."""
    if not heard.things:
        return
    graph = _starts(done)
    for tail, heads in heard.graph.items():
        graph.setdefault(tail, {}).update(heads)
    for tail, head, place in _prompting(resolved, done):
        graph.setdefault(tail, {}).setdefault(head, place)
    pipelines, made = resolved.workspace.pipelines, dict[Vertex, list[Change]]()
    for vertex, acted in (*_campaigns(done), *_scenarios(resolved)):
        made[vertex] = _made(Where(vertex[1], pipelines), acted, heard.things)
    for vertex, found in made.items():
        edges = graph.setdefault(vertex, {})
        for change in found:
            for turn in turns_of(change):
                edges.setdefault(("thing", *change.thing, turn), change.place)
    for knot in _tied(resolved, graph, made, heard):
        circle = _circle(graph, knot)
        if circle.heard:
            yield circle


def _campaigns(done: Done) -> Iterator[tuple[Vertex, Acted]]:
    yield from ((("campaign", name), acted) for name, acted in done.items())


def _scenarios(resolved: Resolved) -> Iterator[tuple[Vertex, Acted]]:
    """What scenarios that do not wait do with an active response."""
    for name, scenario in resolved.workspace.reactivation_scenarios.items():
        if not scenario.wait:
            acted = [(step, act) for step in scenario.actions for act in acts(step) if act is not None]
            yield ("scenario", name), acted


def _prompting(resolved: Resolved, done: Done) -> Iterator[tuple[Vertex, Vertex, Node]]:
    """From campaigns that respond in a prompt campaign at once, or are one whose members have responded on
    entry, to the scenarios that this sets off."""
    declared = resolved.workspace.campaigns
    for name, scenario in resolved.workspace.reactivation_scenarios.items():
        prompts = {each.name for each in scenario.prompts} if not scenario.wait else set()
        for campaign, acted in done.items() if prompts else ():
            statuses = declared[campaign].statuses
            if campaign in prompts and statuses and statuses[0].responded:
                yield ("campaign", campaign), ("scenario", name), declared[campaign].key
            for _, act in acted:
                if isinstance(act, model.RecordResponse) and act.campaign.name in prompts:
                    yield ("campaign", campaign), ("scenario", name), act.campaign.node


def _tied(
    resolved: Resolved, graph: Graph, made: Mapping[Vertex, list[Change]], heard: Heard
) -> list[list[Vertex]]:
    """The knots that are left when every trigger and scenario that cannot go round is taken out."""
    while True:
        tied = knots(graph)
        idle = [vertex for knot in tied for vertex in _idle(resolved, knot, made, heard)]
        if not idle:
            return tied
        for vertex in idle:
            graph[vertex] = {}


def _idle(
    resolved: Resolved, knot: list[Vertex], made: Mapping[Vertex, list[Change]], heard: Heard
) -> Iterator[Vertex]:
    acting = [vertex for vertex in knot if vertex in made]
    ways: dict[Thing, set[str]] = {}
    for vertex in acting:
        for change in made[vertex]:
            ways.setdefault(change.thing, set()).add(change.how)
    for vertex in knot:
        if vertex[0] == "trigger":
            goes_round = heard.goes_round(vertex, ways, len(acting) > 1)
            if not goes_round:
                yield vertex
        elif vertex[0] == "scenario" and not _ends(resolved, ways.get(STATUS, set())):
            yield vertex


def _ends(resolved: Resolved, ways: Collection[str]) -> bool:
    """Whether a status that changes in these ways may end an active response."""
    funnel = resolved.workspace.settings.funnel
    inactive = {f"={compared_text(each.text)}" for each in funnel.inactive} if funnel is not None else set()
    return any(way in inactive or not way.startswith("=") for way in ways)


def _made(where: Where, acted: Acted, things: Collection[Thing]) -> list[Change]:
    """The changes that some trigger listens to."""
    found = []
    for step, act in acted:
        for change in changes(where, step.key, act):
            if change.thing in things or change.thing[0] == "stages":
                found.append(change)
            elif change.thing == ("lists", EVERY):
                found += [Change(each, change.how, change.place) for each in things if each[0] == "lists"]
    return found
