"""Circles in a graph, without recursion."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from typing import TypeVar

Vertex = TypeVar("Vertex", bound=Hashable)


def knots(graph: Mapping[Vertex, Collection[Vertex]]) -> list[list[Vertex]]:
    """The groups of vertices of which each leads to each (one alone: only if it leads to itself), by two
    walks (Kosaraju): a vertex's group is what reaches it, looked for in the order of leaving, last first."""
    back: dict[Vertex, list[Vertex]] = {}
    for vertex, heads in graph.items():
        for head in heads:
            back.setdefault(head, []).append(vertex)
    found, taken = [], set[Vertex]()
    for vertex in reversed(_leaving(graph)):
        if vertex not in taken:
            knot = _reached(back, vertex, taken)
            if len(knot) > 1 or vertex in graph.get(vertex, ()):
                found.append(knot)
    return found


def _leaving(graph: Mapping[Vertex, Collection[Vertex]]) -> list[Vertex]:
    """Every vertex, in the order in which a walk into depth leaves it for good."""
    order, seen = list[Vertex](), set[Vertex]()
    for start in graph:
        stack = [(start, False)]
        while stack:
            vertex, done = stack.pop()
            if done:
                order.append(vertex)
            elif vertex not in seen:
                seen.add(vertex)
                stack.append((vertex, True))
                stack.extend((head, False) for head in graph.get(vertex, ()) if head not in seen)
    return order


def _reached(graph: Mapping[Vertex, Collection[Vertex]], start: Vertex, taken: set[Vertex]) -> list[Vertex]:
    found, stack = list[Vertex](), [start]
    while stack:
        vertex = stack.pop()
        if vertex not in taken:
            taken.add(vertex)
            found.append(vertex)
            stack.extend(graph.get(vertex, ()))
    return found


def shortest_circle(
    graph: Mapping[Vertex, Collection[Vertex]], start: Vertex, among: Collection[Vertex]
) -> list[Vertex]:
    """A shortest way from a vertex back to itself over these vertices, itself first; empty if none."""
    came: dict[Vertex, Vertex] = {}
    queue = [start]
    for vertex in queue:
        for head in graph.get(vertex, ()):
            if head == start:
                return _way(came, start, vertex)
            if head in among and head not in came:
                came[head] = vertex
                queue.append(head)
    return []


def _way(came: Mapping[Vertex, Vertex], start: Vertex, end: Vertex) -> list[Vertex]:
    way = [end]
    while way[-1] != start:
        way.append(came[way[-1]])
    return way[::-1]
