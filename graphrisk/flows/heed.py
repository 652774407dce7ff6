"""How a run heeds what people said: identifiers that are a ring's own, rings that are none, and scores that
judged rings teach."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from graphrisk.flows.suspect import Marketplace, Suspicion
from graphrisk.registry.rulings import JudgedRing, Rulings
from graphrisk.risk.judged_rings import JudgedScores, hear_judged_rings


def with_rulings(market: Marketplace, rulings: Rulings) -> Marketplace:
    """What is barred the market does not have any more."""
    ids = market.accounts.account_ids
    apart = tuple(_positions(ids, members) for members in rulings.apart)
    return replace(market, own=market.links.places_of(rulings.weighty_things()), apart=apart)


def recalibrate(found: Suspicion, account_ids: pa.Array, judged: Sequence[JudgedRing]) -> Suspicion:
    """The rings' scores moved by what people said of rings that scored alike, where enough did."""
    scores = JudgedScores(
        np.array([each.odds for each in judged], dtype=np.float64),
        np.array([each.is_ring for each in judged], dtype=np.bool_),
        tuple(_positions(account_ids, each.members) for each in judged),
    )
    return replace(found, signals=hear_judged_rings(found.signals, found.rings, scores))


def _positions(account_ids: pa.Array, chosen: Sequence[str]) -> NDArray[np.int64]:
    """Of those of the chosen who are known, int64 ascending."""
    found = pc.index_in(pa.array(chosen, pa.string()), account_ids).drop_null()
    return np.sort(np.asarray(found, dtype=np.int64))
