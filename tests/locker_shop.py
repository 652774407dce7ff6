"""A shop in which a parcel locker makes a ring of strangers, and the installed command in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
from small_shop import MAP_ACCOUNTS, MAP_DEVICES
from tables_on_disk import make_workspace

from graphrisk.stores.duckdb.schema import RESULT_TABLES
from graphrisk.workspace import Workspace
from graphrisk.workspace.run import Run

MAP_SHIPPED = """
[tables.shipped]
files = ["shipped.csv"]
[[tables.shipped.link]]
kind = "address"
account = "id"
identifier = "line"
seen_at = "at"
"""


LOCKER = "12 Harbour Road, San Pedro, 90731"


RENTERS = [f"renter{at}" for at in range(5)]  # share the locker alone


# What became of names since an earlier run is of the runs between, whatever is found now.
OF_EARLIER_RUNS = {"ring_event", "ring_move"}


CREW = [f"crew{at}" for at in range(4)]  # share a device, and two of them the locker


LONERS = [f"loner{at:02}" for at in range(40)]


def make_world(folder: Path) -> Workspace:
    accounts = [*RENTERS, *CREW, *LONERS]
    day = [f"2024-0{1 + at % 9}-1{at % 7}" for at in range(len(accounts))]
    at = dict(zip(accounts, day, strict=True))
    files = {
        "accounts.csv": "id,created_at\n" + "".join(f"{each},{at[each]}\n" for each in accounts),
        "seen.csv": "id,device,at\n"
        + "".join(f"{each},{'farm' if each in CREW else 'own-' + each},{at[each]}\n" for each in accounts),
        "shipped.csv": "id,line,at\n"
        + "".join(f'{each},"{LOCKER}",{at[each]}\n' for each in [*RENTERS, *CREW[:1]])
        + "".join(f'{each},"{n} Elm Street, Reno, 89501",{at[each]}\n' for n, each in enumerate(LONERS)),
    }
    shop = make_workspace(folder, MAP_ACCOUNTS + MAP_DEVICES + MAP_SHIPPED, files)
    shop.load()
    return shop


def command(shop: Workspace, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(Path(sys.executable).with_name("graphrisk")), *arguments, "--workspace", str(shop.folder)],
        capture_output=True, text=True, encoding="utf-8", timeout=120, check=False,
        env={**os.environ, "LOGNAME": "eve"},
    )  # fmt: skip


def told(shop: Workspace, *arguments: str) -> dict:
    done = command(shop, *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def results(run: Run) -> dict[str, pa.Table]:
    return {name: run.arrow(name) for name, _ in RESULT_TABLES if name not in OF_EARLIER_RUNS}


def rings(run: Run) -> set[frozenset[str]]:
    members: dict[str, set[str]] = {}
    for row in run.arrow("ring_member").to_pylist():
        members.setdefault(row["ring_id"], set()).add(row["account_id"])
    return {frozenset(each) for each in members.values()}


REJECT_LOCKER = ("judge", "identifier", "reject", "address", LOCKER, "--why", "a parcel locker")
