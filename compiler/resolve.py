"""Names across files: every reference of the model is looked up, every condition compiled where it stands.

Each mistake is reported where it was written, with the nearest known name. Nothing stops at the first one:
what cannot be resolved is left out and the rest goes on.
"""

from __future__ import annotations

from collections.abc import Iterable

from oncue.compiler import model
from oncue.compiler.conditions import Conditions, mentions_event
from oncue.compiler.diagnostics import Diagnostic, Related
from oncue.compiler.expr.catalog import Catalog, Place
from oncue.compiler.flow import Flow, acts, flatten
from oncue.compiler.literals import Refusal, literal
from oncue.compiler.model import Act, Ref, Step, Trigger, Workspace
from oncue.compiler.names import SINGULAR, did_you_mean
from oncue.compiler.nodes import Node, Scalar
from oncue.compiler.zones import all_zones, is_zone
from oncue.schemas.builtins import BEHAVIOURS, READ_ONLY_FIELDS

# asset kind -> what its events begin with: emails -> email
EVENT_OF = {kind: kind if kind == "trackable_content" else kind.removesuffix("s") for kind in BEHAVIOURS}


class Resolved(model._Record, frozen=True):
    """What the later stages need beside the model."""

    workspace: Workspace
    catalog: Catalog
    conditions: Conditions
    flows: dict[str, Flow]  # by campaign


def catalog_of(workspace: Workspace) -> Catalog:
    """The names that conditions may use."""
    settings = workspace.settings
    zone = settings.timezone if is_zone(settings.timezone) else "UTC"
    assets = {kind: frozenset(members) for kind, members in workspace.assets.items()}
    return Catalog(
        timezone=zone,
        fields=settings.fields,
        events=settings.events,
        assets={"emails": frozenset(workspace.emails), **assets},
        segments=frozenset(workspace.segments),
        lists=frozenset(workspace.lists),
        campaigns=frozenset(workspace.campaigns),
        users=frozenset(workspace.users),
    )


def resolve(workspace: Workspace) -> tuple[Resolved, list[Diagnostic]]:
    """Looks up every name and compiles every condition."""
    resolver = _Resolver(workspace)
    resolver.settings()
    resolver.people()
    resolver.segments()
    resolver.assets()
    flows = {name: resolver.campaign(campaign) for name, campaign in workspace.campaigns.items()}
    resolved = Resolved(workspace, resolver.catalog, resolver.conditions, flows)
    return resolved, [*resolver.diagnostics, *resolver.conditions.diagnostics]


class _Resolver:
    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.catalog = catalog_of(workspace)
        self.conditions = Conditions(self.catalog)
        self.diagnostics: list[Diagnostic] = []
        self.places: dict[str, Place] = {}
        self.known = {
            **self.catalog.assets,
            "segments": self.catalog.segments,
            "lists": self.catalog.lists,
            "campaigns": self.catalog.campaigns,
            "users": self.catalog.users,
            "fields": self.catalog.fields,
            "events": self.catalog.events,
        }

    # --- looking up -------------------------------------------------------------------------------

    def error(
        self, code: str, node: Node, message: str, hint: str = "", related: tuple[Related, ...] = ()
    ) -> None:
        self.diagnostics.append(Diagnostic(code, "error", message, node.span, hint, related))

    def look_up(self, ref: Ref | None) -> bool:
        """Whether the name is known; if not, says so."""
        if ref is None:
            return False
        known = self.known[ref.kind]
        if ref.name in known:
            return True
        code = {"fields": "N203", "events": "N202"}.get(ref.kind, "N201")
        names = [name for name in known if " " not in name]
        hint = did_you_mean(ref.name, names, ref.kind)
        self.error(code, ref.node, f"unknown {SINGULAR[ref.kind]} `{ref.name}`", hint)
        return False

    def look_up_all(self, refs: Iterable[Ref]) -> None:
        for ref in refs:
            self.look_up(ref)

    # --- settings and people ----------------------------------------------------------------------

    def settings(self) -> None:
        settings = self.workspace.settings
        if settings.zone is not None:
            self.zone(settings.zone)

    def zone(self, scalar: Scalar | None, contact: bool = False) -> None:
        if scalar is None or (contact and scalar.text == "contact") or is_zone(scalar.text):
            return
        hint = did_you_mean(scalar.text, all_zones()) or "an IANA name such as `Europe/Berlin`"
        self.error("N207", scalar, f"unknown time zone `{scalar.text}`", hint)

    def people(self) -> None:
        for each in self.workspace.lists.values():
            if each.confirm is not None:
                self.look_up(each.confirm)
        for user in self.workspace.users.values():
            if user.manager is not None:
                self.look_up(user.manager)
        for team in self.workspace.teams.values():
            self.look_up_all(team.users)

    # --- segments ---------------------------------------------------------------------------------

    def segments(self) -> None:
        uses: dict[str, list[str]] = {}
        for name, segment in self.workspace.segments.items():
            self.conditions.add(segment.condition)
            found = self.conditions.uses(segment.condition)
            uses[name] = sorted({use.name for use in found if use.kind == "segments"})
        for cycle in cycles(uses):
            self._cycle(cycle)

    def _cycle(self, cycle: list[str]) -> None:
        segments = [self.workspace.segments[name] for name in cycle]
        related = tuple(Related(f"`{each.key.text}` is part of it", each.key.span) for each in segments[1:])
        way = " -> ".join([*cycle, cycle[0]])
        self.error(
            "N301",
            segments[0].key,
            f"segments use each other in a circle: {way}",
            "cut it somewhere",
            related,
        )

    # --- assets -----------------------------------------------------------------------------------

    def assets(self) -> None:
        for email in self.workspace.emails.values():
            if email.list is not None:
                self.look_up(email.list)
            self.behaviours("emails", email.behaviours)
        for kind, members in self.workspace.assets.items():
            for asset in members.values():
                self.behaviours(kind, asset.behaviours)

    def behaviours(self, kind: str, behaviours: tuple[model.Behaviour, ...]) -> None:
        for behaviour in behaviours:
            place = self.event_place(f"{EVENT_OF[kind]}.{behaviour.name}")
            for step in behaviour.actions:
                self.step(step, place)

    def event_place(self, event: str) -> Place:
        """The place of a condition that sees that event; one object per event, so that memos find it."""
        return self.places.setdefault(event, Place(event=(event,)))

    # --- campaigns --------------------------------------------------------------------------------

    def campaign(self, campaign: model.Campaign) -> Flow:
        entry = tuple(
            sorted(
                {
                    trigger.way.event.name
                    for trigger in campaign.starts
                    if isinstance(trigger.way, model.OnEvent)
                }
            )
        )
        for trigger in campaign.starts:
            self.trigger(trigger)
        self.entry_key(campaign, entry)
        flow = flatten(campaign.steps)
        place = Place(campaign=campaign.key.text, entry=entry, steps=self.sends(flow))
        self.conditions.add(campaign.exit_when, place)
        for second, first in flow.clashes:
            self.clash(second.step, first.step, second.id)
        for flat in flow.steps.values():
            self.step(flat.step, place, flow)
        for second, _ in flow.clashes:
            self.step(second.step, place, flow)
        return flow

    def sends(self, flow: Flow) -> dict[str, frozenset[str]]:
        """The steps that send a message, and which emails each may send."""
        found = {}
        for name, flat in flow.steps.items():
            emails = frozenset(act.email.name for act in acts(flat.step) if isinstance(act, model.SendEmail))
            if emails:
                found[name] = emails
        return found

    def clash(self, second: Step, first: Step, name: str) -> None:
        where = (Related("it is taken here", (first.id or first.key).span),)
        if second.id is not None and first.id is not None:
            self.error(
                "F112", second.id, f"a second step `{name}` in this campaign", "rename one of them", where
            )
            return
        named, other = (second, first) if second.id is not None else (first, second)
        where = (Related(f"this step is called `{name}` by itself", other.key.span),)
        hint = "give one of the two another id"
        self.error(
            "F113", named.id or named.key, f"`{name}` is already the name of another step", hint, where
        )

    def entry_key(self, campaign: model.Campaign, entry: tuple[str, ...]) -> None:
        key = campaign.entry_key
        if campaign.entries == "many" and key is None:
            hint = "add `entry_key:` with the property that tells entries apart"
            self.error(
                "F114",
                campaign.key,
                f"`{campaign.key.text}` allows many entries, but has no `entry_key`",
                hint,
            )
        if key is None:
            return
        if campaign.entries == "one":
            self.error(
                "F114",
                key.node,
                "`entry_key` without `entries: many`",
                "add `entries: many`, or leave it out",
            )
        known = {
            name
            for event in entry
            if event in self.catalog.events
            for name in self.catalog.events[event].properties
        }
        if key.name not in known and all(event in self.catalog.events for event in entry):
            hint = (
                did_you_mean(key.name, known, "properties")
                if entry
                else "only a campaign that an `event` starts has entry properties"
            )
            self.error(
                "N204", key.node, f"no event that starts this campaign has a property `{key.name}`", hint
            )

    def trigger(self, trigger: Trigger) -> None:
        way = trigger.way
        place = Place()
        if isinstance(way, model.OnEvent):
            if self.event(way):
                place = self.event_place(way.event.name)
            elif mentions_event(trigger.when):
                return  # a condition about an unknown event would only repeat the mistake
        elif isinstance(way, model.OnSegment):
            self.look_up(way.segment)
        elif isinstance(way, model.OnSubscription):
            self.look_up(way.list)
        elif isinstance(way, model.OnField):
            self.field_changed(way)
        elif isinstance(way, model.OnDate):
            self.date_field(way.field)
        self.conditions.add(trigger.when, place)

    def event(self, way: model.OnEvent) -> bool:
        if not self.look_up(way.event):
            return False
        kind = self.catalog.events[way.event.name].asset_kind
        if way.asset is None:
            return True
        if kind is None:
            self.error(
                "N205",
                way.asset.node,
                f"`{way.event.name}` belongs to no asset",
                f"leave out `of {way.asset.name}`",
            )
            return True
        self.look_up(Ref(kind, way.asset.name, way.asset.node))
        return True

    def field_changed(self, way: model.OnField) -> None:
        if self.look_up(way.field) and way.to is not None:
            self.value(way.field, way.to)

    def date_field(self, field: Ref) -> None:
        if self.look_up(field) and self.catalog.fields[field.name].type not in ("date", "datetime"):
            kind = self.catalog.fields[field.name].type
            dates = sorted(
                name for name, spec in self.catalog.fields.items() if spec.type in ("date", "datetime")
            )
            self.error(
                "N206",
                field.node,
                f"`{field.name}` is a {kind} field, not a date",
                f"dates: {', '.join(dates)}",
            )

    # --- steps and actions ------------------------------------------------------------------------

    def step(self, step: Step, place: Place, flow: Flow | None = None) -> None:
        for rule in step.rules:
            self.conditions.add(rule.when, place)
            self.act(rule.use, place, flow)
        self.act(step.default, place, flow)

    def act(self, act: Act | None, place: Place, flow: Flow | None) -> None:
        if isinstance(act, model.SendEmail):
            self.look_up(act.email)
        elif isinstance(act, model.Subscribe | model.Unsubscribe):
            if act.list is not None:
                self.look_up(act.list)
        elif isinstance(act, model.UpdateContact):
            self.update(act)
        elif isinstance(act, model.If):
            self.conditions.add(act.when, place)
        elif isinstance(act, model.WaitUntil):
            self.conditions.add(act.until, place)
        elif isinstance(act, model.WaitAt):
            self.zone(act.timezone, contact=True)
        elif isinstance(act, model.WaitDate):
            self.date_field(act.field)
            self.zone(act.timezone, contact=True)
        elif isinstance(act, model.Goto) and flow is not None and act.step.name not in flow.steps:
            hint = did_you_mean(act.step.name, flow.steps, "steps")
            self.error("N208", act.step.node, f"this campaign has no step `{act.step.name}`", hint)

    def update(self, act: model.UpdateContact) -> None:
        for field, value in act.set:
            if self.writable(field):
                self.value(field, value)
        for field, source in act.copy:
            if self.writable(field) and self.look_up(source):
                self.same_type(field, source)
        for field in act.clear:
            self.writable(field)

    def writable(self, field: Ref) -> bool:
        if not self.look_up(field):
            return False
        if field.name in READ_ONLY_FIELDS:
            self.error("N209", field.node, f"`{field.name}` cannot be changed", "only the system writes it")
            return False
        return True

    def same_type(self, field: Ref, source: Ref) -> None:
        wanted, given = self.catalog.fields[field.name].type, self.catalog.fields[source.name].type
        if wanted != given:
            message = f"`{source.name}` is a {given} field and `{field.name}` a {wanted} field"
            self.error("N206", source.node, message, "copy between fields of one type")

    def value(self, field: Ref, node: Node) -> None:
        found = literal(field.name, self.catalog.fields[field.name], node)
        if isinstance(found, Refusal):
            self.error("N210", found.node, found.message, found.hint)


def cycles(uses: dict[str, list[str]]) -> list[list[str]]:
    """Circles in a graph, each once, beginning with its first name in order; no recursion."""
    done: set[str] = set()
    found: dict[frozenset[str], list[str]] = {}
    for start in sorted(uses):
        path: list[str] = []
        stack: list[tuple[str, bool]] = [(start, False)]
        while stack:
            name, leave = stack.pop()
            if leave:
                path.pop()
                done.add(name)
            elif name in path:
                circle = path[path.index(name) :]
                least = circle.index(min(circle))
                found.setdefault(frozenset(circle), circle[least:] + circle[:least])
            elif name not in done:
                path.append(name)
                stack.append((name, True))
                stack.extend((after, False) for after in reversed(uses.get(name, [])))
    return list(found.values())
