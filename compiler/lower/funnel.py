"""The funnel to the plan: settings, statuses, reactivation scenarios."""

from __future__ import annotations

from typing import Any

from oncue.compiler import model
from oncue.compiler.lower.steps import named
from oncue.compiler.lower.triggers import trigger
from oncue.compiler.lower.uses import Uses
from oncue.compiler.model import funnel as model_funnel
from oncue.schemas import funnel as given
from oncue.schemas import plan
from oncue.schemas.values import compared_text


def funnel(uses: Uses, each: model_funnel.Funnel) -> given.Funnel:
    """The settings."""
    return given.Funnel(
        at=uses.at(each.key),
        mode=each.mode,
        qualified_when=uses.use(each.qualified_when),
        active=tuple(compared_text(scalar.text) for scalar in each.active),
        inactive=tuple(compared_text(scalar.text) for scalar in each.inactive),
        first=each.active[0].text if each.active else "",
    )


def statuses(campaign: model.Campaign) -> tuple[given.MemberStatus, ...]:
    """The statuses of a campaign's members."""
    return tuple(given.MemberStatus(each.key.text, each.responded) for each in campaign.statuses)


def scenario(uses: Uses, each: model_funnel.Scenario) -> plan.Scenario:
    """One scenario, whose type and criteria are known to be readable."""
    type_: Any = each.type
    return plan.Scenario(
        at=uses.at(each.key),
        type=type_,
        eligible=_eligible(each.eligible),
        crosses=uses.maybe(each.crosses),
        field=None if each.field is None else each.field.name,
        prompts=tuple(prompt.name for prompt in each.prompts),
        on=None if each.on is None else trigger(uses, each.on),
        when=uses.maybe(each.when),
        wait=each.wait,
        look_back=each.look_back,
        non_responses=each.non_responses,
        insert=None if each.insert is None else named(uses, each.insert.key.text, each.insert),
        actions=tuple(named(uses, step.key.text, step) for step in each.actions),
        description=each.description,
        was=each.was,
    )


def _eligible(each: model_funnel.Eligible | None) -> given.Eligible:
    if each is None:
        raise AssertionError("a scenario with errors came to be lowered")
    return given.Eligible(each.mode, each.never_reactivated, each.statuses, each.within)
