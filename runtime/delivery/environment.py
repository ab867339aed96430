"""Secrets: read from the environment when a run with real delivery starts, and never written anywhere.

What stands in a plan or an effect is ``env:NAME``. A missing variable is told before anything runs. `scrub`
takes values that stood in the environment out of whatever a peer or a library says about an attempt.
"""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import quote, unquote, urlsplit

from msgspec import Struct

from oncue.runtime.errors import MissingSecretError
from oncue.schemas.actions import Webhook
from oncue.schemas.plan import Asset, Campaign, Email, Plan, Step

PREFIX = "env:"
_SHORTEST = 4  # a shorter value would blacken half of every message
_SHORTEST_CODED = 8
# An octet that is no UTF-8, as Python keeps it.
_LATIN_1 = {0xDC00 + octet: octet for octet in range(0xA0, 0x100)}
_PUBLIC = frozenset({"type", "at_once", "per_second", "timeout", "allow_private"})


class Environment:
    """The variables that a plan names."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = dict(values)
        self._hidden: list[str] = []
        self.hide(*values.values())

    def resolve(self, text: str) -> str:
        """The text, or what the variable holds that it names. Raises KeyError for one that was not read."""
        return self._values[text[len(PREFIX) :]] if text.startswith(PREFIX) else text

    def hide(self, *values: str) -> None:
        """These are secrets too, such as the token of a session."""
        self._hidden = sorted({*self._hidden, *_hidden(values)}, key=len, reverse=True)

    def scrub(self, text: str) -> str:
        """What a peer said, without any secret value: words on one line of bearable length."""
        text = text.translate(_LATIN_1)
        for value in self._hidden:
            text = text.replace(value, "***")
        text = "".join(sign if sign.isprintable() else " " for sign in text)
        return " ".join(text.split())[:300]


def _hidden(values: Iterable[str]) -> Iterator[str]:
    """The values, and what inside an address is secret, in every form in which a peer may repeat it."""
    for value in values:
        password = urlsplit(value).password if "://" in value else None
        for secret in (value, unquote(password) if password else ""):
            if len(secret) >= _SHORTEST:
                yield from (secret, quote(secret, safe=""), *_in_base64(secret))


def _in_base64(secret: str) -> Iterator[str]:
    """What is left of it in base64 wherever it begins in the encoded text, as in a login."""
    for lead in range(3):
        octets = b"\0" * lead + secret.encode("utf-8", "replace")
        core = b64encode(octets).decode()[lead + (lead > 0) : len(octets) * 8 // 6]
        if len(core) >= _SHORTEST_CODED:
            yield core


class Missing(Struct, frozen=True):
    """A variable that is not there, and who needs it."""

    name: str
    where: str


def read(plan: Plan, environ: Mapping[str, str] | None = None) -> Environment:
    """Reads every variable that the plan's connectors and webhooks name.

    Raises MissingSecretError with all that are missing or empty."""
    given = os.environ if environ is None else environ
    needed = dict(names(plan))
    missing = [Missing(name, where) for name, where in needed.items() if not given.get(name, "").strip()]
    if missing:
        lines = "\n".join(f"  {each.name} ({each.where})" for each in missing)
        raise MissingSecretError(
            f"these environment variables are not set:\n{lines}\n"
            "Real delivery needs them: set them where oncue runs, or leave out --deliver."
        )
    return Environment({name: given[name].strip() for name in needed})


def names(plan: Plan) -> Iterator[tuple[str, str]]:
    """(variable, who names it) in the plan's order."""
    for channel, spec in plan.connectors.items():
        for setting, value in spec.settings.items():
            if setting not in _PUBLIC and value.startswith(PREFIX):
                yield value[len(PREFIX) :], f"{setting} of the {channel} connector"
    if "webhook" not in plan.connectors or plan.connectors["webhook"].type == "outbox":
        return
    for hook, where in _webhooks(plan):
        for text in (hook.url, *hook.headers.values()):
            if text.startswith(PREFIX):
                yield text[len(PREFIX) :], where


def _webhooks(plan: Plan) -> Iterator[tuple[Webhook, str]]:
    for step, where in _steps(plan):
        for use in (step.default, *(rule.use for rule in step.rules)):
            if isinstance(use, Webhook):
                yield use, where


def _steps(plan: Plan) -> Iterator[tuple[Step, str]]:
    for name, campaign in plan.campaigns.items():
        yield from ((step, _place(name, campaign, step)) for step in campaign.steps)
    kinds: dict[str, Mapping[str, Asset | Email]] = {**plan.assets, "emails": plan.emails}
    for kind, assets in kinds.items():
        for name, asset in assets.items():
            for behaviour, deed in asset.behaviours.items():
                yield from ((step, f"a webhook of {kind}/{name}/on_{behaviour}") for step in deed.actions)


def _place(name: str, campaign: Campaign, step: Step) -> str:
    return f"step {step.id} of campaign {name}"
