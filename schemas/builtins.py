"""The built-in contact fields and events (SPEC of the language, section "Workspace"): one table that the
compiler's catalog, the plan and the JSON Schemas' tests all read."""

from __future__ import annotations

from oncue.schemas.plan import EventSpec, FieldSpec

_TEXT = FieldSpec("text")
_BOOLEAN = FieldSpec("boolean")

_TEXT_FIELDS = (
    "id", "email", "phone", "first_name", "last_name", "company", "job_title", "address", "city", "state",
    "postal_code", "country", "timezone", "locale", "owner", "status", "account",
)  # fmt: skip
CONTACT_FIELDS: dict[str, FieldSpec] = {
    **dict.fromkeys(_TEXT_FIELDS, _TEXT),
    "score": FieldSpec("number"),
    "created_at": FieldSpec("datetime"),
}
# Only the system writes these.
READ_ONLY_FIELDS = frozenset({"id", "created_at"})

# Of a deal: besides the workspace's `deal_fields`. Only actions write them.
DEAL_FIELDS: dict[str, FieldSpec] = {
    **dict.fromkeys(("title", "status", "pipeline", "stage", "owner"), _TEXT),
    "value": FieldSpec("number"),
    "score": FieldSpec("number"),
    "created_at": FieldSpec("datetime"),
}
DEAL_STATUSES = ("open", "won", "lost")
# Of the contact's active response, which has come to one of these stages.
RESPONSE_FIELDS: dict[str, FieldSpec] = {
    "campaign": _TEXT,
    "status": _TEXT,
    "stage": FieldSpec("text", ("engaged", "opportunity")),
    "responded_at": FieldSpec("datetime"),
    "engaged_at": FieldSpec("datetime"),
    "reactivated_at": FieldSpec("datetime"),
}
CHANNELS = ("email", "sms")

# asset kind -> behaviours, in the order of the source's list of pairs
BEHAVIOURS: dict[str, tuple[str, ...]] = {
    "emails": ("open", "click"),
    "landing_pages": ("view", "submission"),
    "trackable_content": ("download", "conversion"),
    "videos": ("watch", "conversion"),
    "web_forms": ("submission",),
    "web_pages": ("visit",),
}

_MESSAGE = {"message": _TEXT}
_MACHINE = {"machine": _BOOLEAN}

EVENTS: dict[str, EventSpec] = {
    "email.sent": EventSpec({**_MESSAGE}, "emails"),
    "email.open": EventSpec({**_MESSAGE, **_MACHINE}, "emails"),
    "email.click": EventSpec({**_MESSAGE, **_MACHINE, "link": _TEXT}, "emails"),
    "email.reply": EventSpec({**_MESSAGE}, "emails"),
    "email.bounce": EventSpec({**_MESSAGE, "type": FieldSpec("text", ("hard", "soft"))}, "emails", ("type",)),
    "email.complaint": EventSpec({**_MESSAGE}, "emails"),
    "email.unsubscribe": EventSpec({**_MESSAGE, "list": _TEXT, "all": _BOOLEAN}, "emails"),
    "landing_page.view": EventSpec({**_MACHINE}, "landing_pages"),
    "landing_page.submission": EventSpec({}, "landing_pages"),
    "web_form.submission": EventSpec({}, "web_forms"),
    "web_page.visit": EventSpec({**_MACHINE, "url": _TEXT}, "web_pages"),
    "trackable_content.download": EventSpec({**_MACHINE}, "trackable_content"),
    "trackable_content.conversion": EventSpec({}, "trackable_content"),
    "video.watch": EventSpec({**_MACHINE}, "videos"),
    "video.conversion": EventSpec({}, "videos"),
    "list.confirm": EventSpec({"list": _TEXT}, None, ("list",)),
    "identify": EventSpec({"id": _TEXT, "email": _TEXT, "anonymous_id": _TEXT}),
    "task.completed": EventSpec({"task": _TEXT}),
    "converted": EventSpec({"conversion": _TEXT, "value": FieldSpec("number")}),
    "deal.stage": EventSpec({"pipeline": _TEXT, "stage": _TEXT, "title": _TEXT}),
    "goal.achieved": EventSpec({"campaign": _TEXT, "goal": _TEXT}),
    "goal.skipped": EventSpec({"campaign": _TEXT, "goal": _TEXT}),
    "sms.sent": EventSpec({**_MESSAGE}),
    "site_message.shown": EventSpec({**_MESSAGE, "id": _TEXT}),
    "action.failed": EventSpec({"campaign": _TEXT, "step": _TEXT, "action": _TEXT, "reason": _TEXT}),
}

# Only the kernel raises these; a line with one is rejected.
INNER_EVENTS = frozenset(
    {"converted", "deal.stage", "goal.achieved", "goal.skipped", "sms.sent", "site_message.shown"}
)

# What a template of a message may do with a value.
TEMPLATE_FILTERS = (
    "capitalize", "default", "escape", "first", "join", "last", "length", "lower", "replace", "title", "trim",
    "truncate", "upper", "urlencode",
)  # fmt: skip

# What texts about a batch of a fulfillment list may print, as ``batch.x``.
BATCH_VALUES = ("id", "list", "date", "rows", "due")
