"""The text part of an HTML body: what a person would read, with links and lists, without styles.

Tables are how emails are laid out, so a table's cells follow one another like paragraphs, unless the table
has header cells: then it is data and keeps its columns.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

_UNSEEN = re.compile(r"(?is)<(head|style|script|title|template)\b.*?</\1\s*>|<!--.*?-->")
_CELLS = ("thead", "tbody", "tfoot", "tr", "td")
_HIDDEN = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all", re.IGNORECASE)


def text_of(html: str) -> str:
    """The text of a page that is well-formed (see `styles.tidy`), ending with one line break."""
    text = _converter().convert(_UNSEEN.sub("", html))
    text = "\n".join(line.rstrip() for line in text.replace("\xa0", " ").splitlines())
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


@lru_cache(1)
def _converter() -> Any:  # noqa: ANN401 -- imported by who sends HTML only
    from markdownify import MarkdownConverter

    class Letter(MarkdownConverter):
        """Markdown of a page, as far as it helps a reader."""

        def convert_soup(self, soup: Any) -> str:  # noqa: ANN401
            for tag in soup.find_all(style=_HIDDEN) + soup.find_all(hidden=True):
                tag.decompose()
            for table in [table for table in soup.find_all("table") if not _is_data(table)]:
                for tag in [
                    table,
                    *(tag for tag in table.find_all(_CELLS) if tag.find_parent("table") is table),
                ]:
                    tag.name = "div"
            return str(super().convert_soup(soup))

        def convert_img(self, el: Any, text: str, parent_tags: Any) -> str:  # noqa: ANN401
            return str(el.get("alt") or "")

    return Letter(heading_style="ATX", bullets="-", escape_asterisks=False, escape_underscores=False)


def _is_data(table: Any) -> bool:  # noqa: ANN401
    """Whether it holds header cells of its own (not of a table inside)."""
    return any(head.find_parent("table") is table for head in table.find_all("th"))
