"""What `migrate` says: what becomes of those who are in something that is gone."""

from __future__ import annotations

from typing import NamedTuple

from oncue.compiler.model.records import Record
from oncue.compiler.yaml.nodes import Scalar

KINDS = ("campaigns", "lists", "fulfillment_lists")


class Spot(NamedTuple):
    """``KIND/ID``, and of a campaign maybe a step or a path: ``campaigns/welcome/split/b``."""

    kind: str
    id: str
    step: str = ""


class Migration(Record, frozen=True):
    """One entry. `to` is None where they end; then `reason` may say why."""

    key: Scalar
    to: Scalar | None = None
    reason: str = ""


def spot(text: str) -> Spot | None:
    """Reads a spot; None if it is none."""
    kind, _, rest = text.strip().partition("/")
    name, slash, step = rest.partition("/")
    if kind not in KINDS or not name or (slash and not step) or (step and kind != "campaigns"):
        return None
    return Spot(kind, name, step)
