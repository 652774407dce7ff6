"""The wheel, installed in a clean environment far from the source, does the main job."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
DATA_FOLDERS = ("cypher", "fixtures", "mappings")


@dataclass(frozen=True)
class Installed:
    """wheel: the file. scripts: the environment's bin. elsewhere: a folder far from the source."""

    wheel: Path
    scripts: Path
    elsewhere: Path

    def run(self, program: str, *arguments: str) -> str:
        done = execute([str(self.scripts / program), *arguments], self.elsewhere)
        return done.stdout


def execute(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Built as a release is (source archive, then wheel out of it), and installed with what it declares."""
    place = tmp_path_factory.mktemp("wheel")
    execute([sys.executable, "-m", "build", "--no-isolation", "--outdir", str(place), str(ROOT)], place)
    (wheel,) = place.glob("*.whl")
    venv.create(place / "clean", with_pip=True)
    scripts = place / "clean" / "bin"
    quiet = ("--quiet", "--disable-pip-version-check", "--no-compile")
    execute(
        [
            *(str(scripts / "python"), "-m", "pip", "install", *quiet),
            *("--constraint", str(ROOT / "constraints.txt"), str(wheel)),
        ],
        place,
    )
    elsewhere = place / "elsewhere"
    elsewhere.mkdir()
    return Installed(wheel, scripts, elsewhere)


@pytest.fixture(scope="module")
def packed_folder(installed: Installed) -> Path:
    """Where the data files of the installed package are."""
    where = "import importlib.resources as r; print(r.files('graphrisk') / '_data')"
    return Path(installed.run("python", "-c", where).strip())


def test_the_command_says_the_version_of_the_wheel(installed: Installed) -> None:
    assert installed.run("graphrisk", "--version").split() == [
        "graphrisk",
        installed.wheel.name.split("-")[1],
    ]


@pytest.mark.parametrize("folder", DATA_FOLDERS)
def test_every_data_file_travels_byte_for_byte(packed_folder: Path, folder: str) -> None:
    def contents(root: Path) -> dict[str, bytes]:
        files = (path for path in (root / folder).rglob("*") if path.is_file())
        return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}

    assert contents(packed_folder) == contents(ROOT)


def test_the_licence_and_the_type_marker_travel(installed: Installed) -> None:
    names = ZipFile(installed.wheel).namelist()
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)
    assert "graphrisk/py.typed" in names


def test_neither_tests_nor_benchmarks_travel(installed: Installed) -> None:
    tops = {name.split("/")[0] for name in ZipFile(installed.wheel).namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"graphrisk"}


def test_the_main_job_finds_the_ring_of_the_packed_world(installed: Installed, packed_folder: Path) -> None:
    worked = packed_folder / "fixtures" / "worked"
    installed.run("graphrisk", "run", str(worked), "--workspace", "shop")
    found = accounts_in(installed.elsewhere / "shop" / "exports" / "rings.csv")
    assert found == accounts_in(worked / "expected" / "rings.csv")


def accounts_in(rings: Path) -> set[str]:
    with rings.open(newline="", encoding="utf-8") as file:
        return {row["account_id"] for row in csv.DictReader(file)}
