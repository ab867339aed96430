"""Canonical JSON, and the digests over it.

Canonical: keys sorted, defaults left out, no spaces, UTF-8. A unit's digest is of its meaning, so the
positions (``"at":[file,line,column]``) are cut out of its JSON first; no text can hold that pattern, because
a quote inside a JSON text is escaped.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TypeVar

import msgspec

from oncue.schemas import plan

Unit = TypeVar("Unit", plan.Asset, plan.Email, plan.Segment, plan.Campaign)

_ENCODER = msgspec.json.Encoder(order="sorted")
_POSITION = re.compile(rb'"at":\[[0-9]+,[0-9]+,[0-9]+\],?')


def canonical(document: object) -> bytes:
    """The one JSON of a document, without a newline."""
    return _ENCODER.encode(document)


def of_unit(unit: Unit, *more: bytes) -> Unit:
    """The unit with its digest; `more` is what belongs to its meaning and stands elsewhere in the plan."""
    meaning = sha256(_POSITION.sub(b"", canonical(unit)))
    for each in more:
        meaning.update(sha256(each).digest())
    return msgspec.structs.replace(unit, digest=meaning.hexdigest())


def of_plan(whole: plan.Plan) -> plan.Plan:
    """The plan with its digest, over everything else in it."""
    return msgspec.structs.replace(whole, digest=sha256(canonical(whole)).hexdigest())
