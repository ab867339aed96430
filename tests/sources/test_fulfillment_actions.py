"""Source 000, fulfillment actions: each sentence that states a behaviour, as a test. Docstrings: its idea.

What the pages of the product's user interface do (list, edit, deactivate, delete) is files and commands here:
see also the tests of `oncue list` and `oncue pause`.
"""

from __future__ import annotations

import pytest

from tests.runtime.kernel.stage import Stage, plan_of

PAIRS = [  # the source's list of assets and behaviours, in its order
    ("emails", "email.open", "mail"),
    ("emails", "email.click", "mail"),
    ("landing_pages", "landing_page.view", "promo"),
    ("landing_pages", "landing_page.submission", "promo"),
    ("trackable_content", "trackable_content.download", "guide"),
    ("trackable_content", "trackable_content.conversion", "guide"),
    ("videos", "video.watch", "tour"),
    ("videos", "video.conversion", "tour"),
    ("web_forms", "web_form.submission", "form"),
    ("web_pages", "web_page.visit", "pricing"),
]
PRICING = """
web_pages:
  pricing:
    url: https://acme.test/pricing*
    on_visit: [{adjust_score: +500}]
  about: {url: https://acme.test/about}
"""


def one(kind: str, event: str, asset: str, actions: str) -> str:
    """A workspace with one asset and these actions on one of its behaviours, and a campaign that sends it."""
    behaviour = event.split(".")[1]
    more = {
        "emails": "subject: Hi, body: body.md, operational: true, ",
        "web_pages": "url: https://acme.test/p, ",
    }
    text = f"{kind}: {{{asset}: {{{more.get(kind, '')}on_{behaviour}: {actions}}}}}\n"
    if kind == "emails":
        text += "campaigns: {mailing: {starts_when: [manual], runs: every_time, "
        text += f"steps: [{{send_email: {asset}}}]}}}}\n"
    return text


def ready(kind: str, event: str, asset: str, actions: str) -> Stage:
    stage = Stage(one(kind, event, asset, actions))
    if kind == "emails":
        stage.enrol("mailing")
    return stage


@pytest.mark.parametrize(("kind", "event", "asset"), PAIRS)
def test_actions_are_applied_once_a_contact_shows_the_behaviour(kind, event, asset):
    """Each of the ten pairs of asset and behaviour may carry actions; they happen when it happens."""
    stage = ready(kind, event, asset, "[{add_tag: seen}]")
    assert stage.state.tags == set()
    stage.event(f"{event} of {asset}")
    assert stage.state.tags == {"seen"}


@pytest.mark.parametrize(("kind", "event", "asset"), PAIRS)
def test_a_behaviour_fires_its_own_actions_and_no_other_s(kind, event, asset):
    """Control is granular: an action belongs to one behaviour of one asset."""
    stage = ready(kind, event, asset, "[{add_tag: seen}]")
    for other_kind, other, thing in PAIRS:
        if other != event and other_kind == kind:
            stage.event(f"{other} of {thing}")
    assert stage.state.tags == set()


def test_one_or_more_actions_run_in_the_order_of_the_file():
    """One behaviour may have several actions, each sees what the earlier ones changed."""
    actions = "[{adjust_score: +10}, {add_tag: ten, when: score >= 10}, {add_tag: twenty, when: score >= 20}]"
    stage = ready("web_forms", "web_form.submission", "form", actions)
    stage.event("web_form.submission of form")
    assert stage.state.tags == {"ten"}
    assert [entry.step for entry in stage.entries("action")] == ["adjust_score", "add_tag", "add_tag-2"]


def test_actions_stand_inline_and_need_no_campaign():
    """They are added with the asset, so that no full automation has to be made."""
    stage = Stage(PRICING)
    assert stage.program.plan.campaigns == {}
    stage.event("web_page.visit of pricing")
    assert stage.score == 500


def test_they_run_in_the_very_transaction_of_the_event():
    """They are triggered in real time: the event's own outcome has their changes, and no timer is left."""
    stage = ready("web_forms", "web_form.submission", "form", "[{add_tag: seen}, {send_email: invite}]")
    outcome = stage.event("web_form.submission of form")
    assert outcome.state.tags == {"seen"}
    assert outcome.state.wake is None


def test_an_email_is_on_its_way_at_the_event_s_own_instant():
    """Emails leave within a minute: the message is ready with the event, nothing delays it here."""
    stage = ready("web_forms", "web_form.submission", "form", "[{send_email: invite}]")
    outcome = stage.event("web_form.submission of form")
    assert [effect.payload["email"] for effect in outcome.effects] == ["invite"]
    (sent,) = outcome.state.sent.values()
    assert sent.at == stage.now


def test_an_action_set_to_once_is_applied_only_once_to_the_same_contact():
    """The switch that lets an action be applied at most once per contact."""
    stage = ready("web_forms", "web_form.submission", "form", "[{adjust_score: +10, once: true}]")
    for _ in range(3):
        stage.event("web_form.submission of form")
        stage.later("1 week")
    assert stage.score == 10
    assert stage.results("web_forms/form/on_submission") == ["done default", "skipped once", "skipped once"]


def test_once_is_counted_for_each_contact_apart():
    """Another contact has not used it up."""
    text = one("web_forms", "web_form.submission", "form", "[{adjust_score: +10, once: true}]")
    stages = [Stage(text, contact={"email": email}) for email in ("ana@x.test", "bo@x.test")]
    for stage in stages:
        stage.event("web_form.submission of form")
    assert [stage.score for stage in stages] == [10, 10]


def test_a_repeatable_action_is_applied_each_time():
    """Without the switch it is triggered whenever the contact does it again."""
    stage = ready("web_forms", "web_form.submission", "form", "[{adjust_score: +10}]")
    for _ in range(3):
        stage.event("web_form.submission of form")
    assert stage.score == 30


def test_once_or_repeatable_is_set_for_each_action():
    """The switch stands beside the action, not the asset."""
    stage = ready(
        "web_forms", "web_form.submission", "form", "[{adjust_score: +10, once: true}, {add_note: Again}]"
    )
    for _ in range(3):
        stage.event("web_form.submission of form")
    assert stage.score == 10
    assert len(stage.entries("note")) == 3


def test_a_visit_to_the_pricing_page_is_worth_500_points():
    """The showcase: page-level lead scoring."""
    stage = Stage(PRICING)
    stage.event("web_page.visit", url="https://acme.test/pricing?plan=pro")
    stage.event("web_page.visit", url="https://acme.test/about")
    assert stage.score == 500


def test_each_visited_page_is_tracked():
    """Pages are tracked when a visitor comes, whether or not they have actions."""
    stage = Stage(PRICING)
    stage.event("web_page.visit", url="https://acme.test/about")
    (entry,) = stage.entries("event", "web_page.visit")
    assert entry.data["assets"] == ["about"]


def test_a_deactivated_fulfillment_action_does_nothing_while_its_event_still_counts():
    """It can be deactivated; what the contact did still enters history."""
    text = PRICING.replace(
        "on_visit: [{adjust_score: +500}]", "on_visit: {active: false, actions: [{adjust_score: +500}]}"
    )
    stage = Stage(text + "segments: {visitors: did web_page.visit of pricing}\n")
    stage.event("web_page.visit of pricing")
    assert stage.score == 0
    assert stage.state.segments == {"visitors"}
    assert stage.entries("automation") == []


def test_an_edited_fulfillment_action_does_the_new_thing_from_then_on():
    """It can be edited; what was done stays done."""
    stage = Stage(PRICING)
    stage.event("web_page.visit of pricing")
    stage.change_plan(PRICING.replace("+500", "+100"))
    stage.event("web_page.visit of pricing")
    assert stage.score == 600


def test_a_deleted_fulfillment_action_is_gone():
    """It can be deleted: removing it from the file is enough."""
    stage = Stage(PRICING)
    stage.change_plan(PRICING.replace("    on_visit: [{adjust_score: +500}]\n", ""))
    stage.event("web_page.visit of pricing")
    assert stage.score == 0


def test_every_fulfillment_action_is_in_the_plan_for_the_one_view_that_manages_them():
    """They can be seen in one place: the plan has each with its file and line."""
    plan = plan_of(PRICING)
    (action,) = plan.assets["web_pages"]["pricing"].behaviours["visit"].actions
    assert plan.files[action.at.file] == "case.yaml"
    assert action.at.line == 5


def test_a_firing_is_logged_on_the_profile_as_an_automation_with_each_action_under_audit():
    """On the contact's profile: the automation, then each specific action with its result."""
    actions = "[{adjust_score: +10}, {send_email: news}, {add_tag: x, when: score > 99}]"
    stage = ready("web_forms", "web_form.submission", "form", actions)
    stage.event("web_form.submission of form")
    unit = "web_forms/form/on_submission"
    found = [entry.what for entry in stage.audit if entry.unit == unit]
    assert found == ["automation", "action", "action", "action"]
    assert stage.results(unit) == ["done default", "refused default no consent", "no_action default"]


def test_open_actions_are_triggered_by_the_first_open_only():
    """For an email's open, the first one counts."""
    stage = ready("emails", "email.open", "mail", "[{adjust_score: +5}]")
    stage.event("email.open of mail")
    stage.event("email.open of mail")
    assert stage.score == 5
    assert len(stage.entries("automation")) == 1


def test_the_first_open_is_the_first_over_all_sends_of_the_email():
    """A second send of the same email does not make its open a first one."""
    stage = ready("emails", "email.open", "mail", "[{adjust_score: +5}]")
    stage.event("email.open of mail")
    stage.later("1 day")
    stage.enrol("mailing")
    assert stage.sent == ["mail", "mail"]
    stage.event("email.open of mail")
    assert stage.score == 5


def test_click_actions_are_triggered_by_every_click():
    """The rule of the first one is for opens alone."""
    stage = ready("emails", "email.click", "mail", "[{adjust_score: +5}]")
    stage.event("email.click of mail")
    stage.event("email.click of mail")
    assert stage.score == 10
