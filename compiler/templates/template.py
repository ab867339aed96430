"""Templates of messages: a small, safe part of Jinja2, read without running it.

A template may print contact fields, ``event.x``, ``entry.x``, ``deal.x`` and ``account.x``, pass them
through filters of a fixed list, branch on them with `if`, and loop over a `many` field. A file may build on a
layout and bring in parts, which it names by a text. There are no calls, no names with a leading underscore,
no `import` or `set`: what a message says is plain from its text.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from oncue.compiler.templates.tree import SIDES, Name, Problem, Template, read_tree

# What most templates hold only: {{ first_name | default('friend') }}. Read here, without importing Jinja2.
_PLAIN = re.compile(
    r"\{\{\s*(?:(event|entry|deal|account)\.)?([a-z][a-z0-9_]*)\s*"
    r"(\|\s*default\(\s*(?:'[^'\\{}]*'|\"[^\"\\{}]*\")\s*\)\s*)?\}\}"
)
_MARK = re.compile(r"\{[{%#]")
_KEYWORDS = frozenset({"true", "false", "none", "not", "if", "else", "in", "is", "and", "or"})


def parse(text: str, whole: bool = False) -> Template:
    """Reads a template; never raises, whatever the text. `whole`: it is a file of its own."""
    marks = len(_MARK.findall(text))
    if not marks:
        return Template()
    plain = list(_PLAIN.finditer(text))
    if len(plain) == marks and not any(match[2] in _KEYWORDS or match[2] in SIDES for match in plain):
        return Template(tuple(_plain_name(text, match) for match in plain))
    return _parse_jinja(text, whole)


def parse_body(text: str) -> Template:
    """Reads a file: a body, a layout or a part."""
    return parse(text, whole=True)


def parse_note(text: str) -> Template:
    """Reads a text inside an action, which prints values (with a default, if need be) and no more."""
    template = parse(text)
    if template.problems or len(_PLAIN.findall(text)) == len(_MARK.findall(text)):
        return template
    message = "a text like this prints values only, such as `{{ first_name | default('friend') }}`"
    return Template(template.names, (Problem("T110", message, 1),))


def _plain_name(text: str, match: re.Match[str]) -> Name:
    line = text.count("\n", 0, match.start(2)) + 1
    return Name(match[1] or "", match[2], line, bare=match[3] is None)


@cache
def _environment() -> Any:  # noqa: ANN401  Jinja2 is imported only by who needs it
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    return ImmutableSandboxedEnvironment(autoescape=True)


def _parse_jinja(text: str, whole: bool = False) -> Template:
    from jinja2 import TemplateSyntaxError

    try:
        tree = _environment().parse(text)
    except TemplateSyntaxError as error:
        message = f"this template cannot be read: {error.message}"
        return Template(problems=(Problem("T103", message, error.lineno),))
    except RecursionError:
        return Template(problems=(Problem("T103", "this template is nested too deeply", 1),))
    try:
        return read_tree(tree, whole)
    except RecursionError:
        return Template(problems=(Problem("T103", "this template is nested too deeply", 1),))
