"""The pages behind the codes: a code exists if, and only if, ``pages/CODE.md`` does.

A page is Markdown: ``# CODE: title``, what is wrong and why, and under ``## Wrong`` and ``## Right`` blocks
of YAML that the tests compile.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from oncue.compiler.diagnostics import Severity

FAMILIES = {
    "W": "workspace and files",
    "Y": "YAML",
    "S": "shape of definitions",
    "N": "names",
    "C": "conditions",
    "T": "templates",
    "F": "flow",
    "L": "lints",
    "X": "tests of the workspace",
}
_UNUSED = ("L103", "L104", "L105", "L131", "L132", "L133", "L134", "L141")
_NOTES = frozenset([*_UNUSED, "L126", "L140", "L146", "L160", "L163", "T201"])
_WARNINGS = frozenset(["C018", "C050", "C051"])  # beside the lints
_ERRORS = frozenset(["L108", "L135"])  # among the lints
_PAGES = Path(__file__).with_name("pages")
_CODE = re.compile(r"[A-Z][0-9]{3}\Z")


def page(code: str) -> str:
    """The page of `code`, as Markdown. KeyError if there is no such code."""
    if code not in known():
        raise KeyError(code)
    return (_PAGES / f"{code}.md").read_text("utf-8")


def level(code: str) -> Severity:
    """How loud the code is said where no setting changes it."""
    if code in _NOTES:
        return "note"
    lint = code.startswith("L") and code not in _ERRORS
    return "warning" if lint or code in _WARNINGS else "error"


@cache
def known() -> frozenset[str]:
    """Every code."""
    return frozenset(page.stem for page in _PAGES.glob("*.md") if _CODE.match(page.stem))


@cache
def titles() -> dict[str, str]:
    """Each code's title, in order of code."""
    return {code: page(code).splitlines()[0].partition(":")[2].strip() for code in sorted(known())}
