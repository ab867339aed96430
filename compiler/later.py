"""What the language has and this version has not: refused by name, never accepted and ignored.

Keyed by the title that the schemas give the mapping in which the key or value would stand.
"""

from __future__ import annotations

_CAMPAIGN_ACTIONS = frozenset(
    [
        "send_sms",
        "send_site_message",
        "send_notification",
        "split_paths",
        "split_test",
        "split_until",
        "goal",
        "start_campaign",
        "end_campaign",
        "webhook",
        "math",
        "convert",
        "add_to_audience",
        "remove_from_audience",
        "add_deal",
        "update_deal",
        "update_account",
        "add_task",
        "complete_task",
        "add_deal_note",
        "adjust_deal_score",
        "create_salesforce_contact",
        "create_salesforce_lead",
        "add_to_fulfillment_list",
        "record_response",
        "assign_owner",
    ]
)

KEYS: dict[str, frozenset[str]] = {
    "settings": frozenset(["funnel", "migrate"]),
    "a campaign": frozenset(["statuses", "default_responded", "exclude_from_reactivation", "on_change"]),
    "a step": _CAMPAIGN_ACTIONS,
    "an action": _CAMPAIGN_ACTIONS - frozenset(["split_paths", "split_test", "split_until", "goal"]),
    "a start trigger": frozenset(
        ["deal_stage", "converted", "goal_achieved", "goal_skipped", "action_failed"]
    ),
}

# (title of the mapping, key) -> why a key that is known elsewhere does not belong here
MISPLACED: dict[tuple[str, str], str] = {
    ("an action", "wait"): "fulfillment actions are done at once; a `wait` is a step of a campaign",
    ("an action", "if"): "an `if` is a step of a campaign; beside a fulfillment action write `when:`",
    ("an action", "goto"): "a `goto` is a step of a campaign",
    ("an action", "end"): "an `end` is a step of a campaign",
    ("an action", "goal"): "a `goal` is a step of a campaign",
    ("an action", "on_failure"): "`on_failure` belongs to the steps of campaigns",
    ("an action", "then"): "a branch belongs to an `if`, which is a step of a campaign",
    ("an action", "else"): "a branch belongs to an `if`, which is a step of a campaign",
    (
        "a step",
        "once",
    ): "`once` belongs to fulfillment actions; a step is done once for each pass of a member",
}
