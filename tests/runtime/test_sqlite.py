"""The SQLite store: the contract, and what may be wrong with a file."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from oncue.runtime.engine import engine
from oncue.runtime.errors import (
    DatabaseBusyError,
    DatabaseError,
    DatabaseFullError,
    DatabaseReadOnlyError,
    NewerDatabaseError,
    NoDatabaseError,
    NotADatabaseError,
)
from oncue.runtime.stores.base import FORMAT, Store
from oncue.runtime.stores.sqlite import APPLICATION_ID, SQL, SqliteStore
from tests.runtime import shop
from tests.runtime.store_contract import PEOPLE, StoreContract, commit


class TestSqlite(StoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[Store]:
        store = SqliteStore(tmp_path / "x.db")
        yield store
        store.close()


def test_a_steady_reader_sees_one_state_beside_a_writer(tmp_path: Path) -> None:
    writer = SqliteStore(tmp_path / "x.db")
    reader = SqliteStore(tmp_path / "x.db", write=False)
    with reader.steady():
        before = list(reader.contacts())
        commit(writer, born=PEOPLE)
        assert list(reader.contacts()) == before == []
    assert len(list(reader.contacts())) == len(PEOPLE)
    reader.close()
    writer.close()


def test_what_was_committed_is_on_the_disk_whatever_happens(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "x.db")
    pragmas = [store._db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]
    store.close()
    assert pragmas == ["wal", 2], "a write-ahead log, synchronised at every commit"


def test_a_second_writer_is_told_who_has_it(tmp_path: Path) -> None:
    first = SqliteStore(tmp_path / "x.db")
    with pytest.raises(DatabaseBusyError, match=rf"another oncue process \(number {os.getpid()}\)"):
        SqliteStore(tmp_path / "x.db")
    first.close()
    SqliteStore(tmp_path / "x.db").close()


def test_a_second_process_gets_a_clear_error(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "x.db")
    script = (
        "import sys, pathlib; from oncue.runtime.stores import sqlite; "
        "sqlite.SqliteStore(pathlib.Path(sys.argv[1]))"
    )
    made = subprocess.run([sys.executable, "-c", script, tmp_path / "x.db"], capture_output=True, text=True)
    store.close()
    assert made.returncode == 1
    assert "DatabaseBusyError" in made.stderr


def test_readers_come_and_go_while_somebody_writes(tmp_path: Path) -> None:
    writer = SqliteStore(tmp_path / "x.db")
    commit(writer, born=PEOPLE)
    with writer.transaction():
        reader = SqliteStore(tmp_path / "x.db", write=False)
        assert reader.living() == 3
        reader.close()
    writer.close()


def test_a_newer_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    SqliteStore(tmp_path / "x.db").close()
    with sqlite3.connect(tmp_path / "x.db") as db:
        db.execute(f"PRAGMA user_version = {FORMAT + 1}")
    db.close()
    before = (tmp_path / "x.db").read_bytes()
    with pytest.raises(NewerDatabaseError, match=f"format {FORMAT + 1}, this one reads {FORMAT}"):
        SqliteStore(tmp_path / "x.db")
    assert (tmp_path / "x.db").read_bytes() == before


@pytest.mark.parametrize("content", [b"hello", b"\x00" * 4096, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.db").write_bytes(content)
    for write in (True, False):
        with pytest.raises(NotADatabaseError):
            SqliteStore(tmp_path / "x.db", write=write)
    assert (tmp_path / "x.db").read_bytes() == content


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "x.db") as db:
        db.execute("CREATE TABLE contact (id)")
    db.close()
    with pytest.raises(NotADatabaseError, match="another program"):
        SqliteStore(tmp_path / "x.db")


def test_a_database_of_the_first_format_is_brought_up(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    with contextlib.closing(sqlite3.connect(path)) as old:
        old.executescript(SQL["schema"])
        old.execute("INSERT INTO outbox VALUES (1, 'k', 1, 5, NULL, 'email', 'u', 'queued', '', NULL, x'00')")
        old.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        old.execute("PRAGMA user_version = 1")
        old.commit()
    with contextlib.closing(SqliteStore(path, write=False)) as store:
        assert (list(store.entities("")), store.roster("acme"), store.next_wake()) == ([], [], None)
    with contextlib.closing(SqliteStore(path)) as store:
        commit(store, entities=[("account/acme", 2, None, b"{}")], joined=[("acme", 1)])
        assert store.roster("acme") == [1]
        [row] = store.outbox(["queued"])
        assert (row.key, row.attempts, row.next_at, row.real) == ("k", 0, None, 0)
    with contextlib.closing(sqlite3.connect(path)) as new:
        assert new.execute("PRAGMA user_version").fetchone() == (FORMAT,)


def test_a_database_that_cannot_be_brought_up_stays_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.db"
    with contextlib.closing(sqlite3.connect(path)) as old:
        old.executescript(SQL["schema"])
        old.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        old.execute("PRAGMA user_version = 1")
        old.commit()
    monkeypatch.setitem(SQL, f"upgrade_{FORMAT}", SQL[f"upgrade_{FORMAT}"] + "; CREATE TABLE log (id)")
    with pytest.raises(DatabaseError):
        SqliteStore(path)
    with contextlib.closing(sqlite3.connect(path)) as still:
        assert still.execute("PRAGMA user_version").fetchone() == (1,)
        assert not still.execute("SELECT name FROM sqlite_master WHERE name = 'entity'").fetchall()


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    with pytest.raises(NotADatabaseError, match="is a folder"):
        SqliteStore(tmp_path)


def test_reading_needs_a_database(tmp_path: Path) -> None:
    with pytest.raises(NoDatabaseError, match="`oncue run` makes one"):
        SqliteStore(tmp_path / "x.db", write=False)


@contextmanager
def somebody_else() -> Iterator[None]:
    """Without root's rights: nothing is read-only to root."""
    if os.getuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.skipif(os.name == "nt", reason="rights work differently there")
@pytest.mark.parametrize("name", ["x.db", "new/x.db"])
def test_a_read_only_folder_is_told(name: str) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        folder.chmod(0o555)
        with somebody_else(), pytest.raises(DatabaseReadOnlyError, match="cannot be"):
            SqliteStore(folder / name)
        assert list(folder.iterdir()) == []
        folder.chmod(0o755)


@pytest.mark.parametrize("pipelined", [False, True])
def test_a_full_disk_loses_nothing_that_was_committed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pipelined: bool
) -> None:
    if pipelined:
        monkeypatch.setattr(engine, "PIPELINED", 1)
    events = shop.history(120)
    tune = SqliteStore._tune

    def small(store: SqliteStore) -> None:
        tune(store)
        store._db.execute("PRAGMA max_page_count = 42")

    monkeypatch.setattr(SqliteStore, "_tune", small)
    with pytest.raises(DatabaseFullError, match="everything up to the last commit is safe"):
        shop.replay(tmp_path / "full", events, batch=5)
    monkeypatch.undo()
    assert shop.audit(tmp_path / "full"), "something was committed before"
    shop.replay(tmp_path / "full", events, batch=5)
    shop.replay(tmp_path / "roomy", events)
    assert shop.contents(tmp_path / "full") == shop.contents(tmp_path / "roomy")
    assert shop.outbox(tmp_path / "full") == shop.outbox(tmp_path / "roomy")
