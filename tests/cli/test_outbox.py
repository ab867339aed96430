"""`oncue run --deliver` and `oncue outbox` from the command line."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from pathlib import Path

import pytest

from tests.cli.oncue_process import COMMAND, Oncue
from tests.runtime import peers, posting


@pytest.fixture
def shop(oncue: Oncue) -> Path:
    """A workspace with real connectors, and a person who signs up."""
    folder = oncue.folder / "shop"
    folder.mkdir()
    (folder / "oncue.yaml").write_text(posting.SETTINGS)
    (folder / "all.yaml").write_text(posting.REST)
    (folder / "hello.md").write_text("Hello.\n")
    lines = [posting.person(0), posting.submits("signup", 0)]
    (folder / "in.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return folder


RUN = ("run", "-w", "shop", "--deliver", "shop/in.jsonl")


def test_a_missing_variable_is_wrong_usage(oncue: Oncue, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    posting.surroundings(monkeypatch)
    monkeypatch.delenv("HOOK_SECRET")
    told = oncue(*RUN)
    assert told.code == 2
    assert "HOOK_SECRET (secret of the webhook connector)" in told.err
    assert not (shop / ".oncue/oncue.db").exists()


def test_a_replay_delivers_nothing(oncue: Oncue, shop: Path) -> None:
    told = oncue(*RUN, "--clock", "events")
    assert told.code == 2
    assert "a replay reaches nobody" in told.err


def test_a_workspace_without_connectors_has_nothing_to_deliver_by(oncue: Oncue, acme: Path) -> None:
    told = oncue("run", "-w", "acme", "--deliver")
    assert told.code == 2
    assert "there is nothing to deliver by" in told.err


def test_a_parked_email_from_the_run_to_its_release(
    oncue: Oncue, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with peers.mail_server(box=peers.Mailbox(data_answers=["cut"])) as mail:
        posting.surroundings(monkeypatch, SMTP_URL=mail.url(user=""))
        told = oncue(*RUN)
        assert told.code == 0
        assert "deliveries: 1 parked (see oncue outbox list)" in told.err
        table = oncue("outbox", "list", "-w", "shop").out.splitlines()
        assert table[0].split() == ["key", "kind", "status", "attempts", "to", "made", "why"]
        key, kind, status, attempts, to = table[1].split()[:5]
        assert (kind, status, attempts, to) == ("email", "parked", "1", "p0@x.test")
        shown = oncue("outbox", "show", key, "-w", "shop").out
        assert "in the middle of the message" in shown
        assert '"email": "hello"' in shown
        assert oncue("outbox", "release", key, "-w", "shop").err == "1 effect released\n"
        assert oncue("run", "-w", "shop", "--deliver").code == 0
        assert mail.box.recipients == ["p0@x.test"]
    [row] = json.loads(oncue("outbox", "list", "--status", "done", "-w", "shop", "--format", "json").out)
    assert (row["key"].startswith(key), row["attempts"], row["real"]) == (True, 2, True)
    assert oncue("outbox", "list", "-w", "shop").err == "all has left; `--status all` shows what is done\n"
    assert oncue("outbox", "list", "--kind", "sms", "-w", "shop").err == "nothing of that in the outbox\n"


def test_what_waits_for_a_connector_that_was_taken_out_says_so(
    oncue: Oncue, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    posting.surroundings(monkeypatch)  # nobody is there
    assert oncue(*RUN).code == 0
    assert "no email connector" not in oncue("outbox", "list", "-w", "shop").out
    settings = (shop / "oncue.yaml").read_text()
    (shop / "oncue.yaml").write_text(re.sub("(?m)^  email:.*\n", "", settings))
    told = oncue("run", "-w", "shop", "--deliver").err
    assert "1 message cannot leave: oncue.yaml names no email connector any more" in told
    [row] = json.loads(oncue("outbox", "list", "-w", "shop", "--format", "json").out)
    assert (row["status"], row["why"]) == ("queued", "no email connector any more")
    (shop / "oncue.yaml").write_text(settings)
    assert "cannot leave" not in oncue("run", "-w", "shop", "--deliver").err, "it is back"
    assert oncue("outbox", "drop", "--all", "-w", "shop").err == "0 effects dropped\n"
    (shop / "oncue.yaml").write_text(re.sub("(?m)^  email:.*\n", "", settings))
    oncue("run", "-w", "shop", "--deliver")
    assert oncue("outbox", "drop", "--all", "-w", "shop").err == "1 effect dropped\n"
    assert "cannot leave" not in oncue("run", "-w", "shop", "--deliver").err


def test_a_decision_says_what_is_wrong(oncue: Oncue, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert oncue("outbox", "list", "-w", "shop").code == 2, "no database yet"
    oncue("run", "-w", "shop", "shop/in.jsonl")
    for arguments, words in (
        (("drop",), "give the keys of single effects, or --all"),
        (("drop", "abcd", "--all"), "give the keys of single effects, or --all"),
        (("retry", "abcd"), "the outbox has nothing named abcd"),
        (("relaese", "abcd"), "did you mean 'release'"),
    ):
        told = oncue("outbox", *arguments, *(() if arguments[0] == "relaese" else ("-w", "shop")))
        assert told.code == 2
        assert words in told.err


def test_a_following_run_ends_politely_on_sigterm(
    oncue: Oncue, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with peers.mail_server() as mail:
        posting.surroundings(monkeypatch, SMTP_URL=mail.url(user=""))
        run = subprocess.Popen(
            [*COMMAND, *RUN, "--follow"], cwd=oncue.folder, stderr=subprocess.PIPE, text=True
        )
        try:
            posting.wait_for(lambda: mail.box.recipients == ["p0@x.test"])
            run.send_signal(signal.SIGTERM)
            _, words = run.communicate(timeout=20)
        finally:
            run.kill()
    assert (run.returncode, "1 message" in words) == (0, True)
