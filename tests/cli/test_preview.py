"""oncue preview: an email as it would leave, from a contact, an event, a file, or nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.oncue_process import Oncue

IN = ("-w", "acme")
EMAILS = """
emails:
  receipt:
    subject: "{{ first_name | default('you') }}: {{ event.sku }} for {{ event.total }}"
    body: emails/receipt.md
    operational: true
    attachments: [files/terms.txt]
  broken: {subject: "{{ interests | first | default('') }}", body: emails/broken.md, operational: true}
"""
BODY = """\
{% extends "layouts/base.html" %}
{% block content %}
Dear {{ first_name }} of {{ account.industry | default('somewhere') }},

{{ deal.title | default('no deal') }}{% if event.sku %}, thank you for *{{ event.sku }}*{% endif %}.
{% endblock %}
"""
LAYOUT = "<html><style>p { color: #333 }</style><body>{% block content %}{% endblock %}</body></html>\n"


@pytest.fixture
def shop(oncue: Oncue, tmp_path: Path) -> Path:
    files = {
        "oncue.yaml": "project: acme\ntimezone: UTC\nevents: {purchase: {sku: text, total: number}}\n"
        "fields: {interests: {type: text, many: true}}\naccount_fields: {industry: text}\n",
        "emails.yaml": EMAILS, "emails/receipt.md": BODY, "emails/broken.md": "x\n",
        "layouts/base.html": LAYOUT, "files/terms.txt": "Terms\n",
        "web.yaml": "web_forms: {buy: {on_submission: [{add_note: Bought}]}}\n",
    }  # fmt: skip
    for name, text in files.items():
        (tmp_path / "acme" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "acme" / name).write_text(text)
    return tmp_path / "acme"


def test_html_text_and_headers_are_written_and_their_places_printed(oncue: Oncue, shop: Path) -> None:
    told = oncue("preview", "receipt", *IN)
    assert told.code == 0
    assert told.out.split() == [
        f"acme/.oncue/preview/receipt{each}" for each in (".html", ".txt", ".headers")
    ]
    folder = shop / ".oncue/preview"
    assert '<p style="color: #333;">Dear  of somewhere,</p>' in (folder / "receipt.html").read_text()
    assert (folder / "receipt.txt").read_text() == "Dear  of somewhere,\n\nno deal.\n"
    headers = (folder / "receipt.headers").read_text()
    assert "Subject: you: for\n" in headers
    assert "To: nobody@acme.invalid\n" in headers
    assert "multipart/mixed" in headers


def test_it_says_what_has_no_value(oncue: Oncue, shop: Path) -> None:
    told = oncue("preview", "receipt", *IN)
    assert "without a value: first_name, event.sku, event.total, deal.title, account.industry" in told.err
    assert "attached: terms.txt" in told.err


def test_the_contacts_values_are_those_of_the_database(oncue: Oncue, shop: Path, tmp_path: Path) -> None:
    rows = [
        {"id": "c1", "email": "ana@x.test", "first_name": "Ana", "account": "sol"},
        {"account": "sol", "industry": "retail"},
    ]
    (tmp_path / "rows.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    assert oncue("contact", "import", "rows.jsonl", *IN).code == 0
    told = oncue("preview", "receipt", "--contact", "ana@x.test", "--out", "here", *IN)
    assert told.code == 0
    assert (tmp_path / "here/receipt.txt").read_text().startswith("Dear Ana of retail,")
    assert "To: ana@x.test\n" in (tmp_path / "here/receipt.headers").read_text()


def test_an_events_properties_are_given_as_a_line_or_alone(oncue: Oncue, shop: Path) -> None:
    properties = {"sku": "A1", "total": 12.5}
    line = {"id": "e", "type": "purchase", "contact": "c1", "at": "2026-03-02", "properties": properties}
    for given in (properties, line):
        assert oncue("preview", "receipt", "--event", json.dumps(given), *IN).code == 0
        assert "*A1*" in (shop / ".oncue/preview/receipt.txt").read_text()
        assert "Subject: you: A1 for 12.5\n" in (shop / ".oncue/preview/receipt.headers").read_text()


def test_values_of_a_file_win_and_what_is_not_shown_is_named(
    oncue: Oncue, shop: Path, tmp_path: Path
) -> None:
    (tmp_path / "v.json").write_text('{"first_name": "Bo", "event": {"sku": "B2"}, "city": "Rome"}')
    told = oncue("preview", "receipt", "--event", '{"sku": "A1"}', "--values", "v.json", *IN)
    assert told.code == 0
    text = (shop / ".oncue/preview/receipt.txt").read_text()
    assert text.startswith("Dear Bo of")
    assert "*B2*" in text
    assert "given, and not shown by receipt: city" in told.err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["reciept"], 2, "there is no email reciept; did you mean receipt?"),
        (["receipt", "--contact", "ana@x.test"], 2, "there is no database"),
        (["receipt", "--event", "[1]"], 2, "a JSON object is needed"),
        (["receipt", "--event", "{"], 2, "--event is no JSON"),
        (
            ["receipt", "--event", '{"type": "purchase", "properties": 1}'],
            2,
            "its properties are no JSON object",
        ),
        (["receipt", "--values", "gone.json"], 2, "gone.json"),
        (["receipt", "--values", "bytes.json"], 2, "bytes.json cannot be read: not UTF-8"),
        (["receipt", "--out", "bytes.json"], 2, "bytes.json"),
    ],
)
def test_what_cannot_be_previewed_is_said_plainly(
    oncue: Oncue, shop: Path, tmp_path: Path, arguments: list[str], code: int, said: str
) -> None:
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe{}")
    told = oncue("preview", *arguments, *IN)
    assert told.code == code
    assert said in told.err
    assert "Traceback" not in told.err


def test_nobody_of_that_name_in_the_database_is_said(oncue: Oncue, shop: Path, tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text('{"id": "c1"}\n')
    assert oncue("contact", "import", "rows.jsonl", *IN).code == 0
    told = oncue("preview", "receipt", "--contact", "zoe@x.test", *IN)
    assert told.code == 2
    assert "zoe@x.test" in told.err


def test_an_email_that_cannot_be_made_is_told_with_its_reason(
    oncue: Oncue, shop: Path, tmp_path: Path
) -> None:
    (tmp_path / "v.json").write_text(json.dumps({"email": "no address"}))
    told = oncue("preview", "receipt", "--values", "v.json", *IN)
    assert told.code == 1
    assert "receipt cannot be made: address" in told.err
