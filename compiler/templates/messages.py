"""The texts of messages and notes: each email's subject and body, every text inside an action, checked
against what they may print."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from oncue.compiler import model
from oncue.compiler.diagnostics import Diagnostic, Related
from oncue.compiler.flow.flat import acts
from oncue.compiler.model import Email, Step
from oncue.compiler.model.places import SiteMessage
from oncue.compiler.model.triggers import event_of
from oncue.compiler.resolve.workspace import Resolved
from oncue.compiler.templates.attachments import Fetch, attachments
from oncue.compiler.templates.batch_texts import batch_texts
from oncue.compiler.templates.inline_texts import WRITING, inline_texts
from oncue.compiler.templates.layouts import Part, Shelf
from oncue.compiler.templates.placeholders import Placeholders, Read, Sides, in_scalar
from oncue.compiler.templates.template import parse, parse_note
from oncue.compiler.yaml.nodes import Scalar

_WRITING = WRITING | {"send_email", "send_site_message"}


class Message(model._Record, frozen=True):
    """An email's texts, the names that they read, each with its place, its layouts and parts, and the
    contents of its attachments by path. Of a site message: the names alone."""

    subject: str
    body: str
    format: Literal["markdown", "html"]
    file: str
    reads: tuple[Read, ...]
    parts: tuple[Part, ...] = ()
    attached: dict[str, bytes] = {}  # noqa: RUF012  msgspec copies it

    def names(self, side: str) -> tuple[str, ...]:
        """The names of one side (empty: contact fields), sorted."""
        return tuple(sorted({name.name for name, _ in self.reads if name.side == side}))


def messages(
    resolved: Resolved, files: Mapping[str, bytes], fetch: Fetch | None = None
) -> tuple[dict[str, Message], list[Diagnostic]]:
    """Every email's message. One whose subject or body is missing has an empty text there. `fetch` finds
    attachments; None: they stand among `files`."""
    writer = _Writer(resolved, files, fetch or files.get)
    workspace = resolved.workspace
    batch_texts(writer.said, workspace)
    found = {name: writer.message(email) for name, email in workspace.emails.items()}
    shown = {name: writer.site_message(each) for name, each in workspace.site_messages.items()}
    for step, sides in _sides(resolved):
        writer.step(step, sides, found, shown)
    return found, writer.said.diagnostics


class _Writer:
    def __init__(self, resolved: Resolved, files: Mapping[str, bytes], fetch: Fetch) -> None:
        self.said = Placeholders(resolved.catalog)
        self.shelf = Shelf(files, self.said)
        self.fetch = fetch

    # --- a message's own texts --------------------------------------------------------------------

    def message(self, email: Email) -> Message:
        subject = email.subject.text.strip() if email.subject is not None else ""
        reads = [] if email.subject is None else self.subject(email.subject, subject)
        body = None if email.body is None else self.shelf.body(email.body.text.strip(), email.body.span)
        attached = attachments(email, self.fetch, self.said) if email.attachments else {}
        if body is None:
            return Message(subject, "", "markdown", "", tuple(reads), attached=attached)
        parts = tuple(self.shelf.closure(body))
        reads += [read for part in (body, *parts) for read in part.reads]
        return Message(subject, body.text, body.format, body.path, tuple(reads), parts, attached)

    def subject(self, scalar: Scalar, text: str) -> list[Read]:
        if "\n" in text:
            hint = "shorten it, or write it in quotes"
            self.said.report("T108", scalar.span, "a subject is one line", hint)
        return self.said.read(parse(scalar.text), in_scalar(scalar), self.said.anywhere)

    def site_message(self, each: SiteMessage) -> tuple[Read, ...]:
        texts = [scalar for scalar in (each.title, each.text) if scalar is not None]
        return tuple(read for scalar in texts for read in self.inline(scalar, self.said.anywhere))

    def inline(self, scalar: Scalar, sides: Sides) -> list[Read]:
        if "{" not in scalar.text:
            return []
        return self.said.read(parse_note(scalar.text), in_scalar(scalar), sides, note=True)

    # --- where messages are sent and texts written ------------------------------------------------

    def step(
        self,
        step: Step,
        sides: Sides,
        emails: Mapping[str, Message],
        shown: Mapping[str, tuple[Read, ...]],
    ) -> None:
        for act in acts(step):
            for scalar in inline_texts(act):
                self.inline(scalar, sides)
            if isinstance(act, model.SendEmail) and act.email.name in emails:
                self.sent(act.email, emails[act.email.name].reads, sides)
            elif isinstance(act, model.SendSiteMessage) and act.message.name in shown:
                self.sent(act.message, shown[act.message.name], sides)

    def sent(self, named: model.Ref, reads: tuple[Read, ...], sides: Sides) -> None:
        for name, place in reads:
            if name.side in self.said.anywhere and name.name not in sides.get(name.side, frozenset()):
                full = f"{name.side}.{name.name}"
                text = f"`{named.name}` prints `{full}`, which is not there where it is sent from here"
                hint = "send another message here, or print a contact field in it"
                related = (Related(f"`{full}` is printed here", place()),)
                self.said.report("T109", named.node.span, text, hint, related)
                return


def _sides(resolved: Resolved) -> Iterator[tuple[Step, Sides]]:
    """Every step with texts of its own or with a message, and the properties that these may print."""
    events = resolved.catalog.events
    for event, behaviour in resolved.behaviours:
        sides: Sides = {"event": frozenset(events[event].properties)}
        for step in behaviour.actions:
            yield step, sides
    for scenario in resolved.workspace.reactivation_scenarios.values():
        for step in scenario.actions:
            yield step, {}
    for name, campaign in resolved.workspace.campaigns.items():
        starts = [event_of(start.way) or "" for start in campaign.starts]
        known = [events[event] for event in starts if event in events]
        entry: Sides = {"entry": frozenset(prop for event in known for prop in event.properties)}
        for flat in resolved.flows[name].steps.values():
            if flat.step.kind in _WRITING:
                yield flat.step, entry
