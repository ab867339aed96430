"""What is wrong with text that is no YAML, in words; and conditions that YAML garbles.

A condition is full of characters that mean something to YAML (`: `, ` #`, quotes, brackets, `>`), so the
commonest YAML mistake in a workspace is a condition without quotes. Wherever the failing line looks like
one, the advice says so at the spot.
"""

from __future__ import annotations

import re

import yaml

from oncue.compiler.diagnostics import Diagnostic
from oncue.compiler.source import Source, Span
from oncue.compiler.yaml.nodes import Scalar

MAX_DEPTH = 100

_QUOTE_CONDITION = "quote the condition in '...', or use `{key}: |` and write it on the next line"
_QUOTE_TEXT = "a text with `: `, ` #` or a quote at its start stands in quotes: '...'"

# `when: CONDITION`, in a block line or inside `{...}`
_CONDITION = re.compile(r"(?:^|[\s{,\[-])(when|if|until|exit_when|all|any)\s*:\s*(?=(?P<text>\S.*))")
_ENTRY = re.compile(r"^\s*(?:-\s+)*(?P<key>[\w.-]+)\s*:\s+(?P<text>\S.*)")
_OPERATOR = re.compile(
    r"[=!<>]=|[<>]|\b(?:and|or|not|in|is|contains|starts|ends|did|tagged|subscribed|matches)\b"
)
_FIRST_KEY = re.compile(r"\s*(?:- +)*[\w.-]+\s*")
_PROPERTIES = re.compile(r"(?:[&!][^\s,\[\]{}]*[ \t]*(?:(?:#[^\n]*)?\r?\n[ \t]*)*)*")

# what the parser says -> what is wrong, and what to do
_WORDS: tuple[tuple[str, str, str], ...] = (
    ("mapping values are not allowed", "a `:` stands where no key can be", _QUOTE_TEXT),
    ("could not find expected ':'", "a key without its `:` stands here", "write `key: value`"),
    ("did not find expected key", "this line does not belong to what stands above it",
     "check its indentation, and that the line above it is complete"),
    ("did not find expected '-' indicator", "this line does not belong to the list above it",
     "start it with `- `, or check its indentation"),
    ("did not find expected ',' or ']'", "this `[` list is not closed, or a comma is missing",
     "write `[a, b]`; a text with `[`, `]`, `{`, `}` or `,` in it stands in quotes"),
    ("did not find expected ',' or '}'", "this `{` mapping is not closed, or a comma is missing",
     "write `{a: 1, b: 2}`; a text with `[`, `]`, `{`, `}` or `,` in it stands in quotes"),
    ("found unexpected end of stream", "a quote opened here is never closed", "close it"),
    ("found character that cannot start any token", "this character cannot start a value",
     "put the value in quotes"),
    ("did not find expected node content", "a value is missing here", "write one, or put it in quotes"),
    ("block sequence entries are not allowed", "a list cannot start here", "start it on its own line"),
    ("block mapping", "a mapping cannot start here", "check the indentation"),
    ("while scanning an alias", "a `*` starts an alias, and this is none", "put the text in quotes"),
    ("while scanning an anchor", "a `&` starts an anchor, and this is none", "put the text in quotes"),
    ("while scanning a block scalar", "`>` and `|` start a text on the next lines", _QUOTE_TEXT),
    ("while scanning a tag", "a `!` starts a YAML tag, and this is none", "put the text in quotes"),
    ("while parsing a tag", "a `!` starts a YAML tag, and this is none", "put the text in quotes"),
    ("undefined tag handle", "a `!` starts a YAML tag, and this is none", "put the text in quotes"),
    ("unknown escape character", "there is no such escape in a text in double quotes",
     'write `\\\\` for a backslash, or use single quotes'),
    ("did not find expected hexdecimal number", "this escape needs hexadecimal digits",
     'write `\\\\` for a backslash, or use single quotes'),
    ("invalid Unicode character code", "there is no such Unicode character", "write another"),
    ("found undefined", "this is not defined", "delete it"),
    ("directive", "a `%` starts a YAML directive, and this is none", "put the text in quotes"),
    ("did not find expected <document start>", "this does not belong to what stands above it",
     "check its indentation"),
)  # fmt: skip


def explain(source: Source, error: yaml.MarkedYAMLError) -> Diagnostic:
    """The one error of a file that is no YAML."""
    span = _span(source, error)
    line = source.line(span.line)
    if "maximum nesting depth" in (error.problem or ""):  # the parser's own bound, met before ours
        return too_deep(span)
    if _tab_indents(line, span.column):
        return Diagnostic(
            "Y102",
            "error",
            "a tab stands in the indentation",
            span,
            "indent with spaces; YAML does not allow tabs",
        )
    garbled = _garbled_condition(source, span, error)
    if garbled is not None:
        return garbled
    said = f"{error.context or ''}: {error.problem or ''}"
    if "mapping values" in said and _FIRST_KEY.fullmatch(line, 0, span.column - 1):
        said = "did not find expected key"
    message, hint = _words(said)
    return Diagnostic("Y101", "error", message, span, hint)


def too_deep(span: Span) -> Diagnostic:
    """Where more than `MAX_DEPTH` levels stand inside each other."""
    message = f"this is nested too deeply: more than {MAX_DEPTH} levels"
    return Diagnostic("Y106", "error", message, span, "flatten it")


def _span(source: Source, error: yaml.MarkedYAMLError) -> Span:
    """Where to point: an unclosed quote or bracket at its start, all else where reading failed."""
    mark, begun = error.problem_mark or error.context_mark, error.context_mark
    if mark is None:
        return Span(source.path, 1, 1)
    bracket = "flow" in (error.context or "") and begun is not None and begun.line < mark.line
    if begun is not None and (bracket or "end of stream" in (error.problem or "")):
        mark = begun
    line, column = mark.line + 1, mark.column + 1
    return Span(source.path, line, column, line, column + 1)


def _words(said: str) -> tuple[str, str]:
    for phrase, message, hint in _WORDS:
        if phrase in said:
            return message, hint
    return f"this is no YAML ({said.strip(': ')})", "check indentation, colons and quotes around here"


def _tab_indents(line: str, column: int) -> bool:
    before = line[:column]
    return "\t" in before and not before.strip(" \t-")


# --- conditions that YAML garbles -----------------------------------------------------------------


def _garbled_condition(source: Source, span: Span, error: yaml.MarkedYAMLError) -> Diagnostic | None:
    """The error, if the line on which reading failed (or began to) holds an unquoted condition."""
    numbers = [span.line]
    if error.context_mark is not None and error.context_mark.line + 1 == span.line - 1:
        numbers.append(span.line - 1)
    for number in numbers:
        line = source.line(number)
        before = span.column if number == span.line else len(line) + 1
        found = next((found for match in _conditions(line, before) if (found := _why(match, line))), None)
        if found is not None:
            key, column, why = found
            column = max(column, span.column) if number == span.line else column
            place = Span(source.path, number, column, number, column + 1)
            return Diagnostic("Y109", "error", f"YAML cannot read this condition: {why}", place, _quote(key))
    return None


def _quote(key: str) -> str:
    return _QUOTE_CONDITION.format(key="when" if key in ("all", "any") else key)


def _conditions(line: str, before: int) -> list[re.Match[str]]:
    """Where conditions begin in the line, the last one before column `before` first."""
    found = [match for match in _CONDITION.finditer(line) if match.start("text") < before]
    entry = _ENTRY.match(line)
    if not found and entry is not None and _OPERATOR.search(entry["text"]):
        return [entry]
    return found[::-1]


def _why(match: re.Match[str], line: str) -> tuple[str, int, str] | None:
    """Key, column and reason, if this is an unquoted condition that YAML cannot read."""
    head = line[: match.start("text")]
    why = _why_garbled(match["text"], in_flow="{" in head or "[" in head)
    return None if why is None else (match[1], match.start("text") + 1, why)


def _why_garbled(text: str, *, in_flow: bool) -> str | None:
    quoted = re.match(r""""(?:[^"\\]|\\.)*"|'(?:[^']|'')*'""", text)
    if quoted is not None:
        rest = text[quoted.end() :].lstrip()
        return (
            "it starts with a quote, so YAML ends the text at the next one"
            if rest[:1] not in ("", "#", ",", "}", "]")
            else None
        )
    if text[0] in ">|!&*%@`":
        return f"it starts with `{text[0]}`, which means something else to YAML" if len(text) > 2 else None
    if text[0] == "{":
        return None
    in_flow = in_flow or text[0] == "["
    if in_flow and re.search(r"[\[\]{},]", text[1:].rstrip("]} ")):
        return "inside `{ }` or `[ ]`, YAML ends it at a bracket or comma"
    if re.search(r":(?:\s|$)", text):
        return "YAML takes `: ` for the end of a key"
    return None


def mend_cut_text(node: Scalar, diagnostics: list[Diagnostic]) -> None:
    """A plain text with an odd quote before ` #` was cut there: reported, and read on to where the comment
    can have begun, so that the one mistake gives one error."""
    if node.text.count('"') % 2 == 0 or node.line != node.end_line:
        return
    line = node.source.line(node.line)
    cuts = [match.start() for match in re.finditer(r"[ \t]+#", line) if match.start() >= node.end_column - 1]
    if not cuts or line[node.end_column - 1 : cuts[0]].strip():
        return
    column = line.index("#", cuts[0]) + 1
    place = Span(node.source.path, node.line, column, node.line, column + 1)
    entry = _ENTRY.match(line)
    message = "YAML takes ` #` for the start of a comment, so the text ends before it"
    diagnostics.append(Diagnostic("Y109", "error", message, place, _quote(entry["key"] if entry else "when")))
    whole = [line[node.column - 1 : cut] for cut in (*cuts[1:], len(line))]
    node.text = next((text for text in whole if text.count('"') % 2 == 0), whole[-1]).rstrip()
    node.end_column = node.column + len(node.text)


def after_properties(text: str, index: int) -> int:
    """The index after a node's anchor and tag, and the space behind them."""
    match = _PROPERTIES.match(text, index)
    return index if match is None else match.end()
