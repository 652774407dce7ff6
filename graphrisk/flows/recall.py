"""What a detection recalls of the runs before it: who was in a ring with whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from graphrisk.flows.suspect import Marketplace


@dataclass(frozen=True, slots=True)
class RingsBefore:
    """carriers: tables.RING_CARRIER of the run `run_id`."""

    run_id: str
    carriers: pa.Table


class EarlierRuns(Protocol):
    def read_rings_before(self, as_of: datetime, judgements: str, limit: int) -> Sequence[RingsBefore]:
        """Of the runs of the `limit` latest times before `as_of`, one of each, the latest first, those whose
        parameters name the same `judgements`: what somebody says, or withdraws, counts at once. None of them
        where a run of a later time than `as_of` was made: who goes back asks what was known, and nothing
        else."""
        ...


def with_rings_before(market: Marketplace, before: Sequence[RingsBefore]) -> Marketplace:
    ids = market.accounts.account_ids
    return replace(market, before=np.array([_rings_of(each, ids) for each in before]).reshape(-1, len(ids)))


def _rings_of(before: RingsBefore, account_ids: pa.Array) -> NDArray[np.int64]:
    """[N] a number for the ring of each account, -1 for none."""
    at = pc.index_in(before.carriers["account_id"].combine_chunks(), value_set=account_ids)
    known = before.carriers.filter(at.is_valid())["ring_id"].combine_chunks().dictionary_encode()
    ring = np.full(len(account_ids), -1, dtype=np.int64)
    ring[np.asarray(at.drop_null(), dtype=np.int64)] = np.asarray(known.indices, dtype=np.int64)
    return ring
