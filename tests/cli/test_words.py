"""Every action and trigger of a plan has its words; goldens hold them."""

from __future__ import annotations

import typing
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from oncue.cli.words.actions import WORDS, name_of, say
from oncue.cli.words.flow import FLOW
from oncue.cli.words.steps import clauses
from oncue.cli.words.triggers import WORDS as TRIGGERS
from oncue.cli.words.triggers import starts
from oncue.cli.words.values import address, duration, one_line, quoted, weekdays
from oncue.schemas.actions import Action
from oncue.schemas.plan import Plan
from oncue.schemas.triggers import Trigger
from oncue.schemas.values import DAY, HOUR, MINUTE, WEEK
from tests.compiler.golden_cases import GOLDEN, files_of
from tests.compiler.model.plans import PLANS, compiled


def spoken(plan: Plan) -> str:
    """Every trigger, step and rule of a plan in words."""
    lines = []
    for name, campaign in sorted(plan.campaigns.items()):
        lines.append(f"campaign {name}")
        lines += [f"  starts: {starts(plan, each)}" for each in campaign.starts]
        for step in campaign.steps:
            lines += [f"  {step.id}: {clause.line}" for clause in clauses(plan, step)]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("case", PLANS, ids=lambda case: case.stem)
def test_a_plan_is_told_in_the_words_of_its_golden(case: Path, rewrite: bool) -> None:
    golden = GOLDEN / "drawings" / f"{case.stem}.words.txt"
    said = spoken(compiled(files_of(case)))
    if rewrite:
        golden.write_text(said, "utf-8")
    assert said == golden.read_text("utf-8")


# Actions that no golden plan holds: as the plan has them, and their words.
SAMPLES = [
    (
        {"do": "add_to_fulfillment_list", "list": "mugs", "hold": True},
        "add to fulfillment list mugs, and wait until its batch is handed over",
    ),
]
ACTIONS = {name_of(kind) for kind in typing.get_args(Action)}


def test_no_action_and_no_trigger_lacks_words() -> None:
    assert ACTIONS - {*WORDS, *FLOW} == set()
    assert set(TRIGGERS) == set(typing.get_args(Trigger))


def test_the_goldens_hold_every_action() -> None:
    told = {str(sample["do"]) for sample, _ in SAMPLES}
    for case in PLANS:
        plan = compiled(files_of(case))
        steps = [step for campaign in plan.campaigns.values() for step in campaign.steps]
        uses = [use for step in steps for use in (step.default, *(rule.use for rule in step.rules))]
        told |= {name_of(type(use)) for use in uses if use is not None}
    assert ACTIONS - told == set()


@pytest.mark.parametrize(("sample", "said"), SAMPLES, ids=lambda each: str(each)[:30])
def test_an_action_beside_the_golden_plans_has_its_words(sample: dict[str, object], said: str) -> None:
    if sample["do"] in ACTIONS:
        assert say(compiled(files_of(PLANS[0])), msgspec.convert(sample, Action)) == said


def test_doing_nothing_is_said() -> None:
    assert say(compiled(files_of(PLANS[0])), None) == "do nothing"


@pytest.mark.parametrize(
    ("micros", "said"),
    [(0, "no time"), (WEEK, "1 week"), (3 * DAY, "3 days"), (90 * MINUTE, "90 minutes"), (24 * HOUR, "1 day"),
     (1_500_000, "1.5 seconds")],
)  # fmt: skip
def test_a_duration_has_the_largest_unit_that_it_is_whole_in(micros: int, said: str) -> None:
    assert duration(micros) == said


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://ana:secret@x.test:8080/in?key=secret#secret", "https://x.test:8080/in"),
        ("env:LEADS_URL", "the address in LEADS_URL"),
        ("http://[broken", "an address"),
        ("https://x.test:99999/in", "an address"),
    ],
)
def test_an_address_is_told_without_what_may_be_secret(url: str, said: str) -> None:
    assert address(url) == said


def test_texts_stay_on_one_line_without_control_characters() -> None:
    assert quoted("a\r\n\tb\x1b[31m\u202ec") == "“a b [31m c”"
    assert one_line("  ") == ""


@pytest.mark.parametrize(
    ("days", "said"),
    [((0, 1, 2, 3, 4), "a weekday"), ((4, 0), "Monday or Friday"), ((6,), "Sunday")],
)
def test_weekdays_are_told_by_name(days: tuple[int, ...], said: str) -> None:
    assert weekdays(days) == said


def test_the_parts_of_a_list_are_told_apart() -> None:
    from oncue.cli.words.values import both

    said = [both(["a", "b", "c", "d"][:number]) for number in range(5)]
    assert said == ["", "a", "a and b", "a, b and c", "a, b, c and d"]
    assert all(shorter != longer for shorter, longer in pairwise(said))
