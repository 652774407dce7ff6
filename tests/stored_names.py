"""Histories of rings written into a store, for tests of what is remembered of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from random import Random

import duckdb
import pyarrow as pa
from handmade_shop import result_table
from ring_histories import Named, Registry

from graphrisk.flows.findings import RunTables
from graphrisk.model import tables
from graphrisk.model.runs import RunRecord
from graphrisk.registry.params import NameParams
from graphrisk.stores.duckdb.runs import RunStore
from graphrisk.stores.duckdb.schema import RESULT_TABLES

SHORT = NameParams(dissolve_after_count=3, memory_count=3)
START = datetime(2026, 3, 1)  # noqa: DTZ001 - naive UTC, as everywhere
NOTHING = RunTables(**{name: schema.empty_table() for name, schema in RESULT_TABLES})
RING = result_table("ring").slice(0, 1).to_pylist()[0]


def tables_of(run: Named) -> RunTables:
    rings = [{**RING, "ring_id": name, "size": len(ring)} for name, ring in run.rings.items()]
    carriers = [
        {"ring_id": name, "account_id": f"acc{account}", "weight": weight, "links_digest": "d"}
        for name, ring in run.rings.items()
        for account, weight in ring.items()
    ]
    events = [
        {
            "ring_id": each.name, "event": each.event.value, "other_ring_id": each.other_name,
            "account_count": each.account_count, "earlier_account_count": each.earlier_count,
        }
        for each in run.changes
    ]  # fmt: skip
    return replace(
        NOTHING,
        ring=pa.Table.from_pylist(rings, tables.RING),
        ring_carrier=pa.Table.from_pylist(carriers, tables.RING_CARRIER),
        ring_event=pa.Table.from_pylist(events, tables.RING_EVENT),
    )


def write(connection: duckdb.DuckDBPyConnection, run: Named, at: datetime, run_id: str) -> None:
    record = RunRecord(run_id, at, at, "{}", "digest", 0, (), (), (), 1)
    RunStore(connection).write_run(record, tables_of(run))


def random_history(seed: int) -> Registry:
    registry, random = Registry(SHORT), Random(seed)
    groups = [list(range(4)), list(range(4, 8)), list(range(8, 12)), list(range(12, 20))]
    for _ in range(8):
        rings = [[a for a in group if random.random() < 0.85] for group in groups if random.random() < 0.6]
        if len(rings) >= 2 and random.random() < 0.4:
            rings = [rings[0] + rings[1], *rings[2:]]
        registry.run([ring for ring in rings if len(ring) >= 2])
    return registry
