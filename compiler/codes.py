"""The pages behind the codes: a code exists if, and only if, ``pages/CODE.md`` does.

A page is Markdown: ``# CODE: title``, what is wrong and why, and under ``## Wrong`` and ``## Right`` blocks
of YAML that the tests compile.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

FAMILIES = {
    "W": "workspace and files",
    "Y": "YAML",
    "S": "shape of definitions",
    "N": "names",
    "C": "conditions",
    "T": "templates",
    "F": "flow",
    "L": "lints",
}
_CODE = re.compile(r"[A-Z][0-9]{3}\Z")


def page(code: str) -> str:
    """The page of `code`, as Markdown. KeyError if there is no such code."""
    entry = files("oncue.compiler").joinpath("pages", f"{code}.md")
    if not _CODE.match(code) or not entry.is_file():
        raise KeyError(code)
    return entry.read_text("utf-8")


@cache
def known() -> frozenset[str]:
    """Every code."""
    folder = files("oncue.compiler").joinpath("pages")
    names = (entry.name.removesuffix(".md") for entry in folder.iterdir()) if folder.is_dir() else ()
    return frozenset(name for name in names if _CODE.match(name))


@cache
def titles() -> dict[str, str]:
    """Each code's title, in order of code."""
    return {code: page(code).splitlines()[0].partition(":")[2].strip() for code in sorted(known())}
