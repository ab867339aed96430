"""Diagnostics as workflow commands of GitHub Actions, which become annotations at the lines of a change.

    ::error file=acme/people.yaml,line=7,endLine=7,col=14,endColumn=21,title=N201: an unknown id::unknown ...

Columns are given only where a span stays on one line, as annotations want it; the end is inclusive.
"""

from __future__ import annotations

from oncue.cli.render.formats import Found
from oncue.cli.render.text import clean
from oncue.compiler import codes
from oncue.compiler.diagnostics import Diagnostic

_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def render(found: Found) -> str:
    """One command a line; empty if there is nothing to say."""
    return "".join(_command(each, found) + "\n" for each in found.diagnostics)


def _command(diagnostic: Diagnostic, found: Found) -> str:
    line, column, end_line, end_column = found.utf16(diagnostic.span)
    properties: dict[str, object] = {"file": found.path(diagnostic.span), "line": line, "endLine": end_line}
    if line == end_line:
        properties |= {"col": column, "endColumn": max(column, end_column - 1)}
    properties["title"] = f"{diagnostic.code}: {codes.titles().get(diagnostic.code, '')}"
    given = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    return f"::{_COMMANDS[diagnostic.severity]} {given}::{_data(_message(diagnostic, found))}"


def _message(diagnostic: Diagnostic, found: Found) -> str:
    lines = [f"{diagnostic.message} [{diagnostic.code}]"]
    lines += [f"hint: {diagnostic.hint}"] if diagnostic.hint else []
    for each in diagnostic.related:
        lines.append(f"{found.path(each.span)}:{each.span.line}:{each.span.column}: {each.message}")
    return "\n".join(map(clean, lines))


def _data(text: str) -> str:
    """What would end the command is written as the runner reads it back."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
