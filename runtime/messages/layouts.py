"""Bodies, layouts and parts put together. Rules of this file:

- A template is Markdown or HTML by its file's name. Whatever it brings into another one (the whole of an
  included file, a block that overrides a layout's) is wrapped in marks that say which of the two it is.
- When everything is printed, what stands between marks of Markdown becomes HTML before the HTML around it
  takes it; HTML inside Markdown is taken as it is. The outermost template says what the whole is.
- A block written on one line gets no paragraph around it, so that it fits into a `<title>` or a link.
- Only the plan's own templates can be named.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

from jinja2 import BaseLoader, Environment, TemplateNotFound, nodes
from jinja2 import Template as JinjaTemplate
from msgspec import Struct

from oncue.schemas.plan import Template

_USES = re.compile(r"\{%[-+]?\s*(?:extends|include|block)\b")
FORMS = {"markdown": "m", "html": "h"}


def has_layout(source: str) -> bool:
    """Whether a body extends, includes or defines blocks."""
    return "{%" in source and _USES.search(source) is not None


class PlanLoader(BaseLoader):
    """Finds layouts and parts in the plan, wrapped in marks that begin with `base`."""

    def __init__(self, templates: Mapping[str, Template], base: str) -> None:
        self._templates = templates
        self._base = base

    def load(
        self, environment: Environment, name: str, globals: MutableMapping[str, Any] | None = None
    ) -> JinjaTemplate:
        found = self._templates.get(name)
        if found is None:
            raise TemplateNotFound(name, f"the plan has no template {name!r}")
        return self.wrapped(environment, found.text, found.format)

    def wrapped(self, environment: Environment, source: str, form: str) -> JinjaTemplate:
        """A template that prints the marks of `form` around what it brings. Raises TemplateError."""
        tree = environment.parse(source)
        mark = FORMS[form]
        for block in tree.find_all(nodes.Block):
            block.body = self._between(f"{mark}b", block.body)
        if tree.find(nodes.Extends) is None:
            tree.body = self._between(mark, tree.body)
        return environment.from_string(tree)

    def _between(self, mark: str, body: list[nodes.Node]) -> list[nodes.Node]:
        return [_text(f"{self._base}[{mark}]"), *body, _text(f"{self._base}[]")]


def _text(text: str) -> nodes.Node:
    return nodes.Output([nodes.TemplateData(text)])


class Region(Struct, frozen=True):
    """What one template brought. `form`: ``markdown`` or ``html``; `block`: it fills a block."""

    form: str
    block: bool
    parts: tuple[str | Region, ...]


def regions(text: str, base: str) -> Region:
    """What was printed, as one region with others inside. Raises ValueError where the layout depends on a
    condition, which the compiler refuses."""
    open_: list[tuple[str, list[str | Region]]] = [("", [])]
    for number, piece in enumerate(re.split(re.escape(base) + r"\[(\w*)\]", text)):
        if number % 2 == 0:
            open_[-1][1].append(piece)
        elif piece:
            open_.append((piece, []))
        else:
            mark, parts = open_.pop()
            open_[-1][1].append(_region(mark, parts))
    found = [part for part in open_[0][1] if isinstance(part, Region)]
    if len(open_) > 1 or len(found) != 1:
        raise ValueError("it is not clear which layout it builds on")
    return found[0]


def _region(mark: str, parts: list[str | Region]) -> Region:
    form = "markdown" if mark[0] == "m" else "html"
    flat: list[str | Region] = []
    for part in parts:
        if isinstance(part, Region) and part.form == form:
            flat += part.parts  # as if it had been written there
        else:
            flat.append(part)
    return Region(form, mark.endswith("b"), tuple(flat))


class Composer:
    """Turns regions into HTML. `markdown` renders a text, `inline` one line of it."""

    def __init__(self, markdown: Callable[[str], str], inline: Callable[[str], str]) -> None:
        self._markdown = markdown
        self._inline = inline

    def html(self, region: Region) -> str:
        if region.form == "html":
            return "".join(part if isinstance(part, str) else self.html(part) for part in region.parts)
        whole = "".join(part for part in region.parts if isinstance(part, str))
        if region.block and "\n" not in whole:
            return "".join(
                self._inline(part) if isinstance(part, str) else self.html(part) for part in region.parts
            )
        return self._around_html(region)

    def _around_html(self, region: Region) -> str:
        """Markdown with HTML inside: that stands aside, as a tag of its own, while the rest is rendered."""
        inner = [self.html(part) for part in region.parts if isinstance(part, Region)]
        text, number = "", 0
        for part in region.parts:
            if isinstance(part, str):
                text += part
            else:
                text, number = f"{text}<oncue-part n={number}>", number + 1
        text = re.sub(r"(?m)^[ \t]*(<oncue-part n=[0-9]+>)[ \t]*$", r"\n\1\n", textwrap.dedent(text))
        page = self._markdown(text)
        return re.sub(r"<oncue-part n=([0-9]+)>", lambda match: inner[int(match[1])], page)

    def text(self, region: Region, of_html: Callable[[str], str]) -> str:
        """The text part of Markdown: itself, with the text of the HTML inside."""
        shown = (
            part if isinstance(part, str) else f"\n{of_html(self.html(part))}\n" for part in region.parts
        )
        return re.sub(r"\n{3,}", "\n\n", "".join(shown)).strip() + "\n"
