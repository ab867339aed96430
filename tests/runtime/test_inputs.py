"""Bad input: each line that cannot be used goes to the rejects with its number and reason."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from typing import Any

import pytest

from oncue.runtime.errors import InputError, OutputError
from oncue.runtime.hosts.local import run
from oncue.runtime.reading import headings, inputs
from oncue.runtime.views.summary import Undeclared
from tests.runtime import shop

GOOD = json.dumps(shop.visit("1", "a@x.test", "2026-01-01T10:00:00Z"))


def play(tmp_path: Path, name: str, content: bytes | str, **more: Any) -> list[tuple[int, str, str]]:
    """Replays a file; gives (line, reason, message) of the rejects."""
    source = tmp_path / name
    source.write_bytes(content.encode() if isinstance(content, str) else content)
    run(shop.plan(), tmp_path / "x.db", [source], clock="events", **more)
    path = tmp_path / "rejects.jsonl"
    rows = [json.loads(row) for row in path.read_text().splitlines()] if path.exists() else []
    assert all(row["file"] == str(source) for row in rows)
    return [(row["number"], row["reason"], row["message"]) for row in rows]


def changed(**changes: Any) -> str:
    line = {**json.loads(GOOD), **changes}
    return json.dumps({name: value for name, value in line.items() if value is not None})


@pytest.mark.parametrize(
    ("line", "reason", "words"),
    [
        ("{broken", "bad_line", "breaks off"),
        ('["a"]', "bad_line", "object"),
        ("{'id': 1}", "bad_line", "no JSON: object keys must be strings"),
        (changed(at=None), "bad_line", "no `at`"),
        (changed(id=None), "bad_line", "lacks `id`"),
        (changed(contact=None), "no_contact", "names no contact"),
        (changed(extra=1), "bad_line", "unknown key `extra`"),
        (changed(at=5), "bad_line", "at: expected a text, got a number"),
        (changed(properties=5)[:-2] + "[" * 100_000 + "}", "bad_line", "nested too deeply"),
        (changed(contact={"mail": "x"}), "bad_line", "unknown key `contact.mail`"),
        (changed(contact="@ana"), "bad_email", 'an id with an @ is written {"id": "..."}'),
        (changed(contact={"email": "ana"}), "bad_email", "such as ana@example.com"),
        (changed(type="identify", properties={"email": "ana@"}), "bad_email", "'ana@', no email address"),
        ('{"email": "Ana <ana@x.test>", "at": "2026-01-01"}', "bad_email", "such as ana@example.com"),
        ('{"id": "7", "email": "ana@x.test,", "at": "2026-01-01"}', "bad_email", "'ana@x.test,'"),
        (changed(at="yesterday"), "bad_time", "not an instant"),
        (changed(at="-0001-01-01"), "bad_time", "not an instant"),
        (changed(at="1960-01-01"), "bad_time", "before 1970"),
        (changed(at="9999-01-01"), "future_time", "future"),
        (changed(type="web_page.vist"), "unknown_type", "did you mean 'web_page.visit'?"),
        (changed(asset="princing"), "unknown_asset", "did you mean 'pricing'?"),
        (changed(asset="web_pages/Pricing"), "unknown_asset", "did you mean 'pricing'?"),
        (changed(timestamp="2026-01-01"), "bad_line", "unknown key `timestamp`; did you mean `at`?"),
        (changed(url="https://x.test"), "bad_line", "`url`; what an event carries stands in `properties`"),
        (changed(type=None, event="purchase"), "bad_line", "the line has `contact` but no `type`"),
        (changed(contact=42), "bad_line", "contact: expected a text or an object, got a number"),
        (changed(at=1_804_000_000), "bad_line", "such as 2026-03-02T09:00:00Z"),
        ('{"email": "a@x.test", "First Name": "A"}', "unknown_field", "did you mean 'first_name'?"),
        ('{"email": "a@x.test", "tags": "VIP"}', "bad_value", "write 'vip'"),
        (changed(type="purchase", properties={"total": "much"}), "bad_property", "total"),
        ('{"email": "a@x.test", "at": "2026-01-01", "nickname": "A"}', "unknown_field", "nickname"),
        ('{"email": "a@x.test", "at": "2026-01-01", "plan": "gold"}', "bad_value", "plan"),
    ],
)
def test_a_line_that_cannot_be_used_is_rejected_and_the_run_goes_on(
    tmp_path: Path, line: str, reason: str, words: str
) -> None:
    [(number, found, message)] = play(tmp_path, "in.jsonl", f"{line}\n{changed(id='2')}\n")
    assert (number, found) == (1, reason)
    assert words in message
    assert any(entry["what"] == "event" for entry in shop.audit(tmp_path))


ROW = '{"email": "a@x.test", "at": "2026-01-01", '


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("hello", "the line is no JSON object; each line holds one event or contact row"),
        ("1e999", "the line is no JSON object; each line holds one event or contact row"),
        ('{"a": 1,}', "the line is no JSON: trailing comma in object (byte 8)"),
        ('{"a": 1} x', "the line is no JSON: trailing characters (byte 10)"),
        ('{"a": "b}', "the line breaks off: no whole JSON object"),
        ('{"a": "\\ud83d"}', "the line is no JSON: \\ud83d is half a character (byte 7)"),
        (ROW + '"score": 1e400}', "score is 1e400, not a number below 10^18"),
        (ROW + '"score": 1e300}', "score is '1e+300', not a number below 10^18"),
        (ROW + f'"score": -{"9" * 5_000}}}', f"score is -{'9' * 39}, not a number below 10^18"),
        (ROW + f'"score": {"9" * 400}}}', f"score is '{'9' * 40}', not a number below 10^18"),
        (ROW + '"tags": ["a", 1e400]}', "tags[1] is 1e400, not a number below 10^18"),
        (GOOD.replace('"url"', '"x": {"y": [1e400]}, "url"'),
         "properties.x.y[0] is 1e400, not a number below 10^18"),
        (GOOD.replace('"url"', '"url": 1e400, "url"'), "properties.url is 1e400, not a number below 10^18"),
    ],
)  # fmt: skip
def test_a_reason_names_the_spot_and_what_is_allowed(tmp_path: Path, line: str, message: str) -> None:
    assert [found for *_, found in play(tmp_path, "in.jsonl", line)] == [message]


def test_properties_that_are_not_declared_are_told(tmp_path: Path) -> None:
    at = "2026-01-01T10:00:00Z"
    lines = [
        shop.event("1", "purchase", "a@x.test", at, totl=5, color="red"),
        shop.event("2", "purchase", "a@x.test", at, total=5, color="red"),
        shop.event("2", "purchase", "a@x.test", at, total=5, color="red"),
        shop.event("3", "identify", "a@x.test", at, firstName="A", id="7"),
        shop.event("4", "purchase", "a@x.test", at, total="much", shade="red"),
    ]
    assert shop.replay(tmp_path, lines).undeclared == (
        Undeclared("purchase", "color", 2),
        Undeclared("identify", "firstName", 1, "; did you mean 'first_name'?"),
        Undeclared("purchase", "totl", 1, "; did you mean 'total'?"),
    )
    assert shop.replay(tmp_path, lines).undeclared == (), "repeated events say nothing new"


def test_a_line_that_is_not_utf_8_is_rejected(tmp_path: Path) -> None:
    line = GOOD.encode().replace(b"a@x.test", b"\xff@x.test")
    assert play(tmp_path, "in.jsonl", line) == [(1, "bad_line", "the line is not UTF-8")]


def test_a_half_written_last_line_is_rejected_and_taken_when_it_is_whole(tmp_path: Path) -> None:
    assert play(tmp_path, "in.jsonl", GOOD[:40]) == [
        (1, "bad_line", "the line breaks off: no whole JSON object")
    ]
    (tmp_path / "in.jsonl").write_text(GOOD)
    assert run(shop.plan(), tmp_path / "x.db", [tmp_path / "in.jsonl"], clock="events").events == 1


def test_a_line_of_many_megabytes_is_rejected_without_being_held(tmp_path: Path) -> None:
    content = b'{"id": "' + b"x" * (3 << 20) + b'"}\n' + GOOD.encode()
    [(number, reason, message)] = play(tmp_path, "in.jsonl", content)
    assert (number, reason, message) == (1, "bad_line", "the line is longer than 1,048,576 bytes")
    assert (tmp_path / "rejects.jsonl").stat().st_size < 3_000
    assert shop.audit(tmp_path)


def test_an_empty_file_is_no_mistake(tmp_path: Path) -> None:
    assert play(tmp_path, "in.jsonl", "") == []
    assert play(tmp_path, "in2.jsonl", "\n\n  \n") == []


def test_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    assert play(tmp_path, "in.jsonl", b"\xef\xbb\xbf" + GOOD.encode()) == []


def test_the_same_id_with_other_content_is_rejected(tmp_path: Path) -> None:
    same = json.dumps(dict(reversed(json.loads(GOOD).items())), indent=None, separators=(" , ", ":"))
    other = changed(contact="b@x.test")
    found = play(tmp_path, "in.jsonl", f"{GOOD}\n{same}\n{other}\n")
    assert [(number, reason) for number, reason, _ in found] == [(3, "id_conflict")]
    found = (
        play(tmp_path, "again.jsonl", f"{other}\n") if (tmp_path / "rejects.jsonl").unlink() is None else []
    )
    assert [(number, reason) for number, reason, _ in found] == [(1, "id_conflict")]


def test_undeclared_events_are_passed_over_where_the_workspace_says_so(tmp_path: Path) -> None:
    lenient = shop.plan(oncue="project: shop=>project: shop\nunknown_events: ignore")
    summary = shop.replay(
        tmp_path, [changed(type="else.where"), changed(asset="nowhere"), GOOD], plan=lenient
    )
    assert (summary.ignored, summary.events, summary.rejected) == (2, 1, 0)


def test_unknown_contacts_are_rejected_where_the_workspace_says_so(tmp_path: Path) -> None:
    strict = shop.plan(oncue="project: shop=>project: shop\nunknown_contacts: reject")
    row = {"email": "a@x.test", "at": "2026-01-01"}
    summary = shop.replay(tmp_path, [row, GOOD, changed(id="2", contact="b@x.test")], plan=strict)
    assert (summary.events, summary.contacts, summary.reasons) == (1, 1, {"unknown_contact": 1})


def test_rejects_are_not_written_twice(tmp_path: Path) -> None:
    for _ in range(2):
        assert len(play(tmp_path, "in.jsonl", f"{{broken\n{GOOD}\n")) == 1
    with (tmp_path / "rejects.jsonl").open("a") as file:
        file.write('{"file": "half a li')
    assert len(play(tmp_path, "in.jsonl", "{broken\n{worse\n")) == 2


def test_a_rejects_file_that_cannot_be_written_stops_the_run(tmp_path: Path) -> None:
    (tmp_path / "rejects.jsonl").mkdir()
    with pytest.raises(OutputError, match=r"rejects\.jsonl cannot be written"):
        shop.replay(tmp_path, ["{broken"])


# --- files


def test_compressed_files_are_read(tmp_path: Path) -> None:
    assert play(tmp_path, "in.jsonl.gz", gzip.compress(GOOD.encode())) == []
    assert any(entry["what"] == "event" for entry in shop.audit(tmp_path))


def test_a_damaged_compressed_file_is_used_as_far_as_it_goes(tmp_path: Path) -> None:
    lines = "\n".join(changed(id=str(number)) for number in range(3_000))
    whole = gzip.compress(lines.encode(), 1)
    *_, (number, reason, message) = play(tmp_path, "in.jsonl.gz", whole[: len(whole) // 2])
    assert number > 100
    assert (reason, message) == ("bad_line", "the compressed file is damaged from here on")
    assert sum(entry["what"] == "event" for entry in shop.audit(tmp_path)) > 100


def test_csv_rows_are_contacts(tmp_path: Path) -> None:
    content = 'email,first_name,tags,subscribed,at\r\n"a@x.test","Ana, ""A""",hot;new,news,2026-01-01\r\n'
    assert play(tmp_path, "in.csv", content) == []
    first, *_ = shop.audit(tmp_path)
    assert first["contact"] == "email:a@x.test"


def test_a_csv_row_of_another_length_or_encoding_is_rejected(tmp_path: Path) -> None:
    content = b"email,first_name,at\na@x.test,2026-01-01\n\nb@x.test,\xff,2026-01-01\nc@x.test,C,2026-01-01\n"
    assert play(tmp_path, "in.csv", content) == [
        (2, "bad_line", "the row has 2 cells, the header 3"),
        (4, "bad_line", "the row is not UTF-8"),
    ]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("in.csv", "email,email\n", "two columns are called `email`"),
        ("in.csv", "email,,x\n", "column 2 has no name"),
        (
            "in.csv",
            "Email,First Name\n",
            "`Email` .did you mean `email`.*`First Name` .did",
        ),
        ("in.csv", "email,qq\na@x.test,1\n", "in.csv:1: no contact field `qq`; rename or remove"),
        ("in.csv", "email,created_at\n", "`created_at` is written by oncue alone"),
        ("in.csv", "email;first_name\n", "`;` stands between the columns: write commas"),
        ("in.csv", "email\tfirst_name\n", "a tab stands between the columns: write commas"),
        ("in.csv", "a@x.test,Ana\n", "the first row names the columns"),
        ("in.csv", "first_name,tags\n", "no column says whose row it is"),
        ("in.csv", "email\n".encode("utf-16"), "the header row is not UTF-8"),
        ("in.xlsx", "", "must end in"),
        ("in.gz", "", "must end in"),
    ],
)
def test_a_file_that_cannot_be_used_at_all_stops_the_run(
    tmp_path: Path, name: str, content: str | bytes, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        play(tmp_path, name, content)


def test_a_named_pipe_keeps_its_header_row_for_the_reading(tmp_path: Path) -> None:
    pipe = tmp_path / "in.csv"
    os.mkfifo(pipe)
    headings.check([pipe], shop.plan())  # returns without opening it, where reading would wait for a writer


def test_a_missing_file_or_a_folder_is_told_before_anything_is_handled(tmp_path: Path) -> None:
    good = shop.write(tmp_path / "good.jsonl", [GOOD])
    for wrong, words in ((tmp_path / "none.jsonl", "cannot be read"), (tmp_path, "is a folder")):
        with pytest.raises(InputError, match=words):
            run(shop.plan(), tmp_path / "x.db", [good, wrong], clock="events")
    assert not (tmp_path / "x.db").exists()


def test_line_numbers_count_every_line(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text("\n{}\n\n{}\n")
    assert [line.number for line in inputs.read(source)] == [2, 4]
