"""The one module that reads a workspace from the disk.

A workspace is the folder with `oncue.yaml` and everything below it, hidden folders apart. Nothing about a
file's name or place matters to the compiler but that each definition can be found again, so a folder is
read whole: YAML files, and the texts that emails are made of; attachments when an email names them. What
cannot be read is an error, never passed over.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from oncue.compiler import result_cache
from oncue.compiler.diagnostics import Diagnostic, arrange
from oncue.compiler.source import Source, Span
from oncue.compiler.templates.attached_files import AttachedFiles
from oncue.compiler.yaml.text import MAX_BYTES, readable

if TYPE_CHECKING:
    from oncue.schemas.plan import Plan
    from oncue.schemas.tests import Suite

SETTINGS_FILE = "oncue.yaml"
_YAML = (".yaml", ".yml")
_BODIES = (".md", ".html", ".txt")
_MOST = 65_536  # bytes of most files: to ask for more costs more, even where there is no more


class Sources(Mapping[str, Source]):
    """A workspace's texts by path, decoded when asked for."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files
        self._sources: dict[str, Source] = {}

    def __getitem__(self, path: str) -> Source:
        if path not in self._sources:
            self._sources[path] = Source(path, readable(self._files[path]))
        return self._sources[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


class Checked:
    """What a workspace came to: `diagnostics` sorted, and `sources` by path for showing their lines."""

    def __init__(
        self, diagnostics: list[Diagnostic], files: Mapping[str, bytes], plan: Callable[[], Plan | None]
    ) -> None:
        self.diagnostics = diagnostics
        self.sources: Mapping[str, Source] = Sources(files)
        self._plan = plan

    @cached_property
    def plan(self) -> Plan | None:
        """The plan; None if there is an error. Read from the cache only when asked for."""
        return self._plan()


def check(root: Path, *, cache: bool = True) -> Checked:
    """Compiles the workspace below `root`; with `cache`, what an unchanged tree came to is remembered: the
    diagnostics now, the plan when somebody asks for it."""
    files, unread = load(root)
    if SETTINGS_FILE not in files:
        return Checked(unread, files, lambda: None)
    attached = AttachedFiles(root, files)
    if unread or not cache:
        diagnostics, make = _compiled(files, attached)
        return Checked(arrange([*diagnostics, *unread]), files, (lambda: None) if unread else make)
    kept = result_cache.Cache(root, result_cache.key_of(files))
    remembered = kept.diagnostics(attached.unchanged)
    if remembered is None:
        diagnostics, make = _compiled(files, attached)
        kept.store_diagnostics(diagnostics, attached.seen)
        return Checked(diagnostics, files, lambda: _remembered(kept.of(attached.seen), make))
    if any(one.severity == "error" for one in remembered):
        return Checked(remembered, files, lambda: None)
    return Checked(
        remembered,
        files,
        lambda: _remembered(kept.of(attached.seen), lambda: _compiled(files, attached)[1]()),
    )


def check_files(files: Mapping[str, bytes], fetch: Callable[[str], bytes | None]) -> Checked:
    """Compiles a workspace that stands elsewhere than in a folder: the files for which `is_read` says yes, by
    path; `fetch` finds attachments. Nothing is remembered."""
    from oncue.compiler import pipeline

    kept = {path: data for path, data in files.items() if len(data) <= MAX_BYTES or path.endswith(_YAML)}
    with _no_collecting():
        diagnostics, make = pipeline.check_files(kept, fetch)
    return Checked(diagnostics, kept, make)


def is_read(path: str) -> bool:
    """Whether the compiler reads the file at once, a YAML file or a text that emails are made of."""
    return path.endswith(_YAML + _BODIES)


def check_tests(root: Path) -> tuple[Checked, Suite]:
    """Compiles the workspace below `root` with its tests; nothing is remembered."""
    from oncue.compiler.pipeline import check_with_tests
    from oncue.schemas.tests import Suite

    files, unread = load(root)
    if SETTINGS_FILE not in files:
        return Checked(unread, files, lambda: None), Suite()
    with _no_collecting():
        diagnostics, make, suite = check_with_tests(files, AttachedFiles(root, files).fetch)
    return Checked(arrange([*diagnostics, *unread]), files, (lambda: None) if unread else make), suite


def _remembered(kept: result_cache.Cache, make: Callable[[], Plan | None]) -> Plan | None:
    plan = kept.plan()
    if plan is None:
        plan = make()
        if plan is not None:
            kept.store_plan(plan)
    return plan


def _compiled(
    files: Mapping[str, bytes], attached: AttachedFiles
) -> tuple[list[Diagnostic], Callable[[], Plan | None]]:
    from oncue.compiler.pipeline import check_files

    with _no_collecting():
        diagnostics, plan = check_files(files, attached.fetch)

    def make() -> Plan | None:
        with _no_collecting():
            return plan()

    return diagnostics, make


@contextmanager
def _no_collecting() -> Iterator[None]:
    """Without the garbage collector: a big tree makes millions of objects, none of them garbage before the
    end, and looking through them again and again takes as long as making them. What is left of them counts as
    old afterwards, so that the next look at what is young does not go through it."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.unfreeze()
        if collecting:
            gc.enable()


# --- the folder -----------------------------------------------------------------------------------


def load(root: Path) -> tuple[dict[str, bytes], list[Diagnostic]]:
    """Every YAML file and every body below `root`, by path relative to it with forward slashes; and what
    could not be read. Without `oncue.yaml` nothing is read."""
    if not os.path.lexists(root / SETTINGS_FILE):
        message = f"there is no {SETTINGS_FILE} in `{root}`"
        hint = "go to the workspace's folder, or make a workspace with `oncue init`"
        return {}, [Diagnostic("W001", "error", message, Span(SETTINGS_FILE, 1, 1), hint)]
    if os.path.isdir(root / SETTINGS_FILE):
        return {}, [_not_a_file(SETTINGS_FILE)]
    files: dict[str, bytes] = {}
    unread: list[Diagnostic] = []
    waiting: list[_Folder] = [(str(root), "", frozenset())]
    while waiting:
        waiting += _read_folder(*waiting.pop(), files, unread)
    return dict(sorted(files.items())), unread


# where it is, its path in the workspace with a slash after it, and the folders that lead to it
_Folder = tuple[str, str, frozenset[tuple[int, int]]]


def _read_folder(
    folder: str,
    prefix: str,
    above: frozenset[tuple[int, int]],
    files: dict[str, bytes],
    unread: list[Diagnostic],
) -> list[_Folder]:
    """Reads the files of `folder`; gives the folders in it. A link back to a folder above is passed over."""
    try:
        info = os.stat(folder)
        here = (info.st_dev, info.st_ino)
        if here in above:
            return []
        with os.scandir(folder) as found:
            entries = [entry for entry in found if not entry.name.startswith(".")]
    except OSError as error:
        unread.append(_unreadable(_shown(prefix.rstrip("/") or "."), "folder", error))
        return []
    inner: list[_Folder] = []
    for entry in entries:
        if _is_folder(entry):
            inner.append((entry.path, f"{prefix}{entry.name}/", above | {here}))
        elif is_read(entry.name):
            _read_file(entry, _shown(prefix + entry.name), files, unread)
    return inner


def _shown(path: str) -> str:
    """The path as text, whatever bytes are in it."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads to itself
        return False


def _read_file(entry: os.DirEntry[str], path: str, files: dict[str, bytes], unread: list[Diagnostic]) -> None:
    try:
        if not entry.is_file() and os.path.exists(entry.path):  # a pipe or a device would never end
            unread.append(_not_a_file(path))
            return
        with open(entry.path, "rb", buffering=0) as file:
            data = file.read(_MOST) or b""
            if len(data) == _MOST:
                data += file.read(MAX_BYTES + 1 - _MOST) or b""
    except OSError as error:
        unread.append(_unreadable(path, "file", error))
        return
    if len(data) <= MAX_BYTES or path.endswith(_YAML):  # a huge text is data that happens to lie here
        files[path] = data


def _unreadable(path: str, what: str, error: OSError) -> Diagnostic:
    message = f"this {what} cannot be read: {error.strerror or error}"
    return Diagnostic(
        "W002", "error", message, Span(path, 1, 1), f"make the {what} readable, or move it elsewhere"
    )


def _not_a_file(path: str) -> Diagnostic:
    return Diagnostic("W002", "error", "this is not an ordinary file", Span(path, 1, 1), "move it elsewhere")
