"""oncue why: what it says on the examples, and of each thing that can stand in the way."""

from __future__ import annotations

import gzip
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.cli.oncue_process import ROOT, Oncue, process

GOLDEN = ROOT / "tests/golden/why"
DAY = "2026-03-{:02d}T{}:00Z"


def event(number: int, type_: str, contact: str, at: str, asset: str = "", **props: Any) -> dict[str, Any]:
    line = {"id": f"e{number}", "type": type_, "contact": contact, "at": at, "properties": props}
    return {**line, "asset": asset} if asset else line


def person(name: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "email": f"{name}@x.test", "subscribed": "news", "at": DAY.format(1, "08:00"), **more}


PEOPLE = [
    person("ana"),
    person("bo", plan="gold"),
    person("cy", subscribed=""),
    person("di", email="ed..@x.test"),
    {"id": "ed", "subscribed": "news", "at": DAY.format(1, "08:00")},
    person("flo", suppressed="true"),
    person("gus", score=60),
    person("hal", tags="left", at=DAY.format(2, "09:00")),
    person("ivy", renewal_date="2026-03-25"),
    person("jo", renewal_date="2026-03-02"),
    person("kim"),
    person("lea"),
    person("mo"),
    person("nia", score=60),
    person("oz"),
    person("pia"),
]
EVENTS = [
    event(1, "buy", "ana", DAY.format(2, "10:00"), total=20),
    event(2, "buy", "ana", DAY.format(3, "10:00"), total=30),
    event(3, "ping", "ana", DAY.format(3, "11:00")),
    event(4, "buy", "bo", DAY.format(2, "10:00"), total=20),
    event(5, "buy", "cy", DAY.format(2, "10:00"), total=20),
    event(6, "buy", "di", DAY.format(2, "10:00"), total=20),
    event(7, "buy", "ed", DAY.format(2, "10:00"), total=20),
    event(8, "buy", "flo", DAY.format(2, "10:00"), total=20),
    event(9, "buy", "gus", DAY.format(2, "10:00"), total=5),
    event(10, "buy", "gus", DAY.format(2, "23:00"), total=50),
    event(11, "buy", "hal", DAY.format(2, "10:00"), total=50),
    event(12, "ping", "ivy", DAY.format(4, "10:00")),
    event(13, "ping", "ivy", DAY.format(4, "11:00")),
    event(14, "web_form.submission", "ivy", DAY.format(4, "12:00"), "closed"),
    event(15, "web_form.submission", "ivy", DAY.format(4, "12:00"), "off"),
    event(16, "web_form.submission", "kim", DAY.format(4, "12:00"), "ask"),
    event(17, "web_form.submission", "kim", DAY.format(4, "13:00"), "ask"),
    event(18, "web_form.submission", "kim", DAY.format(4, "14:00"), "ask"),
    event(19, "email.open", "kim", DAY.format(4, "15:00"), "again"),
    event(20, "email.bounce", "lea", DAY.format(4, "15:00"), "hello", type="hard"),
    event(21, "email.bounce", "lea", DAY.format(4, "16:00"), "hello", type="hard"),
    event(22, "buy", "lea", DAY.format(4, "17:00"), total=20),
    event(23, "buy", "kim", DAY.format(20, "12:00"), total=20),
    event(24, "email.open", "gus", DAY.format(5, "09:00"), "again", machine=True),
    event(60, "email.open", "gus", DAY.format(5, "10:00"), "again"),
    event(61, "email.open", "gus", DAY.format(5, "11:00"), "again"),
    event(27, "web_form.submission", "bo", DAY.format(4, "08:00"), "ask"),
    event(28, "web_form.submission", "bo", DAY.format(4, "09:00"), "ask"),
    event(29, "email.open", "bo", DAY.format(5, "10:00"), "gold"),
    event(25, "buy", "nia", DAY.format(2, "10:00"), total=20),
    event(26, "email.open", "nia", DAY.format(3, "10:00"), "again", machine=True),
    *(event(30 + n, "ping", "bo", DAY.format(4, f"10:0{n}")) for n in range(3)),
    event(39, "email.open", "bo", DAY.format(12, "10:00"), "gold"),
    event(70, "go", "oz", DAY.format(2, "10:00")),
    person("oz", score=95, at=DAY.format(3, "10:00")),
    event(71, "go", "pia", DAY.format(2, "10:00")),
    *(event(50 + n, "due", "mo", DAY.format(2, f"10:0{n}")) for n in range(4)),
    event(59, "buy", "mo", DAY.format(2, "11:00"), total=20),
    *(event(40 + n, "web_form.submission", "jo", DAY.format(4, f"10:0{n}"), "ask") for n in range(2)),
]
OBSTACLES = """
ana --email hello
ana --email gold
ana --campaign welcome
ana --step welcome/cold
ana --step welcome/last --at 2026-03-03T12:00
hal --email hello --at 2026-03-01T12:00
bo --email again
bo --step welcome/warm
bo --email late
bo --segment rich
bo --tag golden
cy --email hello
di --email hello
ed --email hello
flo --email hello
gus --campaign welcome --at 2026-03-02T12:00
gus --email again --at 2026-03-03T01:00
gus --action emails/again/on_open/add_tag
gus --tag reads
hal --campaign welcome
ivy --campaign keen-ones
ivy --segment keen
ivy --email bill --at 2026-03-10
ivy --tag early
ivy --tag never
jo --campaign renewals
jo --campaign tagged
jo --action web_forms/ask/on_submission/news
kim --action web_forms/ask/on_submission/first
kim --email bill
kim --email late
kim --action emails/again/on_open
kim --email hello --at 2026-03-20T13:00
lea --email hello
lea --score
lea --list news
mo --email hello
mo --step bills/send_email
nia --tag reads
oz --step journey/mid
oz --campaign journey
pia --step journey/mid
pia --step journey/hold
gus --step welcome/pause --at 2026-03-03T01:00
"""


@pytest.fixture(scope="module")
def obstacles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("obstacles")
    for document in (GOLDEN / "obstacles.yaml").read_text().split("---\n"):
        first, _, text = document.partition("\n")
        (folder / first.removeprefix("# ")).write_text(text)
    (folder / "hello.md").write_text("Hello.\n")
    lines = [*PEOPLE, *EVENTS]
    (folder / "lines.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    told = process(folder, "run", "--clock", "events", "lines.jsonl", "--until", DAY.format(24, "00:00"))
    assert told.code == 0, told.err
    return folder


def played(name: str, folder: Path, *files: str | Path) -> Path:
    """An example's history, in a database of its own."""
    database = folder / f"{name}.db"
    told = process(ROOT / "examples" / name, "run", "--db", database, "--clock", "events", *files)
    assert told.code == 0, told.err
    return database


def check(oncue: Oncue, name: str, questions: str, rewrite: bool, *where: str | Path) -> str:
    """Asks each question (a line) and compares all answers with the golden."""
    said = []
    for line in map(str.strip, questions.strip().splitlines()):
        told = oncue("why", *line.split(), *where)
        assert told.code == 0, (line, told.err)
        said.append(f"$ oncue why {line}\n{told.out}")
    text, golden = "\n".join(said), GOLDEN / f"{name}.txt"
    if rewrite:
        golden.write_text(text)
    assert text == golden.read_text()
    return text


def test_each_thing_that_can_stand_in_the_way(oncue: Oncue, obstacles: Path, rewrite: bool) -> None:
    text = check(oncue, "obstacles", OBSTACLES, rewrite, "-w", obstacles)
    for why in ("no consent", "no address", "invalid address", "suppressed", "bad address", "frequency cap",
                "daily limit", "quiet hours", "blackout date", "runs once", "exit_when", "once per contact",
                "its window", "not active", "only the first open", "made by a machine"):  # fmt: skip
        assert why in text, why


def test_the_quickstart(oncue: Oncue, tmp_path: Path, rewrite: bool) -> None:
    database = played("quickstart", tmp_path, "data/contacts.csv", "data/events.jsonl")
    questions = """
        c1 --email invite-vip
        c2 --email invite-vip
        c1 --step spring-launch/reminder
        c2 --step spring-launch/if/then/add_tag
        c3 --email guide-follow-up
        c3 --campaign trial-ending
        c4 --segment sales-ready
        c1 --score
        c1 --action web_pages/pricing/on_visit
        c4 --campaign call-list
        c1 --list product-news
    """
    check(oncue, "quickstart", questions, rewrite, "--db", database, "-w", ROOT / "examples/quickstart")


def test_the_lifecycle(oncue: Oncue, tmp_path: Path, rewrite: bool) -> None:
    database = played(
        "lifecycle", tmp_path, "data/contacts.jsonl", "data/events.jsonl", "--until", "2026-12-01"
    )
    questions = """
        c1 --step trial/way
        c1 --email hello-customer
        c5 --email tips
        c7 --email renewal
        c2 --email hello-customer
        c6 --campaign trial
        c4 --email trial-start
        c1 --tag customer
        c7 --email offer
    """
    check(oncue, "lifecycle", questions, rewrite, "--db", database, "-w", ROOT / "examples/lifecycle")


def test_a_fulfillment_list(oncue: Oncue, tmp_path: Path, rewrite: bool) -> None:
    database = played("collateral", tmp_path, "data/march.jsonl", "--until", "2026-05-05")
    questions = """
        una@vale.example --list swag-box
        ivy@harbour.example --list swag-box
        ivy@harbour.example --list swag-box --at 2026-03-20
    """
    check(oncue, "collateral", questions, rewrite, "--db", database, "-w", ROOT / "examples/collateral")


def test_the_funnel(oncue: Oncue, tmp_path: Path, rewrite: bool) -> None:
    database = played("funnel", tmp_path, "data/march.jsonl")
    with sqlite3.connect(database) as connection:
        keys = [key for (key,) in connection.execute("SELECT key FROM contact ORDER BY id")]
    connection.close()
    questions = "\n".join(
        f"{keys[0]} --campaign {name}" for name in ("webinar", "score-threshold", "nurture")
    )
    check(oncue, "funnel", questions, rewrite, "--db", database, "-w", ROOT / "examples/funnel")


def test_the_first_customers_of_cdnow(oncue: Oncue, tmp_path: Path, rewrite: bool) -> None:
    """Of the whole history the questions take no longer; this is a slice, for speed."""
    database = played("cdnow", tmp_path, *purchases(tmp_path))
    questions = """
        00001 --email coupon
        00003 --email reminder
        00003 --email coupon-vip
        00003 --step win-back/offer --at 1997-04-20
        00004 --campaign vip
        00004 --segment lapsed
    """
    check(oncue, "cdnow", questions, rewrite, "--db", database, "-w", ROOT / "examples/cdnow")


HOSTILE = "A\x1b[31mna\u202e\r\nBcc: x"


def test_what_a_contact_says_of_itself_reaches_no_terminal_raw(oncue: Oncue, tmp_path: Path) -> None:
    assert oncue("init", "acme").code == 0
    when = 'starts_when: [{event: identify, when: first_name == "x"}]'
    (tmp_path / "acme/more.yaml").write_text(f"campaigns: {{c: {{{when}, steps: [{{add_tag: t}}]}}}}\n")
    lines = [
        person("ana", subscribed="", first_name=HOSTILE),
        event(1, "identify", "ana", DAY.format(2, "10:00"), id="ana"),
    ]
    (tmp_path / "lines.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    oncue("run", "-w", "acme", "--clock", "events", "lines.jsonl")
    told = oncue("why", "ana", "--campaign", "c", "-w", "acme")
    assert "first_name is " in told.out, told
    assert all(char == "\n" or char.isprintable() for char in told.out)
    document = oncue("why", "ana", "--campaign", "c", "-w", "acme", "--format", "json").out
    assert "\x1b" not in document
    assert json.loads(document)["stories"][0]["findings"][-1]["condition"]["holds"] is False


def test_json_says_the_same_with_codes_and_instants(oncue: Oncue, obstacles: Path) -> None:
    told = oncue("why", "cy", "--email", "hello", "--format", "json", "-w", obstacles)
    answer = json.loads(told.out)
    assert (told.code, answer["contact"], answer["asked"], answer["did"], answer["known"]) == (
        0, "id:cy", "email hello", False, True,
    )  # fmt: skip
    last = answer["stories"][0]["findings"][-1]
    assert (last["what"], last["at"], last["place"]) == ("refused", "2026-03-02T10:00:00Z", "flow.yaml:18:9")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ana"], "ask one question: --email, --campaign"),
        (["ana", "--email", "hello", "--score"], "ask one question"),
        (["anna", "--email", "hello"], "nobody is known as anna: did you mean ana?"),
        (["ana", "--email", "helo"], "has the email helo: did you mean hello?"),
        (["ana", "--campaign", "nowhere"], "no plan of this database has the campaign nowhere"),
        (["ana", "--step", "welcome"], "no plan of this database has the step"),
        (["ana", "--action", "web_forms"], "names no fulfillment action"),
        (["ana", "--email", "hello", "--at", "then"], "then is no instant"),
        (["ana", "--email", "hello", "--at", "1999-01-01"], "knows nothing before 2026-03-01T08:00:00Z"),
        (["ana", "--email", "hello", "--db", "none.db"], "there is no database none.db yet"),
    ],
)
def test_wrong_usage_is_told_in_one_line(
    oncue: Oncue, obstacles: Path, arguments: list[str], said: str
) -> None:
    told = oncue("why", *arguments, "-w", obstacles)
    assert (told.code, told.out) == (2, "")
    assert said in told.err


def test_what_the_log_does_not_hold_ends_with_1(oncue: Oncue, obstacles: Path, tmp_path: Path) -> None:
    database = tmp_path / "x.db"
    for suffix in ("", "-wal"):
        source = obstacles / f".oncue/oncue.db{suffix}"
        if source.exists():
            (tmp_path / f"x.db{suffix}").write_bytes(source.read_bytes())
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE log SET entries = NULL, body = NULL WHERE kind = 'event'")
    connection.close()
    told = oncue("why", "ana", "--email", "hello", "-w", obstacles, "--db", database)
    assert told.code == 1
    assert "the log does not say enough to answer" in told.out


def purchases(folder: Path) -> list[Path]:
    """The first twenty customers, as `contacts.py` and `events.py` of the example write them."""
    people, events = [], []
    with gzip.open(ROOT / "examples/cdnow/data/purchases.csv.gz", "rt") as file:
        for number, line in enumerate(list(file)[1:80]):
            customer, day, cds, total = line.strip().split(",")
            row = {"id": customer, "email": f"{customer}@cdnow.example", "subscribed": "customers"}
            people += [row] if row not in people else []
            at = day if "-" in day else f"{day[:4]}-{day[4:6]}-{day[6:]}"
            events.append(event(number, "purchase", customer, at, total=total, cds=cds))
    files = [folder / "people.jsonl", folder / "purchases.jsonl"]
    for path, lines in zip(files, (people, events), strict=True):
        path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return files
