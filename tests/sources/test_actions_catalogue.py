"""Source 004, the catalogue of automation actions: each sentence that states a behaviour, as a test.
Docstrings give its idea. What leaves is looked at as an effect; connectors have tests of their own."""

from __future__ import annotations

from typing import Any

import pytest

from oncue.runtime.kernel.entities.kept import AccountState, TaskState
from oncue.schemas.values import SCALE
from tests.runtime.kernel.crm import crm, flow, reasons
from tests.runtime.kernel.stage import Stage

ANA: dict[str, Any] = {
    "email": "ana@x.test", "phone": "+15550111", "first_name": "Ana", "last_name": "Bakker", "owner": "ana",
    "account": "acme", "subscribed": [{"list": "prospects", "channels": ["email", "sms"]}],
}  # fmt: skip
SITE = """
web_pages:
  pricing: {url: "https://acme.test/pricing*"}
  blog: {url: "https://acme.test/blog*"}
site_messages:
  coupon: {text: Ten percent off, page: pricing}
  hello: {text: Good to see you}
"""


def play(steps: str, *more: str, head: str = "starts_when: [{event: purchase}]", **contact: Any) -> Stage:
    """A contact who has just entered the campaign `c` of these steps."""
    stage = crm(steps, *more, head=head, contact={**ANA, **contact})
    if "purchase" in head:
        stage.event("purchase")
    return stage


def left(stage: Stage, kind: str) -> list[dict[str, Any]]:
    """What has left of one kind."""
    return [dict(effect.payload) for effect in stage.effects if effect.kind == kind]


def field(stage: Stage, name: str) -> Any:
    value = stage.state.fields.get(name)
    return value / SCALE if isinstance(value, int) else value


def tasks(stage: Stage) -> list[TaskState]:
    return [state for state in stage.entities.values() if isinstance(state, TaskState)]


# --- sending


def test_an_email_goes_to_the_contact_who_passes_the_step():
    """The action sends an email to whoever goes through this step."""
    stage = play("- send_email: invite")
    assert [(each["email"], each["to"]) for each in left(stage, "email")] == [("invite", "ana@x.test")]


def test_a_wait_before_it_times_the_email():
    """An email is timed by placing a wait before it."""
    stage = play("- wait: 2 days\n- send_email: invite")
    stage.later("47 hours")
    assert stage.sent == []
    stage.later("1 hour")
    assert stage.sent == ["invite"]


@pytest.mark.parametrize(
    ("message", "pages", "shown"),
    [("coupon", ["blog", "pricing"], [[], ["coupon"]]), ("hello", ["blog"], [["hello"]])],
)
def test_a_site_message_is_shown_at_a_visit_of_one_page_or_of_any(message, pages, shown):
    """Shown to the contact when they visit a specific page of the site, or any page of it."""
    text = f"{SITE}campaigns:\n{flow('c', f'- send_site_message: {message}')}"
    stage = Stage(text, contact=ANA)
    stage.event("purchase")
    assert left(stage, "site_message") == []
    for page, expected in zip(pages, shown, strict=True):
        stage.event("web_page.visit", url=f"https://acme.test/{page}")
        assert [each["message"] for each in left(stage, "site_message")] == expected


def test_a_text_message_goes_to_who_reaches_the_step():
    """When a contact reaches this action they are sent a text message."""
    stage = play("- send_sms: {text: 'Hi {{ first_name }}', list: prospects}")
    assert [(each["to"], each["text"]) for each in left(stage, "sms")] == [("+15550111", "Hi Ana")]


def test_a_notification_tells_somebody_of_the_house_by_email():
    """It sends a notification email; someone within the company could be notified."""
    stage = play("- send_notification: {to: [bo, owner], subject: 'Look: {{ email }}', text: Call}")
    [told] = left(stage, "notification")
    assert (told["to"], told["subject"]) == (["bo@acme.test", "ana@acme.test"], "Look: ana@x.test")


# --- conditions and flow


def test_a_timed_wait_pauses_the_contact_at_the_step_and_lets_it_go_on():
    """Contacts wait for the period that is given, then pass to the next action."""
    stage = play("- wait: 3 days\n- add_tag: on")
    assert stage.places == [("c", "wait")]
    stage.later("3 days")
    assert stage.state.tags == {"on"}


def test_a_conditional_wait_lasts_until_a_behaviour_is_shown():
    """They wait until conditions are met, such as a certain behaviour."""
    stage = play("- wait: {until: did web_form.submission of demo-request since start}\n- add_tag: on")
    stage.later("90 days")
    assert stage.places == [("c", "wait")]
    stage.event("web_form.submission of demo-request")
    assert stage.state.tags == {"on"}


def test_a_conditional_wait_lasts_until_something_about_the_contact_is_known():
    """... or until certain information about them has been gathered."""
    stage = play("- wait: {until: industry is set}\n- add_tag: on")
    stage.load(email="ana@x.test", industry="retail")
    assert stage.state.tags == {"on"}


def test_a_conditional_wait_may_have_a_limit():
    """A time limit can be set for how long a contact waits who does not meet them."""
    stage = play("- wait: {until: industry is set, at_most: 7 days}\n- add_tag: on")
    stage.later("7 days")
    assert stage.state.tags == {"on"}


@pytest.mark.parametrize(
    ("condition", "contact"),
    [
        ('tagged "hot"', {"tags": "hot"}),
        ("employees > 50", {"employees": 60}),
        ("did purchase since start or did purchase in last 1 day", {}),
        ('subscribed to prospects and country == "NL"', {"country": "NL"}),
    ],
)
def test_an_if_sends_who_matches_the_yes_way_and_the_others_the_no_way(condition, contact):
    """A fork: the yes path for who matches the conditions (tags, fields, behaviour, ...), no for the rest."""
    steps = f"- if: {condition}\n  then: [{{add_tag: 'yes'}}]\n  else: [{{add_tag: 'no'}}]"
    assert "yes" in play(steps, **contact).state.tags
    other = play(
        f"- if: not ({condition})\n  then: [{{add_tag: 'yes'}}]\n  else: [{{add_tag: 'no'}}]", **contact
    )
    assert "no" in other.state.tags


def test_a_split_test_determines_a_path_that_wins():
    """A traditional A/B split test that determines a winning path: who comes later takes it."""
    split = """
- split_test:
    match: did web_form.submission since start
    decide: {contacts: 6}
    paths:
      a: [{wait: 1 day}, {add_tag: was-a}]
      b: [{wait: 1 day}, {add_tag: was-b}]
- wait: 1 day
- add_tag: over
"""
    stage = crm(split, contact=None)
    for number in range(5):
        stage.meet(email=f"c{number}@x.test")
        stage.event("purchase")
        if stage.places[0][1].startswith("split_test/b"):
            stage.event("web_form.submission of demo-request")
    paths = {key: state.members[0].step.split("/")[1] for key, state in stage.states.items()}
    assert set(paths.values()) == {"a", "b"}
    for number in range(5, 9):
        stage.meet(email=f"c{number}@x.test")
        stage.event("purchase")
    [decided] = stage.entries("split.decided")
    assert decided.data["winner"] == "b"
    later = [stage.states[f"email:c{number}@x.test"].members[0].step for number in range(6, 9)]
    assert {step.split("/")[1] for step in later} == {"b"}


def test_a_conditional_split_sends_everybody_one_way_until_it_is_met_then_the_other():
    """All go down one path until conditions are met, then a different path; no winner is determined."""
    split = "- split_until: {until: {contacts: 2}, before: [{add_tag: first}], after: [{add_tag: second}]}"
    stage = crm(split, contact=None)
    tags = []
    for number in range(4):
        stage.meet(email=f"c{number}@x.test")
        stage.event("purchase")
        tags.append(*stage.state.tags)
    assert tags == ["first", "first", "second", "second"]


def test_a_goto_moves_the_contact_to_another_step_and_can_make_loops():
    """Moves contacts to another step: back to a branch, or to create loops."""
    stage = play("- id: top\n  wait: 1 day\n- adjust_score: +1\n- goto: {step: top, at_most: 3}")
    stage.later("30 days")
    assert stage.walked("c").count("top") == 4
    assert stage.score == 4


def test_a_goal_lets_a_contact_jump_from_where_it_stands():
    """Contacts jump from their present place directly to the goal when they meet its conditions."""
    stage = play(
        '- wait: 30 days\n- add_tag: slow\n- goal: {name: won, when: tagged "won"}\n- add_tag: jumped'
    )
    stage.load(email="ana@x.test", tags="won", triggers=True)
    assert stage.state.tags == {"won", "jumped"}


def test_a_goal_can_start_other_campaigns_and_adjust_scores():
    """It can be used to start other automations, to send messages and to adjust contact and deal scores."""
    other = flow("d", "- send_email: invite\n- adjust_score: +5",
                 head="starts_when: [{goal_achieved: {campaign: c, goal: won}}]")  # fmt: skip
    stage = play('- wait: 30 days\n- goal: {name: won, when: tagged "won"}', other)
    stage.load(email="ana@x.test", tags="won", triggers=True)
    assert (stage.sent, stage.score) == (["invite"], 5)


def test_a_goal_that_is_met_on_entering_adds_the_contact_at_that_step():
    """... and even to add a contact to a specific step of the automation on entering it."""
    steps = (
        "- send_email: invite\n- wait: 9 days\n- goal: {name: known, when: first_name is set}\n- wait: 1 day"
    )
    stage = play(steps)
    assert stage.sent == []
    assert stage.places == [("c", "wait-2")]


# --- automations


def test_a_campaign_is_started_when_the_contact_reaches_the_step():
    """It starts the automation that is named when the contact reaches that step."""
    stage = play(
        "- wait: 1 day\n- start_campaign: d", flow("d", "- add_tag: in-d", head="starts_when: [manual]")
    )
    assert stage.entries("campaign.entered", "campaigns/d") == []
    stage.later("1 day")
    assert stage.state.tags == {"in-d"}


@pytest.mark.parametrize("steps", ["- add_tag: a\n- end", "- add_tag: a"])
def test_a_campaign_ends_at_its_end_and_without_it_at_the_last_step(steps):
    """It says that the automation ends here; without it, it ends at the last step all the same."""
    stage = play(steps)
    assert stage.places == []
    assert len(stage.entries("campaign.ended", "campaigns/c")) == 1


@pytest.mark.parametrize(("what", "stays"), [("d", ["c", "e"]), ("others", ["c"])])
def test_another_campaign_is_ended_or_all_others(what, stays):
    """It stops the contact in a specific automation, or in all others."""
    others = [flow(name, "- wait: 90 days\n- add_tag: x") for name in ("d", "e")]
    stage = play(f"- wait: 1 day\n- end_campaign: {what}\n- wait: 1 day\n- add_tag: x", *others)
    stage.later("1 day")
    assert sorted(name for name, _ in stage.places) == stays


def test_a_webhook_calls_another_application():
    """It can send a webhook to another application, for example to create a support account."""
    stage = play("- webhook: {url: https://help.test/accounts, body: {who: '{{ email }}'}}")
    [call] = left(stage, "webhook")
    assert (call["url"], call["method"], call["body"]) == (
        "https://help.test/accounts", "POST", {"who": "ana@x.test"},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("sum_", "result"),
    [("employees + 5", 25), ("employees - 5", 15), ("employees * 5", 100), ("employees / 5", 4)],
)
def test_math_adds_subtracts_multiplies_and_divides_a_field(sum_, result):
    """The numeric value of an existing field is adjusted by add, subtract, multiply or divide."""
    stage = play(f"- math: {sum_}", employees=20)
    assert field(stage, "employees") == result


def test_math_reckons_on_custom_fields_of_deals_too():
    """Calculations run on existing custom fields of contacts, or on custom fields of deals."""
    steps = "- add_deal: {title: T, pipeline: sales, set: {seats: 4}}\n- math: deal.seats * 2.5"
    assert play(steps).state.deals[0].fields["seats"] == 10 * SCALE


# --- contacts


def test_subscribing_and_unsubscribing_move_a_customer_from_one_list_to_another():
    """Subscribe adds a contact to a list, unsubscribe removes it: a buyer from prospects to customers."""
    stage = Stage(
        "lists: {customers: {}}\ncampaigns:\n"
        + flow("c", "- unsubscribe: prospects\n- subscribe: customers"),
        contact={"email": "ana@x.test", "subscribed": ["prospects"]},
    )
    stage.event("purchase")
    assert stage.state.subscriptions == {
        "prospects": {"email": "unsubscribed"}, "customers": {"email": "subscribed"},
    }  # fmt: skip


def test_a_conversion_is_set_off_while_in_an_automation():
    """A contact triggers an existing (declared) conversion while in an automation."""
    other = flow("d", "- add_tag: converted", head="starts_when: [{converted: signup}]")
    stage = play("- convert: signup", other)
    [done] = stage.entries("action", "campaigns/c")
    assert (done.data["conversion"], done.data["value"]) == ("signup", "50")
    assert stage.state.tags == {"converted"}


def test_updating_a_contact_adds_data_to_its_record():
    """Data is added to the contact record, for example "Promoter" to a status field."""
    assert field(play("- update_contact: {set: {status: Promoter}}"), "status") == "promoter"


def test_tags_are_applied_and_removed_when_the_contact_reaches_the_step():
    """Add tag applies a tag, remove tag removes one."""
    stage = play("- add_tag: hot\n- wait: 1 day\n- remove_tag: hot")
    assert stage.state.tags == {"hot"}
    stage.later("1 day")
    assert stage.state.tags == set()


def test_a_note_is_attached_to_the_contact():
    """A note on the contact's record, so that sales reads what the contact has done."""
    stage = play("- add_note: '{{ first_name }} bought'")
    assert [entry.data["text"] for entry in stage.entries("note")] == ["Ana bought"]


def test_contacts_are_added_to_an_audience_and_removed_from_it():
    """Adds contacts to a Facebook custom audience, or removes them from it."""
    stage = play("- add_to_audience: fans\n- remove_from_audience: fans")
    assert [(each["audience"], each["change"], each["email"]) for each in left(stage, "audience")] == [
        ("fans", "add", "ana@x.test"), ("fans", "remove", "ana@x.test"),
    ]  # fmt: skip


def test_an_audience_can_be_a_new_one():
    """This action can also create a new custom audience (a list of customers)."""
    text = "audiences: {late: {create: true, name: Late}}\ncampaigns:\n" + flow(
        "c", "- add_to_audience: late"
    )
    stage = Stage(text, contact=ANA)
    stage.event("purchase")
    assert stage.program.plan.audiences["late"].create
    assert [each["audience"] for each in left(stage, "audience")] == ["late"]


@pytest.mark.parametrize(
    ("change", "score"), [("+25", 65), ("-15", 25), ("{set: 90}", 90), ("{reset: true}", 0)]
)
def test_a_contacts_score_goes_up_or_down_is_set_or_reset(change, score):
    """The score moves up or down, negative points too, or is set to a value, or reset to 0."""
    assert play(f"- adjust_score: {change}", score=40).score == score


# --- sales


def test_a_deal_is_added_when_the_score_reaches_a_threshold():
    """With a trigger on the score, a deal is put into the pipeline when it reaches a threshold."""
    stage = play("- add_deal: {title: Big, pipeline: sales}", head='starts_when: [{score_crosses: ">= 65"}]')
    stage.load(email="ana@x.test", score=64, triggers=True)
    assert stage.state.deals == []
    stage.load(email="ana@x.test", score=65, triggers=True)
    [deal] = stage.state.deals
    assert (deal.shown["title"], deal.pipeline, deal.stage, deal.status) == ("Big", "sales", "new", "open")


@pytest.mark.parametrize(
    ("change", "seen"),
    [
        ("title: Bigger", lambda deal: deal.shown["title"] == "Bigger"),
        ("status: won", lambda deal: deal.status == "won"),
        ("status: lost", lambda deal: deal.status == "lost"),
        ("owner: bo", lambda deal: deal.owner == "bo"),
        ("value: 900", lambda deal: deal.value == 900 * SCALE),
        ("stage: qualified", lambda deal: deal.stage == "qualified"),
        ("set: {tariff: pro}", lambda deal: deal.fields["tariff"] == "pro"),
        ("copy: {seats: employees}", lambda deal: deal.fields["seats"] == 20 * SCALE),
        ("clear: [seats]", lambda deal: "seats" not in deal.fields),
    ],
)
def test_a_deal_is_updated(change, seen):
    """Title, status (open, won, lost), owner, value, stage; a custom field: a new value, copied from a
    field of the contact, or cleared."""
    steps = "- add_deal: {title: Big, pipeline: sales, owner: ana, value: 100, set: {seats: 1}}\n"
    stage = play(f"{steps}- update_deal: {{{change}}}", employees=20)
    [deal] = stage.state.deals
    assert seen(deal)
    assert reasons(stage)[-1] == "done"


def test_a_lost_deal_is_opened_again():
    """The status changes to open too."""
    steps = "- add_deal: {title: Big, pipeline: sales}\n- update_deal: {status: lost}\n"
    stage = play(f"{steps}- update_deal: {{deal: {{title: Big}}, status: open}}")
    assert stage.state.deals[0].status == "open"


def test_a_reply_moves_the_deal_further_down_the_pipeline():
    """When a contact shows a behaviour, such as a reply, the deal is moved further down the pipeline."""
    steps = (
        "- add_deal: {title: Big, pipeline: sales}\n- id: mail\n  send_email: invite\n"
        "- wait: {until: did email.reply of step mail}\n- update_deal: {stage: proposal}"
    )
    stage = play(steps)
    assert stage.state.deals[0].stage == "new"
    stage.event("email.reply of invite")
    assert stage.state.deals[0].stage == "proposal"


def test_a_field_of_the_account_is_added_or_changed():
    """It adds or modifies a value of a field at the level of the account."""
    stage = play(
        "- update_account: {set: {industry: retail}}\n- wait: 1 day\n- update_account: {set: {industry: law}}"
    )
    account = stage.entities["account/acme"]
    assert isinstance(account, AccountState)
    assert account.fields["industry"] == "retail"
    stage.later("1 day")
    later = stage.entities["account/acme"]
    assert isinstance(later, AccountState)
    assert later.fields["industry"] == "law"


def test_a_task_is_added_when_the_deals_stage_changes():
    """Tasks can be added automatically as the stage changes, so that nothing slips through the cracks."""
    other = flow(
        "d", "- add_task: {title: Prepare, due: 3 days}", head="starts_when: [{deal_stage: qualified}]"
    )
    stage = play(
        "- add_deal: {title: Big, pipeline: sales}\n- wait: 1 day\n- update_deal: {stage: qualified}", other
    )
    assert tasks(stage) == []
    stage.later("1 day")
    [task] = tasks(stage)
    assert (task.title, task.owner) == ("Prepare", "ana")


def test_a_note_on_the_deal_is_another_than_one_on_the_contact():
    """This note goes to the record of the deal; the one among the contact's actions goes to the contact."""
    stage = play("- add_deal: {title: Big, pipeline: sales}\n- add_deal_note: Soon\n- add_note: Golf")
    [on_deal, on_contact] = stage.entries("note")
    assert (on_deal.data["text"], on_deal.data["deal"]) == ("Soon", "1")
    assert on_contact.data == {"text": "Golf"}


def test_a_task_is_completed_when_the_contact_shows_a_behaviour():
    """It closes a task, marking it completed, as you or the contact show certain behaviours."""
    steps = "- id: call\n  add_task: Call\n- wait: {until: did web_form.submission since start}\n"
    steps += "- complete_task: call"
    stage = play(steps)
    assert tasks(stage)[0].closed_at is None
    stage.event("web_form.submission of demo-request")
    assert (tasks(stage)[0].closed_at, tasks(stage)[0].by) == (stage.now, "action")


@pytest.mark.parametrize(("change", "score"), [("+20", 30), ("-5", 5), ("{set: 7}", 7), ("{reset: true}", 0)])
def test_a_deals_score_goes_up_or_down_is_set_or_reset(change, score):
    """It moves a deal's score up or down, or sets or resets it."""
    steps = "- add_deal: {title: Big, pipeline: sales}\n- adjust_deal_score: +10\n"
    assert play(f"{steps}- adjust_deal_score: {change}").state.deals[0].score == score * SCALE


# --- Salesforce


@pytest.mark.parametrize(
    ("action", "kind"), [("create_salesforce_contact", "Contact"), ("create_salesforce_lead", "Lead")]
)
def test_who_reaches_the_step_is_added_to_salesforce(action, kind):
    """A contact who reaches this step is added to Salesforce, as a contact or as a lead."""
    stage = play(f"- {action}: {{copy: {{Company: first_name}}}}" if kind == "Lead" else f"- {action}")
    [made] = left(stage, "salesforce")
    assert made["object"] == kind
    assert (made["fields"]["LastName"], made["fields"]["Email"]) == ("Bakker", "ana@x.test")
