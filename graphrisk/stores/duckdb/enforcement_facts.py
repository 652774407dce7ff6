"""Reads what a plan is made from: what a run and the tables say of the members of rings, nothing later than
the run's as-of, and without what judgements that stood in the run reject."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import fields
from functools import cache
from itertools import islice
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from graphrisk.enforce.facts import MemberFacts, RunFacts, SharedThing
from graphrisk.flows.suspect import Method
from graphrisk.model.enforcement import Money
from graphrisk.model.judgements import JUDGEMENT_HELD, Judgement
from graphrisk.model.known import LARGEST_AMOUNT
from graphrisk.model.rings import Detector, MemberRole
from graphrisk.model.runs import RunRecord
from graphrisk.model.verdicts import Verdict
from graphrisk.registry.judgement_rows import judgement_of
from graphrisk.stores.duckdb import enforcement_queries as queries
from graphrisk.stores.duckdb.arrays import Value, int32s, one_chunk, read_arrow
from graphrisk.stores.duckdb.known import known_tables
from graphrisk.stores.duckdb.known_links import TIMES, heard_query

ACTIVE_DAYS = 90


class EnforcementFacts:
    """Fits flows.enforcement.plan.FactsReader."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def read_run_facts(self, run: RunRecord) -> RunFacts:
        with known_tables(self._connection, (), run.as_of):
            markets = self._connection.execute(
                queries.ACTIVE, {"as_of": run.as_of, "days": ACTIVE_DAYS}
            ).fetchall()
        return RunFacts(
            run_id=run.run_id,
            as_of=run.as_of,
            is_calibrated=_is_calibrated(run),
            account_count=sum(count for _, count, _ in markets),
            active_by_market=tuple((market, active) for market, _, active in markets),
            data_digest=self._digest(queries.FILES),
            judgements_digest=self._digest(queries.JUDGEMENTS),
        )

    def read_good(self, run: RunRecord) -> frozenset[str]:
        """Accounts of which the labels known at as-of, judged ones too, say that they are good."""
        told: dict[str, Value] = {"as_of": run.as_of, "bad": Verdict.BAD.value, "good": Verdict.GOOD.value}
        with known_tables(self._connection, self._held(run), run.as_of):
            rows = self._connection.execute(queries.GOOD, told).fetchall()
        return frozenset(str(account) for (account,) in rows)

    def read_member_facts(
        self, run: RunRecord, ring_ids: Sequence[str] | None = None
    ) -> Iterator[MemberFacts]:
        """The members of these rings, None: of all, by ring and account. Everything is read from the
        database before the first is given."""
        of_run: dict[str, Value] = {"run": run.run_id}
        at: dict[str, Value] = {"as_of": run.as_of}
        verdicts: dict[str, Value] = {"bad": Verdict.BAD.value, "good": Verdict.GOOD.value}
        with known_tables(self._connection, self._held(run), run.as_of):
            try:
                self._prepare(run, ring_ids)
                members = read_arrow(self._connection, queries.MEMBERS, of_run | at | verdicts)
                things = read_arrow(self._connection, queries.THINGS, of_run)
                money = read_arrow(self._connection, queries.MONEY, at)
            finally:
                for name in queries.TABLES:
                    self._connection.execute(f"DROP TABLE IF EXISTS {name}")
        return _join_facts(members, things, money)

    def _prepare(self, run: RunRecord, ring_ids: Sequence[str] | None) -> None:
        timed, untimed = (heard_query(self._connection, times) for times in (TIMES, ""))
        chosen = {"run": run.run_id, "everyone": ring_ids is None, "rings": list(ring_ids or ())}
        self._connection.execute(queries.CHOSEN, chosen)
        self._connection.execute(
            queries.OWN.format(heard=timed), {"as_of": run.as_of, "most": LARGEST_AMOUNT}
        )
        self._connection.execute(queries.SHARED)
        self._connection.execute(queries.HOLDERS.format(heard=untimed), {"as_of": run.as_of})

    def _held(self, run: RunRecord) -> list[Judgement]:
        """What stood in the run, whatever was judged or withdrawn after it."""
        columns = ", ".join(JUDGEMENT_HELD.names)
        rows = self._connection.execute(
            f"SELECT {columns} FROM judgement_held WHERE run_id = ?", [run.run_id]
        ).fetchall()
        return [judgement_of(dict(zip(JUDGEMENT_HELD.names, row, strict=True))) for row in rows]

    def _digest(self, query: str) -> str:
        """SHA-256 of all rows."""
        rows = self._connection.execute(query).fetchall()
        return hashlib.sha256(json.dumps(rows).encode()).hexdigest()


def _is_calibrated(run: RunRecord) -> bool:
    told = json.loads(run.parameters)
    return isinstance(told, dict) and told.get("judged_by") == Method.PRIOR.value


def _join_facts(members: pa.Table, things: pa.Table, money: pa.Table) -> Iterator[MemberFacts]:
    """members: one row for each of the numbers 0, 1, ...; the others sorted by `member`."""
    thing_count, money_count = (_count_rows(table, members.num_rows) for table in (things, money))
    shared = map(SharedThing, *(_values(things, name) for name in _THING))
    moved = zip(*(_values(money, name) for name in _MONEY), strict=True)
    facts = zip(*(_values(members, name) for name in _MEMBER), strict=True)
    for (verdict, low, high, role, detectors, *told), of_things, of_money in zip(
        facts, thing_count, money_count, strict=True
    ):
        account_id, ring_id, ring_score, confidence, risk, not_automatic, market, event_count = told
        held = tuple(islice(shared, of_things))
        amounts = tuple(islice(moved, of_money))
        yield MemberFacts(
            account_id=account_id, ring_id=ring_id, ring_score=ring_score, role=MemberRole(role),
            confidence=confidence, risk=risk, risk_low=risk if low is None else low,
            risk_high=risk if high is None else high, not_automatic=not_automatic,
            detectors=_read_detectors(detectors), market=market, is_labelled_bad=verdict > 0,
            is_labelled_good=verdict < 0,
            payment_count=sum(row[0] for row in amounts), lost_payment_count=sum(row[1] for row in amounts),
            turnover_share=sum(row[2] for row in amounts), loss_share=sum(row[3] for row in amounts),
            money=tuple(Money(*row[4:]) for row in amounts), event_count=event_count,
            shared_event_count=sum(thing.event_count for thing in held), things=held,
        )  # fmt: skip


_THING = tuple(each.name for each in fields(SharedThing))
_MONEY = (
    "payment_count", "lost_count", "turnover_share", "loss_share", *(each.name for each in fields(Money)),
)  # fmt: skip
_MEMBER = (
    "verdict", "risk_low", "risk_high", "role", "detectors", "account_id", "ring_id", "ring_score",
    "confidence", "risk", "not_automatic", "market", "event_count",
)  # fmt: skip


@cache
def _read_detectors(names: str) -> tuple[Detector, ...]:
    return tuple(Detector(name) for name in names.split(",") if name)


def _count_rows(table: pa.Table, member_count: int) -> list[int]:
    counts: list[int] = np.bincount(int32s(table["member"]), minlength=member_count).tolist()
    return counts


def _values(table: pa.Table, name: str) -> list[Any]:
    """Of a column, None for null. Of equal texts one object, and times without pyarrow's detour."""
    column = one_chunk(table[name])
    if pa.types.is_string(column.type):
        coded = column.dictionary_encode()
        texts = coded.dictionary.to_pylist()
        return [None if at is None else texts[at] for at in coded.indices.to_pylist()]
    is_time = pa.types.is_timestamp(column.type)
    values: list[Any] = (
        np.asarray(column, dtype="datetime64[us]").astype(object).tolist() if is_time else column.to_pylist()
    )
    return values
