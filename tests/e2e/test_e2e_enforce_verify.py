"""`graphrisk enforce verify`, and how README.txt says to check without it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from packaged import HOSTILE, PACKAGE_ID, Key, make_package

from graphrisk.cli import main
from graphrisk.enforce.manifest import README
from graphrisk.stores.enforcement.packages import PackageStore


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    store = PackageStore(tmp_path / "packages")
    store.write(make_package(), Key())
    return store.place(PACKAGE_ID)


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return write_key(tmp_path / "signing.pub", Key())


def write_key(path: Path, key: Key) -> Path:
    path.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return path


def test_a_package_is_verified_with_nothing_but_the_key(
    folder: Path,
    key: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    alone = shutil.copytree(folder, tmp_path / "at the receiver's" / "any name")
    monkeypatch.chdir(alone.parent)
    monkeypatch.setenv("GRAPHRISK_KEYS", str(tmp_path / "no keys"))
    assert main(["enforce", "verify", "any name", "--key", str(key)]) == 0
    told = capsys.readouterr()
    assert "as it was signed" in told.out
    assert told.err == ""
    assert sorted(path.name for path in alone.parent.iterdir()) == ["any name"]


def test_without_a_key_it_says_what_that_proves(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["enforce", "verify", str(folder)]) == 0
    assert "proves only that nothing was changed since somebody signed" in capsys.readouterr().err


def test_a_fault_is_named_and_ends_in_nine(
    folder: Path, key: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = folder / "actions.sql"
    place.write_bytes(place.read_bytes().replace(b"'ban'", b"'BAN'"))
    (folder / "evil\x1b[2J").touch()
    assert main(["enforce", "verify", str(folder), "--key", str(key)]) == 9
    told = capsys.readouterr()
    assert re.search(r"^actions.sql\twas changed", told.out, re.MULTILINE)
    assert "\x1b" not in told.out + told.err
    assert "2 faults" in told.err


def test_another_key_ends_in_nine_and_json_says_so(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = write_key(tmp_path / "other.pub", Key(2))
    assert main(["enforce", "verify", str(folder), "--key", str(other), "--json"]) == 9
    told = json.loads(capsys.readouterr().out)
    assert told["is_as_signed"] is False
    assert [each["file"] for each in told["faults"]] == ["manifest.json"]
    assert main(["enforce", "verify", str(folder), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["is_as_signed"], told["is_own_key"], told["actions"]) == (True, True, len(HOSTILE))


@pytest.mark.parametrize("content", [None, b"", b"no key", b"\xff" * 20_000])
def test_a_key_that_is_none_ends_in_two(folder: Path, tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "bad.pub").write_bytes(content)
    assert main(["enforce", "verify", str(folder), "--key", str(tmp_path / "bad.pub")]) == 2


def test_a_package_that_is_not_there_ends_in_four(tmp_path: Path) -> None:
    assert main(["enforce", "verify", str(tmp_path / "none")]) == 4


# ---- without graphrisk -------------------------------------------------------------------------------------
def run_as_told(folder: Path, start: str) -> subprocess.CompletedProcess[str]:
    """The command that stands in the line of README.txt that starts so."""
    (line,) = (line for line in (folder / README).read_text("utf-8").splitlines() if line.startswith(start))
    command = line.removeprefix(start).replace("KEY.pem", "../../signing.pub")
    return subprocess.run(["sh", "-c", command], cwd=folder, check=False, capture_output=True, text=True)


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="sha256sum is not installed")
def test_digests_are_checked_as_the_readme_says(folder: Path) -> None:
    done = run_as_told(folder, "Without graphrisk: ")
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        f"{path.name}: OK" for path in sorted(folder.iterdir()) if not path.name.startswith("manifest")
    ]
    with (folder / "actions.csv").open("ab") as file:
        file.write(b" ")
    done = run_as_told(folder, "Without graphrisk: ")
    assert done.returncode != 0
    assert "actions.csv: FAILED" in done.stdout


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_the_signature_is_checked_as_the_readme_says(folder: Path, key: Path) -> None:
    assert key.exists()
    done = run_as_told(folder, "and: ")
    assert (done.returncode, done.stdout) == (0, "Signature Verified Successfully\n")
    place = folder / "manifest.json"
    place.write_bytes(place.read_bytes().replace(b'"stage":"all"', b'"stage":"ALL"'))
    assert run_as_told(folder, "and: ").returncode != 0


def test_the_readme_has_ten_lines(folder: Path) -> None:
    assert len((folder / README).read_text("utf-8").splitlines()) == 10
