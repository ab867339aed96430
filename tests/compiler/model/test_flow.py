"""How steps are called and what follows what."""

from __future__ import annotations

from textwrap import indent

from oncue.schemas.actions import Goto, If, WaitUntil
from oncue.schemas.plan import Step
from tests.compiler.golden_cases import files_of
from tests.compiler.model.plans import PLANS, compiled

SETTINGS = b"project: acme\ntimezone: UTC\n"


def steps(text: str) -> dict[str, Step]:
    yaml = "campaigns:\n  c:\n    starts_when: [manual]\n    steps:\n" + indent(text.strip("\n"), "      ")
    plan = compiled({"oncue.yaml": SETTINGS, "c.yaml": yaml.encode()})
    return {step.id: step for step in plan.campaigns["c"].steps}


def test_a_step_is_called_by_its_action_with_a_number_from_the_second_on() -> None:
    found = steps("- add_tag: a\n- add_tag: b\n- wait: 1 day\n- add_tag: c\n")
    assert list(found) == ["add_tag", "add_tag-2", "wait", "add_tag-3"]
    assert [step.next for step in found.values()] == ["add_tag-2", "wait", "add_tag-3", None]


def test_an_id_of_its_own_does_not_shift_the_names_of_the_others() -> None:
    before = steps("- add_tag: a\n- add_tag: b\n")
    after = steps("- id: new\n  add_tag: n\n- add_tag: a\n- add_tag: b\n")
    assert list(after) == ["new", *before]


def test_a_branch_leads_its_steps_names_and_leads_on_to_what_follows() -> None:
    found = steps("""
- if: score >= 50
  then:
    - add_tag: a
    - add_tag: b
  else:
    - id: mine
      if: score >= 40
      then: [{add_tag: c}]
- add_note: done
""")
    assert list(found) == [
        "if",
        "if/then/add_tag",
        "if/then/add_tag-2",
        "mine",
        "mine/then/add_tag",
        "add_note",
    ]
    assert found["if/then/add_tag-2"].next == "add_note"
    assert found["mine/then/add_tag"].next == "add_note"
    assert found["mine"].parent == "if"
    branch = found["if"].default
    assert isinstance(branch, If)
    assert (branch.then, branch.else_) == ("if/then/add_tag", "mine")


def test_an_empty_branch_goes_on_behind_its_step() -> None:
    found = steps("- if: score >= 50\n  then: [{add_tag: a}]\n- add_note: done\n")
    branch = found["if"].default
    assert isinstance(branch, If)
    assert branch.else_ is None
    assert found["if"].next == "add_note"


def test_the_branch_of_a_rule_has_the_rules_number_in_its_name() -> None:
    plan = compiled(files_of(next(case for case in PLANS if case.stem == "flow")))
    found = {step.id: step for step in plan.campaigns["nurture"].steps}
    use = found["wait-3"].rules[0].use
    assert isinstance(use, WaitUntil)
    assert use.on_timeout == "wait-3/rule-1/on_timeout/add_tag"
    assert found["wait-3/rule-1/on_timeout/add_tag"].next == "wait-4"


def test_a_jump_names_a_step_by_the_name_that_it_has_by_itself() -> None:
    found = steps("- add_tag: a\n- wait: 1 day\n- goto: add_tag\n")
    assert found["goto"].default == Goto("add_tag")
