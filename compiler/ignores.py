"""Comments that ignore a code: ``# oncue: ignore L103`` at the end of a line, or alone on the line above.

What they silence is found line by line, where there is something to silence. A comment that silences nothing
is told itself (L150), as is one that names no code (L151): it would hide the next thing that goes wrong
there, or somebody believes that it works.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from oncue.compiler import codes
from oncue.compiler.diagnostics import Diagnostic
from oncue.compiler.resolve.names import meant
from oncue.compiler.source import Span
from oncue.compiler.yaml import nodes
from oncue.compiler.yaml.nodes import Node, Scalar

_IGNORE = re.compile(rb"#\s*oncue:\s*ignore\b([^\r\n]*)")
_CODE = re.compile(r"[A-Z][0-9]{3}")
_WORD = re.compile(r"[^\s,]+")
_LIKE_A_CODE = re.compile(r"[A-Za-z]{1,2}[0-9]{1,5}")
_OWN = ("L150", "L151")  # what is said about the comments themselves


class Comments:
    """The ignoring comments of the files."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = files
        self.lines: dict[str, list[bytes]] = {}
        self.used: set[tuple[str, int, str]] = set()  # path, line of the comment, code

    def ignore(self, diagnostic: Diagnostic) -> bool:
        """Whether a comment at the diagnostic's line, or alone above it, names its code."""
        path, line, code = diagnostic.span.path, diagnostic.span.line, diagnostic.code
        lines = self._of(path)
        if not 0 < line <= len(lines):
            return False
        found = [line] if code in _codes(lines[line - 1]) else []
        if line > 1 and lines[line - 2].lstrip().startswith(b"#") and code in _codes(lines[line - 2]):
            found.append(line - 1)
        self.used |= {(path, each, code) for each in found}
        return bool(found)

    def _of(self, path: str) -> list[bytes]:
        if path not in self.lines:
            data = self.files.get(path, b"")
            self.lines[path] = data.splitlines() if _IGNORE.search(data) else []
        return self.lines[path]

    def idle(self, documents: Mapping[str, Node | None]) -> Iterator[Diagnostic]:
        """A word on each code that its comment need not name, or cannot. To be asked when everything else
        was looked up."""
        for path in documents:
            for span, word in self._words(path, documents):
                if word not in codes.known():
                    yield _unknown(span, word)
                elif word not in _OWN and (path, span.line, word) not in self.used:
                    yield _unused(span, word)

    def _words(self, path: str, documents: Mapping[str, Node | None]) -> Iterator[tuple[Span, str]]:
        """What the file's comments name, and where."""
        lines = self._of(path)
        if not lines:
            return
        texts = _scalars(documents[path])
        for number, line in enumerate(lines, 1):
            match = _IGNORE.search(line)
            if match is not None:
                column = len(line[: match.start()].decode("utf-8", "replace")) + 1
                if not any(_within(number, column, text) for text in texts):
                    yield from _named(path, number, line, match)


def _named(path: str, number: int, line: bytes, match: re.Match[bytes]) -> Iterator[tuple[Span, str]]:
    """The words after `ignore` that are codes or look like some; the first counts in any case."""
    column = len(line[: match.start(1)].decode("utf-8", "replace")) + 1
    rest = match[1].decode("utf-8", "replace")
    words = list(_WORD.finditer(rest))
    if not words:
        yield Span(path, number, column - len("ignore"), number, column), ""
    for index, word in enumerate(words):
        if index and not _LIKE_A_CODE.fullmatch(word[0]):
            return
        yield Span(path, number, column + word.start(), number, column + word.end()), word[0]


def _codes(line: bytes) -> list[str]:
    found = _IGNORE.search(line)
    if found is None:
        return []
    words = _WORD.findall(found[1].decode("utf-8", "replace"))
    return [word for word in words if _CODE.fullmatch(word)]


def _unused(span: Span, code: str) -> Diagnostic:
    if codes.level(code) == "error" and not code.startswith("L"):
        message = f"`{code}` is an error, which no comment ignores"
        return Diagnostic("L150", "warning", message, span, "take it away")
    message = f"this ignores `{code}`, which is not found here"
    return Diagnostic("L150", "warning", message, span, f"take `{code}` away, and the comment if it was all")


def _unknown(span: Span, word: str) -> Diagnostic:
    if not word:
        hint = "name them, such as `# oncue: ignore L103`"
        return Diagnostic("L151", "warning", "this comment ignores no codes", span, hint)
    fix = word.upper() if word.upper() in codes.known() else meant(word, codes.known())
    hint = f"did you mean `{fix}`?" if fix else "`oncue explain` lists the codes"
    return Diagnostic("L151", "warning", f"there is no code `{word}`", span, hint, fix=fix)


# --- texts that only look like comments -----------------------------------------------------------


def _scalars(root: Node | None) -> list[Span]:
    """Where texts stand: a `#` in one is no comment."""
    found: list[Span] = []
    waiting, seen = ([] if root is None else [root]), set[int]()
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, Scalar):
            found.append(node.span)
        elif isinstance(node, nodes.Mapping):
            waiting += [each for entry in node.entries for each in entry]
        elif isinstance(node, nodes.Sequence):
            waiting += node.items
    return found


def _within(line: int, column: int, span: Span) -> bool:
    return (span.line, span.column) < (line, column) < (span.end_line, span.end_column)
