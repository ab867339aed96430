"""One mistake is one message, where two stages could each have something to say."""

from __future__ import annotations

import pytest

from oncue.compiler.pipeline import compile_files

SETTINGS = "project: acme\ntimezone: UTC\n"
MAIL = "emails:\n  hello: {subject: Hello, body: emails/hello.md, list: "
FLOW = "campaigns:\n  spring:\n    starts_when: [manual]\n    steps:\n      - "


@pytest.mark.parametrize(
    ("settings", "yaml", "code"),
    [
        ("", MAIL + "[news]}\nlists: [news]\n", "S103"),
        ("", MAIL + "{id: news}}\nlists: [news]\n", "S103"),
        ("", FLOW + "send_sms: {text: Hello, list: [news]}\nlists: [news]\n", "S103"),
        ("", "lists:\n  news: {opt_in: double, confirm: [hello]}\n", "S103"),
        ("events:\n  email.open: {link: text}\n", "", "N108"),
        ("events:\n  converted: {link: text}\n", "", "N108"),
        ("", FLOW + "!end\n", "S104"),
        ("", "campaigns:\n  spring:\n    starts_when: [!manual ]\n    steps: [end]\n", "S104"),
        ("", FLOW + "if: !vip\n        then: [end]\n", "C003"),
        ("", FLOW + "add_tag: !loud hot\n", "Y108"),
        ("", "segments: !all\n  hot: score > 5\n", "Y108"),
    ],
)
def test_one_mistake_is_one_message(settings: str, yaml: str, code: str) -> None:
    files = {"oncue.yaml": SETTINGS + settings, "a.yaml": yaml, "emails/hello.md": "Hello"}
    found = compile_files({path: text.encode() for path, text in files.items()})[1]
    assert [each.code for each in found if each.severity == "error"] == [code]


def test_a_campaign_that_another_starts_has_a_way_in() -> None:
    yaml = FLOW + "start_campaign: summer\n  summer:\n    steps: [{add_tag: summer}]\n"
    files = {"oncue.yaml": SETTINGS.encode(), "a.yaml": yaml.encode()}
    assert [each.code for each in compile_files(files)[1]] == []
