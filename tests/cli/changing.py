"""A workspace whose plan is changed while contacts are inside."""

from __future__ import annotations

import json
from pathlib import Path

from oncue.runtime.stores.sqlite import SqliteStore
from oncue.runtime.views import profiles
from tests.cli.oncue_process import Oncue, Told


class Workspace:
    """A workspace of one file, run by replays that go on where the last one ended."""

    def __init__(self, oncue: Oncue) -> None:
        self.oncue, self.folder, self.visits = oncue, oncue.folder, 0
        (self.folder / "oncue.yaml").write_text("project: p\ntimezone: UTC\n")

    def run(self, text: str, *lines: dict[str, object], options: tuple[str, ...] = ()) -> Told:
        (self.folder / "a.yaml").write_text(text)
        (self.folder / "in.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
        return self.oncue("run", "--clock", "events", *options, "in.jsonl")

    def visit(self) -> dict[str, object]:
        """One more visit of the page, a day after the last."""
        self.visits += 1
        at = f"2026-10-{self.visits:02}"
        return {
            "id": f"v{self.visits}",
            "type": "web_page.visit",
            "asset": "pricing",
            "contact": "n2",
            "at": at,
        }

    @property
    def database(self) -> Path:
        return self.folder / ".oncue/oncue.db"

    @property
    def place(self) -> list[str]:
        """Where the contact stands."""
        return [f"{one.campaign} {one.step}" for one in profiles.profile(self.database, "n2").campaigns]

    @property
    def score(self) -> str:
        return profiles.profile(self.database, "n2").fields["score"]

    @property
    def plans(self) -> int:
        """How many plans took effect."""
        store = SqliteStore(self.database, write=False)
        try:
            return len(store.plans())
        finally:
            store.close()
