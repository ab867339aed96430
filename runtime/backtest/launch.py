"""The plan as it stands before it is launched: it takes history in, and does nothing that counts.

A backtest that begins in the middle of a history lets everything before that happen to a workspace without
campaigns: contacts, fields, consent and what people did are there, and so is what fulfillment actions change
about a contact (score, tags, fields, subscriptions, deals). Then the plan takes effect as on a database that
runs: who is in a segment by then does not enter by that, and nobody is inside or has a response.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec

from oncue.schemas.plan import Asset, Behaviour, Email, Plan

KEPT = frozenset(
    {
        "adjust_score", "add_tag", "remove_tag", "update_contact", "subscribe", "unsubscribe", "math",
        "convert", "add_deal", "update_deal", "adjust_deal_score", "update_account", "assign_owner",
    }
)  # fmt: skip

_A = TypeVar("_A", Asset, Email)


def before_launch(plan: Plan) -> Plan:
    """The plan without campaigns, scenarios and fulfillment lists, and with only what KEPT names of its
    actions."""
    return msgspec.structs.replace(
        plan,
        digest="",
        campaigns={},
        reactivation_scenarios={},
        fulfillment_lists={},
        emails={name: _quiet(email) for name, email in plan.emails.items()},
        assets={
            kind: {name: _quiet(asset) for name, asset in assets.items()}
            for kind, assets in plan.assets.items()
        },
    )


def _quiet(asset: _A) -> _A:
    behaviours = {name: _kept(behaviour) for name, behaviour in asset.behaviours.items()}
    return msgspec.structs.replace(asset, behaviours=behaviours)


def _kept(behaviour: Behaviour) -> Behaviour:
    actions = tuple(action for action in behaviour.actions if action.kind in KEPT)
    return msgspec.structs.replace(behaviour, actions=actions)
