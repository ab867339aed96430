"""What the kernel writes down about every contact, and what reports add up.

An audit entry is one fact. `what` is one of AUDIT; the other columns are filled where they apply. A `unit`
is ``KIND/ID``: ``campaigns/spring-launch``, ``segments/hot-leads``, ``web_pages/pricing/on_visit``.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from oncue.schemas.values import Value

What = Literal[
    "contact.created",  # first seen; data: identifiers
    "contact.updated",  # by an import row or identify; data: changed fields (shown form)
    "contact.merged",  # data: the other contact's key
    "contact.clash",  # an identifier that belongs to somebody else; data: which
    # an event entered history; unit: its type; data: id, assets, at; `ignored`: machine | too_old | unmatched
    "event",
    "segment.entered",
    "segment.left",
    "automation",  # a fulfillment action fired; its actions follow as "action" entries
    "action",  # one action of a behaviour or campaign step: result, rule, why
    "campaign.entered",  # why: the trigger ("starts_when 1", "manual"); entry: number of the entry
    "campaign.refused",  # an entry that was not allowed: why
    "campaign.exited",  # exit_when
    "campaign.ended",  # why: "last step", "end", "if_past", "goto budget", "failure", "erased", ...
    "campaign.moved",  # by `migrate`, to this campaign and step; data: from
    "step.entered",
    "step.left",  # why: "released" | "jumped" | "removed"
    "subscription",  # unit: lists/ID; result: subscribed | pending | unsubscribed
    "suppressed",  # the global stop, with why
    "note",  # data: text; of a deal: deal
    "deal.added",  # data: deal, title, pipeline, stage
    "deal.changed",  # data: deal and what changed, as [from, to]
    "account.changed",  # an account's fields: data: account, changed
    "task.added",  # data: task, title, owner, due
    "task.completed",  # data: task
    "task.reopened",
    "task.overdue",  # data: task; why: who was told
    "batch.sent",  # of a fulfillment list; data: batch, rows, held, since
    "batch.released",  # by hand: the contact need not have the required fields; data: list
    "batch.left",  # by hand: taken off the list; data: list
    "batch.undelivered",  # its email did not arrive; why: what was said; data: batch, to
    "batch.moved",  # by `migrate`, from a list that is gone; data: from
    "batch.skipped",  # nobody was on it; data: since, held
    # a membership in a campaign got a status; data: status, from; result pending: a response put off, then
    "membership",  # cancelled if it was not needed
    "response",  # what became of one; why: its response status, or "opportunity"; data: status, scenario
    "scenario.set_off",  # it waits; why: by what; data: cause, due
    # result: done | skipped | cancelled; why: reactivated, turned, inserted, nothing, already_engaged, ...
    "scenario.judged",  # data: cause, by, at, campaign, candidates (each with the reason why it lost)
    "goal.achieved",  # unit, step, entry
    "goal.skipped",
    "split.decided",  # unit, step; data: winner and counts
    "site_message",  # result: done (shown) | cancelled (expired)
    "daily_limit",  # the circuit breaker stopped a message
    "handover",  # a message left, was refused at the second gate, or failed: result, why; data: message
    "cascade_limit",  # what was queued beyond the limit and refused
]
Result = Literal[
    "", "done", "deferred", "held", "skipped", "refused", "failed", "cancelled", "no_action",
    "subscribed", "pending", "unsubscribed",
]  # fmt: skip


class AuditEntry(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """`rule`: ``rule 2`` (from 1), ``default``, ``when`` or empty. `why`: a reason, empty where plain."""

    what: What
    unit: str = ""
    step: str = ""
    entry: int = 0
    result: Result = ""
    rule: str = ""
    why: str = ""
    data: dict[str, Value] = {}


class Count(Struct, frozen=True, array_like=True, gc=False):
    """A change of a running total: of a unit (step empty) or of one of its steps or actions.

    names: entered, refused:WHY, exited, ended, fired; of a campaign's responses ``stage/STAGE``,
    ``response/STATUS`` (how many are so now), ``seconds/STAGE`` (since the stage before, in all) and
    ``won value`` (its billionths in ``won value rest``); of a scenario its outcomes, ``waiting`` and
    ``seconds`` (from trigger to activation);
    for steps: entered, released, jumped, removed,
    no_action, and ``RESULT/RULE`` such as ``done/rule 2``, ``pending/default`` or
    ``refused:suppressed/default``.
    """

    unit: str
    step: str
    name: str
    change: int = 1
