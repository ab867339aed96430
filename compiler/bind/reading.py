"""Tolerant reading of nodes: a value of the wanted shape, or None and a problem on record.

`shape` judges the shape of every definition and has the better words for it. `bind` reads the same
nodes again, so it records what it could not read only as a safety net: the pipeline drops a problem whose
place a shape diagnostic already covers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from oncue.compiler.diagnostics import Diagnostic
from oncue.compiler.model import Ref
from oncue.compiler.source import Span
from oncue.compiler.yaml import scalars
from oncue.compiler.yaml.nodes import Mapping, Node, Scalar, Sequence

_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")  # E.164
_BETWEEN = re.compile(r"[\s()\-\u2010-\u2015]+")  # what people put between the digits
_ADDRESS = re.compile(r"[!-;=?A-~]+@[^\s<>@]+|[^<>\r\n]*<[!-;=?A-~]+@[^\s<>@]+>\s*")
UNREADABLE = "S104"  # a shape that the schema let pass and that nobody understands


class Reader:
    """Collects what could not be read (`problems`), what is wrong for sure (`errors`), and the texts of
    conditions, which may be compiled ahead."""

    def __init__(self) -> None:
        self.conditions: list[str] = []
        self.problems: list[Diagnostic] = []
        self.errors: list[Diagnostic] = []

    def wrong(self, node: Node, wanted: str) -> None:
        """Records that `node` is not `wanted`."""
        self.problems.append(Diagnostic(UNREADABLE, "error", f"{wanted} is expected here", node.span))

    def error(self, code: str, node: Node, message: str, hint: str = "") -> None:
        """Records a mistake that only this stage sees."""
        self.errors.append(Diagnostic(code, "error", message, node.span, hint))

    def error_at(self, code: str, span: Span, message: str, hint: str = "") -> None:
        """Records a mistake at a place inside a scalar."""
        self.errors.append(Diagnostic(code, "error", message, span, hint))

    def scalar(self, node: Node | None, wanted: str = "a text") -> Scalar | None:
        """The node if it is a scalar with something in it."""
        if type(node) is Scalar and node.text:
            return node
        if node is not None:
            self.wrong(node, wanted)
        return None

    def tag(self, node: Node | None) -> Scalar | None:
        """A tag's scalar: lower case, without outer spaces, so that `tagged` can ask for it."""
        scalar = self.scalar(node, "a tag")
        if scalar is not None and scalar.text != (right := scalar.text.strip().lower()):
            hint = f"tags are lower case, without outer spaces: `{right[:60]}`" if right else "name the tag"
            self.error(UNREADABLE, scalar, f"no tag is written `{scalar.text[:60]}`", hint)
        return scalar

    def address(self, node: Node | None) -> str | None:
        """An email address, bare or behind a name."""
        scalar = self.scalar(node, "an email address")
        if scalar is None:
            return None
        if _ADDRESS.fullmatch(scalar.text) is None:
            hint = "for example `hello@acme.test` or `Acme <hello@acme.test>`"
            self.error(UNREADABLE, scalar, f"`{scalar.text[:60]}` is no email address", hint)
        return scalar.text

    def phone(self, node: Node | None) -> str | None:
        """A phone number with its country code, without what people put between the digits."""
        scalar = self.scalar(node, "a phone number")
        if scalar is None:
            return None
        digits = _BETWEEN.sub("", scalar.text)
        if _PHONE.fullmatch(digits) is None:
            hint = "with its country code, such as `+15550100`"
            self.error(UNREADABLE, scalar, f"`{scalar.text[:60]}` is no phone number", hint)
        return digits

    def text(self, node: Node | None, wanted: str = "a text") -> str | None:
        """The scalar's text."""
        scalar = self.scalar(node, wanted)
        return None if scalar is None else scalar.text

    def mapping(self, node: Node | None, wanted: str = "a mapping") -> Mapping | None:
        """The node if it is a mapping."""
        if type(node) is Mapping:
            return node
        if node is not None:
            self.wrong(node, wanted)
        return None

    def items(self, node: Node | None, wanted: str = "a list") -> list[Node]:
        """The items of a sequence; none if the node is missing or something else."""
        if type(node) is Sequence:
            return node.items
        if node is not None:
            self.wrong(node, wanted)
        return []

    def scalars(self, node: Node | None, wanted: str = "a list of texts") -> Iterator[Scalar]:
        """The scalars of a sequence."""
        for item in self.items(node, wanted):
            scalar = self.scalar(item)
            if scalar is not None:
                yield scalar

    def ref(self, kind: str, node: Node | None) -> Ref | None:
        """A name of that kind of thing."""
        scalar = self.scalar(node, "a name")
        return None if scalar is None else Ref(kind, scalar.text, scalar)

    def refs(self, kind: str, node: Node | None) -> tuple[Ref, ...]:
        """The names in a sequence."""
        return tuple(Ref(kind, scalar.text, scalar) for scalar in self.scalars(node, "a list of names"))

    def boolean(self, node: Node | None, default: bool) -> bool:
        """true or false."""
        if node is None:
            return default
        value = scalars.boolean(node.text) if type(node) is Scalar else None
        if value is None:
            self.wrong(node, "true or false")
            return default
        return value

    def number(self, node: Node | None) -> str | None:
        """A decimal as text."""
        scalar = self.scalar(node, "a number")
        if scalar is None:
            return None
        value = scalars.number(scalar.text)
        if value is None:
            self.wrong(scalar, "a number")
        return value

    def whole(self, node: Node | None) -> int | None:
        """A whole number of at least 1."""
        scalar = self.scalar(node, "a whole number")
        if scalar is None:
            return None
        if scalar.text.isascii() and scalar.text.isdigit() and 0 < len(scalar.text) < 10 and int(scalar.text):
            return int(scalar.text)
        self.wrong(scalar, "a whole number of at least 1")
        return None

    def duration(self, node: Node | None, signed: bool = False) -> int | None:
        """Microseconds; with `signed`, a ``-`` or ``+`` may stand before it."""
        kind = "signed_duration" if signed else "duration"
        scalar = self.scalar(node, scalars.expected(kind))
        if scalar is None:
            return None
        micros = scalars.signed_duration(scalar.text) if signed else scalars.duration(scalar.text)
        if micros is None:
            self.wrong(scalar, scalars.expected(kind))
        return micros

    def day(self, node: Node | None) -> Scalar | None:
        """A date's scalar."""
        scalar = self.scalar(node, scalars.expected("date"))
        if scalar is None or scalars.date(scalar.text) is not None:
            return scalar
        self.wrong(scalar, scalars.expected("date"))
        return None

    def minutes(self, node: Node | None) -> int | None:
        """A time of day, in minutes after midnight."""
        scalar = self.scalar(node, 'a time of day such as "09:00"')
        if scalar is None:
            return None
        value = scalars.time_of_day(scalar.text)
        if value is None:
            self.wrong(scalar, 'a time of day such as "09:00"')
        return value

    def choice(self, node: Node | None, allowed: tuple[str, ...]) -> str | None:
        """One of the allowed words."""
        scalar = self.scalar(node, " or ".join(allowed))
        if scalar is None or scalar.text in allowed:
            return None if scalar is None else scalar.text
        self.wrong(scalar, " or ".join(allowed))
        return None


def unreadable(problems: list[Diagnostic], shape: list[Diagnostic]) -> list[Diagnostic]:
    """The problems that no shape diagnostic covers."""
    by_path: dict[str, list[Diagnostic]] = {}
    for one in shape:
        by_path.setdefault(one.span.path, []).append(one)
    return [one for one in problems if not any(_meet(one, other) for other in by_path.get(one.span.path, ()))]


def _meet(one: Diagnostic, other: Diagnostic) -> bool:
    """Whether the spans of two diagnostics of one file overlap."""
    a, b = one.span, other.span
    return (a.line, a.column) <= (b.end_line, b.end_column) and (b.line, b.column) <= (
        a.end_line,
        a.end_column,
    )
