"""The forms in which `oncue validate` tells what it found, and what each of them needs to know."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence, Set
from pathlib import Path

from msgspec import Struct

from oncue.compiler.diagnostics import Diagnostic
from oncue.compiler.source import Source, Span


class Found(Struct, frozen=True):
    """What a workspace came to. `folder` is the workspace as its paths shall begin, empty or with a slash at
    the end; `failing` are the levels that make the command fail."""

    diagnostics: Sequence[Diagnostic]
    sources: Mapping[str, Source]
    folder: str = ""
    failing: Set[str] = frozenset({"error"})
    color: bool = False

    def path(self, span: Span) -> str:
        """Where the span's file is, seen from the root of the repository."""
        return self.folder + span.path

    def utf16(self, span: Span) -> tuple[int, int, int, int]:
        """The span with columns that count UTF-16 code units, as editors and code hosts do: line, column,
        end line, end column (exclusive). A span without an end is one character wide."""
        end_line, end_column = (span.end_line or span.line), span.end_column or span.column + 1
        return (
            span.line,
            self._column(span.path, span.line, span.column),
            end_line,
            self._column(span.path, end_line, end_column),
        )

    def _column(self, path: str, line: int, column: int) -> int:
        source = self.sources.get(path)
        before = source.line(line)[: column - 1] if source is not None else ""
        return column + sum(char > "\uffff" for char in before)


def folder_of(workspace: Path) -> str:
    """The workspace's folder from the root of the checkout, which is the current folder where no job of
    GitHub says otherwise."""
    root = os.environ.get("GITHUB_WORKSPACE") or os.getcwd()
    relative = os.path.relpath(workspace.resolve(), Path(root).resolve())
    return "" if relative == "." else Path(relative).as_posix() + "/"


def _text(found: Found) -> str:
    from oncue.cli.render import text

    return text.render(found.diagnostics, found.sources, color=found.color)


def _json(found: Found) -> str:
    from oncue.cli.render import json

    return json.render(found.diagnostics)


def _sarif(found: Found) -> str:
    from oncue.cli.render import sarif

    return sarif.render(found)


def _github(found: Found) -> str:
    from oncue.cli.render import github

    return github.render(found)


def _junit(found: Found) -> str:
    from oncue.cli.render import junit

    return junit.render(found)


FORMATS: Mapping[str, Callable[[Found], str]] = {
    "text": _text,
    "json": _json,
    "sarif": _sarif,
    "github": _github,
    "junit": _junit,
}
