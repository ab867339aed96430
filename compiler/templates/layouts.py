"""Bodies, layouts and parts: a body may build on a layout (`extends`) and bring in parts (`include`).

Each file is read once, and what is wrong in it is told once, at its own line, however many emails use it.
Files are named from the folder of oncue.yaml, each by one name only: the plan knows them by it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from posixpath import normpath
from typing import Literal

from oncue.compiler.model.records import Record
from oncue.compiler.resolve.names import did_you_mean, meant
from oncue.compiler.source import Source, Span
from oncue.compiler.templates.placeholders import Placeholders, Read, in_file
from oncue.compiler.templates.template import parse_body
from oncue.compiler.templates.tree import Link, Template
from oncue.compiler.yaml.text import decode

FORMATS: dict[str, Literal["markdown", "html"]] = {".md": "markdown", ".html": "html"}
DEEPEST = 20  # files in one another


class Part(Record, frozen=True):
    """A body, a layout or a part. `links` are the files that it names; `layout` the one it builds on."""

    path: str
    text: str
    reads: tuple[Read, ...] = ()
    links: tuple[str, ...] = ()
    layout: str | None = None
    blocks: frozenset[str] = frozenset()  # its own

    @property
    def format(self) -> Literal["markdown", "html"]:
        """By the file's name."""
        return FORMATS[ending(self.path)]


class Shelf:
    """The templates of a workspace, each read when it is first named."""

    def __init__(self, files: Mapping[str, bytes], placeholders: Placeholders) -> None:
        self._files = files
        self._said = placeholders
        self._parts: dict[str, Part | None] = {}  # None: it cannot be used, which is on record
        self._open: list[str] = []  # the files that are being read, each naming the next

    def body(self, given: str, span: Span) -> Part | None:
        """The body of an email, named at `span`."""
        path = normpath(given)
        return self._part(path) if self._fits(path, given, span) else None

    def closure(self, part: Part) -> list[Part]:
        """All the files that go into a body, itself apart, in order of their paths."""
        found: dict[str, Part] = {}
        waiting = list(part.links)
        while waiting:
            path = waiting.pop()
            each = self._parts.get(path)
            if path not in found and each is not None:
                found[path] = each
                waiting += each.links
        return [found[path] for path in sorted(found)]

    def _part(self, path: str) -> Part | None:
        if path not in self._parts:
            source, diagnostics = decode(path, self._files[path])
            self._said.diagnostics += diagnostics
            self._open.append(path)
            self._parts[path] = None if source is None else self._read(source)
            self._open.pop()
        return self._parts[path]

    def _read(self, source: Source) -> Part:
        template = parse_body(source.text)
        reads = tuple(self._said.read(template, in_file(source), self._said.anywhere))
        links = tuple(dict.fromkeys(self._links(source, template)))
        layout = template.extends.path if template.extends is not None else None
        if layout is not None and layout in links:
            self._blocks(source, template, layout)
        blocks = frozenset(name for name, _ in template.blocks)
        return Part(source.path, source.text, reads, links, layout, blocks)

    # --- files that name files --------------------------------------------------------------------

    def _links(self, source: Source, template: Template) -> Iterator[str]:
        """The files that are there."""
        where = in_file(source)
        for link in template.links:
            span = where(link.line, link.path, 0)
            good = self._named_well(link, span) and not self._goes_round(link, span)
            if good and self._part(link.path) is not None:
                yield link.path

    def _named_well(self, link: Link, span: Span) -> bool:
        path = normpath(link.path) if link.path else ""
        if not self._fits(path, link.path, span):
            return False
        if path != link.path:
            hint = f"write `{path}`"
            self._said.report("T101", span, f"`{link.path}` is not the name of a file", hint)
        return path == link.path

    def _goes_round(self, link: Link, span: Span) -> bool:
        """Whether the file is being read already, or too many are."""
        if link.path in self._open:
            way = [*self._open[self._open.index(link.path) :], link.path]
            message = f"files bring in each other in a circle: {' -> '.join(way)}"
            self._said.report("T111", span, message, "leave one of them out")
            return True
        if len(self._open) >= DEEPEST:
            self._said.report(
                "T111", span, f"more than {DEEPEST} files stand in one another", "put some together"
            )
            return True
        return False

    def _fits(self, path: str, given: str, span: Span) -> bool:
        """Whether there is such a template."""
        if is_outside(path):
            hint = "write the path from the folder of oncue.yaml, such as `emails/invite.md`"
            self._said.report("T101", span, f"`{given}` is outside the workspace", hint)
        elif ending(path) not in FORMATS:
            message = f"`{given}` is neither Markdown nor HTML"
            hint = "a template's name ends in `.md` or `.html`"
            if " " in given:
                message, hint = (
                    "a body is the name of a file",
                    "write it into a file such as `invite.md`",
                )
            self._said.report("T102", span, message, hint)
        elif path not in self._files:
            bodies = [name for name in self._files if ending(name) in FORMATS]
            hint = did_you_mean(path, bodies) if bodies else "write the message into that file"
            self._said.report("T101", span, f"there is no file `{path}`", hint, fix=meant(path, bodies))
        else:
            return True
        return False

    # --- blocks -----------------------------------------------------------------------------------

    def _blocks(self, source: Source, template: Template, layout: str) -> None:
        """A block that the layout does not have would never be printed."""
        known = self._blocks_of(layout)
        for name, line in template.outer:
            if name not in known:
                hint = did_you_mean(name, known, "blocks") or "the layout has no blocks"
                span = in_file(source)(line, name, 0)
                message = f"`{layout}` has no block `{name}`"
                self._said.report("T113", span, message, hint, fix=meant(name, known))

    def _blocks_of(self, path: str | None) -> set[str]:
        """The blocks of a layout, and of those that it builds on."""
        found: set[str] = set()
        while path is not None and (part := self._parts.get(path)) is not None:
            found |= part.blocks
            path = part.layout
        return found


def ending(path: str) -> str:
    """``.md`` of ``emails/invite.md``."""
    return path[path.rfind(".") :] if "." in path else ""


def is_outside(path: str) -> bool:
    """Whether a path leads out of the workspace's folder."""
    return path.startswith(("/", "../")) or path == ".." or "\\" in path
