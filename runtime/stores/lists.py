"""What a store keeps for fulfillment lists: who waits, in order of joining, and the batches that were made.
What changes something happens only inside a transaction.

Batches keep their rows, so that each can be made again with the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from msgspec import Struct


class WaitingRow(Struct, frozen=True, gc=False):
    """One contact on a fulfillment list, since `at`. `released`: it need not have the required fields.
    `questions`: a JSON list of those that its batch answers."""

    id: int
    contact: int
    at: int
    released: int
    questions: str


class BatchRow(Struct, frozen=True, gc=False):
    """A batch of a list, made at `at`, of those who joined after `since`. `size`: bytes of its file, whose
    header line is `head` and whose SHA-256 is `digest`."""

    id: int
    name: str
    list: str
    at: int
    since: int
    rows: int
    held: int
    size: int
    digest: str
    head: bytes


class Lists(Protocol):
    """The part of the port that is about lists."""

    def waiting(self, list_: str, after: int, until: int, limit: int) -> list[WaitingRow]:
        """Who waits, in order of joining: places above `after`, up to `until` (-1: all)."""

    def last_waiting(self, list_: str) -> int:
        """The latest place on a list, 0 for none."""

    def number_waiting(self, list_: str) -> int:
        """How many contacts are on a list."""

    def waiting_of(self, list_: str, contact: int) -> list[WaitingRow]:
        """The contact's place on the list, if it has one."""

    def lists_of(self, contact: int) -> list[tuple[str, int]]:
        """The lists that a contact is on, and since when."""

    def release(self, list_: str, contact: int) -> None:
        """The contact need not have the required fields."""

    def off_list(self, list_: str, contact: int) -> None:
        """Takes a contact off."""

    def off(self, places: Sequence[int]) -> None:
        """Takes these places off their list."""

    def answer(self, places: Sequence[int]) -> None:
        """They stay, and nobody waits for their batch any more."""

    def rename_list(self, old: str, new: str) -> None:
        """The list is called otherwise now."""

    def move_place(self, place: int, to: str) -> None:
        """Moves a contact to another list; one that is on that already keeps its place there, and is what
        both were."""

    def open_batch(self, name: str, list_: str, at: int, since: int, head: bytes) -> int:
        """Begins a batch; gives its number."""

    def add_rows(self, rows: Sequence[tuple[int, int, int, bytes, str]]) -> None:
        """Rows of a batch: its number, place in it, contact, line, questions."""

    def close_batch(self, batch: int, rows: int, held: int, size: int, digest: str) -> None:
        """Nothing more comes."""

    def drop_batch(self, batch: int) -> None:
        """There is no such batch after all."""

    def questions(self, batch: int, after: int, limit: int) -> list[tuple[int, int, str]]:
        """(place, contact, questions) of the rows that somebody waits for."""

    def answered(self, batch: int) -> None:
        """Nobody waits for it any more."""

    def batches(self, list_: str = "") -> list[BatchRow]:
        """The batches of a list (or of all), oldest first."""

    def batch(self, name: str) -> BatchRow | None:
        """One batch."""

    def lines(self, batch: int) -> Iterator[bytes]:
        """The lines of a batch, in order, without holding them all; those of erased contacts are gone."""

    def file(self, batch: str) -> Iterator[bytes]:
        """The file of a batch, by its name: the header line, then the lines. Nothing if it is not there."""

    def secret(self) -> bytes:
        """Random, and the database's own: made with it."""

    def batches_of(self, contact: int) -> list[str]:
        """The names of the batches that a contact was in, oldest first."""
