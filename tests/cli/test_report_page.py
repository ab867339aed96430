"""`oncue report --html`: the report as one page with pictures in its tables."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest

from oncue.cli.site import charts
from oncue.cli.site.charts import Part
from tests.cli.oncue_process import ROOT, Oncue

SVG = re.compile(r"<svg.*?</svg>", re.S)


@pytest.fixture
def tally(oncue: Oncue, tmp_path: Path) -> Path:
    """The lifecycle example after its history."""
    folder = tmp_path / "tally"
    shutil.copytree(ROOT / "examples/lifecycle", folder, ignore=shutil.ignore_patterns(".oncue"))
    data = folder / "data"
    assert oncue("run", "-w", folder, "--clock", "events", *sorted(data.iterdir())).code == 0
    return folder


def page_of(oncue: Oncue, folder: Path, *unit: str) -> str:
    told = oncue("report", *unit, "-w", folder, "--html", folder / "report.html")
    assert (told.code, told.out, told.err) == (0, "", f"the report is in {folder / 'report.html'}\n")
    return (folder / "report.html").read_text(encoding="utf-8")


def test_the_page_has_the_numbers_of_the_report_and_a_bar_for_each_step(oncue: Oncue, tally: Path) -> None:
    page = page_of(oncue, tally)
    text = oncue("report", "-w", tally).out
    assert "4 entered, 1 inside, 0 exited, 3 ended" in text
    assert "<p>4 entered, 1 inside, 0 exited, 3 ended</p>" in page
    assert 'aria-label="3 left, 1 there now"' in page
    assert page.count("<svg") == page.count("</svg>") > 40


def test_the_page_loads_nothing_and_every_picture_is_well_formed(oncue: Oncue, tally: Path) -> None:
    page = page_of(oncue, tally)
    assert "<script" not in page
    assert not re.search(r'(?:src|href)="', page)
    for picture in SVG.findall(page):
        ElementTree.fromstring(picture)


def test_the_same_database_gives_the_same_bytes(oncue: Oncue, tally: Path) -> None:
    assert page_of(oncue, tally) == page_of(oncue, tally)


def test_one_unit_has_a_page_without_totals(oncue: Oncue, tally: Path) -> None:
    page = page_of(oncue, tally, "campaigns/nurture")
    assert "campaigns-nurture" in page
    assert "campaigns-trial" not in page
    assert "<th>contacts</th><td>" not in page


def test_the_page_goes_to_standard_output_where_a_dash_says_so(oncue: Oncue, tally: Path) -> None:
    told = oncue("report", "-w", tally, "--html", "-")
    assert (told.code, told.err) == (0, "")
    assert told.out.rstrip("\n") == page_of(oncue, tally).rstrip("\n")


def test_a_page_that_cannot_be_written_is_told(oncue: Oncue, tally: Path) -> None:
    told = oncue("report", "-w", tally, "--html", tally / "nowhere" / "report.html")
    assert told.code == 3
    assert "cannot be written: no such file or directory" in told.err


@pytest.mark.parametrize("more", [["--audit"], ["--format", "json"]])
def test_the_page_is_a_form_of_its_own(oncue: Oncue, tally: Path, more: list[str]) -> None:
    told = oncue("report", "-w", tally, "--html", tally / "report.html", *more)
    assert told.code == 2
    assert "--html goes without --audit and --format" in told.err


def test_a_bar_is_as_long_as_its_numbers_say() -> None:
    drawn = charts.bar([Part("one", 30, "left"), Part("two", 0, "lost"), Part("three", 20, "<there>")], 100)
    pieces = ElementTree.fromstring(drawn).findall("{*}rect")[1:]
    assert [(piece.get("x"), piece.get("width")) for piece in pieces] == [("0.0", "72.0"), ("72.0", "48.0")]
    assert "20 &lt;there&gt;" in drawn


def test_a_rate_stands_between_the_ends_of_its_interval() -> None:
    drawn = ElementTree.fromstring(charts.rate(0.25, 0.1, 0.5, 0.5))
    line, dot = drawn.find("{*}line"), drawn.find("{*}circle")
    assert (line.get("x1"), dot.get("cx"), line.get("x2")) == ("48.0", "120.0", "240.0")
    assert drawn.get("aria-label") == "25.0%, between 10.0% and 50.0%"
