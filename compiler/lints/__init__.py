"""Opinions about good campaigns, one rule per file.

A rule is a module with a function ``check(resolved)`` that yields diagnostics. It is listed in RULES, or in
PROOFS, and has a page for each of its codes.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import ModuleType

from oncue.compiler.diagnostics import Diagnostic
from oncue.compiler.lints import (
    always_true,
    campaign_loops,
    consent,
    double_opt_in,
    fulfillment_lists,
    funnel,
    inactive_users,
    late_subscribe,
    literal_secret,
    needless_migration,
    never_sent,
    never_true,
    no_consent,
    no_way_in,
    not_passed,
    nothing_to_do,
    operational_fulfillment,
    refused_entry,
    renamed,
    restless_loop,
    send_policies,
    set_twice,
    shadowed_rule,
    unheard,
    unknown_happening,
    unreachable_step,
    unused,
    unused_places,
    window,
    zero_wait,
)
from oncue.compiler.resolve.workspace import Resolved

RULES = (
    campaign_loops,
    consent,
    double_opt_in,
    fulfillment_lists,
    funnel,
    inactive_users,
    late_subscribe,
    literal_secret,
    needless_migration,
    never_sent,
    no_consent,
    no_way_in,
    not_passed,
    nothing_to_do,
    operational_fulfillment,
    renamed,
    restless_loop,
    send_policies,
    set_twice,
    unknown_happening,
    unheard,
    unreachable_step,
    unused,
    unused_places,
    window,
    zero_wait,
)
PROOFS = (always_true, never_true, refused_entry, shadowed_rule)  # these take their time


def run(resolved: Resolved, rules: Iterable[ModuleType]) -> list[Diagnostic]:
    """What the rules have to say about a workspace."""
    return [diagnostic for rule in rules for diagnostic in rule.check(resolved)]
