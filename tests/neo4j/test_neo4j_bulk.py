"""Files for Neo4j's own importer: what it makes of them is, to the last property, what a push writes."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from forked_push import push_through
from graph_snapshots import read_elements, read_graph
from neo4j_server import QUICK_START, Neo4jProcess, Neo4jServer, admin_command, wipe
from small_market import make_market, set_batch_rows

from graphrisk.workspace import Workspace

StartNeo4j = Callable[..., Neo4jProcess]
IMPORT_SECONDS = 120.0
LONG = "10 kB " + "é😀;'\"\\" * 1500
# What loading would refuse or trim; put in afterwards, for a workspace that was filled in some other way
PLACED = {"¶": "\n", "¤": "\r\n", "§": "\t", "¦": "\u0007", "·": " "}
HOSTILE = (
    "semi;colon;", 'say "x"', "it's", "line¶break", "carriage¤return", "§tab before and after§", "·blanks··",
    "\u00a0no-break blanks\u00a0", "comma,comma", "back`tick", "\\u0060", "back\\slash\\", "null", "true",
    "-0", "007", "1e3", "--overwrite-destination", "$(touch owned)", "${IFS}", "*", "[a-z]+", "bell¦bell",
    "\ufeffmark", "evil\u202egnp", "😀👨\u200d👩", "e\u0301", "\u00e9", "Case", "case", "(Account)", ":ID",
    "=1+1", LONG,
)  # fmt: skip
NOBODY = "--nobody;¶"  # was only paid
NEIGHBOURS = (*HOSTILE[1:], HOSTILE[0])
FINE = datetime(2024, 1, 5, 10, 0, 0, 123_987)  # noqa: DTZ001 - naive UTC; finer than what Neo4j is told
SECTION = """
[limits]
max_value_chars = 20000
[kinds.match]
label = "Order"
relationship = "MATCH"
"""


@pytest.mark.slow
def test_what_was_imported_is_what_a_push_writes_whatever_the_names(
    neo4j_server: Neo4jServer, start_neo4j: StartNeo4j, tmp_path: Path
) -> None:
    market = make_market(tmp_path)
    set_batch_rows(market, 10_000)
    add_hostile_rows(market)
    folder, home = tmp_path / "a (b)+, 'c'; $(touch owned)", tmp_path / "home"
    told = bulk(market, folder)
    run_import(folder, home)
    wipe(neo4j_server)
    push_through(market, neo4j_server, tmp_path)
    pushed = read_graph(neo4j_server)
    with start_neo4j(home) as process:
        assert pushed.difference(read_graph(process.server)) == ""
        names = process.server.run("MATCH (a:Account) RETURN coalesce(a.long_id, a.id) AS name")
        assert {*placed((*HOSTILE, NOBODY))} <= {row["name"] for row in names}
        before = read_elements(process.server)
        assert push_through(market, process.server, tmp_path) == 0
        assert read_elements(process.server) == before
        assert pushed.difference(read_graph(process.server)) == ""
    assert told == {"nodes": len(pushed.nodes), "relationships": len(pushed.relationships)}
    assert not list(tmp_path.rglob("owned"))


def bulk(shop: Path, folder: Path) -> dict[str, int]:
    """How many rows the files have, of each kind."""
    command = [sys.executable, "-m", "graphrisk", "neo4j", "bulk", folder, "--workspace", shop, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=IMPORT_SECONDS)
    assert done.returncode == 0, done.stderr
    rows = {"nodes": 0, "relationships": 0}
    for part in json.loads(done.stdout)["parts"]:
        rows[part["kind"]] += part["row_count"]
    return rows


def run_import(folder: Path, home: Path) -> None:
    """import.sh, where `neo4j-admin` is the importer of a server in `home`."""
    command, variables = admin_command(home)
    programs = home / "bin"
    programs.mkdir()
    (programs / "neo4j-admin").write_text(f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n', encoding="utf-8")
    (programs / "neo4j-admin").chmod(0o755)
    variables |= {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "HEAP_SIZE": "512m"}
    variables["JDK_JAVA_OPTIONS"] = " ".join(QUICK_START)  # for the process that it starts
    done = subprocess.run(
        ["/bin/sh", folder / "import.sh"],
        env=variables, cwd=home, capture_output=True, text=True, check=False, timeout=IMPORT_SECONDS,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def add_hostile_rows(shop: Path) -> None:
    """Hostile texts wherever a table has a text, in what was observed and in what the run found."""
    config, tables, count = shop / "graphrisk.toml", shop.parent / "tables", len(HOSTILE)
    config.write_text(config.read_text().replace('kind = "instrument"', 'kind = "match"', 1) + SECTION)
    write(
        tables / "accounts-2.parquet",
        account_id=HOSTILE, role=HOSTILE, market=NEIGHBOURS, display_name=NEIGHBOURS,
        created_at=[FINE] * count,
    )  # fmt: skip
    write(tables / "sessions-2.parquet", account_id=HOSTILE, device_id=NEIGHBOURS, seen_at=[FINE] * count)
    write(tables / "instruments-2.parquet", account_id=HOSTILE, instrument_id=HOSTILE)
    write(
        tables / "payments-2.parquet",
        payment_id=[f"pay {text}" for text in HOSTILE], payer_id=HOSTILE,
        payee_id=[*NEIGHBOURS[:-1], NOBODY], amount=[Decimal("12.34")] * count, category=NEIGHBOURS,
        currency=["EUR"] * count, status=HOSTILE, paid_at=[FINE] * count,
    )  # fmt: skip
    report = Workspace.open(shop).load()
    assert sum(table.bad_count for table in report.tables) == 0
    with Workspace.open(shop).writing() as connection:
        for table, column in (
            ("account_key", "account_id"), ("account", "display_name"), ("identifier_key", "identifier"),
            ("link", "raw"), ("payment", "payment_id"), ("payment", "category"),
        ):  # fmt: skip
            for mark, text in PLACED.items():
                connection.execute(f"UPDATE {table} SET {column} = replace({column}, ?, ?)", [mark, text])
        run_id, ring_id = connection.execute("SELECT run_id, min(ring_id) FROM ring GROUP BY 1").fetchall()[0]
        for account, other in zip(placed(HOSTILE), placed(NEIGHBOURS), strict=True):
            for name, row in (
                ("account_risk", [account, len(account) / 10_000, None, 1.0, -0.0, None, other]),
                ("ring_member", [ring_id, account, "fringe", 0.5, None, 0.1, 5e-324, other, other, ""]),
                ("evidence", [ring_id, account, other, "match", account, 1, 1.5, 0.1]),
            ):
                holes = ", ".join("?" * len(row))
                connection.execute(f"INSERT INTO {name} VALUES ('{run_id}', {holes})", row)
        connection.execute("UPDATE ring SET reasons = ? WHERE ring_id = ?", [LONG, ring_id])


def write(table: Path, **columns: Sequence[object]) -> None:
    """Beside the table that the mapping names."""
    pq.write_table(pa.table({name: pa.array(values) for name, values in columns.items()}), table)


def placed(texts: Sequence[str]) -> list[str]:
    told = []
    for text in texts:
        for mark, meant in PLACED.items():
            text = text.replace(mark, meant)  # noqa: PLW2901
        told.append(text)
    return told
