"""Bodies that build on layouts and bring in parts: what of them the plan has, and what is said of them."""

from __future__ import annotations

import pytest

from oncue.compiler.diagnostics import Diagnostic
from oncue.compiler.pipeline import compile_files
from oncue.runtime.messages.templates import Templates
from oncue.schemas.plan import Plan

SETTINGS = b"""project: acme
timezone: America/New_York
account_fields: {industry: text}
deal_fields: {seats: number}
events: {purchase: {sku: text}}
"""
EMAILS = b"""lists: [news]
emails:
  invite: {subject: Spring, body: emails/invite.md, list: news}
campaigns:
  spring: {starts_when: [manual], steps: [{send_email: invite}]}
"""
LAYOUT = "<html>{% block head %}{% endblock %}<p>{% block main %}Nothing new{% endblock %}</p></html>"


def compiled(**texts: str) -> tuple[Plan | None, list[Diagnostic]]:
    """`texts` are files: ``body``, ``base_html`` (layouts/base.html), all others parts: ``foot_md``."""
    paths = {"body": "emails/invite.md", "base_html": "layouts/base.html"}
    files = {
        paths.get(name, f"parts/{name.replace('_', '.')}"): text.encode() for name, text in texts.items()
    }
    return compile_files({"oncue.yaml": SETTINGS, "emails.yaml": EMAILS, **files})


def said(**texts: str) -> list[tuple[str, str, int, int]]:
    return [
        (each.code, each.span.path, each.span.line, each.span.column)
        for each in compiled(**texts)[1]
        if each.severity == "error"
    ]


def plan_of(**texts: str) -> Plan:
    plan, diagnostics = compiled(**texts)
    assert plan is not None, diagnostics
    return plan


def test_a_body_brings_its_layouts_and_parts_into_the_plan() -> None:
    plan = plan_of(
        body='{% extends "layouts/base.html" %}\n{% block main %}{% include "parts/foot.md" %}{% endblock %}',
        base_html=LAYOUT,
        foot_md='Bye {% include "parts/legal.html" %}',
        legal_html="<small>Acme</small>",
        other_md="nobody brings me in",
    )
    assert {path: part.format for path, part in plan.templates.items()} == {
        "layouts/base.html": "html",
        "parts/foot.md": "markdown",
        "parts/legal.html": "html",
    }
    assert plan.templates["layouts/base.html"].text == LAYOUT


def test_what_an_email_reads_is_gathered_from_all_its_files() -> None:
    email = plan_of(
        body='{% extends "layouts/base.html" %}{% block main %}{{ city | default("x") }}{% endblock %}',
        base_html=LAYOUT + '{{ account.industry | default("all") }}{% include "parts/foot.md" %}',
        foot_md="{% if deal.seats %}{{ deal.seats }} {{ deal.title }}{% endif %}{{ first_name }}",
    ).emails["invite"]
    assert email.uses == ("city", "first_name")
    assert email.deal_uses == ("seats", "title")
    assert email.account_uses == ("industry",)


def test_a_changed_layout_changes_the_emails_that_use_it() -> None:
    body = '{% extends "layouts/base.html" %}{% block main %}Hello{% endblock %}'
    one = plan_of(body=body, base_html=LAYOUT).emails["invite"]
    other = plan_of(body=body, base_html=LAYOUT.replace("<p>", "<div>")).emails["invite"]
    assert one.digest != other.digest


def test_a_wrong_name_in_a_layout_is_told_once_at_its_own_line() -> None:
    two = EMAILS.replace(b"emails:", b"emails:\n  second: {subject: S, body: emails/second.md, list: news}")
    body = b'{% extends "layouts/base.html" %}'
    files = {
        "emails/invite.md": body,
        "emails/second.md": body,
        "layouts/base.html": b"<html>\n<p>{{ frist_name }}</p>",
    }
    _, diagnostics = compile_files({"oncue.yaml": SETTINGS, "emails.yaml": two, **files})
    [error] = [each for each in diagnostics if each.severity == "error"]
    assert (error.code, error.span.path, error.span.line, error.span.column) == (
        "T104",
        "layouts/base.html",
        2,
        7,
    )
    assert error.hint == "did you mean `first_name`?"


def test_what_may_be_missing_in_a_part_asks_for_a_default() -> None:
    _, diagnostics = compiled(
        body='{% include "parts/foot.md" %}', foot_md="{{ deal.title }}{{ account.industry | default('x') }}"
    )
    [note] = [each for each in diagnostics if each.code == "T201"]
    assert note.message == "`deal.title` may be missing, and then nothing is printed"
    assert note.span.path == "parts/foot.md"


def test_an_event_that_a_part_prints_must_be_there_where_the_email_is_sent() -> None:
    body, foot = '{% include "parts/foot.md" %}', "{{ entry.sku }}"
    assert [code for code, *_ in said(body=body, foot_md=foot)] == ["T109"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('{% include "parts/none.md" %}', ("T101", 13)),
        ('{% include "../foot.md" %}', ("T101", 13)),
        ('{% include "/parts/foot.md" %}', ("T101", 13)),
        ('{% include "./parts/foot.md" %}', ("T101", 13)),
        ('{% include "parts/foot.txt" %}', ("T102", 13)),
        ('{% include "" %}', ("T105", 4)),
        ("{% include first_name %}", ("T105", 4)),
        ('{% include ["parts/foot.md", "x.md"] %}', ("T105", 4)),
        ('{% include "parts/foot.md" ignore missing %}', ("T105", 4)),
        ('{% include "parts/foot.md" without context %}', ("T105", 4)),
        ('{% if city %}{% extends "layouts/base.html" %}{% endif %}', ("T112", 17)),
        ('Hello {% extends "layouts/base.html" %}', ("T112", 10)),
        ('{% extends "layouts/base.html" %}{% extends "layouts/base.html" %}', ("T112", 1)),
        ('{% extends "layouts/base.html" %}Hello', ("T112", 1)),
        ('{% extends "layouts/base.html" %}{% block mian %}{% endblock %}', ("T113", 43)),
        ('{% extends "emails/invite.md" %}', ("T111", 13)),
        ("{% block a %}{% endblock %}{% block a %}{% endblock %}", ("T105", 10)),
        ("{% block a required %}{% endblock %}", ("T105", 10)),
        ("{% for a in city %}{% endfor %}", ("T107", 13)),
        ("{% block a %}{{ super() }}{% endblock %}", ("T105", 22)),
    ],
)
def test_what_a_body_may_not_say_of_other_files(body: str, expected: tuple[str, int]) -> None:
    code, column = expected
    assert said(body=body, base_html=LAYOUT, foot_md="Bye", foot_txt="Bye") == [
        (code, "emails/invite.md", 1, column)
    ]


def test_a_message_in_the_place_of_a_file_is_told_where_to_go() -> None:
    written = EMAILS.replace(b"emails/invite.md", b'"Hello {{ first_name }}"')
    (found,) = compile_files({"oncue.yaml": SETTINGS, "emails.yaml": written})[1]
    told = (found.code, found.message, found.hint)
    assert told == (
        "T102",
        "a body is the name of a file",
        "write it into a file such as `invite.md`",
    )


def test_a_circle_is_told_once_with_its_way() -> None:
    _, diagnostics = compiled(
        body='{% include "parts/a.md" %}',
        a_md='{% include "parts/b.md" %}',
        b_md='Bye\n{% include "parts/a.md" %}',
    )
    [error] = [each for each in diagnostics if each.severity == "error"]
    assert (error.code, error.span.path, error.span.line) == ("T111", "parts/b.md", 2)
    assert error.message.endswith("parts/a.md -> parts/b.md -> parts/a.md")


def test_files_in_one_another_end_somewhere() -> None:
    texts = {f"p{n}_md": f'{{% include "parts/p{n + 1}.md" %}}' for n in range(50)}
    [(code, *_)] = said(body='{% include "parts/p0.md" %}', **texts, p50_md="end")
    assert code == "T111"


def test_a_block_sees_no_loop_around_it() -> None:
    layout = "{% for one in interests %}{% block main %}{{ one }}{% endblock %}{% endfor %}"
    fields = SETTINGS + b"fields: {interests: {type: text, many: true}}\n"
    files = {"emails/invite.md": layout.encode()}
    _, diagnostics = compile_files({"oncue.yaml": fields, "emails.yaml": EMAILS, **files})
    assert [each.code for each in diagnostics if each.severity == "error"] == ["T104"]


def test_a_layout_may_build_on_a_layout() -> None:
    plan = plan_of(
        body='{% extends "parts/mid.html" %}{% block head %}Hi{% endblock %}{% block inner %}x{% endblock %}',
        mid_html='{% extends "layouts/base.html" %}{% block main %}'
        "{% block inner %}{% endblock %}{% endblock %}",
        base_html=LAYOUT,
    )
    assert set(plan.templates) == {"layouts/base.html", "parts/mid.html"}


def test_a_subject_and_a_note_name_no_files() -> None:
    emails = EMAILS.replace(b"subject: Spring", b"subject: '{% include \"parts/foot.md\" %}'")
    files = {"emails/invite.md": b"Hello", "parts/foot.md": b"x"}
    _, diagnostics = compile_files({"oncue.yaml": SETTINGS, "emails.yaml": emails, **files})
    assert [each.code for each in diagnostics if each.severity == "error"] == ["T105"]


@pytest.mark.parametrize(
    "texts",
    [
        {"body": '{% extends "layouts/base.html" %}{% block main %}{{ deal.title }}{% endblock %}'},
        {"body": '{% include "parts/foot.md" %}{% block own %}{{ account.industry }}{% endblock %}'},
        {"body": '{% extends "parts/mid.html" %}\n{% block main %}*{{ city }}*\n\ntwo{% endblock %}'},
        {"body": '{% if city %}{% include "parts/foot.md" %}{% endif %}{% block a %}{% endblock %}'},
    ],
)
@pytest.mark.parametrize("value", ["", "<Ana> & *co*"])
def test_what_passes_can_be_filled_in(texts: dict[str, str], value: str) -> None:
    plan = plan_of(
        **texts,
        base_html=LAYOUT,
        mid_html='{% extends "layouts/base.html" %}{% block head %}{{ state }}{% endblock %}',
        foot_md="Bye **{{ first_name }}**",
    )
    email = plan.emails["invite"]
    names = [*email.uses, *(f"deal.{name}" for name in email.deal_uses)]
    values: dict[str, str | list[str]] = dict.fromkeys(
        [*names, *(f"account.{name}" for name in email.account_uses)], value
    )
    _, html = Templates(plan.templates).body(email.body, email.body_format, values)
    assert "<Ana>" not in html
    assert ("&lt;Ana&gt;" in html) is bool(value)
