"""Each character of a scalar's content is found again at its place in the file, in every YAML style."""

from __future__ import annotations

from itertools import pairwise

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from oncue.compiler.source import Source
from oncue.compiler.yaml.nodes import Mapping, Scalar
from oncue.compiler.yaml.positions import content_stretches, span_in
from oncue.compiler.yaml.reader import read

WORDS = st.sampled_from(
    ["a", "bc", "ü", "日本", "x'y", 'q"r', "\\", "é1", "==", "50", ">=", "(z)", "#1", "😀"]
)
LINE = st.lists(WORDS, min_size=1, max_size=4).map(" ".join)
LINES = st.lists(st.one_of(LINE, st.just("")), min_size=1, max_size=5)
ENDS = st.sampled_from(["\n", "\r\n"])
MORE = st.lists(st.integers(0, 2), min_size=5, max_size=5)
PLAIN_WORDS = st.sampled_from(["a", "bc", "ü", "日本", "50", "x>=", "x#"])
PLAIN = st.lists(st.lists(PLAIN_WORDS, min_size=1, max_size=3).map(" ".join), min_size=1, max_size=4)


def scalar_of(text: str) -> Scalar:
    root, diagnostics = read(Source("f.yaml", text))
    assert not diagnostics
    assert isinstance(root, Mapping)
    value = root.get("k")
    assert isinstance(value, Scalar)
    return value


def assert_mapped(text: str) -> None:
    """Every content character that stands in the source as itself is mapped to itself; folded and escaped
    ones to white space or their escape; and the stretches go forward without overlap."""
    scalar = scalar_of(text)
    stretches = content_stretches(scalar)
    assert len(stretches) == len(scalar.text)
    assert all(end <= start for (_, end), (start, _) in pairwise(stretches)), text
    for char, (start, end) in zip(scalar.text, stretches, strict=True):
        raw = text[start:end]
        if char in " \n" and raw != char:
            assert raw.strip() == "" or raw in ("\\n", "\\x20", "\\ ", "\\_"), (char, raw, text)
        elif raw.startswith("\\") and scalar.style == '"':
            assert yaml.safe_load(f'"{raw}"') == char
        else:
            assert raw == char or (raw == "''" and char == "'" and scalar.style == "'")


@settings(max_examples=100, deadline=None)
@given(LINES, st.integers(1, 5), st.sampled_from("|>"), st.sampled_from(["", "-", "+"]), ENDS, MORE)
def test_block_texts(
    lines: list[str], indent: int, style: str, chomp: str, end: str, more: list[int]
) -> None:
    first = next((index for index, line in enumerate(lines) if line), 0)
    extra = [0 if index <= first or not line else more[index] for index, line in enumerate(lines)]
    body = [" " * (indent + extra[index]) + line if line else "" for index, line in enumerate(lines)]
    assert_mapped(end.join([f"k: {style}{chomp}", *body, "z: 1", ""]))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.one_of(LINE, st.just("")), min_size=1, max_size=4),
    st.integers(1, 4),
    st.sampled_from("|>"),
    st.integers(0, 2),
)
def test_block_texts_with_a_stated_indentation(lines: list[str], digit: int, style: str, lead: int) -> None:
    body = [" " * digit + " " * lead + line if line else "" for line in lines]
    if any(lines):
        assert_mapped("\n".join([f"k: {style}{digit}", *body, "z: 1", ""]))


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.one_of(LINE, st.just("")), min_size=1, max_size=4),
    st.sampled_from(["'", '"']),
    st.sampled_from(["\n", "\r\n"]),
)
def test_quoted_texts_over_lines(lines: list[str], quote: str, end: str) -> None:
    inner = (" " + end + "  ").join(lines)
    escaped = inner.replace("'", "''") if quote == "'" else inner.replace("\\", "\\\\").replace('"', '\\"')
    assert_mapped(f"k: {quote}{escaped}{quote}{end}z: 1{end}")


PIECES = [r"\n", r"\t", r"\x41", r"\u00e9", r"\U0001F600", r"\\", r"\"", r"\/", "b", " ", "c\\\n   d"]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=8).map("".join))
def test_escapes(inner: str) -> None:
    assert_mapped(f'k: "{inner}"\n')


@settings(max_examples=100, deadline=None)
@given(PLAIN, MORE, st.sampled_from(["", "  # note"]))
def test_plain_texts_over_lines(lines: list[str], gaps: list[int], comment: str) -> None:
    text = (
        "k: "
        + lines[0]
        + "".join("\n" * (gap + 1) + "  " + line for gap, line in zip(gaps, lines[1:], strict=False))
    )
    assert_mapped(text + comment + "\nz: 1\n")


STYLES = [
    "score >= hot",
    "'score >= hot'",
    '"score >= hot"',
    "&c score >= hot",
    "|\n    score >= hot",
    ">-\n    score\n    >= hot",
    '"\\u0073core >= hot"',
    "score\n    >= hot",
    "|2\n  score >= hot",
]


@pytest.mark.parametrize("value", STYLES)
def test_a_word_is_found_in_each_style(value: str) -> None:
    text = f"z: 1\nk: {value}\n"
    scalar = scalar_of(text)
    start = scalar.text.index("hot")
    span = span_in(scalar, start, start + 3)
    line = text.splitlines()[span.line - 1]
    assert line[span.column - 1 : span.end_column - 1] == "hot"


def test_the_end_of_a_text_is_a_place_too() -> None:
    scalar = scalar_of("k: 'a and '\n")
    span = span_in(scalar, 6, 6)
    assert (span.line, span.column, span.end_column) == (1, 11, 11)


def test_offsets_beyond_the_text_stay_within_it() -> None:
    span = span_in(scalar_of("k: abc\n"), 10, 20)
    assert (span.column, span.end_column) == (7, 7)


def test_an_empty_text_has_a_place() -> None:
    assert span_in(scalar_of('k: ""\n'), 0, 0).column == 5
