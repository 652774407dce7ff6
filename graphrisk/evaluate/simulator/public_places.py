"""What many strangers use: carrier NATs, public wifi, offices, parcel lockers, kiosks, company cards.

(:Account)-[:SEEN_AT]->(:Ip {a carrier's})<-[:SEEN_AT]-(thousands of others)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphrisk.evaluate.simulator.params import Part, SimulationParams, generator
from graphrisk.evaluate.simulator.people import People
from graphrisk.evaluate.simulator.sampling import Ints, Sizes, chance, chop, pick, zipf_weights
from graphrisk.evaluate.simulator.uses import Kind, Source, Uses, UsesByKind, join_uses, source_of, things


@dataclass(frozen=True, slots=True)
class Place:
    """`share` of accounts use a thing of this kind, one of about accounts * share / users_each, popularity
    by Zipf's law.
    """

    source: Source
    kind: Kind
    share: float
    users_each: float
    exponent: float


PLACES: tuple[Place, ...] = (
    Place(Source.CARRIER, Kind.IP, 0.5, 1500.0, 0.6),
    Place(Source.CARRIER, Kind.IP, 0.15, 1500.0, 0.6),  # a second public address of a carrier, on another day
    Place(Source.WIFI, Kind.IP, 0.14, 25.0, 0.8),
    Place(Source.LOCKER, Kind.ADDRESS, 0.1, 60.0, 0.8),
    Place(Source.KIOSK, Kind.DEVICE, 0.045, 7.0, 0.7),
    Place(Source.COMPANY, Kind.INSTRUMENT, 0.06, 4.5, 0.5),
)
OFFICE_SHARE = 0.14
OFFICE_SIZES = Sizes(2, 300, 0.9)
OFFICE_PARCEL_SHARE = 0.15  # of those who work in an office: parcels go there


def use_public_places(params: SimulationParams, people: People) -> UsesByKind:
    rng = generator(params, Part.PUBLIC)
    found: dict[Kind, list[Uses]] = {kind: [] for kind in Kind}
    for place in PLACES:
        found[place.kind].append(_use_place(rng, people, place))
    office_ip, office_parcels = _use_offices(rng, people)
    found[Kind.IP].append(office_ip)
    found[Kind.ADDRESS].append(office_parcels)
    return {kind: join_uses(parts) for kind, parts in found.items()}


def _use_place(rng: np.random.Generator, people: People, place: Place) -> Uses:
    """Places belong to markets: the places of all markets stand in one row, market by market."""
    users = np.flatnonzero(chance(rng, len(people), place.share))
    market = people.market[users]
    thing = np.zeros(len(users), dtype=np.int64)
    first = 0
    for code in range(int(people.market.max()) + 1):
        here = np.flatnonzero(market == code)
        place_count = max(1, round(len(here) / place.users_each))
        weights = zipf_weights(place_count, place.exponent)
        thing[here] = first + pick(rng, np.cumsum(weights), len(here))
        first += place_count
    return Uses(users, things(place.source, thing), people.moments(rng, users))


def _use_offices(rng: np.random.Generator, people: People) -> tuple[Uses, Uses]:
    workers = np.flatnonzero(chance(rng, len(people), OFFICE_SHARE))
    workers = workers[np.lexsort((rng.random(len(workers)), people.market[workers]))]
    office = chop(rng, len(workers), OFFICE_SIZES)
    at_work = Uses(workers, things(Source.OFFICE, office), people.moments(rng, workers))
    parcels = at_work.where(chance(rng, len(workers), OFFICE_PARCEL_SHARE))
    return at_work, Uses(parcels.account, parcels.thing, people.moments(rng, parcels.account))


def busy_things(uses: Uses, sources: tuple[Source, ...]) -> Ints:
    """The things of `uses` that come from `sources`, once for each use: a draw from them is a draw by
    popularity.
    """
    from_these = np.isin(source_of(uses.thing), np.array(sources, dtype=np.int64))
    return uses.thing[from_these]
