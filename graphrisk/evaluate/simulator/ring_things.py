"""What ring members share, and how they hide it.

A ring has a pool of things of each kind that its typology uses; a member draws one, or two where things
rotate. Camouflage makes pools larger (fewer members to a thing) and swaps ring things for honest people's:
busy IPs, lockers, lent cards.
"""

from __future__ import annotations

import numpy as np

from graphrisk.evaluate.simulator.params import Part, SimulationParams, generator
from graphrisk.evaluate.simulator.public_places import busy_things
from graphrisk.evaluate.simulator.rings import Rings
from graphrisk.evaluate.simulator.sampling import Floats, Ints, chance
from graphrisk.evaluate.simulator.typologies import TYPOLOGIES
from graphrisk.evaluate.simulator.uses import Kind, Source, Uses, UsesByKind, things

# kind -> where a ring finds honest people's things to use in place of its own
BORROWED_FROM: dict[Kind, tuple[Source, ...]] = {
    Kind.DEVICE: (Source.KIOSK, Source.HOME, Source.OWN),
    Kind.IP: (Source.CARRIER, Source.WIFI, Source.OFFICE, Source.HOME),
    Kind.ADDRESS: (Source.LOCKER, Source.DORM, Source.HOME, Source.OFFICE),
    Kind.INSTRUMENT: (Source.OWN, Source.GIFT_CARD),
}
BORROWED_SHARE: dict[Kind, tuple[float, float]] = {  # of ring things, at hardness 0 and 1
    Kind.DEVICE: (0.02, 0.25),
    Kind.IP: (0.15, 0.75),
    Kind.ADDRESS: (0.1, 0.5),
    Kind.INSTRUMENT: (0.1, 0.3),
}
USERS_BY_SIZE = (0.3, 0.04)  # further users of a thing for each member of the ring, at hardness 0 and 1
BURST_SECONDS = 2 * 3600  # those who share one thing often use it within hours of each other


def use_ring_things(params: SimulationParams, rings: Rings, honest: UsesByKind) -> UsesByKind:
    rng = generator(params, Part.RING_THINGS)
    chain_left, chain_kind = _kinds_of_chain_links(rng, rings)
    found: UsesByKind = {}
    for position, kind in enumerate(Kind):
        pooled, pool_thing = _draw_from_pools(rng, params, rings, kind)
        left = chain_left[chain_kind == position]
        pair = np.arange(len(left)) + (int(pool_thing.max()) + 1 if len(pool_thing) else 0)
        member = np.concatenate([pooled, left, left + 1])
        thing = np.concatenate([pool_thing, pair, pair])
        at = _times(rng, params, rings, member, thing)
        thing = _borrow(rng, params, kind, thing, honest[kind])
        found[kind] = Uses(rings.account[member], thing, at)
    return found


def _draw_from_pools(
    rng: np.random.Generator, params: SimulationParams, rings: Rings, kind: Kind
) -> tuple[Ints, Ints]:
    """(member positions, ring thing numbers of this kind), chains left out."""
    cover_at_0, users_at_0 = _by_typology(kind)
    chain = np.array([typology.chain for typology in TYPOLOGIES])
    of_ring = rings.typology
    cover = cover_at_0[of_ring] * params.between(1.0, 0.72)
    users = 2.0 + (users_at_0[of_ring] - 2.0) * params.between(1.0, 0.3)
    users += rings.sizes() * params.between(*USERS_BY_SIZE)
    covered = np.flatnonzero(~chain[of_ring[rings.ring]] & (rng.random(len(rings.ring)) < cover[rings.ring]))
    rotating = covered[chance(rng, len(covered), params.between(0.15, 0.5))]
    member = np.concatenate([covered, rotating])
    ring = rings.ring[member]
    pool = np.maximum(1, np.round(np.bincount(ring, minlength=rings.count) / users)).astype(np.int64)
    first = np.cumsum(pool) - pool
    return member, first[ring] + (rng.random(len(member)) * pool[ring]).astype(np.int64)


def _kinds_of_chain_links(rng: np.random.Generator, rings: Rings) -> tuple[Ints, Ints]:
    """For each neighbouring pair of a chain: (position of its first member, position in Kind of the one
    thing it shares).
    """
    is_chain = np.array([typology.chain for typology in TYPOLOGIES])[rings.typology]
    has_next = np.append(rings.ring[1:] == rings.ring[:-1], False)
    left = np.flatnonzero(is_chain[rings.ring] & has_next)
    cover = np.stack([_by_typology(kind)[0] for kind in Kind], axis=1)[rings.typology[rings.ring[left]]]
    drawn = rng.random((len(left), 1)) * cover.sum(axis=1, keepdims=True)
    return left, (drawn >= np.cumsum(cover, axis=1)).sum(axis=1).astype(np.int64)


def _by_typology(kind: Kind) -> tuple[Floats, Floats]:
    """(typologies,) each: cover share and users of each thing, 0 and 2 where a typology does not share this
    kind.
    """
    shared = [next((s for s in typology.sharing if s.kind == kind), None) for typology in TYPOLOGIES]
    return (
        np.array([s.cover_share if s else 0.0 for s in shared]),
        np.array([s.users_each if s else 2.0 for s in shared]),
    )


def _times(
    rng: np.random.Generator, params: SimulationParams, rings: Rings, member: Ints, thing: Ints
) -> Ints:
    """Many of the users of a thing (fewer where hidden) use it in one burst, the others any time in the
    campaign.
    """
    own = rings.moments(rng, member)
    if len(member) == 0:
        return own
    burst_of_thing = np.zeros(int(thing.max()) + 1, dtype=np.int64)
    burst_of_thing[thing] = own
    begun = burst_of_thing[thing]
    lasting = np.minimum(BURST_SECONDS, params.window - begun)
    burst = begun + (rng.random(len(member)) * lasting).astype(np.int64)
    return np.where(chance(rng, len(member), params.between(0.6, 0.2)), burst, own)


def _borrow(
    rng: np.random.Generator, params: SimulationParams, kind: Kind, thing: Ints, honest: Uses
) -> Ints:
    """Thing numbers of the world: each ring thing is the ring's own, or one that honest people use too."""
    if len(thing) == 0:
        return thing
    count = int(thing.max()) + 1
    of_world = things(Source.RING, np.arange(count))
    candidates = busy_things(honest, BORROWED_FROM[kind])
    if len(candidates):
        borrowed = np.flatnonzero(chance(rng, count, params.between(*BORROWED_SHARE[kind])))
        of_world[borrowed] = candidates[rng.integers(len(candidates), size=len(borrowed))]
    return of_world[thing]
