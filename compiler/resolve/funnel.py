"""The funnel's names: values of `status`, statuses of campaigns, and what scenarios speak of."""

from __future__ import annotations

from collections.abc import Iterable

from oncue.compiler import model
from oncue.compiler.diagnostics import Related
from oncue.compiler.expr.catalog import Place
from oncue.compiler.flow.flat import acts
from oncue.compiler.model import Campaign, Ref, Workspace
from oncue.compiler.model.funnel import Funnel, MemberStatus, Scenario
from oncue.compiler.resolve.lookup import Lookup
from oncue.compiler.resolve.names import did_you_mean, meant
from oncue.compiler.yaml.nodes import Node, Scalar
from oncue.schemas.values import compared_text

# key -> the type of scenario that it belongs to
KEYS_OF_TYPE = {
    "crosses": "score",
    "field_changes": "score",
    "prompts": "response_prompt",
    "on": "invocable",
}


def funnel(look: Lookup, workspace: Workspace) -> None:
    """The settings, and that there are some where anything needs them."""
    given = workspace.settings.funnel
    if given is not None:
        _settings(look, given)
        return
    needing = [each.key for each in workspace.campaigns.values() if each.statuses]
    needing += [each.key for each in workspace.reactivation_scenarios.values()]
    if needing:
        hint = "add `funnel: {mode: passive, qualified_when: CONDITION}` to oncue.yaml"
        message = f"`{needing[0].text}` needs to know which responses become active, and no `funnel` says so"
        look.error("F130", needing[0], message, hint)


def _settings(look: Lookup, given: Funnel) -> None:
    look.conditions.add(given.qualified_when)
    first: dict[str, Scalar] = {}
    for scalar in (*given.active, *given.inactive):
        look.value(Ref("fields", "status", scalar), scalar)
        other = first.setdefault(compared_text(scalar.text), scalar)
        if other is not scalar:
            related = (Related("it stands here first", other.span),)
            message = f"`{scalar.text}` stands here twice, and a status is either active or inactive"
            look.error("F137", scalar, message, "keep one of them", related)
    if given.mode != "passive" and not given.active:
        hint = "add `active_statuses:`, the first of which is what oncue sets; or `mode: passive`"
        look.error("F137", given.key, f"`mode: {given.mode}` sets a status, and none is named", hint)


# --- campaigns ------------------------------------------------------------------------------------


def members(look: Lookup, each: Campaign) -> None:
    """A campaign's own statuses."""
    for key in (each.default_responded, each.exclude):
        if key is not None and not each.statuses:
            name = "default_responded" if isinstance(key, Ref) else key.text
            hint = "add `statuses:`, or leave it out"
            look.error("F134", key, f"`{name}` is about statuses, and this campaign has none", hint)
    if each.default_responded is not None and each.statuses:
        known = member_status(look, each.default_responded, each)
        if known is not None and not known.responded:
            names = [status.key.text for status in each.statuses if status.responded]
            hint = f"responded here: {', '.join(names)}" if names else "add `responded: true` to it"
            message = f"`{known.key.text}` is no responded status"
            look.error("F135", each.default_responded, message, hint)


def record_response(look: Lookup, act: model.RecordResponse, place: Place) -> None:
    """A campaign with statuses, and one of them."""
    campaign = with_statuses(look, act.campaign)
    if campaign is None:
        return
    if act.status is not None:
        member_status(look, act.status, campaign)
    else:
        _responds(look, act.campaign, campaign)


def response_status(campaign: Campaign) -> str:
    """What a member gets who is made a response; empty: the campaign has no such status."""
    if campaign.default_responded is not None:
        return campaign.default_responded.name
    return next((status.key.text for status in campaign.statuses if status.responded), "")


def with_statuses(look: Lookup, ref: Ref) -> Campaign | None:
    """The campaign that is named, if it has statuses."""
    if not look.name(ref):
        return None
    campaign = look.campaigns[ref.name]
    if campaign.statuses:
        return campaign
    hint = "give it some: `statuses: {invited: {}, attended: {responded: true}}`"
    related = (Related("it is defined here", campaign.key.span),)
    look.error("F134", ref, f"`{ref.name}` has no statuses, so it has no members to respond", hint, related)
    return None


def _responds(look: Lookup, ref: Ref, campaign: Campaign) -> bool:
    if response_status(campaign):
        return True
    related = (Related("its statuses stand here", campaign.statuses[0].key.span),)
    hint = "add `responded: true` to the status that says so"
    look.error("F133", ref, f"no status of `{ref.name}` is a responded one", hint, related)
    return False


def member_status(look: Lookup, ref: Ref, campaign: Campaign) -> MemberStatus | None:
    """One of the campaign's statuses, by its name."""
    names = {status.key.text: status for status in campaign.statuses}
    if ref.name not in names:
        hint = did_you_mean(ref.name, names, "statuses")
        message = f"`{campaign.key.text}` has no status `{ref.name}`"
        look.error("N226", ref, message, hint, fix=meant(ref.name, names))
    return names.get(ref.name)


# --- scenarios ------------------------------------------------------------------------------------


def scenario(look: Lookup, each: Scenario, given: Funnel | None) -> None:
    """What a scenario speaks of; its trigger and its steps are looked up as a campaign's are."""
    _of_its_type(look, each)
    if each.type == "active_status" and given is not None:
        _active_status(look, each, given)
    if each.field is not None:
        look.name(each.field)
    look.conditions.add(each.crosses)
    look.conditions.add(each.when)
    for prompt in each.prompts:
        campaign = with_statuses(look, prompt)
        if campaign is not None:
            _responds(look, prompt, campaign)
    _own_alternative(look, each)


def _of_its_type(look: Lookup, each: Scenario) -> None:
    for key, type_ in KEYS_OF_TYPE.items():
        if each.type is not None and each.type != type_ and key in each.keys:
            hint = f"leave it out, or write `type: {type_}`"
            look.error("F131", each.keys[key], f"`{key}` belongs to scenarios of type `{type_}`", hint)
    there = [key for key in ("crosses", "field_changes") if key in each.keys]
    if each.type == "score" and len(there) != 1:
        hint = "`crosses: score >= 65`, or `field_changes: FIELD`; for both, make two scenarios"
        at = each.keys[there[1]] if there else each.key
        look.error("F131", at, "a scenario of type `score` has either `crosses` or `field_changes`", hint)
    if each.type == "response_prompt" and "prompts" not in each.keys:
        hint = "add `prompts: [CAMPAIGN]`"
        look.error("F131", each.key, "a scenario of type `response_prompt` names its prompt campaigns", hint)


def _active_status(look: Lookup, each: Scenario, given: Funnel) -> None:
    at: Node = each.keys["type"]
    related = (Related("the mode stands here", given.key.span),)
    if given.mode == "active":
        hint = "write `mode: passive` or `mode: hybrid`, or leave the scenario out"
        message = "with `mode: active` only oncue makes a status active, so this is never set off"
        look.error("F132", at, message, hint, related)
    elif not given.active or not given.inactive:
        hint = "add `active_statuses:` and `inactive_statuses:` to `funnel`"
        message = "a status goes from inactive to active, and `funnel` does not say which are which"
        look.error("F137", at, message, hint, related)


def _own_alternative(look: Lookup, each: Scenario) -> None:
    prompts = {prompt.name: prompt for prompt in each.prompts}
    for ref in defaults_of(each):
        if ref.name in prompts:
            related = (Related("it is a prompt here", prompts[ref.name].span),)
            message = f"`{ref.name}` is a prompt, and would be used instead of itself"
            hint = "leave it out: a prompt that finds nothing is recorded anyway"
            look.error("F136", ref, message, hint, related)


def defaults_of(each: Scenario) -> Iterable[Ref]:
    """The campaigns that may get the response where none was found."""
    for act in () if each.insert is None else acts(each.insert):
        if isinstance(act, model.RecordResponse):
            yield act.campaign
