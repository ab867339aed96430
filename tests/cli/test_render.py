"""Diagnostics as people and programs read them."""

from __future__ import annotations

import json

import pytest

from oncue.cli.render import json as as_json
from oncue.cli.render import text
from oncue.compiler.diagnostics import Diagnostic, Related
from oncue.compiler.source import Source, Span


def found(line: int, column: int, end: int, **more: object) -> Diagnostic:
    return Diagnostic("N201", "error", "unknown segment `x`", Span("a.yaml", line, column, line, end), **more)  # type: ignore[arg-type]


def shown(content: str, diagnostic: Diagnostic, *, color: bool = False) -> str:
    return text.render([diagnostic], {"a.yaml": Source("a.yaml", content)}, color=color)


def test_place_message_code_line_caret_hint_and_related_places() -> None:
    related = (Related("declared here", Span("a.yaml", 1, 1, 1, 4)),)
    assert shown(
        "abc: 1\nwhen: in segment x\n", found(2, 18, 19, hint="did you mean `y`?", related=related)
    ) == (
        "a.yaml:2:18: unknown segment `x` [N201]\n"
        "   2 | when: in segment x\n"
        "     |                  ^\n"
        "  hint: did you mean `y`?\n"
        "  a.yaml:1:1: declared here\n"
        "   1 | abc: 1\n"
        "     | ^~~\n"
    )


@pytest.mark.parametrize(
    ("line", "column", "end", "carets"),
    [
        ("key: value", 6, 11, "     ^~~~~"),
        ("\tkey", 2, 5, "    ^~~"),
        ("a\tkey", 3, 6, "     ^~~"),
        ("日本: key", 5, 8, "      ^~~"),
        ("key: 日本", 6, 8, "     ^~~~"),
        ("e\N{COMBINING ACUTE ACCENT}: key", 5, 8, "   ^~~"),
        ("😀 x", 3, 4, "   ^"),
        ("key", 4, 4, "   ^"),
        ("key", 9, 9, "   ^"),
        ("key: value", 6, 99, "     ^~~~~"),
    ],
)
def test_the_caret_stands_under_the_span(line: str, column: int, end: int, carets: str) -> None:
    assert shown(line, found(1, column, end)).splitlines()[2] == f"     | {carets}"


def test_a_span_over_lines_is_marked_to_the_end_of_its_first() -> None:
    span = Span("a.yaml", 1, 4, 3, 2)
    lines = shown("ab: {c: 1,\nd: 2\n}", Diagnostic("S101", "error", "m", span)).splitlines()
    assert lines[1:3] == ["   1 | ab: {c: 1,", "     |    ^~~~~~~"]


def test_a_long_line_is_cut_around_the_span() -> None:
    line = "x" * 500 + "HERE" + "y" * 500
    excerpt, caret = shown(line, found(1, 501, 505)).splitlines()[1:3]
    at = caret.index("^")
    assert excerpt[at : at + 4] == "HERE"
    assert len(excerpt) < 180
    assert "…" in excerpt


def test_a_place_without_a_line_shows_none() -> None:
    assert shown("", found(7, 1, 2)) == "a.yaml:7:1: unknown segment `x` [N201]\n"
    assert text.render([found(1, 1, 2)], {}) == "a.yaml:1:1: unknown segment `x` [N201]\n"


def test_warnings_and_notes_say_so() -> None:
    span = Span("a.yaml", 1, 1, 1, 2)
    assert shown("", Diagnostic("L101", "warning", "m", span)) == "a.yaml:1:1: warning: m [L101]\n"
    assert shown("", Diagnostic("L101", "note", "m", span)) == "a.yaml:1:1: note: m [L101]\n"


def test_colour_comes_only_when_asked_for() -> None:
    assert "\x1b" not in shown("key", found(1, 1, 4))
    assert "\x1b[31m^~~\x1b[0m" in shown("key", found(1, 1, 4), color=True)


def test_nothing_from_a_file_commands_the_terminal() -> None:
    bad = Diagnostic("S101", "error", "unknown key `\x1b[2J`", Span("a\x1b.yaml", 1, 1, 1, 2), "say \x07")
    assert "\x1b" not in shown("k\x1b[2J: 1", bad)
    assert "\x1b" not in shown("k\x1b[2J: 1", found(1, 1, 2))


def test_no_diagnostics_no_text() -> None:
    assert text.render([], {}) == ""


def test_json_has_every_place_and_the_counts() -> None:
    related = (Related("declared here", Span("a.yaml", 1, 1)),)
    document = json.loads(as_json.render([found(2, 18, 19, related=related)]))
    assert document == {
        "version": 1,
        "counts": {"error": 1, "warning": 0, "note": 0},
        "diagnostics": [
            {
                "code": "N201",
                "severity": "error",
                "message": "unknown segment `x`",
                "path": "a.yaml",
                "line": 2,
                "column": 18,
                "end_line": 2,
                "end_column": 19,
                "hint": "",
                "fix": "",
                "related": [
                    {
                        "message": "declared here",
                        "path": "a.yaml",
                        "line": 1,
                        "column": 1,
                        "end_line": 1,
                        "end_column": 2,
                    }
                ],
            }
        ],
    }


def test_json_of_nothing_is_a_whole_document() -> None:
    assert json.loads(as_json.render([]))["diagnostics"] == []


def test_a_secret_in_a_file_is_shown_in_no_line() -> None:
    content = "connectors:\n  sms: {token: s3cret, from: x y}\n"
    secret = Diagnostic("S120", "error", "a secret", Span("a.yaml", 2, 16, 2, 22))
    other = Diagnostic("S101", "error", "unknown", Span("a.yaml", 2, 24, 2, 28))
    given = text.render([secret, other], {"a.yaml": Source("a.yaml", content)})
    assert "s3cret" not in given
    assert given.count("  sms: {token: ******, from: x y}") == 2
