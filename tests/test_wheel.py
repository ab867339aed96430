"""What people install: the wheel, in an environment of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("schemas", "compiler", "runtime", "cli")

pytestmark = pytest.mark.xdist_group("wheel")  # one worker, one build


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {
        name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "MYPYPATH")
    }
    return subprocess.run(
        [str(each) for each in command], cwd=cwd, env=environment, text=True, capture_output=True
    )


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site-packages of a fresh environment with nothing but the wheel.

    Its dependencies are lent by the environment that the tests run in, so that nothing is downloaded twice;
    that they are declared is the business of `test_imports`.
    """
    folder = tmp_path_factory.mktemp("wheel")
    for room in ROOMS:
        shutil.copytree(ROOT / room, folder / "source" / room, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder / "source" / name)
    build = [sys.executable, "-m", "build", "--wheel", "--outdir", folder / "dist", folder / "source"]
    if int(version("setuptools").split(".")[0]) >= 77:
        build.insert(3, "--no-isolation")
    built = run(*build, cwd=folder)
    assert built.returncode == 0, built.stderr + built.stdout
    wheel = next((folder / "dist").glob("*.whl"))
    venv.create(folder / "venv", with_pip=False)
    packages = next((folder / "venv").glob("lib/python*/site-packages"))
    installed = run(
        sys.executable, "-m", "pip", "--python", folder / "venv/bin/python", "install", "--quiet",
        "--no-deps", "--disable-pip-version-check", wheel, cwd=folder,
    )  # fmt: skip
    assert installed.returncode == 0, installed.stderr
    (packages / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return packages


def test_the_wheel_puts_nothing_but_oncue_into_site_packages(site: Path) -> None:
    names = {entry.name for entry in site.iterdir() if not entry.name.startswith("__")}
    assert names - {"lent.pth"} == {"oncue", f"oncue-{version('oncue')}.dist-info"}


def test_the_wheel_has_the_four_rooms_and_their_data(site: Path) -> None:
    names = {entry.name for entry in (site / "oncue").iterdir()}
    assert names == set(ROOMS)
    assert list((site / "oncue/schemas").glob("*.json"))
    assert list((site / "oncue/compiler/pages").glob("*.md"))
    assert (site / "oncue/compiler/expr/grammar.lark").exists()
    assert list((site / "oncue/runtime/stores").glob("*.sql"))
    assert (site / "oncue/cli/starter/oncue.yaml").exists()


def test_every_source_file_is_in_the_wheel(site: Path) -> None:
    missing = [
        path.relative_to(ROOT)
        for room in ROOMS
        for path in (ROOT / room).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
        and not (site / "oncue" / path.relative_to(ROOT)).exists()
    ]  # fmt: skip
    assert missing == []


def test_the_installed_command_tells_its_version(site: Path, tmp_path: Path) -> None:
    told = run(site.parents[2] / "bin/oncue", "--version", cwd=tmp_path)
    assert (told.returncode, told.stdout, told.stderr) == (0, f"oncue {version('oncue')}\n", "")


def test_the_installed_command_validates_an_example(site: Path, tmp_path: Path) -> None:
    told = run(site.parents[2] / "bin/oncue", "validate", ROOT / "examples/spec", cwd=tmp_path)
    assert told.returncode == 0, told.stdout + told.stderr


def test_the_installed_command_starts_a_workspace_that_validates(site: Path, tmp_path: Path) -> None:
    oncue = site.parents[2] / "bin/oncue"
    assert run(oncue, "init", "acme", cwd=tmp_path).returncode == 0
    told = run(oncue, "validate", "acme", "--strict", cwd=tmp_path)
    assert told.returncode == 0, told.stdout + told.stderr


def test_the_installed_package_is_typed_through_and_through(site: Path, tmp_path: Path) -> None:
    told = run(
        sys.executable, "-m", "mypy", "--strict", "--python-version", "3.11",
        "--python-executable", site.parents[2] / "bin/python",
        "--cache-dir", ROOT / ".mypy_cache/wheel",
        *(word for room in ROOMS for word in ("-p", f"oncue.{room}")), cwd=tmp_path,
    )  # fmt: skip
    assert told.returncode == 0, told.stdout + told.stderr
