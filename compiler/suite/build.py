"""Definitions of tests to the document that runs them."""

from __future__ import annotations

from collections.abc import Iterable

from oncue.compiler.bind.reading import Reader
from oncue.compiler.diagnostics import Diagnostic
from oncue.compiler.model import Test
from oncue.compiler.resolve.lookup import Lookup
from oncue.compiler.resolve.workspace import Resolved
from oncue.compiler.suite import happenings, rows
from oncue.compiler.suite.expectations import checks
from oncue.compiler.suite.sending import Sending, sending_of
from oncue.compiler.suite.story import Story
from oncue.compiler.yaml.nodes import Mapping, Node
from oncue.schemas.tests import Doing, Expect, Suite, WorkspaceTest


def build(resolved: Resolved) -> tuple[Suite, list[Diagnostic], list[Diagnostic]]:
    """The tests of a workspace by file and place, what is wrong with them, and what could not be read."""
    tests = sorted(resolved.workspace.tests.values(), key=lambda test: test.key.span)
    files = tuple(dict.fromkeys(test.key.source.path for test in tests))
    numbers = {path: number for number, path in enumerate(files)}
    workspace = resolved.workspace
    look = Lookup(resolved.catalog, None, _stages(resolved), resolved.flows, workspace.campaigns)
    reader, sending = Reader(), sending_of(resolved)
    made = [
        _test(Story(look, reader, numbers, workspace.reactivation_scenarios), sending, test) for test in tests
    ]
    suite = Suite(files, tuple(each for each in made if each is not None))
    return suite, [*look.diagnostics, *reader.errors], reader.problems


def _stages(resolved: Resolved) -> dict[str, tuple[str, ...]]:
    pipelines = resolved.workspace.pipelines
    return {name: tuple(stage.text for stage in each.stages) for name, each in pipelines.items()}


def _test(story: Story, sending: Sending, test: Test) -> WorkspaceTest | None:
    body = test.body
    if body is None:
        return None
    starts_at = story.clock = story.instant(body.get("starts_at"))
    contacts = [rows.contact(story, node, silent=True) for node in _items(story, body, "contacts")]
    accounts = [rows.account(story, node) for node in _items(story, body, "accounts")]
    steps = [_step(story, sending, node) for node in _items(story, body, "steps")]
    return WorkspaceTest(
        name=test.key.text,
        at=story.at(test.key),
        starts_at=starts_at or 0,
        steps=tuple(each for each in steps if each is not None),
        contacts=tuple(each for each in contacts if each is not None),
        accounts=tuple(each for each in accounts if each is not None),
        fails=happenings.numbers(story, body.get("fails")),
        answers=happenings.statuses(story, body.get("answers")),
    )


def _items(story: Story, body: Mapping, key: str) -> Iterable[Node]:
    return story.reader.items(body.get(key))


def _step(story: Story, sending: Sending, node: Node) -> Doing | None:
    mapping = story.reader.mapping(node, "a step such as `event: purchase`")
    if mapping is None:
        return None
    for name, read in happenings.HAPPENINGS.items():
        inner = mapping.get(name)
        if inner is not None:
            return read(story, mapping, inner)
    expected = mapping.get("expect")
    if expected is None:
        return None
    return Expect(story.at(mapping.key("expect") or mapping), tuple(checks(story, sending, expected)))
