"""What each run found and what came out of it, on one list of accounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graphrisk.evaluate.backtest.outcomes import Matured, Outcomes, mature
from graphrisk.evaluate.membership import BoolArray, FloatArray, IntArray, Membership

# Identifiers of more holders do not make two bad accounts one case
MOST_HOLDERS = 10


@dataclass(frozen=True, slots=True)
class DatedRun:
    """rings: ring_id, score. members: ring_id, account_id. risks: account_id (sorted), risk, of every account
    known at as_of (naive UTC).

    shared_count: int64 [risks], identifiers that the account shared with others by then. holder, thing: int64
    [H], the row in risks and the number of an identifier, of those with MOST_HOLDERS or fewer. judged:
    string array, accounts that judgements had labelled by then.
    """

    run_id: str
    as_of: datetime
    rings: pa.Table
    members: pa.Table
    risks: pa.Table
    shared_count: IntArray
    holder: IntArray
    thing: IntArray
    judged: pa.Array


@dataclass(frozen=True, slots=True)
class Standing:
    """One run over accounts [A], those of the last run; where this one did not know an account yet, risk and
    shared_count are 0.

    may_count: known then, and without a verdict then. rings: by falling score. ring_of: [A], NO_RING for
    none.
    """

    run_id: str
    as_of: datetime
    is_known: BoolArray
    risk: FloatArray
    shared_count: IntArray
    rings: Membership
    ring_score: FloatArray
    ring_of: IntArray
    may_count: BoolArray
    matured: Matured

    @property
    def as_of_us(self) -> int:
        return microseconds(self.as_of)


def microseconds(at: datetime) -> int:
    """Of naive UTC."""
    since = at.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def place_run(run: DatedRun, account_ids: pa.Array, outcomes: Outcomes, horizon_days: int) -> Standing:
    count = len(account_ids)
    at = positions(run.risks["account_id"], account_ids)
    is_known, risk, shared = np.zeros(count, np.bool_), np.zeros(count), np.zeros(count, np.int64)
    is_known[at] = True
    risk[at] = run.risks["risk"].to_numpy()
    shared[at] = run.shared_count
    filled = pc.is_in(run.rings["ring_id"], value_set=pc.unique(run.members["ring_id"]))
    rings = run.rings.filter(filled).sort_by([("score", "descending"), ("ring_id", "ascending")])
    ring = positions(run.members["ring_id"], rings["ring_id"].combine_chunks())
    membership = Membership.of(ring, positions(run.members["account_id"], account_ids), rings.num_rows)
    matured = mature(outcomes, microseconds(run.as_of), horizon_days)
    was_labelled = matured.was_labelled | np.asarray(pc.is_in(account_ids, value_set=run.judged))
    return Standing(
        run_id=run.run_id, as_of=run.as_of, is_known=is_known, risk=risk, shared_count=shared,
        rings=membership, ring_score=rings["score"].to_numpy(), ring_of=membership.first_rings(count),
        may_count=is_known & ~was_labelled, matured=matured,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class RingTally:
    """What came out of a run's rings with a member that may count, over those R of them, in their order.

    score, size: [R]. account: [R], one of its members. bad_count, good_count: [R], of its members that may
    count. reason: [R], the most frequent reason among the bad ones (the first of several), -1 without.
    """

    score: FloatArray
    size: FloatArray
    account: IntArray
    bad_count: FloatArray
    good_count: FloatArray
    reason: IntArray


def tally_rings(standing: Standing, kind: IntArray) -> RingTally:
    """kind: [A], of what reason or typology each bad account is, -1 where nobody says."""
    rings, matured = standing.rings, standing.matured
    rows = standing.may_count[rings.account]
    open_count = np.bincount(rings.ring[rows], minlength=rings.ring_count)
    kept = np.flatnonzero(open_count)
    bad = rows & matured.is_bad[rings.account]
    good = rows & matured.is_good[rings.account]
    first = np.unique(rings.ring, return_index=True)[1]
    return RingTally(
        score=standing.ring_score[kept],
        size=rings.sizes()[kept].astype(np.float64),
        account=rings.account[first][kept],
        bad_count=np.bincount(rings.ring[bad], minlength=rings.ring_count)[kept].astype(np.float64),
        good_count=np.bincount(rings.ring[good], minlength=rings.ring_count)[kept].astype(np.float64),
        reason=_most_frequent(rings.ring[bad], kind[rings.account[bad]], rings.ring_count)[kept],
    )


def positions(ids: pa.ChunkedArray, among: pa.Array) -> IntArray:
    """Raises ValueError for an id that is not there: the last run knows every account."""
    found = pc.index_in(ids, value_set=among)
    if found.null_count:
        raise ValueError("an earlier run knows an account, or a member names a ring, that the last does not")
    return np.asarray(found.to_numpy(), dtype=np.int64)


def everybody(runs: Sequence[DatedRun]) -> pa.Array:
    """string [A], sorted: whom the last run knew."""
    return runs[-1].risks["account_id"].combine_chunks()


def _most_frequent(ring: IntArray, kind: IntArray, ring_count: int) -> IntArray:
    told = kind >= 0
    width = int(kind.max(initial=0)) + 1
    cells, times = np.unique(ring[told] * width + kind[told], return_counts=True)
    order = np.lexsort((-cells, times))  # the most frequent, and of these the first, is written last
    most = np.full(ring_count, -1, dtype=np.int64)
    most[cells[order] // width] = cells[order] % width
    return most
