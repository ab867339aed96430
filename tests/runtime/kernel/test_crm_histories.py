"""Whatever happens in whatever order: contacts, accounts, tasks and teams agree with each other."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as some

from oncue.runtime.kernel.contact import identity
from oncue.runtime.kernel.entities.kept import AccountState, TaskState, TeamState
from oncue.runtime.kernel.inputs import Handover
from oncue.runtime.kernel.letters import CloseTask, Letter, ReopenTask
from tests.runtime.kernel.crm import crm, flow
from tests.runtime.kernel.stage import Stage

SALES = """
- add_deal: {title: Plan, pipeline: sales, owner: {round_robin: sdr}, value_from: employees}
- update_account: {set: {industry: Retail}, copy: {seats: employees}}
- add_task: {title: Call, owner: {round_robin: sdr}, due: 1 day, notify_owner_when_overdue: true}
- math: account.seats * 3
- wait: {until: account.industry == "health", at_most: 2 days}
- update_deal: {stage: qualified, owner: {round_robin: sdr}}
"""
MOVES = """
- update_contact: {set: {account: beta}}
- update_account: {set: {industry: Health}}
- webhook: https://hook.test/a
- math: deal.value / score
- complete_task: {title: Call}
- update_deal: {status: won}
- convert: signup
"""
LEAVES = "- update_contact: {clear: [account]}\n- assign_owner: {round_robin: sdr}\n- add_task: {title: Mail}"
MORE = (
    flow("moves", MOVES, "starts_when: [{deal_stage: qualified}, {action_failed: {campaign: c}}]"),
    flow("leaves", LEAVES, "starts_when: [{converted: signup, when: employees > 100}]"),
    flow("thanks", "- update_account: {clear: [industry]}", "starts_when: [{event: task.completed}]"),
    'segments:\n  retailers: account.industry == "retail" and deal.status == "open"\n',
)
NAMES = ("a@x.test", "b@x.test", "c@x.test")
INPUTS = some.one_of(
    some.tuples(some.just("purchase"), some.integers(0, 2)),
    some.tuples(some.just("move"), some.integers(0, 2), some.sampled_from(["acme", "beta", ""])),
    some.tuples(some.just("later"), some.sampled_from(["1 hour", "1 day", "3 days"])),
    some.tuples(some.just("task"), some.integers(0, 9), some.booleans()),
    some.tuples(some.just("fail"), some.integers(0, 9)),
    some.tuples(some.just("merge")),
)


def do(stage: Stage, what: str, *how: object) -> None:
    if what == "later":
        stage.later(str(how[0]))
    elif what == "merge":
        merge(stage)
    elif what == "task":
        tasks = [name for name, state in stage.entities.items() if isinstance(state, TaskState)]
        if tasks:
            body = CloseTask("operator") if how[1] else ReopenTask()
            stage._deliver([Letter(tasks[int(str(how[0])) % len(tasks)], "", body)])
    elif what == "fail":
        sent = list(stage.state.sent)
        if sent:
            stage.play(Handover(sent[int(str(how[0])) % len(sent)], "failed", "no"))
    else:
        names = [key.partition(":")[2] for key in stage.states]
        stage.turn_to(names[int(str(how[0])) % len(names)])
        if what == "purchase":
            stage.event("purchase")
        else:
            stage.load(email=stage.who, account=how[1], triggers=True)


def merge(stage: Stage) -> None:
    """The youngest turns out to be the oldest. Hosts strike the one that is gone off its roster."""
    if len(stage.states) == len(NAMES):
        first, *_, gone = stage.states
        other = stage.states.pop(gone)
        stage.take(identity.merge(stage.program, stage.states[first], other, stage.now))
        for keys in stage.roster.values():
            if gone in keys:
                keys.remove(gone)


def check(stage: Stage) -> None:
    for key, state in stage.states.items():
        account = state.fields.get("account")
        told = stage.entities.get(f"account/{account}")
        assert state.account == (told.fields if isinstance(told, AccountState) else {})
        assert [name for name, keys in stage.roster.items() if key in keys] == ([account] if account else [])
        assert len({deal.id for deal in state.deals}) == len(state.deals) == state.deals_made
        assert not any(member.asked for member in state.members)
        assert not state.errands
        for task, mark in state.tasks.items():
            entity = stage.entities[f"task/{task}"]
            assert isinstance(entity, TaskState)
            assert (entity.closed_at is None, entity.contact) == (mark.open, key)


def check_turns(stage: Stage) -> None:
    """The active ones of a team have had equally many turns, give or take one; the others none."""
    team = stage.entities.get("team/sdr")
    if isinstance(team, TeamState):
        assert team.turns.get("ana", 0) - team.turns.get("bo", 0) in (0, 1)
        assert "gone" not in team.turns


@settings(max_examples=60, deadline=None)
@given(inputs=some.lists(INPUTS, min_size=5, max_size=25))
def test_contacts_accounts_tasks_and_teams_agree_after_every_input(inputs):
    stage = crm(SALES, *MORE, contact=None)
    for name, employees in zip(NAMES, (0, 3, 700), strict=True):
        stage.meet(email=name, account="acme", employees=employees)
    for what, *how in inputs:
        do(stage, what, *how)
        check(stage)
    check_turns(stage)
