"""What came of a workspace's tests: for people, as JSON, as JUnit's XML."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from oncue.cli.render.contact import place_of, told
from oncue.cli.render.moments import local_text
from oncue.cli.render.table import clean

if TYPE_CHECKING:
    from oncue.runtime.testing.coverage import Target
    from oncue.runtime.testing.report import Report
    from oncue.runtime.testing.results import Failure, Place, Result, Traced

VERSION = 1
_RED, _BOLD = "31", "1"
_INNER = frozenset({"id", "at", "message", "event", "trigger"})  # details that say nothing to a reader


def as_text(done: Report, timezone: str, *, color: bool = False, show: bool = False) -> str:
    """Every failure with what led to it; with `show` what is not covered too."""
    blocks = [_failed(result, timezone, color) for result in done.results if not result.passed]
    if show:
        blocks += _uncovered(done.coverage.missed)
    return "\n".join(blocks)


def _failed(result: Result, timezone: str, color: bool) -> str:
    lines = [_paint(f"{_place(result.place)}: {clean(result.name)}", _BOLD, color)]
    before: tuple[Traced, ...] = ()
    for failure in result.failures:
        lines += _failure(failure, timezone, color, told_before=failure.trace == before)
        before = failure.trace
    return "\n".join(lines) + "\n"


def _failure(failure: Failure, timezone: str, color: bool, *, told_before: bool = False) -> Iterator[str]:
    """`told_before`: the failure before it came about in the same way."""
    when = local_text(failure.clock, timezone)
    yield f"  {_paint(_place(failure.place), _RED, color)}: {failure.what}, at {when}"
    yield f"    expected: {clean(failure.expected)}"
    yield f"    actual:   {clean(failure.actual)}"
    if failure.trace and not told_before:
        yield "    what led there:"
        yield from (f"      {line}" for line in _trace(failure.trace, timezone))


def _trace(trace: Iterable[Traced], timezone: str) -> list[str]:
    rows = [(local_text(one.at, timezone), _said(one, timezone), _place(one.place)) for one in trace]
    width = min(90, max(len(said) for _, said, _ in rows))
    return [f"{when}  {said:<{width}}  {place}".rstrip() for when, said, place in rows]


def _said(one: Traced, timezone: str) -> str:
    details = {name: value for name, value in one.entry.get("data", {}).items() if name not in _INNER}
    entry = {**one.entry, "data": details}
    parts = (one.contact.partition(":")[2], entry["what"], place_of(entry), told(entry, timezone).strip())
    return clean("  ".join(part for part in parts if part))


def _place(place: Place) -> str:
    return f"{clean(place.file)}:{place.line}:{place.column}" if place.file else ""


def _paint(text: str, colour: str, color: bool) -> str:
    return f"\x1b[{colour}m{text}\x1b[0m" if color else text


def _uncovered(missed: list[Target]) -> list[str]:
    lines = [f"{_place(each.place)}: not covered: {_named(each)}" for each in missed]
    return ["\n".join(lines) + "\n"] if lines else []


def _named(target: Target) -> str:
    return " ".join(part for part in (target.unit, target.step, target.which) if part)


# --- for programs ---------------------------------------------------------------------------------


def as_json(done: Report) -> str:
    """`{"version", "passed", "failed", "tests", "coverage"}`; see the page on testing."""
    failed = sum(not result.passed for result in done.results)
    document = {
        "version": VERSION,
        "passed": len(done.results) - failed,
        "failed": failed,
        "seconds": round(done.seconds, 3),
        "tests": [_test(result) for result in done.results],
        "coverage": {
            "percent": round(done.coverage.percent, 2),
            "targets": len(done.coverage.targets),
            "missed": [
                {"unit": each.unit, "step": each.step, "which": each.which, **_where(each.place)}
                for each in done.coverage.missed
            ],
        },
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _where(place: Place) -> dict[str, object]:
    return {"path": place.file, "line": place.line, "column": place.column}


def _test(result: Result) -> dict[str, Any]:
    return {
        "name": result.name,
        **_where(result.place),
        "passed": result.passed,
        "seconds": round(result.seconds, 6),
        "failures": [
            {
                "what": failure.what,
                **_where(failure.place),
                "expected": failure.expected,
                "actual": failure.actual,
                "clock": failure.clock,
                "trace": [
                    {"at": one.at, "contact": one.contact, **_where(one.place), "entry": one.entry}
                    for one in failure.trace
                ],
            }
            for failure in result.failures
        ],
    }


def as_junit(done: Report, timezone: str) -> str:
    """A `testsuites` document as CI systems read it: a suite for each file."""
    root = ElementTree.Element("testsuites", name=clean(done.project))
    for file in dict.fromkeys(result.place.file for result in done.results):
        _suite(root, file, [result for result in done.results if result.place.file == file], timezone)
    ElementTree.indent(root)
    text: str = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _suite(root: ElementTree.Element, file: str, results: list[Result], timezone: str) -> None:
    suite = ElementTree.SubElement(
        root, "testsuite", name=clean(file), tests=str(len(results)),
        failures=str(sum(not result.passed for result in results)), errors="0", skipped="0",
        time=f"{sum(result.seconds for result in results):.3f}",
    )  # fmt: skip
    for result in results:
        case = ElementTree.SubElement(
            suite, "testcase", classname=clean(file.rpartition(".")[0] or file), name=clean(result.name),
            file=clean(file), line=str(result.place.line), time=f"{result.seconds:.6f}",
        )  # fmt: skip
        if not result.passed:
            first = result.failures[0]
            message = f"{first.what}: expected {first.expected}, actual {first.actual}"
            failure = ElementTree.SubElement(case, "failure", message=clean(message), type="expectation")
            lines = [line for each in result.failures for line in _failure(each, timezone, color=False)]
            failure.text = "\n" + "\n".join(lines) + "\n"
