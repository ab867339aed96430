"""What the compiler has to say: one frozen record, whichever stage it comes from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

from oncue.compiler.source import Span

Severity = Literal["error", "warning", "note"]


class Related(Struct, frozen=True):
    """Another place that matters: the first of two equal ids, the segment that closes a cycle."""

    message: str
    span: Span


class Diagnostic(Struct, frozen=True):
    """`message` says what is wrong, in a line; `hint` what to do next (a "did you mean", what is allowed).
    `fix` is what to write in place of the span where one name is surely meant, as it stands in the file."""

    code: str
    severity: Severity
    message: str
    span: Span
    hint: str = ""
    related: tuple[Related, ...] = ()
    fix: str = ""


def arrange(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Sorted by place, each once."""
    unique = {(d.span, d.code, d.message): d for d in diagnostics}
    return [unique[key] for key in sorted(unique)]
