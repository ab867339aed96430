"""Texts about a batch, which is about many contacts: subjects and notes of recipients, the task's title and
note. They print ``batch.x`` and no more. A column's text is about one contact, and prints its fields."""

from __future__ import annotations

import re
from collections.abc import Iterator

from oncue.compiler import model
from oncue.compiler.model.batches import FulfillmentList
from oncue.compiler.resolve.names import did_you_mean, meant
from oncue.compiler.templates.placeholders import Placeholders, in_scalar
from oncue.compiler.templates.template import parse_note
from oncue.compiler.yaml.nodes import Scalar
from oncue.compiler.yaml.positions import span_in
from oncue.schemas.builtins import BATCH_VALUES

_BRACES = re.compile(r"\{[{%#].*?(?:[}%#]\}|\Z)", re.DOTALL)
_PLACEHOLDER = re.compile(r"\{\{\s*(?P<side>[a-z_]+\.)?(?P<name>[a-z_][a-z0-9_]*)\s*\}\}\Z")


def batch_texts(said: Placeholders, workspace: model.Workspace) -> None:
    """Reports what these texts may not print."""
    for each in workspace.fulfillment_lists.values():
        for scalar in _about_batches(each):
            for braces in _BRACES.finditer(scalar.text):
                _check(said, scalar, braces)
        for column in each.columns:
            if column.text is not None and "{" in column.text.text:
                said.read(parse_note(column.text.text), in_scalar(column.text), {}, note=True)


def _about_batches(each: FulfillmentList) -> Iterator[Scalar]:
    task = each.task
    texts = [text for recipient in each.recipients for text in (recipient.subject, recipient.note)]
    if task is not None:
        texts += [task.title, task.note]
    yield from (text for text in texts if text is not None)


def _check(said: Placeholders, scalar: Scalar, braces: re.Match[str]) -> None:
    found = _PLACEHOLDER.fullmatch(braces[0])
    span = span_in(scalar, braces.start(), braces.end())
    known = ", ".join(f"`{{{{ batch.{name} }}}}`" for name in BATCH_VALUES)
    if found is None:
        said.report("T110", span, "a text about a batch prints its values only", f"known: {known}")
    elif found["side"] != "batch.":
        hint = f"a batch is about many contacts: put the field into `columns`; here stand {known}"
        said.report("T104", span, f"`{braces[0][2:-2].strip()}` is no value of a batch", hint)
    elif found["name"] not in BATCH_VALUES:
        hint, near = did_you_mean(found["name"], BATCH_VALUES), meant(found["name"], BATCH_VALUES)
        fix = f"{{{{ batch.{near} }}}}" if near else ""
        said.report("T104", span, f"a batch has no `{found['name']}`", hint, fix=fix)
