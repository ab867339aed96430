"""YAML text to nodes with positions.

Built on the events of PyYAML's C parser, not on its composer: events come one by one, so depth, size and
anchors are bounded while reading, and nothing recurses. Scalars stay text: YAML's own guesses (`NO` is
false, `12:30` is 750) never happen, because the place that reads a scalar knows which type it wants.

A file that is no YAML gives one error, worded in `yaml_errors`; what is merely unwanted (a repeated key, a
tag, a second document) is reported and read on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from oncue.compiler.diagnostics import Diagnostic, Related
from oncue.compiler.source import Source, Span
from oncue.compiler.yaml import errors as yaml_errors
from oncue.compiler.yaml.nodes import Mapping, Node, Scalar, Sequence
from oncue.compiler.yaml.text import decode

Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_Event = Any  # yaml's events are untyped
_Events = Callable[[], _Event]

MAX_ALIASED = 20_000  # nodes that all aliases of a file may stand for, taken together


def read_bytes(path: str, data: bytes) -> tuple[Node | None, list[Diagnostic]]:
    """A file's bytes to its root node; None where it is empty or cannot be read."""
    source, diagnostics = decode(path, data)
    return (None, diagnostics) if source is None else read(source)


def read(source: Source) -> tuple[Node | None, list[Diagnostic]]:
    """The file's root node and what is wrong with its YAML; None where it is empty or is no YAML."""
    builder = _Builder(source)
    loader = Loader(source.text)
    try:
        return builder.build(loader.get_event), builder.diagnostics
    except yaml.MarkedYAMLError as error:
        return None, [*builder.diagnostics, yaml_errors.explain(source, error)]
    except _RefusedError as refused:
        return None, [*builder.diagnostics, refused.diagnostic]
    finally:
        loader.dispose()


class _RefusedError(Exception):
    """Reading on would be of no use."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        self.diagnostic = diagnostic


class _Builder:
    """Turns events into nodes; `diagnostics` collects what it could read past."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.diagnostics: list[Diagnostic] = []
        self.anchors: dict[str, Node] = {}
        self.sizes: dict[int, int] = {}  # id of an anchored node -> how many nodes it stands for
        self.aliased = 0

    def build(self, next_event: _Events) -> Node | None:
        """Reads the first document; a second one is an error."""
        next_event()  # the stream's start
        if type(next_event()) is StreamEndEvent:
            return None
        root = self._document(next_event)
        more = next_event()
        if type(more) is DocumentStartEvent:
            raise _RefusedError(self._at(more, "Y104", "a second YAML document starts here", _ONE_DOCUMENT))
        empty = isinstance(root, Scalar) and not root.text and not root.style
        return None if empty else root

    def _document(self, next_event: _Events) -> Node:
        """The hottest loop of the front end: it gathers the parts of each collection and makes it when it
        ends; keys and values stand in turn."""
        source = self.source
        opened: list[_Event] = []
        parts: list[Node] = []
        above: list[list[Node]] = []
        while True:
            event = next_event()
            kind = type(event)
            if kind is ScalarEvent:
                start, end, text, style = event.start_mark, event.end_mark, event.value, event.style or ""
                node = Scalar(
                    source, start.line + 1, start.column + 1, end.line + 1, end.column + 1,
                    text, style, start.index,
                )  # fmt: skip
                if event.anchor is not None or event.tag is not None:
                    self._properties(event, node)
                elif style == "" and '"' in text:
                    yaml_errors.mend_cut_text(node, self.diagnostics)
                parts.append(node)
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                if len(opened) >= yaml_errors.MAX_DEPTH:
                    raise _RefusedError(yaml_errors.too_deep(self._span(event)))
                opened.append(event)
                above.append(parts)
                parts = []
            elif kind is AliasEvent:
                parts.append(self._alias(event))
            elif kind is DocumentEndEvent:
                return parts[0]
            else:
                collection = self._collection(opened.pop(), event, parts)
                parts = above.pop()
                parts.append(collection)

    def _collection(self, opened: _Event, closed: _Event, parts: list[Node]) -> Node:
        """The mapping or sequence between the two events."""
        start, end = opened.start_mark, closed.end_mark
        place = (start.line + 1, start.column + 1, end.line + 1, end.column + 1)
        node: Node
        if type(opened) is MappingStartEvent:
            node = Mapping(self.source, *place, self._entries(parts))
        else:
            node = Sequence(self.source, *place, parts)
        if opened.anchor is not None:
            self._anchor(opened.anchor, node)
        if opened.tag is not None:
            self.diagnostics.append(self._at(opened, "Y108", _no_tag(opened.tag), _TAG_HINT))
        return node

    def _entries(self, parts: list[Node]) -> list[tuple[Scalar, Node]]:
        """Keys with their values; a key that stands twice keeps its first value."""
        keys, values = parts[::2], parts[1::2]
        if len({key.text for key in keys if type(key) is Scalar}) == len(keys):  # nearly always
            return list(zip(keys, values, strict=True))  # type: ignore[arg-type]
        entries: list[tuple[Scalar, Node]] = []
        seen: dict[str, Scalar] = {}
        for key, value in zip(keys, values, strict=True):
            if type(key) is not Scalar:
                raise _RefusedError(Diagnostic("Y107", "error", _KEY_IS_TEXT, key.span, _QUOTE_KEY))
            first = seen.setdefault(key.text, key)
            if first is key:
                entries.append((key, value))
            else:
                self._repeated(key, first)
        return entries

    def _repeated(self, key: Scalar, first: Scalar) -> None:
        message = f"the key `{key.text}` stands here a second time"
        related = (Related(f"`{key.text}` stands here first", first.span),)
        self.diagnostics.append(
            Diagnostic("Y103", "error", message, key.span, "keep one of the two", related)
        )

    def _properties(self, event: _Event, node: Scalar) -> None:
        """A scalar's anchor and tag: its text begins after them."""
        if event.anchor is not None:
            self._anchor(event.anchor, node)
        if event.tag is not None and not node.text and not node.style and event.tag.startswith("!"):
            self._tag_alone(event.tag, node)
            return
        if event.tag is not None:
            self.diagnostics.append(self._at(event, "Y108", _no_tag(event.tag), _TAG_HINT))
        node.offset = yaml_errors.after_properties(self.source.text, node.offset)
        node.line, node.column = self.source.place(node.offset)

    def _tag_alone(self, tag: str, node: Scalar) -> None:
        """A tag without a value is read as the text that it looks like, so that its place says what belongs
        there: a condition that begins with `!` says `not`."""
        found = self.source.text.find(tag, node.offset)
        if found >= 0:
            node.text, node.offset = tag, found
            node.line, node.column = self.source.place(found)
            node.end_line, node.end_column = self.source.place(found + len(tag))

    def _anchor(self, name: str, node: Node) -> None:
        self.anchors[name] = node
        size, waiting = 0, [node]
        while waiting:
            part = waiting.pop()
            size += self.sizes.get(id(part), 1)
            if id(part) in self.sizes:
                continue
            if isinstance(part, Mapping):
                waiting += [value for _, value in part.entries]
            elif isinstance(part, Sequence):
                waiting += part.items
        self.sizes[id(node)] = size

    def _alias(self, event: _Event) -> Node:
        """The node that an alias stands for, shared; all of a file's aliases together are bounded."""
        node = self.anchors.get(event.anchor)
        if node is None:
            message = f"there is no finished anchor `&{event.anchor}` before this alias"
            raise _RefusedError(self._at(event, "Y105", message, "name one above, or delete the alias"))
        self.aliased += self.sizes[id(node)]
        if self.aliased > MAX_ALIASED:
            raise _RefusedError(self._at(event, "Y105", _EXPLODES, "write less of it as aliases"))
        return node

    def _at(self, event: _Event, code: str, message: str, hint: str) -> Diagnostic:
        return Diagnostic(code, "error", message, self._span(event), hint)

    def _span(self, event: _Event) -> Span:
        start, end = event.start_mark, event.end_mark
        return Span(self.source.path, start.line + 1, start.column + 1, end.line + 1, end.column + 1)


def _no_tag(tag: str) -> str:
    shown = tag.replace("tag:yaml.org,2002:", "!!")
    return f"the YAML tag `{shown}` has no meaning here"


_ONE_DOCUMENT = "a file holds one document: delete the `---`, or make two files of it"
_KEY_IS_TEXT = "a key must be one plain word or text"
_QUOTE_KEY = 'write it as `key: value`; a text that starts with `[`, `{` or `*` stands in "quotes"'
_EXPLODES = f"the aliases of this file stand for more than {MAX_ALIASED:,} values"
_TAG_HINT = "delete it; a text that starts with `!` stands in quotes, and a condition says `not`"
