"""A run that delivers is killed at any instant and started again: what a peer has acknowledged is never
repeated, and nothing is lost."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.runtime import killing_delivery, peers, posting
from tests.runtime.peers import Reply

SCRIPT = Path(__file__).with_name("killing_delivery.py")
_KEY = re.compile(rb"Message-ID: <(\w+)@")


def kill(folder: Path, seed: int, kills: int, monkeypatch: pytest.MonkeyPatch) -> None:
    box = peers.Mailbox()
    with peers.mail_server(box=box) as mail, peers.http_server(lambda request: Reply()) as web:
        posting.surroundings(monkeypatch, SMTP_URL=mail.url(user=""), HOOK_URL=web.url)
        made = subprocess.run(
            [sys.executable, SCRIPT, folder, str(seed), str(kills)],
            capture_output=True,
            text=True,
            timeout=900,
        )
        assert made.returncode == 0, made.stderr
        calls = Counter(request.headers["Idempotency-Key"] for request in web.requests)
    mails = Counter(_KEY.search(data)[1].decode() for _, _, data in box.received)  # type: ignore[index]
    check(folder, mails, calls)


def check(folder: Path, mails: Counter[str], calls: Counter[str]) -> None:
    rows = {kind: [row for row in posting.rows(folder) if row.kind == kind] for kind in ("email", "webhook")}
    people = killing_delivery.PEOPLE
    assert (len(rows["email"]), len(rows["webhook"])) == (people, 2 * people), (
        "one effect each, whatever happens"
    )
    assert {row.status for row in rows["email"]} <= {"done", "parked"}
    assert max(mails.values()) == 1, "no email twice"
    assert {row.key for row in rows["email"] if row.status == "done"} <= set(mails), "no email lost"
    assert set(mails) <= {row.key for row in rows["email"]}
    assert {row.status for row in rows["webhook"]} == {"done"}
    assert set(calls) == {row.key for row in rows["webhook"]}, "each call arrived, under its own key"


@pytest.mark.parametrize("seed", range(2))
def test_killed_six_times_no_email_is_repeated_and_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    kill(tmp_path, seed, 6, monkeypatch)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 120))
def test_killed_thirty_times_no_email_is_repeated_and_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    kill(tmp_path, seed, 30, monkeypatch)
