"""What happens in a test: events, time that passes, rows, enrolments, deliveries that fail."""

from __future__ import annotations

from collections.abc import Callable

from oncue.compiler.bind.triggers import TRIGGERS
from oncue.compiler.model import OnEvent, Ref
from oncue.compiler.resolve.names import did_you_mean, meant
from oncue.compiler.suite.rows import contact, value
from oncue.compiler.suite.story import IMPOSSIBLE, NO_EVENT, Story
from oncue.compiler.yaml.nodes import Mapping, Node, Scalar, Sequence
from oncue.schemas.builtins import INNER_EVENTS
from oncue.schemas.plan import EventSpec, FieldSpec
from oncue.schemas.tests import (
    KINDS,
    CompleteTask,
    Doing,
    Enrol,
    Fail,
    Happen,
    Load,
    Pass,
    Reach,
    Reactivate,
    Reply,
    Values,
)

LIST_EVENTS = ("list.confirm", "email.unsubscribe")


def event(story: Story, step: Mapping, node: Node) -> Doing | None:
    """A contact does something."""
    who = story.whose(step.get("contact"), node, "event")
    when = _own_time(story, step.get("at"))
    way = TRIGGERS["event"](story.reader, node)
    if not isinstance(way, OnEvent) or not story.look.name(way.event):
        return None
    name = way.event.name
    if name in INNER_EVENTS:
        hint = "let happen what leads to it, and expect what comes of it"
        story.look.error(
            NO_EVENT, way.event, f"`{name}` happens inside oncue: no event of a test can say it", hint
        )
        return None
    spec = story.look.catalog.events[name]
    given = _properties(story, step, name, spec)
    asset = _asset(story, way, spec, given)
    return Happen(story.at(step), name, who, asset, when, given)


def _own_time(story: Story, node: Node | None) -> int | None:
    when = None if node is None else story.instant(node)
    if node is not None and when is not None and story.clock is not None and when > story.clock:
        message = f"this event has not happened yet: the clock of the test stands at {story.shown}"
        story.look.error(IMPOSSIBLE, node, message, "let time pass before it, with `after:` or `at:`")
    return when


def _properties(story: Story, step: Mapping, name: str, spec: EventSpec) -> Values:
    known: dict[str, FieldSpec] = dict(spec.properties)
    if name == "identify":
        known = {**story.look.catalog.fields, **known}
    found: Values = {}
    mapping = story.reader.mapping(step.get("properties"), "properties and their values")
    for key, node in mapping or ():
        if key.text not in known:
            hint = did_you_mean(key.text, known, "properties")
            story.look.error(
                "N204", key, f"`{name}` has no property `{key.text}`", hint, fix=meant(key.text, known)
            )
        elif (shown := value(story, key.text, known[key.text], node)) is not None:
            found[key.text] = shown
            if key.text == "list" and name in LIST_EVENTS and type(node) is Scalar:
                story.look.name(Ref("lists", node.text, node))
    given = {key.text for key, _ in mapping or ()}
    for needed in spec.required:
        if needed not in given:
            hint = f"add `properties: {{{needed}: ...}}`"
            story.look.error(
                NO_EVENT, step.key("event") or step, f"`{name}` needs the property `{needed}`", hint
            )
    return found


def _asset(story: Story, way: OnEvent, spec: EventSpec, given: Values) -> str | None:
    named, kind = way.asset, spec.asset_kind
    if named is not None and kind is None:
        message = f"`{way.event.name}` belongs to no asset"
        story.look.error("N205", named, message, f"leave out `of {named.name}`")
        return None
    if named is not None and kind is not None:
        story.look.name(Ref(kind, named.name, named.node, named.start))
        return named.name
    if kind is not None and not given.keys() & ({"url"} if kind == "web_pages" else {"message"}):
        hint = f"write `{way.event.name} of ID`"
        story.look.error(NO_EVENT, way.event, f"of what is this `{way.event.name}`?", hint)
    return None


def after(story: Story, step: Mapping, node: Node) -> Doing | None:
    """Time passes."""
    micros = story.reader.duration(node)
    story.go_on(micros)
    return None if micros is None else Pass(story.at(step), micros)


def reach(story: Story, step: Mapping, node: Node) -> Doing | None:
    """Time passes until an instant."""
    instant = story.instant(node)
    story.go_to(node, instant)
    return None if instant is None else Reach(story.at(step), instant)


def load(story: Story, step: Mapping, node: Node) -> Doing | None:
    """A contact row comes in, and may set something going."""
    row = contact(story, node, silent=False)
    return None if row is None else Load(story.at(step), row)


def enrol(story: Story, step: Mapping, node: Node) -> Doing | None:
    """A contact is entered into a campaign by hand."""
    who = story.whose(step.get("contact"), node, "entry")
    campaign = story.reader.ref("campaigns", node)
    if campaign is None or not story.look.name(campaign):
        return None
    return Enrol(story.at(step), who, campaign.name)


def reactivate(story: Story, step: Mapping, node: Node) -> Doing | None:
    """An invocable scenario is set off by hand."""
    who = story.whose(step.get("contact"), node, "scenario")
    ref = story.reader.ref("reactivation_scenarios", node)
    if ref is None or not story.look.name(ref):
        return None
    type_ = story.scenarios[ref.name].type
    if type_ != "invocable":
        hint = "let happen what it listens to"
        message = f"`{ref.name}` is of type `{type_}`, and is not set off by hand"
        story.look.error(NO_EVENT, ref, message, hint)
    return Reactivate(story.at(step), who, ref.name)


def complete_task(story: Story, step: Mapping, node: Node) -> Doing | None:
    """Somebody has done what a task asks for."""
    title, whose = story.reader.text(node), step.get("contact")
    who = "" if whose is None else story.whose(whose, node, "task")
    return None if title is None else CompleteTask(story.at(step), title, who)


def fails(story: Story, step: Mapping, node: Node) -> Doing | None:
    """The next deliveries fail."""
    return Fail(story.at(step), numbers(story, node))


def answers(story: Story, step: Mapping, node: Node) -> Doing | None:
    """What webhooks are answered from now on."""
    return Reply(story.at(step), statuses(story, node))


def numbers(story: Story, node: Node | None, least: int = 1) -> dict[str, int]:
    """How many of which kind of effect."""
    found: dict[str, int] = {}
    for key, inner in story.reader.mapping(node, "kinds and their numbers") or ():
        text = inner.text.strip() if type(inner) is Scalar else ""
        if key.text in KINDS and text.isascii() and text.isdigit() and len(text) < 10 and int(text) >= least:
            found[key.text] = int(text)
        else:
            story.reader.wrong(inner, f"a whole number of at least {least}")
    return found


def statuses(story: Story, node: Node | None) -> dict[str, tuple[int, ...]]:
    """HTTP statuses by address."""
    found: dict[str, tuple[int, ...]] = {}
    for key, inner in story.reader.mapping(node, "addresses and their answers") or ():
        items = inner.items if type(inner) is Sequence else [inner]
        read = [_status(story, item) for item in items]
        found[key.text] = tuple(each for each in read if each is not None)
    return found


def _status(story: Story, node: Node) -> int | None:
    text = node.text.strip() if type(node) is Scalar else ""
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    if 100 <= number <= 599:
        return number
    if number < 100:
        story.reader.wrong(node, "an HTTP status")
    else:
        story.look.error("N210", node, f"there is no HTTP status `{number}`", "the highest is 599")
    return None


HAPPENINGS: dict[str, Callable[[Story, Mapping, Node], Doing | None]] = {
    "event": event,
    "after": after,
    "at": reach,
    "import": load,
    "enrol": enrol,
    "reactivate": reactivate,
    "complete_task": complete_task,
    "fails": fails,
    "answers": answers,
}
