"""The workspace that the tests of the condition language speak of, and the places a condition may stand."""

from __future__ import annotations

from oncue.compiler.expr.catalog import Catalog, Place
from oncue.schemas.builtins import CONTACT_FIELDS, DEAL_FIELDS, EVENTS, RESPONSE_FIELDS
from oncue.schemas.plan import EventSpec, FieldSpec

TEXT, NUMBER, DATE = FieldSpec("text"), FieldSpec("number"), FieldSpec("date")

CATALOG = Catalog(
    timezone="America/New_York",
    fields={
        **CONTACT_FIELDS,
        "industry": FieldSpec("text", ("healthcare", "software", "retail")),
        "employees": NUMBER,
        "revenue": NUMBER,
        "vip": FieldSpec("boolean"),
        "renewal_date": DATE,
        "trial_ends": FieldSpec("datetime"),
        "interests": FieldSpec("many", ("golf", "chess")),
    },
    events={
        **EVENTS,
        "purchase": EventSpec(
            {
                "total": NUMBER,
                "sku": TEXT,
                "gift": FieldSpec("boolean"),
                "ships": DATE,
                "paid_at": FieldSpec("datetime"),
                "extras": FieldSpec("many"),
                "channel": FieldSpec("text", ("web", "shop")),
            }
        ),
        "refund": EventSpec({"total": NUMBER, "sku": NUMBER}),
    },
    assets={
        "emails": frozenset({"invite", "reminder"}),
        "web_pages": frozenset({"pricing", "step"}),
        "web_forms": frozenset({"demo-request"}),
    },
    segments=frozenset({"hot-leads", "engaged-leads"}),
    lists=frozenset({"newsletter", "prospects"}),
    campaigns=frozenset({"onboarding", "spring-launch"}),
    users=frozenset({"ana", "bo"}),
    deal={
        **DEAL_FIELDS,
        "status": FieldSpec("text", ("open", "won", "lost")),
        "stage": FieldSpec("text", ("new", "proposal")),
        "plan": FieldSpec("text", ("basic", "pro")),
        "seats": NUMBER,
        "closes": DATE,
        "trial": FieldSpec("boolean"),
    },
    response={**RESPONSE_FIELDS, "campaign": FieldSpec("text", ("web-activity", "webinar"))},
    account={"industry": TEXT, "seats": NUMBER, "renews": DATE, "regions": FieldSpec("many", ("north",))},
)

PLACES = {
    "segment": Place(),
    "trigger": Place(event=("email.click",)),
    "two triggers": Place(event=("purchase", "refund")),
    "campaign": Place(
        campaign="spring-launch",
        entry=("purchase",),
        steps={"send": frozenset({"invite"}), "again": frozenset({"invite", "reminder"})},
    ),
    "eventless campaign": Place(campaign="spring-launch"),
}
