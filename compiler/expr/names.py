"""Names to what they mean: fields, properties, events, assets, steps, segments, lists, campaigns.

Every name that is found is noted as a `Use`; one that is not is told once, with the nearest known name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from msgspec import Struct

from oncue.compiler.expr import messages as say
from oncue.compiler.expr import nodes as n
from oncue.compiler.expr.catalog import Catalog, Issue, Place, Use
from oncue.compiler.expr.suggest import nearest
from oncue.compiler.expr.wording import KIND_WORDS
from oncue.schemas.conditions import Field, Owned, Prop
from oncue.schemas.plan import EventSpec, FieldSpec

# Words that begin something else where a value may stand: no field or property can be asked for under them.
RESERVED = frozenset(
    {"and", "or", "not", "in", "is", "did", "tagged", "subscribed", "now"}
    | {"today", "tomorrow", "yesterday", "true", "false"}
)
CHANNELS = frozenset({"email", "sms"})
_CONTACT = frozenset({"contact", "contacts", "lead", "prospect", "person"})
_NULLS = frozenset(
    {"null", "none", "nil", "empty", "blank", "missing", "undefined", "unset", "unknown"}
    | {"present", "known", "filled", "exists"}
)


Owner = Literal["deal", "account", "response"]
_OWNERS: dict[str, Owner] = {"deal": "deal", "account": "account", "response": "response"}
_ONE = {"deals": "deal", "accounts": "account", "opportunity": "deal"}


def _is_owned(path: str) -> bool:
    return path.startswith(("deal.", "account."))


class Meaning(Struct, frozen=True, gc=False):
    """What a name in value position stands for. `may_miss`: some contact may have no such value."""

    node: Field | Owned | Prop
    spec: FieldSpec
    may_miss: bool = False


class Behaviour(Struct, frozen=True, gc=False):
    """What the path of a `did` or an aggregate stands for."""

    event: str
    spec: EventSpec
    prop: str | None = None


class Row(Struct, frozen=True):
    """The event whose properties a `where` sees."""

    event: str
    properties: Mapping[str, FieldSpec]


# Fields that every contact has from birth, and every deal.
ALWAYS = frozenset({"score", "created_at"})
OF_EVERY_DEAL = frozenset(
    f"deal.{name}" for name in ("title", "status", "pipeline", "stage", "score", "created_at")
)


class Names:
    """Resolves the names of one condition in its place, gathering issues and uses."""

    def __init__(self, catalog: Catalog, place: Place) -> None:
        self.catalog = catalog
        self.place = place
        self.issues: list[Issue] = []
        self.uses: list[Use] = []
        self.report = self.issues.append
        self.poison = self.issues.append  # gives None: what stands there has no meaning and no type

    def use(self, kind: str, name: str, node: n.Node) -> None:
        """Notes that a name is used here."""
        self.uses.append(Use(kind, name, node.start, node.end))

    # --- values

    def value(self, node: n.Name, row: Row | None, beside: str | None) -> Meaning | None:
        """What a name means as a value. `row`: inside a `where`; `beside`: the type of the other side."""
        scope, dot, rest = node.path.partition(".")
        if not dot:
            return self._property_of(node, row) if row is not None else self._field(node, beside)
        if scope == "event":
            return self._event_property(node, rest, row)
        if scope == "entry":
            return self._entry_property(node, rest)
        if scope in _OWNERS:
            return self._owned(node, _OWNERS[scope], rest, row)
        if (scope in _ONE and scope not in self.catalog.events) or (scope in _CONTACT and _is_owned(rest)):
            return self.poison(say.owned_prefix(node, rest if _is_owned(rest) else f"{_ONE[scope]}.{rest}"))
        if scope in _CONTACT and rest in self.catalog.fields:
            return self.poison(say.contact_prefix(node, rest))
        event, _, prop = node.path.rpartition(".")
        if row is not None and event == row.event and prop in row.properties:
            return self.poison(say.event_in_where(node, prop))
        if event in self.catalog.events:
            return self.poison(say.history_as_value(node, event, prop))
        return self.poison(self._no_field(node, beside))

    def _field(self, node: n.Name, beside: str | None) -> Meaning | None:
        spec = self.catalog.fields.get(node.path)
        if spec is not None:
            self.use("fields", node.path, node)
            return Meaning(Field(node.path, spec.type), spec, node.path not in ALWAYS)
        if node.path.lower() in _NULLS:
            return self.poison(say.null_word(node, node.path))
        return self.poison(self._no_field(node, beside))

    def _owned(self, node: n.Name, of: Owner, name: str, row: Row | None) -> Meaning | None:
        if row is not None:
            return self.poison(say.owned_in_where(node, node.path, row.event))
        known = {"deal": self.catalog.deal, "account": self.catalog.account}.get(of, self.catalog.response)
        spec = known.get(name)
        if spec is None:
            return self.poison(say.unknown_owned(node, of, name, known, name in self.catalog.fields))
        self.use(f"{of}_fields", name, node)
        return Meaning(Owned(of, name, spec.type), spec, may_miss=True)

    def _no_field(self, node: n.Name, beside: str | None) -> Issue:
        events, name = self.catalog.events, node.path
        event = name if name in events else nearest(name, events) if "." in name else None
        owners = [each for each in sorted(events) if name in events[each].properties]
        has = owners[0] if owners else ""
        return say.unknown_field(node, name, self.catalog.fields, beside, event, has)

    def _property_of(self, node: n.Name, row: Row) -> Meaning | None:
        spec = row.properties.get(node.path)
        if spec is not None:
            return Meaning(Prop("row", node.path, spec.type), spec)
        if node.path in self.catalog.fields:
            return self.poison(say.field_in_where(node, node.path, row.event))
        if node.path.lower() in _NULLS:
            return self.poison(say.null_word(node, node.path))
        return self.poison(say.unknown_property(node, node.path, (row.event,), row.properties))

    def _event_property(self, node: n.Name, prop: str, row: Row | None) -> Meaning | None:
        if row is not None:
            return self.poison(say.event_in_where(node, prop))
        if not self.place.event:
            return self.poison(say.no_event_here(node, node.path))
        spec = self._declared(node, prop, self.place.event)
        return None if spec is None else Meaning(Prop("event", prop, spec.type), spec)

    def _entry_property(self, node: n.Name, prop: str) -> Meaning | None:
        if self.place.campaign is None:
            return self.poison(say.campaign_only(node, node.path))
        if not self.place.entry:
            return self.poison(say.no_entry_event(node, node.path, self.place.campaign))
        spec = self._declared(node, prop, self.place.entry)
        return None if spec is None else Meaning(Prop("entry", prop, spec.type), spec)

    def _declared(self, node: n.Name, prop: str, events: tuple[str, ...]) -> FieldSpec | None:
        """The spec of a property that one of several events has; all that have it must agree on its type."""
        specs = [self.catalog.events[event] for event in events if event in self.catalog.events]
        found = [spec.properties[prop] for spec in specs if prop in spec.properties]
        if not found:
            known = {name for spec in specs for name in spec.properties}
            return self.poison(say.unknown_property(node, prop, events, known))
        if len({spec.type for spec in found}) > 1:
            return self.poison(say.types_differ(node, node.path, [spec.type for spec in found]))
        return found[0] if len(found) == 1 else FieldSpec(found[0].type)

    # --- events

    def event(self, node: n.Name) -> Behaviour | None:
        """The event that a `did` names."""
        spec = self.catalog.events.get(node.path)
        if spec is not None:
            self.use("events", node.path, node)
            return Behaviour(node.path, spec)
        event, _, prop = node.path.rpartition(".")
        owner = self.catalog.events.get(event)
        if owner is not None and prop in owner.properties:
            return self.poison(say.did_property(node, event, prop))
        for kind, ids in self.catalog.assets.items():
            asked = [each for each, spec in self.catalog.events.items() if spec.asset_kind == kind]
            if node.path in ids and asked:
                return self.poison(say.asset_as_event(node, node.path, kind, asked))
        return self.poison(say.unknown_event(node, node.path, self.catalog.events))

    def event_or_property(self, node: n.Name) -> Behaviour | None:
        """What an aggregate names: an event, or a property of one."""
        if node.path in self.catalog.events:
            return self.event(node)
        event, _, prop = node.path.rpartition(".")
        spec = self.catalog.events.get(event)
        if spec is None:
            return self.poison(say.unknown_event(node, node.path, self.catalog.events))
        self.uses.append(Use("events", event, node.start, node.start + len(event)))
        if prop not in spec.properties:
            return self.poison(say.unknown_property(node, prop, (event,), spec.properties))
        return Behaviour(event, spec, prop)

    def target(self, node: n.Of | n.OfStep | None, behaviour: Behaviour) -> None:
        """Checks `of ASSET` or `of step STEP` against the event."""
        if isinstance(node, n.Of):
            kind = behaviour.spec.asset_kind
            if kind is None:
                self.report(say.no_asset(node, behaviour.event))
            else:
                self.id(node.asset, kind)
        elif node is not None:
            self._step(node, behaviour)

    def _step(self, node: n.OfStep, behaviour: Behaviour) -> None:
        campaign, step = self.place.campaign, node.step.name
        if campaign is None:
            self.report(say.campaign_only(node, "of step"))
        elif behaviour.spec.asset_kind != "emails":
            self.report(say.step_event(node, behaviour.event))
        elif step not in self.place.steps:
            self.report(say.unknown_step(node.step, step, campaign, self.place.steps))
        else:
            self.use("steps", step, node.step)

    # --- ids

    def id(self, node: n.Ref, kind: str) -> None:
        """Checks an id of a kind: an asset kind, segments, lists or campaigns."""
        known = self._ids(kind)
        if node.name in known:
            self.use(kind, node.name, node)
            return
        actual = next(
            (other for other in KIND_WORDS if other != kind and node.name in self._ids(other)), None
        )
        self.report(say.unknown_id(node, kind, node.name, known, actual))

    def channel(self, node: n.Ref) -> None:
        """Checks the channel of a subscription."""
        if node.name not in CHANNELS:
            self.report(say.unknown_channel(node, node.name, CHANNELS))

    def _ids(self, kind: str) -> Iterable[str]:
        catalog = self.catalog
        own = {"segments": catalog.segments, "lists": catalog.lists, "campaigns": catalog.campaigns}
        return own[kind] if kind in own else catalog.assets.get(kind, frozenset())
