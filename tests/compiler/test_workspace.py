"""Reading a workspace from the disk, and remembering what it came to."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

import oncue.compiler
import oncue.schemas
from oncue.compiler import pipeline, result_cache, workspace
from oncue.compiler.workspace import Checked, check, load

SETTINGS = "project: acme\ntimezone: America/New_York\n"
CAMPAIGN = "campaigns:\n  spring:\n    starts_when: [manual]\n    steps:\n      - wait: 3 days\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "oncue.yaml").write_text(SETTINGS)
    (tmp_path / "campaigns.yaml").write_text(CAMPAIGN)
    return tmp_path


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows by one with every compilation."""
    calls: list[int] = []
    real = pipeline.check_files
    monkeypatch.setattr(pipeline, "check_files", lambda *given: calls.append(1) or real(*given))
    return calls


def codes(checked: Checked) -> list[tuple[str, str]]:
    return [(found.code, found.span.path) for found in checked.diagnostics]


# --- reading --------------------------------------------------------------------------------------


def test_yaml_and_bodies_below_the_folder_are_read_by_relative_path(root: Path) -> None:
    (root / "emails" / "spring").mkdir(parents=True)
    (root / "emails" / "spring" / "invite.md").write_text("Hello")
    (root / "emails" / "more.yml").write_text("")
    (root / "data.csv").write_text("a,b")
    files, unread = load(root)
    assert unread == []
    assert list(files) == ["campaigns.yaml", "emails/more.yml", "emails/spring/invite.md", "oncue.yaml"]


def test_hidden_files_and_folders_are_passed_over(root: Path) -> None:
    for folder in (".git", ".oncue", ".venv"):
        (root / folder).mkdir()
        (root / folder / "x.yaml").write_text("]")
    (root / ".hidden.yaml").write_text("]")
    assert list(load(root)[0]) == ["campaigns.yaml", "oncue.yaml"]


def test_without_oncue_yaml_the_next_step_is_named(tmp_path: Path) -> None:
    (tmp_path / "campaigns.yaml").write_text("]")
    checked = check(tmp_path)
    assert codes(checked) == [("W001", "oncue.yaml")]
    assert "oncue init" in checked.diagnostics[0].hint
    assert checked.plan is None


def test_a_folder_that_is_not_there_is_no_traceback(tmp_path: Path) -> None:
    assert codes(check(tmp_path / "gone")) == [("W001", "oncue.yaml")]


def test_links_that_lead_back_are_followed_once(root: Path) -> None:
    (root / "sub").mkdir()
    (root / "sub" / "back").symlink_to(root, target_is_directory=True)
    (root / "self").symlink_to("self")
    assert codes(check(root)) == []


def test_a_linked_folder_is_read(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "more.yaml").write_text("segments: {hot: score >= 50}\n")
    (root / "shared").symlink_to(elsewhere, target_is_directory=True)
    assert "shared/more.yaml" in load(root)[0]


def test_a_folder_named_like_a_file_is_a_folder(root: Path) -> None:
    (root / "x.yaml").mkdir()
    (root / "x.yaml" / "inner.yaml").write_text("# nothing\n")
    assert list(load(root)[0]) == ["campaigns.yaml", "oncue.yaml", "x.yaml/inner.yaml"]


def test_oncue_yaml_as_a_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "oncue.yaml").mkdir()
    checked = check(tmp_path)
    assert checked.plan is None
    assert [code for code, _ in codes(checked)] == ["W002"]


def test_a_pipe_is_refused_and_not_waited_for(root: Path) -> None:
    os.mkfifo(root / "pipe.yaml")
    checked = check(root)
    assert codes(checked) == [("W002", "pipe.yaml")]
    assert checked.plan is None


def test_a_link_to_nowhere_is_an_error(root: Path) -> None:
    (root / "gone.yaml").symlink_to("nowhere.yaml")
    [found] = check(root).diagnostics
    assert (found.code, found.span.path) == ("W002", "gone.yaml")
    assert "No such file" in found.message


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_an_error(root: Path) -> None:
    (root / "campaigns.yaml").chmod(0)
    assert codes(check(root)) == [("W002", "campaigns.yaml")]


def test_an_error_of_the_disk_is_an_error_of_the_workspace(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = open

    def failing(path: str, *args: object, **kwargs: object) -> object:
        if str(path).endswith("campaigns.yaml"):
            raise OSError(5, "Input/output error")
        return real(path, *args, **kwargs)  # type: ignore[call-overload]

    monkeypatch.setattr("builtins.open", failing)
    [found] = check(root, cache=False).diagnostics
    assert (found.code, found.message) == ("W002", "this file cannot be read: Input/output error")


def test_what_can_be_read_is_checked_all_the_same(root: Path) -> None:
    (root / "gone.yaml").symlink_to("nowhere.yaml")
    (root / "wrong.yaml").write_text("segments: [")
    assert sorted(code for code, _ in codes(check(root))) == ["W002", "Y101"]


def test_a_huge_yaml_file_is_refused_and_a_huge_text_passed_over(root: Path) -> None:
    (root / "big.yaml").write_bytes(b"#" * 6_000_000)
    (root / "big.txt").write_bytes(b"x" * 6_000_000)
    assert codes(check(root)) == [("W102", "big.yaml")]


def test_a_name_that_is_no_unicode_is_shown_escaped(root: Path) -> None:
    try:
        (root / os.fsdecode(b"caf\xe9.yaml")).write_text("segments: [")
    except OSError:
        pytest.skip("this file system has Unicode names only")
    assert codes(check(root)) == [("Y101", "caf\\xe9.yaml")]
    assert codes(check(root)) == [("Y101", "caf\\xe9.yaml")]


# --- the cache ------------------------------------------------------------------------------------


def test_an_unchanged_tree_is_not_compiled_again(root: Path, compiled: list[int]) -> None:
    (root / "warm.yaml").write_text("segments: {warm: score > 5}\n")  # a note, which is remembered too
    first, second = check(root), check(root)
    assert len(compiled) == 1
    assert second.diagnostics == first.diagnostics
    assert first.plan == second.plan  # made for the first, kept for the second
    assert first.plan is not None
    assert len(compiled) == 1


def test_mistakes_are_remembered_too(root: Path, compiled: list[int]) -> None:
    (root / "wrong.yaml").write_text("segments: [")
    assert codes(check(root)) == codes(check(root)) == [("Y101", "wrong.yaml")]
    assert len(compiled) == 1


@pytest.mark.parametrize("change", ["edit", "new file", "rename", "body", "removal"])
def test_any_change_compiles_anew(root: Path, compiled: list[int], change: str) -> None:
    (root / "body.md").write_text("Hello")
    check(root)
    if change == "edit":
        (root / "campaigns.yaml").write_text(CAMPAIGN.replace("3 days", "4 days"))
    elif change == "new file":
        (root / "more.yaml").write_text("")
    elif change == "rename":
        (root / "campaigns.yaml").rename(root / "other.yaml")
    elif change == "body":
        (root / "body.md").write_text("Hallo")
    else:
        (root / "campaigns.yaml").unlink()
    check(root)
    assert len(compiled) == 2


def test_a_change_taken_back_is_as_good_as_none(root: Path) -> None:
    before = check(root).plan
    (root / "campaigns.yaml").write_text(CAMPAIGN.replace("3 days", "4 days"))
    assert check(root).plan != before
    (root / "campaigns.yaml").write_text(CAMPAIGN)
    assert check(root).plan == before


def test_another_compiler_does_not_believe_the_cache(
    root: Path, compiled: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    check(root)
    monkeypatch.setattr(result_cache, "compiler_print", lambda: b"another")
    check(root)
    assert len(compiled) == 2


def test_a_change_of_any_module_makes_another_compiler() -> None:
    told = result_cache.compiler_print().decode().split("\n")
    for package in (oncue.compiler, oncue.schemas):
        for path in Path(package.__path__[0]).rglob("*.py"):
            assert sum(line.startswith(f"{path.name} {path.stat().st_size} ") for line in told), path


@pytest.mark.parametrize("name", ["diagnostics", "plan"])
@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "gone", "folder", "noise"])
def test_a_damaged_cache_is_no_cache(root: Path, name: str, damage: str) -> None:
    whole = check(root)
    assert whole.plan is not None
    path = root / result_cache.FOLDER / name
    data = bytearray(path.read_bytes())
    path.unlink()
    if damage == "cut":
        path.write_bytes(data[:-1])
    elif damage == "flip":
        data[-1] ^= 1
        path.write_bytes(data)
    elif damage == "empty":
        path.write_bytes(b"")
    elif damage == "folder":
        path.mkdir()
    elif damage == "noise":
        path.write_bytes(os.urandom(300))
    again = check(root)
    assert again.diagnostics == whole.diagnostics
    assert again.plan == whole.plan


def test_a_plan_is_made_only_when_somebody_asks_for_it(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    real = pipeline._plan
    monkeypatch.setattr(pipeline, "_plan", lambda *given: made.append(1) or real(*given))
    first, second = check(root), check(root)
    assert made == []
    assert first.plan == second.plan == check(root).plan
    assert made == [1]


def test_no_cache_means_that_nothing_is_written(root: Path) -> None:
    check(root, cache=False)
    assert not (root / ".oncue").exists()


def test_a_folder_that_cannot_be_written_to_has_no_cache(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refuse)
    assert check(root).plan is not None
    assert not (root / ".oncue").exists()


def test_a_file_in_the_place_of_the_cache_is_left_alone(root: Path) -> None:
    (root / ".oncue").write_text("mine")
    assert check(root).plan is not None
    assert (root / ".oncue").read_text() == "mine"


def test_the_cache_may_be_deleted_between_check_and_plan(root: Path) -> None:
    plan = check(root).plan
    checked = check(root)
    for file in (root / result_cache.FOLDER).iterdir():
        file.unlink()
    assert checked.plan == plan


def test_the_cache_stays_out_of_version_control(root: Path) -> None:
    check(root)
    assert (root / result_cache.FOLDER / ".gitignore").read_text() == "*\n"


def test_several_at_once_disturb_nobody(root: Path) -> None:
    """Each writes and reads the same cache, over and over, with two contents in turn."""
    texts = [CAMPAIGN, CAMPAIGN.replace("3 days", "4 days")]
    wrong: list[object] = []

    def work(number: int) -> None:
        files = {"oncue.yaml": SETTINGS.encode(), "campaigns.yaml": texts[number % 2].encode()}
        plan, diagnostics = pipeline.compile_files(files)
        assert plan is not None
        for _ in range(40):
            kept = result_cache.Cache(root, result_cache.key_of(files))
            kept.store_diagnostics(diagnostics, {})
            kept.store_plan(plan)
            said = kept.diagnostics(lambda seen: not seen)
            wrong.extend([said] if said not in (None, diagnostics) else [])
            wrong.extend(found for found in [kept.plan()] if found not in (None, plan))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert not [file for file in (root / result_cache.FOLDER).iterdir() if file.name.count(".") > 1]


def test_the_sources_show_any_file(root: Path) -> None:
    (root / "latin.yaml").write_bytes("x: Müller\n".encode("latin-1"))
    sources = check(root).sources
    assert sources["latin.yaml"].line(1) == "x: M\N{REPLACEMENT CHARACTER}ller"
    assert len(sources) == len(list(sources)) == 3


def test_checking_does_not_leave_garbage_collection_off(root: Path) -> None:
    import gc

    check(root, cache=False)
    assert gc.isenabled()


def test_a_workspace_module_is_light_until_something_is_compiled() -> None:
    """What an unchanged tree needs: neither YAML, nor schemas, nor the condition language."""
    import subprocess
    import sys

    code = (
        "import sys, oncue.compiler.workspace as w; w.result_cache.compiler_print();"
        "print([m for m in ('yaml','lark','jinja2','jsonschema','jsonschema_rs') if m in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
    assert workspace.SETTINGS_FILE == "oncue.yaml"
