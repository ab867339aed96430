"""What an operator does: enrol, merge, erase, export, import, pause, resume, lift a suppression."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from oncue.runtime import operator
from oncue.runtime.errors import CommandError, DatabaseBusyError
from oncue.runtime.stores.sqlite import SqliteStore
from oncue.runtime.views import profiles, reports
from tests.runtime import shop

FIRST = "2026-01-01T10:00:00Z"
DEED = "web_pages/pricing/on_visit"


def known(*names: str, **more: Any) -> list[dict[str, Any]]:
    return [{"email": f"{name}@x.test", "subscribed": ["news"], "at": FIRST, **more} for name in names]


def database(folder: Path) -> Path:
    return folder / "x.db"


def whats(folder: Path, contact: str) -> list[str]:
    return [entry["what"] for entry in shop.audit(folder) if entry["contact"] == contact]


def deed(folder: Path) -> reports.FulfillmentReport:
    return next(one for one in reports.report(database(folder)).fulfillment if one.unit == DEED)


# --- enrol


def test_enrolling_enters_a_contact_by_hand(tmp_path: Path) -> None:
    shop.replay(tmp_path, known("a"))
    came = operator.enrol(shop.plan(), database(tmp_path), "a@x.test", "nurture")
    assert [entry["what"] for entry in came][:2] == ["campaign.entered", "step.entered"]
    assert profiles.profile(database(tmp_path), "a@x.test").campaigns[0].step == "wait"
    assert len(shop.outbox(tmp_path)) == 1


def test_enrolling_nobody_or_into_nothing_is_told(tmp_path: Path) -> None:
    shop.replay(tmp_path, known("a"))
    with pytest.raises(CommandError, match=r"nobody is known as b@x\.test"):
        operator.enrol(shop.plan(), database(tmp_path), "b@x.test", "nurture")
    with pytest.raises(CommandError, match="no campaign nowhere"):
        operator.enrol(shop.plan(), database(tmp_path), "a@x.test", "nowhere")


def test_a_command_on_a_replayed_database_takes_place_at_its_last_instant(tmp_path: Path) -> None:
    shop.replay(tmp_path, known("a"))
    operator.enrol(shop.plan(), database(tmp_path), "a@x.test", "nurture")
    assert shop.audit(tmp_path)[-1]["at"] == FIRST


# --- pause and resume


def test_of_a_paused_fulfillment_action_messages_are_held_and_the_rest_runs(tmp_path: Path) -> None:
    shop.replay(tmp_path, known("a"))
    assert operator.pause(shop.plan(), database(tmp_path), DEED)
    assert not operator.pause(shop.plan(), database(tmp_path), DEED), "it is paused already"
    shop.replay(tmp_path, [shop.visit("1", "a@x.test", "2026-01-02T10:00:00Z")])
    assert shop.outbox(tmp_path) == {}
    profile = profiles.profile(database(tmp_path), "a@x.test")
    assert profile.fields["score"] == "10"
    assert (deed(tmp_path).paused, deed(tmp_path).fired) == (True, 1)
    assert deed(tmp_path).actions[1].results == {"default": {"pending": 1}}


def test_resuming_sends_what_was_held_through_the_gate_again(tmp_path: Path) -> None:
    shop.replay(tmp_path, known("a", "b"))
    operator.pause(shop.plan(), database(tmp_path), DEED)
    visits = [shop.visit(name, f"{name}@x.test", "2026-01-02T10:00:00Z") for name in "ab"]
    gone = shop.event(
        "2", "email.unsubscribe", "b@x.test", "2026-01-02T11:00:00Z", asset="hello", list="news"
    )
    shop.replay(tmp_path, [*visits, gone])
    operator.resume(shop.plan(), database(tmp_path), DEED)
    assert [name.split("-")[1] for name in shop.outbox(tmp_path)] == ["hello"]
    assert deed(tmp_path).actions[1].results == {"default": {"done": 1, "refused: no consent": 1}}
    assert reports.report(database(tmp_path)).messages == {"done": 1, "refused": 1}


def test_resuming_may_drop_what_was_held(tmp_path: Path) -> None:
    shop.replay(tmp_path, known("a"))
    operator.pause(shop.plan(), database(tmp_path), "web_pages/pricing")
    shop.replay(tmp_path, [shop.visit("1", "a@x.test", "2026-01-02T10:00:00Z")])
    operator.resume(shop.plan(), database(tmp_path), "web_pages/pricing", drop=True)
    assert shop.outbox(tmp_path) == {}
    assert deed(tmp_path).actions[1].results == {"default": {"cancelled": 1}}


def test_in_a_paused_campaign_nobody_takes_a_step_until_it_is_resumed(tmp_path: Path) -> None:
    shop.replay(tmp_path, known("a"))
    operator.enrol(shop.plan(), database(tmp_path), "a@x.test", "nurture")
    operator.pause(shop.plan(), database(tmp_path), "campaigns/nurture")
    shop.replay(tmp_path, [shop.visit("1", "b@x.test", "2026-01-09T10:00:00Z")])
    assert profiles.profile(database(tmp_path), "a@x.test").campaigns[0].step == "wait"
    operator.resume(shop.plan(), database(tmp_path), "campaigns/nurture")
    assert profiles.profile(database(tmp_path), "a@x.test").campaigns == []
    assert shop.audit(tmp_path)[-1]["at"] == "2026-01-09T10:00:00Z"


def test_pausing_what_there_is_not_is_told_with_a_hint(tmp_path: Path) -> None:
    shop.replay(tmp_path, known("a"))
    with pytest.raises(CommandError, match="did you mean campaigns/nurture"):
        operator.pause(shop.plan(), database(tmp_path), "campaign/nurture")


def test_a_switch_survives_restarts(tmp_path: Path) -> None:
    shop.replay(tmp_path, known("a"))
    operator.pause(shop.plan(), database(tmp_path), "campaigns/nurture")
    shop.replay(tmp_path, known("a"))
    assert [one.id for one in reports.report(database(tmp_path)).campaigns if one.paused] == ["nurture"]


@pytest.mark.parametrize("unit", [DEED, "web_pages/pricing"])
def test_what_is_paused_stays_so_under_another_name(tmp_path: Path, unit: str) -> None:
    shop.replay(tmp_path, known("a"))
    operator.pause(shop.plan(), database(tmp_path), unit)
    operator.pause(shop.plan(), database(tmp_path), "campaigns/nurture")
    shop.replay(tmp_path, [shop.visit("1", "a@x.test", "2026-01-02T10:00:00Z")])
    plan = shop.plan(shop="  pricing:\n=>  prices:\n    was: pricing\n")
    shop.replay(tmp_path, [], plan=plan)
    operator.resume(plan, database(tmp_path), "campaigns/nurture")
    assert shop.outbox(tmp_path) == {}, "what the page holds is held by its new name"
    operator.resume(plan, database(tmp_path), unit.replace("pricing", "prices"))
    assert len(shop.outbox(tmp_path)) == 1


# --- contacts


def test_merging_keeps_the_one_that_was_created_earlier(tmp_path: Path) -> None:
    first = known("a", first_name="Ana")
    later = [{"email": "b@x.test", "first_name": "Bo", "company": "Sol", "tags": ["hot"], "at": "2026-01-02"}]
    shop.replay(tmp_path, [*first, *later])
    assert operator.merge(shop.plan(), database(tmp_path), "b@x.test", "a@x.test") == "email:a@x.test"
    for name in ("a@x.test", "b@x.test"):
        profile = profiles.profile(database(tmp_path), name)
        assert (profile.key, profile.fields["first_name"], profile.fields["company"]) == (
            "email:a@x.test", "Ana", "Sol",
        )  # fmt: skip
        assert profile.tags == ["hot"]
    created = [entry["at"] for entry in profile.audit if entry["what"] == "contact.created"]
    assert created == [FIRST, "2026-01-01T23:00:00Z"], "the other's audit is the survivor's now"
    assert reports.report(database(tmp_path)).contacts == 1
    with pytest.raises(CommandError, match="both are the same"):
        operator.merge(shop.plan(), database(tmp_path), "b@x.test", "a@x.test")


def test_erasing_leaves_no_trace_of_the_person(tmp_path: Path) -> None:
    lines = [*known("ana", first_name="Anastasia"), shop.visit("1", "ana@x.test", "2026-01-02T10:00:00Z")]
    shop.replay(tmp_path, [*lines, *known("bo")])
    operator.pause(shop.plan(), database(tmp_path), DEED)
    operator.erase(shop.plan(), database(tmp_path), "ana@x.test")
    with sqlite3.connect(database(tmp_path)) as db:
        everything = "\n".join(db.iterdump())
    db.close()
    assert "ana@x.test" not in everything.replace("/", "").lower()
    assert "Anastasia" not in everything
    assert reports.report(database(tmp_path)).contacts == 1
    with pytest.raises(CommandError):
        profiles.profile(database(tmp_path), "ana@x.test")


def test_whom_a_name_means_is_told_in_words(tmp_path: Path) -> None:
    signup = shop.signup("1", {"anonymous_id": "7f"}, "2026-01-02T10:00:00Z")
    both = {"email": "a@x.test", "anonymous_id": "7f"}
    known_now = shop.event("2", "identify", both, "2026-01-03T10:00:00Z", id="42")
    shop.replay(tmp_path, [*known("a", "b"), signup, known_now])
    told = {name: operator.whom(database(tmp_path), name) for name in ("A@x.test", "42", "7f", "b@x.test")}
    assert told == {
        "A@x.test": "A@x.test", "42": "email:a@x.test", "b@x.test": "b@x.test",
        "7f": "email:a@x.test, into which anon:7f was merged",
    }  # fmt: skip
    operator.merge(shop.plan(), database(tmp_path), "b@x.test", "a@x.test")
    whole = "email:a@x.test, into which email:b@x.test was merged"
    assert [operator.whom(database(tmp_path), name) for name in ("a@x.test", "b@x.test", "42")] == [whole] * 3
    with pytest.raises(CommandError, match="nobody is known as c"):
        operator.whom(database(tmp_path), "c@x.test")


def test_an_erased_contact_may_come_back_as_somebody_new(tmp_path: Path) -> None:
    shop.replay(tmp_path, [*known("a"), shop.visit("1", "a@x.test", "2026-01-02T10:00:00Z")])
    operator.erase(shop.plan(), database(tmp_path), "a@x.test")
    later = {**known("a")[0], "at": "2026-01-03"}
    shop.replay(tmp_path, [shop.visit("2", "a@x.test", "2026-01-04T10:00:00Z"), later])
    assert profiles.profile(database(tmp_path), "a@x.test").fields["score"] == "10"
    assert reports.report(database(tmp_path)).messages == {"done": 2}


def test_the_line_that_an_erased_contact_came_from_does_not_bring_it_back(tmp_path: Path) -> None:
    lines = [*known("a"), shop.visit("1", "a@x.test", "2026-01-02T10:00:00Z")]
    shop.replay(tmp_path, lines)
    operator.erase(shop.plan(), database(tmp_path), "a@x.test")
    assert shop.replay(tmp_path, lines).repeated == 2
    assert reports.report(database(tmp_path)).contacts == 0


def test_another_row_on_the_line_of_an_erased_contact_is_taken(tmp_path: Path) -> None:
    """Erased stays erased, and a file that is exported anew under the old name loses nobody."""
    first, second = known("a", score=1.0), known("b")
    shop.replay(tmp_path, [*first, *second])
    operator.erase(shop.plan(), database(tmp_path), "a@x.test")
    written_otherwise = dict(reversed(known("a", score=1)[0].items()))
    assert shop.replay(tmp_path, [written_otherwise, *second]).repeated == 2
    told = shop.replay(tmp_path, [*known("c"), *second])
    assert (told.repeated, told.contacts) == (1, 1)
    assert profiles.profile(database(tmp_path), "c@x.test").key == "email:c@x.test"
    told = shop.replay(tmp_path, [*first, *second])
    assert (told.repeated, told.contacts) == (1, 1), "the line said something else in between"


def test_an_event_of_an_erased_contact_is_told_from_another_with_its_id(tmp_path: Path) -> None:
    event = shop.visit("1", "a@x.test", "2026-01-02T10:00:00Z")
    shop.replay(tmp_path, [event])
    operator.erase(shop.plan(), database(tmp_path), "a@x.test")
    assert shop.replay(tmp_path, [event]).repeated == 1
    assert shop.replay(tmp_path, [{**event, "contact": "b@x.test"}]).reasons == {"id_conflict": 1}


def test_what_was_erased_before_there_were_hashes_stays_erased(tmp_path: Path) -> None:
    shop.replay(tmp_path, known("a"))
    operator.erase(shop.plan(), database(tmp_path), "a@x.test")
    with sqlite3.connect(database(tmp_path)) as db:  # as a database of format 3 is
        db.execute("DROP TABLE erased_line")
        db.execute("PRAGMA user_version = 3")
    db.close()
    assert reports.report(database(tmp_path)).contacts == 0
    assert shop.replay(tmp_path, known("b")).repeated == 1
    assert shop.replay(tmp_path, [*known("b"), *known("c")]).contacts == 1
    operator.erase(shop.plan(), database(tmp_path), "c@x.test")
    assert shop.replay(tmp_path, [*known("b"), *known("d")]).contacts == 1


def test_a_suppressed_address_stays_suppressed_after_it_was_erased(tmp_path: Path) -> None:
    shop.replay(tmp_path, known("a", suppressed="true"))
    operator.erase(shop.plan(), database(tmp_path), "a@x.test")
    again = {"email": "A@X.test ", "subscribed": ["news"], "at": "2026-01-03"}
    shop.replay(tmp_path, [again, shop.visit("2", "a@x.test", "2026-01-04T10:00:00Z")])
    assert profiles.profile(database(tmp_path), "a@x.test").suppressed == "suppressed before it was erased"
    assert shop.outbox(tmp_path) == {}


def test_only_an_operator_lifts_a_suppression(tmp_path: Path) -> None:
    shop.replay(tmp_path, known("a", suppressed="true"))
    operator.suppress(shop.plan(), database(tmp_path), "a@x.test", lift=True)
    assert profiles.profile(database(tmp_path), "a@x.test").suppressed == ""
    assert whats(tmp_path, "email:a@x.test")[-1] == "suppressed"


def test_an_export_is_everything_that_is_kept(tmp_path: Path) -> None:
    shop.replay(tmp_path, [*known("a"), shop.visit("1", "a@x.test", "2026-01-02T10:00:00Z")])
    found = profiles.export(database(tmp_path), "email:a@x.test")
    json.dumps(found)
    assert found["fields"]["email"] == "a@x.test"
    assert [one["kind"] for one in found["inputs"]] == ["contact", "event"]
    assert [(one["email"], one["status"]) for one in found["messages"]] == [("hello", "done")]
    assert found["audit"][0]["what"] == "contact.created"


def test_clashes_are_listed(tmp_path: Path) -> None:
    rows = [{"id": "1", "email": "a@x.test", "at": FIRST}, {"id": "2", "email": "A@x.test", "at": FIRST}]
    shop.replay(tmp_path, rows)
    [clash] = operator.clashes(database(tmp_path))
    assert (clash.at, clash.contact, clash.identifier, clash.owner) == (
        FIRST,
        "id:2",
        "email:a@x.test",
        "id:1",
    )
    assert "contact.clash" in whats(tmp_path, "id:2")


def test_an_import_may_be_silent(tmp_path: Path) -> None:
    source = tmp_path / "rows.csv"
    source.write_text("email,tags\na@x.test,lead\nb@x.test\n")
    summary = operator.import_(shop.plan(), database(tmp_path), source, triggers=False)
    assert (summary.contacts, summary.born, summary.rejected) == (1, 1, 1)
    assert "campaign.entered" not in whats(tmp_path, "email:a@x.test")
    assert operator.import_(shop.plan(), database(tmp_path), source).contacts == 1, "an import always counts"


def test_an_import_takes_no_events(tmp_path: Path) -> None:
    source = shop.write(tmp_path / "in.jsonl", [shop.visit("1", "a@x.test", FIRST)])
    summary = operator.import_(shop.plan(), database(tmp_path), source)
    assert (summary.contacts, summary.reasons) == (0, {"bad_line": 1})


def test_a_command_while_a_run_writes_is_told(tmp_path: Path) -> None:
    shop.replay(tmp_path, known("a"))
    store = SqliteStore(database(tmp_path))
    with pytest.raises(DatabaseBusyError):
        operator.pause(shop.plan(), database(tmp_path), DEED)
    store.close()


# --- identity


def contacts(folder: Path) -> dict[str, list[str]]:
    """Key -> every identifier of each contact."""
    store = SqliteStore(database(folder), write=False)
    try:
        rows = store._db.execute("SELECT contact, identifier FROM identity ORDER BY identifier").fetchall()
        keys = store.keys([contact for contact, _ in rows])
        return {key: [name for contact, name in rows if keys[contact] == key] for key in keys.values()}
    finally:
        store.close()


def identify(name: str, at: str = FIRST, **who: str) -> dict[str, Any]:
    return {"id": name, "type": "identify", "contact": who, "at": at}


def test_an_id_joins_the_contact_of_an_email_that_has_none(tmp_path: Path) -> None:
    shop.replay(tmp_path, [shop.visit("1", "a@x.test", FIRST), identify("2", id="7", email=" A@X.test")])
    assert contacts(tmp_path) == {"email:a@x.test": ["email:a@x.test", "id:7"]}


def test_the_id_wins_and_an_email_of_somebody_else_is_not_moved(tmp_path: Path) -> None:
    shop.replay(tmp_path, [identify("1", id="1", email="a@x.test"), identify("2", id="2", email="a@x.test")])
    assert contacts(tmp_path) == {"id:1": ["email:a@x.test", "id:1"], "id:2": ["id:2"]}


def test_identify_merges_an_anonymous_contact_into_the_known_one(tmp_path: Path) -> None:
    anonymous = shop.visit("1", {"anonymous_id": "x"}, FIRST)
    known_ = shop.visit("2", "a@x.test", "2026-01-01T11:00:00Z")
    joined = identify("3", "2026-01-01T12:00:00Z", email="a@x.test", anonymous_id="x")
    shop.replay(tmp_path, [anonymous, known_, joined])
    assert contacts(tmp_path) == {"anon:x": ["anon:x", "email:a@x.test"]}
    profile = profiles.profile(database(tmp_path), "a@x.test")
    visits = [entry for entry in profile.audit if entry.get("unit") == "web_page.visit"]
    assert (profile.fields["score"], len(visits)) == ("10", 2), "the larger score, both histories"


def test_an_event_with_two_identifiers_merges_nobody(tmp_path: Path) -> None:
    both = {"email": "a@x.test", "anonymous_id": "x"}
    events = [
        shop.visit(name, who, FIRST)
        for name, who in (("1", {"anonymous_id": "x"}), ("2", "a@x.test"), ("3", both))
    ]
    shop.replay(tmp_path, events)
    assert contacts(tmp_path) == {"anon:x": ["anon:x"], "email:a@x.test": ["email:a@x.test"]}
    assert profiles.profile(database(tmp_path), "a@x.test").fields["score"] == "20"


def test_two_people_on_one_machine_stay_two(tmp_path: Path) -> None:
    shop.replay(tmp_path, [identify("1", id="1", anonymous_id="x"), identify("2", id="2", anonymous_id="x")])
    assert contacts(tmp_path) == {"id:1": ["anon:x", "id:1"], "id:2": ["id:2"]}
