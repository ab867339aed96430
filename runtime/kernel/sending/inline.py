"""Texts that stand in an action and are filled when it runs: notes, titles, text messages, bodies.

A placeholder is ``{{ first_name }}``, ``{{ event.total }}``, ``{{ entry.sku }}``, ``{{ deal.value }}`` or
``{{ account.industry }}``, each with an optional ``| default("your company")``. A missing value is an empty
text, a set is its parts with commas. What a value says is never read as a placeholder.
"""

from __future__ import annotations

import re

from oncue.runtime.kernel.contact import deals
from oncue.runtime.kernel.state import Deal
from oncue.runtime.kernel.turn import Turn
from oncue.runtime.kernel.values.forms import show
from oncue.runtime.kernel.verdicts import Scene
from oncue.schemas.values import Value

LONGEST = 64 * 1024  # bytes of one filled text in UTF-8; an action with more fails
SMS_LONGEST = 1_600  # characters of a text message, which goes out in parts
TOO_LONG = "too long"

PLACEHOLDER = re.compile(
    r"""\{\{\s*(?P<name>[a-z_][a-z0-9_]*(?:\.[a-z_][a-z0-9_]*)?)\s*
        (?:\|\s*default\(\s*(?P<quote>["'])(?P<default>.*?)(?P=quote)\s*\)\s*)?\}\}""",
    re.VERBOSE,
)


def fill(turn: Turn, scene: Scene, text: str, deal: Deal | None = None) -> str | None:
    """The text with its placeholders filled; None where that is longer than LONGEST. `deal`: the one that
    the action means, if not the contact's."""
    if "{{" in text:
        text = PLACEHOLDER.sub(lambda match: _filling(turn, scene, match, deal), text)
    return None if is_long(text) else text


def is_long(text: str) -> bool:
    """Whether a text is longer than an action may send or keep."""
    return len(text) * 4 > LONGEST and len(text.encode(errors="surrogatepass")) > LONGEST


def _filling(turn: Turn, scene: Scene, match: re.Match[str], deal: Deal | None) -> str:
    value = shown_value(turn, scene, match["name"], deal)
    text = ", ".join(value) if isinstance(value, list) else value
    return text or match["default"] or ""


def shown_value(turn: Turn, scene: Scene, name: str, deal: Deal | None = None) -> str | list[str]:
    """What a template sees under a name: a contact field, ``event.PROPERTY``, ``entry.PROPERTY``,
    ``deal.FIELD`` or ``account.FIELD``; an empty text where there is no value."""
    of, dot, inner = name.rpartition(".")
    if dot:
        return _of_another(turn, scene, of, inner, deal)
    value, spec = turn.state.fields.get(name), turn.program.fields.get(name)
    if value is None or spec is None:
        return ""
    return show(spec.type, value, turn.state.shown.get(name), turn.program.zone)


def _of_another(turn: Turn, scene: Scene, of: str, name: str, deal: Deal | None) -> str | list[str]:
    if of == "event" and scene.event is not None:
        return _shown_prop(name, scene.event.props, scene.event.shown)
    if of == "entry" and scene.member is not None:
        return _shown_prop(name, scene.member.props, scene.member.shown)
    if of == "deal":
        deal = deal or deals.current(turn.state)
        return "" if deal is None else deals.shown_of(turn.program, deal, name)
    return _shown_account(turn, name) if of == "account" else ""


def _shown_account(turn: Turn, name: str) -> str | list[str]:
    value, spec = turn.state.account.get(name), turn.program.account_fields.get(name)
    if value is None or spec is None:
        return ""
    return show(spec.type, value, turn.state.account_shown.get(name), turn.program.zone)


def _shown_prop(name: str, props: dict[str, Value], shown: dict[str, str | list[str]]) -> str | list[str]:
    """Properties keep a shown form wherever their text does not show itself (see `intake.lines`)."""
    value = props.get(name)
    if name in shown or value is None:
        return shown.get(name, "")
    return value if isinstance(value, list) else str(value)
