"""What conditions say of somebody unknown: never wrong, and mostly known."""

from __future__ import annotations

import pytest

from oncue.runtime.kernel.conditions.nobody import of_nobody
from oncue.runtime.kernel.state import ContactState
from tests.oracle.bridge import Kernel
from tests.oracle.forms import PRODUCTIONS, draw_case
from tests.runtime.kernel.stage import Stage, plan_of

NOBODY = ContactState(key="", created_at=0, fields={"score": 0})


@pytest.mark.parametrize("production", sorted(PRODUCTIONS))
@pytest.mark.parametrize("number", range(4))
def test_what_is_said_of_nobody_is_what_the_condition_says(production: str, number: int) -> None:
    case = draw_case(production, f"nobody {production} {number}")
    kernel = Kernel(case)
    said = of_nobody(kernel.root.node, lambda name: of_nobody(kernel.segments[name].node, lambda _: None))
    if said is not None:
        assert kernel.condition.test(NOBODY, case.now, {}, None) is said
        assert kernel.condition.test(NOBODY, case.now + 10**15, {}, None) is said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("score >= 50", False),
        ("score < 50", True),
        ('country == "US"', False),
        ('country != "US"', True),
        ('country in ["US"] or email ends with "@x.test"', False),
        ('tagged "a" or subscribed to prospects or in campaign c', False),
        ("renewal_date within next 7 days", False),
        ("did purchase in last 7 days", False),
        ("not did purchase", True),
        ("sum(purchase.total) > 500 and now between 09:00 and 17:00", False),
        ("max(purchase.total) < 5", False),
        ("last(purchase) older than 3 days", False),
        ("in segment low", True),
        ("not in segment low", False),
        ("now between 09:00 and 17:00", None),
    ],
)
def test_most_conditions_need_no_asking(text, said):
    whole = f"segments:\n  low: score < 50\n  s: '{text}'\ncampaigns: {{c: {{starts_when: [manual]}}}}\n"
    plan = plan_of(whole)
    nodes = {name: plan.conditions[spec.condition.condition].node for name, spec in plan.segments.items()}
    assert of_nobody(nodes["s"], lambda name: of_nobody(nodes[name], lambda _: None)) is said


def test_a_new_contact_enters_the_segments_that_hold_for_somebody_unknown():
    text = "segments: {unknown: first_name is not set, known: first_name is set, buyers: did purchase}\n"
    stage = Stage(text, contact=None)
    stage.event("purchase")
    assert stage.state.segments == {"unknown", "buyers"}
