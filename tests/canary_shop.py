"""A shop in which every identifier is a canary: a text that nothing else holds, so that whoever finds one in
a file knows that it got out.

Two crews of six share a device, a card, an address, an IP, a phone and a mailbox each, and charge back what
they buy; the others each live by themselves.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow.parquet as pq
from small_shop import MAP_ACCOUNTS, MAP_LABELS, MAP_PAYMENTS
from tables_on_disk import make_workspace

from graphrisk.workspace import Workspace

# No token, no digest and no name of ours holds any of these: base32 knows neither 0, 1, 8 nor 9
CANARY = re.compile(rb"cnry[-_ ]?0189|birdsong|203\.0\.113\.|2025550|202[- ]555", re.IGNORECASE)
MAP_SEEN = "".join(
    f"""
[[tables.seen.link]]
kind = "{kind}"
account = "id"
identifier = "{kind}"
seen_at = "at"
"""
    for kind in ("device", "instrument", "address", "ip", "phone", "email")
)
MAP = (
    MAP_ACCOUNTS + 'display_name = "name"\n[tables.seen]\nfiles = ["seen.csv"]\n' + MAP_SEEN + MAP_PAYMENTS
    + MAP_LABELS
)  # fmt: skip
# Rules so weak that small crews are enough to be acted on
POLICY = """
[tiers.monitor]
least_ring_score = 0.0
least_risk = 0.0
least_sources = 1
[tiers.step_up]
least_ring_score = 0.0
least_risk = 0.0
least_sources = 1
[tiers.review]
least_ring_score = 0.0
least_risk = 0.0
least_sources = 1
[tiers.restrict]
least_ring_score = 0.0
least_risk = 0.0
least_sources = 1
approval_count = 1
[tiers.suspend]
least_ring_score = 1.0
least_risk = 1.0
[tiers.ban]
least_ring_score = 1.0
least_risk = 1.0
[limits]
off = [
  "stale", "uncalibrated", "sources", "own_life", "not_automatic", "one_identifier", "association", "hub",
]
viewed_rings = 1
canary_from = 1000
[caps]
small_count = 1000
[caps.ring]
turnover_share = 1.0
[caps.market]
turnover_share = 1.0
[caps.day]
turnover_share = 1.0
[caps.plan]
turnover_share = 1.0
"""
CREWS = [[f"cnry-0189-c{crew}m{place}" for place in range(6)] for crew in range(2)]
LONERS = [f"cnry-0189-x{place:02}" for place in range(40)]
ERASED, OTHER, APPEALED = CREWS[0][2], CREWS[0][3], CREWS[1][3]


def own_things(number: int) -> dict[str, str]:
    return {
        "device": f"CNRY0189-{number:04}-device", "instrument": f"CNRY0189-{number:04}-card",
        "address": f"{number} Cnry0189 Row, Nestham, 907{number:02}", "ip": f"203.0.113.{number}",
        "phone": f"+1202555{100 + number:04}", "email": f"cnry0189.{number}@nest.example",
    }  # fmt: skip


def make_shop(folder: Path) -> Workspace:
    """Loaded and searched."""
    crew_of = {account: number for number, crew in enumerate(CREWS, 1) for account in crew}
    accounts = [*crew_of, *LONERS]
    ids, seen, payments = ["id,created_at,name"], ["id,device,instrument,address,ip,phone,email,at"], []
    for place, account in enumerate(accounts):
        at = f"2026-02-{1 + place % 27:02}T10:00:00"
        ids.append(f"{account},{at},Piet Birdsong-{place}")
        things = [own_things(60 + place)]
        if account in crew_of:
            things.append(own_things(crew_of[account]))
        for each in things:
            values = ",".join(f'"{value}"' for value in each.values())
            seen.append(f"{account},{values},{at}")
        status = "chargeback" if account in crew_of else "paid"
        payments += [f"p{place}-{n},{account},{LONERS[0]},25.00,EUR,{status},{at}" for n in range(3)]
    payments.insert(0, "id,payer,payee,amount,currency,status,paid_at")
    labels = ["id,label,at", *(f"{crew[0]},fraud,2026-02-27T10:00:00" for crew in CREWS)]
    tables = {"accounts.csv": ids, "seen.csv": seen, "payments.csv": payments, "labels.csv": labels}
    shop = make_workspace(folder, MAP, {name: "\n".join(rows) + "\n" for name, rows in tables.items()})
    shop.load()
    shop.detect(workers=1)
    return shop


@dataclass(slots=True)
class Said:
    """What one command said; its own words are what whoever typed it knows already."""

    arguments: tuple[str, ...]
    code: int
    out: str
    err: str

    def leaks(self) -> list[str]:
        """Canaries on stderr that were not typed."""
        typed = " ".join(self.arguments).encode()
        found = (match.group() for match in CANARY.finditer(self.err.encode()))
        return sorted({each.decode() for each in found if each not in typed})


@dataclass(slots=True)
class Office:
    """The installed command in the shop, and everything that it ever said."""

    shop: Workspace
    keys: Path
    said: list[Said] = field(default_factory=list)

    def run(self, *arguments: str, by: str | None = None) -> Said:
        told = [*arguments]
        if arguments[:2] != ("enforce", "verify"):  # which needs none
            told += ["--workspace", str(self.shop.folder)]
        if by is not None:
            told += ["--by", by]
        done = subprocess.run(
            [str(Path(sys.executable).with_name("graphrisk")), *told],
            capture_output=True, text=True, encoding="utf-8", timeout=120, check=False,
            env={**os.environ, "LOGNAME": "eve", "GRAPHRISK_KEYS": str(self.keys)},
        )  # fmt: skip
        self.said.append(Said(arguments, done.returncode, done.stdout, done.stderr))
        return self.said[-1]

    def told(self, *arguments: str, by: str | None = None) -> dict:
        said = self.run(*arguments, "--json", by=by)
        assert said.code == 0, said.err
        return json.loads(said.out)

    @property
    def enforce(self) -> Path:
        return self.shop.folder / "enforce"


def read_plainly(path: Path) -> bytes:
    """A file's bytes; of Parquet, which is packed, its rows."""
    if path.suffix == ".parquet":
        return repr(pq.read_table(path).to_pylist()).encode()
    return path.read_bytes()


def files_with(folder: Path, *texts: str) -> list[str]:
    """Files beneath the folder that hold one of the texts, in any case."""
    wanted = [text.lower().encode() for text in texts]
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and any(text in read_plainly(path).lower() for text in wanted)
    )
