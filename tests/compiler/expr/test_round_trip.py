"""Reading what was written gives the same tree; the written form is the one form."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from oncue.compiler.expr import nodes as n
from oncue.compiler.expr.parse import parse
from oncue.compiler.expr.unparse import unparse
from tests.compiler.expr.strategies import conditions, trees


def read(text: str) -> n.Node:
    tree, issues = parse(text)
    assert issues == (), (text, issues)
    assert tree is not None
    return tree


@settings(max_examples=200, deadline=None)
@given(trees())
def test_reading_the_written_form_gives_the_tree(tree: n.Node) -> None:
    assert read(unparse(tree)) == tree


@settings(max_examples=100, deadline=None)
@given(conditions())
def test_writing_what_was_read_changes_nothing_any_more(tree: n.Node) -> None:
    once = unparse(read(unparse(tree)))
    assert unparse(read(once)) == once


@settings(max_examples=100, deadline=None)
@given(trees())
def test_every_node_knows_its_own_stretch_of_the_text(tree: n.Node) -> None:
    text = unparse(tree)
    waiting = [read(text)]
    while waiting:
        node = waiting.pop()
        assert 0 <= node.start < node.end <= len(text)
        for child in n.children(node):
            assert node.start <= child.start <= child.end <= node.end
            waiting.append(child)


def test_trees_differ_where_their_meaning_does() -> None:
    assert read("a == 1") == read("  a  ==  1.0 ")
    assert read("a == 1") != read("a == 2")
    assert read("a == 1") != read("a != 1")
    assert read("a - (b - c) > 0") != read("a - b - c > 0")
    assert read("a == 1 and b == 2 or c == 3") != read("a == 1 and (b == 2 or c == 3)")


@pytest.mark.parametrize(
    ("typed", "form"),
    [
        ('owner is "ana"', 'owner == "ana"'),
        ('owner is not "ana"', 'owner != "ana"'),
        ("vip is true", "vip == true"),
        ("created_at is before 2026-07-01", "created_at before 2026-07-01"),
        ("created_at is not after today", "not created_at after today"),
        ("created_at < 2026-07-01", "created_at before 2026-07-01"),
        ("today at 9:05 > created_at", "today at 09:05 after created_at"),
        ("created_at is older than 90 days", "created_at older than 90 days"),
        ("created_at is not older than 1 days", "not created_at older than 1 day"),
        ("trial_ends is within the next 2 week", "trial_ends within next 2 weeks"),
        ('country not in ["US",]', 'not country in ["US"]'),
        ('country is in ["US","CA"]', 'country in ["US", "CA"]'),
        ('country is not in ["US"]', 'not country in ["US"]'),
        ('city does not contain "York"', 'not city contains "York"'),
        ('city not starts with "New"', 'not city starts with "New"'),
        ('interests does not have "golf"', 'not interests has "golf"'),
        ('not tagged "a"', 'not tagged "a"'),
        ('is not tagged "a"', 'not tagged "a"'),
        ('is tagged "a"', 'tagged "a"'),
        ("is not in segment hot-leads", "not in segment hot-leads"),
        ("is in campaign onboarding", "in campaign onboarding"),
        ('is not subscribed to "newsletter" by sms', "not subscribed to newsletter by sms"),
        ("not phone is set", "phone is not set"),
        ("did not purchase", "not did purchase"),
        ("did purchase at least 1 times in the last 30 day", "did purchase at least 1 time in last 30 days"),
        ("did  web_page.visit of\n\t'x'".replace("'", '"'), "did web_page.visit of x"),
        ('did web_page.visit of "step"', 'did web_page.visit of "step"'),
        ("((score > (5)))", "score > 5"),
        ("(a == 1 and b == 2) and c == 3", "a == 1 and b == 2 and c == 3"),
        ("(a == 1 and b == 2) or c == 3", "a == 1 and b == 2 or c == 3"),
        ("not (a == 1) and b == 2", "not a == 1 and b == 2"),
        ("(a + b) * 2 > a + (b + 1)", "(a + b) * 2 > a + (b + 1)"),
        ("score > +05.50", "score > 5.5"),
        ("did purchase where (total > 5) in last 1 day", "did purchase where total > 5 in last 1 day"),
        ("count(purchase where not (a == 1 or b)) > 01", "count(purchase where not (a == 1 or b)) > 1"),
        (r'city == "a\"b\\c"', r'city == "a\"b\\c"'),
    ],
)  # fmt: skip
def test_what_people_type_has_one_form(typed: str, form: str) -> None:
    assert unparse(read(typed)) == form
    assert unparse(read(form)) == form
