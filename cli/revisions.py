"""Workspaces as they stood in a revision of git: read from git's own store, the work tree is left alone."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from posixpath import dirname, join, normpath
from typing import TYPE_CHECKING, NamedTuple

import click

from oncue.cli import exits

if TYPE_CHECKING:
    from oncue.compiler.workspace import Checked

LINK, SUBMODULE = "120000", "160000"


class Entry(NamedTuple):
    """A file of a revision."""

    mode: str
    blob: str


def commit_of(workspace: Path, revision: str) -> str | None:
    """The revision's commit; None where there is no such revision, or no repository.

    Raises CommandError where there is no git."""
    name = f"{revision}^{{commit}}"
    done = _git(workspace, "rev-parse", "--verify", "--quiet", "--end-of-options", name, wrong=None)
    return None if done is None else done.decode().strip()


def checked(workspace: Path, commit: str) -> Checked:
    """The workspace as it was then. Raises CommandError where git cannot read it."""
    from oncue.compiler import workspace as compiler

    tree = _tree(workspace, commit)
    names = [path for path in tree if compiler.is_read(path)]
    files = dict(zip(names, _contents(workspace, [tree[name].blob for name in names]), strict=True))
    return compiler.check_files(files, _fetch(workspace, tree, files))


def _tree(workspace: Path, commit: str) -> dict[str, Entry]:
    """The files below the workspace's folder, by path; links lead to the file that they name."""
    listed = (_git(workspace, "ls-tree", "-r", "-z", "--end-of-options", commit) or b"").split(b"\0")
    found: dict[str, Entry] = {}
    for line in filter(None, listed):
        head, _, path = line.partition(b"\t")
        mode, _, blob = head.decode().split(" ")
        found[path.decode("utf-8", "backslashreplace")] = Entry(mode, blob)
    whole = {path: each for path, each in found.items() if each.mode != SUBMODULE and not _hidden(path)}
    return {path: _followed(workspace, whole, path) for path in sorted(whole)}


def _hidden(path: str) -> bool:
    return any(part.startswith(".") for part in path.split("/"))


def _followed(workspace: Path, tree: Mapping[str, Entry], path: str) -> Entry:
    entry = tree[path]
    if entry.mode != LINK:
        return entry
    [target] = _contents(workspace, [entry.blob])
    to = normpath(join(dirname(path), target.decode("utf-8", "backslashreplace")))
    if to in tree and tree[to].mode != LINK:
        return tree[to]
    raise exits.CommandError(f"{path} is a link to {to}, and in a revision only links to files are followed")


def _contents(workspace: Path, blobs: list[str]) -> Iterator[bytes]:
    """What the blobs hold, in their order."""
    asked = "".join(f"{blob}\n" for blob in blobs).encode()
    answer = _git(workspace, "cat-file", "--batch", given=asked) or b""
    at = 0
    for _ in blobs:
        end = answer.index(b"\n", at)
        size = int(answer[at:end].split(b" ")[2])
        yield answer[end + 1 : end + 1 + size]
        at = end + 1 + size + 1


def _fetch(
    workspace: Path, tree: Mapping[str, Entry], files: Mapping[str, bytes]
) -> Callable[[str], bytes | None]:
    """Finds attachments, which are read when an email names them."""

    def fetch(path: str) -> bytes | None:
        if path in files:
            return files[path]
        return next(_contents(workspace, [tree[path].blob])) if path in tree else None

    return fetch


_FAILED = "git cannot read it: "


def _git(
    workspace: Path, *arguments: str, given: bytes | None = None, wrong: str | None = _FAILED
) -> bytes | None:
    """What git answers; a failure is raised with what it said, or is None where `wrong` is None."""
    command = ["git", "-C", str(workspace), *arguments]
    try:
        done = subprocess.run(command, input=given, capture_output=True, check=False)  # noqa: S603
    except FileNotFoundError:
        raise click.UsageError("comparing with a revision needs git, which is not installed") from None
    if done.returncode and wrong is not None:
        said = done.stderr.decode("utf-8", "replace").strip().removeprefix("fatal: ")
        raise exits.CommandError(f"{wrong}{said}")
    return None if done.returncode else done.stdout
