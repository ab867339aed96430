"""Files that nobody should write: each gets a clear error, quickly, and never a traceback."""

from __future__ import annotations

import random
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncue.compiler.diagnostics import Diagnostic
from oncue.compiler.yaml.nodes import Mapping, Node, Scalar, Sequence
from oncue.compiler.yaml.reader import read_bytes
from oncue.compiler.yaml.text import MAX_BYTES

LAUGHS = "a: &a [" + "x, " * 9 + "x]\n" + "".join(
    f"{name}: &{name} [{', '.join(['*' + before] * 10)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)  # fmt: skip


def only(data: bytes | str) -> Diagnostic:
    node, diagnostics = read_bytes("f.yaml", data.encode() if isinstance(data, str) else data)
    assert node is None
    assert len(diagnostics) == 1
    return diagnostics[0]


@pytest.mark.parametrize("data", ["", "\n\n", "# only words\n", "---\n", "---\n...\n", "\ufeff", "~\n"[:0]])
def test_an_empty_file_is_fine(data: str) -> None:
    assert read_bytes("f.yaml", data.encode()) == (None, [])


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        ("k: v\n".encode("utf-16"), "W101", "UTF-16"),
        ("k: v\n".encode("utf-16-le"), "W101", "UTF-16"),
        ("k: v\n".encode("utf-16-be"), "W101", "binary"),
        (b"\x7fELF\x02\x01\x01", "W103", "control character"),
        (b"\x00\x01\x02", "W101", "binary"),
        (b"k: v\x00\n", "W103", "zero byte"),
        ("k: Müller\n".encode("latin-1"), "W101", "0xFC at line 1"),
        (b"k: " + b"x" * MAX_BYTES, "W102", "over 5 MB"),
        (b"k: \x1b[31mred\n", "W103", "U+001B"),
        ("k: a\x85b\n".encode(), "W103", "U+0085"),
        (LAUGHS, "Y105", "20,000"),
        ("[" * 10_000, "Y106", "100 levels"),
        ("{a: " * 10_000, "Y106", "100 levels"),
        ("- " * 10_000, "Y106", "100 levels"),
        ("\n".join(" " * n + "a:" for n in range(2000)), "Y106", "100 levels"),
        ("? " * 10_000, "Y106", "100 levels"),
        ("&a " * 3, "Y101", "not"),
        ("k: !<\n", "Y101", "tag"),
        ("%YAML 3.0\n---\na: 1\n", "Y101", "YAML"),
    ],
    ids=lambda value: None if isinstance(value, bytes) or len(value) > 20 else value,
)
def test_hostile_files(data: bytes | str, code: str, words: str) -> None:
    begun = perf_counter()
    found = only(data)
    assert found.code == code
    assert words in found.message
    assert perf_counter() - begun < 2


def test_a_megabyte_in_one_text_is_read() -> None:
    node, diagnostics = read_bytes("f.yaml", b"k: " + b"word " * 200_000)
    assert diagnostics == []
    assert isinstance(node, Mapping)
    value = node.get("k")
    assert isinstance(value, Scalar)
    assert len(value.text) == 999_999


def test_a_hundred_thousand_aliases_of_one_word_are_too_many() -> None:
    assert only("a: &a x\nb: [" + "*a, " * 100_000 + "]\n").code == "Y105"


def test_an_alias_gives_the_node_itself() -> None:
    node, _ = read_bytes("f.yaml", b"a: &x {k: v}\nb: *x\n")
    assert isinstance(node, Mapping)
    assert node.get("b") is node.get("a")


def test_scalars_keep_what_was_written() -> None:
    node, _ = read_bytes("f.yaml", b"[NO, on, 12:30, 02134, +15550100, 1.10, null, 0x1F, ~, 2026-01-01]")
    assert isinstance(node, Sequence)
    texts = [item.text for item in node if isinstance(item, Scalar)]
    assert texts == ["NO", "on", "12:30", "02134", "+15550100", "1.10", "null", "0x1F", "~", "2026-01-01"]


def test_the_first_of_two_equal_keys_stays_and_both_places_are_told() -> None:
    node, [found] = (
        read_bytes("f.yaml", b"a: 1\nb: 2\na: 3\na: 4\n")[0],
        read_bytes("f.yaml", b"a: 1\nb: 2\na: 3\n")[1],
    )
    assert isinstance(node, Mapping)
    assert [key.text for key, _ in node] == ["a", "b"]
    assert (found.span.line, found.related[0].span.line) == (3, 1)


def test_each_node_knows_its_place() -> None:
    node, _ = read_bytes("f.yaml", b"k:\n  - {a: 'x', b: [y]}\n")
    assert isinstance(node, Mapping)
    items = node.get("k")
    assert isinstance(items, Sequence)
    assert place(items) == (2, 3)
    inner = items.items[0]
    assert isinstance(inner, Mapping)
    assert place(inner) == (2, 5)
    assert [place(key) for key, _ in inner] == [(2, 6), (2, 14)]
    assert [(value.span.column, value.span.end_column) for _, value in inner] == [(9, 12), (17, 20)]


def place(node: Node) -> tuple[int, int]:
    return node.line, node.column


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("ab:-?[]{},#&*!|>'\"%@` \n\t\\=0"), max_size=40))
def test_whatever_is_written_every_error_says_what_and_what_to_do(text: str) -> None:
    _, diagnostics = read_bytes("f.yaml", text.encode())
    assert all(found.message and found.hint and found.span.line >= 1 for found in diagnostics)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60))
def test_whatever_bytes_stand_in_a_file_nothing_is_raised(data: bytes) -> None:
    read_bytes("f.yaml", data)


def test_a_file_cut_anywhere_gives_nodes_or_one_error() -> None:
    text = 'campaigns:\n  spring:\n    steps:\n      - {wait: "3 days", when: \'a == "x"\'}\n'
    text += "      - add_note: |\n          hello\n"
    cuts = random.Random(1).sample(range(len(text)), 60)
    for cut in cuts:
        _, diagnostics = read_bytes("f.yaml", text[:cut].encode())
        assert len(diagnostics) <= 1
