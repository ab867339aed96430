"""Diagnostics for programs: one JSON document, stable from version to version.

    {"version": 1,
     "counts": {"error": 1, "warning": 0, "note": 0},
     "diagnostics": [
       {"code": "N001", "severity": "error", "message": "unknown segment `hot-leds`",
        "path": "people.yaml", "line": 7, "column": 22, "end_line": 7, "end_column": 30,
        "hint": "did you mean `hot-leads`?", "fix": "hot-leads",
        "related": [{"message": "...", "path": "...",
                     "line": 3, "column": 3, "end_line": 3, "end_column": 12}]}]}

Lines and columns count from 1, columns in characters; the end is exclusive. `hint` may be empty, `related`
too. `fix`, where it is not empty, is what to write in place of the span. Keys may be added; none is removed
or changes its meaning without another `version`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable

from oncue.compiler.diagnostics import Diagnostic
from oncue.compiler.source import Span

VERSION = 1


def render(diagnostics: Iterable[Diagnostic]) -> str:
    """The document, with a line end."""
    found = list(diagnostics)
    counts = Counter(diagnostic.severity for diagnostic in found)
    document = {
        "version": VERSION,
        "counts": {severity: counts[severity] for severity in ("error", "warning", "note")},
        "diagnostics": [_diagnostic(diagnostic) for diagnostic in found],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _diagnostic(diagnostic: Diagnostic) -> dict[str, object]:
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        **_place(diagnostic.span),
        "hint": diagnostic.hint,
        "fix": diagnostic.fix,
        "related": [{"message": related.message, **_place(related.span)} for related in diagnostic.related],
    }


def _place(span: Span) -> dict[str, object]:
    """A span without an end is one character wide."""
    end = (span.end_line, span.end_column) if span.end_line else (span.line, span.column + 1)
    return {
        "path": span.path,
        "line": span.line,
        "column": span.column,
        "end_line": end[0],
        "end_column": end[1],
    }
