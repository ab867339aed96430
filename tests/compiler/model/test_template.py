"""What templates may say, and that whatever they may say can be filled in."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncue.compiler.templates import template
from oncue.compiler.templates.template import parse, parse_note
from oncue.runtime.messages.templates import Templates
from oncue.schemas.builtins import TEMPLATE_FILTERS

RIGHT = [
    "no template at all, with { and }",
    "{{ first_name | default('friend') }}",
    '{{ first_name|default("friend")|upper }}',
    "{% if company %}{{ company }}{% elif city == 'Bonn' %}B{% else %}-{% endif %}",
    "{% for one in interests %}{{ one | title }}{% if one == 'golf' %}!{% endif %}{% else %}none{% endfor %}",
    "{{ company if company else 'you' }} {{ first_name ~ ' ' ~ last_name }}",
    "{{ interests | join(', ') }} {{ interests | first | default('x') }} {{ interests | length }}",
    "{% if interests %}{{ interests | last }}{% endif %}",
    "{{ event.link | urlencode }} {{ entry.sku | truncate(20) | replace('a', 'b') | trim }}",
    "{# a comment #}{% raw %}{{ anything }}{% endraw %}",
    "{% if 'golf' in interests and not company %}x{% endif %}",
    "{{ deal.title | default('your deal') }} {% if account.industry %}{{ account.industry }}{% endif %}",
]
WRONG = [
    ("{{ first_name.__class__ }}", "T105"),
    ("{{ first_name.upper }}", "T105"),
    ("{{ _x }}", "T105"),
    ("{{ event }}", "T105"),
    ("{{ deal }}", "T105"),
    ("{{ account }}", "T105"),
    ("{{ deal.title.upper }}", "T105"),
    ("{{ interests[0] }}", "T105"),
    ("{{ range(10) }}", "T105"),
    ("{{ first_name.upper() }}", "T105"),
    ("{{ 1 + 1 }}", "T105"),
    ("{{ 'a' * 9999999 }}", "T105"),
    ("{% if score > 5 %}{% endif %}", "T105"),
    ("{% if score == 5 %}{% endif %}", "T105"),
    ("{% if company is defined %}{% endif %}", "T105"),
    ("{{ company if company }}", "T105"),
    ("{% include 'x' %}", "T105"),
    ("{% extends 'x' %}", "T105"),
    ("{% import 'x' as y %}", "T105"),
    ("{% set x = 1 %}", "T105"),
    ("{% macro x() %}{% endmacro %}", "T105"),
    ("{% block x %}{% endblock %}", "T105"),
    ("{% autoescape false %}{{ city }}{% endautoescape %}", "T105"),
    ("{% filter upper %}x{% endfilter %}", "T105"),
    ("{% if interests in city %}{% endif %}", "T105"),
    ("{% if 'a' in interests | length %}{% endif %}", "T105"),
    ("{{ interests | length | truncate(5) }}", "T106"),
    ("{{ first_name | safe }}", "T106"),
    ("{{ first_name | default }}", "T106"),
    ("{{ first_name | default(last_name) }}", "T106"),
    ("{{ first_name | truncate(1) }}", "T106"),
    ("{{ first_name | truncate(length=20) }}", "T106"),
    ("{{ interests | first }}", "T106"),
    ("{{ interests | first | upper | default('x') }}", "T106"),
    ("{% for x in 'abc' %}{% endfor %}", "T107"),
    ("{% for x in interests if x %}{% endfor %}", "T107"),
    ("{% for x, y in interests %}{% endfor %}", "T107"),
    ("{% for x in interests recursive %}{% endfor %}", "T107"),
    ("{% for x in interests %}{% for y in x %}{% endfor %}{% endfor %}", "T107"),
    ("{{ first_name", "T103"),
    ("{% if %}", "T103"),
    ("{{" + "(" * 5000 + "1" + ")" * 5000 + "}}", "T103"),
]
FULL = dict.fromkeys(("first_name", "last_name", "company", "city", "event.link", "entry.sku"), "Ana")
FULL |= {"deal.title": "Ana", "account.industry": "Ana"}
EMPTY = dict.fromkeys(FULL, "")


@pytest.mark.parametrize("text", RIGHT)
def test_right_templates_are_left_alone_and_can_be_filled_in(text: str) -> None:
    assert parse(text).problems == ()
    for values in ({**FULL, "interests": ["golf", "tennis"]}, {**EMPTY, "interests": []}):
        Templates().fill(text, values)


@pytest.mark.parametrize(("text", "code"), WRONG)
def test_wrong_templates_are_refused(text: str, code: str) -> None:
    assert [problem.code for problem in parse(text).problems] == [code]


def test_a_prefix_of_a_field_is_told_to_go() -> None:
    [problem] = parse("{{ contact.first_name }}").problems
    assert problem.hint == "write `first_name`"


def test_every_filter_of_the_list_can_be_used() -> None:
    arguments = {"default": "('x')", "replace": "('a', 'b')"}
    for name in TEMPLATE_FILTERS:
        default = "" if name == "length" else " | default('x')"
        text = f"{{{{ first_name | {name}{arguments.get(name, '')}{default} }}}}"
        assert parse(text).problems == (), name
        Templates().fill(text, EMPTY)


def test_the_names_of_a_template_are_told_from_loop_variables_and_texts() -> None:
    names = parse("{% for x in interests %}{{ x }}{{ city }}{% endfor %}{{ 'phone' }}{{ event.link }}").names
    assert [(name.side, name.name, name.looped) for name in names] == [
        ("", "interests", True),
        ("", "city", False),
        ("event", "link", False),
    ]


def test_a_value_is_bare_unless_it_has_a_default_or_an_if_around_it() -> None:
    text = "{{ city }}{{ state | default('') }}"
    text += "{% if phone %}{{ phone }}{{ company }}{% else %}{{ phone }}{% endif %}"
    assert [name.name for name in parse(text).names if name.bare] == ["city", "company", "phone"]


def test_a_note_prints_values_only() -> None:
    assert parse_note("{{ city }} {{ event.link | default('none') }}").problems == ()
    assert [problem.code for problem in parse_note("{{ city | upper }}").problems] == ["T110"]
    assert [problem.code for problem in parse_note("{% if city %}x{% endif %}").problems] == ["T110"]


_PLAIN = st.lists(
    st.sampled_from(
        [
            "{{ city }}",
            "{{city|default('x')}}",
            "{{ event.link }}",
            "{{ deal.title }}",
            "{{ account.industry | default('x') }}",
            '{{ entry.sku | default("") }}',
            "text\n",
            "}}",
            "%}",
        ]
    ),
    max_size=6,
).map("".join)


@settings(max_examples=100, deadline=None)
@given(_PLAIN)
def test_the_short_way_of_reading_finds_what_the_long_way_finds(text: str) -> None:
    assert parse(text) == template._parse_jinja(text)


_VALUE = st.sampled_from(["city", "event.link", "interests", "x", "'a'", "5", "first_name", "_a", "city.x"])
_FILTER = st.sampled_from(
    [*TEMPLATE_FILTERS, "default('d')", "replace('a','b')", "truncate(5)", "truncate(2)", "join(',')", "safe"]
)
_PRINTED = st.tuples(_VALUE, st.lists(_FILTER, max_size=3)).map(
    lambda it: "{{" + "|".join([it[0], *it[1]]) + "}}"
)
_TEST = st.tuples(_VALUE, st.sampled_from(["", "==", "!=", "in", ">", "and", "or"]), _VALUE).map(
    lambda it: f"{it[0]} {it[1]} {it[2]}" if it[1] else it[0]
)
_TEMPLATE = st.recursive(
    _PRINTED,
    lambda inner: st.one_of(
        st.tuples(_TEST, inner).map(lambda it: f"{{% if {it[0]} %}}{it[1]}{{% endif %}}"),
        st.tuples(_VALUE, inner).map(lambda it: f"{{% for x in {it[0]} %}}{it[1]}{{% endfor %}}"),
        st.tuples(_TEST, _VALUE).map(lambda it: f"{{{{ {it[1]} if {it[0]} else 'n' }}}}"),
        st.tuples(inner, inner).map("".join),
    ),
    max_leaves=5,
)


@settings(max_examples=200, deadline=None)
@given(_TEMPLATE)
def test_a_template_without_a_problem_is_filled_in_whatever_the_values(text: str) -> None:
    read = parse(text)
    names = {(name.side, name.name) for name in read.names}
    looped = {name.name for name in read.names if name.looped}
    known = {("", "city"), ("", "first_name"), ("", "interests"), ("event", "link")}
    if read.problems or not names <= known or not looped <= {"interests"}:
        return
    full = {"city": "Bonn", "first_name": "A", "interests": ["golf"], "event.link": "/x"}
    for values in (full, {"city": "", "first_name": "", "interests": [], "event.link": ""}):
        Templates().fill(text, values)
