"""The texts of messages and notes: each email's subject and body, checked against what they may print.

A contact field may be printed everywhere. ``event.x`` stands for a property of the event that a fulfillment
action answers, ``entry.x`` for one of the event that started a campaign's entry; whoever sends a message
that prints one must have such an event.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from posixpath import normpath
from typing import Literal

from oncue.compiler import model
from oncue.compiler.diagnostics import Diagnostic, Related
from oncue.compiler.expr.catalog import Catalog
from oncue.compiler.flow import acts
from oncue.compiler.model import Email, Step
from oncue.compiler.names import did_you_mean
from oncue.compiler.nodes import Scalar
from oncue.compiler.positions import span_in
from oncue.compiler.resolve import Resolved
from oncue.compiler.source import Source, Span
from oncue.compiler.template import parse, parse_note
from oncue.compiler.template_tree import Name, Template
from oncue.compiler.text_reader import decode

FORMATS: dict[str, Literal["markdown", "html"]] = {".md": "markdown", ".html": "html"}
ALWAYS_THERE = frozenset({"email", "score", "created_at"})  # of whoever gets a message

_BLOCK = re.compile(r"\{[{%].*?(?:[}%]\}|$)")
_WRITING = frozenset({"send_email", "add_note"})

Where = Callable[[int, str, int], Span]  # line, word, how many of that word before it in the line -> place
Place = Callable[[], Span]  # worked out only where something is said about it
Sides = Mapping[str, frozenset[str]]  # "event" and "entry" -> the properties that are there


class Message(model._Record, frozen=True):
    """An email's texts and the names that they read, each with its place."""

    subject: str
    body: str
    format: Literal["markdown", "html"]
    file: str
    reads: tuple[tuple[Name, Place], ...]

    def names(self, side: str) -> tuple[str, ...]:
        """The names of one side (empty: contact fields), sorted."""
        return tuple(sorted({name.name for name, _ in self.reads if name.side == side}))


def messages(resolved: Resolved, files: Mapping[str, bytes]) -> tuple[dict[str, Message], list[Diagnostic]]:
    """Every email's message. One whose subject or body is missing has an empty text there."""
    writer = _Writer(resolved.catalog, files)
    found = {name: writer.message(email) for name, email in resolved.workspace.emails.items()}
    for step, sides in _sides(resolved):
        writer.step(step, sides, found)
    return found, writer.diagnostics


class _Writer:
    def __init__(self, catalog: Catalog, files: Mapping[str, bytes]) -> None:
        self.catalog = catalog
        self.files = files
        self.diagnostics: list[Diagnostic] = []
        everywhere = {name for spec in catalog.events.values() for name in spec.properties}
        self.anywhere: Sides = {"event": frozenset(everywhere), "entry": frozenset(everywhere)}

    def report(
        self, code: str, span: Span, message: str, hint: str = "", related: tuple[Related, ...] = ()
    ) -> None:
        self.diagnostics.append(Diagnostic(code, "error", message, span, hint, related))

    # --- an email's texts -------------------------------------------------------------------------

    def message(self, email: Email) -> Message:
        reads: list[tuple[Name, Place]] = []
        subject = email.subject.text.strip() if email.subject is not None else ""
        if email.subject is not None:
            reads += self.subject(email.subject, subject)
        text, file = "", ""
        if email.body is not None:
            file = normpath(email.body.text.strip())
            source = self.body(email.body, file)
            if source is not None:
                text = source.text
                reads += self.read(parse(text), _in_file(source), self.anywhere)
        return Message(subject, text, FORMATS.get(_ending(file), "markdown"), file, tuple(reads))

    def subject(self, scalar: Scalar, text: str) -> list[tuple[Name, Place]]:
        if "\n" in text:
            self.report("T108", scalar.span, "a subject is one line", "shorten it, or write it in quotes")
        return self.read(parse(scalar.text), _in_scalar(scalar), self.anywhere)

    def body(self, scalar: Scalar, path: str) -> Source | None:
        if path.startswith(("/", "../")) or path == ".." or "\\" in path:
            hint = "write the path from the folder of oncue.yaml, such as `emails/invite.md`"
            self.report("T101", scalar.span, f"`{scalar.text}` is outside the workspace", hint)
            return None
        if _ending(path) not in FORMATS:
            message = f"`{scalar.text}` is neither Markdown nor HTML"
            self.report("T102", scalar.span, message, "a body's name ends in `.md` or `.html`")
            return None
        data = self.files.get(path)
        if data is None:
            bodies = [name for name in self.files if _ending(name) in FORMATS]
            hint = did_you_mean(path, bodies) if bodies else "write the message into that file"
            self.report("T101", scalar.span, f"there is no file `{path}`", hint)
            return None
        source, diagnostics = decode(path, data)
        self.diagnostics += diagnostics
        return source

    # --- what a template reads --------------------------------------------------------------------

    def read(
        self, template: Template, where: Where, sides: Sides, note: bool = False
    ) -> list[tuple[Name, Place]]:
        """Reports what is wrong with a template; gives the names that are right, with their places."""
        for problem in template.problems:
            self.report(problem.code, where(problem.line, problem.word, 0), problem.message, problem.hint)
        found: list[tuple[Name, Place]] = []
        seen = Counter[tuple[int, str]]()
        for name in template.names:
            place = partial(where, name.line, name.name, seen[name.line, name.name])
            seen[name.line, name.name] += 1
            if self.known(name, place, sides):
                found.append((name, place))
                if not note:
                    self.default(name, place)
        return found

    def known(self, name: Name, place: Place, sides: Sides) -> bool:
        known = sides.get(name.side, frozenset()) if name.side else self.catalog.fields
        if name.name not in known:
            self.unknown(name, place(), sides)
            return False
        if name.looped and (name.side or self.catalog.fields[name.name].type != "many"):
            many = [each for each, spec in self.catalog.fields.items() if spec.type == "many"]
            hint = f"fields that hold many: {', '.join(sorted(many))}" if many else "no field holds many"
            self.report(
                "T107", place(), f"`{name.name}` does not hold many values, so nothing can loop over it", hint
            )
        return True

    def unknown(self, name: Name, span: Span, sides: Sides) -> None:
        if not name.side:
            hint = did_you_mean(name.name, self.catalog.fields)
            self.report("T104", span, f"unknown contact field `{name.name}`", hint)
        elif name.name in self.anywhere[name.side]:
            what = "answers" if name.side == "event" else "started the entry"
            self.report("T109", span, f"`{name.side}.{name.name}` is not there: no event with it {what} here")
        else:
            hint = (
                did_you_mean(name.name, self.anywhere[name.side]) or "declare it under `events` in oncue.yaml"
            )
            self.report("T104", span, f"no event has a property `{name.name}`", hint)

    def default(self, name: Name, place: Place) -> None:
        if name.side or not name.bare or name.name in ALWAYS_THERE or name.looped:
            return
        message = f"`{name.name}` may be missing, and then nothing is printed"
        hint = f"write `{{{{ {name.name} | default('...') }}}}`, or ask with `{{% if {name.name} %}}`"
        self.diagnostics.append(Diagnostic("T201", "note", message, place(), hint))

    # --- where messages are sent and notes written ------------------------------------------------

    def step(self, step: Step, sides: Sides, found: dict[str, Message]) -> None:
        for act in acts(step):
            if isinstance(act, model.AddNote):
                if "{" in act.text.text:
                    self.read(parse_note(act.text.text), _in_scalar(act.text), sides, note=True)
            elif isinstance(act, model.SendEmail) and act.email.name in found:
                self.sent(act, found[act.email.name], sides)

    def sent(self, act: model.SendEmail, message: Message, sides: Sides) -> None:
        for name, place in message.reads:
            if name.side and name.name not in sides.get(name.side, frozenset()):
                full = f"{name.side}.{name.name}"
                text = f"`{act.email.name}` prints `{full}`, which is not there where it is sent from here"
                hint = "send another email here, or print a contact field in it"
                related = (Related(f"`{full}` is printed here", place()),)
                self.report("T109", act.email.node.span, text, hint, related)
                return


def _sides(resolved: Resolved) -> Iterator[tuple[Step, Sides]]:
    """Every step that sends a message or writes a note, with the properties that these may print."""
    events = resolved.catalog.events
    for event, behaviour in resolved.behaviours:
        sides: Sides = {"event": frozenset(events[event].properties)}
        for step in behaviour.actions:
            yield step, sides
    for name, campaign in resolved.workspace.campaigns.items():
        starts = [start.way.event.name for start in campaign.starts if isinstance(start.way, model.OnEvent)]
        known = [events[event] for event in starts if event in events]
        entry: Sides = {"entry": frozenset(prop for event in known for prop in event.properties)}
        for flat in resolved.flows[name].steps.values():
            if flat.step.kind in _WRITING:
                yield flat.step, entry


def _ending(path: str) -> str:
    return path[path.rfind(".") :] if "." in path else ""


def _in_file(source: Source) -> Where:
    def where(line: int, word: str, nth: int) -> Span:
        column = _column(source.line(line), word, nth)
        return Span(source.path, line, column + 1, line, column + 1 + max(1, len(word)))

    return where


def _in_scalar(scalar: Scalar) -> Where:
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
        for found in re.finditer(rf"\b{re.escape(word)}\b", block[0])
    ]
    return places[min(nth, len(places) - 1)] if places else max(0, line.find(word))
