"""What a scenario does when it judges: the first of these that works.

    reactivated      the most recent eligible response becomes the active one
    turned           a member who has not responded becomes a response, the active one
    inserted         the default campaign's membership becomes it
    nothing          none of these was possible
    already_engaged  there is an active response: nothing is done
    no_longer        what set it off does not hold any more

Everything is judged now, whatever was so when the scenario was set off. With the first three the scenario's
fields are written, the owner is given, people are told, in this order; what asks a team goes on with its
answer. A response that was put off for the scenario is recorded once all that wait for it have found nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from oncue.runtime.kernel.actions import answered, perform
from oncue.runtime.kernel.edges import Candidate
from oncue.runtime.kernel.flow.removal import label_of
from oncue.runtime.kernel.flow.travel import choose, chosen
from oncue.runtime.kernel.fulfilment import record
from oncue.runtime.kernel.funnel.listening import holds, set_off
from oncue.runtime.kernel.funnel.recording import activate, as_response, begin, write
from oncue.runtime.kernel.funnel.records import Asked, Membership, Waiting
from oncue.runtime.kernel.funnel.searching import search
from oncue.runtime.kernel.funnel.stages import funnel_of
from oncue.runtime.kernel.letters import Answer
from oncue.runtime.kernel.link import LinkedScenario, LinkedStep
from oncue.runtime.kernel.turn import MAX_STARTS, Turn
from oncue.runtime.kernel.verdicts import DONE, NO_ACTION, Scene
from oncue.schemas.actions import Action, RecordResponse
from oncue.schemas.audit import Result
from oncue.schemas.values import Value

_SECOND = 1_000_000


def set_off_all(turn: Turn, candidates: Iterable[Candidate]) -> None:
    """The scenarios that this round's edges set off, by id."""
    for candidate in sorted(candidates, key=lambda each: each.start.scenario):
        start, event = candidate.start, candidate.event
        when = start.trigger.when
        props = event.props if event is not None else {}
        if when is None or turn.program.condition(when.condition).test(turn.state, turn.now, props, None):
            set_off(
                turn, start.scenario, event, event.type if event is not None else _edge(turn, start.scenario)
            )


def _edge(turn: Turn, name: str) -> str:
    """What set it off, in words, where no event did."""
    spec = turn.program.plan.reactivation_scenarios[name]
    if spec.crosses is not None:
        return "its crosses became true"
    if spec.field is not None:
        return f"{spec.field} changed"
    return "the status became active" if spec.type == "active_status" else "what it listens to happened"


def judge_all(turn: Turn) -> None:
    """Lets every scenario judge that was set off without a wait in this round, or whose wait is over, by id;
    those of one scenario in the order in which they were set off."""
    funnel = funnel_of(turn.state)
    over = {number: each for number, each in funnel.waiting.items() if turn.is_due(each.due)}
    if over:
        left = {number: each for number, each in funnel.waiting.items() if number not in over}
        turn.state.funnel = replace(funnel, waiting=left)
        for number, each in over.items():
            turn.state.due.pop(f"scenario/{number}", None)
            turn.count(turn.program.scenario(each.scenario).unit, "", "waiting", -1)
    todo = [*over.values(), *turn.judging]
    turn.judging = ()
    for waiting in sorted(todo, key=lambda each: each.scenario):
        _judge(turn, waiting)


def _judge(turn: Turn, waiting: Waiting) -> None:
    scenario = turn.program.scenario(waiting.scenario)
    decision = _decide(turn, scenario, waiting)
    member = decision.member
    result: Result = "skipped" if member is None else "done"
    data: dict[str, Value] = {"cause": waiting.cause, "by": waiting.by, "at": waiting.at}
    if decision.campaign:
        data["campaign"] = decision.campaign
    if decision.candidates:
        data["candidates"] = decision.candidates
    turn.write("scenario.judged", scenario.unit, result=result, why=decision.outcome, data=data)
    turn.count(scenario.unit, "", decision.outcome)
    if member is not None:
        turn.starts += 1
        turn.count(scenario.unit, "", "seconds", (turn.now - waiting.at) // _SECOND)
        activate(turn, member, scenario.id)
    if waiting.prompt:
        drop_prompt(turn, waiting.prompt, used=member is not None)
    if member is not None:
        _act(turn, scenario, scenario.actions, waiting.cause)


class Decision(Struct, gc=False):
    """`member`: the membership as it is made active; `campaign`: of what is, or was there already;
    `candidates`: what there is to say of each."""

    outcome: str
    member: Membership | None = None
    campaign: str = ""
    candidates: list[str] = []


def _decide(turn: Turn, scenario: LinkedScenario, waiting: Waiting) -> Decision:
    funnel = funnel_of(turn.state)
    if funnel.active:
        return Decision("already_engaged", campaign=funnel.active)
    if not _still(turn, scenario):
        return Decision("no_longer")
    if turn.starts >= MAX_STARTS:
        return Decision("cascade_limit")
    prompt = funnel.prompts.get(waiting.prompt)
    taken, found = search(turn, scenario.spec, prompt.campaign if prompt is not None else "")
    lines = [each.line for each in found]
    if taken is None:
        outcome, member = _insert(turn, scenario)
    elif taken.member.result:
        outcome, member = "reactivated", replace(taken.member, reactivated=turn.now)
    else:
        status = turn.program.plan.campaigns[taken.member.campaign].default_responded or ""
        turned = as_response(turn, begin(turn, taken.member.campaign, status))
        outcome, member = "turned", replace(turned, reactivated=turn.now)
    return Decision(outcome, member, member.campaign if member is not None else "", lines)


def _still(turn: Turn, scenario: LinkedScenario) -> bool:
    """Whether what set it off holds after the wait: its `crosses`, an active status, its `when`."""
    if scenario.crosses is not None and not scenario.crosses.test(turn.state, turn.now, {}, None):
        return False
    if scenario.spec.type == "active_status":
        settings = turn.program.plan.settings.funnel
        if settings is None or turn.state.fields.get("status") not in settings.active:
            return False
    return holds(turn, scenario)


def _insert(turn: Turn, scenario: LinkedScenario) -> tuple[str, Membership | None]:
    """A membership in the default campaign; one that is there already takes the part again."""
    if scenario.insert is None:
        return "nothing", None
    action, rule = choose(turn, scenario.insert, {}, None)
    verdict = DONE if isinstance(action, RecordResponse) else NO_ACTION
    record(turn, scenario.unit, scenario.insert, label_of(rule), verdict)
    if not isinstance(action, RecordResponse):
        return "nothing", None
    return "inserted", as_response(turn, begin(turn, action.campaign, action.status))


def drop_prompt(turn: Turn, number: str, *, used: bool) -> None:
    """The response that was put off is not needed any more, or is recorded if nobody else waits for it."""
    funnel = funnel_of(turn.state)
    prompt = funnel.prompts.get(number)
    if prompt is None:
        return
    rest = {key: each for key, each in funnel.prompts.items() if key != number}
    if not used and prompt.left > 1:
        rest[number] = replace(prompt, left=prompt.left - 1)
    turn.state.funnel = replace(funnel, prompts=rest)
    unit = f"campaigns/{prompt.campaign}"
    if used:
        turn.write("membership", unit, result="cancelled", data={"status": prompt.status})
    elif prompt.left == 1 and prompt.campaign in turn.program.plan.campaigns:
        write(turn, prompt.campaign, prompt.status)


# --- what goes with an active response ------------------------------------------------------------


def _act(turn: Turn, scenario: LinkedScenario, steps: tuple[LinkedStep, ...], cause: str) -> None:
    """The actions in their order, up to one that has to wait for an answer."""
    for step in steps:
        action, rule = choose(turn, step, {}, None)
        if action is None:
            record(turn, scenario.unit, step, label_of(rule), NO_ACTION)
        elif not _perform(turn, scenario, step, action, rule, cause):
            return


def _perform(
    turn: Turn, scenario: LinkedScenario, step: LinkedStep, action: Action, rule: int, cause: str
) -> bool:
    label = label_of(rule)
    verdict = perform(turn, Scene(scenario.unit, step.id, label, cause=cause), action)
    if verdict.ask is None:
        record(turn, scenario.unit, step, label, verdict)
        return True
    turn.count(scenario.unit, step.id, f"pending/{label}")
    question = turn.ask(*verdict.ask)
    funnel = funnel_of(turn.state)
    asked = Asked(scenario.id, step.id, rule, cause)
    turn.state.funnel = replace(funnel, asked={**funnel.asked, question: asked})
    return False


def hear(turn: Turn, answer: Answer) -> bool:
    """Goes on with the action that asked, then with those behind it; False: no scenario did."""
    funnel = funnel_of(turn.state)
    asked = funnel.asked.get(answer.question)
    if asked is None:
        return False
    rest = {question: each for question, each in funnel.asked.items() if question != answer.question}
    turn.state.funnel = replace(funnel, asked=rest)
    scenario, label = turn.program.scenario(asked.scenario), label_of(asked.rule)
    place = next(n for n, step in enumerate(scenario.actions) if step.id == asked.step)
    step = scenario.actions[place]
    action = chosen(step, asked.rule)
    turn.count(scenario.unit, step.id, f"pending/{label}", -1)
    if action is not None:
        verdict = answered(turn, Scene(scenario.unit, step.id, label, cause=asked.cause), action, answer)
        record(turn, scenario.unit, step, label, verdict)
    _act(turn, scenario, scenario.actions[place + 1 :], asked.cause)
    return True
