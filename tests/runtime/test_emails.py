"""Emails: what leaves, byte for byte, and what a value can never do."""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncue.runtime.connectors.outbox_folder import OutboxFolder
from oncue.runtime.errors import OutputError
from oncue.runtime.messages.message import Message, Renderer, RenderFailedError
from oncue.schemas.parts import Position
from oncue.schemas.plan import ConnectorSpec, Email, Plan, Settings

GOLDEN = Path(__file__).parents[1] / "golden" / "emails"
NOWHERE = Position(0, 0, 0)
AT = 1_772_460_000_000_000  # 2026-03-02T14:00Z

MARKDOWN = """\
# Hello {{ first_name | default('friend') }}

We saw **{{ company }}** at [our page](https://acme.test/p?who={{ email | urlencode }}&n={{ first_name }}).
{% if interests %}
You like:
{% for one in interests %}
- {{ one | upper }}
{% endfor %}{% endif %}
"""
HTML = """\
<html><head><title>x</title></head><body>
<h1 title="{{ first_name }}">Hello {{ first_name }}</h1>
<p>Read <a href="https://acme.test/{{ company }}">this</a>, {{ event.sku }}.</p>
</body></html>
"""


def plan(
    subject: str = "For {{ first_name }}", body: str = MARKDOWN, form: Any = "markdown", **more: Any
) -> Plan:
    uses = ("first_name", "company", "email", "interests", "link")
    spec = Email(
        NOWHERE,
        "",
        subject,
        body,
        form,
        "x",
        uses=uses,
        event_uses=("sku",),
        list=more.pop("list", "news"),
        **more,
    )
    connector = ConnectorSpec("outbox", {"from": "Acme Größe <hello@acme.test>"}, NOWHERE)
    return Plan(
        project="acme", settings=Settings("UTC"), files=(), fields={}, events={}, emails={"invite": spec},
        connectors={"email": connector},
    )  # fmt: skip


def render(by: Plan, to: str = "ana@x.test", **values: Any) -> bytes:
    payload = {"email": "invite", "to": to, "values": values}
    if by.emails["invite"].list:
        payload["list"] = by.emails["invite"].list
    return Renderer(by).render("email", "key123", msgspec.json.encode(payload), AT).data


def read(data: bytes) -> EmailMessage:
    message = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    return message


def part(data: bytes, kind: str) -> str:
    found = read(data).get_body((kind,))
    assert found is not None
    return str(found.get_content()).replace("\r\n", "\n")


ANA = {"first_name": "Ana", "company": "Sol & Söhne", "email": "a+b@x.test", "interests": ["golf", "tea"]}
GOLDENS = {
    "markdown": (
        plan(),
        {"first_name": "Ana", "company": "Sol & Söhne", "email": "a+b@x.test", "interests": ["golf", "tea"]},
    ),
    "markdown-empty": (plan(), {}),
    "html": (plan(body=HTML, form="html"), {"first_name": "Ana <3", "company": "Sol", "event.sku": "A1"}),
    "operational": (plan(operational=True, reply_to="desk@acme.test"), {"first_name": "Ana"}),
}


@pytest.mark.parametrize("name", GOLDENS)
def test_an_email_as_it_leaves(name: str, rewrite: bool) -> None:
    by, values = GOLDENS[name]
    data = render(by, **values)
    path = GOLDEN / f"{name}.eml"
    if rewrite:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    assert data == path.read_bytes()


def test_the_same_effect_gives_the_same_bytes() -> None:
    assert render(plan(), first_name="Ana") == render(plan(), first_name="Ana")


def test_text_and_html_say_the_same() -> None:
    data = render(plan(), first_name="Ana", company="Sol", interests=["golf"])
    assert read(data).get_content_type() == "multipart/alternative"
    assert "# Hello Ana" in part(data, "plain")
    assert "<h1>Hello Ana</h1>" in part(data, "html")
    assert "<li>GOLF</li>" in part(data, "html")


def test_an_html_body_gets_a_text_part() -> None:
    text = part(render(plan(body=HTML, form="html"), first_name="Ana", company="Sol"), "plain")
    assert "# Hello Ana" in text
    assert "[this](https://acme.test/Sol)" in text
    assert "<" not in text


@pytest.mark.parametrize(("body", "form"), [(MARKDOWN, "markdown"), (HTML, "html")])
def test_a_link_in_the_text_part_can_be_followed(body: str, form: str) -> None:
    by = plan(body=body, form=form)
    text = part(render(by, first_name="A (b) & c", company="x/y) z", email="a@x.test"), "plain")
    assert "# Hello A (b) & c" in text
    if form == "markdown":
        assert "[our page](https://acme.test/p?who=a%40x.test&n=A%20%28b%29%20%26%20c)" in text
    else:
        assert "[this](https://acme.test/x%2Fy%29%20z)" in text


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("Müller, Größe & Söhne <hello@acme.test>", "Müller, Größe & Söhne"),
        ('"A, B" <hello@acme.test>', "A, B"),
        ("Acme, Inc. <hello@acme.test>", "Acme, Inc."), ('J "JJ" O <hello@acme.test>', 'J "JJ" O'),
        ('"J \\"JJ\\" O" <hello@acme.test>', 'J "JJ" O'), ("<hello@acme.test>", ""), ("hello@acme.test", ""),
    ],
)  # fmt: skip
def test_a_senders_name_may_hold_commas_and_quotation_marks(given: str, name: str) -> None:
    raw = render(plan(from_=given))
    sender = email.message_from_bytes(raw, policy=email.policy.default)["From"].addresses
    assert [(each.display_name, each.addr_spec) for each in sender] == [(name, "hello@acme.test")]


def test_headers_name_sender_recipient_subject_date_and_message() -> None:
    message = read(render(plan(), first_name="Ana"))
    assert (message["From"], message["To"], message["Subject"]) == (
        "Acme Größe <hello@acme.test>", "ana@x.test", "For Ana",
    )  # fmt: skip
    assert message["Message-ID"] == "<key123@acme.test>"
    assert message["Date"].datetime.isoformat() == "2026-03-02T14:00:00+00:00"


def test_a_lists_messages_can_be_left_with_one_click() -> None:
    message = read(render(plan(), first_name="Ana"))
    address, mail = (one.strip(" <>\r\n") for one in message["List-Unsubscribe"].split(","))
    assert address.startswith("https://acme.test/")
    assert address.endswith("key123")
    assert mail == "mailto:unsubscribe@acme.test?subject=key123"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


@pytest.mark.parametrize("more", [{"operational": True}, {"list": None}])
def test_other_messages_carry_no_unsubscribe_header(more: dict[str, Any]) -> None:
    message = read(render(plan(**more), first_name="Ana"))
    assert message["List-Unsubscribe"] is None
    assert message["List-Unsubscribe-Post"] is None


def test_a_declared_name_without_a_value_is_empty() -> None:
    assert read(render(plan(subject="Hi {{ first_name }}!")))["Subject"] == "Hi !"
    assert (
        read(render(plan(subject="Hi {{ first_name | default('you') }}"), first_name=""))["Subject"]
        == "Hi you"
    )


def test_an_undeclared_name_or_a_removed_email_is_a_final_no() -> None:
    with pytest.raises(RenderFailedError, match="template: 'secret' is undefined"):
        render(plan(body="{{ secret }}"))
    with pytest.raises(RenderFailedError, match="no email gone"):
        Renderer(plan()).render("email", "k", b'{"email": "gone", "to": "a@x.test"}', AT)


@pytest.mark.parametrize(
    "body",
    [
        "{{ first_name.__class__ }}", "{{ first_name['__class__'] }}", "{% include 'x' %}", "{{ range(9) }}",
        "{{ first_name | attr('upper') }}", "{{ ''.join.__globals__ }}", "{{ self._Reference__context }}",
    ],
)  # fmt: skip
def test_a_template_reaches_nothing_but_its_values(body: str) -> None:
    with pytest.raises(RenderFailedError, match="template:"):
        render(plan(body=body), first_name="Ana")


# --- what a value can never do


EVIL = [
    "<script>alert(1)</script>", "[click](https://evil.test)", "![x](https://evil.test/x.png)", "</p><h1>",
    "**bold**", "`code`", "# head", "javascript:alert(1)", "\" onmouseover=\"x", "' x='", "{{ 7*7 }}",
    "<https://evil.test>", "a\n\n# b", "&lt;b&gt;", "https://evil.test", "onca lue\u2028x",
]  # fmt: skip


@pytest.mark.parametrize("value", EVIL)
def test_a_name_is_never_read_as_markdown_or_html(value: str) -> None:
    body = (
        "Dear {{ first_name }},\n\n{{ first_name }}\n\n<b title='{{ first_name }}'>x</b> `{{ first_name }}`\n"
    )
    plain = part(render(plan(body=body), first_name="NAME"), "html")
    html = part(render(plan(body=body), first_name=value), "html")
    assert skeleton(html) == skeleton(plain)


def skeleton(html: str) -> list[tuple[str, tuple[str, ...]]]:
    """The tags of a page with the names of their attributes."""
    from html.parser import HTMLParser

    found = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append((tag, tuple(name for name, _ in attrs)))

        def handle_endtag(self, tag: str) -> None:
            found.append((f"/{tag}", ()))

    Reader().feed(html)
    return found


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=40))
def test_no_text_changes_what_a_page_is_made_of(value: str) -> None:
    body = "Dear {{ first_name }}, <i class={{ first_name }}>x</i> [a](https://x.test/?q={{ first_name }})\n"
    html = part(render(plan(subject="x", body=body), first_name=value), "html")
    assert skeleton(html) == skeleton(part(render(plan(subject="x", body=body), first_name="N"), "html"))


def test_an_address_made_of_a_value_may_only_lead_to_the_web() -> None:
    body = "[go]({{ link }}) <a href='{{ link }}'>go</a>\n"
    good = part(render(plan(body=body), link="https://x.test/a?b=c&d=e"), "html")
    assert good.count('href="https://x.test/a?b=c&amp;d=e"') == 2
    bad = part(render(plan(body=body), link="javascript:alert(1)"), "html")
    assert bad.count('href="#"') == 2
    assert "javascript" not in bad


def test_a_value_inside_an_address_is_encoded() -> None:
    body = "[go](https://x.test/?a={{ first_name }}&b={{ first_name | urlencode }})\n"
    html = part(render(plan(body=body), first_name="A&b=c d"), "html")
    assert "https://x.test/?a=A%26b%3Dc%20d&amp;b=A%26b%3Dc%20d" in html


@pytest.mark.parametrize(
    "value", ["x\r\nBcc: evil@x.test", "x\nBcc: evil@x.test", "x\x0bBcc: e", "x\u2028Bcc: e", "x\r"]
)
def test_a_value_never_makes_a_header(value: str) -> None:
    data = render(plan(), first_name=value)
    message = read(data)
    assert message["Bcc"] is None
    assert message.keys() == read(render(plan(), first_name="Ana")).keys()
    assert message["Subject"].startswith("For x")


@pytest.mark.parametrize(
    "to", ["a@x.test\r\nBcc: e@x.test", "a@x.test, e@x.test", "Eve <e@x.test>", "nobody", ""]
)
def test_an_address_that_is_none_is_a_final_no(to: str) -> None:
    with pytest.raises(RenderFailedError, match="address"):
        render(plan(), to=to, first_name="Ana")


def test_a_domain_of_other_letters_travels_in_ascii() -> None:
    data = render(plan(from_="Größe <hallo@grün.test>", reply_to="da@grün.test"), to="ana@münchen.test")
    message = read(data)
    assert message["To"] == "ana@xn--mnchen-3ya.test"
    assert message["From"] == "Größe <hallo@xn--grn-ioa.test>"
    assert message["Reply-To"] == "da@xn--grn-ioa.test"
    assert message["Message-ID"].endswith("@xn--grn-ioa.test>")
    with pytest.raises(RenderFailedError, match="before the @ stand letters"):
        render(plan(), to="jürgen@acme.test")


def test_a_long_or_foreign_subject_is_folded() -> None:
    message = read(render(plan(subject="{{ first_name }}"), first_name="Grüße " * 40))
    assert message["Subject"] == ("Grüße " * 40).strip()
    lines = render(plan(subject="{{ first_name }}"), first_name="word " * 60).split(b"\r\n")
    assert max(map(len, lines)) < 998


def test_every_line_of_a_message_fits_into_smtp() -> None:
    data = render(plan(body="{{ first_name }}"), first_name="x" * 5_000)
    assert max(map(len, data.split(b"\r\n"))) <= 78
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert "x" * 5_000 in part(data, "plain")


# --- the outbox folder


MESSAGE = Message("k", "20260302T140000Z-invite-k.eml", ("a@x.test",), b"hello")


def test_the_folder_gets_one_whole_file_per_message(tmp_path: Path) -> None:
    folder = OutboxFolder(tmp_path / "new" / "outbox")
    for _ in range(2):
        folder.deliver(MESSAGE)
    assert [(path.name, path.read_bytes()) for path in (tmp_path / "new" / "outbox").iterdir()] == [
        ("20260302T140000Z-invite-k.eml", b"hello")
    ]


def test_a_folder_that_cannot_be_written_keeps_messages_queued(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("a file")
    with pytest.raises(OutputError, match="stay queued"):
        OutboxFolder(tmp_path / "outbox").deliver(MESSAGE)
