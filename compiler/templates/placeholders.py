"""What templates print: every name is looked up, and what may be missing asks for a default.

A contact field, ``deal.x`` and ``account.x`` may be printed everywhere. ``event.x`` stands for a property of
the event that a fulfillment action answers, ``entry.x`` for one of the event that started a campaign's entry;
whoever sends a message that prints one must have such an event.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Set
from functools import partial

from oncue.compiler.diagnostics import Diagnostic, Related
from oncue.compiler.expr.catalog import Catalog
from oncue.compiler.resolve.names import did_you_mean, meant
from oncue.compiler.source import Source, Span
from oncue.compiler.templates.tree import Name, Template
from oncue.compiler.yaml.nodes import Scalar
from oncue.compiler.yaml.positions import span_in

ALWAYS_THERE = frozenset({"email", "score", "created_at"})  # of whoever gets a message
_OWNED = ("deal", "account")  # sides that the contact has, whatever happened
_BLOCK = re.compile(r"\{[{%].*?(?:[}%]\}|$)")

Where = Callable[[int, str, int], Span]  # line, word, how many of that word before it in the line -> place
Place = Callable[[], Span]  # worked out only where something is said about it
Sides = Mapping[str, Set[str]]  # "event" and "entry" -> the properties that are there
Read = tuple[Name, Place]


class Placeholders:
    """Reads what templates print; `diagnostics` is what was wrong. `anywhere`: every event's properties."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.diagnostics: list[Diagnostic] = []
        everywhere = {name for spec in catalog.events.values() for name in spec.properties}
        self.anywhere: Sides = {"event": everywhere, "entry": everywhere}
        self._owned: Sides = {"deal": set(catalog.deal), "account": set(catalog.account)}

    def report(
        self,
        code: str,
        span: Span,
        message: str,
        hint: str = "",
        related: tuple[Related, ...] = (),
        fix: str = "",
    ) -> None:
        """Records a mistake."""
        self.diagnostics.append(Diagnostic(code, "error", message, span, hint, related, fix))

    def read(self, template: Template, where: Where, sides: Sides, note: bool = False) -> list[Read]:
        """Reports what is wrong with a template; gives the names that are right, with their places. `note`:
        a text in which a missing value is nothing to speak of."""
        for problem in template.problems:
            span = where(problem.line, problem.word, problem.nth)
            self.report(problem.code, span, problem.message, problem.hint)
        found: list[Read] = []
        seen = Counter[tuple[int, str]]()
        for name in template.names:
            place = partial(where, name.line, name.name, seen[name.line, name.name])
            seen[name.line, name.name] += 1
            if self._known(name, place, sides):
                found.append((name, place))
                if not note:
                    self._default(name, place)
        return found

    def _known(self, name: Name, place: Place, sides: Sides) -> bool:
        known: Mapping[str, object] | Set[str] = self.catalog.fields
        if name.side:
            known = (self._owned if name.side in _OWNED else sides).get(name.side, frozenset())
        if name.name not in known:
            self._unknown(name, place())
            return False
        if name.looped and self.catalog.fields[name.name].type != "many":
            many = [each for each, spec in self.catalog.fields.items() if spec.type == "many"]
            hint = f"fields that hold many: {', '.join(sorted(many))}" if many else "no field holds many"
            message = f"`{name.name}` does not hold many values, so nothing can loop over it"
            self.report("T107", place(), message, hint)
        return True

    def _unknown(self, name: Name, span: Span) -> None:
        side = name.side
        if not side:
            hint, fix = did_you_mean(name.name, self.catalog.fields), meant(name.name, self.catalog.fields)
            self.report("T104", span, f"unknown contact field `{name.name}`", hint, fix=fix)
        elif side in _OWNED:
            declare = f"declare it under `{side}_fields` in oncue.yaml"
            known = self._owned[side]
            hint, fix = did_you_mean(name.name, known) if known else "", meant(name.name, known)
            self.report("T104", span, f"unknown {side} field `{name.name}`", hint or declare, fix=fix)
        elif name.name in self.anywhere[side]:
            what = "answers" if side == "event" else "started the entry"
            self.report("T109", span, f"`{side}.{name.name}` is not there: no event with it {what} here")
        else:
            declare = "declare it under `events` in oncue.yaml"
            known = self.anywhere[side]
            hint, fix = did_you_mean(name.name, known) or declare, meant(name.name, known)
            self.report("T104", span, f"no event has a property `{name.name}`", hint, fix=fix)

    def _default(self, name: Name, place: Place) -> None:
        owned = name.side in _OWNED
        if (name.side and not owned) or not name.bare or name.looped:
            return
        if not owned and name.name in ALWAYS_THERE:
            return
        full = f"{name.side}.{name.name}" if owned else name.name
        message = f"`{full}` may be missing, and then nothing is printed"
        hint = f"write `{{{{ {full} | default('...') }}}}`, or ask with `{{% if {full} %}}`"
        self.diagnostics.append(Diagnostic("T201", "note", message, place(), hint))


# --- places ---------------------------------------------------------------------------------------


def in_file(source: Source) -> Where:
    """Places in a template's own file."""

    def where(line: int, word: str, nth: int) -> Span:
        column = _column(source.line(line), word, nth)
        return Span(source.path, line, column + 1, line, column + 1 + max(1, len(word)))

    return where


def in_scalar(scalar: Scalar) -> Where:
    """Places in a template that stands in YAML."""

    def where(line: int, word: str, nth: int) -> Span:
        lines = scalar.text.split("\n")
        start = sum(len(each) + 1 for each in lines[: line - 1])
        if not word:
            return scalar.span
        column = _column(lines[line - 1] if line <= len(lines) else "", word, nth)
        return span_in(scalar, start + column, start + column + len(word))

    return where


def _column(line: str, word: str, nth: int) -> int:
    """Where a word stands in a line, inside a template's braces; elsewhere if not there."""
    if not word:
        return max(0, line.find("{"))
    places = [
        block.start() + found.start()
        for block in _BLOCK.finditer(line)
        for found in re.finditer(rf"(?<!\w){re.escape(word)}(?!\w)", block[0])
    ]
    return places[min(nth, len(places) - 1)] if places else max(0, line.find(word))
