"""Tells editors which schema a workspace's files follow: VS Code's settings, or a line in each file that
every YAML language server reads.

The schema itself is put into the workspace's `.oncue/schemas`, so that nothing needs the network, and the
line and the settings are the same on every machine. What is there already stays; what cannot be read is
not written over.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

from msgspec import Struct

from oncue.cli.exits import CommandError

SCHEMA = Path(".oncue", "schemas", "workspace-file.json")
SETTINGS = Path(".vscode", "settings.json")
_KEY = "yaml.schemas"
_MODELINE = re.compile(rb"#\s*yaml-language-server\s*:\s*\$schema\s*=\s*(\S*)")
_BOM = b"\xef\xbb\xbf"


class Change(Struct, frozen=True):
    """A file and what it shall hold; None: it stays as it is, for the reason in `why`."""

    path: Path
    content: bytes | None
    why: str = ""


def schema_file(workspace: Path) -> Change:
    """The schema of a workspace's files, which all that follows points at."""
    content = (files("oncue.schemas") / "workspace-file.json").read_bytes()
    return _changed(workspace / SCHEMA, content)


# --- VS Code --------------------------------------------------------------------------------------


def settings(workspace: Path, opened: Path) -> Change:
    """The settings of the folder that is opened in VS Code, with a mapping for the workspace's files."""
    try:
        relative = workspace.resolve().relative_to(opened.resolve()).as_posix()
    except ValueError:
        raise CommandError(
            f"{workspace} is not below {opened}: run this in the folder that you open"
        ) from None
    prefix = "" if relative == "." else f"{relative}/"
    path = opened / SETTINGS
    document = _read_settings(path)
    schemas = document.setdefault(_KEY, {})
    if not isinstance(schemas, dict):
        raise CommandError(f"{path}: `{_KEY}` is no mapping; nothing was written")
    ours = f"./{prefix}{SCHEMA.as_posix()}"
    schemas[ours] = _joined(schemas.get(ours, []), [f"{prefix}**/*.yaml", f"{prefix}**/*.yml"])
    if path.exists() and document == _read_settings(path):
        return Change(path, None, "it says so already")
    return Change(path, (json.dumps(document, indent=_indent(path), ensure_ascii=False) + "\n").encode())


def _joined(there: Any, added: list[str]) -> list[Any]:  # noqa: ANN401  somebody's JSON
    known = there if isinstance(there, list) else [there]
    return [*known, *(each for each in added if each not in known)]


def _read_settings(path: Path) -> dict[str, Any]:
    """What is there; a file that is not plain JSON is refused, since its comments would be lost."""
    try:
        text = path.read_text("utf-8")
        found = json.loads(text, object_pairs_hook=_once) if text.strip() else {}
    except FileNotFoundError:
        return {}
    except (ValueError, RecursionError) as error:
        hint = f'write `"{_KEY}"` into it yourself, or use `--install modeline`'
        raise CommandError(f"{path} is not plain JSON ({error}); nothing was written; {hint}") from None
    if not isinstance(found, dict):
        raise CommandError(f"{path} is no JSON object; nothing was written")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice")
    return found


def _indent(path: Path) -> str | int:
    """As the file has it."""
    found = re.search(r"\n([ \t]+)\S", path.read_text("utf-8")) if path.exists() else None
    return found[1] if found else 2


# --- a line in each file --------------------------------------------------------------------------


def modelines(workspace: Path) -> Iterator[Change]:
    """Each YAML file of the workspace with the line at its top."""
    from oncue.compiler.workspace import load

    found, unread = load(workspace)
    for each in unread:
        raise CommandError(f"{workspace / each.span.path}: {each.message}")
    for name, data in found.items():
        if name.endswith((".yaml", ".yml")):
            yield _with_modeline(workspace / name, data, os.path.relpath(SCHEMA, Path(name).parent))


def _with_modeline(path: Path, data: bytes, schema: str) -> Change:
    line = f"# yaml-language-server: $schema={Path(schema).as_posix()}".encode()
    bom, body = (_BOM, data[len(_BOM) :]) if data.startswith(_BOM) else (b"", data)
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Change(path, None, "it is not UTF-8")
    there = _MODELINE.search(body)
    if there is None:
        end = b"\r\n" if b"\r\n" in body else b"\n"
        return Change(path, bom + line + end + body)
    if not there[1].endswith(SCHEMA.as_posix().encode()):
        return Change(path, None, "it names another schema")
    return _changed(path, bom + body[: there.start()] + line + body[there.end() :])


def _changed(path: Path, content: bytes) -> Change:
    same = path.is_file() and path.read_bytes() == content
    return Change(path, None, "it is up to date") if same else Change(path, content)


def write(change: Change) -> None:
    """Puts it into its place."""
    if change.content is not None:
        change.path.parent.mkdir(parents=True, exist_ok=True)
        change.path.write_bytes(change.content)
