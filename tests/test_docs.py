"""What the pages show is so: YAML validates, commands run, links lead somewhere, indexes are complete."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from oncue.cli.render import text
from oncue.compiler import codes, workspace
from oncue.compiler.diagnostics import Diagnostic
from tests.doc_blocks import PAGES, ROOT, Block, blocks, workspace_in

SPEC = ROOT / "examples/spec"
LANGUAGE = ROOT / "docs/language.md"
PATH = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"


def all_blocks(*languages: str) -> list[Block]:
    return [block for page in PAGES for block in blocks(page, *languages)]


def serious(diagnostics: list[Diagnostic]) -> list[Diagnostic]:
    return [each for each in diagnostics if each.severity != "note"]


# --- the language's page and examples/spec ---


def test_the_spec_example_is_what_the_language_page_spells_out(rewrite: bool) -> None:
    spelled = workspace_in(LANGUAGE)
    if rewrite:
        for name, text in spelled.items():
            (SPEC / name).parent.mkdir(parents=True, exist_ok=True)
            (SPEC / name).write_text(text, "utf-8")
    kept = {
        str(path.relative_to(SPEC)): path.read_text("utf-8")
        for path in SPEC.rglob("*")
        if path.suffix in (".yaml", ".md", ".html")
        and path.name != "README.md"
        and ".oncue" not in path.parts
    }
    assert kept == spelled


def test_the_spec_example_has_no_error_and_no_warning() -> None:
    assert serious(workspace.check(SPEC, cache=False).diagnostics) == []


# --- YAML blocks ---


# Those of the catalogue's page stand on another example: see test_actions_page.
ON_TOP = [b for b in all_blocks("yaml") if not b.file and b.page.name != "actions.md"]


@pytest.mark.parametrize("block", ON_TOP, ids=lambda block: block.name)
def test_a_yaml_block_is_right_on_top_of_the_spec_example(
    block: Block, rewrite: bool, tmp_path: Path
) -> None:
    """One that is marked as wrong is followed by what `oncue validate` says of it, as `spring.yaml`."""
    shutil.copytree(SPEC, tmp_path / "spec", ignore=shutil.ignore_patterns(".oncue"))
    (tmp_path / "spec/spring.yaml").write_text(block.text, "utf-8")
    checked = workspace.check(tmp_path / "spec", cache=False)
    if "wrong" in block.attributes:
        said = text.render(serious(checked.diagnostics), checked.sources)
        shown_after(block.page, f"{block.text}```\n", said, rewrite)
    else:
        assert serious(checked.diagnostics) == []


def shown_after(page: Path, fence: str, said: str, rewrite: bool, start: int = 0) -> int:
    """Compares with the `text` block right after `fence`, if there is one; gives where `fence` ends."""
    whole = page.read_text("utf-8")
    place = whole.index(fence, start) + len(fence)
    shown = re.compile(r"\n```text\n(.*?)```\n", re.S).match(whole, place)
    if shown and rewrite:
        page.write_text(whole[: shown.start(1)] + said + whole[shown.end(1) :], "utf-8")
    elif shown:
        assert said == shown[1]
    return place


# --- shell blocks ---


@pytest.mark.parametrize(
    "page", [p for p in PAGES if blocks(p, "sh")], ids=lambda p: str(p.relative_to(ROOT))
)
def test_the_commands_of_a_page_run_and_tell_what_it_says(page: Path, rewrite: bool, tmp_path: Path) -> None:
    """Blocks run in order, in one folder. A `text` block right after one is what it tells."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples", ignore=shutil.ignore_patterns(".oncue"))
    folder = tmp_path / page.parent.relative_to(ROOT) if "examples" in page.parts else tmp_path
    place = 0
    for block in blocks(page, "sh"):
        told = shell(block.text, folder)
        place = shown_after(page, f"```sh\n{block.text}```\n", told, rewrite, place)


def shell(script: str, folder: Path) -> str:
    """What the commands tell on both streams."""
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], cwd=folder, text=True, timeout=120,
        env={**os.environ, "PATH": PATH, "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert done.returncode == 0, f"{script}\n{done.stdout}"
    return done.stdout


def test_the_make_targets_that_pages_name_exist() -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.M))
    named = {name for page in PAGES for name in re.findall(r"`make (\w+)`", page.read_text("utf-8"))}
    assert {"run", "test"} <= named <= targets


# --- links and indexes ---


def test_links_between_pages_lead_somewhere() -> None:
    broken = []
    for page in PAGES:
        for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
            path, _, anchor = target.partition("#")
            if "://" in target:
                continue
            other = (page.parent / path).resolve() if path else page
            if not other.exists() or (anchor and anchor not in anchors(other)):
                broken.append(f"{page.relative_to(ROOT)}: {target}")
    assert broken == []


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def test_the_index_of_error_codes_is_complete(rewrite: bool) -> None:
    page = ROOT / "docs/errors.md"
    head = page.read_text("utf-8").split("\n| code |")[0]
    rows = "".join(
        f"| [{code}](../compiler/pages/{code}.md) | {title} |\n"
        for code, title in sorted(codes.titles().items())
    )
    index = f"{head}\n| code | what it says |\n| --- | --- |\n{rows}"
    if rewrite:
        page.write_text(index, "utf-8")
    assert page.read_text("utf-8") == index


def test_every_command_has_its_section() -> None:
    from oncue.cli.main import COMMANDS

    sections = set(re.findall(r"^## `oncue (\w+)`", (ROOT / "docs/cli.md").read_text("utf-8"), re.M))
    assert sections == set(COMMANDS)


def test_every_reason_for_a_rejected_line_is_explained() -> None:
    table = (ROOT / "docs/guarantees.md").read_text("utf-8").split("\n| reason |")[1]
    explained = set(
        re.findall(r"`(\w+)`", "".join(line.split("|")[1] for line in table.splitlines() if "|" in line))
    )
    source = "".join(path.read_text("utf-8") for path in (ROOT / "runtime").rglob("*.py"))
    calls = re.findall(r"(?:RejectedError|Refusal|rejects\.add|check_id)\(([^)]*)", source)
    used = {word for call in calls for word in re.findall(r"\"([a-z]+_[a-z]+)\"", call)}
    assert used <= explained
    assert {"bad_line", "id_conflict", "unknown_asset"} <= used


def test_every_dependency_is_named_with_its_reason() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    section = (ROOT / "CONTRIBUTING.md").read_text("utf-8").split("## Dependencies")[1]
    named = set(re.findall(r"^\| ([\w-]+) \|", section, re.M)) - {"package", "---"}
    assert named == {re.split(r"[<>=]", requirement)[0] for requirement in declared}
