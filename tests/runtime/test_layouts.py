"""Layouts, parts, styles and the text part of emails that have them."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncue.runtime.messages.message import Renderer, RenderFailedError
from oncue.runtime.messages.plain_text import text_of
from oncue.schemas.plan import Plan, Template
from tests.runtime.test_emails import AT, part, plan, skeleton

LAYOUT = """\
<!doctype html>
<html><head><title>{% block title %}Acme{% endblock %}</title>
<style>
  body { margin: 0; font-family: Arial }
  h1, .big { color: #123456 }
  .button { background: #0066cc; color: white !important }
  a:hover { color: red }
  @media (max-width: 600px) { .page { width: auto !important } }
</style></head>
<body><table role="presentation" width="100%"><tr><td>
<div class="page">{% block content %}<p>Nothing yet, {{ first_name }}.</p>{% endblock %}</div>
{% include "parts/foot.md" %}
</td></tr></table></body></html>
"""
PARTS = {
    "layouts/base.html": Template(LAYOUT, "html"),
    "layouts/plain.md": Template("{% block content %}Empty{% endblock %}\n\n*Yours, Acme*\n", "markdown"),
    "parts/foot.md": Template("Acme Ltd, [our site](https://acme.test/)\n", "markdown"),
    "parts/button.html": Template('<a class="button" href="https://x.test/">Go</a>', "html"),
    "parts/loop.md": Template('{% include "parts/loop.md" %}', "markdown"),
}
BODY = """\
{% extends "layouts/base.html" %}
{% block title %}For **{{ first_name }}**{% endblock %}
{% block content %}
# Hello {{ first_name }}

You like:

- golf
- *tea*

{% include "parts/button.html" %}
More **soon**.
{% endblock %}
"""


def letter(
    body: str, form: Any = "markdown", parts: dict[str, Template] | None = None, **values: Any
) -> bytes:
    by: Plan = msgspec.structs.replace(plan(body=body, form=form), templates={**PARTS, **(parts or {})})
    payload = {"email": "invite", "to": "ana@x.test", "list": "news", "values": values}
    return Renderer(by).render("email", "key1", msgspec.json.encode(payload), AT).data


def html_of(body: str, form: Any = "markdown", **values: Any) -> str:
    return part(letter(body, form, **values), "html")


def test_a_markdown_body_fills_the_blocks_of_an_html_layout() -> None:
    html = html_of(BODY, first_name="Ana")
    assert '<h1 style="color: #123456;">Hello Ana</h1>' in html
    assert "<li><em>tea</em></li>" in html
    assert "Nothing yet" not in html
    assert "<p>More <strong>soon</strong>.</p>" in html


def test_a_block_on_one_line_gets_no_paragraph() -> None:
    body = BODY.replace("**", "")
    assert "<title>For Ana</title>" in html_of(body, first_name="Ana")


def test_a_block_that_nobody_fills_keeps_what_the_layout_says() -> None:
    html = html_of('{% extends "layouts/base.html" %}', first_name="Ana")
    assert "<p>Nothing yet, Ana.</p>" in html
    assert "<title>Acme</title>" in html


def test_a_markdown_part_is_rendered_where_html_includes_it() -> None:
    assert '<a href="https://acme.test/">our site</a>' in html_of(BODY)


def test_an_html_part_stays_html_in_markdown() -> None:
    assert '<a class="button" href="https://x.test/" style="' in html_of(BODY)
    inline = html_of("Please {% include 'parts/button.html' %} *now*")
    assert '<p>Please <a class="button" href="https://x.test/">Go</a> <em>now</em></p>' in inline


def test_an_html_body_may_include_markdown_and_extend_a_layout() -> None:
    body = '{% extends "layouts/base.html" %}{% block content %}<h1>Hi</h1>'
    body += '{% include "parts/foot.md" %}{% endblock %}'
    html = html_of(body, "html")
    assert html.count('<p>Acme Ltd, <a href="https://acme.test/">our site</a></p>') == 2
    assert "<h1 style=" in html


def test_a_markdown_layout_makes_one_markdown_text() -> None:
    data = letter(
        '{% extends "layouts/plain.md" %}{% block content %}\n# Hi {{ first_name }}\n{% endblock %}',
        first_name="A",
    )
    assert part(data, "plain") == "# Hi A\n\n*Yours, Acme*\n"
    assert "<h1>Hi A</h1>\n<p><em>Yours, Acme</em></p>" in part(data, "html")


def test_styles_stand_in_the_tags_and_what_only_a_sheet_can_say_stays() -> None:
    html = html_of(BODY)
    assert '<body style="margin: 0;font-family: Arial;">' in html
    assert "@media (max-width: 600px)" in html
    assert ".big" not in html


def test_a_style_sheet_elsewhere_is_never_fetched() -> None:
    html = html_of(
        '<link rel="stylesheet" href="file:///etc/passwd"><style>p{color:red}</style><p>x</p>', "html"
    )
    assert 'style="color:red' in html.replace(": ", ":")
    assert "root:" not in html


def test_the_text_part_reads_like_a_letter() -> None:
    assert part(letter(BODY, first_name="Ana"), "plain") == (
        "# Hello Ana\n\nYou like:\n\n- golf\n- *tea*\n\n[Go](https://x.test/)\n\nMore **soon**.\n\n"
        "Acme Ltd, [our site](https://acme.test/)\n"
    )


def test_tables_of_data_keep_their_columns_and_what_is_hidden_is_left_out() -> None:
    text = text_of(
        "<style>p{}</style><p>A&nbsp;b</p><div style='display: none'>preview</div>"
        "<table><tr><th>Item</th><th>Price</th></tr><tr><td>Tea</td><td>10</td></tr></table>"
        "<ol><li>one</li><li>two</li></ol><img src='x.png' alt='Logo'><img src='y.png'>"
    )
    assert text == "A b\n\n| Item | Price |\n| --- | --- |\n| Tea | 10 |\n\n1. one\n2. two\n\nLogo\n"


def test_values_of_a_deal_and_an_account_are_shown() -> None:
    by = plan(
        body="{{ deal.value }} {{ account.industry }}.", deal_uses=("value",), account_uses=("industry",)
    )
    payload = {"email": "invite", "to": "a@x.test", "values": {"deal.value": "500"}}
    data = Renderer(by).render("email", "k", msgspec.json.encode(payload), AT).data
    assert part(data, "plain").strip() == "500 ."


# --- what goes wrong at send time is a final no


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ('{% include "parts/gone.md" %}', "template: the plan has no template 'parts/gone.md'"),
        ('{% extends "../../etc/passwd" %}', "template: the plan has no template"),
        ('{% include "parts/loop.md" %}', "include one another without end"),
        ("{% if first_name %}{% extends 'layouts/base.html' %}{% endif %}x", "not clear which layout"),
        ("<div>" * 200 + "x", "nested more than 150 elements deep"),
        ("<style>p { color: red }</style>" + "<div>" * 200 + "x", "nested more than 150 elements deep"),
        ("{% include secret %}", "template: 'secret' is undefined"),
    ],
)
def test_a_template_that_cannot_be_put_together_is_a_final_no(body: str, why: str) -> None:
    with pytest.raises(RenderFailedError, match=why):
        letter(body)


def test_tables_in_one_another_without_end_are_a_final_no() -> None:
    with pytest.raises(RenderFailedError, match="nested too deeply"):
        letter("<table><tr><td>" * 140 + "x", "html")


def test_elements_that_need_no_end_are_not_inside_one_another() -> None:
    html = "<style>li { color: red }</style><ol>" + "<li>one <p>two<br>" * 400
    data = letter(html, "html")
    assert part(data, "html").count('<li style="color: red;">') == 400
    assert part(data, "plain").startswith("1. one\n")
    assert "400. one" in part(data, "plain")


def test_a_body_that_grows_too_large_is_a_final_no() -> None:
    body = "{% for one in interests %}{% for two in interests %}{{ one }}{% endfor %}{% endfor %}"
    with pytest.raises(RenderFailedError, match="larger than 1,000,000 characters"):
        letter(body, interests=["x" * 500] * 50)


# --- a value stays a value in a layout too


@pytest.mark.parametrize(
    "value", ["red} body{display:none", "x; background: url(https://evil.test/)", "</style><b>"]
)
@pytest.mark.parametrize("sheet", ["p { color: C }", "@media print { p { color: C } }"])
def test_a_value_in_a_style_makes_no_rule_and_loads_nothing(sheet: str, value: str) -> None:
    html = html_of(
        f"<style>{sheet.replace('C', '{{ first_name }}')}</style><p>x</p>", "html", first_name=value
    )
    assert "url(" not in html
    assert "://" not in html
    assert "{display" not in html
    assert skeleton(html) == skeleton(
        html_of(f"<style>{sheet.replace('C', '{{ first_name }}')}</style><p>x</p>", "html", first_name="red")
    )


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=40))
def test_no_text_changes_what_a_page_with_a_layout_is_made_of(value: str) -> None:
    assert skeleton(html_of(BODY, first_name=value)) == skeleton(html_of(BODY, first_name="N"))


def test_a_layout_that_holds_the_mark_of_values_gets_another() -> None:
    parts = {"parts/foot.md": Template("oncuevalue0q oncuevaluex[m]\n", "markdown")}
    body = '{{ first_name }} oncuevaluexx0q {% include "parts/foot.md" %}'
    assert part(letter(body, parts=parts, first_name="Ana"), "plain") == (
        "Ana oncuevaluexx0q oncuevalue0q oncuevaluex[m]\n"
    )
