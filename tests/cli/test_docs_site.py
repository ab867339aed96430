"""oncue docs: a workspace as a site of plain pages."""

from __future__ import annotations

import shutil
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

from oncue.cli.site.pages import pages
from oncue.cli.site.things import _setting
from oncue.schemas.plan import Plan
from tests.cli.oncue_process import ROOT, Oncue, process
from tests.compiler.golden_cases import files_of
from tests.compiler.model.plans import PLANS, compiled

HOSTILE = "</title></p><script>alert(1)</script><img src=x onerror=alert(2)> \\\"'&amp; {{ }} \u202e"


class Page(HTMLParser):
    """What a page holds: tags, ids, where its links lead, its texts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.ids: Counter[str] = Counter()
        self.links: list[str] = []
        self.odd: list[tuple[str, str]] = []
        self.frames: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        for name, value in attrs:
            if name == "id":
                self.ids[value or ""] += 1
            elif name == "href":
                self.links.append(value or "")
            elif name == "srcdoc":
                self.frames.append(value or "")
            elif name.startswith("on") or name == "src":
                self.odd.append((tag, name))

    def handle_data(self, data: str) -> None:
        self.text += data


def site(plan: Plan) -> dict[str, Page]:
    return {path: Page(text) for path, text in pages(plan)}


def assert_plain(found: dict[str, Page]) -> None:
    """No script, nothing loaded, every link leads to a page and a place that are there."""
    for path, page in found.items():
        assert not {"script", "link", "img", "object", "form", "base"} & set(page.tags), path
        assert page.odd == [], path
        assert [name for name, number in page.ids.items() if number > 1] == [], path
        for href in page.links:
            there, _, anchor = href.partition("#")
            target = (Path("/") / path).parent / there if there else Path("/") / path
            name = str(target.resolve()).removeprefix("/")
            assert name in found, (path, href)
            assert not anchor or unquote(anchor) in found[name].ids, (path, href)


@pytest.mark.parametrize("case", PLANS, ids=lambda case: case.stem)
def test_pages_are_plain_and_every_link_leads_somewhere(case: Path) -> None:
    plan = compiled(files_of(case))
    found = site(plan)
    assert_plain(found)
    for name, campaign in plan.campaigns.items():
        page = found[f"campaigns/{name}.html"]
        for step in campaign.steps:
            assert page.ids[f"step-{step.id}"] == 1
            assert f"{plan.files[step.at.file]}:{step.at.line}" in page.text
    for segment in plan.segments.values():
        assert plan.conditions[segment.condition.condition].text in found["segments.html"].text
    assert set(found) >= {f"emails/{name}.html" for name in plan.emails}


def hostile() -> dict[str, bytes]:
    text = HOSTILE.replace("'", "''").replace("{{ }}", "")
    return {
        "oncue.yaml": b"project: acme\ntimezone: UTC\n",
        "all.yaml": f"""
users: {{ana: {{email: ana@acme.test}}}}
web_pages:
  prices: {{name: '{text}', url: 'https://x.test/{text}', on_visit: [{{add_note: '{text}'}}]}}
segments: {{hot: {{when: 'first_name == "</pre><script>"', description: '{text}'}}}}
emails: {{hello: {{subject: '{text}', body: hello.html, operational: true}}}}
site_messages: {{sale: {{text: '{text}', title: '{text}'}}}}
audiences: {{big: {{create: true, name: '{text}', description: '{text}'}}}}
campaigns:
  all:
    description: '{text}'
    starts_when: [{{enters_segment: hot, when: 'first_name == "<script>"'}}]
    steps:
      - send_email: hello
      - add_note: '{text}'
      - add_task: {{title: '{text}', note: '{text}', owner: ana}}
      - send_site_message: sale
      - add_to_audience: big
      - webhook: 'https://api.x.test/in'
      - if: 'last_name contains "</code><script>"'
        then: [{{add_note: '{text}'}}]
""".encode(),
        "hello.html": b"<p>Hello</p><script>alert(1)</script></iframe><img src=http://x.test/a.png>\n",
    }


def test_hostile_texts_stay_texts() -> None:
    found = site(compiled(hostile()))
    assert_plain(found)
    shown = "".join(page.text for page in found.values())
    assert shown.count("<script>alert(1)</script>") > 10


def test_an_email_is_shown_in_a_frame_that_runs_nothing() -> None:
    plan = compiled(hostile())
    text = dict(pages(plan))["emails/hello.html"]
    assert text.count("<iframe sandbox title=") == 1
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in text
    assert "<p>Hello</p>" in Page(text).frames[0]


def test_values_in_an_email_are_the_names_of_fields() -> None:
    plan = compiled(files_of(next(case for case in PLANS if case.stem == "places")))
    page = site(plan)["emails/offer.html"]
    assert "[deal.title]" in page.text


def test_no_secret_is_shown() -> None:
    assert _setting("token", "env:TOKEN") == "from the environment, TOKEN"
    assert _setting("token", "abc123") == "(not shown)"
    assert _setting("anything", "abc123") == "(not shown)"
    assert _setting("url", "smtp://me:abc123@mail.test:25/?key=abc123") == "smtp://mail.test:25/"
    files = {
        "oncue.yaml": b"project: acme\ntimezone: UTC\n",
        "all.yaml": b"campaigns: {all: {starts_when: [manual], steps: [{webhook: {url: 'https://x.test/in?a=abc123',"
        b" headers: {X-Tenant: abc123}, body: {a: abc123}}}]}}\n",
    }
    assert "abc123" not in "".join(text for _, text in pages(compiled(files)))


# --- the command ---


@pytest.fixture
def lifecycle(tmp_path: Path) -> Path:
    source = ROOT / "examples/lifecycle"
    shutil.copytree(source, tmp_path / "lifecycle", ignore=shutil.ignore_patterns(".oncue"))
    return tmp_path / "lifecycle"


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_same_workspace_gives_the_same_bytes(oncue: Oncue, lifecycle: Path, tmp_path: Path) -> None:
    told = oncue("docs", "-w", "lifecycle", "--out", "one")
    assert (told.code, told.out) == (0, "")
    assert "pages, from one/index.html" in told.err
    assert process(tmp_path, "docs", "-w", "lifecycle", "--out", "two").code == 0
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_counts_stand_beside_campaigns_steps_and_segments(
    oncue: Oncue, lifecycle: Path, tmp_path: Path
) -> None:
    data = ("lifecycle/data/contacts.jsonl", "lifecycle/data/events.jsonl")
    assert oncue("run", "-w", "lifecycle", "--clock", "events", *data).code == 0
    assert oncue("docs", "-w", "lifecycle", "--out", "site", "--counts").code == 0
    page = (tmp_path / "site/campaigns/churn-prevention.html").read_text()
    assert "2 entered, 0 inside, 0 left by exit, 2 ended" in page
    assert "2 came, 0 here (2 done)" in page
    assert "inside</span>" in (tmp_path / "site/segments.html").read_text()
    assert "numbers up to 2026-06-20" in page
    plain = oncue("docs", "-w", "lifecycle", "--out", "site")
    assert plain.code == 0
    assert "entered" not in (tmp_path / "site/campaigns/churn-prevention.html").read_text()


def test_pages_of_what_is_gone_go_and_other_files_stay(oncue: Oncue, acme: Path, tmp_path: Path) -> None:
    assert oncue("docs", "-w", "acme", "--out", "site").code == 0
    before = set(contents(tmp_path / "site"))
    (tmp_path / "site/CNAME").write_text("docs.acme.test")
    (tmp_path / "site/campaigns/own.html").write_text("<p>ours</p>")
    gone = tmp_path / "site/campaigns/gone.html"
    gone.write_bytes((tmp_path / "site/index.html").read_bytes())
    assert oncue("docs", "-w", "acme", "--out", "site").code == 0
    assert set(contents(tmp_path / "site")) == before | {"CNAME", "campaigns/own.html"}


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ([], 2, "--out"),
        (["--out", "acme"], 2, "acme holds something that `oncue docs` has not made"),
        (["--out", "acme/oncue.yaml"], 2, "is a file"),
        (["--out", "acme/oncue.yaml/site"], 3, "cannot be written"),
        (["--out", "site", "--counts"], 2, "there is no database"),
        (["--out", "site", "--db", "x.db"], 2, "--db goes with --counts"),
    ],
)
def test_what_cannot_be_written_is_said_plainly(
    oncue: Oncue, acme: Path, arguments: list[str], code: int, said: str
) -> None:
    told = oncue("docs", "-w", "acme", *arguments)
    assert told.code == code
    assert said in told.err
    assert "Traceback" not in told.err


def test_a_workspace_with_errors_gets_no_site(oncue: Oncue, acme: Path, tmp_path: Path) -> None:
    (acme / "bad.yaml").write_text("campaigns: {x: {steps: [{send_email: nobody}]}}\n")
    assert oncue("docs", "-w", "acme", "--out", "site").code == 1
    assert not (tmp_path / "site").exists()
