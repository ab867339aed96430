"""Settings and small kinds to the plan: pipelines, conversions, audiences, site messages, policies."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from oncue.compiler import model
from oncue.compiler.lower.funnel import funnel
from oncue.compiler.lower.uses import Uses
from oncue.compiler.model import places as model_places
from oncue.compiler.templates.attachments import file_sent
from oncue.compiler.templates.messages import Message
from oncue.schemas import plan


def settings(uses: Uses, given: model.Settings) -> plan.Settings:
    """The settings that the runtime goes by."""
    return plan.Settings(
        timezone=given.timezone,
        unknown_events=given.unknown_events,
        unknown_contacts=given.unknown_contacts,
        trigger_max_age=given.trigger_max_age,
        deliver_only_to=tuple(pattern.text for pattern in given.deliver_only_to),
        policies=None if given.policies is None else _policies(given.policies, given.timezone),
        funnel=None if given.funnel is None else funnel(uses, given.funnel),
    )


def _policies(given: model_places.Policies, zone: str) -> plan.Policies:
    return plan.Policies(
        quiet_hours=None if given.quiet_hours is None else _quiet_hours(given.quiet_hours, zone),
        frequency_caps=tuple(
            plan.FrequencyCap(cap.channel, cap.at_most, cap.per) for cap in given.frequency_caps
        ),
        blackout_dates=tuple(sorted({day.text.strip() for day in given.blackout_dates})),
        daily_limit=given.daily_limit,
        alert=tuple(user.name for user in given.alert),
    )


def _quiet_hours(given: model_places.QuietHours, zone: str) -> plan.QuietHours:
    named = zone if given.timezone is None else given.timezone.text
    return plan.QuietHours(given.start, given.end, named, given.channels)


def places(uses: Uses, workspace: model.Workspace) -> dict[str, Any]:
    """The plan's tables of these kinds."""
    return {
        "pipelines": {name: _pipeline(uses, each) for name, each in workspace.pipelines.items()},
        "conversions": {
            name: plan.Conversion(uses.at(each.key), each.value)
            for name, each in workspace.conversions.items()
        },
        "audiences": {name: _audience(uses, each) for name, each in workspace.audiences.items()},
        "site_messages": {name: _site_message(uses, each) for name, each in workspace.site_messages.items()},
        "connectors": {name: _connector(uses, each) for name, each in workspace.settings.connectors.items()},
    }


def sent_along(messages: Iterable[Message]) -> dict[str, Any]:
    """Layouts, parts and attachments of all emails, by path."""
    parts = {part.path: part for message in messages for part in message.parts}
    files = {path: content for message in messages for path, content in message.attached.items()}
    return {
        "templates": {path: plan.Template(part.text, part.format) for path, part in sorted(parts.items())},
        "files_sent": {path: file_sent(path, content) for path, content in sorted(files.items())},
    }


def _pipeline(uses: Uses, each: model_places.Pipeline) -> plan.Pipeline:
    return plan.Pipeline(uses.at(each.key), tuple(stage.text for stage in each.stages))


def _audience(uses: Uses, each: model_places.Audience) -> plan.Audience:
    name = (each.name or each.key.text) if each.create else ""
    return plan.Audience(uses.at(each.key), each.id, each.create, name, each.description)


def _site_message(uses: Uses, each: model_places.SiteMessage) -> plan.SiteMessage:
    return plan.SiteMessage(
        at=uses.at(each.key),
        text="" if each.text is None else each.text.text,
        title="" if each.title is None else each.title.text,
        page=None if each.page is None else each.page.name,
        expires=each.expires,
        was=each.was,
    )


def _connector(uses: Uses, each: model.Connector) -> plan.ConnectorSpec:
    return plan.ConnectorSpec(
        each.type, {key.text: value.text for key, value in each.settings}, uses.at(each.key)
    )
