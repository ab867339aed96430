"""Opinions about good campaigns, one rule per file.

A rule is a module with a function ``check(resolved)`` that yields diagnostics. It is listed in RULES and has
a page for each of its codes.
"""

from __future__ import annotations

from oncue.compiler.diagnostics import Diagnostic
from oncue.compiler.lints import (
    consent,
    double_opt_in,
    late_subscribe,
    literal_secret,
    no_way_in,
    operational_fulfillment,
    restless_loop,
    shadowed_rule,
    unreachable_step,
    unused,
    window,
    zero_wait,
)
from oncue.compiler.resolve import Resolved

RULES = (
    consent,
    double_opt_in,
    late_subscribe,
    literal_secret,
    no_way_in,
    operational_fulfillment,
    restless_loop,
    shadowed_rule,
    unreachable_step,
    unused,
    window,
    zero_wait,
)


def run(resolved: Resolved) -> list[Diagnostic]:
    """What all rules have to say about a workspace."""
    return [diagnostic for rule in RULES for diagnostic in rule.check(resolved)]
