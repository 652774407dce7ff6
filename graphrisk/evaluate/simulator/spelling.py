"""How people spell an address: the place is one, its spellings are many.

An honest customer abbreviates, forgets the flat or mistypes now and then. A ring that ships to one door
writes it so that no two orders look the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from graphrisk.evaluate.simulator.params import Part, SimulationParams, generator
from graphrisk.evaluate.simulator.rings import Rings
from graphrisk.evaluate.simulator.sampling import Floats, Ints
from graphrisk.evaluate.simulator.uses import Uses


class Spelling(IntEnum):
    PLAIN = 0
    ABBREVIATED = 1  # Street -> St
    UPPER = 2
    OTHER_UNIT = 3  # Apt 4 -> Unit 4
    NO_UNIT = 4
    TYPO = 5  # two letters swapped, dropped or doubled
    EXTRA = 6  # a word that no courier needs


HONEST_SHARES = (0.68, 0.15, 0.05, 0.04, 0.03, 0.03, 0.02)
HIDING_SHARES = (0.12, 0.18, 0.08, 0.16, 0.1, 0.2, 0.16)


@dataclass(frozen=True, slots=True)
class Spellings:
    """(uses,) each: how every use of an address is written. variant: which typo, unit word or extra word."""

    how: Ints
    variant: Ints


def choose_spellings(
    params: SimulationParams, addresses: Uses, ring_addresses: Uses, rings: Rings
) -> Spellings:
    """Members of a ring that hides write the ring's addresses in hiding; everybody else writes as everybody
    does.
    """
    rng = generator(params, Part.ADDRESS_TEXT)
    hides = rng.random(len(addresses)) < _hiding_share(params, addresses, ring_addresses, rings)
    how = np.where(
        hides,
        rng.choice(len(Spelling), size=len(addresses), p=HIDING_SHARES),
        rng.choice(len(Spelling), size=len(addresses), p=HONEST_SHARES),
    )
    return Spellings(how.astype(np.int64), rng.integers(1, 64, size=len(addresses)))


def _hiding_share(params: SimulationParams, addresses: Uses, ring_addresses: Uses, rings: Rings) -> Floats:
    """At hardness 1 every ring hides at least half of its addresses, and a ring that does it anyway more."""
    mutates = rings.numbers(lambda typology: typology.mutates)
    at_this_hardness = mutates + 0.5 * (1.0 - mutates) * params.hardness
    of_account = np.zeros(int(addresses.account.max(initial=0)) + 1)
    within = rings.account < len(of_account)
    of_account[rings.account[within]] = at_this_hardness[rings.ring[within]]
    return np.where(np.isin(addresses.thing, ring_addresses.thing), of_account[addresses.account], 0.0)
