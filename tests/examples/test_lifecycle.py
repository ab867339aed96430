"""The lifecycle example: every action of the catalogue at work, in half a year of a subscription business.
What must happen was worked out by hand; the figures of its README are checked with all other pages."""

from __future__ import annotations

import contextlib
import io
import shutil
from pathlib import Path

import msgspec
import pytest

from oncue.cli.main import main
from oncue.compiler import workspace
from oncue.runtime.kernel.actions import PERFORM
from oncue.schemas.actions import AddToFulfillmentList, RecordResponse
from oncue.schemas.plan import Plan, Step
from tests.examples.test_hand_made import ROOT, Ran

FOLDER = ROOT / "examples/lifecycle"
REPLAY = ("--clock", "events", "--until", "2026-07-01")


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """Replayed once for all tests of this file."""
    folder = tmp_path_factory.mktemp("examples") / "lifecycle"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns(".oncue"))
    told("run", "-w", str(folder), *REPLAY, *data(folder))
    lines = told("report", "-w", str(folder), "--audit").splitlines()
    return Ran(folder, [msgspec.json.decode(line) for line in lines])


def told(*arguments: str) -> str:
    """What a command that ends well prints."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        assert main(list(arguments)) == 0, out.getvalue()
    return out.getvalue()


def data(folder: Path) -> list[str]:
    return [str(folder / "data" / name) for name in ("contacts.jsonl", "events.jsonl")]


def plan() -> Plan:
    found = workspace.check(FOLDER, cache=False).plan
    assert found is not None
    return found


def steps(of: Plan) -> dict[tuple[str, str], Step]:
    """Every step and fulfillment action, by unit and id."""
    found = {
        (f"campaigns/{name}", step.id): step for name, each in of.campaigns.items() for step in each.steps
    }
    for kind, assets in {**of.assets, "emails": of.emails}.items():
        for name, asset in assets.items():
            for behaviour, deed in asset.behaviours.items():
                unit = f"{kind}/{name}/on_{behaviour}"
                found.update({(unit, step.id): step for step in deed.actions})
    return found


def done(ran: Ran, who: str, unit: str, result: str = "done") -> list[str]:
    """The steps that did their action to the contact, in order."""
    return [
        entry["step"]
        for entry in ran.audit
        if entry["what"] == "action" and entry.get("result") == result
        and (entry.get("contact"), entry.get("unit")) == (who, unit)
    ]  # fmt: skip


def test_it_has_no_error_and_no_warning() -> None:
    found = workspace.check(FOLDER, cache=False).diagnostics
    assert [each for each in found if each.severity != "note"] == []


def test_it_uses_every_action_that_the_kernel_can_do() -> None:
    used = {
        type(each) for step in steps(plan()).values() for each in (step.default, *(r.use for r in step.rules))
    }
    elsewhere = {AddToFulfillmentList, RecordResponse}  # have examples of their own: collateral, funnel
    assert used - {type(None)} == set(PERFORM) - elsewhere


def test_every_kind_of_action_was_done_to_somebody(ran: Ran) -> None:
    kinds = {place: step.kind for place, step in steps(plan()).items()}
    worked = {
        kinds[entry["unit"], entry["step"]]
        for entry in ran.audit
        if entry["what"] == "action" and entry.get("result") == "done"
    }
    assert worked == set(kinds.values())


def test_every_campaign_was_entered(ran: Ran) -> None:
    entered = {entry["unit"] for entry in ran.audit if entry["what"] == "campaign.entered"}
    assert entered == {f"campaigns/{name}" for name in plan().campaigns}


def test_only_one_action_failed_and_operations_heard_of_it(ran: Ran) -> None:
    failed = [entry for entry in ran.audit if entry.get("result") == "failed"]
    assert [(each["contact"], each["step"], each["why"]) for each in failed] == [
        ("id:c3", "create_salesforce_contact", "no last name")
    ]
    assert ("noor@tally.example", "Failed: create_salesforce_contact") in ran.letters()


def test_a_subscriber_who_never_confirms_gets_the_question_and_nothing_else(ran: Ran) -> None:
    assert [subject for to, subject in ran.letters() if to == "lou@nowhere.example"] == [
        "Please confirm your subscription"
    ]


def test_a_message_in_quiet_hours_leaves_when_they_end_in_the_contacts_zone(ran: Ran) -> None:
    held = [e for e in ran.audit if e.get("result") == "deferred" and e["contact"] == "id:c5"]
    assert held[0]["at"] == "2026-01-09T21:40:00Z"
    assert held[0]["why"] == "quiet hours"
    sent = [at for who, email, at in ran.sent() if (who, email) == ("id:c5", "welcome")]
    assert sent == ["2026-01-10T07:00:00Z"]


def test_nothing_leaves_on_a_blackout_date(ran: Ran) -> None:
    sent = [at for who, email, at in ran.sent() if (who, email) == ("id:c9", "we-miss-you")]
    assert sent == ["2026-04-28T06:00:00Z"]
    assert not any(file.name.startswith("20260427") for file in (ran.folder / ".oncue/outbox").glob("*.eml"))


def test_owners_are_taken_in_turn_and_who_is_away_is_passed_over(ran: Ran) -> None:
    assigned = [e for e in ran.audit if e["what"] == "action" and e.get("step") == "assign_owner"]
    owners = [each["data"]["owner"] for each in assigned if each["result"] == "done"]
    assert owners == ["sam", "iris", "sam", "iris"]


def test_who_buys_jumps_to_the_goal_and_the_deal_is_won(ran: Ran) -> None:
    won = [
        e["contact"] for e in ran.audit if e["what"] == "goal.achieved" and e["data"]["goal"] == "deal-won"
    ]
    assert won == ["id:c1", "id:c2"]
    assert "if-2/then/end" in done(ran, "id:c2", "campaigns/sales-handover")
    lost = done(ran, "id:c3", "campaigns/sales-handover")
    assert lost[-2:] == ["adjust_deal_score-2", "update_deal-3"]


def test_after_the_decision_every_reader_gets_the_winners_letter(ran: Ran) -> None:
    decided = next(
        e["at"] for e in ran.audit if e["what"] == "split.decided" and e["unit"] == "campaigns/nurture"
    )
    later = [email for _, email, at in ran.sent() if email in ("case-study", "tour") and at > decided]
    assert set(later) == {"case-study"}


def test_before_the_date_it_is_an_offer_and_after_it_a_word_on_the_site(ran: Ran) -> None:
    assert "split_until/before/send_email" in done(ran, "id:c8", "campaigns/churn-prevention")
    assert "split_until/after/send_site_message" in done(ran, "id:c9", "campaigns/churn-prevention")
    shown = [e["at"] for e in ran.audit if e["what"] == "site_message" and e["contact"] == "id:c9"]
    assert "2026-05-12T15:00:00Z" in shown


def test_the_account_is_shared_by_what_its_contacts_do(ran: Ran) -> None:
    shown = told("account", "show", "okoro", "-w", str(ran.folder), "--format", "json")
    fields = msgspec.json.decode(shown)["fields"]
    assert fields == {"industry": "retail", "plan": "firm", "seats": "20", "customer_since": "2026-01-01"}


def test_what_leaves_for_machines_is_complete_and_holds_no_secret(ran: Ran) -> None:
    outbox = ran.folder / ".oncue/outbox"
    documents = [msgspec.json.decode(file.read_bytes()) for file in sorted(outbox.glob("*.json"))]
    kinds = {each["kind"] for each in documents}
    assert kinds == {"sms", "site_message", "webhook", "audience", "salesforce"}
    [first, *_] = [each for each in documents if each["kind"] == "webhook"]
    assert first["headers"] == {"Authorization": "env:HELPDESK_TOKEN"}
    assert first["body"] == {"email": "ana@pijp.example", "plan": "team", "company": "De Pijp"}


def test_a_second_replay_does_nothing(ran: Ran) -> None:
    outbox = ran.folder / ".oncue/outbox"
    files = sorted(outbox.iterdir())
    assert told("run", "-w", str(ran.folder), *REPLAY, *data(ran.folder)).startswith("0 events")
    assert sorted(outbox.iterdir()) == files
