"""The lists of steps and actions of a workspace, for the rules that look at them."""

from __future__ import annotations

from collections.abc import Iterator

from oncue.compiler.flow import siblings
from oncue.compiler.model import Behaviour, Step
from oncue.compiler.resolve import Resolved


def behaviours(resolved: Resolved) -> Iterator[Behaviour]:
    """Every behaviour of every asset."""
    for email in resolved.workspace.emails.values():
        yield from email.behaviours
    for assets in resolved.workspace.assets.values():
        for asset in assets.values():
            yield from asset.behaviours


def lists(resolved: Resolved) -> Iterator[tuple[Step, ...]]:
    """Every list of fulfillment actions, of steps, and of the steps of a branch."""
    for behaviour in behaviours(resolved):
        yield behaviour.actions
    for campaign in resolved.workspace.campaigns.values():
        yield from siblings(campaign.steps)


def steps(resolved: Resolved) -> Iterator[Step]:
    """Every fulfillment action and every step."""
    for each in lists(resolved):
        yield from each
