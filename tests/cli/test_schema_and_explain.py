from __future__ import annotations

import json

import jsonschema
import pytest

from oncue.compiler import codes
from tests.cli.oncue_process import Oncue


def test_schema_lists_the_kinds_and_prints_each_as_a_valid_2020_12_schema(oncue: Oncue) -> None:
    kinds = oncue("schema").out.split()
    assert {"oncue", "plan", "campaigns", "emails", "segments", "web_pages"} <= set(kinds)
    for kind in kinds:
        document = json.loads(oncue("schema", kind).out)
        assert document["$schema"] == "https://json-schema.org/draft/2020-12/schema", kind
        jsonschema.Draft202012Validator.check_schema(document)


def test_the_plan_that_compile_writes_fits_the_published_schema(oncue: Oncue, acme: object) -> None:
    schema = json.loads(oncue("schema", "plan").out)
    plan = json.loads(oncue("compile", "-w", "acme").out)
    jsonschema.Draft202012Validator(schema).validate(plan)


def test_an_unknown_kind_gets_the_nearest(oncue: Oncue) -> None:
    told = oncue("schema", "campaign")
    assert told.code == 2
    assert "did you mean 'campaigns'?" in told.err


def test_explain_prints_a_page_with_a_wrong_and_a_right_example(oncue: Oncue) -> None:
    code = min(codes.known())
    told = oncue("explain", code)
    assert told.code == 0
    assert told.out.startswith(f"# {code}: ")
    assert "## Wrong" in told.out
    assert "## Right" in told.out


@pytest.mark.parametrize("form", ["{}", "[{}]", " {} "])
def test_explain_takes_a_code_as_it_is_copied_from_a_message(form: str, oncue: Oncue) -> None:
    code = min(codes.known())
    assert oncue("explain", form.format(code.lower())).out == codes.page(code)


def test_explain_without_a_code_lists_them_all(oncue: Oncue) -> None:
    listed = oncue("explain").out.splitlines()
    assert [line.split()[0] for line in listed] == sorted(codes.known())


def test_an_unknown_code_is_wrong_usage(oncue: Oncue) -> None:
    told = oncue("explain", "Z000")
    assert (told.code, told.out) == (2, "")
    assert "there is no code Z000" in told.err
