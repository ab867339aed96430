"""Diagnostics as SARIF 2.1.0 (OASIS), which code hosts and editors read.

Paths are relative to the root of the checkout, columns count UTF-16 code units, the end of a region is
exclusive. A result's fingerprint is made of its code, file, message and line, not of the line's number, so
that it stays while lines move; of several equal ones each has its own. What is a secret is starred.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from importlib.metadata import version
from typing import Any
from urllib.parse import quote

from oncue.cli.render.formats import Found
from oncue.cli.render.text import starred
from oncue.compiler import codes
from oncue.compiler.diagnostics import Diagnostic, Related
from oncue.compiler.source import Source, Span

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT = "%SRCROOT%"  # what code hosts call the root of the checkout

Json = dict[str, Any]


def render(found: Found) -> str:
    """The log, with one run."""
    rules = sorted({each.code for each in found.diagnostics})
    shown = starred(found.diagnostics, found.sources)
    driver = {"name": "oncue", "version": version("oncue"), "rules": [_rule(code) for code in rules]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "utf16CodeUnits",
        "invocations": [{"executionSuccessful": True}],
        "results": _results(found, rules, shown),
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


# --- rules ----------------------------------------------------------------------------------------


def _rule(code: str) -> Json:
    """The code's page: its title, what is wrong in a paragraph, and all of it as help."""
    page = codes.page(code)
    about = page.split("\n## ")[0].partition("\n")[2].strip()
    return {
        "id": code,
        "name": codes.titles()[code],
        "shortDescription": {"text": codes.titles()[code]},
        "fullDescription": {"text": " ".join(about.split()) or codes.titles()[code]},
        "help": {"text": page, "markdown": page},
        "defaultConfiguration": {"level": codes.level(code)},
        "properties": {"tags": [codes.FAMILIES[code[0]]]},
    }


# --- results --------------------------------------------------------------------------------------


def _results(found: Found, rules: Sequence[str], shown: Mapping[str, Source]) -> list[Json]:
    seen: Counter[str] = Counter()
    results = []
    for each in found.diagnostics:
        print_ = _fingerprint(each, shown)
        seen[print_] += 1
        result = _result(each, found, shown)
        result["ruleIndex"] = rules.index(each.code)
        result["partialFingerprints"] = {"primaryLocationLineHash": f"{print_}:{seen[print_]}"}
        results.append(result)
    return results


def _result(each: Diagnostic, found: Found, shown: Mapping[str, Source]) -> Json:
    result: Json = {
        "ruleId": each.code,
        "level": each.severity,
        "message": {"text": f"{each.message}\n{each.hint}" if each.hint else each.message},
        "locations": [{"physicalLocation": _place(each.span, found, shown)}],
    }
    if each.related:
        result["relatedLocations"] = [
            _related(number, related, found, shown) for number, related in enumerate(each.related, 1)
        ]
    if each.fix:
        result["fixes"] = [_fix(each, found)]
    return result


def _related(number: int, related: Related, found: Found, shown: Mapping[str, Source]) -> Json:
    place = _place(related.span, found, shown)
    return {"id": number, "message": {"text": related.message}, "physicalLocation": place}


def _fix(each: Diagnostic, found: Found) -> Json:
    replacement = {"deletedRegion": _region(each.span, found), "insertedContent": {"text": each.fix}}
    change = {"artifactLocation": _artifact(each.span, found), "replacements": [replacement]}
    return {"description": {"text": f"write {each.fix}"}, "artifactChanges": [change]}


# --- places ---------------------------------------------------------------------------------------


def _place(span: Span, found: Found, shown: Mapping[str, Source]) -> Json:
    region = _region(span, found)
    one_line = span.line == (span.end_line or span.line)
    text = _line(span, shown)[span.column - 1 : (span.end_column or span.column + 1) - 1]
    if text and one_line:
        region["snippet"] = {"text": text}
    return {"artifactLocation": _artifact(span, found), "region": region}


def _artifact(span: Span, found: Found) -> Json:
    path = found.path(span)
    if path.startswith("../"):  # outside of the checkout, or of the current folder
        return {"uri": quote(path)}
    return {"uri": quote(path), "uriBaseId": _ROOT}


def _region(span: Span, found: Found) -> Json:
    line, column, end_line, end_column = found.utf16(span)
    return {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column}


def _line(span: Span, shown: Mapping[str, Source]) -> str:
    source = shown.get(span.path)
    return source.line(span.line) if source is not None else ""


def _fingerprint(each: Diagnostic, shown: Mapping[str, Source]) -> str:
    """Of the line without its indentation: a block that moves deeper keeps it."""
    parts = (each.code, each.span.path, each.message, _line(each.span, shown).strip())
    return blake2b("\0".join(parts).encode("utf-8", "backslashreplace"), digest_size=8).hexdigest()
