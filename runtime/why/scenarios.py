"""What a reactivation scenario did for a contact: what set it off, the wait, every candidate with the reason
why it lost, the outcome."""

from __future__ import annotations

from collections.abc import Iterator

from oncue.runtime.why.answer import Answer, Finding, Part, Story
from oncue.runtime.why.answering import answer, elsewhere, known
from oncue.runtime.why.case import LATEST, Case
from oncue.runtime.why.story import Told
from oncue.schemas.parts import Use

OUTCOMES = {
    "reactivated": "{campaign} became the active response again",
    "turned": "the member of {campaign} had not responded, and was made the active response",
    "inserted": "no response was eligible: the default campaign {campaign} got the active one",
    "already_engaged": "{campaign} was the active response already, so nothing was done",
    "no_longer": "what set it off did not hold any more, so nothing was done",
    "nothing": "no response was eligible and no default campaign was chosen, so nothing was done",
    "cascade_limit": "the input had caused too much already, so nothing was done",
}


def scenario(case: Case, name: str) -> Answer:
    """What has the scenario done?"""
    asked, unit = f"scenario {name}", f"reactivation_scenarios/{name}"
    if not known(case, "reactivation scenario", name, lambda plan: plan.reactivation_scenarios):
        story = elsewhere(case, "reactivation scenario", name, lambda plan: plan.reactivation_scenarios)
        return answer(case, asked, False, f"got no active response from {name}.", [story])
    judged = case.entries("scenario.judged", unit)
    stories = [_judgement(case, told, unit) for told in judged[-LATEST:]]
    stories += list(_waits(case, name, unit))
    done = [moment for moment, entry in judged if entry.result == "done"]
    if done:
        text = f"got an active response from {name} on {case.instant(done[-1].at)}."
    else:
        text = f"got no active response from {name}."
    return answer(case, asked, bool(done), text, stories or [_never(case, name)])


def _judgement(case: Case, told: Told, unit: str) -> Story:
    moment, entry = told
    findings = [*_set_off(case, told, unit)]
    lines = entry.data.get("candidates", [])
    said = [_candidate(case, line) for line in lines] if isinstance(lines, list) else []
    findings += [case.of_entry(moment, entry, text, "candidate") for text in said]
    campaign = str(entry.data.get("campaign", ""))
    text = OUTCOMES.get(entry.why, entry.why).format(campaign=campaign)
    condition = _failed(case, told) if entry.why == "no_longer" else None
    findings.append(case.of_entry(moment, entry, text, "outcome", condition))
    findings += _prompt(case, told)
    return Story(unit, entry.result == "done", tuple(findings))


def _prompt(case: Case, told: Told) -> Iterator[Finding]:
    """What became of the prompt that was put off, where the scenario found nothing for it."""
    moment, entry = told
    spec = moment.program.plan.reactivation_scenarios.get(entry.unit.partition("/")[2])
    units = [f"campaigns/{name}" for name in spec.prompts] if spec is not None else []
    for each in moment.entries if entry.result == "skipped" else ():
        if each.what == "response" and each.unit in units:
            text = f"the response in {each.unit.partition('/')[2]} was recorded then: {each.why}"
            yield case.of_entry(moment, each, text, "prompt")


def _set_off(case: Case, told: Told, unit: str) -> Iterator[Finding]:
    """What set it off, and how long it waited; maybe under another name, which no scenario has now."""
    moment, entry = told
    others = {f"reactivation_scenarios/{name}" for name in case.plan.reactivation_scenarios} - {unit}
    began = [
        (start, first)
        for start, first in case.entries("scenario.set_off")
        if first.data.get("cause") == entry.data.get("cause")
        and start.at == entry.data.get("at")
        and first.unit not in others
    ]
    for start, first in began[:1]:
        yield case.cause(start)
        until = case.instant(moment.at)
        yield case.of_entry(start, first, f"set off ({first.why}); waited until {until}", "set_off")
    if not began:
        yield case.cause(moment)
        by = f" ({entry.data['by']})" if entry.data.get("by") else ""
        yield case.of_entry(moment, entry, f"set off{by}", "set_off")


def _candidate(case: Case, line: str) -> str:
    """`webinar, attended, resolved_no_action since 2026-03-02 09:00: taken`."""
    what, _, why = line.partition(": ")
    campaign, status, result, at = what.split(" ")
    response = "not responded" if result == "-" else result
    return f"candidate {campaign} ({status}, {response}, {case.instant(int(at))}): {why}"


def _failed(case: Case, told: Told) -> Part | None:
    """The condition that did not hold after the wait."""
    moment, entry = told
    spec = moment.program.plan.reactivation_scenarios[entry.unit.partition("/")[2]]
    for use in (spec.crosses, spec.when):
        asked = None if use is None else case.asked(moment, use, entry)
        found = None if use is None else case.explain_asked(moment, use, asked)
        if found is not None and not found.holds:
            return found
    return None


def _waits(case: Case, name: str, unit: str) -> Iterator[Story]:
    funnel = case.state.funnel
    for each in funnel.waiting.values() if funnel is not None else ():
        if each.scenario == name:
            text = f"set off ({each.by}); judges at {case.instant(each.due)}"
            yield Story(unit, False, (case.found("waiting", text, at=each.at),))


def _never(case: Case, name: str) -> Story:
    """Nothing has set it off: what its conditions say now."""
    spec = case.plan.reactivation_scenarios[name]
    findings = [case.found("never", "nothing has set it off", at=case.at)]
    said: list[tuple[str, Use | None]] = [("crosses", spec.crosses), ("when", spec.when)]
    for word, use in said:
        if use is not None:
            part = case.explain_now(use)
            text = f"its {word} {'holds' if part.holds else 'does not hold'}"
            findings.append(case.found("now", text, at=case.at, place=case.position(use.at), condition=part))
    return Story(f"reactivation_scenarios/{name}", False, tuple(findings), case.position(spec.at))
