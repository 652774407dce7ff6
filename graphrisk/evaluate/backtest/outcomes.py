"""What came out about accounts: labels, and first payments that were charged back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graphrisk.evaluate.membership import BoolArray, IntArray
from graphrisk.model.known import NO_TIME
from graphrisk.model.tables import LABEL, TIME
from graphrisk.model.verdicts import Verdict

NEVER = (1 << 63) - 1  # the greatest int64
DAY_US = 86_400_000_000

CHARGEBACK = pa.schema(
    [pa.field("account_id", pa.string(), nullable=False), pa.field("paid_at", TIME, nullable=False)]
)


@dataclass(frozen=True, slots=True)
class OutcomeTables:
    """labels: tables.LABEL, all of them. chargebacks: CHARGEBACK, of each account that paid something which
    was charged back when it paid the first of these; the tables do not tell when it was disputed."""

    labels: pa.Table
    chargebacks: pa.Table


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Over accounts 0..A-1. One row for each label with a verdict: account: int64 [B], sign: int64 [B] 1 for
    bad, -1 for good, reported_at: int64 [B], UTC microseconds, NO_TIME where unknown, reason: int64 [B],
    position in `reasons` (sorted; "" for none).

    charged_back_at: int64 [A], UTC microseconds, NEVER for an account without.
    """

    account: IntArray
    sign: IntArray
    reported_at: IntArray
    reason: IntArray
    reasons: tuple[str, ...]
    charged_back_at: IntArray


@dataclass(frozen=True, slots=True)
class Matured:
    """As of one date, over accounts [A]. was_labelled: a verdict was known by then. is_bad, is_good: none
    was, and more bad (good) ones came within the horizon. bad_at: the first of the bad ones, NEVER without;
    reason: its reason, -1 without."""

    was_labelled: BoolArray
    is_bad: BoolArray
    is_good: BoolArray
    bad_at: IntArray
    reason: IntArray


def place_outcomes(tables: OutcomeTables, account_ids: pa.Array) -> Outcomes:
    """account_ids: string [A], sorted. What is told of other accounts is left out."""
    labels = tables.labels.select(LABEL.names)
    told = [Verdict.BAD.value, Verdict.GOOD.value]
    wanted = pc.and_(
        pc.is_in(labels["verdict"], value_set=pa.array(told)),
        pc.is_in(labels["account_id"], value_set=account_ids),
    )
    labels = labels.filter(wanted)
    words = pc.fill_null(labels["reason"], "")
    reasons = tuple(sorted(set(pc.unique(words).to_pylist())))
    charged_back_at = np.full(len(account_ids), NEVER, dtype=np.int64)
    paid = tables.chargebacks.filter(pc.is_in(tables.chargebacks["account_id"], value_set=account_ids))
    np.minimum.at(
        charged_back_at,
        _longs(pc.index_in(paid["account_id"], value_set=account_ids)),
        _micros(paid["paid_at"]),
    )
    return Outcomes(
        account=_longs(pc.index_in(labels["account_id"], value_set=account_ids)),
        sign=np.where(np.asarray(pc.equal(labels["verdict"], Verdict.BAD.value)), 1, -1).astype(np.int64),
        reported_at=_micros(labels["reported_at"]),
        reason=_longs(pc.index_in(words, value_set=pa.array(reasons, pa.string()))),
        reasons=reasons,
        charged_back_at=charged_back_at,
    )


def mature(outcomes: Outcomes, as_of_us: int, horizon_days: int) -> Matured:
    """A label without a time counts as known at every date. Contradictory ones of a window make an account
    neither bad nor good."""
    count = len(outcomes.charged_back_at)
    at = outcomes.reported_at
    was_labelled = np.zeros(count, dtype=np.bool_)
    was_labelled[outcomes.account[at <= as_of_us]] = True  # NO_TIME is the least of all
    later = (at > as_of_us) & (at - DAY_US * horizon_days <= as_of_us) & ~was_labelled[outcomes.account]
    balance = np.bincount(outcomes.account[later], weights=outcomes.sign[later], minlength=count)
    is_bad = balance > 0
    bad = np.flatnonzero(later & (outcomes.sign > 0) & is_bad[outcomes.account])
    bad = bad[np.lexsort((outcomes.reason[bad], at[bad]))[::-1]]  # the first is written last
    bad_at = np.full(count, NEVER, dtype=np.int64)
    reason = np.full(count, -1, dtype=np.int64)
    bad_at[outcomes.account[bad]] = at[bad]
    reason[outcomes.account[bad]] = outcomes.reason[bad]
    return Matured(was_labelled, is_bad, balance < 0, bad_at, reason)


def _micros(column: pa.ChunkedArray) -> IntArray:
    return _longs(pc.fill_null(column.cast(TIME).cast(pa.int64()), NO_TIME))


def _longs(column: pa.ChunkedArray) -> IntArray:
    return np.asarray(column.to_numpy(), dtype=np.int64)
