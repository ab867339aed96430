"""The memberships that a contact of a test has at the start."""

from __future__ import annotations

from oncue.compiler.model import Ref
from oncue.compiler.resolve.funnel import member_status, with_statuses
from oncue.compiler.suite.story import Story
from oncue.compiler.yaml.nodes import Node, Scalar


def memberships(story: Story, node: Node | None) -> dict[str, str]:
    """Campaigns and the contact's status in each."""
    found: dict[str, str] = {}
    mapping = story.reader.mapping(node, "campaigns and their statuses")
    for key, inner in mapping or ():
        status = story.reader.ref("statuses", inner)
        if status is not None and known_status(story, key, status):
            found[key.text] = status.name
    return found


def known_status(story: Story, key: Scalar, status: Ref) -> bool:
    """Whether the campaign that is named has the status."""
    campaign = with_statuses(story.look, Ref("campaigns", key.text, key))
    return campaign is not None and member_status(story.look, status, campaign) is not None
