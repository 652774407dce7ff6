"""The house is laid out as CONTRIBUTING.md and the decisions say."""

from __future__ import annotations

import re
import subprocess
import tomllib
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "graphrisk"
MODULES = sorted(PACKAGE.rglob("*.py"))
ROOMS = sorted(path.parent.name for path in PACKAGE.glob("*/__init__.py"))
# Names of rooms where everything ends up that nobody has thought about
LUMBER_ROOMS = {"utils", "util", "common", "helpers", "helper", "core", "base", "misc", "manager", "shared"}
MAX_LINES = 500
# Somebody's own folders
MACHINE_PATH = re.compile(rb"(?<![\w.~-])/(?:home|Users|root|work|tmp)/\w+")
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
NAMED_FILE = re.compile(
    r"`((?:graphrisk|docs|tests|benchmarks|fixtures|mappings|cypher|\.ci)/[\w./-]*|[\w-]+\.(?:md|txt|toml))`"
)
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("[bcf]*/**/README.md")])
# Files that a workspace has, which the pages speak of
IN_A_WORKSPACE = {"graphrisk.toml", "policy.toml", "README.txt"}


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tracked_files() -> list[Path]:
    if not (ROOT / ".git").exists():
        pytest.skip("not a clone: which files are the project's is not known")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    return [path for name in listed.decode().split("\0") if name and (path := ROOT / name).is_file()]


@pytest.mark.parametrize("module", MODULES, ids=relative)
def test_a_module_is_short(module: Path) -> None:
    assert len(module.read_text(encoding="utf-8").splitlines()) <= MAX_LINES


def test_no_room_is_a_lumber_room() -> None:
    names = {part for module in MODULES for part in module.relative_to(PACKAGE).with_suffix("").parts}
    assert not names & LUMBER_ROOMS


def test_no_two_modules_of_the_tests_share_a_name() -> None:
    # They are imported by their bare names: the second would be taken for the first
    names = Counter(module.name for module in (ROOT / "tests").rglob("*.py") if module.name != "conftest.py")
    assert [name for name, times in names.items() if times > 1] == []


def test_every_room_has_a_place_in_the_layers() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        contracts = tomllib.load(file)["tool"]["importlinter"]["contracts"]
    layers = next(contract for contract in contracts if contract["type"] == "layers")
    placed = {name.strip(" ()") for line in layers["layers"] for name in re.split("[|:]", line)}
    assert set(ROOMS) <= placed


@pytest.mark.parametrize("room", ROOMS)
def test_the_readme_says_what_each_room_is_for(room: str) -> None:
    assert re.search(rf"^ +{room}/ +\w", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)


def test_every_fixture_says_where_it_comes_from() -> None:
    silent = [
        path for path in (ROOT / "fixtures").iterdir() if path.is_dir() and not (path / "README.md").is_file()
    ]
    assert silent == []


def test_decisions_are_numbered_without_gaps_and_say_what_was_decided() -> None:
    decisions = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [int(path.name[:4]) for path in decisions] == list(range(1, len(decisions) + 1))
    for path in decisions:
        text = path.read_text(encoding="utf-8")
        assert text.startswith(f"# {path.name[:4]} "), path.name
        assert "**Decided.**" in text, path.name


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_a_page_names_only_files_that_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    linked = {name for name in LINK.findall(text) if not (page.parent / name).exists()}
    named = {name for name in NAMED_FILE.findall(text) if not exists_somewhere(page, name)}
    assert (linked, named - IN_A_WORKSPACE) == (set(), set())


def exists_somewhere(page: Path, name: str) -> bool:
    return (ROOT / name).exists() or (page.parent / name).exists()


def test_no_file_knows_its_authors_machine() -> None:
    found = {
        relative(path): matches
        for path in tracked_files()
        if (matches := MACHINE_PATH.findall(path.read_bytes()))
    }
    assert found == {}


def test_the_lock_has_a_version_for_every_declared_dependency_and_no_address() -> None:
    lock = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    assert not re.search(r"://|@|^-", lock, re.MULTILINE)
    locked = set(re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE))
    with (ROOT / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)["project"]
    declared = [
        *project["dependencies"],
        *(text for extra in project["optional-dependencies"].values() for text in extra),
    ]
    here = {re.split(r"[^A-Za-z0-9-]", text)[0] for text in declared if "win32" not in text}
    assert here <= locked
