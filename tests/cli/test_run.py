from __future__ import annotations

import gzip
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest

from tests.cli.oncue_process import COMMAND, Oncue, process

CONTACTS, EVENTS = "acme/data/contacts.csv", "acme/data/events.jsonl"
REPLAY = ("run", "-w", "acme", "--clock", "events")


def event(id_: str, at: str, **more: object) -> str:
    line = {"id": id_, "type": "web_page.visit", "asset": "pricing", "contact": "ben@example.com", "at": at}
    return json.dumps(line | more) + "\n"


def test_a_replay_says_at_the_end_what_happened(oncue: Oncue, acme: Path) -> None:
    told = oncue(*REPLAY, CONTACTS, EVENTS)
    assert (told.code, told.out) == (0, "")
    first, second, third = told.err.splitlines()
    assert first == "5 events, 2 contact rows"
    assert second.startswith("2 new contacts, ")
    assert third.startswith("handled up to 2026-03-06 08:00:00+00:00")


def test_the_database_the_outbox_and_the_rejects_lie_in_the_workspace(oncue: Oncue, acme: Path) -> None:
    oncue(*REPLAY, CONTACTS, EVENTS)
    assert (acme / ".oncue/oncue.db").exists()
    assert list((acme / ".oncue/outbox").glob("*.eml"))
    assert not (acme / ".oncue/rejects.jsonl").exists()


def test_another_database_has_its_own_outbox_beside_it(oncue: Oncue, acme: Path) -> None:
    assert oncue(*REPLAY, "--db", "trial/x.db", CONTACTS, EVENTS).code == 0
    assert list((oncue.folder / "trial/outbox").glob("*.eml"))
    assert not (acme / ".oncue/oncue.db").exists()


def test_what_was_handled_before_counts_as_repeated(oncue: Oncue, acme: Path) -> None:
    oncue(*REPLAY, CONTACTS, EVENTS)
    told = oncue(*REPLAY, CONTACTS, EVENTS)
    assert told.code == 0
    assert told.err.startswith("0 events, 0 contact rows, 7 repeated\n")


def test_time_passes_until_the_instant_that_is_named(oncue: Oncue, acme: Path) -> None:
    oncue(*REPLAY, CONTACTS, EVENTS)
    told = oncue(*REPLAY, "--until", "2026-03-20T12:00")
    assert "handled up to 2026-03-20 12:00:00+00:00" in told.err


def test_lines_that_cannot_be_used_go_to_the_rejects_and_the_exit_code_is_1(oncue: Oncue, acme: Path) -> None:
    (oncue.folder / "more.jsonl").write_text(
        event("x1", "2026-03-07T00:00:00Z", asset="princing")
        + event("x2", "2026-03-07T00:01:00Z")
        + '{"id": '
    )
    told = oncue(*REPLAY, CONTACTS, EVENTS, "more.jsonl")
    assert told.code == 1
    assert told.err.startswith("6 events, 2 contact rows\n")
    assert "2 lines rejected (1 bad_line, 1 unknown_asset): see acme/.oncue/rejects.jsonl" in told.err
    rejects = [json.loads(line) for line in (acme / ".oncue/rejects.jsonl").read_text().splitlines()]
    assert {(each["number"], each["reason"]) for each in rejects} == {(1, "unknown_asset"), (3, "bad_line")}


def test_properties_that_nobody_declared_are_named_the_most_frequent_first(oncue: Oncue, acme: Path) -> None:
    at = "2026-03-07T00:00:00Z"
    (oncue.folder / "more.jsonl").write_text(
        event("x1", at, properties={"urll": "https://a.test"})
        + event("x2", at, properties={"b": 1, "c": 1, "d": 1})
        + event("x3", at, properties={"d": 1})
    )
    told = oncue(*REPLAY, CONTACTS, EVENTS, "more.jsonl")
    assert told.code == 0
    assert told.err.splitlines()[2] == (
        "no condition sees these properties, which oncue.yaml does not declare: web_page.visit.d (2 events), "
        "web_page.visit.b (1 event), web_page.visit.c (1 event), and 1 more"
    )


def test_a_live_run_on_old_events_says_why_nothing_was_triggered(oncue: Oncue, acme: Path) -> None:
    told = oncue("run", "-w", "acme", CONTACTS, EVENTS)
    assert told.code == 0
    assert "5 events too old to trigger anything" in told.err
    assert "use --clock events and a database of its own (--db)" in told.err
    told = oncue(*REPLAY, CONTACTS, EVENTS)
    assert told.code == 2
    assert "runs by the wall clock" in told.err
    assert oncue(*REPLAY, "--db", "replay/x.db", CONTACTS, EVENTS).code == 0


def test_standard_input_and_compressed_files_are_read(acme: Path) -> None:
    folder = acme.parent
    with gzip.open(folder / "contacts.csv.gz", "wb") as file:
        file.write((acme / "data/contacts.csv").read_bytes())
    told = process(folder, *REPLAY, "contacts.csv.gz", "-", stdin=(acme / "data/events.jsonl").read_text())
    assert told.code == 0
    assert told.err.startswith("5 events, 2 contact rows\n")


def test_a_workspace_with_mistakes_is_not_run(oncue: Oncue, acme: Path) -> None:
    (acme / "more.yaml").write_text("segments:\n  eager: scor >= 50\n")
    told = oncue(*REPLAY, EVENTS)
    assert (told.code, told.out) == (1, "")
    assert "more.yaml:2:10: " in told.err
    assert "1 error" in told.err
    assert not (acme / ".oncue/oncue.db").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--follow", "--clock", "events"), "--follow waits on the wall clock"),
        (("--until", "2026-03-01"), "add --clock events"),
        (("--clock", "events", "--until", "soon"), "soon is no time; write 2026-03-20"),
        (("nowhere.jsonl",), "nowhere.jsonl"),
        (("acme",), "acme is a folder"),
        (("acme/oncue.yaml",), "acme/oncue.yaml"),
        (("--batch", "0"), "--batch"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_run_is_wrong_usage(
    arguments: tuple[str, ...], words: str, oncue: Oncue, acme: Path
) -> None:
    told = oncue("run", "-w", "acme", *arguments)
    assert told.code == 2
    assert words in told.err


def test_a_file_that_is_no_database_is_told_in_one_line(oncue: Oncue, acme: Path) -> None:
    (oncue.folder / "x.db").write_text("these are notes\n" * 100)
    told = oncue("run", "-w", "acme", "--db", "x.db")
    assert told.code == 3
    assert "x.db" in told.err
    assert told.err.count("\n") == 1


def test_a_second_run_on_the_same_database_is_told_so(oncue: Oncue, acme: Path) -> None:
    oncue(*REPLAY, CONTACTS, EVENTS)
    live = live_run(acme, "--follow")
    try:
        told = oncue("run", "-w", "acme")
    finally:
        live.send_signal(signal.SIGINT)
        live.communicate(timeout=20)
    assert told.code == 3
    assert "is being written by another oncue process" in told.err


def live_run(acme: Path, *arguments: str) -> subprocess.Popen[str]:
    """A live run that has taken the database."""
    database = acme / ".oncue/oncue.db"
    stamp = database.stat().st_mtime_ns if database.exists() else 0
    run = subprocess.Popen(
        [*COMMAND, "run", "-w", "acme", *arguments], cwd=acme.parent, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        wal = acme / ".oncue/oncue.db-wal"
        if wal.exists() and database.exists() and (stamp == 0 or clock_of(database) == "wall"):
            return run
        time.sleep(0.05)
    run.kill()
    raise AssertionError(run.stderr.read() if run.stderr else "no run")


def clock_of(database: Path) -> object:
    try:
        with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
            found = connection.execute("select value from meta where name = 'clock'").fetchone()
    except sqlite3.Error:
        return None
    finally:
        connection.close()
    return found[0] if found else None


def test_a_run_that_follows_takes_what_is_appended_and_ends_politely(oncue: Oncue, acme: Path) -> None:
    feed = oncue.folder / "feed.jsonl"
    feed.write_text("")
    live = live_run(acme, "--follow", "feed.jsonl")
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    with feed.open("a") as file:
        file.write(event("f1", now))
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and oncue("contact", "show", "ben@example.com", "-w", "acme").code:
        time.sleep(0.1)
    live.send_signal(signal.SIGINT)
    _, words = live.communicate(timeout=20)
    assert live.returncode == 0
    assert words.startswith("1 event, 0 contact rows\n")
    assert "Traceback" not in words


def test_a_live_log_replays_to_the_same_audit(oncue: Oncue, acme: Path) -> None:
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    (oncue.folder / "now.jsonl").write_text(event("n1", now) + event("n2", now, contact="cai@example.com"))
    assert oncue("run", "-w", "acme", CONTACTS, "now.jsonl").code == 0
    told = oncue("run", "-w", "acme", "--clock", "received", "--db", "again/x.db", "acme/.oncue/oncue.db")
    assert told.code == 0, told.err
    first = oncue("report", "-w", "acme", "--audit").out
    assert oncue("report", "-w", "acme", "--db", "again/x.db", "--audit").out == first
    assert first.count("\n") > 5
    assert not list((oncue.folder / "again").glob("outbox/*.eml"))


def test_batches_of_any_size_give_the_same_audit(oncue: Oncue, acme: Path) -> None:
    audits = set()
    for size in ("1", "3", "1000"):
        assert oncue(*REPLAY, "--db", f"{size}/x.db", "--batch", size, CONTACTS, EVENTS).code == 0
        audits.add(oncue("report", "-w", "acme", "--db", f"{size}/x.db", "--audit").out)
    assert len(audits) == 1


def test_a_changed_plan_takes_effect_and_is_told(oncue: Oncue, acme: Path) -> None:
    oncue(*REPLAY, CONTACTS, EVENTS)
    path = acme / "campaigns.yaml"
    path.write_text(path.read_text().replace("wait: 3 days", "wait: 5 days"))
    assert "a changed plan took effect" in oncue(*REPLAY).err


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("mount"), reason="needs a small disk of its own")
def test_a_full_disk_is_told_in_one_line(oncue: Oncue, acme: Path) -> None:
    small = oncue.folder / "small"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(small)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("no file system can be mounted here")
    try:
        told = oncue(*REPLAY, "--db", "small/x.db", CONTACTS, EVENTS)
    finally:
        subprocess.run(["umount", "-l", str(small)], check=True)
    assert told.code == 3
    assert told.err.count("\n") == 1
