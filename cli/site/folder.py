"""Writes the site into its folder, and nothing else there: pages of an earlier time that are no longer made
go, whatever is not the site's stays."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

_MARK = '<meta name="generator" content="oncue docs">'
_OURS = ("campaigns", "emails")


class NotOursError(Exception):
    """The folder holds something else."""


def write(folder: Path, pages: Iterable[tuple[str, str]]) -> int:
    """Writes pages (path, text), and gives their number. Raises NotOursError for a folder that holds anything
    but a site of `oncue docs`, OSError."""
    if folder.exists() and any(folder.iterdir()) and not _is_site(folder):
        raise NotOursError
    made = dict(pages)
    for path, text in made.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.is_file() or target.read_bytes() != text.encode():
            target.write_bytes(text.encode())
    for old in _pages(folder):
        if old.relative_to(folder).as_posix() not in made and _marked(old):
            old.unlink()
    return len(made)


def _pages(folder: Path) -> list[Path]:
    return [page for part in (".", *_OURS) for page in sorted((folder / part).glob("*.html"))]


def _is_site(folder: Path) -> bool:
    return _marked(folder / "index.html")


def _marked(page: Path) -> bool:
    return page.is_file() and _MARK.encode() in page.read_bytes()[:1000]
