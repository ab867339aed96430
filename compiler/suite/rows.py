"""Rows of a test: contacts, accounts, and the values of fields and properties."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping as Table

from oncue.compiler.model import Ref
from oncue.compiler.resolve.literals import Refusal, literal
from oncue.compiler.resolve.steps import known_step
from oncue.compiler.suite.memberships import memberships
from oncue.compiler.suite.story import NOBODY, Story
from oncue.compiler.yaml.nodes import Mapping, Node, Scalar
from oncue.schemas.builtins import READ_ONLY_FIELDS
from oncue.schemas.plan import FieldSpec
from oncue.schemas.tests import Given, GivenAccount, Shown, Subscriptions, Values

BESIDES = frozenset(
    {"tags", "subscribed", "suppressed", "anonymous_id", "in_campaign", "memberships", "created_at"}
)
ANONYMOUS = "anon:"  # before an anonymous id where a contact is named by it
_IDENTIFIERS = ("email", "id")


def value(story: Story, name: str, spec: FieldSpec, node: Node) -> Shown | None:
    """A value in shown form; one that cannot be is told."""
    found = literal(name, spec, node)
    if isinstance(found, Refusal):
        story.look.error("N210", found.node or node, found.message, found.hint)
        return None
    return found


def values(
    story: Story, kind: str, specs: Table[str, FieldSpec], entries: Iterable[tuple[Scalar, Node]]
) -> Values:
    """Declared fields and their values; `kind` says whose."""
    found: Values = {}
    for key, node in entries:
        if key.text not in specs:
            story.look.name(Ref(kind, key.text, key))
        elif (shown := value(story, key.text, specs[key.text], node)) is not None:
            found[key.text] = shown
    return found


def fields(story: Story, node: Mapping, besides: frozenset[str]) -> Values:
    """A contact's fields; what only oncue writes is refused."""
    entries = []
    for key, inner in node:
        if key.text in READ_ONLY_FIELDS and key.text not in (*_IDENTIFIERS, *besides):
            story.look.error("N209", key, f"`{key.text}` cannot be given", "only the system writes it")
        elif key.text not in besides:
            entries.append((key, inner))
    return values(story, "fields", story.look.catalog.fields, entries)


def contact(story: Story, node: Node, *, silent: bool) -> Given | None:
    """A contact row, and who it is. `silent`: it is there before the test begins."""
    mapping = story.reader.mapping(node, "a contact's fields")
    if mapping is None:
        return None
    given = fields(story, mapping, BESIDES)
    anonymous = story.reader.text(mapping.get("anonymous_id"))
    names = [str(given[name]) for name in _IDENTIFIERS if name in given]
    names += [ANONYMOUS + anonymous] if anonymous else []
    if not names and not any(mapping.get(name) for name in _IDENTIFIERS):
        story.look.error(NOBODY, mapping, "this row says nobody's id or email", "add `email:` or `id:`")
    story.meet(names)
    suppressed = mapping.get("suppressed")
    return Given(
        at=story.at(mapping),
        fields={**given, **({"anonymous_id": anonymous} if anonymous else {})},
        tags=tags(story, mapping.get("tags")),
        subscribed=subscriptions(story, mapping.get("subscribed")),
        suppressed=None if suppressed is None else story.reader.boolean(suppressed, default=False),
        in_campaign=places(story, mapping.get("in_campaign")) if silent else {},
        memberships=memberships(story, mapping.get("memberships")) if silent else {},
        created_at=_birth(story, mapping.get("created_at")) if silent else None,
    )


def _birth(story: Story, node: Node | None) -> int | None:
    born = None if node is None else story.instant(node)
    if node is not None and born is not None and story.clock is not None and born > story.clock:
        story.look.error(
            "X101", node, "a contact of a test is there before it starts", "name an earlier instant"
        )
    return born


def account(story: Story, node: Node) -> GivenAccount | None:
    """An account row."""
    mapping = story.reader.mapping(node, "an account's fields")
    name = None if mapping is None else story.reader.text(mapping.get("account"))
    if mapping is None or name is None:
        return None
    entries = [(key, inner) for key, inner in mapping if key.text != "account"]
    found = values(story, "account_fields", story.look.catalog.account, entries)
    return GivenAccount(story.at(mapping), name, found)


def tags(story: Story, node: Node | None) -> tuple[str, ...]:
    """Tags, each in the form that tags have."""
    found = [story.reader.tag(item) for item in story.reader.items(node, "a list of tags")]
    return tuple(tag.text for tag in found if tag is not None)


def subscriptions(story: Story, node: Node | None) -> Subscriptions:
    """Lists with their channels."""
    found: Subscriptions = {}
    for item in story.reader.items(node, "a list of lists"):
        named = story.reader.ref("lists", item.get("list") if type(item) is Mapping else item)
        channels = item.get("channels") if type(item) is Mapping else None
        if named is not None and story.look.name(named):
            read = [story.reader.choice(each, ("email", "sms")) for each in story.reader.items(channels)]
            found[named.name] = tuple(each for each in read if each) or ("email",)
    return found


def places(story: Story, node: Node | None) -> dict[str, str]:
    """Campaigns and one step of each."""
    found: dict[str, str] = {}
    mapping = story.reader.mapping(node, "campaigns and their steps")
    for key, inner in mapping or ():
        step = story.reader.ref("steps", inner)
        if story.look.name(Ref("campaigns", key.text, key)) and step is not None:
            known_step(story.look, step, story.look.flows[key.text], f"`{key.text}`")
            found[key.text] = step.name
    return found
