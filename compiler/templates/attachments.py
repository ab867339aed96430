"""Files that are sent along with emails: each is there, inside the workspace, and not too large."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from posixpath import basename, normpath
from typing import TYPE_CHECKING

from oncue.compiler.model import Email
from oncue.compiler.templates.attached_files import LARGEST
from oncue.compiler.templates.layouts import is_outside
from oncue.compiler.templates.placeholders import Placeholders
from oncue.compiler.yaml.nodes import Scalar
from oncue.schemas.plan import FileSent

if TYPE_CHECKING:
    from mimetypes import MimeTypes

ALL = 5_000_000  # bytes of an email's together
Fetch = Callable[[str], bytes | None]  # a file's content by its path; None: it is not there

# Python's own table has not all of them in every version.
_MORE = {
    ".csv": "text/csv",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".ics": "text/calendar",
    ".md": "text/markdown",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".webp": "image/webp",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".zip": "application/zip",
}
_OTHER = "application/octet-stream"


def attachments(email: Email, fetch: Fetch, said: Placeholders) -> dict[str, bytes]:
    """The contents of an email's attachments by path; one that cannot be sent is left out."""
    found: dict[str, bytes] = {}
    for scalar in email.attachments:
        path = normpath(scalar.text.strip())
        if path in found:
            message = f"`{path}` is attached twice"
            said.report("T114", scalar.span, message, "leave one of them out")
        elif (content := _content(scalar, path, fetch, said)) is not None:
            found[path] = content
    size = sum(map(len, found.values()))
    if size > ALL:
        message = f"the attachments of `{email.key.text}` have {_megabytes(size)} together"
        hint = f"an email carries at most {_megabytes(ALL)}; send a link instead"
        said.report("W104", email.attachments[-1].span, message, hint)
    return found


def _content(scalar: Scalar, path: str, fetch: Fetch, said: Placeholders) -> bytes | None:
    content = None
    if is_outside(path):
        hint = "write the path from the folder of oncue.yaml, such as `files/guide.pdf`"
        said.report("T101", scalar.span, f"`{scalar.text}` is outside the workspace", hint)
    elif not path.isprintable() or (content := fetch(path)) is None:
        hint = "put it there, or write the path from the folder of oncue.yaml"
        said.report("T101", scalar.span, f"there is no file `{_shown(path)}` that can be read", hint)
    elif len(content) > LARGEST:
        message = f"`{path}` is too large to be attached"
        hint = f"a file may have {_megabytes(LARGEST)}; send a link instead"
        said.report("W104", scalar.span, message, hint)
        return None
    return content


def _shown(path: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in path)[:100]


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB".replace(".0 ", " ")


def file_sent(path: str, content: bytes) -> FileSent:
    """The attachment as the plan holds it."""
    from base64 import b64encode  # few emails have one

    return FileSent(basename(path), media_type(path), b64encode(content).decode("ascii"))


def media_type(path: str) -> str:
    """By the name alone, and the same on every machine."""
    ending = path[path.rfind(".") :].lower() if "." in basename(path) else ""
    if ending in _MORE:
        return _MORE[ending]
    kind, packed = _table().guess_type(f"file{ending}")
    return kind if kind is not None and packed is None else _OTHER


@cache
def _table() -> MimeTypes:
    from mimetypes import MimeTypes

    return MimeTypes()
