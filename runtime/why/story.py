"""How something came about: from what came in, through trigger, entry and steps, to what was done and where
that went. Each line is one fact of the audit, with the condition that decided it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from oncue.runtime.why.answer import Finding, Part, Story
from oncue.runtime.why.case import Case
from oncue.runtime.why.edges import trigger_of
from oncue.runtime.why.life import Moment
from oncue.runtime.why.sending import left, refusal
from oncue.runtime.why.triggers import edge_of
from oncue.schemas import actions as does
from oncue.schemas.audit import AuditEntry
from oncue.schemas.parts import Use
from oncue.schemas.plan import Step

Told = tuple[Moment, AuditEntry]


def story_of(case: Case, told: Told) -> Story:
    """How an action came to be done (or a step to be entered)."""
    moment, entry = told
    if entry.unit.startswith("campaigns/"):
        findings = [*entering(case, entry.unit, entry.entry), *path(case, told)]
    else:
        findings = [case.cause(moment), fired(case, told)]
    findings += [target(case, told), *left(case, moment, entry)]
    return Story(f"{entry.unit}, {entry.step}", True, tuple(findings), case.place_of(moment, entry))


# --- entering a campaign


def entering(case: Case, unit: str, number: int) -> Iterator[Finding]:
    """What came, the edge that it was, and the entry."""
    for moment, entry in case.entries("campaign.entered", unit, entry=number):
        yield from entry_of(case, moment, entry)


def entry_of(case: Case, moment: Moment, entry: AuditEntry) -> Iterator[Finding]:
    """The same of one entry."""
    yield case.cause(moment)
    name = entry.unit.partition("/")[2]
    trigger = trigger_of(moment.program, name, entry.why)
    yield from edge_of(case, moment, trigger)
    condition = None
    if trigger is not None and trigger.when is not None:
        condition = case.explain_asked(moment, trigger.when, case.asked(moment, trigger.when, entry))
    how = {"manual": "by hand", "start_campaign": "by a step of another campaign"}.get(entry.why, entry.why)
    again = f", entry {entry.entry}" if entry.entry > 1 else ""
    yield case.of_entry(moment, entry, f"entered {name} ({how}{again})", condition=condition)


# --- through the steps


def path(case: Case, told: Told) -> Iterator[Finding]:
    """What the member did on its way to the target, each step in one line."""
    entry = told[1]
    for moment, each in case.life.entries():
        if each is entry:
            return
        if each.what == "action" and (each.unit, each.entry) == (entry.unit, entry.entry):
            yield step_line(case, moment, each)


def step_line(case: Case, moment: Moment, entry: AuditEntry) -> Finding:
    """`step wait: waits until ...`; with the condition where a branch was taken."""
    step = case.step_of(moment, entry)
    return case.of_entry(
        moment, entry, f"{entry.step}: {outcome(case, entry)}", "step", decided(case, moment, entry, step)
    )


def target(case: Case, told: Told) -> Finding:
    """What was asked about, with the rule that chose it."""
    moment, entry = told
    step = case.step_of(moment, entry)
    if entry.what == "step.entered":
        return case.of_entry(moment, entry, f"came to the step {entry.step}", "step")
    if entry.result == "refused":
        return refusal(case, told, case.action_of(moment, entry))
    return case.of_entry(
        moment, entry, f"{entry.step}: {outcome(case, entry)}", "action", decided(case, moment, entry, step)
    )


def fired(case: Case, told: Told) -> Finding:
    """The fulfillment action's asset heard of the event."""
    moment, entry = told
    automation = [each for each in moment.entries if each.what == "automation" and each.unit == entry.unit]
    if not automation:  # it had waited since then
        return case.found("automation", f"{entry.unit} went on with what it had put off", at=moment.at)
    return case.of_entry(moment, automation[0], f"{entry.unit} fired")


def decided(case: Case, moment: Moment, entry: AuditEntry, step: Step | None) -> Part | None:
    """The condition that decided what the step did: the rule that matched, the branch, the end of a wait; of
    a default the rules that did not match."""
    if step is None:
        return None
    own = _own_condition(step)
    if own is not None:
        return case.explain_asked(moment, own, case.asked(moment, own, entry))
    came = arrival(case, moment, entry)
    uses = [rule.when for rule in step.rules]
    if entry.rule.startswith("rule "):
        uses = uses[int(entry.rule[5:]) - 1 : int(entry.rule[5:])]
    parts = [part for use in uses if (part := case.explain_asked(came, use, case.asked(came, use, None)))]
    return _together(parts)


def arrival(case: Case, moment: Moment, entry: AuditEntry) -> Moment:
    """When the member came to the step, so when its rule was chosen."""
    came = [
        when for when, _ in case.entries("step.entered", entry.unit, entry.step, entry.entry)
        if when.row.seq <= moment.row.seq
    ]  # fmt: skip
    return came[-1] if entry.entry and came else moment


def _together(parts: Sequence[Part]) -> Part | None:
    if len(parts) < 2:
        return parts[0] if parts else None
    return Part("the first rule that matches", any(part.holds for part in parts), parts=tuple(parts))


def _own_condition(step: Step) -> Use | None:
    match step.default:
        case does.If(when=use) | does.Goal(when=use):
            return use
        case does.WaitUntil(until=use) if not step.rules:
            return use
        case _:
            return None


def outcome(case: Case, entry: AuditEntry) -> str:
    """`done, rule 2`, `waits until ...`, `refused: no consent`."""
    due = entry.data.get("due")
    if isinstance(due, int):
        why = f": {entry.why}" if entry.why else ""
        word = "deferred until" if entry.result == "deferred" else "waits until"
        return f"{word} {case.instant(due)}{why}"
    said = entry.result or "waits"
    details = [entry.rule] if entry.rule and entry.rule != "default" else []
    details += [entry.why] if entry.why else []
    details += [
        f"{name} {value}" for name, value in entry.data.items() if name in _TOLD and isinstance(value, str)
    ]
    return said + (f" ({', '.join(details)})" if details else "")


_TOLD = ("email", "from", "to", "owner", "campaign", "fulfillment_list", "site_message")
