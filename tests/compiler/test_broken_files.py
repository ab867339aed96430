"""One file that cannot be read spoils nothing that is said about the others."""

from __future__ import annotations

from oncue.compiler.pipeline import compile_files

SETTINGS = b"project: acme\ntimezone: America/New_York\n"
USER = b"campaigns:\n  spring:\n    starts_when: [{enters_segment: hot}]\n    steps: [{wait: 3 months}]\n"


def said(files: dict[str, bytes]) -> list[tuple[str, str]]:
    plan, diagnostics = compile_files(files)
    assert plan is None
    return [(found.span.path, found.code) for found in diagnostics]


def test_names_that_a_broken_file_may_declare_are_not_called_unknown() -> None:
    files = {"oncue.yaml": SETTINGS, "a.yaml": b"segments:\n  hot: [", "b.yaml": USER}
    assert said(files) == [("a.yaml", "Y101"), ("b.yaml", "S104")]


def test_names_that_nobody_declares_are() -> None:
    assert said({"oncue.yaml": SETTINGS, "b.yaml": USER}) == [("b.yaml", "N201"), ("b.yaml", "S104")]


def test_settings_that_cannot_be_read_are_one_mistake() -> None:
    files = {"oncue.yaml": b"project: [", "a.yaml": b"segments:\n  hot: employees > 5\n"}
    assert said(files) == [("oncue.yaml", "Y101")]


def test_empty_settings_lack_what_they_must_have() -> None:
    for empty in (b"", b"# later\n", b"{}\n"):
        assert said({"oncue.yaml": empty}) == [("oncue.yaml", "S102"), ("oncue.yaml", "S102")]


def test_settings_that_are_no_mapping_are_one_mistake() -> None:
    for wrong in (b"[project]\n", b"project\n"):
        assert said({"oncue.yaml": wrong}) == [("oncue.yaml", "N107")]
