"""Every code has a page, every page a code; and what the pages call wrong and right is so."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import pytest

from oncue.cli.render import text
from oncue.compiler import codes, workspace
from oncue.compiler.pipeline import compile_files
from oncue.compiler.workspace import Sources

LITERAL = re.compile(r"""["']([WYSNCTFLX][0-9]{3})["']""")
SETTINGS = b"project: acme\ntimezone: America/New_York\n"
GOLDEN = Path(__file__).parents[1] / "golden/codes"
# What no file content can show: the tests of reading a workspace do.
OF_THE_DISK = {"W001", "W002", "W101", "W102", "W103", "W104"}


def emitted() -> set[str]:
    """The codes that stand in the compiler's own text."""
    root = Path(str(files("oncue.compiler")))
    return {code for path in root.rglob("*.py") for code in LITERAL.findall(path.read_text("utf-8"))}


def test_each_code_has_a_page_and_each_page_a_code() -> None:
    assert emitted() == set(codes.known())


@pytest.mark.parametrize("code", sorted(codes.known()))
def test_each_page_has_its_form(code: str) -> None:
    page = codes.page(code)
    assert page.startswith(f"# {code}: ")
    assert codes.titles()[code]
    assert re.findall(r"^## (.*)$", page, re.MULTILINE) == ["Wrong", "Right"]
    assert code[0] in codes.FAMILIES
    assert max(map(len, page.splitlines())) <= 220


def blocks(code: str, part: str) -> list[dict[str, bytes]]:
    """The files of each example in the part of a page called Wrong or Right. Blocks are files of one example
    until one has the name of a file that the example has already."""
    text = re.split(r"^## ", codes.page(code), flags=re.MULTILINE)[1 if part == "Wrong" else 2]
    found: list[dict[str, bytes]] = [{}]
    for body in re.findall(r"^```\w+\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        name, rest = named(body)
        if name in found[-1]:
            found.append({})
        found[-1][name] = rest
    return [{"oncue.yaml": SETTINGS, **example} for example in found]


def named(body: str) -> tuple[str, bytes]:
    first, _, rest = body.partition("\n")
    name = first.removeprefix("# ").strip() if re.fullmatch(r"# \S+\.\w+", first) else ""
    return name or "campaigns.yaml", (rest if name else body).encode()


@pytest.mark.parametrize("code", sorted(codes.known() - OF_THE_DISK))
def test_what_a_page_calls_wrong_gives_its_code(code: str) -> None:
    examples = blocks(code, "Wrong")
    assert examples
    for example in examples:
        assert code in {found.code for found in compile_files(example)[1]}


@pytest.mark.parametrize("code", sorted(codes.known()))
def test_what_is_said_about_a_page_s_wrong_examples_is_its_golden(
    code: str, rewrite: bool, tmp_path: Path
) -> None:
    shown = on_the_disk(code, tmp_path) if code in OF_THE_DISK else in_files(code)
    assert f"[{code}]" in shown
    golden = GOLDEN / f"{code}.txt"
    if rewrite:
        golden.write_text(shown, "utf-8")
    assert shown == golden.read_text("utf-8")


def in_files(code: str) -> str:
    told = []
    for example in blocks(code, "Wrong"):
        found = [each for each in compile_files(example)[1] if each.code == code]
        told.append(text.render(found, Sources(example)))
    return "\n".join(told)


def on_the_disk(code: str, root: Path) -> str:
    """What is told about a folder that has the mistake."""
    (root / "mails").mkdir()
    (root / "mails/hello.md").write_text("Hello\n")
    (root / "mails/plan.pdf").write_bytes(b"x" * (2_000_001 if code == "W104" else 1))
    (root / "oncue.yaml").write_bytes(SETTINGS)
    (root / "lists.yaml").write_text("lists: [news]\n")
    mail = "{subject: Hello, body: mails/hello.md, list: news, attachments: [mails/plan.pdf]}"
    (root / "emails.yaml").write_text(f"emails:\n  hello: {mail}\n")
    if code == "W001":
        (root / "oncue.yaml").unlink()
    elif code == "W002":
        (root / "gone.yaml").symlink_to("nowhere.yaml")
    elif code in _WRONG_BYTES:
        (root / "lists.yaml").write_bytes(_WRONG_BYTES[code])
    checked = workspace.check(root, cache=False)
    found = [each for each in checked.diagnostics if each.code == code]
    return text.render(found, checked.sources).replace(str(root), "acme")


_WRONG_BYTES = {
    "W101": "lists: [M\u00fcller]\n".encode("latin-1"),
    "W102": b"lists: [news] #" + b"x" * 5_000_000,
    "W103": "lists: [news\u0085]\n".encode(),
}


def test_there_is_no_golden_without_a_code() -> None:
    assert {path.stem for path in GOLDEN.glob("*.txt")} == set(codes.known())


@pytest.mark.parametrize("code", sorted(codes.known() - OF_THE_DISK))
def test_the_level_that_a_code_is_listed_with_is_the_one_it_has(code: str) -> None:
    found = [each for example in blocks(code, "Wrong") for each in compile_files(example)[1]]
    assert {each.severity for each in found if each.code == code} == {codes.level(code)}


@pytest.mark.parametrize("code", sorted(codes.known() - OF_THE_DISK))
def test_what_a_page_calls_right_gives_nothing_to_say(code: str) -> None:
    examples = blocks(code, "Right")
    assert examples
    for example in examples:
        _, diagnostics = compile_files(example)
        assert [found for found in diagnostics if found.severity != "note" or found.code == code] == []


def test_a_code_that_is_none_has_no_page() -> None:
    for code in ("X999", "../W001", "w001", ""):
        with pytest.raises(KeyError):
            codes.page(code)
