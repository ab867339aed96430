"""An email's HTML as many programs for mail need it: well-formed, with the rules of its `<style>` elements in
the tags. Nothing is ever fetched for that."""

from __future__ import annotations

import re
from functools import lru_cache
from html.parser import HTMLParser
from typing import Any

_STYLE = re.compile(r"<style\b", re.IGNORECASE)
_DEEPEST = 150  # elements in one another; the libraries that read pages call themselves for each
# Elements that need no end, or have none: what follows is not inside them.
_ENDLESS = frozenset(
    (
        "area", "base", "br", "col", "colgroup", "dd", "dt", "embed", "hr", "img", "input", "li", "link",
        "meta", "option", "p", "param", "source", "tbody", "td", "tfoot", "th", "thead", "tr", "track", "wbr",
    )
)  # fmt: skip


class TooDeepError(Exception):
    """Elements stand in one another without end in sight."""


def styled(html: str) -> str:
    """With its styles in the tags; what only a sheet can say (`@media`) stays in one. Raises TooDeepError."""
    _check(html)
    return str(_inliner(styles=True).inline(html)) if _STYLE.search(html) else html


def tidy(html: str) -> str:
    """As a browser reads it: every element closed. Raises TooDeepError."""
    _check(html)
    return str(_inliner(styles=False).inline(html))


@lru_cache(2)
def _inliner(*, styles: bool) -> Any:  # noqa: ANN401 -- imported by who sends HTML only
    from css_inline import CSSInliner

    return CSSInliner(load_remote_stylesheets=False, keep_at_rules=True, inline_style_tags=styles)


def _check(html: str) -> None:
    depth = _Depth()
    depth.feed(html)


class _Depth(HTMLParser):
    """Counts how deep elements stand in one another."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _ENDLESS:
            self.depth += 1
            if self.depth > _DEEPEST:
                raise TooDeepError(f"its HTML is nested more than {_DEEPEST} elements deep")

    def handle_endtag(self, tag: str) -> None:
        if tag not in _ENDLESS:
            self.depth = max(0, self.depth - 1)
