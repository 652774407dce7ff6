"""A small simulated marketplace, loaded once for all tests, with its truth beside it; and what a detection in
memory thinks of its accounts, whatever labels it is given."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from detect_fakes import NOON, CountingMeter, Kept
from numpy.typing import NDArray

from graphrisk.cli.app import main
from graphrisk.flows.detect import DetectParams, DetectSetting, KnownSource, detect_rings
from graphrisk.graph.links import SharedLinks
from graphrisk.graph.values import KindValues
from graphrisk.model.kinds import BUILT_IN_KINDS, IdentifierKind, KindSet
from graphrisk.model.known import NO_TIME, KnownAccounts
from graphrisk.risk.prior import Prior
from graphrisk.stores.duckdb.known import KnownReader
from graphrisk.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Market:
    """accounts: without any verdict. is_bad: [N], in a ring. folder: of the workspace."""

    accounts: KnownAccounts
    links: SharedLinks
    is_bad: NDArray[np.bool_]
    folder: Path

    def truth(self) -> NDArray[np.int8]:
        """[N] 1 for bad, -1 for good."""
        return np.where(self.is_bad, 1, -1).astype(np.int8)


@dataclass(frozen=True, slots=True)
class Judged:
    """risk: float64 [N]. regime, method: as the run's parameters name them. shift: of all log odds, because
    of how many were caught at each risk, in hundredths."""

    risk: NDArray[np.float64]
    regime: str
    method: str
    shift: int


@dataclass(frozen=True, slots=True)
class _InMemory:
    """Fits flows.detect.KnownSource."""

    accounts: KnownAccounts
    links: SharedLinks

    def latest_time(self) -> datetime | None:
        return NOON

    def read_known(self, as_of: datetime, kinds: KindSet) -> tuple[KnownAccounts, SharedLinks, str]:
        return self.accounts, self.links, "digest"

    def read_values(
        self, as_of: datetime, kinds: Sequence[IdentifierKind]
    ) -> tuple[tuple[KindValues, ...], str]:
        """No families: what is tested here is the same with them, and quicker without."""
        return (), "no values"


def make_market(folder: Path, account_count: int) -> Market:
    """One account in ten is in a ring. Everything is known but the verdicts."""
    tables = folder / "tables"
    asked = ["simulate", str(tables), "--accounts", str(account_count), "--hardness", "0.3"]
    assert main([*asked, "--seed", "5", "--fraud-share", "0.1"]) == 0
    shop = folder / "shop"
    assert main(["init", str(tables), "-w", str(shop)]) == 0
    Workspace.open(shop).load()
    with Workspace.open(shop).reading() as connection:
        reader = KnownReader(connection)
        latest = reader.latest_time()
        assert latest is not None
        accounts, links, _ = reader.read_known(latest, BUILT_IN_KINDS)
    truth = pq.read_table(tables / "truth" / "accounts.parquet")
    bad = dict(zip(truth["account_id"].to_pylist(), truth["is_fraud"].to_pylist(), strict=True))
    is_bad = np.array([bad[each] for each in accounts.account_ids.to_pylist()], dtype=np.bool_)
    unlabelled = replace(accounts, verdict=np.zeros(len(is_bad), dtype=np.int8))
    return Market(unlabelled, links, is_bad, shop)


def in_memory(market: Market) -> KnownSource:
    return _InMemory(market.accounts, market.links)


def judge(
    accounts: KnownAccounts, links: SharedLinks, verdict: NDArray[np.int8], prior: Prior | None
) -> Judged:
    """What the whole detection thinks of each account, as it is written."""
    kept = Kept()
    source = _InMemory(replace(accounts, verdict=verdict), links)
    setting = DetectSetting(CountingMeter(), prior=prior)
    detect_rings(source, kept, BUILT_IN_KINDS, DetectParams(), setting)
    ((record, tables),) = kept.runs
    parameters = json.loads(record.parameters)
    risk = tables.account_risk["risk"].to_numpy()
    shift = dict(record.counts)["risk_shift_hundredths"]
    return Judged(risk.astype(np.float64), parameters["labels"], parameters["judged_by"], shift)


def with_identifier(links: SharedLinks, kind: str, holders: NDArray[np.int64]) -> SharedLinks:
    """The same links and one more identifier of the kind, the last in it, which its two or more
    holders used once each, one after another at even distances over the whole time."""
    code = BUILT_IN_KINDS.names().index(kind)
    at = int(np.searchsorted(links.kind_code, code, side="right"))
    start = int(np.searchsorted(links.identifier, at))
    many = len(holders)
    known = links.first_seen_at[links.first_seen_at != NO_TIME]
    used_at = np.linspace(known.min(), known.max(), many).astype(np.int64)
    table = links.identifiers
    named = pa.table({"kind": [kind], "identifier": ["\U0010ffff"]}, schema=table.schema)
    return replace(
        links,
        identifiers=pa.concat_tables([table.slice(0, at), named, table.slice(at)]),
        account=np.insert(links.account, start, np.sort(holders)).astype(np.int32),
        identifier=np.concatenate(
            (links.identifier[:start], np.full(many, at), links.identifier[start:] + 1)
        ).astype(np.int32),
        kind_code=np.insert(links.kind_code, at, code),
        holder_count=np.insert(links.holder_count, at, many),
        first_seen_at=np.insert(links.first_seen_at, start, used_at),
        last_seen_at=np.insert(links.last_seen_at, start, used_at),
        event_count=np.insert(links.event_count, start, np.ones(many, dtype=np.int64)),
    )
