"""The model to the plan: what the runtime needs, and of how it was written only the positions.

Runs on a workspace without errors only, so every name is known and every condition compiled.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from oncue.compiler import model
from oncue.compiler.flow.flat import flatten
from oncue.compiler.lower.batches import fulfillment_list
from oncue.compiler.lower.digests import of_plan, of_unit
from oncue.compiler.lower.funnel import scenario, statuses
from oncue.compiler.lower.places import places, sent_along, settings
from oncue.compiler.lower.steps import steps
from oncue.compiler.lower.triggers import trigger
from oncue.compiler.lower.uses import Uses
from oncue.compiler.model import Workspace
from oncue.compiler.model.migrations import Migration, spot
from oncue.compiler.resolve.workspace import Resolved
from oncue.compiler.templates.messages import Message
from oncue.compiler.yaml.nodes import Scalar
from oncue.schemas import plan


def lower(resolved: Resolved, messages: dict[str, Message]) -> plan.Plan:
    """The plan; `messages` are the emails' texts."""
    workspace, uses = resolved.workspace, Uses(resolved)
    units: dict[str, Any] = {
        "emails": {name: _email(uses, each, messages[name]) for name, each in workspace.emails.items()},
        "segments": {name: _segment(uses, each) for name, each in workspace.segments.items()},
        "campaigns": {name: _campaign(uses, name, each) for name, each in workspace.campaigns.items()},
        "reactivation_scenarios": {
            name: scenario(uses, each) for name, each in workspace.reactivation_scenarios.items()
        },
        "assets": {
            kind: {name: _asset(uses, each) for name, each in members.items()}
            for kind, members in workspace.assets.items()
            if members
        },
    }
    return of_plan(
        plan.Plan(
            project=workspace.settings.project,
            settings=settings(uses, workspace.settings),
            files=workspace.files,
            fields=workspace.settings.fields,
            account_fields=workspace.settings.account_fields,
            deal_fields=workspace.settings.deal_fields,
            events=workspace.settings.events,
            **_people(uses, workspace),
            **places(uses, workspace),
            **sent_along(messages.values()),
            fulfillment_lists={
                name: fulfillment_list(uses, each) for name, each in workspace.fulfillment_lists.items()
            },
            migrate={each.key.text.strip(): _migration(uses, each) for each in workspace.settings.migrate},
            **units,
            conditions=uses.conditions,
            tracks=uses.tracks(),  # of all conditions: everything else has been lowered
        )
    )


def _people(uses: Uses, workspace: Workspace) -> dict[str, Any]:
    return {
        "lists": {name: _list(uses, each) for name, each in workspace.lists.items()},
        "users": {name: _user(uses, each) for name, each in workspace.users.items()},
        "teams": {
            name: plan.TeamSpec(uses.at(each.key), tuple(ref.name for ref in each.users))
            for name, each in workspace.teams.items()
        },
    }


def _list(uses: Uses, each: model.List) -> plan.ListSpec:
    return plan.ListSpec(uses.at(each.key), each.opt_in, _name(each.confirm))


def _user(uses: Uses, each: model.User) -> plan.UserSpec:
    manager = _name(each.manager)
    return plan.UserSpec(uses.at(each.key), each.email, manager, each.phone, each.active)


def _segment(uses: Uses, segment: model.Segment) -> plan.Segment:
    return of_unit(
        plan.Segment(
            at=uses.at(segment.key),
            digest="",
            condition=uses.use(segment.condition),
            description=segment.description,
            was=segment.was,
        )
    )


def _behaviours(uses: Uses, behaviours: Iterable[model.Behaviour]) -> dict[str, plan.Behaviour]:
    return {
        each.name: plan.Behaviour(
            at=uses.at(each.key),
            actions=steps(uses, flatten(each.actions).steps.values(), linked=False),
            active=each.active,
            start=_day(each.start),
            until=_day(each.until),
        )
        for each in behaviours
    }


def _asset(uses: Uses, asset: model.Asset) -> plan.Asset:
    return of_unit(
        plan.Asset(
            at=uses.at(asset.key),
            digest="",
            name=asset.name,
            url=asset.url,
            behaviours=_behaviours(uses, asset.behaviours),
            was=asset.was,
        )
    )


def _email(uses: Uses, email: model.Email, message: Message) -> plan.Email:
    return of_unit(
        plan.Email(
            at=uses.at(email.key),
            digest="",
            subject=message.subject,
            body=message.body,
            body_format=message.format,
            body_file=message.file,
            uses=message.names(""),
            event_uses=message.names("event"),
            entry_uses=message.names("entry"),
            deal_uses=message.names("deal"),
            account_uses=message.names("account"),
            attachments=tuple(message.attached),
            list=_name(email.list),
            operational=email.operational,
            from_=email.from_,
            reply_to=email.reply_to,
            behaviours=_behaviours(uses, email.behaviours),
            was=email.was,
        ),
        *(part.text.encode() for part in message.parts),
        *message.attached.values(),
    )


def _campaign(uses: Uses, name: str, campaign: model.Campaign) -> plan.Campaign:
    flow = uses.resolved.flows[name]
    return of_unit(
        plan.Campaign(
            at=uses.at(campaign.key),
            digest="",
            starts=tuple(trigger(uses, start) for start in campaign.starts),
            runs=campaign.runs,
            entries=campaign.entries,
            entry_key=_name(campaign.entry_key),
            exit_when=uses.maybe(campaign.exit_when),
            steps=steps(uses, flow.steps.values(), linked=True),
            first=flow.first,
            statuses=statuses(campaign),
            default_responded=_name(campaign.default_responded),
            exclude_from_reactivation=campaign.exclude is not None,
            on_change=campaign.on_change,
            description=campaign.description,
            was=campaign.was,
        )
    )


def _migration(uses: Uses, each: Migration) -> plan.Migration:
    target = None if each.to is None else spot(each.to.text)
    if target is None:
        return plan.Migration(uses.at(each.key), None, each.reason)
    if target.kind != "campaigns":
        return plan.Migration(uses.at(each.key), target.id)
    step = target.step or uses.resolved.flows[target.id].first
    return plan.Migration(uses.at(each.key), f"{target.id}/{step}")


def _name(ref: model.Ref | None) -> str | None:
    return None if ref is None else ref.name


def _day(scalar: Scalar | None) -> str | None:
    return None if scalar is None else scalar.text.strip()
