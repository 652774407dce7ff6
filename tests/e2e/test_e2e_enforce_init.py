"""`graphrisk enforce init`: everything once, nothing over what is there, no keys in the workspace."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tables_on_disk import make_workspace

from graphrisk.cli import main

TOML = """[tables.sessions]
files = ["sessions.csv"]

[[tables.sessions.link]]
kind = "device"
account = "account_id"
identifier = "device_id"
"""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GRAPHRISK_KEYS", str(tmp_path / "keys"))
    return make_workspace(tmp_path / "shop", TOML, {"sessions.csv": "account_id,device_id\na,d\n"}).folder


def begin(shop: Path, *arguments: str) -> int:
    return main(["enforce", "init", "--workspace", str(shop), *arguments])


def content(*folders: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for f in folders for path in f.rglob("*") if path.is_file()}


def test_the_second_time_changes_nothing(shop: Path, tmp_path: Path, capsys) -> None:
    assert begin(shop, "--by", "ann", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["made"] == [
        "pseudonym.key", "signing.pem", "signing.pub", "webhook.secret", "policy.toml", "ledger.jsonl",
    ]  # fmt: skip
    assert (told["opened_by"], told["head"]["seq"]) == ("ann", 0)
    before = content(shop, tmp_path / "keys")
    assert begin(shop, "--by", "bob", "--json") == 0
    again = json.loads(capsys.readouterr().out)
    assert again == {**told, "made": []}
    assert content(shop, tmp_path / "keys") == before


def test_a_policy_and_keys_that_are_there_are_kept(shop: Path, tmp_path: Path, capsys) -> None:
    assert begin(shop) == 0
    (shop / "policy.toml").write_text("# ours\n")
    keys = content(tmp_path / "keys")
    for name in ("ledger.jsonl", "ledger.head", "ledger.intent"):
        (shop / "enforce" / name).unlink()
    assert begin(shop) == 0
    assert (shop / "policy.toml").read_text() == "# ours\n"
    assert content(tmp_path / "keys") == keys


def test_keys_do_not_lie_in_the_workspace(shop: Path, capsys) -> None:
    assert begin(shop, "--keys", str(shop / "enforce" / ".." / "keys")) == 2
    assert "outside" not in capsys.readouterr().out
    assert not (shop / "keys").exists()
    assert not (shop / "enforce").exists()


def test_a_ledger_without_its_keys_gets_no_others(shop: Path, tmp_path: Path, capsys) -> None:
    assert begin(shop) == 0
    (tmp_path / "keys").rename(tmp_path / "elsewhere")
    assert begin(shop) == 2
    assert "there is no such key" in capsys.readouterr().err
    assert not (tmp_path / "keys").exists()
    assert begin(shop, "--keys", str(tmp_path / "elsewhere")) == 0


def test_a_ledger_that_is_gone_is_not_begun_again_under_its_packages(shop: Path, capsys) -> None:
    assert begin(shop) == 0
    (shop / "enforce" / "packages" / "PKG-1").mkdir(parents=True)
    for name in ("ledger.jsonl", "ledger.head"):
        (shop / "enforce" / name).unlink()
    assert begin(shop) == 9
    assert "the ledger is gone" in capsys.readouterr().err
    assert not (shop / "enforce" / "ledger.head").exists()
