"""What is wrong with a shape, in words and at the right node.

jsonschema reports where the value stands that broke a rule. A user wants to see the unknown key itself, the
start of the mapping that lacks one, the two action keys that stand together: that is worked out here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from oncue.compiler.diagnostics import Diagnostic, Related, arrange
from oncue.compiler.resolve.names import nearest
from oncue.compiler.shape.misplaced import MISPLACED
from oncue.compiler.source import Span
from oncue.compiler.yaml import scalars
from oncue.compiler.yaml.nodes import Mapping, Node, Scalar, Sequence

# S101 unknown key, S102 missing key, S103 wrong type, S104 value not allowed,
# S106 not exactly one of a set of keys, S107 a key in the wrong place, S108 too few, S109 no value

_Error = Any  # jsonschema's ValidationError, untyped where it matters

_JUDGED_LATER = {("a choice by rules", "default")}  # keys for whose absence a later stage has better words


def explain(errors: Iterable[_Error], root: Node) -> list[Diagnostic]:
    """The validator's errors about `root` as diagnostics, each mistake once."""
    found: dict[int, Diagnostic] = {}  # one for each scalar
    rest: list[Diagnostic] = []
    for error in errors:
        node = _node_at(root, error.absolute_path)
        if "propertyNames" in error.absolute_schema_path and isinstance(node, Mapping):
            node = node.key(error.instance) or node
        for diagnostic in _WORDS.get(error.validator, _other)(error, node):
            if isinstance(node, Scalar):
                found.setdefault(id(node), diagnostic)
            else:
                rest.append(diagnostic)
    return arrange([*found.values(), *rest])


def _node_at(root: Node, path: Iterable[str | int]) -> Node:
    node = root
    for part in path:
        if isinstance(node, Mapping):
            node = node.get(str(part)) or node
        elif isinstance(node, Sequence) and isinstance(part, int):
            node = node.items[part]
    return node


def _diagnostic(
    code: str, message: str, node: Node, hint: str = "", *related: Related, fix: str = ""
) -> Diagnostic:
    return Diagnostic(code, "error", message, _start_of(node), hint, related, fix)


def _start_of(node: Node) -> Span:
    """A collection is pointed at where it starts, not along all its lines."""
    if isinstance(node, Mapping) and node.entries:
        first = node.entries[0][0].span
        if (first.line, first.column) == (node.line, node.column):
            return first
    if isinstance(node, Scalar) and node.line == node.end_line:
        return node.span
    return Span(node.source.path, node.line, node.column, node.line, node.column + 1)


# --- keys -----------------------------------------------------------------------------------------


_MANY = 20  # keys: so many are not listed where one of them is surely meant
# what people write who know another tool
_SYNONYMS = {
    ("a rule", "if"): "when",
    ("a rule", "then"): "use",
    **{("a step", word): "wait" for word in ("delay", "sleep", "pause", "wait_until")},
    **{
        (title, word): "send_email" for title in ("a step", "an action") for word in ("email", "send", "mail")
    },
    **{(title, word): "add_tag" for title in ("a step", "an action") for word in ("tag", "tags")},
    **{(title, "note"): "add_note" for title in ("a step", "an action")},
    **{("a step", word): "else" for word in ("otherwise", "elif", "elseif", "default")},
    ("a start trigger", "if"): "when",
    ("a start trigger", "segment"): "enters_segment",
    ("a start trigger", "tag"): "tag_added",
    ("an action", "if"): "when",
}


def _unknown_keys(error: _Error, node: Node) -> list[Diagnostic]:
    title, known = error.schema.get("title", ""), list(error.schema["properties"])
    if not isinstance(node, Mapping):
        return []
    missing = [key for key in error.schema.get("required", ()) if key not in error.instance]
    return [_unknown_key(key, title, known, missing) for key, _ in node if key.text not in known]


def _unknown_key(key: Scalar, title: str, known: list[str], missing: list[str]) -> Diagnostic:
    why = MISPLACED.get((title, key.text))
    if why is not None:
        return _diagnostic("S107", f"`{key.text}` does not belong here", key, why)
    if not key.text.replace("-", "_").replace(".", "_").isidentifier():
        hint = "between `{` and `}` YAML ends a text at each comma: put the text in quotes, or use `when: |`"
        return _diagnostic("S101", f"unknown key `{_short(key.text)}`", key, hint)
    near = _SYNONYMS.get((title, key.text)) or nearest(key.text, missing) or nearest(key.text, known)
    meant = f"did you mean `{near}`? " if near else ""
    if title == "a recurring time" and missing and not near:  # what every other wait would have been told by
        hint = "write `wait: 3 days`, `{at: ...}`, `{date: ...}` or `{until: ...}`"
        return _diagnostic("S101", f"unknown key `{_short(key.text)}`", key, hint)
    if not near and missing:
        meant = f"{_allowed(missing, 'needed here')}; "
    what = {
        "a step": "unknown action or key",
        "an action": "unknown action or key",
        "a start trigger": "unknown trigger",
    }
    message = f"{what.get(title, 'unknown key')} `{_short(key.text)}`"
    listed = "" if near and len(known) > _MANY else _allowed(known, "known here")
    return _diagnostic("S101", message, key, f"{meant}{listed}".strip(), fix=near or "")


def _allowed(words: Iterable[object], lead: str = "allowed") -> str:
    return f"{lead}: {', '.join(f'`{word}`' for word in words)}"


def _missing_keys(error: _Error, node: Node) -> list[Diagnostic]:
    """A key that is missing because it stands there misspelt is reported as an unknown key only."""
    title = error.schema.get("title", "this")
    unknown = [key for key in error.instance if key not in error.schema.get("properties", ())]
    meant = {nearest(key, error.schema["properties"]) for key in unknown}
    if len(unknown) > len(meant - {None}) and title not in ("settings",):
        return []  # the unknown key says what is needed here
    missing = [key for key in error.validator_value if key not in error.instance and key not in meant]
    return [_missing_key(key, title, error, node) for key in missing if (title, key) not in _JUDGED_LATER]


def _missing_key(key: str, title: str, error: _Error, node: Node) -> Diagnostic:
    example = _example(error.schema.get("properties", {}).get(key, {}))
    hint = f"add `{key}: {example}`" if example else f"add `{key}:`"
    needs = "oncue.yaml needs" if title == "settings" else f"{title} needs"
    return _diagnostic("S102", f"{needs} `{key}`", node, hint)


def _example(schema: dict[str, Any]) -> str:
    """The first example, as it may be typed: YAML would take some for something else than a text."""
    first = next(iter(schema.get("examples", ())), None)
    if not isinstance(first, str):
        return ""
    return f'"{first}"' if first.startswith(">") or _FLOW.search(first) else first


_FLOW = re.compile(r"[{}\[\],]")  # within `{...}` they end a text


# what a mapping has one of in each item of a list
_ONE_EACH = {"a step": "action", "an action": "action", "a start trigger": "trigger"}


def _one_of_keys(error: _Error, node: Node) -> list[Diagnostic]:
    """The schemas' only `oneOf`: exactly one of these keys must be there."""
    choice = [option["required"][0] for option in error.validator_value]
    if not isinstance(node, Mapping):
        return []
    there = [key for key, _ in node if key.text in choice]
    title = error.schema.get("title", "this")
    if there:
        return [_several_keys(there, title)]
    if any(key.text not in error.schema["properties"] for key, _ in node):
        return []  # the unknown key says it
    lacking = f"has no {_ONE_EACH[title]}" if title in _ONE_EACH else "needs one of its keys"
    return [_diagnostic("S106", f"{title} {lacking}", node, _allowed(choice, "write one of"))]


def _several_keys(there: list[Scalar], title: str) -> Diagnostic:
    names = " and ".join(f"`{key.text}`" for key in there)
    others = tuple(Related(f"`{key.text}` stands here", key.span) for key in there[:-1])
    hint = "start each with its own `- `" if title in _ONE_EACH else "keep one"
    message = f"{title} has {names}: only one of them can stand here"
    return _diagnostic("S106", message, there[-1], hint, *others)


def _needs_other_key(error: _Error, node: Node) -> list[Diagnostic]:
    if not isinstance(node, Mapping):
        return []
    found = []
    for key, needed in error.validator_value.items():
        place = node.key(key)
        if place is not None and any(node.key(other) is None for other in needed):
            hint = f"it belongs beside `{needed[0]}:`, at the same indentation"
            found.append(_diagnostic("S107", f"`{key}` has no `{needed[0]}`", place, hint))
    return found


# --- values ---------------------------------------------------------------------------------------

_KINDS = {"string": "text", "number": "number", "integer": "integer", "boolean": "boolean"}


def _wrong_type(error: _Error, node: Node) -> list[Diagnostic]:
    wanted = error.schema.get("title", "a value")
    if error.instance is None:
        return [_nothing(error, node, wanted)]
    kind = _KINDS.get(error.validator_value)
    message = f"{wanted} {_is(wanted)} expected here, not {_found(node)}"
    hint = ""
    if kind in ("number", "integer", "boolean") and isinstance(node, Scalar):
        plain = node.style == ""
        hint = scalars.why(kind, node.text) if plain else f"write {scalars.expected(kind)}, without quotes"
    elif error.validator_value == "array" and not isinstance(node, Sequence):
        hint = "write a list: each item on its own line, after `- `"
    elif error.validator_value == "object" and isinstance(node, (Scalar, Sequence)):
        hint = _keys_hint(error.schema)
    elif wanted == "a condition" and isinstance(node, Sequence):
        hint = "for several conditions write `all:` or `any:` and put the list below it"
    elif kind == "text" and isinstance(node, Sequence):
        hint = "write one of them, without brackets and dashes"
    return [_diagnostic("S103", message, node, hint)]


def _nothing(error: _Error, node: Node, wanted: str) -> Diagnostic:
    empty = error.validator_value == "object" and not error.schema.get("required")
    hint = _HINTS.get(wanted) or (
        "write `{}` if it needs no properties" if empty else _example_hint(error.schema)
    )
    return _diagnostic("S109", f"{wanted} is expected here, and nothing stands here", node, hint)


def _is(wanted: str) -> str:
    return "are" if wanted[:1].isdigit() else "is"


def _keys_hint(schema: dict[str, Any]) -> str:
    if schema.get("properties"):
        return _allowed(list(schema["properties"])[:20], "a mapping with")
    return _HINTS.get(schema.get("title", ""), "")


# where neither keys nor a type say what to write
_HINTS = {
    "2 to 10 paths": "give each path a name: `blue: [...]`, and below it `green: [...]`",
    "`end` alone": "write `- end`; beside an `id` write `end: {}`",
}


def _example_hint(schema: dict[str, Any]) -> str:
    example = _example(schema)
    return f"for example `{example}`" if example else ""


def _found(node: Node) -> str:
    if isinstance(node, Mapping):
        return "a mapping"
    return f"`{_short(node.text)}`" if isinstance(node, Scalar) else "a list"


def _short(text: str) -> str:
    shown = " ".join(text.split())
    return shown if len(shown) <= 40 else shown[:37] + "..."


# what has one word as its short form, and is a mapping otherwise
_SHORT_FORMS = {
    "a step": "write an action such as `add_tag: hot`, or `end`",
    "an action": "write an action such as `add_tag: hot`",
    "a start trigger": "write a trigger such as `tag_added: hot`, or `manual`",
}


def _not_allowed(error: _Error, node: Node) -> list[Diagnostic]:
    values = error.validator_value if error.validator == "enum" else [error.validator_value]
    if error.instance is None:
        return [_nothing(error, node, error.schema.get("title", "a value"))]
    text = node.text if isinstance(node, Scalar) else ""
    if error.schema.get("title") in _SHORT_FORMS:
        hint = _SHORT_FORMS[error.schema["title"]]
        return [
            _diagnostic("S104", f"{error.schema['title']} is expected here, not {_found(node)}", node, hint)
        ]
    shown = ["true" if value is True else str(value) for value in values]
    near = nearest(text, shown) if text else None
    meant = f"did you mean `{near}`? " if near and near != text else ""
    wanted, hint = error.schema.get("title", "one of these"), meant + _allowed(shown)
    message, fix = f"{wanted} is expected here, not {_found(node)}", near if meant and near else ""
    return [_diagnostic("S104", message, node, hint, fix=fix)]


def _not_matching(error: _Error, node: Node) -> list[Diagnostic]:
    """Pattern or format: a text that is no duration, id, date, ..."""
    kind = error.schema.get("format", "").removeprefix("oncue-").replace("-", "_")
    text = error.instance
    wanted = error.schema.get("title", "something else")
    if kind in ("id", "name"):
        joint = "dashes" if kind == "id" else "underscores"
        hint = f"lower case words joined by {joint}, such as `{_example(error.schema)}`"
    elif not kind:
        hint = _example_hint(error.schema)
    else:
        hint = scalars.why(kind, text)
    return [_diagnostic("S104", f"{wanted} is expected here, not `{_short(text)}`", node, hint)]


def _too_few(error: _Error, node: Node) -> list[Diagnostic]:
    wanted = error.schema.get("title", "a value")
    there = len(node.entries if isinstance(node, Mapping) else getattr(node, "items", ()))
    if error.validator == "maxProperties" and not error.validator_value:
        hint = _HINTS.get(wanted, "leave it empty")
        return [_diagnostic("S108", f"{wanted} is expected here", node, hint)]
    if error.validator == "minLength":
        message, hint = f"{wanted} is expected here, and the text is empty", _example_hint(error.schema)
        return [_diagnostic("S109", message, node, hint)]
    if there:
        hint = "" if error.validator == "maxProperties" else "add another one"
        return [_diagnostic("S108", f"{wanted} {_is(wanted)} expected here, not {there}", node, hint)]
    message = f"{wanted} {_is(wanted)} expected here, and this is empty"
    return [_diagnostic("S108", message, node, _keys_hint(error.schema))]


def _too_small(error: _Error, node: Node) -> list[Diagnostic]:
    return [
        _diagnostic("S104", f"at least {error.validator_value} is expected here, not {_found(node)}", node)
    ]


def _other(error: _Error, node: Node) -> list[Diagnostic]:
    return [_diagnostic("S103", f"{error.schema.get('title', 'something else')} is expected here", node)]


_WORDS: dict[str, Callable[[_Error, Node], list[Diagnostic]]] = {
    "additionalProperties": _unknown_keys,
    "required": _missing_keys,
    "oneOf": _one_of_keys,
    "dependentRequired": _needs_other_key,
    "type": _wrong_type,
    "enum": _not_allowed,
    "const": _not_allowed,
    "pattern": _not_matching,
    "format": _not_matching,
    "minLength": _too_few,
    "minItems": _too_few,
    "minProperties": _too_few,
    "maxProperties": _too_few,
    "minimum": _too_small,
}
