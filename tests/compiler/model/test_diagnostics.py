"""Every mistake of a workspace in one run, each once, at its place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import oncue.compiler
from oncue.cli.render import text
from oncue.compiler import codes
from oncue.compiler.pipeline import compile_files
from oncue.compiler.workspace import Sources
from tests.compiler.golden_cases import cases, files_of
from tests.compiler.model.plans import workspaces

SETTINGS = b"project: acme\ntimezone: Europe/Berlin\n"
WORKSPACES = workspaces()


@pytest.mark.parametrize("case", cases("names"), ids=lambda case: case.stem)
def test_wrong_names_are_explained(case: Path, rewrite: bool) -> None:
    files = files_of(case)
    plan, diagnostics = compile_files(files)
    assert plan is None
    shown = text.render(diagnostics, Sources(files))
    expected = case.with_suffix(".txt")
    if rewrite:
        expected.write_text(shown, "utf-8")
    assert shown == expected.read_text("utf-8")


def found(yaml: str, **settings: str) -> list[tuple[str, str, int]]:
    """Code, severity and line of everything that is said about a file."""
    more = "".join(f"{key}: {value}\n" for key, value in settings.items()).encode()
    _, diagnostics = compile_files({"oncue.yaml": SETTINGS + more, "a.yaml": yaml.encode()})
    return [(each.code, each.severity, each.span.line) for each in diagnostics]


# --- levels and comments ---


def test_a_lint_can_be_made_an_error_or_switched_off_in_the_settings() -> None:
    lonely = "campaigns:\n  c:\n    steps: [{add_tag: x}]\n"
    assert found(lonely) == [("L106", "warning", 2)]
    assert found(lonely, lint="{L106: error}") == [("L106", "error", 2)]
    assert found(lonely, lint="{L106: note}") == [("L106", "note", 2)]
    assert found(lonely, lint="{L106: off}") == []


def test_a_lint_made_an_error_leaves_no_plan() -> None:
    files = {"oncue.yaml": SETTINGS + b"lint: {L105: error}\n", "a.yaml": b"lists: [news]\n"}
    assert compile_files(files)[0] is None


def test_an_error_that_is_no_lint_stands_whatever_the_level() -> None:
    unknown = "campaigns:\n  c: {starts_when: [{subscribed: nope}]}\n"
    assert found(unknown, lint="{N201: off}") == [("N201", "error", 2)]


@pytest.mark.parametrize(
    "yaml",
    [
        "lists:\n  news: {} # oncue: ignore L105\n",
        "lists:\n  # oncue: ignore L105\n  news: {}\n",
        "lists:\n  # wanted later # oncue: ignore L105 since a page will need it\n  news: {}\n",
    ],
)
def test_a_comment_ignores_a_code_on_its_line_or_the_line_below(yaml: str) -> None:
    assert found(yaml) == []


@pytest.mark.parametrize(
    "yaml",
    [
        "lists:\n  news: {} # oncue: ignore L104\n",
        "# oncue: ignore L105\nlists:\n  news: {}\n",
        "lists:\n  old: {} # oncue: ignore L105\n  news: {}\n",
    ],
)
def test_a_comment_elsewhere_or_with_another_code_ignores_nothing(yaml: str) -> None:
    assert ("L105", "note", 3 if "old" in yaml or yaml[0] == "#" else 2) in found(yaml)


def test_a_comment_cannot_ignore_an_error() -> None:
    assert found("lists:\n  News: {} # oncue: ignore N102, L105\n") == [("N102", "error", 2)]


@pytest.mark.parametrize(
    ("yaml", "line"),
    [
        ("lists:\n  news: {} # oncue: ignore L105, L101\n", 2),
        ("lists:\n  # oncue: ignore L105 L101\n  news: {}\n", 2),
        ("# oncue: ignore L105\n", 1),
        ("lists:\n  news: {} # oncue: ignore L105\n\n# oncue: ignore L105\n", 4),
        ("lists:\n  news: {} # oncue: ignore L105, N102\n", 2),
        ("segments:\n  a: |\n    score > 1\n  # oncue: ignore L101, L103\n  b: in segment a\n", 4),
    ],
)  # fmt: skip
def test_a_comment_that_ignores_nothing_is_told(yaml: str, line: int) -> None:
    assert {each for each in found(yaml) if each[0] != "L103"} == {("L150", "warning", line)}


def test_a_comment_that_names_no_code_is_told_with_the_nearest() -> None:
    for word in ("l105", "L10", "", "unused"):
        told = [each for each in found(f"lists:\n  news: {{}} # oncue: ignore {word}\n") if each[0] != "L105"]
        assert told == [("L151", "warning", 2)], word


def test_what_is_said_about_comments_can_be_ignored_too() -> None:
    unused = "lists:\n  news: {} # oncue: ignore L105, L101"
    assert found(f"{unused}, L150\n") == []
    assert found(f"{unused}\n", lint="{L150: off}") == []
    assert found(f"{unused}\n", lint="{L150: error}") == [("L150", "error", 2)]


def test_where_something_is_an_error_nothing_is_said_about_comments() -> None:
    """The error may hide what the comment is about."""
    yaml = "lists:\n  News: {}\n# oncue: ignore L105\n"
    assert found(yaml) == [("N102", "error", 2)]


@pytest.mark.parametrize(
    "text",
    ["'write # oncue: ignore L101 there'", '"# oncue: ignore L101"', "|\n    # oncue: ignore L101\n    b"],
)
def test_a_text_that_looks_like_such_a_comment_is_none(text: str) -> None:
    steps = "starts_when: [manual]\n   steps: [{add_tag: x}]\n"
    assert found(f"campaigns:\n  c:\n   description: {text}\n   {steps}") == []


# --- one mistake, one message ---


def test_a_unit_with_a_wrong_shape_keeps_its_id() -> None:
    yaml = (
        "emails:\n  hello: {subjekt: Hi, body: 5}\n"
        "campaigns:\n  c:\n    starts_when: [manual]\n    steps: [{send_email: hello}]\n"
    )
    assert {code for code, _, _ in found(yaml)} <= {"S101", "S102", "T102", "F104"}


def test_a_broken_condition_does_not_hide_the_others() -> None:
    yaml = (
        "segments:\n  a: score >>> 5\n  b: {all: [score > 5, nope == 5]}\n"
        "  c: in segment a and in segment d\n"
    )
    assert [line for _, severity, line in found(yaml) if severity == "error"] == [2, 3, 4]


def test_a_second_definition_is_checked_too() -> None:
    yaml = 'segments:\n  a: score > 5\ncampaigns:\n  c: {exit_when: tagged "x"}\n'
    files = {
        "oncue.yaml": SETTINGS,
        "a.yaml": yaml.encode(),
        "b.yaml": b"segments:\n  a: nope > 5\n",
    }
    _, diagnostics = compile_files(files)
    errors = [(each.code, each.span.path) for each in diagnostics if each.severity == "error"]
    assert errors == [("N101", "b.yaml"), ("C010", "b.yaml")]
    clash = next(each for each in diagnostics if each.code == "N101")
    assert [(each.span.path, each.span.line) for each in clash.related] == [("a.yaml", 2)]


def test_without_settings_the_rest_is_checked_still() -> None:
    _, diagnostics = compile_files({"a.yaml": b"segments:\n  a: nope > 5\n"})
    assert [each.code for each in diagnostics if each.severity == "error"] == ["C010", "W001"]


# --- codes and pages ---


def test_every_code_that_the_compiler_says_has_a_page_and_every_page_a_code() -> None:
    folder = Path(oncue.compiler.__file__).parent
    said = {
        code
        for path in folder.rglob("*.py")
        for code in re.findall(r'"([NTFL][0-9]{3})"', path.read_text("utf-8"))
    }
    assert said == {code for code in codes.known() if code[0] in "NTFL"}


# --- no input is too strange ---

_PIECES = st.sampled_from(
    (Path(__file__).parent / "pieces.txt").read_text("utf-8").split()  # keys, values and marks of YAML
)
_LINES = st.lists(
    st.tuples(st.integers(0, 4), st.lists(_PIECES, min_size=1, max_size=3)).map(
        lambda line: "  " * line[0] + " ".join(line[1])
    ),
    max_size=14,
).map("\n".join)


@settings(max_examples=150, deadline=None)
@given(_LINES, st.one_of(_LINES.map(str.encode), st.binary(max_size=60)))
@example("campaigns:\n  a:\n    steps:\n      - if: {}\n        then: 5", b"{% if")
def test_any_file_gives_diagnostics_and_no_traceback(yaml: str, other: bytes) -> None:
    files = {"oncue.yaml": SETTINGS, "a.yaml": yaml.encode(), "b.yaml": other, "x.md": other}
    plan, diagnostics = compile_files(files)
    assert plan is not None or any(each.severity == "error" for each in diagnostics)
    for each in diagnostics:
        assert each.span.line > 0
        assert each.message


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_right_workspace_with_a_piece_cut_out_or_doubled_gives_no_traceback(data: st.DataObject) -> None:
    files = dict(WORKSPACES[data.draw(st.sampled_from(["flow", "triggers", "fulfillment"]))])
    path = data.draw(st.sampled_from(sorted(files)))
    text = files[path]
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 40)))
    piece = data.draw(st.sampled_from([b"", text[start:end] * 2, b": ", b"{{", b"\n", b"[", b"0"]))
    files[path] = text[:start] + piece + text[end:]
    plan, diagnostics = compile_files(files)
    assert plan is not None or any(each.severity == "error" for each in diagnostics)
