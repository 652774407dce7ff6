"""What was found of identifiers, as a result table of model/tables.py."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from graphrisk.detect.rings import CandidateRings
from graphrisk.flows.suspect import Suspicion
from graphrisk.graph.links import SharedLinks
from graphrisk.model import tables


def tabulate_identifiers(suspicion: Suspicion, links: SharedLinks) -> pa.Table:
    """Of the identifiers that the run judged and found suspicious, worst first."""
    reasons = suspicion.reasons
    held = np.zeros(0) if suspicion.held is None else suspicion.held[reasons.identifier]
    order = np.argsort(-held, kind="stable")
    identifier = reasons.identifier[order]
    ring, inside = _rings_that_hold(suspicion.rings, links, identifier)
    names = pa.array(suspicion.rings.names, pa.string()).take(pa.array(ring, pa.int64(), mask=ring < 0))
    return pa.table(
        [
            links.identifiers["kind"].combine_chunks().take(pa.array(identifier)),
            links.identifiers["identifier"].combine_chunks().take(pa.array(identifier)),
            pa.array(held[order], pa.float64()),
            pa.array(links.holder_count[identifier], pa.int32()),
            names,
            pa.array(inside, pa.int32()),
            pa.array([reasons.uses[at] for at in order.tolist()], pa.string()),
            pa.array([reasons.of_identifiers[at] for at in order.tolist()], pa.string()),
        ],
        schema=tables.IDENTIFIER_RISK,
    )


def _rings_that_hold(
    rings: CandidateRings, links: SharedLinks, identifier: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Of each identifier the ring with the most members who hold it, -1 for none (the earlier among equals),
    and how many they are."""
    of_link = rings.of_accounts(links.account_count)[links.account]
    inside = of_link >= 0
    width = max(rings.ring_count, 1)
    pair, count = np.unique(
        links.identifier[inside].astype(np.int64) * width + of_link[inside], return_counts=True
    )
    order = np.lexsort((pair % width, -count, pair // width))
    held, first = np.unique(pair[order] // width, return_index=True)
    ring = np.full(links.identifier_count, -1, dtype=np.int64)
    members = np.zeros(links.identifier_count, dtype=np.int64)
    ring[held], members[held] = (pair[order] % width)[first], count[order][first]
    return ring[identifier], members[identifier]
