"""L108: a secret stands in the environment, never in a file that lives in git."""

from __future__ import annotations

import re
from collections.abc import Iterator

from oncue.compiler.bind.connectors import SECRETS
from oncue.compiler.diagnostics import Diagnostic
from oncue.compiler.model import Webhook
from oncue.compiler.resolve.named import acts_of
from oncue.compiler.resolve.workspace import Resolved

_NAME = re.compile(r"(?:^|_)(?:password|passwd|secret|token|key|credentials?|auth|sid)(?:_|$)", re.IGNORECASE)
_CREDENTIALS = re.compile(r"[a-z][a-z0-9+.-]*://[^/\s:@]+:[^/\s@]+@", re.IGNORECASE)
_TOKEN = re.compile(r"(?:sk_live_|sk_test_|SG\.|xox[abp]-|ghp_|AKIA|SK[0-9a-f]{32})")

_SECRET_HEADERS = frozenset({"authorization", "proxy_authorization", "cookie", "apikey", "x_apikey"})
_SCHEME = re.compile(r"(?:basic|bearer|token)\s+\S", re.IGNORECASE)


def check(resolved: Resolved) -> Iterator[Diagnostic]:
    """Settings of connectors, and what webhooks say, that look like a secret and do not begin with
    ``env:``."""
    for act in acts_of(resolved, ["webhook"]):
        if isinstance(act, Webhook):
            yield from _of_webhook(act)
    for connector in resolved.workspace.settings.connectors.values():
        for key, value in connector.settings:
            told = value.text.startswith("env:") or key.text in SECRETS  # those are told by their place
            if not told and _secret(key.text, value.text):
                name = f"{connector.key.text}_{key.text}".upper()
                message = f"`{key.text}` looks like a secret, and this file is no place for one"
                hint = f"write `env:{name}`, set {name} where oncue runs, and renew the secret"
                yield Diagnostic("L108", "error", message, value.span, hint)


def _of_webhook(act: Webhook) -> Iterator[Diagnostic]:
    if not act.url.text.startswith("env:") and (_CREDENTIALS.search(act.url.text) or _asked(act.url.text)):
        hint = "write `url: env:WEBHOOK_URL`, set WEBHOOK_URL where oncue runs, and renew the secret"
        message = "this address holds what looks like a secret, and this file is no place for one"
        yield Diagnostic("L108", "error", message, act.url.span, hint)
    for key, value in act.headers:
        if not value.text.startswith("env:") and _header_secret(key.text, value.text):
            name = f"WEBHOOK_{key.text}".upper().replace("-", "_")
            message = f"`{key.text[:60]}` looks like a secret, and this file is no place for one"
            hint = f"write `env:{name}`, set {name} where oncue runs, and renew the secret"
            yield Diagnostic("L108", "error", message, value.span, hint)


def _asked(url: str) -> bool:
    """Whether a parameter of the address looks like a secret: ``?api_key=...``."""
    return any(
        _NAME.search(name.replace("-", "_")) and value
        for name, _, value in (pair.partition("=") for pair in url.partition("?")[2].split("&"))
    )


def _header_secret(name: str, value: str) -> bool:
    plain = name.lower().replace("-", "_")
    return plain in _SECRET_HEADERS or _secret(plain, value) or bool(_SCHEME.match(value))


def _secret(key: str, value: str) -> bool:
    return bool(_NAME.search(key) or _CREDENTIALS.search(value) or _TOKEN.match(value))
