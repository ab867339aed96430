"""What enters a contact's history, in which form, and when it goes."""

from __future__ import annotations

import random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncue.runtime.kernel.conditions.functions import compile_condition
from oncue.runtime.kernel.inputs import Event
from oncue.runtime.kernel.state import ContactState, Member, fork
from oncue.schemas.conditions import (
    Agg,
    And,
    Cmp,
    CondNode,
    Lit,
    Or,
    Prop,
    Span,
    Track,
)
from oncue.schemas.values import DAY, HOUR, LIMIT, MINUTE, SCALE
from tests.runtime.kernel.asking import NEW_YORK, NOBODY, at, compare, history, lit, lived, number, purchase

T = at("2026-05-01T12:00")
TOTALS = ("count", "first", "first:total", "last", "last:total", "max:total", "min:total", "sum:total")
KEPT = Track(id="k", event="purchase", totals=TOTALS)


def visit(instant: int, *pages: str, machine: bool = False) -> Event:
    return Event(id=f"v{instant}", type="web_page.visit", at=instant, assets=pages, machine=machine)


def test_an_event_enters_the_tracks_of_its_type_and_assets() -> None:
    book = history(
        Track(id="any", event="web_page.visit", totals=("count",)),
        Track(id="pricing", event="web_page.visit", asset="pricing", totals=("count",)),
        Track(id="docs", event="web_page.visit", asset="docs", totals=("count",)),
        Track(id="other", event="video.watch", totals=("count",)),
    )
    state = fork(NOBODY)
    assert book.enter(state, visit(T, "all-pages", "pricing"), T) == {"any", "pricing"}
    assert book.enter(state, visit(T), T) == {"any"}
    assert book.enter(state, purchase(T), T) == set()
    assert state.counts == {"any": 2, "pricing": 1}


def test_an_event_marked_machine_enters_nothing() -> None:
    book = history(Track(id="any", event="web_page.visit", totals=("count",), forever=True))
    state = fork(NOBODY)
    assert book.enter(state, visit(T, machine=True), T) == set()
    assert state == NOBODY


def test_where_and_since_decide_at_the_door() -> None:
    dear = compare(Prop("row", "total", "number"), ">=", lit(100))
    book = history(Track(id="w", event="purchase", where=dear, since=T, totals=("count",)))
    state = lived(
        NOBODY, book, purchase(T, total=number(99)), purchase(T), purchase(T - 1, total=number(100))
    )
    assert state.counts == {}
    assert lived(state, book, purchase(T, total=number(100))).counts == {"w": 1}


def test_totals_are_kept_in_the_form_that_is_documented() -> None:
    state = lived(
        NOBODY, history(KEPT),
        purchase(T, total=number(20)), purchase(T - 5), purchase(T + 5, total=number(10)),
        purchase(T + 5, total=number(40)),
    )  # fmt: skip
    assert state.counts == {"k": 4}
    assert state.totals == {
        "k.first": T - 5, "k.last": T + 5, "k.sum:total": number(70), "k.min:total": number(10),
        "k.max:total": number(40), "k.first:total": [T, number(20)], "k.last:total": [T + 5, number(40)],
    }  # fmt: skip


def test_a_sum_may_overflow_and_come_back() -> None:
    book = history(KEPT)
    state = lived(NOBODY, book, purchase(T, total=LIMIT - 1), purchase(T, total=1))
    node = compare(Agg("sum", "k", "number", "total"), ">", lit(0))
    ask = compile_condition(node, tracks={"k": KEPT}, segments=_no_segment, zone=NEW_YORK)
    assert not ask.test(state, T, {}, None)
    state = lived(state, book, purchase(T, total=-1))
    assert ask.test(state, T, {}, None)


def test_rows_are_sorted_and_a_late_event_takes_its_place() -> None:
    book = history(Track(id="r", event="purchase", props=("sku", "total"), keep=30 * DAY))
    state = lived(
        NOBODY, book, purchase(T, sku="b"), purchase(T - HOUR, sku="a", total=5), purchase(T), now=T
    )
    assert state.rows == {"r": [[T - HOUR, 2, "a", 5], [T, 1, "b", None], [T, 3, None, None]]}


def test_rows_older_than_the_window_go_when_the_next_event_comes() -> None:
    book = history(Track(id="r", event="purchase", keep=DAY))
    state = lived(NOBODY, book, purchase(T - DAY), purchase(T - DAY + 1))
    assert lived(state, book, purchase(T)).rows == {"r": [[T - DAY + 1, 2], [T, 3]]}


def test_a_late_event_outside_the_window_changes_nothing() -> None:
    book = history(Track(id="r", event="purchase", keep=DAY))
    state = fork(NOBODY)
    assert book.enter(state, purchase(T - DAY), T) == set()
    assert state.rows == {}
    assert book.enter(state, purchase(T - DAY + 1), T) == {"r"}


def test_rows_since_start_are_kept_while_a_member_who_can_see_them_is_inside() -> None:
    book = history(Track(id="r", event="purchase", members=("c",)))
    member = Member("c", 1, 1, at=T, seq=1, step="s", arrived=T)
    state = fork(NOBODY)
    assert book.enter(state, purchase(T), T) == set(), "nobody is inside"
    state.members = [member, Member("other", 1, 2, T - DAY, 1, "s", T)]
    state.seq = 5
    assert book.enter(state, purchase(T - 1), T) == set(), "before the entry"
    assert book.enter(state, purchase(T), T + 90 * DAY) == {"r"}
    book.prune(state, T + 99 * DAY)
    assert state.rows == {"r": [[T, 5]]}
    state.members = []
    book.prune(state, T + 99 * DAY)
    assert state.rows == {}


def test_pruning_keeps_what_is_for_ever_and_what_another_plan_knows() -> None:
    book = history(Track(id="r", event="purchase", forever=True), Track(id="d", event="purchase", keep=DAY))
    state = lived(NOBODY, book, purchase(T), purchase(T + HOUR), now=T + HOUR)
    state.rows["unknown"] = [[T, 1]]
    book.prune(state, T + DAY)
    assert state.rows == {"r": [[T, 1], [T + HOUR, 2]], "d": [[T + HOUR, 2]], "unknown": [[T, 1]]}
    book.prune(state, T + 2 * DAY)
    assert set(state.rows) == {"r", "unknown"}


def test_a_step_sees_only_events_of_the_message_that_it_sent_last() -> None:
    book = history(Track(id="o", event="email.open", campaign="c", step="invite"))
    member = Member("c", 1, 1, T, 1, "wait", T, messages={"invite": "m2"})
    stranger = Member("d", 1, 2, T, 1, "wait", T, messages={"invite": "m2"})
    state = ContactState(key="k", created_at=0, seq=3, members=[member, stranger])
    for message, expected in (("m1", set()), ("", set()), ("m2", {"o"})):
        event = Event(id="e", type="email.open", at=T, assets=("mail",), message=message)
        assert book.enter(state, event, T) == expected
    assert member.rows == {"o": [[T, 3]]}
    assert stranger.rows == {}
    assert state.rows == {}


def test_two_pages_of_one_visit_count_once_where_no_page_is_asked() -> None:
    book = history(Track(id="any", event="web_page.visit", totals=("count",), keep=DAY))
    state = lived(NOBODY, book, visit(T, "a", "b"))
    assert state.counts == {"any": 1}
    assert state.rows == {"any": [[T, 1]]}


def test_the_state_that_was_forked_stays_as_it_was() -> None:
    tracks = (KEPT, Track(id="r", event="purchase", props=("total",), keep=DAY),
              Track(id="o", event="purchase", campaign="c", step="s"))  # fmt: skip
    book = history(*tracks)
    member = Member("c", 1, 1, T, 0, "s", T, messages={"s": "m"}, rows={"o": [[T - 1, 1]]})
    before = lived(NOBODY, book, purchase(T - DAY + 1, total=1), purchase(T - HOUR, total=2))
    before.members = [member]
    frozen = msgspec.json.encode(before)
    after = fork(before)
    event = Event(id="e", type="purchase", at=T - 2 * HOUR, props={"total": 3}, message="m")
    assert book.enter(after, event, T) == {"k", "r", "o"}
    book.prune(after, T + DAY)
    assert msgspec.json.encode(before) == frozen
    assert msgspec.json.encode(after) != frozen


def test_a_state_with_history_survives_its_way_through_json() -> None:
    state = lived(NOBODY, history(KEPT), purchase(T, total=LIMIT - 1), purchase(T, total=LIMIT - 1))
    assert msgspec.json.decode(msgspec.json.encode(state), type=ContactState) == state


def _no_segment(name: str):
    raise AssertionError(name)


# --- properties -----------------------------------------------------------------------------------

ROWS = Track(id="r", event="purchase", props=("total",), keep=3 * DAY, totals=TOTALS, members=("c",))
ENDLESS = msgspec.structs.replace(ROWS, forever=True)
EVENTS = st.lists(
    st.builds(lambda minutes, props: purchase(T + minutes * MINUTE, **props), st.integers(0, 10 * 24 * 60),
              st.sampled_from([{}, {"total": SCALE}, {"total": 2 * SCALE}, {"total": -3 * SCALE}])),
    min_size=1, max_size=12, unique_by=lambda event: event.at,
)  # fmt: skip


def questions() -> list[CondNode]:
    """Everything that conditions may ask of ROWS."""
    spans = [Span("last", 3 * DAY), Span("last", HOUR), Span("start"), Span("since_day", day=-1, minutes=60)]
    asked: list[CondNode] = []
    for span in spans:
        for fn in ("count", "sum", "min", "max", "first", "last"):
            prop = None if fn == "count" else "total"
            for bound in ("-1", "1", "2"):
                asked.append(Cmp(">=", "number", Agg(fn, "r", "number", prop, span), Lit("number", bound)))  # noqa: PERF401
    return asked


@settings(max_examples=60, deadline=None)
@given(EVENTS, st.integers(0, 10**6))
def test_rows_that_were_dropped_never_change_an_answer(events, seed) -> None:
    """Live, with late events, members coming and going: the pruned state answers as the complete one."""
    draw = random.Random(seed)
    asked = [
        compile_condition(node, tracks={"r": ROWS}, segments=_no_segment, zone=NEW_YORK)
        for node in questions()
    ]
    pruned, complete = history(ROWS), history(ENDLESS)
    left, right = NOBODY, NOBODY
    now = T
    for event in events:
        now = max(now, event.at - 5 * MINUTE) + draw.randrange(DAY)
        left, right = fork(left), fork(right)
        for state, book in ((left, pruned), (right, complete)):
            state.seq += 1
            book.enter(state, event, now)
            if draw.random() < 0.5:
                book.prune(state, now)
        members = [Member("c", 1, 1, now, left.seq, "s", now)] if draw.random() < 0.3 else left.members
        left.members = right.members = [] if draw.random() < 0.2 else members
        for moment in (now, now + draw.randrange(2 * DAY)):
            for member in (*left.members, None):
                answers = [[ask.test(state, moment, {}, member) for ask in asked] for state in (left, right)]
                assert answers[0] == answers[1]


@settings(max_examples=100, deadline=None)
@given(EVENTS, st.randoms(use_true_random=False))
def test_the_order_in_which_events_come_leaves_no_trace(events, draw) -> None:
    """Other than the numbers of their handling, and among events of one instant."""
    book = history(ROWS)
    now = max(event.at for event in events)
    one = lived(NOBODY, book, *sorted(events, key=lambda event: event.at), now=now)
    shuffled = list(events)
    draw.shuffle(shuffled)
    other = lived(NOBODY, book, *shuffled, now=now)
    assert other.counts == one.counts
    assert other.totals == one.totals
    strip = lambda state: [[row[0], *row[2:]] for row in state.rows.get("r", [])]  # noqa: E731
    assert strip(other) == strip(one)


@settings(max_examples=60, deadline=None)
@given(EVENTS, st.integers(0, 12))
def test_a_contact_in_two_halves_is_united_as_if_it_had_been_one(events, cut) -> None:
    book = history(ENDLESS, Track(id="x", event="never", totals=("count",)))
    whole = lived(NOBODY, book, *events)
    first, second = lived(NOBODY, book, *events[:cut]), lived(NOBODY, book, *events[cut:])
    before = msgspec.json.encode(second)
    united = fork(first)
    assert book.unite(united, second) == first.seq
    assert (united.counts, united.totals, united.rows, united.seq) == (
        whole.counts,
        whole.totals,
        whole.rows,
        whole.seq,
    )
    assert msgspec.json.encode(second) == before


def test_a_condition_on_a_sum_and_a_count_reads_what_entered() -> None:
    node = And((
        compare(Agg("sum", "r", "number", "total", Span("last", DAY)), ">", lit(10)),
        Or((compare(Agg("count", "r", "number"), ">=", lit(2)),)),
    ))  # fmt: skip
    ask = compile_condition(node, tracks={"r": ROWS}, segments=_no_segment, zone=NEW_YORK)
    state = lived(NOBODY, history(ROWS), purchase(T, total=number(6)), purchase(T + 1, total=number(6)))
    assert ask.test(state, T + 1, {}, None)
    assert ask.next(state, T + 1, {}, None) == T + DAY
    assert not ask.test(state, T + DAY, {}, None)


@pytest.mark.parametrize("many", [1, 3000])
def test_many_rows_are_kept_and_asked(many) -> None:
    book = history(Track(id="r", event="purchase", keep=DAY))
    state = lived(NOBODY, book, *(purchase(T + place) for place in range(many)))
    assert len(state.rows["r"]) == many
