"""What differs for one contact, against obvious computations."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from oncue.runtime.backtest.differences import Difference, Instants, differences, paired
from oncue.runtime.backtest.facts import ENTRY, EXIT, SEND, TAG, Fact

FACTS = [
    Fact(SEND, "campaigns/a", "one", "hello"),
    Fact(SEND, "campaigns/a", "one", "goodbye"),
    Fact(SEND, "campaigns/a", "two", "hello"),
    Fact(ENTRY, "campaigns/a", "", ""),
    Fact(EXIT, "campaigns/a", "", "last step"),
    Fact(EXIT, "campaigns/a", "", "exit_when"),
    Fact(TAG, "tags/hot", "", "added"),
]
instants = st.lists(st.integers(0, 30), max_size=6).map(sorted)
stories = st.dictionaries(st.sampled_from(FACTS), instants.filter(bool))


def mirrored(each: Difference) -> Difference:
    change = {"appears": "vanishes", "vanishes": "appears"}.get(each.change, each.change)
    return Difference(change, each.new, each.old)  # type: ignore[arg-type]


@given(instants, instants)
def test_pairs_are_as_near_in_time_as_any_pairs_in_order_are(old: list[int], new: list[int]) -> None:
    def cost(pairs: list[tuple[int, int]]) -> int:
        return sum(abs(old[a] - new[b]) for a, b in pairs)

    number = min(len(old), len(new))
    least = min(
        cost(list(zip(left, right, strict=True)))
        for left in combinations(range(len(old)), number)
        for right in combinations(range(len(new)), number)
    )
    pairs = paired(old, new)
    assert len(pairs) == number
    assert pairs == sorted(pairs)
    assert cost(pairs) == least


def test_very_many_are_paired_by_their_order() -> None:
    assert paired(range(100), range(5, 155)) == [(place, place) for place in range(100)]


@given(stories)
def test_nothing_differs_from_itself(story: Instants) -> None:
    assert differences(story, story) == []


@given(stories, stories)
def test_the_other_way_round_is_the_mirror(old: Instants, new: Instants) -> None:
    def key(each: Difference) -> tuple[object, ...]:
        return (each.change, each.old is None, each.old or each.new, each.new or each.old)

    there, back = differences(old, new), [mirrored(each) for each in differences(new, old)]
    assert sorted(there, key=key) == sorted(back, key=key)


@given(stories, stories)
def test_what_is_told_leads_from_the_one_to_the_other(old: Instants, new: Instants) -> None:
    having = Counter((fact, at) for fact, ats in old.items() for at in ats)
    for each in differences(old, new):
        if each.old is not None:
            assert having[each.old] > 0
            having[each.old] -= 1
        if each.new is not None:
            having[each.new] += 1
    assert +having == Counter((fact, at) for fact, ats in new.items() for at in ats)


@given(stories, stories)
def test_what_moves_is_the_same_fact_and_what_becomes_is_another_of_its_place(
    old: Instants, new: Instants
) -> None:
    for each in differences(old, new):
        if each.old is not None and each.new is not None:
            (before, at), (after, then) = each.old, each.new
            assert (before == after) == (each.change == "moves")
            assert before[:3] == after[:3]
            assert each.change == "becomes" or at != then
            assert each.change == "moves" or before.kind != TAG
