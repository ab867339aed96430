"""The site of the lifecycle example, and the page of its report, looked at in a real browser."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from oncue.cli.main import main

ROOT = Path(__file__).parents[2]
SCRIPT = """
(() => {
  const boxes = [...document.querySelectorAll(".drawing g[data-step]")];
  const inside = (text) => {
    const own = text.getBoundingClientRect();
    const box = text.closest("g").querySelector(".frame").getBoundingClientRect();
    return own.left >= box.left && own.right <= box.right && own.top >= box.top && own.bottom <= box.bottom;
  };
  const frame = document.querySelector("iframe");
  return JSON.stringify({
    title: document.title, text: document.body.innerText, steps: boxes.map((each) => each.dataset.step),
    outside: [...document.querySelectorAll(".drawing g[class] text")].filter((each) => !inside(each))
      .map((each) => each.textContent),
    overflow: document.documentElement.scrollWidth > window.innerWidth,
    paper: getComputedStyle(document.body).backgroundColor,
    bars: [...document.querySelectorAll("svg.chart")]
      .filter((each) => each.getBoundingClientRect().width > 200).length,
    frame: frame ? frame.getBoundingClientRect().width : 0,
    small: [...document.querySelectorAll("main *")]
      .filter((each) => parseFloat(getComputedStyle(each).fontSize) < 10).length,
  });
})()
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    assert main(["docs", "-w", str(ROOT / "examples/lifecycle"), "--out", str(folder)]) == 0
    return folder


@cache
def look(page: Path, width: int) -> dict[str, Any]:
    """What the browser shows; skips where it lacks a library of the system."""
    command = [sys.executable, str(Path(__file__).with_name("look.py")), str(page), str(width), SCRIPT]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode == 5:
        pytest.skip(f"the browser engine cannot start here: {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    return {"asked": seen["asked"], **json.loads(seen["found"])}


def test_a_campaigns_page_shows_its_drawing_with_every_text_inside_its_box(site: Path) -> None:
    seen = look(site / "campaigns/sales-handover.html", 1200)
    assert seen["title"] == "sales-handover · tally"
    assert len(seen["steps"]) == 24
    assert len(set(seen["steps"])) == 24
    assert seen["outside"] == []
    assert seen["small"] == 0
    assert "make the next of team sales the owner" in seen["text"]
    assert "campaigns/sales.yaml:42" in seen["text"]


def test_the_whole_workspaces_drawing_keeps_its_texts_inside_its_boxes(site: Path) -> None:
    assert look(site / "drawing.html", 1200)["outside"] == []


@pytest.mark.parametrize(
    "page", ["index.html", "campaigns/trial.html", "emails/welcome.html", "settings.html"]
)
def test_on_a_narrow_screen_nothing_is_cut_off(site: Path, page: str) -> None:
    seen = look(site / page, 400)
    assert seen["overflow"] is False
    assert seen["paper"] == "rgb(255, 255, 255)"


def test_an_email_stands_in_its_frame_and_nothing_is_asked_from_elsewhere(site: Path) -> None:
    seen = look(site / "emails/welcome.html", 1000)
    assert seen["frame"] > 800
    assert [each for each in seen["asked"] if not each.startswith(("about:", "data:"))] == []


@pytest.mark.parametrize("width", [1200, 400])
def test_the_report_page_fits_the_screen_and_shows_its_bars(tmp_path: Path, width: int) -> None:
    folder, page = tmp_path / "tally", tmp_path / "report.html"
    shutil.copytree(ROOT / "examples/lifecycle", folder, ignore=shutil.ignore_patterns(".oncue"))
    data = [str(each) for each in sorted((folder / "data").iterdir())]
    assert main(["run", "-w", str(folder), "--clock", "events", *data]) == 0
    assert main(["report", "-w", str(folder), "--html", str(page)]) == 0
    seen = look(page, width)
    assert "churn-prevention" in seen["text"]
    assert seen["bars"] > 40
    assert seen["overflow"] is False
    assert seen["small"] == 0
    assert seen["asked"] == []
