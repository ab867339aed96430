"""oncue diff: what a changed plan means, and from where the two sides come."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from oncue.cli.comparing import plans
from oncue.cli.render import changes as drawn
from tests.cli.oncue_process import Oncue, Told
from tests.compiler.golden_cases import GOLDEN, files_of
from tests.compiler.model.plans import compiled

CASES = sorted((GOLDEN / "changes").glob("*.before.yaml"))


@pytest.mark.parametrize("form", ["text", "markdown"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.partition(".")[0])
def test_two_plans_are_compared_as_their_golden_says(case: Path, form: str, rewrite: bool) -> None:
    name = case.name.partition(".")[0]
    old, new = (compiled(files_of(case.with_name(f"{name}.{side}.yaml"))) for side in ("before", "after"))
    found = plans.compare(old, new)
    told = f"{getattr(drawn, form)(found)}\n\n{drawn.summary(found)}\n"
    golden = case.with_name(f"{name}.{form}.txt")
    if rewrite:
        golden.write_text(told, "utf-8")
    assert told == golden.read_text("utf-8")


# --- the two sides --------------------------------------------------------------------------------


@pytest.fixture
def changed(acme: Path) -> Path:
    """A second folder, whose wait is shorter."""
    other = acme.with_name("changed")
    shutil.copytree(acme, other)
    shorten(other)
    return other


def shorten(folder: Path) -> None:
    file = folder / "campaigns.yaml"
    file.write_text(file.read_text().replace("wait: 3 days", "wait: 2 days"))


def is_shorter(told: Told) -> None:
    assert told.code == 1
    assert (
        "~ step wait: changed (campaigns.yaml:17)\n      was wait 3 days\n      now wait 2 days\n" in told.out
    )


def git(folder: Path, *arguments: str) -> None:
    who = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}
    for role in ("AUTHOR", "COMMITTER"):
        who |= {f"GIT_{role}_NAME": "A", f"GIT_{role}_EMAIL": "a@x.test"}
    subprocess.run(
        ["git", "-C", folder, *arguments], check=True, capture_output=True, env={**os.environ, **who}
    )


@pytest.fixture
def repository(acme: Path) -> Path:
    """The starter workspace below a repository, committed as v1; its work tree is changed since."""
    git(acme.parent, "init", "-q", "-b", "main")
    git(acme.parent, "add", "-A")
    git(acme.parent, "commit", "-q", "-m", "first")
    git(acme.parent, "tag", "v1")
    shorten(acme)
    return acme


def test_two_folders(oncue: Oncue, acme: Path, changed: Path) -> None:
    is_shorter(oncue("diff", acme, changed))
    told = oncue("diff", acme, acme)
    assert (told.code, told.out) == (0, "")
    assert told.err.endswith(": the plans mean the same\n")


def test_two_plans_and_a_plan_and_the_workspace(oncue: Oncue, acme: Path, changed: Path) -> None:
    for name, folder in (("old.json", acme), ("new.json", changed)):
        assert oncue("compile", "-w", folder, "-o", name).code == 0
    is_shorter(oncue("diff", "old.json", "new.json"))
    is_shorter(oncue("diff", "old.json", "-w", changed))


def test_the_database_and_the_workspace(oncue: Oncue, acme: Path, changed: Path) -> None:
    assert oncue("run", "-w", acme, "--clock", "events").code == 0
    is_shorter(oncue("diff", "--db", "acme/.oncue/oncue.db", "-w", changed))
    is_shorter(oncue("diff", "acme/.oncue/oncue.db", changed))
    shorten(acme)
    is_shorter(oncue("diff", "-w", acme))


def test_a_revision_and_the_workspace(oncue: Oncue, repository: Path) -> None:
    is_shorter(oncue("diff", "main", "-w", repository))
    is_shorter(oncue("diff", "v1", repository, "-w", repository))


def test_two_revisions_and_the_work_tree_stays_as_it_is(oncue: Oncue, repository: Path) -> None:
    git(repository, "commit", "-q", "-am", "second")
    (repository / "campaigns.yaml").write_text("broken: [")
    before = sorted((path, path.stat().st_mtime_ns) for path in repository.parent.rglob("*"))
    is_shorter(oncue("diff", "v1..main", "-w", repository))
    is_shorter(oncue("diff", "v1..", "-w", repository))
    assert before == sorted((path, path.stat().st_mtime_ns) for path in repository.parent.rglob("*"))


def test_attachments_and_links_of_a_revision(oncue: Oncue, repository: Path) -> None:
    (repository / "guide.pdf").write_bytes(b"%PDF")
    (repository / "people.yaml").symlink_to("more/people.yaml")
    (repository / "more").mkdir()
    (repository / "more/people.yaml").write_text("lists: {news: {}}\n")
    (repository / "assets.yaml").write_text(
        (repository / "assets.yaml")
        .read_text()
        .replace("body: emails/welcome.md", "body: emails/welcome.md\n    attachments: [guide.pdf]")
    )
    git(repository, "add", "-A")
    git(repository, "commit", "-q", "-m", "second")
    told = oncue("diff", "v1..main", "-w", repository)
    assert "news" in told.err, "a list that two files declare"
    (repository / "people.yaml").unlink()
    git(repository, "commit", "-q", "-am", "third")
    (repository / "guide.pdf").write_bytes(b"%PDF-1.7")
    told = oncue("diff", "main", "-w", repository)
    assert told.code == 1
    assert "files_sent/guide.pdf: changed" in told.out


@pytest.mark.parametrize(
    ("names", "code", "words"),
    [
        (
            ["nothing"],
            2,
            "nothing is no file, no folder, and no revision of a git repository that holds acme",
        ),
        (["a...b"], 2, "a...b: write A..B, two revisions with two dots between"),
        (["a", "b", "c"], 2, "there are two sides, OLD and NEW"),
        (["acme", "--db", "acme/.oncue/oncue.db"], 2, "--db goes without OLD"),
        (["--db", "no.db"], 2, "there is no database no.db yet"),
        (["newer.json"], 2, "newer.json has format 7; this version of oncue reads format 1"),
        (["text.json"], 2, "text.json cannot be read as a plan: JSON is malformed"),
        (["broken"], 1, "broken has errors, so there is no plan to compare"),
    ],
)
def test_sides_that_are_none(oncue: Oncue, acme: Path, names: list[str], code: int, words: str) -> None:
    (oncue.folder / "newer.json").write_text('{"format": 7, "unheard": 1}')
    (oncue.folder / "text.json").write_text("no plan")
    (oncue.folder / "broken").mkdir()
    (oncue.folder / "broken/oncue.yaml").write_text("project: p\n")
    told = oncue("diff", *names, "-w", "acme")
    assert (told.code, told.out) == (code, "")
    assert words in told.err


def test_the_json_form(oncue: Oncue, acme: Path, changed: Path) -> None:
    found = json.loads(oncue("diff", acme, changed, "--format", "json").out)
    assert found["version"] == 1
    assert [found[side]["name"] for side in ("old", "new")] == [
        f"the workspace {acme}",
        f"the workspace {changed}",
    ]
    [unit] = found["changes"]
    assert (unit["how"], unit["unit"]) == (["changed"], "campaigns/welcome")
    assert unit["steps"] == [
        {
            "how": ["changed"], "step": "wait", "was": "wait 3 days", "now": "wait 2 days",
            "was_at": "campaigns.yaml:17", "now_at": "campaigns.yaml:17",
        }
    ]  # fmt: skip
