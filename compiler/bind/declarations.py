"""Which definition of which kind stands where: the first look at a workspace's files, names only.

A file maps kinds to definitions, each under its id; settings stand in oncue.yaml. A second definition of an
id is an error, and is still read (under an id that nobody can write), so that its own mistakes show in the
same run.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as Table

from msgspec import Struct

from oncue.compiler.diagnostics import Diagnostic, Related
from oncue.compiler.resolve.names import SINGULAR, did_you_mean, is_id, meant
from oncue.compiler.yaml.nodes import Mapping, Node, Scalar, Sequence
from oncue.schemas.builtins import BEHAVIOURS

SETTINGS_FILE = "oncue.yaml"
SETTINGS = (
    "project",
    "timezone",
    "fields",
    "account_fields",
    "deal_fields",
    "events",
    "connectors",
    "policies",
    "funnel",
    "lint",
    "unknown_events",
    "unknown_contacts",
    "trigger_max_age",
    "deliver_only_to",
    "migrate",
)
KINDS = (
    "emails",
    *(kind for kind in BEHAVIOURS if kind != "emails"),
    "segments",
    "campaigns",
    "lists",
    "users",
    "teams",
    "pipelines",
    "conversions",
    "audiences",
    "site_messages",
    "tests",
    "fulfillment_lists",
    "reactivation_scenarios",
)
BARE = frozenset(
    {"landing_pages", "web_forms", "web_pages", "trackable_content", "videos", "lists", "conversions"}
)


class Unit(Struct, frozen=True, gc=False, eq=False):
    """One definition: its id's node and what stands under it (None: a bare member of a list of ids)."""

    kind: str
    key: Scalar
    node: Node | None

    @property
    def bare(self) -> bool:
        """Without properties, where none are needed: a member of a list of ids, or ``prospects:`` alone."""
        node = self.node
        nothing = node is None or (type(node) is Scalar and not node.text and node.style == "")
        return nothing and self.kind in BARE


class Declared(Struct, frozen=True):
    """`settings` are the entries of oncue.yaml; `units` are by kind, then id."""

    settings: dict[str, tuple[Scalar, Node]]
    units: dict[str, dict[str, Unit]]
    diagnostics: list[Diagnostic]

    def __iter__(self) -> Iterator[Unit]:
        for units in self.units.values():
            yield from units.values()


def collect(documents: Table[str, Node | None]) -> Declared:
    """All definitions of all files. `documents` maps a path to its root node (None: an empty file)."""
    declared = Declared({}, {kind: {} for kind in KINDS}, [])
    for path in sorted(documents):
        root = documents[path]
        if type(root) is Mapping:
            for key, value in root.entries:
                _entry(declared, path, key, value)
        elif root is not None:
            _error(
                declared,
                "N107",
                root,
                "a file holds kinds of things, such as `campaigns:`, and their definitions",
            )
    return declared


def _error(
    declared: Declared,
    code: str,
    node: Node,
    message: str,
    hint: str = "",
    related: tuple[Related, ...] = (),
    fix: str = "",
) -> None:
    declared.diagnostics.append(Diagnostic(code, "error", message, node.span, hint, related, fix))


def _entry(declared: Declared, path: str, key: Scalar, value: Node) -> None:
    name = key.text
    if name in declared.units:
        _kind(declared, name, key, value)
    elif name in SETTINGS:
        if path == SETTINGS_FILE:
            declared.settings[name] = (key, value)
        else:
            _error(
                declared,
                "N105",
                key,
                f"`{name}` is a setting: it stands in {SETTINGS_FILE} only",
                "move it there",
            )
    else:
        known = [*KINDS, *SETTINGS] if path == SETTINGS_FILE else KINDS
        hint, fix = did_you_mean(name, known) or _KNOWN, meant(name, known)
        _error(declared, "N104", key, f"unknown kind `{name}`", hint, fix=fix)


_KNOWN = f"known: {', '.join(KINDS)}"


def _kind(declared: Declared, kind: str, key: Scalar, value: Node) -> None:
    if type(value) is Mapping:
        for name, node in value.entries:
            _unit(declared, Unit(kind, name, node))
    elif type(value) is Sequence and kind in BARE:
        for item in value.items:
            if type(item) is Scalar:
                _unit(declared, Unit(kind, item, None))
            else:
                _error(declared, "N107", item, f"a list under `{kind}` holds ids only", _as_mapping(kind))
    elif type(value) is Sequence:
        _error(
            declared,
            "N107",
            value,
            f"`{kind}` need properties, so a list of ids is not enough",
            _as_mapping(kind),
        )
    elif type(value) is Scalar and value.text:
        _error(declared, "N107", value, f"`{kind}` maps ids to definitions", _as_mapping(kind))


def _as_mapping(kind: str) -> str:
    return f"write `{kind}:` and below it, indented, `some-id:` with its properties"


def _unit(declared: Declared, unit: Unit) -> None:
    units, name, what = declared.units[unit.kind], unit.key.text, SINGULAR[unit.kind]
    if unit.kind != "tests" and not is_id(name):  # a test is named in words
        hint = (
            "lower case letters, digits and single dashes, beginning with a letter, such as `spring-launch`"
        )
        _error(declared, "N102", unit.key, f"`{name}` cannot be an id", hint)
    first = units.get(name)
    if first is None:
        units[name] = unit
        return
    related = (Related("it is defined here first", first.key.span),)
    _error(declared, "N101", unit.key, f"a second {what} `{name}`", "rename one of them", related)
    units[f"{name} (at {unit.key.source.path}:{unit.key.line}:{unit.key.column})"] = unit
