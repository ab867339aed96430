"""The page of an email: how it looks with placeholders for values, and where it is used."""

from __future__ import annotations

from collections.abc import Mapping
from email import message_from_string
from email.policy import default
from typing import Any

from oncue.cli.site.addresses import Mentions, place
from oncue.cli.site.campaigns import told
from oncue.runtime.messages import preview
from oncue.schemas.plan import Behaviour, Email, Plan


def page(plan: Plan, name: str, mentions: Mentions) -> dict[str, Any]:
    """What the email's page shows."""
    spec = plan.emails[name]
    shown: dict[str, Any] = {"html": "", "text": "", "subject": spec.subject, "problem": ""}
    try:
        made = preview.preview(plan, name, placeholders(plan, spec), f"somebody@{plan.project}.invalid")
    except preview.RenderFailedError as error:
        shown["problem"] = str(error)
    else:
        subject = str(message_from_string(made.headers, policy=default)["Subject"])
        shown |= {"html": made.html, "text": made.text, "subject": subject}
    return {
        "name": name,
        "email": spec,
        "line": place(plan, spec.at),
        "attached": [plan.files_sent[key].name for key in spec.attachments],
        "behaviours": behaviours(plan, spec.behaviours),
        "used": mentions.of(("emails", name)),
        **shown,
    }


def behaviours(plan: Plan, found: Mapping[str, Behaviour]) -> list[dict[str, Any]]:
    """Fulfillment actions: what happens at each behaviour of an asset."""
    return [
        {
            "on": f"on_{name}",
            "line": place(plan, spec.at),
            "active": spec.active,
            "start": spec.start,
            "until": spec.until,
            "actions": [told(plan, step) for step in spec.actions],
        }
        for name, spec in found.items()
    ]


def placeholders(plan: Plan, spec: Email) -> dict[str, str | list[str]]:
    """A value for each name that the email shows: the name itself, marked as such."""
    groups = {
        "": spec.uses, "event.": spec.event_uses, "entry.": spec.entry_uses,
        "deal.": spec.deal_uses, "account.": spec.account_uses,
    }  # fmt: skip
    found: dict[str, str | list[str]] = {}
    for prefix, names in groups.items():
        for name in names:
            mark = f"[{prefix}{name}]"
            found[prefix + name] = [mark] if prefix == "" and _many(plan, name) else mark
    return found


def _many(plan: Plan, name: str) -> bool:
    return name in plan.fields and plan.fields[name].type == "many"
