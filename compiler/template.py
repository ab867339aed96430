"""Templates of messages: a small, safe part of Jinja2, read without running it.

A template may print contact fields, ``event.x`` and ``entry.x``, pass them through filters of a fixed list,
branch on them with `if`, and loop over a `many` field. There are no calls, no names with a leading
underscore, no `include`, `import`, `extends` or `set`: what a message says is plain from its text.
"""

# ruff: noqa: ANN401  Jinja2 is imported only by who needs it, so its nodes have no type here

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from msgspec import Struct
from oncue.schemas.builtins import TEMPLATE_FILTERS

SIDES = ("event", "entry")  # names that stand for properties, not for a contact field

# What most templates hold only: {{ first_name | default('friend') }}. Read here, without importing Jinja2.
_PLAIN = re.compile(
    r"\{\{\s*(?:(event|entry)\.)?([a-z][a-z0-9_]*)\s*"
    r"(\|\s*default\(\s*(?:'[^'\\{}]*'|\"[^\"\\{}]*\")\s*\)\s*)?\}\}"
)
_MARK = re.compile(r"\{[{%#]")
_KEYWORDS = frozenset({"true", "false", "none", "not", "if", "else", "in", "is", "and", "or"})


class Name(Struct, frozen=True):
    """A name that a template reads. `side`: ``event``, ``entry``, or empty for a contact field.
    `bare`: printed without a default and outside an `if` about it. `looped`: a loop goes over it."""

    side: str
    name: str
    line: int
    bare: bool = False
    looped: bool = False


class Problem(Struct, frozen=True):
    """Something that a template may not say; `word` is what to point at in that line."""

    code: str
    message: str
    line: int
    word: str = ""
    hint: str = ""


class Template(Struct, frozen=True):
    """What a template reads, and what is wrong with it."""

    names: tuple[Name, ...] = ()
    problems: tuple[Problem, ...] = ()


def parse(text: str) -> Template:
    """Reads a template; never raises, whatever the text."""
    marks = len(_MARK.findall(text))
    if not marks:
        return Template()
    plain = list(_PLAIN.finditer(text))
    if len(plain) == marks and not any(match[2] in _KEYWORDS or match[2] in SIDES for match in plain):
        return Template(tuple(_plain_name(text, match) for match in plain))
    return _parse_jinja(text)


def parse_note(text: str) -> Template:
    """Reads a note's text, which prints values (with a default, if need be) and does nothing else."""
    template = parse(text)
    if template.problems or len(_PLAIN.findall(text)) == len(_MARK.findall(text)):
        return template
    message = "a note prints values only, such as `{{ first_name | default('friend') }}`"
    return Template(template.names, (Problem("T110", message, 1),))


def _plain_name(text: str, match: re.Match[str]) -> Name:
    line = text.count("\n", 0, match.start(2)) + 1
    return Name(match[1] or "", match[2], line, bare=match[3] is None)


@cache
def _environment() -> Any:
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    return ImmutableSandboxedEnvironment(autoescape=True)


def _parse_jinja(text: str) -> Template:
    from jinja2 import TemplateSyntaxError

    try:
        tree = _environment().parse(text)
    except TemplateSyntaxError as error:
        message = f"this template cannot be read: {error.message}"
        return Template(problems=(Problem("T103", message, error.lineno),))
    except RecursionError:
        return Template(problems=(Problem("T103", "this template is nested too deeply", 1),))
    reader = _Reader()
    try:
        reader.visit(tree, frozenset(), frozenset())
    except RecursionError:
        return Template(problems=(Problem("T103", "this template is nested too deeply", 1),))
    return Template(tuple(reader.names), tuple(reader.problems))


_FORBIDDEN = {
    "Call": "a call",
    "CallBlock": "`call`",
    "Include": "`include`",
    "Import": "`import`",
    "FromImport": "`import`",
    "Extends": "`extends`",
    "Block": "`block`",
    "Macro": "`macro`",
    "Assign": "`set`",
    "AssignBlock": "`set`",
    "FilterBlock": "`filter`",
    "With": "`with`",
    "Getitem": "`[...]`",
    "Slice": "`[...]`",
    "Test": "`is`",
    "Getattr": "a dot after anything but `event` and `entry`",
    "List": "a list",
    "Tuple": "a list",
    "Dict": "a mapping",
}
# what to point at in the line
_WORDS = {kind: what.strip("`") for kind, what in _FORBIDDEN.items() if what.startswith("`")} | {
    "Call": "(",
    "Getitem": "[",
    "Slice": "[",
}
_NO_MORE = "a template prints names, with filters, `if`, and `for` over a field that holds many"
_CHILDREN = frozenset({"Template", "Output", "And", "Or", "Not", "Concat"})


class _Reader:
    """Goes over Jinja2's tree. `local` are the loop variables in sight, `sure` the names that an `if`
    around has found to be there."""

    def __init__(self) -> None:
        self.names: list[Name] = []
        self.problems: list[Problem] = []

    def problem(self, code: str, message: str, node: Any, word: str = "", hint: str = "") -> None:
        self.problems.append(Problem(code, message, node.lineno, word, hint))

    def visit(self, node: Any, local: frozenset[str], sure: frozenset[str]) -> None:
        kind = type(node).__name__
        if kind in ("TemplateData", "Const"):
            return
        reader = getattr(self, f"_{kind.lower()}", None)
        if reader is not None:
            reader(node, local, sure)
        elif kind in _CHILDREN:
            for child in node.iter_child_nodes():
                self.visit(child, local, sure)
        else:
            what = _FORBIDDEN.get(kind, "this")
            self.problem("T105", f"{what} is not allowed in a template", node, _WORDS.get(kind, ""), _NO_MORE)

    def read(self, side: str, name: str, node: Any, sure: frozenset[str], defaulted: bool = False) -> None:
        full = f"{side}.{name}" if side else name
        self.names.append(Name(side, name, node.lineno, bare=not defaulted and full not in sure))

    def _name(self, node: Any, local: frozenset[str], sure: frozenset[str], defaulted: bool = False) -> None:
        if node.name in local:
            return
        if node.name.startswith("_"):
            self.problem("T105", "names with a leading underscore are not allowed", node, node.name, _NO_MORE)
        elif node.name in SIDES:
            self.problem(
                "T105",
                f"`{node.name}` alone says nothing",
                node,
                node.name,
                f"name a property: `{node.name}.x`",
            )
        else:
            self.read("", node.name, node, sure, defaulted)

    def _getattr(
        self, node: Any, local: frozenset[str], sure: frozenset[str], defaulted: bool = False
    ) -> None:
        side = node.node.name if type(node.node).__name__ == "Name" else ""
        if node.attr.startswith("_"):
            self.problem("T105", "names with a leading underscore are not allowed", node, node.attr, _NO_MORE)
        elif side in SIDES and side not in local:
            self.read(side, node.attr, node, sure, defaulted)
        else:
            self.problem("T105", f"{_FORBIDDEN['Getattr']} is not allowed in a template", node, hint=_NO_MORE)

    def _filter(
        self, node: Any, local: frozenset[str], sure: frozenset[str], defaulted: bool = False
    ) -> None:
        if node.name not in TEMPLATE_FILTERS:
            hint = f"filters: {', '.join(TEMPLATE_FILTERS)}"
            self.problem("T106", f"unknown filter `{node.name}`", node, node.name, hint)
        arguments = [*node.args, *(keyword.value for keyword in node.kwargs), node.dyn_args, node.dyn_kwargs]
        if any(argument is not None and type(argument).__name__ != "Const" for argument in arguments):
            self.problem("T105", "a filter takes texts and numbers only", node, node.name, _NO_MORE)
        defaulted = defaulted or node.name == "default"
        inner = node.node
        kind = type(inner).__name__
        if kind in ("Name", "Getattr", "Filter"):
            getattr(self, f"_{kind.lower()}")(inner, local, sure, defaulted)
        elif inner is not None:
            self.visit(inner, local, sure)

    def _if(self, node: Any, local: frozenset[str], sure: frozenset[str]) -> None:
        tested = frozenset(_tested(node.test))
        self.visit_all([node.test], local, sure | tested)
        self.visit_all(node.body, local, sure | tested)
        self.visit_all([*node.elif_, *node.else_], local, sure)

    def _condexpr(self, node: Any, local: frozenset[str], sure: frozenset[str]) -> None:
        tested = frozenset(_tested(node.test))
        self.visit_all([node.test, node.expr1], local, sure | tested)
        self.visit_all([node.expr2] if node.expr2 is not None else [], local, sure)

    def _compare(self, node: Any, local: frozenset[str], sure: frozenset[str]) -> None:
        for operand in node.ops:
            if operand.op not in ("eq", "ne", "in", "notin"):
                self.problem(
                    "T105",
                    "values in a template are texts, so they have no order",
                    node,
                    hint="`==` and `!=` work",
                )
        self.visit_all(
            [node.expr, *(operand.expr for operand in node.ops)], local, sure | frozenset(_tested(node.expr))
        )

    def _for(self, node: Any, local: frozenset[str], sure: frozenset[str]) -> None:
        if (
            type(node.iter).__name__ != "Name"
            or type(node.target).__name__ != "Name"
            or node.recursive
            or node.test
        ):
            message = "a loop goes over one field that holds many: `{% for interest in interests %}`"
            self.problem("T107", message, node)
            return
        self.names.append(Name("", node.iter.name, node.lineno, looped=True))
        self.visit_all([*node.body, *node.else_], local | {node.target.name}, sure)

    def visit_all(self, nodes: list[Any], local: frozenset[str], sure: frozenset[str]) -> None:
        for node in nodes:
            self.visit(node, local, sure)


def _tested(node: Any) -> Iterator[str]:
    """The names that surely hold something where the test is true (or that the test is about)."""
    kind = type(node).__name__
    if kind == "Name":
        yield node.name
    elif kind == "Getattr" and type(node.node).__name__ == "Name":
        yield f"{node.node.name}.{node.attr}"
    elif kind == "Compare":
        yield from _tested(node.expr)
    elif kind == "And":
        yield from _tested(node.left)
        yield from _tested(node.right)
