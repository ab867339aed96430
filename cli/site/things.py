"""The pages that list things: segments, lists, assets, sales, people, site messages, tasks, settings."""

from __future__ import annotations

from typing import Any

from oncue.cli.drawing.links import behaviours as all_behaviours
from oncue.cli.drawing.workspace import ONE
from oncue.cli.site.addresses import Mentions, address, place
from oncue.cli.site.campaigns import told
from oncue.cli.site.emails import behaviours
from oncue.cli.words.actions import say
from oncue.cli.words.scenarios import judges, listens
from oncue.cli.words.values import address as shown_address
from oncue.cli.words.values import any_of, both, count, duration, one_line, time_of_day
from oncue.runtime.testing.places import steps_of
from oncue.runtime.views.reports import Report
from oncue.schemas.actions import Action, AddTask
from oncue.schemas.plan import Conversion, FieldSpec, Plan, Policies, Step

# Settings of connectors that may be shown as they stand. Whatever else is no reference is not.
_OPEN = frozenset({"from", "unsubscribe", "at_once", "per_second", "timeout", "allow_private"})


def segments(plan: Plan, mentions: Mentions, report: Report | None) -> dict[str, Any]:
    sizes = {each.id: each.size for each in report.segments} if report else {}
    return {
        "segments": [
            {
                "id": name,
                "spec": spec,
                "condition": plan.conditions[spec.condition.condition].text,
                "line": place(plan, spec.at),
                "size": sizes.get(name),
                "used": mentions.of(("segments", name)),
            }
            for name, spec in sorted(plan.segments.items())
        ]
    }


def lists(plan: Plan, mentions: Mentions) -> dict[str, Any]:
    return {
        "lists": [
            {"id": name, "spec": spec, "line": place(plan, spec.at), "used": mentions.of(("lists", name))}
            for name, spec in sorted(plan.lists.items())
        ]
    }


def fulfillment_lists(plan: Plan, mentions: Mentions) -> dict[str, Any]:
    return {
        "lists": [
            {
                "id": name,
                "spec": spec,
                "line": place(plan, spec.at),
                "columns": [(one.heading, one.field or one.text) for one in spec.columns],
                "used": mentions.of(("fulfillment_lists", name)),
            }
            for name, spec in sorted(plan.fulfillment_lists.items())
        ]
    }


def scenarios(plan: Plan, mentions: Mentions, report: Report | None) -> dict[str, Any]:
    """The funnel's settings, and every scenario in words."""
    counted = {each.id: each for each in report.reactivation_scenarios} if report else {}
    funnel = plan.settings.funnel
    return {
        "funnel": funnel,
        "qualified": None if funnel is None else plan.conditions[funnel.qualified_when.condition].text,
        "scenarios": [
            {
                "id": name,
                "spec": spec,
                "line": place(plan, spec.at),
                "listens": listens(plan, spec),
                "judges": judges(plan, spec),
                "steps": [told(plan, step) for step in steps_of(spec)],
                "counted": counted.get(name),
                "used": mentions.of(("reactivation_scenarios", name)),
            }
            for name, spec in sorted(plan.reactivation_scenarios.items())
        ],
    }


def assets(plan: Plan, mentions: Mentions) -> dict[str, Any]:
    return {
        "kinds": [
            {
                "kind": kind,
                "one": ONE[kind],
                "assets": [
                    {
                        "id": name,
                        "spec": spec,
                        "line": place(plan, spec.at),
                        "behaviours": behaviours(plan, spec.behaviours),
                        "used": mentions.of((kind, name)),
                    }
                    for name, spec in sorted(found.items())
                ],
            }
            for kind, found in sorted(plan.assets.items())
            if found
        ]
    }


def sales(plan: Plan, mentions: Mentions, report: Report | None) -> dict[str, Any]:
    stages = {each.id: {one.stage: one for one in each.stages} for each in report.pipelines} if report else {}
    converted = {each.id: each for each in report.conversions} if report else {}
    return {
        "pipelines": [
            {
                "id": name, "spec": spec, "line": place(plan, spec.at), "counted": stages.get(name),
                "used": mentions.of(("pipelines", name)),
            }
            for name, spec in sorted(plan.pipelines.items())
        ],
        "conversions": [
            {
                "id": name, "line": place(plan, spec.at), "says": _conversion(spec),
                "counted": converted.get(name), "used": mentions.of(("conversions", name)),
            }
            for name, spec in sorted(plan.conversions.items())
        ],
        "audiences": [
            {
                "id": name, "spec": spec, "line": place(plan, spec.at),
                "used": mentions.of(("audiences", name)),
            }
            for name, spec in sorted(plan.audiences.items())
        ],
    }  # fmt: skip


def _conversion(spec: Conversion) -> str:
    return "" if spec.value is None else f"worth {spec.value}"


def site_messages(plan: Plan, mentions: Mentions) -> dict[str, Any]:
    return {
        "messages": [
            {
                "id": name,
                "spec": spec,
                "line": place(plan, spec.at),
                "page": None if spec.page is None else address(("web_pages", spec.page)),
                "expires": "" if spec.expires is None else f"expires after {duration(spec.expires)}",
                "used": mentions.of(("site_messages", name)),
            }
            for name, spec in sorted(plan.site_messages.items())
        ]
    }


# --- people and their work ------------------------------------------------------------------------


def people(plan: Plan, mentions: Mentions) -> dict[str, Any]:
    return {
        "users": [
            {"id": name, "spec": spec, "line": place(plan, spec.at), "used": mentions.of(("users", name))}
            for name, spec in sorted(plan.users.items())
        ],
        "teams": [
            {"id": name, "spec": spec, "line": place(plan, spec.at), "used": mentions.of(("teams", name))}
            for name, spec in sorted(plan.teams.items())
        ],
    }


def tasks(plan: Plan) -> dict[str, Any]:
    """Every task that a campaign or fulfillment action gives somebody."""
    found = []
    for name, campaign in sorted(plan.campaigns.items()):
        for step in campaign.steps:
            found += _tasks(plan, f"{address(('campaigns', name))}#step-{step.id}", f"campaign {name}", step)
    for kind, name, _, spec in all_behaviours(plan):
        for step in spec.actions:
            found += _tasks(plan, address((kind, name)), f"{ONE[kind]} {name}", step)
    return {"tasks": found}


def _tasks(plan: Plan, href: str, where: str, step: Step) -> list[dict[str, str]]:
    uses: list[Action | None] = [rule.use for rule in step.rules]
    return [
        {
            "says": say(plan, use), "note": one_line(use.note), "href": href, "where": where,
            "step": step.id, "line": place(plan, step.at),
        }
        for use in (*uses, step.default)
        if isinstance(use, AddTask)
    ]  # fmt: skip


# --- settings -------------------------------------------------------------------------------------


def settings(plan: Plan) -> dict[str, Any]:
    return {
        "settings": plan.settings,
        "policies": list(_policies(plan.settings.policies)),
        "connectors": [
            {
                "channel": channel,
                "type": spec.type,
                "line": place(plan, spec.at),
                "settings": [(key, _setting(key, value)) for key, value in sorted(spec.settings.items())],
            }
            for channel, spec in sorted(plan.connectors.items())
        ],
        "fields": [
            ("Contact fields", [(name, _field(spec)) for name, spec in sorted(plan.fields.items())]),
            ("Account fields", [(name, _field(spec)) for name, spec in sorted(plan.account_fields.items())]),
            ("Deal fields", [(name, _field(spec)) for name, spec in sorted(plan.deal_fields.items())]),
        ],
        "events": [
            (name, [(key, _field(field)) for key, field in sorted(spec.properties.items())])
            for name, spec in sorted(plan.events.items())
        ],
        "age": duration(plan.settings.trigger_max_age),
    }


def _policies(policies: Policies | None) -> list[str]:
    if policies is None:
        return []
    found = [
        f"at most {count(cap.at_most, 'message')} by {cap.channel} in {duration(cap.per)}"
        for cap in policies.frequency_caps
    ]
    quiet = policies.quiet_hours
    if quiet is not None:
        hours = f"{time_of_day(quiet.start)} and {time_of_day(quiet.end)}"
        zone = "the contact's time" if quiet.timezone == "contact" else quiet.timezone
        found.append(f"quiet between {hours} ({zone}) for {both(quiet.channels)}")
    if policies.blackout_dates:
        found.append(f"nothing on {any_of(policies.blackout_dates)}")
    if policies.daily_limit is not None:
        told = f"; beyond that {both(policies.alert)} is told" if policies.alert else ""
        found.append(f"at most {count(policies.daily_limit, 'message')} to a contact in a day{told}")
    return found


def _setting(key: str, value: str) -> str:
    """A setting without its secret."""
    if value.startswith("env:"):
        return f"from the environment, {value.removeprefix('env:')}"
    if key == "url":
        return shown_address(value)
    return value if key in _OPEN else "(not shown)"


def _field(spec: FieldSpec) -> str:
    limits = [f"at least {spec.min}" if spec.min else "", f"at most {spec.max}" if spec.max else ""]
    values = f"one of {any_of(spec.values)}" if spec.values else ""
    return ", ".join(part for part in (spec.type, values, *limits) if part)
