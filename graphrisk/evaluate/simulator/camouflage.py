"""Ring members among honest people: what they keep of an ordinary life, and what of theirs reaches others."""

from __future__ import annotations

import numpy as np

from graphrisk.evaluate.simulator.params import Part, SimulationParams, generator
from graphrisk.evaluate.simulator.people import People
from graphrisk.evaluate.simulator.rings import Rings
from graphrisk.evaluate.simulator.sampling import Bools, chance
from graphrisk.evaluate.simulator.uses import Kind, Source, Uses, UsesByKind, join_uses, source_of, things

# Shared with one's household: a member who lives alone has the same things, but to herself.
HOUSEHOLD = (Source.HOME, Source.DORM)


def blend_in(
    params: SimulationParams, people: People, rings: Rings, honest: UsesByKind, ring: UsesByKind
) -> UsesByKind:
    """All uses of the world by kind, one row for each account and thing."""
    rng = generator(params, Part.CAMOUFLAGE)
    alone = np.zeros(len(people), dtype=bool)
    alone[rings.account] = chance(rng, len(rings.account), params.between(0.85, 0.35))
    blended: UsesByKind = {}
    for kind in Kind:
        ordinary = _give_up_some(rng, params, honest[kind], ring[kind], len(people))
        ordinary = _move_out(ordinary, alone)
        leftovers = _hand_on(rng, params, people, ring[kind])
        everything = _not_before_signup(rng, params, people, join_uses([ordinary, ring[kind], leftovers]))
        blended[kind] = everything.distinct().sorted_by_account()
    return blended


def _not_before_signup(
    rng: np.random.Generator, params: SimulationParams, people: People, uses: Uses
) -> Uses:
    """A use that would come before its account moves to the account's first hours."""
    created_at = people.created_at[uses.account]
    soon = rng.exponential(8 * 3600, len(uses)).astype(np.int64) % (params.window - created_at)
    return Uses(uses.account, uses.thing, np.where(uses.at < created_at, created_at + soon, uses.at))


def _give_up_some(
    rng: np.random.Generator, params: SimulationParams, ordinary: Uses, ring: Uses, account_count: int
) -> Uses:
    """Members with a ring thing of the kind use their own less, so that the number of things tells
    nothing.
    """
    has_ring_thing = np.zeros(account_count, dtype=bool)
    has_ring_thing[ring.account] = True
    given_up = has_ring_thing[ordinary.account] & chance(rng, len(ordinary), params.between(0.7, 0.55))
    return ordinary.where(~given_up)


def _move_out(ordinary: Uses, alone: Bools) -> Uses:
    household = alone[ordinary.account] & np.isin(
        source_of(ordinary.thing), np.array(HOUSEHOLD, dtype=np.int64)
    )
    own = things(Source.SPARE, ordinary.account)
    return Uses(ordinary.account, np.where(household, own, ordinary.thing), ordinary.at)


def _hand_on(rng: np.random.Generator, params: SimulationParams, people: People, ring: Uses) -> Uses:
    """Some ring things pass to a stranger: a sold device, a flat let again, a recycled IP."""
    passed = ring.where(chance(rng, len(ring), params.between(0.02, 0.12)))
    stranger = rng.integers(len(people), size=len(passed))
    return Uses(stranger, passed.thing, people.moments(rng, stranger))
