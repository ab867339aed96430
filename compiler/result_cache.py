"""What a workspace came to, kept under the hash of all its content and of this compiler.

Two files in `.oncue/cache/`: the diagnostics, which every command wants, and the plan, which only some do.
Each begins with the key and a checksum, and is replaced in one move, so that two processes never see half
of one. A cache that is missing, foreign, damaged or not writable is simply no cache.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from hashlib import blake2b
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from oncue.compiler.diagnostics import Diagnostic

if TYPE_CHECKING:
    from oncue.schemas.plan import Plan

FOLDER = Path(".oncue", "cache")
_SIZE = 32  # bytes of a key, and of a checksum
_PACKAGES = ("oncue.compiler", "oncue.schemas")  # with every room in them
_LIBRARIES = ("yaml", "lark", "jinja2", "jsonschema", "jsonschema_rs", "tzdata", "z3")


def key_of(files: Mapping[str, bytes]) -> bytes:
    """The hash of every path and content, and of the compiler that reads them."""
    whole = blake2b(compiler_print(), digest_size=_SIZE)
    for path, data in files.items():
        whole.update(f"{len(path)} {path} {len(data)} ".encode())
        whole.update(data)
    return whole.digest()


@cache
def compiler_print() -> bytes:
    """Changes whenever this compiler or a library that it judges by does: names, sizes and times of files."""
    found = [repr(sys.version_info)]
    for package in _PACKAGES:
        spec = find_spec(package)
        for folder in (spec.submodule_search_locations or ()) if spec else ():
            found += _prints_of(folder)
    for library in _LIBRARIES:
        spec = find_spec(library)
        found.append(f"{library} {os.stat(spec.origin).st_mtime_ns}" if spec and spec.origin else library)
    return "\n".join(found).encode()


def _prints_of(folder: str) -> Iterator[str]:
    """Of a room's files, and of the rooms in it."""
    entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    for entry in entries:
        if entry.is_file():
            yield _print_of(entry)
        elif entry.name[0] != "_":
            yield from _prints_of(entry.path)


def _print_of(entry: os.DirEntry[str]) -> str:
    info = entry.stat()
    return f"{entry.name} {info.st_size} {info.st_mtime_ns}"


Unchanged = Callable[[Mapping[str, bytes]], bool]


class _Kept(msgspec.Struct, frozen=True):
    attached: dict[str, bytes]
    diagnostics: list[Diagnostic]


class Cache:
    """The cache of the workspace at `root`, for the content that `key` stands for."""

    def __init__(self, root: Path, key: bytes) -> None:
        self._folder = root / FOLDER
        self._key = key

    def of(self, attached: Mapping[str, bytes]) -> Cache:
        """The same for attachments of these hashes."""
        if not attached:
            return self
        whole = blake2b(self._key, digest_size=_SIZE)
        for path, digest in sorted(attached.items()):
            whole.update(f"{len(path)} {path} ".encode(errors="backslashreplace"))
            whole.update(digest or bytes(_SIZE))
        return Cache(self._folder.parent.parent, whole.digest())

    def diagnostics(self, unchanged: Unchanged) -> list[Diagnostic] | None:
        """The diagnostics; None if they are not kept, or not for these attachments: `unchanged` says whether
        files still have the hashes that they had."""
        payload = self._read("diagnostics")
        try:
            kept = None if payload is None else msgspec.msgpack.decode(payload, type=_Kept)
        except msgspec.MsgspecError:
            return None
        return kept.diagnostics if kept is not None and unchanged(kept.attached) else None

    def plan(self) -> Plan | None:
        """The plan; None if it is not kept."""
        payload = self._read("plan")
        if not payload:
            return None
        from oncue.schemas.plan import Plan

        try:
            return msgspec.json.decode(payload, type=Plan)
        except msgspec.MsgspecError:
            return None

    def store_diagnostics(self, diagnostics: list[Diagnostic], attached: Mapping[str, bytes]) -> None:
        """Keeps them in place of what was kept before, with the hashes of the attachments."""
        self._store("diagnostics", msgspec.msgpack.encode(_Kept(dict(attached), diagnostics)))

    def store_plan(self, plan: Plan) -> None:
        """Keeps it in place of what was kept before."""
        self._store("plan", msgspec.json.encode(plan))

    def _store(self, name: str, payload: bytes) -> None:
        """A folder that cannot be written to changes nothing."""
        try:
            self._prepare()
            self._write(name, payload)
        except OSError:
            return

    def _prepare(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        ignore = self._folder / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n")

    def _read(self, name: str) -> bytes | None:
        try:
            data = (self._folder / name).read_bytes()
        except OSError:
            return None
        key, checksum, payload = data[:_SIZE], data[_SIZE : 2 * _SIZE], data[2 * _SIZE :]
        return payload if key == self._key and checksum == _checksum(payload) else None

    def _write(self, name: str, payload: bytes) -> None:
        temporary = self._folder / f"{name}.{os.urandom(8).hex()}"
        try:
            with open(temporary, "xb") as file:
                file.write(self._key + _checksum(payload) + payload)
            os.replace(temporary, self._folder / name)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


def _checksum(payload: bytes) -> bytes:
    return blake2b(payload, digest_size=_SIZE).digest()
