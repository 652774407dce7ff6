"""Does a synthetic world give its rings away? What a single column, or a trivial count, says about is_fraud.

A world is worth testing on only if what is easy fails: sorting by one column must say little, and so must the
size of a naive component. The labels table is left out: to say who is bad is its purpose.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import scipy.sparse as sp

from graphrisk.evaluate.column_statistics import Statistic, positions_of, state_columns
from graphrisk.evaluate.membership import BoolArray, FloatArray, IntArray
from graphrisk.evaluate.metrics import Ranking, count_into, measure_ranking

NOT_EVIDENCE = ("labels",)
NAIVE_DEGREE = 10  # what a naive component takes for an identifier that is not shared by chance
BASELINE = "baseline"


@dataclass(frozen=True, slots=True)
class Leak:
    """How well accounts sorted by one statistic, falling or rising, whichever is better, have the bad ones
    first.

    auroc: 0.5 to 1. average_precision: the share of bad accounts for a statistic that says nothing.
    """

    table: str
    column: str
    statistic: str
    auroc: float
    average_precision: float


def find_leaks(tables: Mapping[str, pa.Table], truth: pa.Table) -> tuple[Leak, ...]:
    """All statistics, worst leak first: by AUROC above 0.5, then by name. truth: account_id, is_fraud."""
    account_ids = truth["account_id"].combine_chunks()
    is_bad = np.asarray(truth["is_fraud"].to_numpy(), dtype=bool)
    evidence = {name: table for name, table in tables.items() if name not in NOT_EVIDENCE}
    statistics = chain(state_columns(evidence, account_ids), state_baselines(evidence, account_ids))
    leaks = [_measure(statistic, is_bad) for statistic in statistics]
    return tuple(sorted(leaks, key=lambda leak: (-leak.auroc, leak.table, leak.column, leak.statistic)))


def _measure(statistic: Statistic, is_bad: BoolArray) -> Leak:
    values = statistic.values
    below = np.nanmin(values, initial=0.0) - 1.0
    known = np.where(np.isnan(values), below, values)
    (falling_ap, falling_auroc), (rising_ap, rising_auroc) = _rank(known, is_bad), _rank(-known, is_bad)
    return Leak(
        statistic.table,
        statistic.column,
        statistic.name,
        max(falling_auroc, rising_auroc),
        max(falling_ap, rising_ap),
    )


def _rank(scores: FloatArray, is_bad: BoolArray) -> tuple[float, float]:
    """(average precision, AUROC); accounts of equal score stand or fall together."""
    ranking = Ranking.of(scores[is_bad], scores[~is_bad])
    bad = count_into(ranking.level_of_bad, ranking.level_count)
    innocent = count_into(ranking.bucket_of_innocent, 2 * ranking.level_count + 1)
    ap, auroc = measure_ranking(bad[None], innocent[None])
    return float(ap[0]), float(auroc[0])


def state_baselines(tables: Mapping[str, pa.Table], account_ids: pa.Array) -> Iterator[Statistic]:
    """Counts of what is shared, and the size of the component over shared devices, instruments and
    addresses.
    """
    columns = _identifier_columns(tables)
    holders = {
        kind: _hold(place, values, len(account_ids))
        for kind, (place, values) in _placed(columns, account_ids)
    }
    strong = sp.hstack([held for kind, held in holders.items() if kind != "ip"]).tocsr()
    every = sp.hstack(list(holders.values())).tocsr()
    yield Statistic(BASELINE, "all", "identifiers", _row_sums(every))
    yield Statistic(
        BASELINE, "all", "identifiers shared by 2 or more", _row_sums(every[:, _degrees(every) >= 2])
    )
    for kind, held in holders.items():
        yield Statistic(BASELINE, kind, "shared by 2 or more", _row_sums(held[:, _degrees(held) >= 2]))
        close = (_degrees(held) >= 2) & (_degrees(held) <= NAIVE_DEGREE)
        yield Statistic(BASELINE, kind, f"shared by 2 to {NAIVE_DEGREE}", _row_sums(held[:, close]))
    degrees = _degrees(strong)
    naive = strong[:, (degrees >= 2) & (degrees <= NAIVE_DEGREE)]
    _, component = sp.csgraph.connected_components(naive @ naive.T, directed=False)
    yield Statistic(BASELINE, "all", "component size", np.bincount(component)[component].astype(np.float64))


def _identifier_columns(tables: Mapping[str, pa.Table]) -> dict[str, tuple[pa.ChunkedArray, pa.ChunkedArray]]:
    addresses = tables["addresses"]
    text = pc.utf8_lower(
        pc.binary_join_element_wise(addresses["line"], addresses["city"], addresses["postcode"], " ")
    )
    sessions, instruments = tables["sessions"], tables["instruments"]
    return {
        "device": (sessions["account_id"], sessions["device_id"]),
        "ip": (sessions["account_id"], sessions["ip"]),
        "instrument": (instruments["account_id"], instruments["instrument_id"]),
        "address": (addresses["account_id"], text),
    }


def _placed(
    columns: Mapping[str, tuple[pa.ChunkedArray, pa.ChunkedArray]], account_ids: pa.Array
) -> Iterator[tuple[str, tuple[IntArray, pa.ChunkedArray]]]:
    for kind, (owner, values) in columns.items():
        yield kind, (positions_of(owner, account_ids), values)


def _hold(place: IntArray, values: pa.ChunkedArray, account_count: int) -> sp.csr_matrix:
    """(accounts, identifiers) with 1 where the account has the identifier."""
    encoded = values.combine_chunks().dictionary_encode()
    codes = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    told = (codes >= 0) & (place >= 0)
    shape = (account_count, len(encoded.dictionary))
    held = sp.csr_matrix((np.ones(int(told.sum())), (place[told], codes[told])), shape=shape)
    held.data[:] = 1.0
    return held


def _degrees(held: sp.csr_matrix) -> IntArray:
    return np.bincount(held.indices, minlength=held.shape[1]).astype(np.int64)


def _row_sums(held: sp.csr_matrix) -> FloatArray:
    return np.asarray(held.sum(axis=1), dtype=np.float64).ravel()
