"""Who is in a ring, of which typology, and when it acts. Members are taken from the population as it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from graphrisk.evaluate.simulator.params import DAY, Part, SimulationParams, generator
from graphrisk.evaluate.simulator.people import People, Role, Setting, active_times
from graphrisk.evaluate.simulator.sampling import Floats, Ints, Sizes, chance, chop
from graphrisk.evaluate.simulator.typologies import TYPOLOGIES, Cashout, Typology

LARGEST_RING = 150
SIZE_EXPONENT = 1.15


@dataclass(frozen=True, slots=True)
class Rings:
    """account, ring: (m,) member by member, ring ascending from 0. The rest is (rings,).

    campaign_at, campaign_for: seconds; the ring's own acts fall into it. typology: position in TYPOLOGIES.
    """

    account: Ints
    ring: Ints
    typology: Ints
    campaign_at: Ints
    campaign_for: Ints

    @property
    def count(self) -> int:
        return len(self.typology)

    def sizes(self) -> Ints:
        return np.bincount(self.ring, minlength=self.count)

    def first_members(self) -> Ints:
        """(rings,) position in `account` of each ring's first member."""
        return np.searchsorted(self.ring, np.arange(self.count))

    def numbers(self, of: Callable[[Typology], float]) -> Floats:
        """(rings,) that number of each ring's typology."""
        return np.array([of(typology) for typology in TYPOLOGIES])[self.typology]

    def moments(self, rng: np.random.Generator, member: Ints) -> Ints:
        """One time within the ring's campaign for each of `member` (positions in `account`)."""
        ring = self.ring[member]
        return self.campaign_at[ring] + (rng.random(len(member)) * self.campaign_for[ring]).astype(np.int64)


def plant_rings(params: SimulationParams, people: People) -> tuple[Rings, People]:
    """The rings, and the people with the ring members' sign-ups moved together as far as the ring cares."""
    rng = generator(params, Part.RING)
    wanted = max(3, round(params.account_count * params.fraud_share))
    sizes = Sizes(3, int(np.clip(wanted // 5, 3, LARGEST_RING)), SIZE_EXPONENT)
    ring = _without_small_rest(chop(rng, wanted, sizes))
    count = int(ring[-1]) + 1
    shares = np.array([typology.ring_share for typology in TYPOLOGIES])
    typology = rng.choice(len(TYPOLOGIES), size=count, p=shares / shares.sum()).astype(np.int64)
    account = _choose_members(rng, params, people, wanted)
    planted = Rings(account, ring, typology, np.zeros(count, np.int64), np.zeros(count, np.int64))
    created_at = _move_signups(rng, params, people, planted)
    active_from, active_until = people.active_from.copy(), people.active_until.copy()
    active_from[account], active_until[account] = active_times(rng, params, created_at[account])
    role = people.role.copy()
    inside = np.array([t.cashout == Cashout.INSIDE for t in TYPOLOGIES])[typology]
    role[account[planted.first_members()[inside]]] = Role.SELLER
    moved = replace(
        people, role=role, created_at=created_at, active_from=active_from, active_until=active_until
    )
    return _plan_campaigns(rng, params, moved, planted), moved


def _without_small_rest(ring: Ints) -> Ints:
    """A last ring of one or two members joins the one before."""
    last = int(ring[-1])
    rest = int((ring == last).sum())
    return np.minimum(ring, last - 1) if rest < 3 and last > 0 else ring


def _choose_members(rng: np.random.Generator, params: SimulationParams, people: People, wanted: int) -> Ints:
    """Accounts not run by agencies, in the order of the rings: mostly of one market for a ring, some from
    anywhere.
    """
    chosen = rng.choice(np.flatnonzero(people.setting != Setting.AGENCY), size=wanted, replace=False)
    chosen = chosen[np.argsort(people.market[chosen], kind="stable")]
    strays = np.flatnonzero(chance(rng, wanted, params.between(0.05, 0.35)))
    chosen[strays] = chosen[rng.permutation(strays)]
    return chosen.astype(np.int64)


def _move_signups(rng: np.random.Generator, params: SimulationParams, people: People, rings: Rings) -> Ints:
    """A ring signs up around the time of one of its members; some accounts are bought or grown and keep
    their own.
    """
    created_at = people.created_at.copy()
    anchor = people.created_at[rings.account[rings.first_members()]][rings.ring]
    stretch = params.between(1.0, 4.0)
    spread = rings.numbers(lambda typology: typology.signup_days)[rings.ring] * stretch * DAY
    near = anchor + (rng.normal(0.0, 1.0, len(rings.ring)) * spread).astype(np.int64)
    keeps_own = chance(rng, len(rings.ring), params.between(0.15, 0.65))
    outside = (near < int(people.created_at.min())) | (near >= params.window - DAY)
    created_at[rings.account] = np.where(keeps_own | outside, people.created_at[rings.account], near)
    return created_at


def _plan_campaigns(
    rng: np.random.Generator, params: SimulationParams, people: People, rings: Rings
) -> Rings:
    """A campaign starts after the ring's typical sign-up, within the window, and ends within it."""
    start_of_member = np.maximum(people.created_at[rings.account], 0)
    mean_start = np.bincount(rings.ring, weights=start_of_member, minlength=rings.count) / rings.sizes()
    length = (
        rings.numbers(lambda typology: typology.campaign_days)
        * params.between(1.0, 3.5)
        * DAY
        * rng.uniform(0.6, 1.4, rings.count)
    )
    length = np.minimum(length, params.window * 0.8)
    latest = params.window - length
    start = np.minimum(mean_start + rng.exponential(6.0 * DAY, rings.count), latest)
    old = mean_start < DAY
    start = np.where(old, rng.random(rings.count) * latest, start)
    return replace(
        rings, campaign_at=np.maximum(start, 0).astype(np.int64), campaign_for=length.astype(np.int64)
    )
