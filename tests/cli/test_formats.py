"""What CI reads: SARIF, the workflow commands of GitHub, JUnit XML."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from oncue.cli import validate
from oncue.cli.render import github, junit, sarif
from oncue.cli.render.formats import FORMATS, Found
from oncue.compiler import codes
from oncue.compiler.diagnostics import Diagnostic, Related
from oncue.compiler.pipeline import compile_files
from oncue.compiler.source import Source, Span
from oncue.compiler.workspace import Sources
from tests.cli.oncue_process import Oncue, process
from tests.cli.sarif_log import Region, Result, read
from tests.compiler.golden_cases import cases, files_of

SLIP = "segments:\n  eager: scor >= 50\n"
WARNED = "segments:\n  not-big: not employees >= 50\n"
EMOJI = 'segments:\n  eager: tagged "😀🎉" and scor >= 50\n'


def made(path: str, text: str, *found: Diagnostic) -> Found:
    return Found(found, {path: Source(path, text)}, "acme/")


def slip(line: int, column: int, end: int, code: str = "C010", **more: object) -> Diagnostic:
    return Diagnostic(code, "error", "unknown `scor`", Span("a.yaml", line, column, line, end), **more)  # type: ignore[arg-type]


def sarif_of(text: str) -> list[Result]:
    files = {"oncue.yaml": b"project: acme\ntimezone: UTC\n", "a.yaml": text.encode()}
    return read(sarif.render(Found(compile_files(files)[1], Sources(files)))).results


# --- SARIF ---


@pytest.mark.parametrize("folder", ["diagnostics", "names"])
def test_the_log_of_each_golden_is_sarif(folder: str) -> None:
    for case in cases(folder):
        files = files_of(case)
        found = compile_files(files)[1]
        run = read(sarif.render(Found(found, Sources(files), "acme/")))
        assert [(each.rule_id, each.level) for each in run.results] == [(d.code, d.severity) for d in found]


def test_nothing_found_is_a_log_without_results(oncue: Oncue, acme: Path) -> None:
    told = oncue("validate", "acme", "--format", "sarif")
    assert (told.code, read(told.out).results) == (0, [])


def test_a_rule_brings_its_page_as_help(oncue: Oncue, acme: Path) -> None:
    (acme / "more.yaml").write_text(SLIP + "  b: not employees >= 50\n")
    rules = {
        rule.id: rule for rule in read(oncue("validate", "acme", "--format", "sarif").out).tool.driver.rules
    }
    assert rules["C010"].short_description.text == codes.titles()["C010"]
    assert rules["C010"].help.markdown == codes.page("C010")
    assert not rules["C010"].full_description.text.startswith("#")
    assert rules["C010"].default_configuration.level == "error"
    assert rules["C050"].default_configuration.level == "warning"


def test_a_result_points_at_the_file_from_the_root_of_the_checkout(oncue: Oncue, acme: Path) -> None:
    (acme / "ünder a").mkdir()
    (acme / "ünder a/more.yaml").write_text(SLIP)
    (one,) = read(oncue("validate", "acme", "--format", "sarif").out).results
    place = one.locations[0].physical_location
    assert place.artifact_location.uri == "acme/%C3%BCnder%20a/more.yaml"
    assert place.artifact_location.uri_base_id == "%SRCROOT%"
    assert place.region.snippet.text == "scor"


def test_the_root_of_the_checkout_is_what_the_job_says(
    oncue: Oncue, acme: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (acme / "more.yaml").write_text(SLIP)
    monkeypatch.setenv("GITHUB_WORKSPACE", str(acme.parent))
    oncue.folder = acme
    assert "file=acme/more.yaml," in oncue("validate", "--format", "github").out
    monkeypatch.delenv("GITHUB_WORKSPACE")
    assert "file=more.yaml," in oncue("validate", "--format", "github").out


def test_columns_count_utf_16_code_units() -> None:
    (one,) = sarif_of(EMOJI)
    region = one.locations[0].physical_location.region
    assert (region.start_column, region.end_column) == (28, 32)
    assert EMOJI.splitlines()[1].encode("utf-16-le")[2 * 27 : 2 * 31].decode("utf-16-le") == "scor"
    assert region.snippet.text == "scor"


def test_a_place_without_an_end_is_one_character_wide() -> None:
    found = Diagnostic("W001", "error", "there is no oncue.yaml", Span("oncue.yaml", 1, 1))
    (one,) = read(sarif.render(Found([found], {}))).results
    assert one.locations[0].physical_location.region == Region(
        start_line=1, start_column=1, end_line=1, end_column=2
    )


def test_related_places_are_numbered_and_named() -> None:
    related = (Related("declared here", Span("a.yaml", 1, 1, 1, 4)),)
    (one,) = read(sarif.render(made("a.yaml", "abc: 1\nx: scor\n", slip(2, 4, 8, related=related)))).results
    assert [(each.id, each.message.text) for each in one.related_locations] == [(1, "declared here")]
    assert one.related_locations[0].physical_location.artifact_location.uri == "acme/a.yaml"


def test_what_is_surely_meant_is_a_fix_in_the_units_of_the_columns() -> None:
    (one,) = sarif_of(EMOJI)
    (replacement,) = one.fixes[0].artifact_changes[0].replacements
    assert (replacement.deleted_region.start_column, replacement.deleted_region.end_column) == (28, 32)
    assert replacement.inserted_content.text == "score"


def prints(text: str) -> list[str]:
    return [each.partial_fingerprints["primaryLocationLineHash"] for each in sarif_of(text)]


def test_a_fingerprint_stays_while_lines_move_and_blocks_are_indented() -> None:
    moved = "# one\n\nlists: [a]\n" + SLIP.replace("  eager", "      eager")
    assert prints(SLIP) == prints(moved)[-1:]
    assert prints(SLIP) != prints(SLIP.replace("50", "60"))


def test_equal_lines_have_fingerprints_of_their_own() -> None:
    same = "      - if: scor >= 5\n        then: [end]\n"
    found = prints("campaigns:\n  a:\n    starts_when: [manual]\n    steps:\n" + same * 2)
    assert [each.rpartition(":")[2] for each in found] == ["1", "2"]
    assert len({each.rpartition(":")[0] for each in found}) == 1


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github", "junit"])
def test_a_secret_in_a_file_stands_in_no_form(form: str, oncue: Oncue, acme: Path) -> None:
    settings = (acme / "oncue.yaml").read_text()
    (acme / "oncue.yaml").write_text(
        f"{settings}\nconnectors:\n  sms: {{type: twilio, account: s3cr3t-a, token: s3cr3t-b, frm: x}}\n"
    )
    told = oncue("validate", "acme", "--format", form)
    assert told.code == 1
    assert "s3cr3t" not in told.out + told.err
    assert form in ("json", "github") or "****" in told.out


# --- GitHub ---


def test_a_command_names_file_lines_columns_and_the_codes_title(oncue: Oncue, acme: Path) -> None:
    (acme / "more.yaml").write_text(SLIP)
    told = oncue("validate", "acme", "--format", "github")
    assert told.code == 1
    assert told.out == (
        "::error file=acme/more.yaml,line=2,endLine=2,col=10,endColumn=13,"
        "title=C010%3A an unknown contact field"
        "::there is no contact field `scor` [C010]%0Ahint: did you mean `score`?\n"
    )


def test_what_would_end_a_command_is_escaped() -> None:
    bad = Diagnostic("C010", "warning", "100% \r\n::error::x", Span("a,b:c.yaml", 1, 1, 1, 2))
    told = github.render(Found([bad], {}))
    assert told.startswith("::warning file=a%2Cb%3Ac.yaml,line=1,")
    assert told.endswith("::100%25 \\x0d\\x0a::error::x [C010]\n")
    assert told.count("\n") == 1


def test_a_span_over_lines_has_no_columns() -> None:
    over = Diagnostic("C010", "note", "m", Span("a.yaml", 1, 4, 3, 2))
    assert "::notice file=a.yaml,line=1,endLine=3,title=" in github.render(Found([over], {}))


def test_columns_of_commands_count_utf_16_code_units() -> None:
    told = github.render(made("a.yaml", EMOJI, slip(2, 26, 30)))
    assert ",col=28,endColumn=31," in told


# --- JUnit ---


def test_each_mistake_is_a_failing_case_and_a_clean_file_a_passing_one(oncue: Oncue, acme: Path) -> None:
    (acme / "more.yaml").write_text(SLIP)
    told = oncue("validate", "acme", "--format", "junit")
    root = ElementTree.fromstring(told.out)
    suites = {suite.get("name"): suite for suite in root}
    assert told.code == 1
    assert root.get("failures") == "1"
    assert int(root.get("tests") or 0) == len(root.findall(".//testcase")) == len(suites)
    case = suites["acme/more.yaml"][0]
    assert (case.get("file"), case.get("line")) == ("acme/more.yaml", "2")
    assert case[0].get("type") == "C010"
    assert "   2 |   eager: scor >= 50\n" in (case[0].text or "")
    assert suites["acme/oncue.yaml"][0].get("name") == "no mistakes"


def test_a_warning_is_output_of_a_passing_case_unless_strict(oncue: Oncue, acme: Path) -> None:
    (acme / "more.yaml").write_text(WARNED)
    told = oncue("validate", "acme", "--format", "junit")
    assert (told.code, ElementTree.fromstring(told.out).get("failures")) == (0, "0")
    assert "C050" in "".join(ElementTree.fromstring(told.out).itertext())
    told = oncue("validate", "acme", "--format", "junit", "--strict")
    assert (told.code, ElementTree.fromstring(told.out).get("failures")) == (1, "1")


def test_nothing_from_a_file_breaks_the_xml() -> None:
    bad = Diagnostic("S101", "error", 'a <b> & "c" \x00 \ud800 ]]>', Span("<&>.yaml", 1, 1, 1, 2), "\x1b")
    root = ElementTree.fromstring(
        junit.render(Found([bad], {"<&>.yaml": Source("<&>.yaml", "a\x08: <x>\n")}))
    )
    assert root[0].get("name") == "<&>.yaml"


# --- all ---


def test_the_command_knows_each_form_and_no_other() -> None:
    assert set(validate.FORMATS) == set(FORMATS)


@pytest.mark.parametrize("form", ["json", "sarif", "github", "junit"])
def test_the_form_changes_no_exit_code_and_no_sum(form: str, oncue: Oncue, acme: Path) -> None:
    (acme / "more.yaml").write_text(WARNED)
    for options in ([], ["--strict"]):
        plain, other = (oncue("validate", "acme", *options, *more) for more in ([], ["--format", form]))
        assert (plain.code, plain.err) == (other.code, other.err)
    empty = oncue("validate", "acme/nowhere", "--format", form)
    assert (empty.code, empty.out) == (2, "")


@pytest.mark.parametrize("form", ["sarif", "github", "junit"])
def test_a_folder_without_settings_is_told_in_each_form(form: str, oncue: Oncue) -> None:
    told = oncue("validate", "--format", form)
    assert told.code == 1
    assert "W001" in told.out


def test_no_form_is_coloured(acme: Path) -> None:
    (acme / "more.yaml").write_text(SLIP)
    for form in ("sarif", "github", "junit"):
        assert "\x1b" not in process(acme, "validate", "--format", form, FORCE_COLOR="1").out
