"""Templates of messages, filled in so that a value stays a value. Rules of this file:

- A template prints, branches and loops in Jinja2's sandbox, strictly: an undeclared name is an error. A
  declared name without a value is an empty text, and `default` gives its place to another.
- What a template prints is not put into the text but marked by a token. Only when Markdown has become HTML
  are tokens replaced, escaped for the place where they stand. So no contact's name is ever read as
  Markdown, as HTML or as an address of its own choosing.
- Texts with the same tokens are turned into HTML once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from html import escape
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

from jinja2 import StrictUndefined, TemplateError, Undefined, pass_context
from jinja2.filters import FILTERS
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from oncue.schemas.builtins import TEMPLATE_FILTERS

Values = Mapping[str, str | list[str]]

_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")
_MARK = re.compile(r"\{[{%#]")
_STORE = "oncue values"  # a name that no template can say
_ADDRESS = re.compile(r"""((?:href|src|action)\s*=\s*)("[^"]*"|'[^']*'|[^\s>"']+)""", re.IGNORECASE)
_SCHEMES = ("https://", "http://", "mailto:", "tel:")
_KEPT = 512  # templates and texts with tokens that are kept ready


class TemplateFailedError(Exception):
    """The template cannot be filled in with these values; the text says why."""


class _Encoded(str):
    """Made fit for an address by the template itself."""

    __slots__ = ()


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
    if isinstance(value, _Encoded):
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
    environment.filters["urlencode"] = lambda value: _Encoded(quote(_text(value), safe=""))
    return environment


class _Ready:
    """A template ready to be filled in. `base` begins its tokens: a word that the template does not hold."""

    def __init__(self, environment: ImmutableSandboxedEnvironment, source: str) -> None:
        self.base = "oncuevalue"
        while self.base in source:
            self.base += "x"
        self.template = environment.from_string(source) if _MARK.search(source) else None
        self.token = re.compile(f"{self.base}([0-9]+)q")
        self.tag = re.compile(f"<[a-zA-Z/!][^<>]*{self.base}[^<>]*>")  # that holds a token


class Filled:
    """A template's text with tokens, and what each stands for."""

    def __init__(self, text: str, ready: _Ready, values: Sequence[str]) -> None:
        self.text = text
        self.token = ready.token
        self.tag = ready.tag
        self.values = values

    def plain(self, text: str | None = None) -> str:
        """The text (its own, or another form of it) with the values as they are."""
        return self._put(self.text if text is None else text, lambda value: value)

    def html(self, html: str) -> str:
        """HTML with the values escaped for where they stand."""
        if not self.values:
            return html
        return self._put(self.tag.sub(self._in_tag, html), escape)

    def _put(self, text: str, form: Callable[[str], str]) -> str:
        return self.token.sub(lambda match: form(self.values[int(match[1])]), text)

    def _in_tag(self, match: re.Match[str]) -> str:
        return self._put(_ADDRESS.sub(self._in_address, match[0]), _entities)

    def _in_address(self, match: re.Match[str]) -> str:
        value = match[2]
        if not self.token.search(value):
            return match[0]
        mark = value[0] if value[0] in "\"'" else ""
        address = value.strip(mark) if mark else value
        first = self.token.match(address)
        if first and not self.values[int(first[1])].lower().startswith(_SCHEMES):
            return f'{match[1]}"#"'  # javascript: and whatever else is no address to follow
        head, rest = (first[0], address[first.end() :]) if first else ("", address)
        whole = self._put(head, lambda text: quote(text, safe=":/?#[]@!$&()*+,;=%~-._"))
        whole += self._put(rest, _part)
        return f'{match[1]}"{escape(whole) if first else whole}"'


def _part(text: str) -> str:
    return text if isinstance(text, _Encoded) else quote(text, safe="")


def _entities(text: str) -> str:
    """Safe inside a tag, quoted or not."""
    return "".join(char if char.isalnum() else f"&#{ord(char)};" for char in text)


class Templates:
    """Fills templates in. One for a plan; it keeps what it compiled."""

    def __init__(self) -> None:
        self._environment = _environment()
        self._ready = lru_cache(_KEPT)(lambda source: _Ready(self._environment, source))
        self._html = lru_cache(_KEPT)(_markdown)
        self._plain = lru_cache(_KEPT)(_text_of_html)

    def line(self, source: str, values: Values) -> str:
        """A template of one line, such as a subject. Raises TemplateFailedError."""
        return " ".join(self.fill(source, values).plain().split())

    def body(self, source: str, form: str, values: Values) -> tuple[str, str]:
        """(text part, HTML part) of a body in `form` markdown or html. Raises TemplateFailedError."""
        filled = self.fill(source, values)
        if form == "html":
            return filled.plain(self._plain(filled.text)), filled.html(filled.text)
        return filled.plain(), filled.html(self._html(filled.text))

    def fill(self, source: str, values: Values) -> Filled:
        store: list[str] = []
        try:
            ready: _Ready = self._ready(source)
            if ready.template is None:
                return Filled(source, ready, store)
            text = ready.template.render({**_names(values), _STORE: (ready.base, store)})
        except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
            raise TemplateFailedError(one_line(str(error))) from None
        return Filled(text, ready, store)


def _names(values: Values) -> dict[str, Any]:
    names: dict[str, Any] = {"event": SimpleNamespace(), "entry": SimpleNamespace()}
    for name, value in values.items():
        side, dot, inner = name.partition(".")
        if dot:
            setattr(names[side], inner, value)
        else:
            names[name] = value
    return names


_PAGE = '<!doctype html>\n<html>\n<head><meta charset="utf-8"></head>\n<body>\n{}</body>\n</html>\n'


def _markdown(text: str) -> str:
    return _PAGE.format(_reader().render(text))


@lru_cache(1)
def _reader() -> Any:  # noqa: ANN401 -- imported by who sends Markdown only
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").enable(["table", "strikethrough"])


def _text_of_html(html: str) -> str:
    from markdownify import markdownify

    html = re.sub(r"(?is)<(head|style|script)\b.*?</\1\s*>", "", html)
    text = markdownify(html, heading_style="ATX", escape_asterisks=False, escape_underscores=False)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"
