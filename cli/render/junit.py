"""Diagnostics as JUnit XML, which every CI server draws: a suite for each file, a case for each mistake.

A file without one has a single case that passes. Errors fail (with --strict warnings too); what does not
fail stands in its case's output. The text of each is what the text form shows, line and caret included.
"""

from __future__ import annotations

from collections import defaultdict
from xml.sax.saxutils import escape, quoteattr

from oncue.cli.render.formats import Found
from oncue.cli.render.text import clean, render_each
from oncue.compiler.diagnostics import Diagnostic

_YAML = (".yaml", ".yml")


def render(found: Found) -> str:
    """The document."""
    shown = render_each(found.diagnostics, found.sources)
    cases: dict[str, list[str]] = defaultdict(list)
    failures: dict[str, int] = defaultdict(int)
    for diagnostic, text in zip(found.diagnostics, shown, strict=True):
        path = diagnostic.span.path
        fails = diagnostic.severity in found.failing
        cases[path].append(_case(diagnostic, text, found.path(diagnostic.span), fails))
        failures[path] += fails
    for path in found.sources:
        if path.endswith(_YAML) and path not in cases:
            cases[path].append(f'    <testcase name="no mistakes" classname={_attr(found.folder + path)}/>\n')
    suites = [_suite(found.folder + path, cases[path], failures[path]) for path in sorted(cases)]
    sums = f'tests="{sum(map(len, cases.values()))}" failures="{sum(failures.values())}" errors="0"'
    head = f'<testsuites name="oncue validate" {sums}>'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{head}\n{"".join(suites)}</testsuites>\n'


def _suite(path: str, cases: list[str], failures: int) -> str:
    head = f'tests="{len(cases)}" failures="{failures}" errors="0" skipped="0"'
    return f"  <testsuite name={_attr(path)} {head}>\n{''.join(cases)}  </testsuite>\n"


def _case(diagnostic: Diagnostic, text: str, path: str, fails: bool) -> str:
    name = f"{diagnostic.code} at line {diagnostic.span.line}: {diagnostic.message}"
    head = f"    <testcase name={_attr(name)} classname={_attr(path)}"
    head += f' file={_attr(path)} line="{diagnostic.span.line}">\n'
    if not fails:
        return f"{head}      <system-out>{_content(text)}</system-out>\n    </testcase>\n"
    failure = f"      <failure message={_attr(diagnostic.message)} type={_attr(diagnostic.code)}>"
    return f"{head}{failure}{_content(text)}</failure>\n    </testcase>\n"


def _attr(text: str) -> str:
    return quoteattr(clean(text))


def _content(text: str) -> str:
    return escape("\n".join(map(clean, text.splitlines())) + "\n")
