"""Opinions about good campaigns, one rule per file.

A rule is a module with a function ``check(resolved)`` that yields diagnostics. It is listed in RULES and has
a page for each of its codes.
"""

from __future__ import annotations

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
    unknown_happening,
    unheard,
    unreachable_step,
    unused,
    unused_places,
    window,
    zero_wait,
)


def run(resolved: Resolved) -> list[Diagnostic]:
    """What all rules have to say about a workspace."""
    return [diagnostic for rule in RULES for diagnostic in rule.check(resolved)]
