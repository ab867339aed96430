"""The rooms import only what they may. Read from the source, so that nothing has to run for it."""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("schemas", "compiler", "runtime", "cli")
MAY_IMPORT = {
    "schemas": {"schemas"},
    "compiler": {"compiler", "schemas"},
    "runtime": {"runtime", "schemas"},
    "cli": {"cli", "compiler", "runtime", "schemas"},
}
# What would make the kernel's outcome depend on anything but its arguments.
IMPURE = {
    "asyncio", "datetime", "glob", "io", "logging", "multiprocessing", "os", "pathlib", "random", "secrets",
    "shutil", "signal", "socket", "sqlite3", "subprocess", "sys", "tempfile", "threading", "time", "uuid",
    "warnings",
}  # fmt: skip


def modules(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """(line, dotted name) of every import in the file, also inside functions."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: imports are absolute"
            for alias in node.names:
                yield node.lineno, f"{node.module}.{alias.name}"


def strays(folder: str, allowed: set[str]) -> list[str]:
    """Imports from oncue in the folder that are outside the allowed rooms."""
    prefixes = tuple(f"oncue.{room}" for room in allowed)
    return [
        f"{path.relative_to(ROOT)}:{line}: {name}"
        for path in modules(folder)
        for line, name in imported(path)
        if name.split(".")[0] == "oncue" and not f"{name}.".startswith(tuple(f"{each}." for each in prefixes))
    ]


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_the_rooms_it_may(room: str) -> None:
    assert modules(room)
    assert strays(room, MAY_IMPORT[room]) == []


def test_the_kernel_imports_only_itself_and_the_schemas() -> None:
    assert strays("runtime/kernel", {"runtime.kernel", "schemas"}) == []


def test_the_kernel_has_no_clock_no_randomness_no_io_and_no_logging() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {name}"
        for path in modules("runtime/kernel")
        for line, name in imported(path)
        if name.split(".")[0] in IMPURE and not _types_only(path, name)
    ]
    assert found == []


def test_the_kernel_opens_no_files_and_prints_nothing() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}: {node.func.id}"
        for path in modules("runtime/kernel")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        and node.func.id in {"open", "print", "input"}
    ]  # fmt: skip
    assert found == []


def test_every_package_that_is_imported_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    names = {_bare(requirement) for requirement in project["dependencies"]}
    names |= {_bare(requirement) for requirement in project["optional-dependencies"]["prove"]}
    owners = packages_distributions()
    for room in ROOMS:
        for path in modules(room):
            for line, name in imported(path):
                top = name.split(".")[0]
                if top in sys.stdlib_module_names or top in ("oncue", "__future__"):
                    continue
                providers = {_bare(owner) for owner in owners.get(top, [])}
                assert providers & names, (
                    f"{path.relative_to(ROOT)}:{line}: {top} is not among the dependencies"
                )


def test_only_the_solver_s_room_imports_the_solver_and_it_is_imported_where_it_is_asked() -> None:
    room = ROOT / "compiler/proofs/solver"
    inside = [path for path in modules("compiler") if room in path.parents]
    assert inside
    assert [
        path for every in ROOMS for path in modules(every) if path not in inside and _names(path, "z3")
    ] == []
    at_the_top = [
        path.relative_to(ROOT)
        for path in modules("compiler") if path not in inside
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.ImportFrom) and "proofs.solver" in str(node.module)
    ]  # fmt: skip
    assert at_the_top == []


def _names(path: Path, package: str) -> bool:
    return any(name.split(".")[0] == package for _, name in imported(path))


def test_modules_are_named_for_what_they_are() -> None:
    vague = {"utils", "util", "helpers", "helper", "manager", "common", "misc"}
    assert [path for room in ROOMS for path in modules(room) if path.stem in vague] == []


def _bare(requirement: str) -> str:
    name = requirement
    for mark in "<>=!~[ (;":
        name = name.split(mark)[0]
    return name.lower().replace("_", "-")


def _types_only(path: Path, name: str) -> bool:
    """`datetime` arithmetic without a clock is allowed: no `now`, `today` or `utcnow` may be called."""
    if name.split(".")[0] != "datetime":
        return False
    calls = {
        node.attr for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Attribute)
    }
    return not calls & {"now", "today", "utcnow"}
