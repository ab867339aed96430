"""The state's own promise: a fork shares nothing that the kernel changes."""

from __future__ import annotations

import msgspec

from oncue.runtime.kernel.state import ContactState, Member, Sent, fork
from tests.runtime.kernel.stage import Stage


def whole() -> ContactState:
    """A state with something in every container."""
    member = Member("c", 1, 1, 0, 1, "s", 0)
    member.visits, member.gotos, member.messages, member.rows = (
        {"s": 1},
        {"g": [1]},
        {"s": "k"},
        {"t": [[1, 1]]},
    )
    state = ContactState(key="id:1", created_at=0, members=[member])
    for field in msgspec.structs.fields(ContactState):
        value = getattr(state, field.name)
        if isinstance(value, dict):
            value["x"] = Sent("mail", 0) if field.name == "sent" else 1
        elif isinstance(value, set):
            value.add("x")
    return state


def containers(thing: ContactState | Member) -> dict[str, object]:
    names = [field.name for field in msgspec.structs.fields(type(thing))]
    return {name: value for name in names if isinstance(value := getattr(thing, name), dict | list | set)}


def test_a_fork_is_equal_and_its_containers_are_its_own():
    state = whole()
    copy = fork(state)
    assert copy == state
    told_whole = {  # replaced, never changed
        "account", "account_shown", "anonymous_ids", "conversions", "deals", "errands", "site_messages",
        "tasks",
    }  # fmt: skip
    for name, value in containers(copy).items():
        assert value is not getattr(state, name) or name in told_whole, name


def test_a_fork_s_stays_are_its_own_but_for_what_never_changes():
    state = whole()
    (copied,), (given,) = fork(state).members, state.members
    assert copied is not given
    shared = {name for name, value in containers(copied).items() if value is getattr(given, name)}
    assert shared == {"props", "shown"}


def test_a_state_comes_back_from_json_as_it_was():
    steps = "{send_email: invite}, {wait: {until: did email.open of step send_email, at_most: 9 days}}"
    stage = Stage(f"campaigns: {{c: {{starts_when: [{{event: purchase}}], steps: [{steps}]}}}}")
    stage.load(email="ana@x.test", interests=["Golf"], renewal_date="2026-06-10", tags=["hot"])
    stage.event("purchase", sku="A1")
    assert msgspec.json.decode(msgspec.json.encode(stage.state), type=ContactState) == stage.state
