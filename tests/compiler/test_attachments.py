"""Files that are sent along with emails: found, small enough, and never forgotten by the cache."""

from __future__ import annotations

from base64 import b64decode
from pathlib import Path

import pytest

from oncue.compiler import pipeline
from oncue.compiler.templates import attachments
from oncue.compiler.workspace import check

SETTINGS = "project: acme\ntimezone: America/New_York\n"
INVITE = """lists: [news]
emails:
  invite: {subject: Spring, body: emails/invite.md, list: news, attachments: [files/guide.pdf]}
"""
PDF = b"%PDF-1.7\x00\xff\xfe"


@pytest.fixture
def sending(tmp_path: Path) -> Path:
    """A workspace with an email that sends a file along."""
    root = tmp_path / "workspace"
    for path, content in {
        "oncue.yaml": SETTINGS.encode(),
        "emails.yaml": INVITE.encode(),
        "emails/invite.md": b"Hello",
        "files/guide.pdf": PDF,
    }.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    return root


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows by one with every compilation."""
    calls: list[int] = []
    real = pipeline.check_files
    monkeypatch.setattr(pipeline, "check_files", lambda *given: calls.append(1) or real(*given))
    return calls


def mistakes(root: Path) -> list[str]:
    return [each.code for each in check(root, cache=False).diagnostics if each.severity == "error"]


def test_an_attachment_of_any_kind_comes_along(sending: Path) -> None:
    plan = check(sending, cache=False).plan
    assert plan is not None
    assert b64decode(plan.files_sent["files/guide.pdf"].content) == PDF
    assert plan.emails["invite"].attachments == ("files/guide.pdf",)


def test_another_content_of_an_attachment_compiles_anew(sending: Path, compiled: list[int]) -> None:
    first = check(sending).plan
    assert check(sending).plan == first
    assert len(compiled) == 1
    (sending / "files/guide.pdf").write_bytes(PDF + b"!")
    second = check(sending).plan
    assert len(compiled) == 2
    assert first is not None
    assert second is not None
    assert b64decode(second.files_sent["files/guide.pdf"].content) == PDF + b"!"
    assert second.emails["invite"].digest != first.emails["invite"].digest


def test_an_attachment_that_goes_and_comes_is_noticed(sending: Path) -> None:
    assert check(sending).plan is not None
    (sending / "files/guide.pdf").unlink()
    assert [each.code for each in check(sending).diagnostics if each.severity == "error"] == ["T101"]
    (sending / "files/guide.pdf").write_bytes(PDF)
    assert check(sending).plan is not None


@pytest.mark.parametrize("path", ["files/none.pdf", "files", ".oncue/x.pdf", "../x.pdf", "/etc/hostname"])
def test_an_attachment_is_an_ordinary_file_of_the_workspace(sending: Path, path: str) -> None:
    (sending / ".oncue").mkdir(exist_ok=True)
    (sending / ".oncue/x.pdf").write_bytes(PDF)
    (sending.parent / "x.pdf").write_bytes(PDF)
    (sending / "emails.yaml").write_text(INVITE.replace("files/guide.pdf", path))
    assert mistakes(sending) == ["T101"]


@pytest.mark.parametrize(
    ("sizes", "codes"),
    [
        ([2_000_000], []),
        ([2_000_001], ["W104"]),
        ([2_000_000, 2_000_000, 1_000_000], []),
        ([1_700_000] * 3, ["W104"]),
    ],
)
def test_attachments_are_small(sending: Path, sizes: list[int], codes: list[str]) -> None:
    names = [f"files/{number}.bin" for number in range(len(sizes))]
    for name, size in zip(names, sizes, strict=True):
        (sending / name).write_bytes(bytes(size))
    (sending / "emails.yaml").write_text(INVITE.replace("files/guide.pdf", ", ".join(names)))
    assert mistakes(sending) == codes


def test_the_media_type_comes_from_the_name_alone() -> None:
    names = ["a.pdf", "A.PDF", "b.docx", "c.tar.gz", "d.ics", "e.unheard-of", "f", "g.v2/h"]
    assert [attachments.media_type(name) for name in names] == [
        "application/pdf",
        "application/pdf",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/octet-stream",
        "text/calendar",
        *["application/octet-stream"] * 3,
    ]
