"""What an identifier is to those who share it: a ring's, or one of the innocent explanations."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from graphrisk.graph.links import Floats, SharedLinks
from graphrisk.model.known import NO_TIME
from graphrisk.risk.features import Features

_HUB_HOLDERS = 60
_HOUSEHOLD_HOLDERS = 6
_SHARES_MORE = 0.5  # of pairs of holders that share something else, from which they live together


class IdentifierUse(StrEnum):
    RING = "ring"  # more probably brought by a ring than not
    HUB = "hub"  # more holders than any household, flat or ring
    PASSED_ON = "passed_on"  # one holder after the other, as a thing that was sold
    HOUSEHOLD = "household"  # few holders, most of whom share other things too
    SHARED = "shared"  # none of these


def explain_uses(links: SharedLinks, things: Features, held: Floats) -> NDArray[np.object_]:
    """[M] the first IdentifierUse that fits, in the order above. things: of identifier_features. held: [M]
    probability that a ring brought it."""
    holders = links.known_holder_count()
    use = np.full(links.identifier_count, IdentifierUse.SHARED.value, dtype=object)
    together = (holders <= _HOUSEHOLD_HOLDERS) & (things.column("other_share") >= _SHARES_MORE)
    use[together] = IdentifierUse.HOUSEHOLD.value
    use[_passed_on(links)] = IdentifierUse.PASSED_ON.value
    use[holders > _HUB_HOLDERS] = IdentifierUse.HUB.value
    use[held >= 0.5] = IdentifierUse.RING.value
    return use


def _passed_on(links: SharedLinks) -> NDArray[np.bool_]:
    """[M] every holder's last use is before the next one's first, all times known."""
    order = np.lexsort((links.first_seen_at, links.identifier))
    identifier, first, last = links.identifier[order], links.first_seen_at[order], links.last_seen_at[order]
    overlaps = (identifier[1:] == identifier[:-1]) & (first[1:] <= last[:-1])
    passed = np.ones(links.identifier_count, dtype=bool)
    passed[identifier[1:][overlaps]] = False
    passed[links.identifier[(links.first_seen_at == NO_TIME) | (links.last_seen_at == NO_TIME)]] = False
    return passed
