"""The catalogue's page: a row for each action that the source names, none missing; every form compiles; and
the examples are run, each action of them done to a contact."""

from __future__ import annotations

import json
import re
import shutil
from functools import cache
from pathlib import Path

import pytest

from oncue.cli.main import main
from oncue.compiler.pipeline import compile_files
from oncue.runtime.kernel.actions import PERFORM
from oncue.schemas import actions
from tests.doc_blocks import ROOT, Block, blocks

PAGE = ROOT / "docs/actions.md"
LIFECYCLE = ROOT / "examples/lifecycle"
# What the source names, in its order; a wait is of two kinds there, a split too.
NAMED = [
    "Enviar un correo electrónico", "Enviar un mensaje de sitio", "Enviar un SMS",
    "Enviar un correo electrónico de notificación", "Espera cronometrada", "Espera hasta una fecha",
    "Espera condicional", "Si/si no", "Dividida: incluso dividir", "Dividida: división condicional",
    "Ir a", "Objetivo", "Iniciar una automatización", "Finalizar esta automatización",
    "Finalizar otra automatización", "Webhook", "Realizar matemáticas", "Suscribirse",
    "Cancelar suscripción", "Convertir", "Actualizar un contacto", "Agregar una etiqueta",
    "Eliminar una etiqueta", "Agregar una nota (contacto)",
    "Agregar al público personalizado de Facebook", "Eliminar del público personalizado de Facebook",
    "Ajustar una puntuación de contacto", "Agregar una oportunidad de venta", "Actualizar un título",
    "Actualizar un estado", "Actualizar un propietario", "Actualizar un valor", "Actualizar una etapa",
    "Actualizar un campo personalizado", "Actualizar un campo de cuenta", "Agregar una tarea",
    "Agregar una nota (oportunidad de venta)", "Completar una tarea",
    "Ajustar una puntuación de oportunidad de venta", "Crear un contacto en Salesforce",
    "Crear un cliente potencial en Salesforce",
]  # fmt: skip
ANA = {
    "id": "ana", "email": "ana@x.example", "phone": "+31600000001", "first_name": "Ana",
    "last_name": "Bakker", "city": "Delft", "company": "Bakker", "plan": "team", "monthly_value": 49,
    "renewal_date": "2026-03-20", "account": "bakker", "owner": "sam", "tags": ["example"],
    "at": "2026-03-02T10:00:00Z",
}  # fmt: skip

OWN = ("campaigns/example", "campaigns/side")


def rows() -> list[list[str]]:
    """The table's cells: number, name, action, short form, mapping form, example."""
    lines = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines[2:]]


def code(cell: str) -> str:
    """What stands in backquotes, if that is all of it."""
    found = re.fullmatch(r"`(.+)`", cell)
    return found[1] if found else ""


def keys(structs: set[type]) -> set[str]:
    """How a workspace calls what the plan's Structs say."""
    names = {str(each.__struct_config__.tag) for each in structs}  # type: ignore[attr-defined]
    names = {"wait" if name.startswith("wait_") else name for name in names}
    if "create_salesforce" in names:
        names = names - {"create_salesforce"} | {"create_salesforce_contact", "create_salesforce_lead"}
    return names


def test_the_table_has_a_row_for_each_action_that_the_source_names_in_its_order() -> None:
    assert [row[1] for row in rows() if row[0] != "+"] == NAMED
    assert [row[0] for row in rows() if row[0] != "+"] == [str(number + 1) for number in range(len(NAMED))]


def test_no_action_is_missing_from_the_table_nor_from_the_kernel() -> None:
    declared = set(actions.Action.__args__)
    assert set(PERFORM) == declared
    assert {code(row[2]) for row in rows()} == keys(declared)


@cache
def lifecycle() -> dict[str, bytes]:
    return {
        str(path.relative_to(LIFECYCLE)): path.read_bytes()
        for path in LIFECYCLE.rglob("*")
        if path.is_file() and ".oncue" not in path.parts and "data" not in path.parts
    }


GIFTS = b"""fulfillment_lists:
  gifts: {schedule: daily at 09:00, recipients: [{email: a@b.test, subject: x}], columns: [email]}
"""
WEBINAR = b"campaigns:\n  webinar: {statuses: {invited: {}, attended: {responded: true}}}\n"
FUNNEL = b"funnel: {mode: passive, qualified_when: score >= 65}\n"
FORMS = [(row[1], code(cell)) for row in rows() for cell in row[3:5] if code(cell)]


@pytest.mark.parametrize(("name", "form"), FORMS, ids=[form[:60] for _, form in FORMS])
def test_a_form_of_the_table_compiles(name: str, form: str) -> None:
    text = (
        "campaigns:\n  table:\n    starts_when: [manual]\n    exit_when: tagged \"customer\"\n    steps:\n"
        "      - id: first\n        wait: 1 day\n      - id: task\n        add_task: Call\n"
        f"      - {form}\n      - add_tag: over\n"
    )  # fmt: skip
    files = {**lifecycle(), "lists.yaml": GIFTS, "webinar.yaml": WEBINAR, "table.yaml": text.encode()}
    files["oncue.yaml"] += FUNNEL
    plan, found = compile_files(files)
    serious = [each for each in found if each.severity == "error"]
    assert plan is not None, serious
    kinds = {step.kind for step in plan.campaigns["table"].steps}
    assert code(next(row[2] for row in rows() if row[1] == name)) in kinds


def example(name: str) -> Block:
    """The example in the section that a row links to."""
    anchor = re.fullmatch(r"\[[^]]+\]\(#([\w-]+)\)", name)
    assert anchor, name
    title = anchor[1].replace("-", " ")
    text = PAGE.read_text("utf-8")
    heading = next(match for match in re.finditer(r"^## (.+)$", text, re.M) if match[1].lower() == title)
    line = text.count("\n", 0, heading.start()) + 1
    return next(block for block in blocks(PAGE, "yaml") if block.line > line)


@cache
def done_in(block: Block, folder: Path) -> frozenset[str]:
    """The kinds of actions that were done when a contact went through an example."""
    workspace = folder / f"line{block.line}"
    shutil.copytree(LIFECYCLE, workspace, ignore=shutil.ignore_patterns(".oncue", "data"))
    (workspace / "example.yaml").write_text(block.text, "utf-8")
    with (workspace / "oncue.yaml").open("ab") as settings:
        settings.write(FUNNEL)
    visit = {"type": "web_page.visit", "asset": "pricing", "contact": "ana"}
    lines = [
        {"account": "bakker", "seats": 3, "at": "2026-03-01"}, ANA,
        {"id": "e1", **visit, "at": "2026-03-05T10:00:00Z"},
        {"id": "e2", "type": "invoice_sent", "contact": "ana", "at": "2026-03-08T10:00:00Z"},
        {"id": "e3", **visit, "at": "2026-03-15T10:00:00Z"},
        {"id": "e4", "type": "trial_started", "contact": "ana", "at": "2026-03-25T10:00:00Z"},
    ]  # fmt: skip
    inputs = workspace / "lines.jsonl"
    inputs.write_text("".join(f"{json.dumps(line)}\n" for line in lines), "utf-8")
    code = main(["run", "-w", str(workspace), "--clock", "events", "--until", "2026-05-01", str(inputs)])
    assert code == 0
    return kinds_done(workspace)


def kinds_done(workspace: Path) -> frozenset[str]:
    from oncue.compiler import workspace as compiler
    from oncue.runtime.views import reports

    plan = compiler.check(workspace).plan
    assert plan is not None
    kinds = {(name, step.id): step.kind for name, each in plan.campaigns.items() for step in each.steps}
    found = list(reports.audit(workspace / ".oncue/oncue.db"))
    own = [each for each in found if each["what"] == "action" and each["unit"] in OWN]
    assert [(e["step"], e["why"]) for e in own if e["result"] in ("failed", "refused")] == []
    done = [each for each in own if each["result"] == "done"]
    return frozenset(kinds[each["unit"].partition("/")[2], each["step"]] for each in done)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("catalogue")


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[1])
def test_the_rows_example_does_its_action_to_a_contact(row: list[str], folder: Path) -> None:
    assert code(row[2]) in done_in(example(row[5]), folder)
