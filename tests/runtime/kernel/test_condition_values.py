"""Conditions on fields, properties, texts, sets and standing: each node at its edges, and missing values."""

from __future__ import annotations

import pytest

from oncue.runtime.kernel.conditions.functions import CompiledCondition
from oncue.runtime.kernel.state import ContactState, Member
from oncue.schemas.conditions import (
    And,
    Arith,
    Const,
    Day,
    DayOf,
    Field,
    Has,
    In,
    InCampaign,
    InSegment,
    IsSet,
    Not,
    Or,
    Prop,
    Subscribed,
    Tagged,
    TextTest,
)
from oncue.schemas.values import LIMIT, SCALE
from tests.runtime.kernel.asking import (
    NEW_YORK,
    NOBODY,
    at,
    compare,
    compiled,
    contact,
    day,
    field,
    holds,
    lit,
    number,
)

ORDERS = ("==", "!=", "<", "<=", ">", ">=")
TRUTHS = {  # of `a ORDER b` where a is smaller, equal, larger
    "==": (False, True, False), "!=": (True, False, True), "<": (True, False, False),
    "<=": (True, True, False), ">": (False, False, True), ">=": (False, True, True),
}  # fmt: skip


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(
    ("score", "place"), [(number(49.999999999), 0), (number(50), 1), (number(50.000000001), 2)]
)
def test_a_number_is_compared_exactly_on_either_side(order, score, place) -> None:
    state, expected = contact(score=score, goal=number(50)), TRUTHS[order][place]
    turned = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}.get(order, order)
    assert holds(compare(field("score"), order, lit(50)), state) is expected
    assert holds(compare(lit(50), turned, field("score")), state) is expected
    assert holds(compare(field("score"), order, field("goal")), state) is expected
    assert holds(compare(Arith("+", field("score"), lit(0)), order, lit(50)), state) is expected
    assert holds(compare(Arith("+", field("score"), lit(0)), order, field("goal")), state) is expected


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(
    ("left", "right"),
    [
        (field("none"), lit(50)),
        (field("none"), lit(-50)),
        (lit(50), field("none")),
        (field("none"), field("score")),
        (field("score"), field("none")),
        (field("none"), field("nothing")),
        (Arith("+", field("none"), lit(1)), field("score")),
        (Arith("+", field("none"), lit(1)), Arith("+", field("nothing"), lit(1))),
        (Arith("/", lit(1), lit(0)), lit(0)),
        (Prop("entry", "total", "number"), lit(1)),
        (Prop("event", "total", "number"), lit(1)),
    ],
)
def test_a_comparison_with_a_missing_side_is_false_but_unequal_is_true(order, left, right) -> None:
    node = compare(left, order, right)
    assert holds(node, contact(score=number(1))) is (order == "!=")
    assert holds(Not(node), contact(score=number(1))) is (order != "!=")


@pytest.mark.parametrize(
    ("sign", "left", "right", "expected"),
    [
        ("+", "0.1", "0.2", "0.3"),
        ("-", "1", "3", "-2"),
        ("*", "0.000000001", "0.5", "0"),  # half to even
        ("*", "0.000000003", "0.5", "0.000000002"),
        ("/", "1", "3", "0.333333333"),
        ("/", "-2", "3", "-0.666666667"),
    ],
)
def test_arithmetic_is_decimal_and_rounds_half_even_at_nine_places(sign, left, right, expected) -> None:
    assert holds(compare(Arith(sign, lit(left), lit(right)), "==", lit(expected)))


def test_arithmetic_that_overflows_is_missing() -> None:
    state = contact(score=LIMIT - SCALE)
    assert holds(IsSet(Arith("+", field("score"), lit(0))), state)
    assert not holds(IsSet(Arith("+", field("score"), lit(1))), state)
    assert not holds(compare(Arith("*", field("score"), lit(2)), ">", lit(1)), state)


@pytest.mark.parametrize(
    ("literal", "value", "equal"),
    [
        (" ACME ", "acme", True),
        ("Straße", "strasse", True),
        ("", "", False),  # an empty text is missing
        (" ", "", True),  # a space is not
        ('a"\\b', 'a"\\b', True),
    ],
)
def test_texts_are_equal_without_case_and_outer_spaces(literal, value, equal) -> None:
    node = compare(field("company", "text"), "==", lit(literal, "text"), "text")
    assert holds(node, contact(company=value)) is equal
    assert (
        holds(compare(field("company", "text"), "!=", lit(literal, "text"), "text"), contact(company=value))
        is not equal
    )
    assert holds(In(field("company", "text"), "text", ("zzz", literal)), contact(company=value)) is equal


@pytest.mark.parametrize(
    ("test", "pattern", "value", "expected"),
    [
        ("contains", "Marketing", "head of marketing", True),
        ("contains", " ", "x", True),  # its outer spaces do not count, so nothing is left to look for
        ("contains", "", "x", False),  # an empty text is missing
        ("starts", "HEAD", "head of", True),
        ("starts", "of", "head of", False),
        ("ends", "of ", "head of", True),
        ("ends", "head", "head of", False),
        ("matches", "acme*", "acme inc", True),
        ("matches", "acme*", "my acme", False),
        ("matches", "*acme", "my acme", True),
        ("matches", "*acme*", "my acme inc", True),
        ("matches", "acme", "acme inc", False),
        ("matches", "acme", "acme", True),
        ("matches", "*", "anything", True),
        ("matches", "a?c", "abc", True),
        ("matches", "a?c", "ac", False),
        ("matches", "a*b*c", "a-b-b-c", True),
        ("matches", "a*b*c", "a-c-b", False),
        ("matches", "*b*b*", "b", False),
        ("matches", "?*?", "a", False),
        ("matches", "?*?", "ab", True),
        ("matches", "a.c", "abc", False),
        ("matches", "[ab]*", "b", False),
        ("matches", "a*c", "a\nc", True),
        ("matches", "ab*ba", "aba", False),  # the two ends may not share a letter
    ],
)
def test_text_tests_ignore_case_and_outer_spaces_and_are_false_for_missing(
    test, pattern, value, expected
) -> None:
    node = TextTest(test, field("title", "text"), pattern)
    last = TextTest(test, Prop("event", "title", "text"), pattern)
    assert holds(node, contact(title=value)) is expected
    assert holds(last, event={"title": value}) is expected
    assert not holds(node)
    assert holds(Not(node))


def test_a_glob_of_many_runs_takes_no_long_time() -> None:
    node = TextTest("matches", field("title", "text"), "*a" * 60 + "b")
    assert not holds(node, contact(title="a" * 20_000))


@pytest.mark.parametrize("state", [NOBODY, contact(interests=[])])
def test_a_set_that_is_missing_or_empty_has_nothing_and_is_not_set(state) -> None:
    assert not holds(Has(Field("interests", "many"), "golf"), state)
    assert not holds(IsSet(Field("interests", "many")), state)


def test_a_set_has_a_text_without_case() -> None:
    state = contact(interests=["golf", "tennis"])
    assert holds(Has(Field("interests", "many"), " Golf"), state)
    assert not holds(Has(Field("interests", "many"), "gol"), state)
    assert holds(IsSet(Field("interests", "many")), state)
    assert holds(Has(Prop("event", "likes", "many"), "golf"), event={"likes": ["golf"]})
    assert not holds(Has(Field("interests", "many"), ""), state)


def test_presence_is_of_the_value_and_a_space_is_one() -> None:
    assert holds(IsSet(field("company", "text")), contact(company=""))
    assert not holds(IsSet(field("company", "text")))
    assert holds(IsSet(Day(0)))
    assert not holds(IsSet(DayOf(field("created_at", "datetime"))))


@pytest.mark.parametrize("value", [True, False])
def test_a_boolean_is_tested_against_either(value) -> None:
    vip = field("vip", "boolean")
    assert holds(compare(vip, "==", lit("true", "boolean"), "boolean"), contact(vip=value)) is value
    assert holds(compare(vip, "!=", lit("true", "boolean"), "boolean"), contact(vip=value)) is not value
    assert holds(compare(lit("false", "boolean"), "==", vip, "boolean"), contact(vip=value)) is not value
    assert not holds(compare(vip, "==", lit("false", "boolean"), "boolean"))
    assert holds(In(vip, "boolean", ("true",)), contact(vip=value)) is value


def test_in_a_list_works_for_every_type_and_never_for_missing() -> None:
    state = contact(score=number(1.5), renewal_date=day("2026-02-28"), seen_at=at("2026-01-01T12:00"))
    assert holds(In(field("score"), "number", ("2", "1.50")), state)
    assert holds(In(field("renewal_date", "date"), "date", ("2026-02-28",)), state)
    assert holds(In(field("seen_at", "datetime"), "datetime", ("2026-01-01T17:00:00Z",)), state)
    assert not holds(In(field("none"), "number", ("2",)), state)
    assert not holds(In(field("score"), "number", ()), state)


def test_a_list_of_a_hundred_thousand_texts_is_one_look_up() -> None:
    items = tuple(f"company {place}" for place in range(100_000))
    node = compiled(In(field("company", "text"), "text", items))
    assert node.test(contact(company="company 99999"), 0, {}, None)
    assert not node.test(contact(company="company 100000"), 0, {}, None)


def test_tags_lists_campaigns_are_read_from_the_state() -> None:
    state = ContactState(
        key="id:1", created_at=0, tags={"hot"},
        subscriptions={"news": {"email": "subscribed", "sms": "pending"}, "old": {"email": "unsubscribed"}},
        members=[Member("onboarding", 1, 1, 0, 1, "wait", 0)],
    )  # fmt: skip
    assert holds(Tagged("hot"), state)
    assert not holds(Tagged("ho"), state)
    assert holds(Subscribed("news"), state)
    assert holds(Subscribed("news", "email"), state)
    assert not holds(Subscribed("news", "sms"), state)
    assert not holds(Subscribed("old"), state)
    assert not holds(Subscribed("unheard-of"), state)
    assert holds(InCampaign("onboarding"), state)
    assert not holds(InCampaign("other"), state)
    assert not any(holds(node) for node in (Tagged("hot"), Subscribed("news"), InCampaign("onboarding")))


def test_event_and_entry_properties_are_told_apart() -> None:
    member = Member("c", 1, 1, 0, 1, "s", 0, props={"sku": "a1"})
    entry = compare(Prop("entry", "sku", "text"), "==", lit("A1", "text"), "text")
    event = compare(Prop("event", "sku", "text"), "==", lit("A1", "text"), "text")
    assert holds(entry, member=member)
    assert not holds(event, member=member)
    assert holds(event, event={"sku": "a1"})
    assert not holds(entry, event={"sku": "a1"})


def test_and_or_not_are_plain_and_two_valued() -> None:
    yes, no = Const(True), Const(False)
    for first in (yes, no):
        for second in (yes, no):
            assert holds(And((first, second))) is (first.value and second.value)
            assert holds(Or((first, second))) is (first.value or second.value)
            assert holds(Not(And((first, second)))) is not (first.value and second.value)
    assert holds(And(()))
    assert not holds(Or(()))


def test_a_segment_is_asked_afresh_through_other_segments() -> None:
    segments = {
        "hot": And((InSegment("warm"), Tagged("hot"))),
        "warm": compare(field("score"), ">=", lit(50)),
    }
    node = compiled(Not(InSegment("hot")), segments=segments)
    state = ContactState(key="id:1", created_at=0, fields={"score": number(50)}, tags={"hot"}, segments=set())
    assert node.test(state, 0, {}, None) is False
    assert node.test(contact(score=number(50)), 0, {}, None) is True
    assert node.needs == {"field:score", "tag:hot"}


def test_needs_name_everything_that_is_read() -> None:
    node = And(
        (
            Subscribed("news"),
            InCampaign("c"),
            Or((Tagged("hot"), Not(IsSet(DayOf(field("seen", "datetime")))))),
        )
    )
    assert compiled(node).needs == {"list:news", "campaign:c", "tag:hot", "field:seen"}


def test_nothing_is_compiled_before_it_is_asked() -> None:
    def refuse(name: str) -> CompiledCondition:
        raise AssertionError(name)

    CompiledCondition(InSegment("hot"), {}, refuse, NEW_YORK)


def test_names_cannot_become_code() -> None:
    name = "x'); raise SystemExit((' \\ \n\x00\U0001f600"
    state = ContactState(key="id:1", created_at=0, fields={name: name.casefold()}, tags={name})
    assert holds(compare(field(name, "text"), "==", lit(name, "text"), "text"), state)
    assert holds(Tagged(name), state)
    assert not holds(Subscribed(name), state)
    assert holds(TextTest("contains", field(name, "text"), name), state)


@pytest.mark.parametrize("depth", [19, 20, 21, 400])
def test_deep_nests_of_conditions_and_arithmetic_work(depth) -> None:
    node, value = Tagged("a"), lit(0)
    for place in range(depth):
        node = Not(And((node, Tagged("b")))) if place % 2 else Or((node, Tagged("c")))
        value = Arith("+", value, field("score"))
    expected = True
    for place in range(depth):
        expected = not expected if place % 2 else expected
    assert holds(node, ContactState(key="k", created_at=0, tags={"a", "b"})) is expected
    assert holds(compare(value, "==", lit(depth)), contact(score=number(1)))


def test_a_thousand_parts_side_by_side_work() -> None:
    node = Or(tuple(compare(field("score"), "==", lit(place)) for place in range(1000)))
    assert holds(node, contact(score=number(999)))
    assert not holds(node, contact(score=number(1000)))


def test_the_source_of_a_condition_is_what_a_person_would_write() -> None:
    node = And((compare(field("score"), ">=", lit(50)), Tagged("webinar")))
    assert compiled(node).source == (
        "def test(s, now, e, m):\n"
        "    f = s.fields\n"
        "    return (f.get('score', 49999999999) >= 50000000000 and 'webinar' in s.tags)\n"
        "\n\n"
        "def next(s, now, e, m):\n"
        "    return None\n"
    )
