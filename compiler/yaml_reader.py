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
from oncue.compiler import yaml_errors
from oncue.compiler.diagnostics import Diagnostic, Related
from oncue.compiler.nodes import Mapping, Node, Scalar, Sequence
from oncue.compiler.source import Source, Span
from oncue.compiler.text_reader import decode
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_Event = Any  # yaml's events are untyped
_Events = Callable[[], _Event]

MAX_DEPTH = 100
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
        self.anchors: dict[str, tuple[Node, int]] = {}  # name -> node, number of nodes in it
        self.count = 0  # nodes so far, those behind aliases included
        self.aliased = 0

    def build(self, next_event: _Events) -> Node | None:
        """Reads the first document; a second one is an error."""
        next_event()  # the stream's start
        if type(next_event()) is StreamEndEvent:
            return None
        root = self._document(next_event)
        next_event()  # the document's end
        more = next_event()
        if type(more) is DocumentStartEvent:
            raise _RefusedError(self._at(more, "Y104", "a second YAML document starts here", _ONE_DOCUMENT))
        empty = isinstance(root, Scalar) and not root.text and not root.style
        return None if empty else root

    def _document(self, next_event: _Events) -> Node:  # one loop: this is the front end's hottest code
        source = self.source
        stack: list[tuple[Any, Any, Any, int]] = []  # enclosing collections
        items: list[Any] | None = None  # the open sequence's items
        entries: list[tuple[Scalar, Node]] | None = None  # or the open mapping's entries
        key: Scalar | None = None
        seen: set[str] = set()
        opened: _Event = None
        before = 0
        while True:
            event = next_event()
            kind = type(event)
            if kind is ScalarEvent:
                start = event.start_mark
                end = event.end_mark
                self.count += 1
                scalar = Scalar(
                    source, start.line + 1, start.column + 1, end.line + 1, end.column + 1,
                    event.value, event.style or "", start.index,
                )  # fmt: skip
                if event.anchor is not None or event.tag is not None:
                    self._properties(event, scalar)
                elif event.style == "" and '"' in event.value:
                    yaml_errors.mend_cut_text(scalar, self.diagnostics)
                node: Node = scalar
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                if len(stack) >= MAX_DEPTH:
                    raise _RefusedError(self._at(event, "Y106", _TOO_DEEP, "flatten it"))
                if entries is not None and key is None:
                    raise _RefusedError(self._at(event, "Y107", _KEY_IS_TEXT, _QUOTE_KEY))
                stack.append((items, entries, (key, seen, opened), before))
                opened, before = event, self.count
                items, entries = ([], None) if kind is SequenceStartEvent else (None, [])
                key, seen = None, set()
                continue
            elif kind is AliasEvent:
                node = self._alias(event)
            else:  # an end
                node = self._close(opened, event, items, entries, before)
                items, entries, (key, seen, opened), before = stack.pop()
            if entries is not None:
                if key is None:
                    key = self._key(node, event)
                else:
                    if key.text in seen:
                        self._repeated(key, entries)
                    else:
                        seen.add(key.text)
                        entries.append((key, node))
                    key = None
            elif items is not None:
                items.append(node)
            if not stack and entries is None and items is None:
                return node

    def _close(
        self, opened: _Event, event: _Event, items: list[Any] | None, entries: list[Any] | None, before: int
    ) -> Node:
        """The collection that ends here."""
        start, end = opened.start_mark, event.end_mark
        place = (start.line + 1, start.column + 1, end.line + 1, end.column + 1)
        node: Node = (
            Mapping(self.source, *place, entries)
            if entries is not None
            else Sequence(self.source, *place, items or [])
        )
        self.count += 1
        if opened.anchor is not None:
            self.anchors[opened.anchor] = (node, self.count - before)
        if opened.tag is not None:
            self.diagnostics.append(self._at(opened, "Y108", _no_tag(opened.tag), _TAG_HINT))
        return node

    def _properties(self, event: _Event, node: Scalar) -> None:
        """A scalar's anchor and tag: its text begins after them."""
        if event.anchor is not None:
            self.anchors[event.anchor] = (node, 1)
        if event.tag is not None:
            self.diagnostics.append(self._at(event, "Y108", _no_tag(event.tag), _TAG_HINT))
        index = yaml_errors.after_properties(self.source.text, node.offset)
        node.offset = index
        node.line, node.column = self.source.place(index)

    def _alias(self, event: _Event) -> Node:
        """The node that an alias stands for, shared; all of a file's aliases together are bounded."""
        found = self.anchors.get(event.anchor)
        if found is None:
            message = f"there is no finished anchor `&{event.anchor}` before this alias"
            raise _RefusedError(self._at(event, "Y105", message, "name one above, or delete the alias"))
        node, size = found
        self.aliased += size
        self.count += size
        if self.aliased > MAX_ALIASED:
            raise _RefusedError(self._at(event, "Y105", _EXPLODES, "write less of it as aliases"))
        return node

    def _key(self, node: Node, event: _Event) -> Scalar:
        if isinstance(node, Scalar) and type(event) is ScalarEvent:
            return node
        raise _RefusedError(self._at(event, "Y107", _KEY_IS_TEXT, _QUOTE_KEY))

    def _repeated(self, key: Scalar, entries: list[tuple[Scalar, Node]]) -> None:
        first = next(name for name, _ in entries if name.text == key.text)
        message = f"the key `{key.text}` stands here a second time"
        related = (Related(f"`{key.text}` stands here first", first.span),)
        self.diagnostics.append(
            Diagnostic("Y103", "error", message, key.span, "keep one of the two", related)
        )

    def _at(self, event: _Event, code: str, message: str, hint: str) -> Diagnostic:
        start, end = event.start_mark, event.end_mark
        span = Span(self.source.path, start.line + 1, start.column + 1, end.line + 1, end.column + 1)
        return Diagnostic(code, "error", message, span, hint)


def _no_tag(tag: str) -> str:
    shown = tag.replace("tag:yaml.org,2002:", "!!")
    return f"the YAML tag `{shown}` has no meaning here"


_ONE_DOCUMENT = "a file holds one document: delete the `---`, or make two files of it"
_TOO_DEEP = f"this is nested too deeply: more than {MAX_DEPTH} levels"
_KEY_IS_TEXT = "a key must be one plain word or text"
_QUOTE_KEY = 'write it as `key: value`; a text that starts with `[`, `{` or `*` stands in "quotes"'
_EXPLODES = f"the aliases of this file stand for more than {MAX_ALIASED:,} values"
_TAG_HINT = "delete it; a text that starts with `!` stands in quotes, and a condition says `not`"
