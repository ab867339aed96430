"""Reads the fenced blocks of the project's pages, and the workspace that a page spells out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "examples").glob("*/README.md")),
]

_FENCE = re.compile(r"^```(\w*)([^\n]*)\n(.*?)^```$", re.M | re.S)
_FILE = re.compile(r"# (in )?(\S+\.(?:yaml|md|html|csv|jsonl))\n")


class Block(NamedTuple):
    """A fenced block; `line` is its first. `file` is empty where none is named."""

    page: Path
    line: int
    language: str
    text: str
    file: str
    continues: bool
    attributes: tuple[str, ...] = ()  # the words after the language

    @property
    def name(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks(page: Path, *languages: str) -> list[Block]:
    """The page's blocks in these languages, in order. A first line `# FILE` or `# in FILE` is taken off."""
    text = page.read_text("utf-8")
    found = []
    for match in _FENCE.finditer(text):
        language, attributes, body = match.groups()
        named = _FILE.match(body)
        body = body[named.end() :] if named else body
        line = text.count("\n", 0, match.start(3)) + 1
        file, continues = (named[2], bool(named[1])) if named else ("", False)
        found.append(Block(page, line, language, body, file, continues, tuple(attributes.split())))
    return [block for block in found if block.language in languages]


def workspace_in(page: Path) -> dict[str, str]:
    """The files that the page's blocks spell out."""
    files: dict[str, str] = {}
    for block in blocks(page, "yaml", "markdown", "html"):
        if block.file and block.continues:
            files[block.file] += "\n" + block.text
        elif block.file:
            files[block.file] = block.text
    return files
