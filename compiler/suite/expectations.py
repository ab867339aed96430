"""What a test expects: every name looked up, and nothing let through that can never be so."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet

from oncue.compiler.model import Ref
from oncue.compiler.resolve.names import did_you_mean, meant
from oncue.compiler.resolve.steps import known_step
from oncue.compiler.suite import rows
from oncue.compiler.suite.happenings import numbers
from oncue.compiler.suite.outcomes import check_outcome
from oncue.compiler.suite.responses import responses, scenario
from oncue.compiler.suite.sending import Sending
from oncue.compiler.suite.story import UNCHECKABLE, Story
from oncue.compiler.yaml.nodes import Mapping, Node, Scalar, Sequence
from oncue.schemas import tests
from oncue.schemas.parts import Position
from oncue.schemas.plan import FieldSpec

_TASK = {
    "title": FieldSpec("text"),
    "owner": FieldSpec("text"),
    "state": FieldSpec("text", ("open", "overdue", "completed")),
    "note": FieldSpec("text"),
}
_CONTACT = frozenset({"tags", "not_tagged", "subscribed", "not_subscribed", "suppressed", "without"})
_OF_ONE = frozenset(
    {"contact", "segment", "not_segment", "in_campaign", "not_in_campaign", "deals", "responses", "scenario"}
)

Read = Callable[[Story, Sending, Position, str, Node], tests.Check | None]


def checks(story: Story, sending: Sending, node: Node) -> list[tests.Check]:
    """Everything that an `expect` asks for."""
    found = []
    for item in node.items if type(node) is Sequence else [node]:
        mapping = story.reader.mapping(item, "an expectation such as `sent: [invite]`")
        for key, inner in mapping or ():
            read = EXPECTATIONS.get(key.text)
            if mapping is not None and read is not None:
                one = key.text in _OF_ONE
                who = story.expected(mapping.get("who"), key, key.text, one=one)
                check = read(story, sending, story.at(key), who, inner)
                found += [check] if check is not None else []
    return found


def _scalars(story: Story, node: Node) -> list[Scalar]:
    items = node.items if type(node) is Sequence else [node]
    found = [story.reader.scalar(item) for item in items]
    return [each for each in found if each is not None]


def _ids(story: Story, kind: str, node: Node) -> tuple[str, ...]:
    refs = [Ref(kind, each.text, each) for each in _scalars(story, node)]
    return tuple(ref.name for ref in refs if story.look.name(ref))


# --- messages -------------------------------------------------------------------------------------


def _sent(story: Story, sending: Sending, at: Position, who: str, node: Node) -> tests.Check:
    found = []
    for each in _scalars(story, node):
        if each.text in ("email", "site_message"):
            hint = f"name each {each.text.replace('_', ' ')} by its id"
            story.look.error(UNCHECKABLE, each, f"`{each.text}` does not say which message", hint)
        elif _message(story, sending, each, {"sms"}):
            if each.text not in sending.messages:
                message = f"nothing sends `{each.text}`, so this can never be so"
                story.look.error(UNCHECKABLE, each, message, "name a message that some action sends")
            found.append(each.text)
    return tests.Sent(at, who, tuple(found))


def _not_sent(story: Story, sending: Sending, at: Position, who: str, node: Node) -> tests.Check:
    channels = frozenset(tests.CHANNELS)
    found = [each.text for each in _scalars(story, node) if _message(story, sending, each, channels)]
    return tests.NotSent(at, who, tuple(found))


def _message(story: Story, sending: Sending, each: Scalar, words: AbstractSet[str]) -> bool:
    known = sending.known | words
    if each.text in known:
        return True
    hint = did_you_mean(each.text, known, "messages")
    story.look.error("N201", each, f"unknown message `{each.text[:60]}`", hint, fix=meant(each.text, known))
    return False


def _called(story: Story, sending: Sending, at: Position, who: str, node: Node) -> tests.Check:
    found = tuple(each.text for each in _scalars(story, node))
    if found and not sending.webhooks:
        story.look.error(UNCHECKABLE, node, "no action is a webhook, so none can be called")
    return tests.Called(at, who, found)


def _notified(story: Story, sending: Sending, at: Position, who: str, node: Node) -> tests.Check:
    return tests.Notified(at, who, _ids(story, "users", node))


def _effects(story: Story, sending: Sending, at: Position, who: str, node: Node) -> tests.Check:
    return tests.Effects(at, who, numbers(story, node, 0))


# --- the contact ----------------------------------------------------------------------------------


def _contact(story: Story, sending: Sending, at: Position, who: str, node: Node) -> tests.Check | None:
    mapping = story.reader.mapping(node, "fields and their values")
    if mapping is None:
        return None
    suppressed = mapping.get("suppressed")
    without = [Ref("fields", each.text, each) for each in story.reader.scalars(mapping.get("without"))]
    entries = [(key, inner) for key, inner in mapping if key.text not in _CONTACT]
    return tests.ContactIs(
        at=at,
        who=who,
        fields=rows.values(story, "fields", story.look.catalog.fields, entries),
        tags=rows.tags(story, mapping.get("tags")),
        not_tagged=rows.tags(story, mapping.get("not_tagged")),
        subscribed=rows.subscriptions(story, mapping.get("subscribed")),
        not_subscribed=rows.subscriptions(story, mapping.get("not_subscribed")),
        suppressed=None if suppressed is None else story.reader.boolean(suppressed, default=False),
        without=tuple(ref.name for ref in without if story.look.name(ref)),
    )


def _segments(inside: bool) -> Read:
    def read(story: Story, sending: Sending, at: Position, who: str, node: Node) -> tests.Check:
        return tests.InSegment(at, who, _ids(story, "segments", node), inside)

    return read


# --- campaigns ------------------------------------------------------------------------------------


def _step(story: Story, sending: Sending, at: Position, who: str, node: Node) -> tests.Check | None:
    mapping = story.reader.mapping(node, "`campaign` and `id`")
    campaign = None if mapping is None else story.reader.ref("campaigns", mapping.get("campaign"))
    step = None if mapping is None else story.reader.ref("steps", mapping.get("id"))
    if mapping is None or campaign is None or step is None or not story.look.name(campaign):
        return None
    flow, outcome = story.look.flows[campaign.name], mapping.get("outcome")
    if not known_step(story.look, step, flow, f"`{campaign.name}`"):
        return None
    scalar = None if outcome is None else story.reader.scalar(outcome, "an outcome")
    if scalar is not None:
        check_outcome(story.look, scalar, flow.steps[step.name].step)
    text = "" if scalar is None else " ".join(scalar.text.split())
    return tests.StepWas(at, who, campaign.name, step.name, text)


def _in_campaign(story: Story, sending: Sending, at: Position, who: str, node: Node) -> tests.Check:
    if type(node) is Mapping:
        return tests.InCampaign(at, who, rows.places(story, node))
    return tests.InCampaign(at, who, dict.fromkeys(_ids(story, "campaigns", node), ""))


def _not_in_campaign(story: Story, sending: Sending, at: Position, who: str, node: Node) -> tests.Check:
    return tests.InCampaign(at, who, dict.fromkeys(_ids(story, "campaigns", node), ""), inside=False)


# --- deals and tasks ------------------------------------------------------------------------------


def _deals(story: Story, sending: Sending, at: Position, who: str, node: Node) -> tests.Check:
    found = [_deal(story, item) for item in _mappings(story, node)]
    return tests.DealsAre(at, who, tuple(found))


def _deal(story: Story, mapping: Mapping) -> tests.Values:
    specs = dict(story.look.catalog.deal)
    specs.pop("created_at", None)
    return _known(story, mapping, specs, "deal")


def _tasks(story: Story, sending: Sending, at: Position, who: str, node: Node) -> tests.Check:
    return tests.TasksAre(
        at, who, tuple(_known(story, each, _TASK, "task") for each in _mappings(story, node))
    )


def _mappings(story: Story, node: Node) -> Iterable[Mapping]:
    for item in story.reader.items(node):
        mapping = story.reader.mapping(item)
        if mapping is not None:
            yield mapping


def _known(story: Story, mapping: Mapping, specs: dict[str, FieldSpec], what: str) -> tests.Values:
    found: tests.Values = {}
    for key, node in mapping:
        if key.text not in specs:
            hint = did_you_mean(key.text, specs, "known here")
            story.look.error(
                "N203", key, f"a {what} has no field `{key.text}`", hint, fix=meant(key.text, specs)
            )
            continue
        if key.text == "owner" and type(node) is Scalar:
            story.look.name(Ref("users", node.text, node))
        shown = rows.value(story, key.text, specs[key.text], node)
        if shown is not None:
            found[key.text] = shown
    return found


EXPECTATIONS: dict[str, Read] = {
    "sent": _sent,
    "not_sent": _not_sent,
    "contact": _contact,
    "step": _step,
    "segment": _segments(inside=True),
    "not_segment": _segments(inside=False),
    "in_campaign": _in_campaign,
    "not_in_campaign": _not_in_campaign,
    "responses": responses,
    "scenario": scenario,
    "deals": _deals,
    "tasks": _tasks,
    "notified": _notified,
    "called": _called,
    "effects": _effects,
}
