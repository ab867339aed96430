"""How loud each thing is said: levels from oncue.yaml, and comments that ignore a code on one line.

``lint: {L103: off, L101: error}`` changes lints, and whatever is a warning or a note. So does a comment
``# oncue: ignore L103`` at the end of the line, or alone on the line above. An error that is no lint stands:
the plan could not be made.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import cast

import msgspec

from oncue.compiler import codes
from oncue.compiler.diagnostics import Diagnostic, Severity
from oncue.compiler.resolve.names import did_you_mean, meant
from oncue.compiler.yaml.nodes import Scalar

_IGNORE = re.compile(rb"#\s*oncue:\s*ignore\s+([A-Z][0-9]{3}(?:[\s,]+[A-Z][0-9]{3})*)")
_CODE = re.compile(r"[A-Z][0-9]{3}")


def apply(
    diagnostics: Iterable[Diagnostic], levels: Iterable[tuple[Scalar, str]], files: Mapping[str, bytes]
) -> Iterator[Diagnostic]:
    """The diagnostics at their levels, without the ignored ones, and with a word on unknown codes."""
    chosen = {key.text: level for key, level in levels}
    comments = _Comments(files)
    for diagnostic in diagnostics:
        if not adjustable(diagnostic):
            yield diagnostic
        elif not comments.ignore(diagnostic):
            level = chosen.get(diagnostic.code, diagnostic.severity)
            if level != "off":
                yield msgspec.structs.replace(diagnostic, severity=cast(Severity, level))
    yield from _unknown(key for key, _ in levels)


def adjustable(diagnostic: Diagnostic) -> bool:
    """Whether a level or a comment may change it."""
    return diagnostic.severity != "error" or diagnostic.code.startswith("L")


def _unknown(keys: Iterable[Scalar]) -> Iterator[Diagnostic]:
    for key in keys:
        if key.text not in codes.known():
            hint = did_you_mean(key.text, codes.known()) or "`oncue explain` lists the codes"
            fix = meant(key.text, codes.known())
            yield Diagnostic("N211", "error", f"there is no code `{key.text}`", key.span, hint, fix=fix)


class _Comments:
    """The ignoring comments of the files, looked up line by line where there is something to ignore."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = files
        self.lines: dict[str, list[bytes]] = {}

    def ignore(self, diagnostic: Diagnostic) -> bool:
        """Whether a comment at the diagnostic's line, or alone above it, names its code."""
        lines = self._of(diagnostic.span.path)
        line = diagnostic.span.line
        if not 0 < line <= len(lines):
            return False
        if diagnostic.code in _codes(lines[line - 1]):
            return True
        return (
            line > 1
            and lines[line - 2].lstrip().startswith(b"#")
            and diagnostic.code in _codes(lines[line - 2])
        )

    def _of(self, path: str) -> list[bytes]:
        if path not in self.lines:
            data = self.files.get(path, b"")
            self.lines[path] = data.splitlines() if _IGNORE.search(data) else []
        return self.lines[path]


def _codes(line: bytes) -> list[str]:
    found = _IGNORE.search(line)
    return [] if found is None else _CODE.findall(found[1].decode("ascii"))
