"""L108: a secret stands in the environment, never in a file that lives in git."""

from __future__ import annotations

import re
from collections.abc import Iterator

from oncue.compiler.diagnostics import Diagnostic
from oncue.compiler.resolve import Resolved

_NAME = re.compile(r"(?:^|_)(?:password|passwd|secret|token|key|credentials?|auth|sid)(?:_|$)", re.IGNORECASE)
_CREDENTIALS = re.compile(r"[a-z][a-z0-9+.-]*://[^/\s:@]+:[^/\s@]+@", re.IGNORECASE)
_TOKEN = re.compile(r"(?:sk_live_|sk_test_|SG\.|xox[abp]-|ghp_|AKIA|SK[0-9a-f]{32})")


def check(resolved: Resolved) -> Iterator[Diagnostic]:
    """Settings of connectors that look like a secret and do not begin with ``env:``."""
    for connector in resolved.workspace.settings.connectors.values():
        for key, value in connector.settings:
            if not value.text.startswith("env:") and _secret(key.text, value.text):
                name = f"{connector.key.text}_{key.text}".upper()
                message = f"`{key.text}` looks like a secret, and this file is no place for one"
                hint = f"write `env:{name}`, set {name} where oncue runs, and renew the secret"
                yield Diagnostic("L108", "error", message, value.span, hint)


def _secret(key: str, value: str) -> bool:
    return bool(_NAME.search(key) or _CREDENTIALS.search(value) or _TOKEN.match(value))
