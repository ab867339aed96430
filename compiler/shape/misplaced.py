"""Keys that belong elsewhere, and why: by the title that the schemas give the mapping in which one stands."""

from __future__ import annotations

MISPLACED: dict[tuple[str, str], str] = {
    ("an action", "wait"): "fulfillment actions are done at once; a `wait` is a step of a campaign",
    ("an action", "if"): "an `if` is a step of a campaign; beside a fulfillment action write `when:`",
    ("an action", "goto"): "a `goto` is a step of a campaign",
    ("an action", "end"): "an `end` is a step of a campaign",
    ("an action", "goal"): "a `goal` is a step of a campaign",
    ("an action", "split_paths"): "a split is a step of a campaign",
    ("an action", "split_test"): "a split is a step of a campaign",
    ("an action", "split_until"): "a split is a step of a campaign",
    ("a path of a test", "percent"): "the paths of a test are even: they have no `percent`",
    ("an action", "on_failure"): "`on_failure` belongs to the steps of campaigns",
    ("an action", "then"): "a branch belongs to an `if`, which is a step of a campaign",
    ("an action", "else"): "a branch belongs to an `if`, which is a step of a campaign",
    (
        "a step",
        "once",
    ): "`once` belongs to fulfillment actions; a step is done once for each pass of a member",
}
