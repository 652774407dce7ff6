"""Agencies: many creators run by few hands, honestly. To a graph they look like device farms.

(creator)-[:USED_DEVICE]->(the agency's laptop)<-[:USED_DEVICE]-(creator)   the same for its IP, address,
payout account
"""

from __future__ import annotations

import numpy as np

from graphrisk.evaluate.simulator.params import Part, SimulationParams, generator
from graphrisk.evaluate.simulator.people import People, Setting
from graphrisk.evaluate.simulator.sampling import Ints, chance
from graphrisk.evaluate.simulator.uses import Kind, Source, Uses, UsesByKind, things

# kind -> (share of an agency's accounts that use its things, accounts to each thing)
AGENCY_THINGS: dict[Kind, tuple[float, float]] = {
    Kind.DEVICE: (0.75, 6.0),
    Kind.IP: (0.85, 10.0),
    Kind.ADDRESS: (0.6, 25.0),
    Kind.INSTRUMENT: (0.55, 5.0),
}


def use_agency_things(params: SimulationParams, people: People) -> UsesByKind:
    rng = generator(params, Part.AGENCY)
    managed = people.of_setting(Setting.AGENCY)
    if len(managed) == 0:
        return {}
    return {
        kind: _use_one_of(rng, people, managed, share, users_each)
        for kind, (share, users_each) in AGENCY_THINGS.items()
    }


def _use_one_of(
    rng: np.random.Generator, people: People, managed: Ints, share: float, users_each: float
) -> Uses:
    agency = people.home[managed]
    thing_count = np.maximum(1, np.ceil(np.bincount(agency) * share / users_each)).astype(np.int64)
    first = np.cumsum(thing_count) - thing_count
    uses_it = chance(rng, len(managed), share)
    thing = first[agency] + (rng.random(len(managed)) * thing_count[agency]).astype(np.int64)
    account = managed[uses_it]
    return Uses(account, things(Source.AGENCY, thing[uses_it]), people.moments(rng, account))
