"""Forms that several actions share: texts, sets of fields, deals, owners, signed changes.

A reader of an action gets the action's value and `inner`, which reads the steps of a branch inside it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from oncue.compiler import model
from oncue.compiler.bind.reading import UNREADABLE, Reader
from oncue.compiler.model import Act, Ref, Step
from oncue.compiler.yaml import scalars
from oncue.compiler.yaml.nodes import Mapping, Node, Scalar
from oncue.schemas.values import format_number, parse_number

Inner = Callable[[Node | None], tuple[Step, ...]]
Read = Callable[[Reader, Node, Inner], Act]

BROKEN = model.Broken()
LONGEST = 64 * 1024  # bytes of one text in UTF-8: what the runtime takes
LINE = 250  # characters of a title or subject
TOO_LONG = "S121"
CONTACT_OWNER = "contact_owner"

_SIGNED = re.compile(r"[+-][0-9]")


def part(reader: Reader, node: Node, key: str) -> Node | None:
    """The short form itself, or the value under `key` of the mapping form."""
    if type(node) is not Mapping:
        return node
    value = node.get(key)
    if value is None:
        reader.wrong(node, f"`{key}`")
    return value


def get(node: Node, key: str) -> Node | None:
    """The value under `key` of the mapping form; None in the short form."""
    return node.get(key) if type(node) is Mapping else None


def prose(reader: Reader, node: Node | None, most: int = LONGEST) -> Scalar | None:
    """A text that goes out or is kept, which has an end: `most` characters, LONGEST bytes."""
    scalar = reader.scalar(node, "a text")
    if scalar is not None and most < len(scalar.text):
        message = f"this text has {len(scalar.text):,} characters, and at most {most:,} are taken"
        reader.error(TOO_LONG, scalar, message, "shorten it")
    elif scalar is not None and len(scalar.text) * 4 > LONGEST:
        size = len(scalar.text.encode(errors="surrogatepass"))
        if size > LONGEST:
            message = f"this text has {size:,} bytes, and at most {LONGEST:,} are taken"
            reader.error(TOO_LONG, scalar, message, "shorten it; what is long belongs into an email's file")
    return scalar


def line(reader: Reader, node: Node | None, what: str) -> Scalar | None:
    """A text of one line: a title, a subject."""
    scalar = prose(reader, node, LINE)
    if scalar is not None and ("\n" in scalar.text.strip() or "\r" in scalar.text):
        reader.error(UNREADABLE, scalar, f"{what} is one line", "shorten it, or write it in quotes")
    return scalar


def plain_line(reader: Reader, node: Node | None, what: str) -> Scalar | None:
    """A title by which something is found: it is compared as it stands, and nothing is filled in."""
    scalar = line(reader, node, what)
    if scalar is not None and "{{" in scalar.text:
        hint = "name the step that made it: `step`"
        reader.error(UNREADABLE, scalar, f"{what} to look for has no placeholders", hint)
    return scalar


def decimal(text: str) -> str:
    """The shortest decimal text, so that ``+10`` and ``+10.0`` are one plan."""
    number = parse_number(text)
    return text if number is None else format_number(number)


def number(reader: Reader, node: Node | None) -> str | None:
    """A decimal, in its shortest form."""
    text = reader.number(node)
    return None if text is None else decimal(text)


def only_one(reader: Reader, node: Node, keys: Iterable[str]) -> None:
    """Of these keys, at most one."""
    there = [] if type(node) is not Mapping else [key for key in keys if node.get(key) is not None]
    if len(there) > 1 and type(node) is Mapping:
        names = " and ".join(f"`{key}`" for key in there)
        reader.error(
            "S106", node.key(there[-1]) or node, f"{names}: only one of them can stand here", "keep one"
        )


# --- fields ---------------------------------------------------------------------------------------


def sets(reader: Reader, node: Node | None, kind: str) -> model.Sets:
    """``set``: fields and their values."""
    mapping = reader.mapping(node, "fields and their values")
    return () if mapping is None else tuple((Ref(kind, key.text, key), value) for key, value in mapping)


def copies(reader: Reader, node: Node | None, kind: str) -> model.Copies:
    """``copy``: fields and the contact fields that they take their value from."""
    found = [(field, reader.ref("fields", value)) for field, value in sets(reader, node, kind)]
    return tuple((field, source) for field, source in found if source is not None)


# --- deals and people -----------------------------------------------------------------------------


def pick(reader: Reader, node: Node | None) -> model.Pick:
    """Which deal is meant."""
    mapping = reader.mapping(node, "`step`, `pipeline` or `title`")
    if mapping is None:
        return model.Pick()
    return model.Pick(
        step=reader.ref("steps", mapping.get("step")),
        pipeline=reader.ref("pipelines", mapping.get("pipeline")),
        title=plain_line(reader, mapping.get("title"), "a title"),
    )


def owner(reader: Reader, node: Node | None) -> model.Owner | None:
    """A user, a team in turn, or the contact's owner."""
    if node is None:
        return None
    if type(node) is Mapping:
        team = reader.ref("teams", part(reader, node, "round_robin"))
        return None if team is None else model.Owner(node, team=team)
    user = reader.ref("users", node)
    if user is None:
        return None
    return model.Owner(node) if user.name == CONTACT_OWNER else model.Owner(node, user=user)


# --- changes of a score ---------------------------------------------------------------------------


def change(reader: Reader, node: Node) -> tuple[str | None, str | None] | None:
    """``+10``, ``{set: 50}`` or ``{reset: true}`` as (by, to); None if unreadable."""
    if type(node) is Mapping:
        return _change_by_key(reader, node)
    scalar = reader.scalar(node, "`+10`, `-5`, `{set: 50}` or `{reset: true}`")
    return None if scalar is None else _by(reader, scalar)


def _change_by_key(reader: Reader, node: Mapping) -> tuple[str | None, str | None] | None:
    by, to, reset = node.get("by"), node.get("set"), node.get("reset")
    if by is not None:
        scalar = reader.scalar(by, "a signed number")
        return None if scalar is None else _by(reader, scalar)
    if to is not None:
        value = number(reader, to)
        return None if value is None else (None, value)
    if not reader.boolean(reset, default=False):
        reader.wrong(node, "`by`, `set` or `reset: true`")
        return None
    return None, "0"


def _by(reader: Reader, scalar: Scalar) -> tuple[str | None, str | None] | None:
    if not _SIGNED.match(scalar.text):
        if scalars.number(scalar.text) is None:
            reader.wrong(scalar, "a signed number such as `+10`")
        else:
            text = scalar.text.strip()
            hint = f"write `+{text}` or `-{text}` to change it, `{{set: {text}}}` to set it"
            reader.error(UNREADABLE, scalar, f"`{text}` has no sign: is it added or set?", hint)
        return None
    value = number(reader, scalar)
    return None if value is None else (value, None)
