"""What tests expect of responses and scenarios."""

from __future__ import annotations

from typing import Any

from oncue.compiler.model import Ref
from oncue.compiler.resolve.funnel import with_statuses
from oncue.compiler.suite.memberships import known_status
from oncue.compiler.suite.sending import Sending
from oncue.compiler.suite.story import UNCHECKABLE, Story
from oncue.compiler.yaml.nodes import Mapping, Node, Scalar
from oncue.schemas import tests
from oncue.schemas.funnel import RESPONSE_STATUSES, STAGES
from oncue.schemas.parts import Position

NONE = "none"
OUTCOMES = ("reactivated", "turned", "inserted", "nothing", "already_engaged", "no_longer", "waiting")


def responses(story: Story, sending: Sending, at: Position, who: str, node: Node) -> tests.Check | None:
    """What became of memberships, by campaign."""
    mapping = story.reader.mapping(node, "campaigns and responses")
    found: dict[str, tests.ResponseIs] = {}
    for key, inner in mapping or ():
        if with_statuses(story.look, Ref("campaigns", key.text, key)) is not None:
            found[key.text] = _response(story, key, inner)
    return tests.ResponsesAre(at, who, found)


def _response(story: Story, key: Scalar, node: Node) -> tests.ResponseIs:
    if type(node) is not Mapping:
        return tests.ResponseIs(response=_word(story, node, (*RESPONSE_STATUSES, NONE)), member=None)
    status = story.reader.ref("statuses", node.get("status"))
    if status is not None:
        known_status(story, key, status)
    again = node.get("reactivated")
    return tests.ResponseIs(
        response=_word(story, node.get("response"), (*RESPONSE_STATUSES, NONE)),
        status="" if status is None else status.name,
        stage=_word(story, node.get("stage"), STAGES),
        reactivated=None if again is None else story.reader.boolean(again, default=False),
        member=True,
    )


def _word(story: Story, node: Node | None, allowed: tuple[str, ...]) -> str:
    return story.reader.choice(node, allowed) or ""


def scenario(story: Story, sending: Sending, at: Position, who: str, node: Node) -> tests.Check | None:
    """The outcome of a scenario; one that can never be so is told."""
    mapping = story.reader.mapping(node, "`id` and `outcome`")
    ref = None if mapping is None else story.reader.ref("reactivation_scenarios", mapping.get("id"))
    if mapping is None or ref is None or not story.look.name(ref):
        return None
    scalar: Any = mapping.get("outcome")
    outcome = _word(story, scalar, OUTCOMES)
    spec = story.scenarios[ref.name]
    never = {
        "turned": not spec.non_responses,
        "inserted": spec.insert is None,
        "waiting": not spec.wait,
    }
    if never.get(outcome):
        lacks = {"turned": "consider_non_responses: true", "inserted": "default_campaign", "waiting": "wait"}
        hint = f"it has no `{lacks[outcome]}`"
        story.look.error(UNCHECKABLE, scalar, f"`{ref.name}` is never {outcome}", hint)
    return tests.ScenarioWas(at, who, ref.name, outcome)
