"""Looking names up, with a word on each one that is not there."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping

from oncue.compiler.ahead import Found
from oncue.compiler.diagnostics import Diagnostic, Related
from oncue.compiler.expr.catalog import Catalog, Place
from oncue.compiler.flow.flat import Flow
from oncue.compiler.model import (
    AddDeal,
    Campaign,
    Owner,
    Ref,
    UpdateAccount,
    UpdateContact,
    UpdateDeal,
    Workspace,
)
from oncue.compiler.resolve.conditions import Conditions
from oncue.compiler.resolve.literals import Refusal, literal
from oncue.compiler.resolve.names import SINGULAR, did_you_mean, meant
from oncue.compiler.yaml.nodes import Node, Scalar
from oncue.schemas import zones
from oncue.schemas.builtins import DEAL_FIELDS, DEAL_STATUSES, READ_ONLY_FIELDS, RESPONSE_FIELDS
from oncue.schemas.plan import FieldSpec

_CODES = {"fields": "N203", "deal_fields": "N203", "account_fields": "N203", "events": "N202"}
_DEAL_KEYS = frozenset({"title", "status", "pipeline", "stage", "owner", "value"})
_SYSTEM = "only the system writes it"

Writing = UpdateContact | UpdateAccount | UpdateDeal | AddDeal
_DATES = ("date", "datetime")


def catalog_of(workspace: Workspace) -> Catalog:
    """The names that conditions may use."""
    settings = workspace.settings
    assets = {kind: frozenset(members) for kind, members in workspace.assets.items()}
    return Catalog(
        timezone=settings.timezone if settings.timezone in zones.names() else "UTC",
        fields=settings.fields,
        events=settings.events,
        assets={"emails": frozenset(workspace.emails), **assets},
        segments=frozenset(workspace.segments),
        lists=frozenset(workspace.lists),
        campaigns=frozenset(workspace.campaigns),
        flowless=frozenset(n for n, each in workspace.campaigns.items() if each.statuses and not each.steps),
        users=frozenset(workspace.users),
        deal=deal_fields(workspace),
        account=settings.account_fields,
        response=response_fields(workspace),
        others={
            "teams": frozenset(workspace.teams),
            "pipelines": frozenset(workspace.pipelines),
            "conversions": frozenset(workspace.conversions),
            "audiences": frozenset(workspace.audiences),
            "site_messages": frozenset(workspace.site_messages),
            "fulfillment_lists": frozenset(workspace.fulfillment_lists),
            "reactivation_scenarios": frozenset(workspace.reactivation_scenarios),
            "deal_fields": frozenset(settings.deal_fields),
            "account_fields": frozenset(settings.account_fields),
        },
    )


def deal_fields(workspace: Workspace) -> dict[str, FieldSpec]:
    """A deal's fields, built-in and custom; pipeline and stage have the declared ones as their values."""
    stages = {stage.text for pipeline in workspace.pipelines.values() for stage in pipeline.stages}
    return {
        **DEAL_FIELDS,
        "status": FieldSpec("text", DEAL_STATUSES),
        "pipeline": FieldSpec("text", tuple(sorted(workspace.pipelines))),
        "stage": FieldSpec("text", tuple(sorted(stages))),
        **workspace.settings.deal_fields,
    }


def response_fields(workspace: Workspace) -> dict[str, FieldSpec]:
    """An active response's fields; nothing where no campaign has statuses."""
    members = {name: each for name, each in workspace.campaigns.items() if each.statuses}
    if not members:
        return {}
    statuses = {status.key.text for each in members.values() for status in each.statuses if status.responded}
    return {
        **RESPONSE_FIELDS,
        "campaign": FieldSpec("text", tuple(sorted(members))),
        "status": FieldSpec("text", tuple(sorted(statuses))),
    }


class Lookup:
    """A workspace's names and conditions, and what was found wrong so far."""

    def __init__(
        self,
        catalog: Catalog,
        known: Mapping[str, Found] | None = None,
        pipelines: Mapping[str, tuple[str, ...]] | None = None,
        flows: Mapping[str, Flow] | None = None,
        campaigns: Mapping[str, Campaign] | None = None,
    ) -> None:
        self.catalog = catalog
        self.pipelines = pipelines or {}  # id -> stages in order
        self.flows = flows or {}  # campaign -> its steps
        self.campaigns = campaigns or {}
        self.conditions = Conditions(catalog, known)
        self.found: list[Diagnostic] = []
        self.known: Mapping[str, Container[str]] = {
            **self.catalog.assets,
            "segments": self.catalog.segments,
            "lists": self.catalog.lists,
            "campaigns": self.catalog.campaigns,
            "users": self.catalog.users,
            **self.catalog.others,
            "fields": self.catalog.fields,
            "events": self.catalog.events,
        }
        self._places: dict[str, Place] = {}

    @property
    def diagnostics(self) -> list[Diagnostic]:
        """About names and about conditions."""
        return [*self.found, *self.conditions.diagnostics]

    def error(
        self,
        code: str,
        at: Node | Ref,
        message: str,
        hint: str = "",
        related: tuple[Related, ...] = (),
        fix: str = "",
    ) -> None:
        """Records a mistake."""
        self.found.append(Diagnostic(code, "error", message, at.span, hint, related, fix))

    def event_place(self, event: str) -> Place:
        """The place of a condition that sees that event; one object per event, so that memos find it."""
        return self._places.setdefault(event, Place(event=(event,)))

    # --- names ------------------------------------------------------------------------------------

    def name(self, ref: Ref | None) -> bool:
        """Whether the name is there and known."""
        if ref is None:
            return False
        if ref.name in self.known[ref.kind]:
            return True
        self._unknown(ref)
        return False

    def names(self, refs: Iterable[Ref]) -> None:
        """Looks all of them up."""
        for ref in refs:
            self.name(ref)

    def _unknown(self, ref: Ref) -> None:
        known: Iterable[str] = self.known[ref.kind]  # type: ignore[assignment]
        names = [name for name in known if " " not in name]
        message = f"unknown {SINGULAR[ref.kind]} `{ref.name}`"
        hint = did_you_mean(ref.name, names, ref.kind)
        if not hint and ref.kind in _CODES:
            hint = f"declare it under `{ref.kind}` in oncue.yaml"
        self.error(_CODES.get(ref.kind, "N201"), ref, message, hint, fix=meant(ref.name, names))

    def zone(self, scalar: Scalar | None, *, contact: bool = False) -> None:
        """A time zone, or (`contact`) the word for the contact's own."""
        if scalar is None or (contact and scalar.text == "contact") or scalar.text in zones.names():
            return
        city = min((name for name in zones.names() if name.endswith(f"/{scalar.text}")), default=None)
        fix = city or meant(scalar.text, zones.names())
        hint = f"did you mean `{fix}`?" if fix else "an IANA name such as `Europe/Berlin`"
        self.error("N207", scalar, f"unknown time zone `{scalar.text}`", hint, fix=fix)

    # --- fields -----------------------------------------------------------------------------------

    def date(self, field: Ref) -> None:
        """A field that holds a date or an instant."""
        if self.name(field) and self.catalog.fields[field.name].type not in _DATES:
            kind = self.catalog.fields[field.name].type
            dates = sorted(name for name, spec in self.catalog.fields.items() if spec.type in _DATES)
            hint = f"dates: {', '.join(dates)}"
            self.error("N206", field, f"`{field.name}` is a {kind} field, not a date", hint)

    def specs(self, kind: str) -> Mapping[str, FieldSpec]:
        """The fields of the contact, its account or a deal."""
        return {
            "fields": self.catalog.fields,
            "deal_fields": self.catalog.deal,
            "account_fields": self.catalog.account,
        }[kind]

    def number(self, field: Ref | None) -> None:
        """A contact field that holds a number, if one is named."""
        if field is not None and self.name(field) and self.catalog.fields[field.name].type != "number":
            kind = self.catalog.fields[field.name].type
            self.error("N206", field, f"`{field.name}` is a {kind} field, not a number")

    def value(self, field: Ref, node: Node) -> None:
        """A value for a known field."""
        refusal = literal(field.name, self.specs(field.kind)[field.name], node)
        if isinstance(refusal, Refusal):
            self.error("N210", refusal.node or node, refusal.message, refusal.hint, fix=refusal.fix)

    def update(self, act: Writing) -> None:
        """The fields that an action sets, copies and clears."""
        for field, value in act.set:
            if self._writable(field):
                self.value(field, value)
                if field.kind == "fields" and field.name == "owner":
                    self._own(value)
        for field, source in act.copy:
            if self._writable(field) and self.name(source):
                self._same_type(field, source)
        for field in () if isinstance(act, AddDeal) else act.clear:
            self._writable(field)

    def _writable(self, field: Ref) -> bool:
        if field.kind == "deal_fields" and field.name in DEAL_FIELDS:
            hint = f"`{field.name}:` is a key of its own" if field.name in _DEAL_KEYS else _SYSTEM
            self.error("N209", field, f"`{field.name}` is no custom field of a deal", hint)
            return False
        if not self.name(field):
            return False
        if field.kind == "fields" and field.name in READ_ONLY_FIELDS:
            self.error("N209", field, f"`{field.name}` cannot be changed", _SYSTEM)
            return False
        return True

    def _same_type(self, field: Ref, source: Ref) -> None:
        wanted, given = self.specs(field.kind)[field.name].type, self.catalog.fields[source.name].type
        if wanted != given:
            message = f"`{source.name}` is a {given} field and `{field.name}` a {wanted} field"
            self.error("N206", source, message, "copy between fields of one type")

    # --- people -----------------------------------------------------------------------------------

    def owner(self, owner: Owner | None) -> None:
        """A user or a team, if one is named."""
        if owner is None:
            return
        user, teams = owner.user, self.catalog.others.get("teams", frozenset())
        if user is not None and user.name in teams and user.name not in self.catalog.users:
            hint = f"write `{{round_robin: {user.name}}}` for its next user in turn"
            self.error("N201", user, f"`{user.name}` is a team, and one user is wanted", hint)
            return
        self.names(ref for ref in (user, owner.team) if ref is not None)

    def _own(self, value: Node) -> None:
        """The value of a contact's owner, where the workspace declares users."""
        if self.catalog.users and isinstance(value, Scalar):
            self.name(Ref("users", value.text, value))

    def person(self, ref: Ref) -> None:
        """The id of a user or a team."""
        users, teams = self.catalog.users, self.catalog.others.get("teams", frozenset())
        if ref.name in users and ref.name in teams:
            message = f"`{ref.name}` is a user and a team: which is meant?"
            self.error("N223", ref, message, "give one of the two another id")
        elif ref.name not in users and ref.name not in teams:
            known = {*users, *teams, "owner"}
            hint, fix = did_you_mean(ref.name, known, "users and teams"), meant(ref.name, known)
            if ref.name == "contact_owner":
                hint, fix = "write `owner` for the contact's owner", "owner"
            self.error("N201", ref, f"unknown user or team `{ref.name}`", hint, fix=fix)
