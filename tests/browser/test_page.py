"""An email of the lifecycle example, looked at in a real browser."""

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
  const of = (name) => document.querySelector(name), look = (name) => getComputedStyle(of(name));
  const page = of(".page").getBoundingClientRect();
  return JSON.stringify({
    title: document.title, text: document.body.innerText, width: page.width, left: page.left,
    overflow: document.documentElement.scrollWidth > window.innerWidth,
    heading: look("h1").fontSize,
    colours: [look(".button").backgroundColor, look("body").backgroundColor],
    rules: [...document.styleSheets].flatMap((each) => [...each.cssRules]).map((one) => one.constructor.name),
    link: of(".button").href,
    unstyled: document.querySelectorAll("h1:not([style]), .button:not([style])").length,
  });
})()
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("browser")
    shutil.copytree(
        ROOT / "examples/lifecycle", folder / "lifecycle", ignore=shutil.ignore_patterns(".oncue")
    )
    (folder / "values.json").write_text('{"first_name": "Ana <b>&", "email": "ana@pijp.example"}')
    arguments = [
        "-w",
        str(folder / "lifecycle"),
        "--out",
        str(folder),
        "--values",
        str(folder / "values.json"),
    ]
    assert main(["preview", "welcome", *arguments]) == 0
    return folder / "welcome.html"


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


def test_a_browser_shows_the_email_as_it_was_laid_out(page: Path) -> None:
    seen = look(page, 900)
    assert (seen["width"], seen["left"], seen["overflow"]) == (664, 118, False)
    assert seen["title"] == "Tally"
    assert "Hello Ana <b>&" in seen["text"]
    assert "Watch the tour" in seen["text"]
    assert "choose what you get" in seen["text"]
    assert seen["heading"] == "26px"
    assert seen["colours"] == ["rgb(11, 110, 79)", "rgb(238, 241, 244)"]
    assert seen["link"] == "https://tally.example/tour"


def test_the_styles_stand_in_the_tags_and_nothing_is_loaded_from_elsewhere(page: Path) -> None:
    seen = look(page, 900)
    assert seen["unstyled"] == 0
    assert seen["rules"] == ["CSSMediaRule"]
    assert seen["asked"] == []


def test_on_a_narrow_screen_it_takes_the_width_that_is_there(page: Path) -> None:
    seen = look(page, 400)
    assert (seen["width"], seen["overflow"]) == (400, False)


def test_an_image_from_elsewhere_would_have_been_noticed(page: Path) -> None:
    other = page.with_name("other.html")
    image = '<img src="http://127.0.0.1:9/x.png"></body>'
    other.write_text(page.read_text("utf-8").replace("</body>", image), "utf-8")
    assert look(other, 900)["asked"] == ["http://127.0.0.1:9/x.png"]
