"""oncue graph: campaigns and workspaces drawn as text for Mermaid and Graphviz."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from oncue.cli.drawing import campaign as one
from oncue.cli.drawing import dot, mermaid
from oncue.cli.drawing import workspace as whole
from oncue.cli.drawing.model import Arrow, Box, Drawing, folded
from oncue.compiler import workspace
from oncue.schemas.plan import Plan
from tests.cli.oncue_process import ROOT, Oncue
from tests.compiler.golden_cases import GOLDEN, files_of
from tests.compiler.model.plans import PLANS, compiled

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
    lines = dot.render(drawing).splitlines()
    assert len(lines) == 8
    for line in lines:
        assert line.replace("\\\\", "").replace('\\"', "").count('"') % 2 == 0
        assert line.isprintable()


def test_a_long_text_is_folded_and_cut() -> None:
    assert list(folded("one two three", 7)) == ["one two", "three"]
    assert list(folded("x" * 100, 10, 2)) == ["x" * 10, "x" * 9 + "…"]
    assert list(folded("", 10)) == [""]


def test_a_campaign_of_200_steps_is_drawn_at_once(oncue: Oncue, acme: Path) -> None:
    steps = "".join(
        f"      - id: ask-{n}\n        if: score > {n}\n        then: [{{add_tag: t{n}}}]\n"
        for n in range(200)
    )
    text = f"campaigns:\n  long:\n    starts_when: [manual]\n    steps:\n{steps}"
    (acme / "long.yaml").write_text(text)
    began = time.perf_counter()
    told = oncue("graph", "long", "-w", "acme")
    assert time.perf_counter() - began < 10
    assert told.code == 0
    assert told.out.count('{{"<b>ask-') == 200


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
