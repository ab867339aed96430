"""Reactivation scenarios by what sets them off, so that only what listens pays.

Those that listen as campaigns do stand among the program's `Starts`, under their own id; a `crosses` is
watched as a segment is.
"""

from __future__ import annotations

from collections.abc import Mapping

from oncue.runtime.kernel.conditions.watches import Watches
from oncue.schemas.plan import Scenario


class Scenarios:
    """All scenarios of a plan. `crossings` are those with `crosses`; `prompts` those of each prompt campaign,
    by id."""

    def __init__(self, specs: Mapping[str, Scenario], crossings: Watches) -> None:
        self.any = bool(specs)
        self.crossings = crossings
        self.prompts: dict[str, tuple[str, ...]] = {}
        for name in sorted(specs):
            for campaign in dict.fromkeys(specs[name].prompts):
                self.prompts[campaign] = (*self.prompts.get(campaign, ()), name)
