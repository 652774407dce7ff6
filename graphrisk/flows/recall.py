"""What a detection recalls of the run before it: who was in a ring with whom."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graphrisk.flows.suspect import Marketplace


@dataclass(frozen=True, slots=True)
class RingsBefore:
    """carriers: tables.RING_CARRIER of the run `run_id`."""

    run_id: str
    carriers: pa.Table


class LastRun(Protocol):
    def read_rings_before(self, as_of: datetime) -> RingsBefore | None:
        """Of the run of the latest time before `as_of`. None where there is none, and where a run of a later
        time than `as_of` was made: who goes back asks what was known, and nothing else."""
        ...


def with_rings_before(market: Marketplace, before: RingsBefore | None) -> Marketplace:
    if before is None:
        return market
    ids, carriers = market.accounts.account_ids, before.carriers
    at = pc.index_in(carriers["account_id"], value_set=ids)
    known = carriers.filter(at.is_valid())
    ring = np.full(len(ids), -1, dtype=np.int64)
    codes = known["ring_id"].combine_chunks().dictionary_encode().indices
    ring[np.asarray(at.drop_null(), dtype=np.int64)] = np.asarray(codes, dtype=np.int64)
    return replace(market, before=ring)
