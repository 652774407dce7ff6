"""A workspace written by hand: five tables of a small shop, and two runs' results as if they had been found.

RING-ALPHA    acc1 acc2 acc3 (core) share device D1; acc4 (fringe) shares card C1 with acc3
RING-HOSTILE  names that attack whoever prints, parses or opens them; they share device D9
acc5, acc6    in no ring; with acc4 they share the office's IP; acc7 signed up after the runs' as-of
"""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa

from graphrisk.model import tables
from graphrisk.stores.duckdb.schema import RESULT_TABLES
from graphrisk.workspace import Workspace

FORMULA = "=cmd|'/C calc'!A0"
BIDI = "evil\u202egnp.exe"
SQL = "'; DROP TABLE ring;--"
MARKUP = "[bold red]x[/]<script>"
HOSTILE = (FORMULA, BIDI, SQL, MARKUP)
SCREEN_WIPE = "Zed\x1b[2J"
AS_OF = datetime(2026, 3, 1)  # noqa: DTZ001 - naive UTC, as everywhere

CONFIG = """
data = "tables"
[tables.accounts]
files = ["accounts.csv"]
[tables.accounts.account]
id = "account_id"
created_at = "created_at"
display_name = "display_name"
[tables.sessions]
files = ["sessions.csv"]
[[tables.sessions.link]]
kind = "device"
account = "account_id"
identifier = "device_id"
seen_at = "seen_at"
[[tables.sessions.link]]
kind = "ip"
account = "account_id"
identifier = "ip"
seen_at = "seen_at"
[tables.instruments]
files = ["instruments.csv"]
[[tables.instruments.link]]
kind = "instrument"
account = "account_id"
identifier = "instrument_id"
[tables.payments]
files = ["payments.csv"]
[tables.payments.payment]
id = "payment_id"
payer = "payer_id"
payee = "payee_id"
amount = "amount"
currency = "currency"
status = "status"
paid_at = "paid_at"
[tables.labels]
files = ["labels.csv"]
[tables.labels.label]
account = "account_id"
verdict = "label"
reported_at = "reported_at"
"""

ACCOUNTS = ["acc1", "acc2", "acc3", "acc4", "acc5", "acc6", *HOSTILE]
OFFICE = "93.184.216.34"


def make_shop(folder: Path) -> Workspace:
    """Write the tables, load them, and store the two runs: `run-old` and, an hour later, `run-new`."""
    data = folder / "tables"
    data.mkdir(parents=True)
    (folder / "graphrisk.toml").write_text(CONFIG, encoding="utf-8")
    early, late = "2026-01-05T10:00:00", "2026-06-01T10:00:00"
    _write(
        data / "accounts.csv",
        ["account_id", "created_at", "display_name"],
        [[a, early, SCREEN_WIPE if a == "acc5" else a] for a in ACCOUNTS] + [["acc7", late, "Late"]],
    )
    _write(
        data / "sessions.csv",
        ["account_id", "device_id", "ip", "seen_at"],
        [[a, "D1", "", early] for a in ("acc1", "acc2", "acc3")]
        + [[a, "", OFFICE, early] for a in ("acc4", "acc5", "acc6")]
        + [[a, "D9", "", early] for a in HOSTILE]
        + [["acc7", "D1", "", late]],
    )
    _write(
        data / "instruments.csv",
        ["account_id", "instrument_id"],
        [["acc3", "C1"], ["acc4", "C1"], ["acc1", "C2"]],
    )
    _write(
        data / "payments.csv",
        ["payment_id", "payer_id", "payee_id", "amount", "currency", "status", "paid_at"],
        [
            ["p1", "acc1", "acc5", "12.50", "EUR", "paid", early],
            ["p2", "acc1", "acc5", "7.50", "EUR", "paid", early],
            ["p3", "acc2", "acc1", "100", "JPY", "chargeback", early],
            ["p4", "acc1", "acc5", "99", "EUR", "paid", late],
        ],
    )
    _write(
        data / "labels.csv",
        ["account_id", "label", "reported_at"],
        [["acc2", "fraud", early], ["acc5", "legit", early], ["acc1", "fraud", late]],
    )
    shop = Workspace.open(folder)
    shop.load()
    with shop.writing() as connection:
        for run_id, hour in (("run-old", 9), ("run-new", 10)):
            _store(connection, run_id, AS_OF + timedelta(hours=hour))
    return shop


def _write(path: Path, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])


def _store(connection, run_id: str, started_at: datetime) -> None:
    connection.execute(
        "INSERT INTO run VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            run_id,
            started_at,
            AS_OF,
            "{}",
            "digest",
            1,
            json.dumps({"graphrisk": "0"}),
            json.dumps({"accounts": 10, "rings": 2}),
            json.dumps({"project": 0.5}),
            1_000_000,
        ],
    )
    for name, _ in RESULT_TABLES:
        rows = RESULTS[name]
        holes = ", ".join("?" * (len(rows[0]) + 1))
        connection.executemany(f"INSERT INTO {name} VALUES ({holes})", [[run_id, *row] for row in rows])


# bits: log2(m_t (N - 1) / (k - 1)) with N = 10: device of 3 log2(9 / 2) = 2.17; of 4 log2(9 / 3) = 1.58;
# card of 2 log2(0.9 * 9 / 1) = 3.02
RESULTS: dict[str, list[tuple[object, ...]]] = {
    "ring": [
        (
            "RING-ALPHA",
            0.9,
            4,
            3,
            1,
            0,
            "components",
            123450,
            "EUR",
            "household",
            -2.1,
            "share a device and a card",
        ),
        ("RING-HOSTILE", 0.4, 4, 4, 0, 0, "components", 0, None, None, None, f"all hold D9 {FORMULA}"),
    ],
    "ring_member": [
        (
            "RING-ALPHA",
            "acc1",
            "core",
            0.31,
            1.0,
            0.8,
            2.17,
            "same device as 2 others",
            None,
            "identity,cash_out",
        ),
        (
            "RING-ALPHA",
            "acc2",
            "core",
            0.31,
            1.0,
            0.95,
            2.17,
            "same device as 2 others",
            None,
            "identity,cash_out",
        ),
        (
            "RING-ALPHA",
            "acc3",
            "core",
            0.36,
            1.0,
            0.7,
            2.17,
            "same device as 2 others",
            None,
            "identity,cash_out",
        ),
        (
            "RING-ALPHA",
            "acc4",
            "fringe",
            0.15,
            0.625,
            0.5,
            3.02,
            "same payment instrument as 1 other",
            f"at the edge of the ring {FORMULA}",
            "identity",
        ),
        *(
            ("RING-HOSTILE", name, "core", 0.23, None, 0.3, 1.58, "same device as 3 others", None, "identity")
            for name in HOSTILE
        ),
    ],
    "ring_signal": [
        ("RING-ALPHA", "surprise", 12.5, 0.6, "chance gives one such ring in 10^12"),
        ("RING-ALPHA", "known_bad", 0.25, 0.3, "1 of 4 members is known bad"),
        ("RING-HOSTILE", "surprise", 3.0, 0.4, SCREEN_WIPE),
    ],
    "ring_innocence": [
        ("RING-ALPHA", "household", -2.1, "for it: 4 members; against it: charged back"),
        ("RING-ALPHA", "agency", -3.5, "against it: charged back"),
    ],
    "ring_tie": [
        (
            "RING-ALPHA",
            "RING-HOSTILE",
            4.5,
            1,
            1,
            f"same ip {FORMULA} (5 accounts ever) and payments to acc5",
        ),
    ],
    "ring_exposure": [
        ("RING-ALPHA", "EUR", 2, 2000, 0, 0, 0, 0),
        ("RING-ALPHA", "JPY", 1, 100, 100, 0, 1, 100),
    ],
    "evidence": [
        ("RING-ALPHA", "acc2", "acc1", "device", "D1", 3, 2.17, 0.31),
        ("RING-ALPHA", "acc3", "acc1", "device", "D1", 3, 2.17, 0.31),
        ("RING-ALPHA", "acc4", "acc3", "instrument", "C1", 2, 3.02, 0.45),
        ("RING-ALPHA", "acc1", "acc2", "device", "D1", 3, 2.17, 0.31),
        *(("RING-HOSTILE", name, SQL, "device", "D9", 4, 1.58, 0.23) for name in HOSTILE if name != SQL),
    ],
    "account_risk": [
        ("acc1", 0.8, 0.6, 0.9, 0.2, "RING-ALPHA", "in RING-ALPHA"),
        ("acc2", 0.95, 0.9, 0.97, 0.5, "RING-ALPHA", "known bad"),
        ("acc3", 0.7, 0.5, 0.85, 0.2, "RING-ALPHA", "in RING-ALPHA"),
        ("acc4", 0.5, 0.3, 0.7, 0.1, "RING-ALPHA", "in RING-ALPHA"),
        ("acc5", 0.02, None, None, -0.5, None, "known good"),
        ("acc6", 0.1, 0.05, 0.2, 0.0, None, "nothing speaks against it"),
        *((name, 0.3, 0.2, 0.45, 0.0, "RING-HOSTILE", "in RING-HOSTILE") for name in HOSTILE),
    ],
    "belief_source": [
        ("acc1", "device", "D1", 0.16, "acc2", 0.25),
        ("acc1", "address", SCREEN_WIPE, -0.04, SQL, -0.03),
    ],
    "belief_seed": [
        ("acc1", "acc2", 0.25),
        ("acc4", SQL, -0.03),
    ],
    "identifier_risk": [
        ("device", "D1", 0.92, 3, "RING-ALPHA", 3, "ring", "used by suspicious accounts"),
        ("device", SCREEN_WIPE, 0.4, 4, "RING-HOSTILE", 4, "household", f"used together {FORMULA}"),
        ("instrument", "C1", 0.15, 2, None, 0, "passed_on", "many small things together"),
    ],
    "judgement_held": [
        (
            "J-OFFICE",
            "identifier",
            "reject",
            None,
            "ip",
            OFFICE,
            None,
            SQL,
            AS_OF,
            f"an office {SCREEN_WIPE} {BIDI}",
            None,
            None,
            "ties nobody",
        ),
        (
            "J-ACC5",
            "account",
            "reject",
            "acc5",
            None,
            None,
            None,
            MARKUP,
            AS_OF,
            FORMULA,
            None,
            None,
            "a label: good",
        ),
    ],
    "judged_label": [("acc5", "good", AS_OF, f"rejected by {MARKUP}: {FORMULA}", "J-ACC5")],
    "ring_event": [
        ("RING-ALPHA", "grew", None, 4, 2),
        ("RING-HOSTILE", "born", "RING-ALPHA", 4, 0),
        ("RING-OLD", "merged", "RING-ALPHA", 0, 3),
    ],
    "ring_move": [("RING-OLD", "RING-ALPHA", 2, 1)],
    "ring_carrier": [
        *(("RING-ALPHA", name, 1.0, "a1") for name in ("acc1", "acc2", "acc3")),
        ("RING-ALPHA", "acc4", 0.2, "a2"),
        *(("RING-HOSTILE", name, 0.75, "h") for name in HOSTILE),
    ],
}


def result_table(name: str) -> pa.Table:
    """The rows above as Arrow, for what takes results without a store."""
    schema: pa.Schema = dict(RESULT_TABLES)[name]
    return pa.table([list(column) for column in zip(*RESULTS[name], strict=True)], schema=schema)


assert set(RESULTS) == {name for name, _ in RESULT_TABLES}
assert tables.RING.names == result_table("ring").column_names
