"""Templates of messages, filled in so that a value stays a value. Rules of this file:

- A template prints, branches and loops in Jinja2's sandbox, strictly: an undeclared name is an error. A
  declared name without a value is an empty text, and `default` gives its place to another.
- What a template prints is not put into the text but marked by a token. Only when Markdown has become HTML
  are tokens replaced, escaped for the place where they stand. So no contact's name is ever read as
  Markdown, as HTML or as an address of its own choosing.
- Texts with the same tokens are turned into HTML, laid out and styled once; then a page is a row of pieces
  and places, and a message only fills the places.
- Layouts and includes come from the plan alone (see `layouts`); styles are written into the tags (CSS
  inlined), since many readers of mail drop what stands in `<style>`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

from jinja2 import StrictUndefined, Template, TemplateError, Undefined, pass_context
from jinja2.filters import FILTERS
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from oncue.runtime.messages.escaping import Encoded, Piece, patterns, pieces, put, put_links
from oncue.runtime.messages.layouts import Composer, PlanLoader, has_layout, regions
from oncue.runtime.messages.plain_text import text_of
from oncue.runtime.messages.styles import TooDeepError, styled, tidy
from oncue.schemas.builtins import TEMPLATE_FILTERS
from oncue.schemas.plan import Template as Part

Values = Mapping[str, str | list[str]]

_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")
_MARK = re.compile(r"\{[{%#]")
_STORE = "oncue values"  # a name that no template can say
_NOTHING = {side: SimpleNamespace() for side in ("event", "entry", "deal", "account")}
_KEPT = 512  # templates and texts with tokens that are kept ready


class TemplateFailedError(Exception):
    """The template cannot be filled in with these values; the text says why."""


def one_line(text: str) -> str:
    """Without line breaks and other control characters."""
    return _CONTROL.sub(" ", text)


def _default(value: object, other: object = "", boolean: bool = False) -> object:
    return other if isinstance(value, Undefined) or value in ("", []) else value


@pass_context
def _mark(context: Context, value: object) -> str:
    """Jinja's last word on whatever a template prints."""
    if isinstance(value, Undefined):
        value._fail_with_undefined_error()
    base, store = context[_STORE]
    store.append(_text(value))
    return f"{base}{len(store) - 1}q"


def _text(value: object) -> str:
    if isinstance(value, Encoded):
        return value
    if isinstance(value, Markup):  # by the `escape` filter; it is escaped once, at its place
        value = value.unescape()
    if isinstance(value, list | tuple):
        value = ", ".join(str(item) for item in value)
    return one_line(str(value))


def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, finalize=_mark, autoescape=False, keep_trailing_newline=True
    )
    environment.globals.clear()
    environment.tests = {name: environment.tests[name] for name in ("in",)}
    environment.filters = {name: FILTERS[name] for name in TEMPLATE_FILTERS}
    environment.filters["default"] = _default
    environment.filters["urlencode"] = lambda value: Encoded(quote(_text(value), safe=""))
    return environment


class _Ready:
    """A template ready to be filled in. `base` begins its tokens: a word that no template holds."""

    def __init__(self, by: Templates, source: str, form: str) -> None:
        self.base = by.base
        while self.base in source:
            self.base += "x"
        self.laid_out = bool(form) and has_layout(source)
        self.template = self._compiled(by, source, form)
        self.token, self.marked = patterns(self.base)

    def _compiled(self, by: Templates, source: str, form: str) -> Template | None:
        if self.laid_out:
            environment = by.environment.overlay(loader=PlanLoader(by.parts, self.base))
            return PlanLoader(by.parts, self.base).wrapped(environment, source, form)
        return by.environment.from_string(source) if _MARK.search(source) else None


class Filled:
    """A template's text with tokens, and what each stands for."""

    def __init__(self, text: str, ready: _Ready, values: Sequence[str]) -> None:
        self.text = text
        self.ready = ready
        self.values = values

    def plain(self) -> str:
        """The text with the values as they are."""
        return put(self.ready.token, self.text, self.values)

    def letter(self, text: str) -> str:
        """The text part (a form of the text): the same, but links can be followed."""
        return put(self.ready.token, put_links(self.ready.token, text, self.values), self.values)

    def page(self, pieces: Iterable[Piece]) -> str:
        """HTML with the values escaped for where they stand."""
        return "".join([piece if isinstance(piece, str) else piece(self.values) for piece in pieces])


class Templates:
    """Fills templates in. One for a plan; it keeps what it compiled. `parts`: layouts and includes."""

    def __init__(self, parts: Mapping[str, Part] | None = None) -> None:
        self.environment = _environment()
        self.parts = parts or {}
        self.base = "oncuevalue"
        while any(self.base in part.text for part in self.parts.values()):
            self.base += "x"
        self._ready = lru_cache(_KEPT)(lambda source, form: _Ready(self, source, form))
        self._laid = lru_cache(_KEPT)(_laid_out)

    def line(self, source: str, values: Values) -> str:
        """A template of one line, such as a subject. Raises TemplateFailedError."""
        return " ".join(self.fill(source, values).plain().split())

    def body(self, source: str, form: str, values: Values) -> tuple[str, str]:
        """(text part, HTML part) of a body in `form` markdown or html. Raises TemplateFailedError."""
        filled = self.fill(source, values, form)
        try:
            text, pieces = self._laid(filled.text, form, filled.ready)
        except RecursionError:
            raise TemplateFailedError("its HTML is nested too deeply") from None
        except (TooDeepError, ValueError) as error:
            raise TemplateFailedError(one_line(str(error))) from None
        return filled.letter(text), filled.page(pieces)

    def fill(self, source: str, values: Values, form: str = "") -> Filled:
        """`form`: of a body, which may have a layout; empty: it is a text without one."""
        store: list[str] = []
        try:
            ready: _Ready = self._ready(source, form)
            if ready.template is None:
                return Filled(source, ready, store)
            text = ready.template.render({**_names(values), _STORE: (ready.base, store)})
        except RecursionError:
            raise TemplateFailedError("its parts include one another without end") from None
        except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
            raise TemplateFailedError(one_line(str(error))) from None
        return Filled(text, ready, store)


def _names(values: Values) -> dict[str, Any]:
    names: dict[str, Any] = dict(_NOTHING)
    for name, value in values.items():
        side, dot, inner = name.partition(".")
        if not dot:
            names[name] = value
            continue
        if names[side] is _NOTHING[side]:
            names[side] = SimpleNamespace()
        setattr(names[side], inner, value)
    return names


# --- from a template's text to a page


def _text_of_part(html: str) -> str:
    return text_of(tidy(html))


def _laid_out(text: str, form: str, ready: _Ready) -> tuple[str, tuple[Piece, ...]]:
    """The text part, and the pieces of the HTML part."""
    if ready.laid_out:
        region = regions(text, ready.base)
        html, form = COMPOSER.html(region), region.form
        if form == "markdown":
            return COMPOSER.text(region, _text_of_part), pieces(styled(_PAGE.format(html)), ready)
    else:
        html = text
    if form == "markdown":
        return text, pieces(styled(_PAGE.format(_markdown(text))), ready)
    return text_of(tidy(html)), pieces(styled(html), ready)


_PAGE = '<!doctype html>\n<html>\n<head><meta charset="utf-8"></head>\n<body>\n{}</body>\n</html>\n'


def _markdown(text: str) -> str:
    return str(_reader().render(text))


def _inline_markdown(text: str) -> str:
    return str(_reader().renderInline(text))


COMPOSER = Composer(_markdown, _inline_markdown)


@lru_cache(1)
def _reader() -> Any:  # noqa: ANN401 -- imported by who sends Markdown only
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").enable(["table", "strikethrough"])
