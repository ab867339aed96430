from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.oncue_process import ROOT, Oncue, process

SLIP = "segments:\n  eager: scor >= 50\n"
WARNED = "segments:\n  not-big: not employees >= 50\n"


def test_a_mistake_is_shown_with_its_place_and_the_exit_code_is_1(oncue: Oncue, acme: Path) -> None:
    (acme / "more.yaml").write_text(SLIP)
    told = oncue("validate", "acme")
    assert told.code == 1
    assert told.out.startswith("more.yaml:2:10: there is no contact field `scor` [C010]\n")
    assert "  eager: scor >= 50\n" in told.out
    assert "did you mean `score`?" in told.out
    assert told.err == "acme: 1 error\n"


def test_mistakes_go_to_stdout_and_their_sum_to_stderr(oncue: Oncue, acme: Path) -> None:
    (acme / "more.yaml").write_text(SLIP.replace("eager", "eager-a") + "  eager-b: scor >= 60\n")
    told = oncue("validate", "acme")
    assert told.out.count("[N") + told.out.count("[C") == 2
    assert told.err == "acme: 2 errors\n"


def test_the_json_form_is_one_document_with_nothing_else_on_stdout(oncue: Oncue, acme: Path) -> None:
    (acme / "more.yaml").write_text(SLIP)
    told = oncue("validate", "acme", "--format", "json")
    document = json.loads(told.out)
    assert told.code == 1
    assert document["counts"]["error"] == 1
    assert document["diagnostics"][0]["path"] == "more.yaml"


def test_a_right_workspace_prints_nothing_on_stdout(oncue: Oncue, acme: Path) -> None:
    told = oncue("validate", "acme")
    assert (told.code, told.out) == (0, "")


def test_a_warning_fails_only_if_strict(oncue: Oncue, acme: Path) -> None:
    (acme / "more.yaml").write_text(WARNED)
    told = oncue("validate", "acme")
    assert (told.code, told.err) == (0, "acme: 1 warning, 1 note\n"), told.out
    assert oncue("validate", "acme", "--strict").code == 1


def test_the_current_folder_is_the_default(oncue: Oncue, acme: Path) -> None:
    oncue.folder = acme
    assert oncue("validate").code == 0


def test_a_folder_without_settings_says_what_to_do(oncue: Oncue) -> None:
    told = oncue("validate")
    assert told.code == 1
    assert "oncue.yaml" in told.out
    assert "oncue init" in told.out


def test_the_second_run_comes_from_the_cache_and_says_the_same(oncue: Oncue, acme: Path) -> None:
    (acme / "more.yaml").write_text(SLIP)
    first = oncue("validate", "acme")
    assert list((acme / ".oncue/cache").iterdir())
    assert oncue("validate", "acme") == first


def test_without_a_cache_nothing_is_kept(oncue: Oncue, acme: Path) -> None:
    assert oncue("validate", "acme", "--no-cache").code == 0
    assert not (acme / ".oncue").exists()


def test_where_nothing_can_be_kept_it_is_validated_all_the_same(oncue: Oncue, acme: Path) -> None:
    (acme / ".oncue").write_text("a file in the way of the cache")
    assert oncue("validate", "acme").code == 0


def test_a_terminal_gets_no_colour_in_a_pipe(acme: Path) -> None:
    (acme / "more.yaml").write_text(SLIP)
    assert "\x1b" not in process(acme, "validate").out


HOSTILE = {
    "empty": b"",
    "binary": bytes(range(256)),
    "utf16": "segments: {}".encode("utf-16"),
    "tabs": b"segments:\n\ta: score > 1\n",
    "twice": b"segments:\n  a: score > 1\n  a: score > 2\n",
    "alias bomb": b"a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: &d [*c, *c]\nsegments: {x: *d}\n",
    "brackets": b"segments:\n  a: " + b"(" * 10_000 + b"score > 1" + b")" * 10_000 + b"\n",
    "megabyte": b"segments:\n  a: " + b"score > 1 or " * 80_000 + b"score > 2\n",
    "cycle": b"segments:\n  a: in segment b\n  b: in segment a\n",
    "unknown": b"segmints:\n  a: 1\nemails:\n  x: {subjekt: a, body: nowhere.md}\n",
    "later": b"reactivation_scenarios:\n  x: {}\n",
    "class": b"campaigns:\n  x:\n    starts_when: [manual]\n    steps: [{add_note: '{{ id.__class__ }}'}]\n",
    "list": b"- a\n- b\n",
    "deep": b"segments: " + b"[" * 5_000 + b"]" * 5_000 + b"\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_get_words_and_never_a_traceback(name: str, oncue: Oncue, acme: Path) -> None:
    (acme / "hostile.yaml").write_bytes(HOSTILE[name])
    told = oncue("validate", "acme")
    assert told.code == (0 if name == "empty" else 1), told
    assert "internal error" not in told.err
    assert "Traceback" not in told.out + told.err
    assert name == "empty" or "hostile.yaml:" in told.out
    assert len(told.out) < 20_000


def test_the_order_of_the_files_does_not_matter(oncue: Oncue) -> None:
    shutil.copytree(ROOT / "examples/spec", oncue.folder / "one")
    (oncue.folder / "two").mkdir()
    for path in sorted((oncue.folder / "one").rglob("*"), reverse=True):
        if path.is_file():
            target = oncue.folder / "two" / path.relative_to(oncue.folder / "one")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    assert oncue("compile", "-w", "one").out == oncue("compile", "-w", "two").out
