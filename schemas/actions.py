"""Actions and flow steps, as the plan holds them: one Struct each, told apart by `do`.

Numbers are decimal texts, durations int microseconds, values of fields in shown form. A text of a message,
note, title or body is a template of placeholders (``{{ first_name }}``, ``{{ event.total }}``,
``{{ deal.value | default("-") }}``), filled when the action runs.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from oncue.schemas.parts import Use


class _Action(Struct, frozen=True, tag_field="do", omit_defaults=True, forbid_unknown_fields=True):
    pass


class SendEmail(_Action, frozen=True, tag="send_email"):
    email: str


class AdjustScore(_Action, frozen=True, tag="adjust_score"):
    """`by` and `to` are decimal texts; `reset` is `to: 0`. Exactly one is set."""

    by: str | None = None
    to: str | None = None


class AddTag(_Action, frozen=True, tag="add_tag"):
    tag: str


class RemoveTag(_Action, frozen=True, tag="remove_tag"):
    tag: str


class UpdateContact(_Action, frozen=True, tag="update_contact"):
    """`set`: field to literal (shown form); `copy`: field to source field; `clear`: fields."""

    set: dict[str, str | tuple[str, ...]] = {}
    copy: dict[str, str] = {}
    clear: tuple[str, ...] = ()


class AddNote(_Action, frozen=True, tag="add_note"):
    """A note on the contact; a template over contact fields (and event properties where there are any)."""

    text: str


class Subscribe(_Action, frozen=True, tag="subscribe"):
    list: str
    channels: tuple[str, ...] = ("email",)


class Unsubscribe(_Action, frozen=True, tag="unsubscribe"):
    """From one list, or (`list` None) from all lists, which suppresses the contact."""

    list: str | None = None
    channels: tuple[str, ...] = ()  # empty: every channel


class SendSms(_Action, frozen=True, tag="send_sms"):
    """A text message to the contact's phone; of a list, or operational."""

    text: str
    list: str | None = None
    operational: bool = False


class SendSiteMessage(_Action, frozen=True, tag="send_site_message"):
    """`message`: an id of `Plan.site_messages`, shown once at the next visit that fits."""

    message: str


class SendNotification(_Action, frozen=True, tag="send_notification"):
    """An email to people of the house: ids of users and teams (each of its active users), or the contact's
    owner. It passes no gate."""

    subject: str
    text: str
    users: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    owner: bool = False


class Webhook(_Action, frozen=True, tag="webhook"):
    """A call of somebody's HTTP interface. `url` and the values of `headers` may be ``env:NAME``. `body`:
    names and text templates, sent as a JSON object; None: the contact's fields and where it stands. `raw`: a
    text template sent as it is."""

    url: str
    method: Literal["POST", "PUT", "PATCH", "GET", "DELETE"] = "POST"
    headers: dict[str, str] = {}
    body: dict[str, str] | None = None
    raw: str | None = None


class Operand(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What `math` reckons with; exactly one is set. `of` tells whose field it is."""

    number: str | None = None
    micros: int | None = None
    field: str | None = None
    of: Literal["contact", "deal", "account"] = "contact"


class Math(_Action, frozen=True, tag="math"):
    """Changes a number field by a number, or a date or datetime field by a duration (add, subtract). A date
    changes by whole days. `deal` picks the deal where a deal's field is named."""

    field: str
    operation: Literal["add", "subtract", "multiply", "divide"]
    operand: Operand
    of: Literal["contact", "deal", "account"] = "contact"
    deal: DealPick | None = None


class Convert(_Action, frozen=True, tag="convert"):
    """Sets off a declared conversion. `value`: decimal text; `copy`: the number field that it is taken from;
    neither: the conversion's own value."""

    conversion: str
    value: str | None = None
    copy: str | None = None


class AddToAudience(_Action, frozen=True, tag="add_to_audience"):
    audience: str


class RemoveFromAudience(_Action, frozen=True, tag="remove_from_audience"):
    audience: str


class DealPick(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Which of the contact's deals: the newest open one of those that fit. `step`: added by that add_deal
    step of the campaign (in the member's own entry). Nothing set: the newest open one of all."""

    step: str | None = None
    pipeline: str | None = None
    title: str | None = None


class Assignee(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A user, or the next active one of a team in turn; or (neither) the contact's owner."""

    user: str | None = None
    team: str | None = None


class AddDeal(_Action, frozen=True, tag="add_deal"):
    """`title` is a template; `value` a decimal text, or `value_from` a number field of the contact; `set` and
    `copy` are custom deal fields."""

    title: str
    pipeline: str
    stage: str
    value: str | None = None
    value_from: str | None = None
    owner: Assignee | None = None  # None: nobody
    set: dict[str, str | tuple[str, ...]] = {}
    copy: dict[str, str] = {}


class UpdateDeal(_Action, frozen=True, tag="update_deal"):
    """What is None stays. `set`, `copy` (from contact fields), `clear`: custom deal fields."""

    deal: DealPick
    title: str | None = None
    status: Literal["open", "won", "lost"] | None = None
    stage: str | None = None
    owner: Assignee | None = None
    value: str | None = None
    value_from: str | None = None
    set: dict[str, str | tuple[str, ...]] = {}
    copy: dict[str, str] = {}
    clear: tuple[str, ...] = ()


class AddDealNote(_Action, frozen=True, tag="add_deal_note"):
    text: str
    deal: DealPick


class AdjustDealScore(_Action, frozen=True, tag="adjust_deal_score"):
    """As `AdjustScore`, of a deal."""

    deal: DealPick
    by: str | None = None
    to: str | None = None


class UpdateAccount(_Action, frozen=True, tag="update_account"):
    """Fields of the contact's account. `copy`: from contact fields."""

    set: dict[str, str | tuple[str, ...]] = {}
    copy: dict[str, str] = {}
    clear: tuple[str, ...] = ()


class AddToFulfillmentList(_Action, frozen=True, tag="add_to_fulfillment_list"):
    """`hold`: the member stays at the step until its batch is handed over."""

    list: str
    hold: bool = False


class RecordResponse(_Action, frozen=True, tag="record_response"):
    """The contact's membership in a campaign gets a status; where there is none yet, it begins."""

    campaign: str
    status: str


class AddTask(_Action, frozen=True, tag="add_task"):
    """Something that a person has to do. `title` and `note` are templates; `due` counts from now, None: no
    due time. Overdue, it tells the owner, and `notify_manager_after` later the owner's manager."""

    title: str
    owner: Assignee
    due: int | None = None
    note: str = ""
    sms_owner: bool = False
    notify_owner_when_overdue: bool = False
    notify_manager_after: int | None = None


class CompleteTask(_Action, frozen=True, tag="complete_task"):
    """The contact's open tasks of that add_task step (of the campaign), or of that title."""

    step: str | None = None
    title: str | None = None


class AssignOwner(_Action, frozen=True, tag="assign_owner"):
    owner: Assignee


class CreateSalesforce(_Action, frozen=True, tag="create_salesforce"):
    """A contact or lead in Salesforce. `set`: Salesforce field to text template, `copy`: Salesforce field to
    contact field; both over the usual ones (FirstName, LastName, Email, Phone, Title, Company, ...)."""

    object: Literal["Contact", "Lead"]
    set: dict[str, str] = {}
    copy: dict[str, str] = {}


class StartCampaign(_Action, frozen=True, tag="start_campaign"):
    campaign: str


class EndCampaign(_Action, frozen=True, tag="end_campaign"):
    """One campaign, or (None) all others than the one that this step stands in."""

    campaign: str | None = None


class WaitFor(_Action, frozen=True, tag="wait_for"):
    micros: int


class WaitAt(_Action, frozen=True, tag="wait_at"):
    """The first such instant strictly after arrival. `days` are weekdays, Monday 0; empty: every day.
    `timezone` is an IANA name or ``contact``."""

    minutes: int
    timezone: str
    days: tuple[int, ...] = ()


class WaitDate(_Action, frozen=True, tag="wait_date"):
    """Until a date field plus `offset_days` at `minutes` local time (a datetime field: plus
    `offset_micros`, at its own time unless `minutes` is given)."""

    field: str
    offset_micros: int = 0
    minutes: int | None = None
    timezone: str | None = None  # None: the project's
    if_past: Literal["skip", "end"] = "skip"


class WaitUntil(_Action, frozen=True, tag="wait_until"):
    until: Use
    at_most: int | None = None  # microseconds
    on_timeout: str | None = None  # first step of that branch


class If(_Action, frozen=True, tag="if"):
    """`then` and `else_` name the first step of the branch; None goes on at the step's own `next`."""

    when: Use
    then: str | None = None
    else_: str | None = None


class Goto(_Action, frozen=True, tag="goto"):
    step: str
    at_most: int | None = None  # passes per entry


class End(_Action, frozen=True, tag="end"):
    pass


class Path(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One path of a split. `percent`: decimal text, None: even. `first`: its first step; None: it is empty,
    and goes on at the split's own `next`. `was`: the name that it had in an earlier plan."""

    name: str
    first: str | None = None
    percent: str | None = None
    was: str | None = None


class Decision(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """When a split decides; exactly one is set: at an instant, after so many contacts, or so many matches."""

    at: int | None = None
    contacts: int | None = None
    matches: int | None = None


class SplitPaths(_Action, frozen=True, tag="split_paths"):
    """2 to 10 paths; drawn by a hash of campaign, step and contact, kept for good."""

    paths: tuple[Path, ...]


class SplitTest(_Action, frozen=True, tag="split_test"):
    """2 to 10 even paths; the winner is the path with the highest rate of `match`."""

    paths: tuple[Path, ...]
    match: Use
    decide: Decision


class SplitUntil(_Action, frozen=True, tag="split_until"):
    """Path ``before`` until it is decided, ``after`` from then on."""

    before: Path
    after: Path
    decide: Decision
    match: Use | None = None  # with `decide.matches`


class Goal(_Action, frozen=True, tag="goal"):
    """Members jump here the moment `when` holds. `unmet`: what a member does that arrives without it: waits
    (at most `at_most`, then goes on), goes on, or ends."""

    name: str
    when: Use
    unmet: Literal["wait", "continue", "end"] = "wait"
    at_most: int | None = None
    reach: Literal["ahead", "anywhere"] = "ahead"


Action = (
    SendEmail | SendSms | SendSiteMessage | SendNotification
    | Subscribe | Unsubscribe | Convert | UpdateContact | AddTag | RemoveTag | AddNote | AdjustScore
    | AddToAudience | RemoveFromAudience | AssignOwner
    | AddDeal | UpdateDeal | AddDealNote | AdjustDealScore | UpdateAccount | AddTask | CompleteTask
    | CreateSalesforce | AddToFulfillmentList | RecordResponse
    | StartCampaign | EndCampaign | Webhook | Math
    | WaitFor | WaitAt | WaitDate | WaitUntil
    | If | SplitPaths | SplitTest | SplitUntil | Goto | Goal | End
)  # fmt: skip
