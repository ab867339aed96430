"""The conditions of a workspace: each compiled where it stands, its issues brought to the YAML's lines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from oncue.compiler.ahead import Found
from oncue.compiler.diagnostics import Diagnostic, Severity
from oncue.compiler.expr.catalog import Catalog, Issue, Place, Use
from oncue.compiler.expr.compile import Compiled, combine, compile_condition, condition_id
from oncue.compiler.model import Cond, Group, Text
from oncue.compiler.yaml.nodes import Scalar
from oncue.compiler.yaml.positions import span_in
from oncue.schemas.conditions import Track

ANYWHERE = Place()


class Conditions:
    """What every condition of the model compiled to; one that is wrong is on record as a diagnostic."""

    def __init__(self, catalog: Catalog, known: Mapping[str, Found] | None = None) -> None:
        self.catalog = catalog
        self.diagnostics: list[Diagnostic] = []
        self._known: Mapping[str, Found] = known or {}  # what was compiled ahead, by text
        self._ids = {id(compiled): name for compiled, _, name in self._known.values()}
        self._found: dict[int, Compiled] = {}  # by identity: the model's records live as long as this

    def add(self, cond: Cond | None, place: Place = ANYWHERE) -> Compiled | None:
        """Compiles a condition; None if it or a part of it is wrong (then that is on record)."""
        if cond is None:
            return None
        compiled = self._text(cond.node, place) if isinstance(cond, Text) else self._group(cond, place)
        if compiled is not None:
            self._found[id(cond)] = compiled
        return compiled

    def get(self, cond: Cond | None) -> Compiled | None:
        """What the condition compiled to; None if it was wrong or never added."""
        return self._found.get(id(cond))

    def uses(self, cond: Cond | None) -> Iterator[Use]:
        """The names that the condition uses, in all its parts."""
        if isinstance(cond, Text):
            compiled = self.get(cond)
            yield from () if compiled is None else compiled.uses
        elif cond is not None:
            for part in cond.parts:
                yield from self.uses(part)

    def distinct(self) -> Iterable[Compiled]:
        """All that conditions compiled to; equal texts to one."""
        return {id(each): each for each in self._found.values()}.values()

    def all_uses(self) -> Iterator[Use]:
        """The names that any condition uses."""
        for compiled in self.distinct():
            yield from compiled.uses

    def tracks(self) -> dict[str, Track]:
        """The history that any condition needs, by id."""
        return {track.id: track for compiled in self.distinct() for track in compiled.tracks}

    def id_of(self, compiled: Compiled) -> str:
        """The condition's id in the plan."""
        known = self._ids.get(id(compiled))
        if known is None:
            known = self._ids[id(compiled)] = condition_id(compiled.node)
        return known

    def _compile(self, text: str, place: Place) -> tuple[Compiled | None, tuple[Issue, ...]]:
        known = self._known.get(text)
        return compile_condition(text, self.catalog, place) if known is None else known[:2]

    def _group(self, cond: Group, place: Place) -> Compiled | None:
        parts = [self.add(part, place) for part in cond.parts]
        known = [part for part in parts if part is not None]
        if len(known) < len(parts):
            return None
        return combine(cond.kind, known)

    def _text(self, scalar: Scalar, place: Place) -> Compiled | None:
        compiled, issues = self._compile(scalar.text, place)
        for issue in issues:
            self.diagnostics.append(diagnostic(issue, scalar))
        return compiled


_ENDS_PLAIN = re.compile(r"[{}\[\],]|: | #")  # may end a text without quotes


def mentions_event(cond: Cond | None) -> bool:
    """Whether the condition seems to read the triggering event."""
    if isinstance(cond, Text):
        return "event." in cond.node.text
    return cond is not None and any(mentions_event(part) for part in cond.parts)


def diagnostic(issue: Issue, scalar: Scalar) -> Diagnostic:
    """An issue of the condition's text as a diagnostic of the file."""
    severity: Severity = "warning" if issue.severity == "warning" else "error"
    span, fix = span_in(scalar, issue.start, issue.end), _quoted(issue.fix, scalar.style)
    return Diagnostic(issue.code, severity, issue.message, span, issue.hint, fix=fix)


def _quoted(fix: str, style: str) -> str:
    """As it is written inside a scalar of that style."""
    if style == '"':
        return fix.replace("\\", "\\\\").replace('"', '\\"')
    if style == "'":
        return fix.replace("'", "''")
    return "" if style == "" and _ENDS_PLAIN.search(fix) else fix
