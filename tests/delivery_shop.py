"""A workspace with a policy that names a receiver, set up by the command itself."""

from __future__ import annotations

from pathlib import Path

from tables_on_disk import make_workspace

from graphrisk.cli import main
from graphrisk.workspace import Workspace

TOML = """[tables.sessions]
files = ["sessions.csv"]

[[tables.sessions.link]]
kind = "device"
account = "account_id"
identifier = "device_id"
"""


def make_delivery_shop(folder: Path, url: str, *, batch_size: int = 2, more: str = "") -> Workspace:
    """Keys are in folder/keys. more: of the receiver's section."""
    shop = make_workspace(
        folder / "shop", TOML, {"sessions.csv": "account_id,device_id\ncustomer-4711,d-1\n"}
    )
    shop.load()
    place = ("--workspace", str(shop.folder), "--keys", str(folder / "keys"))
    assert main(["enforce", "init", "--by", "eve", *place]) == 0
    with (shop.folder / "policy.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[receivers.shop]\nurl = "{url}"\nbatch_size = {batch_size}\n{more}')
    return shop
