"""Every page of a code shows what is wrong and what is right, and the compiler agrees."""

from __future__ import annotations

import re

import pytest

from oncue.compiler import codes
from oncue.compiler.pipeline import compile_files

SETTINGS = b"project: acme\ntimezone: Europe/Berlin\n"
_BLOCK = re.compile(r"^```(?:yaml|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"# (\S+\.\w+)\n")

PAGES = sorted(code for code in codes.known() if code[0] in "NTFL")


def files_in(section: str) -> dict[str, bytes]:
    """The workspace that a section's blocks make up."""
    files = {"oncue.yaml": SETTINGS}
    for block in _BLOCK.findall(section):
        named = _FILE.match(block)
        path, text = (named[1], block[named.end() :]) if named else ("campaigns.yaml", block)
        files[path] = text.encode()
    return files


def sections(code: str) -> tuple[str, str]:
    _, _, rest = codes.page(code).partition("\n## Wrong\n")
    wrong, _, right = rest.partition("\n## Right\n")
    return wrong, right


@pytest.mark.parametrize("code", PAGES)
def test_what_a_page_calls_wrong_gets_its_code(code: str) -> None:
    _, diagnostics = compile_files(files_in(sections(code)[0]))
    assert code in {each.code for each in diagnostics}
    assert [each.code for each in diagnostics if each.severity == "error" and each.code != code] == []


@pytest.mark.parametrize("code", PAGES)
def test_what_a_page_calls_right_has_nothing_to_say_against_it(code: str) -> None:
    plan, diagnostics = compile_files(files_in(sections(code)[1]))
    assert [each for each in diagnostics if each.severity != "note" or each.code == code] == []
    assert plan is not None


@pytest.mark.parametrize("code", PAGES)
def test_a_page_has_a_title_and_says_why(code: str) -> None:
    title, _, text = codes.page(code).partition("\n")
    assert title.startswith(f"# {code}: ")
    assert len(text.partition("## Wrong")[0].split()) > 15
