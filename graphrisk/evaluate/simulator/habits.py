"""Whose hand a ring's doings show: hours, mailboxes and names, spelling, payees, categories, amounts.

Used where a marketplace is told over several days, in which a ring that was taken down comes back with new
accounts and things but in the same hand. Every ring has a hand of its own, drawn from what honest people do
as well; each habit is kept by some members only, and some rings have no habit of a sort.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from graphrisk.evaluate.simulator.contacts import OWN_WAY, SEPARATORS, Handwriting
from graphrisk.evaluate.simulator.fates import NOBODY, Fates
from graphrisk.evaluate.simulator.markets import MARKETS
from graphrisk.evaluate.simulator.params import DAY, Part, generator
from graphrisk.evaluate.simulator.sampling import Bools, Floats, Ints
from graphrisk.evaluate.simulator.spelling import HIDING_SHARES, Spelling, Spellings
from graphrisk.evaluate.simulator.trade import (
    AMOUNT_SPREAD,
    CATEGORIES,
    CATEGORY_MEDIANS,
    Payments,
    rank_sellers,
)
from graphrisk.evaluate.simulator.typologies import TYPOLOGIES, Cashout
from graphrisk.evaluate.simulator.uses import Kind, Uses
from graphrisk.evaluate.simulator.world import World

HAS_HABIT_SHARE = 0.85  # of the rings, for each sort of habit
KEPT_SHARE = (0.9, 0.6)  # of members, or of their acts, that keep to a habit, at hardness 0 and 1
LAST_NAMES = 3  # that a ring which makes names up draws from
USUAL_SELLERS, USUAL_CATEGORIES = 3, 2
BUSY_HOUR, BUSY_HOURS = 17.0, 4.5  # of honest people: middle and standard deviation, local time
RING_HOURS = (1.0, 3.0)  # standard deviation of a ring's hours
AMOUNT_FACTOR = 0.4  # standard deviation of the log of a ring's own factor
ANYTIME_SHARE = 0.15  # of what is done at no special hour
# Hours by which local time is ahead of UTC, by market
UTC_OFFSETS = {"US": -6, "GB": 0, "DE": 1, "FR": 1, "ES": 1, "PL": 1, "BR": -3, "IN": 5.5, "JP": 9, "GR": 2}
_MINUTES = 1440


@dataclass(frozen=True, slots=True)
class Hands:
    """(rings,) each, NaN or -1 where a ring has no habit of the sort; a ring come back has its predecessor's.

    number: the ring whose hand it is. hour, hours: middle and standard deviation of what it does, UTC.
    separator, domain_share: as in Handwriting. names: whether it draws last names from a few.
    how, variant: of a Spelling. sellers: (rings, USUAL_SELLERS) accounts. categories: (rings,
    USUAL_CATEGORIES). log_factor, spread: of amounts.
    """

    number: Ints
    hour: Floats
    hours: Floats
    separator: Ints
    domain_share: Floats
    names: Bools
    how: Ints
    variant: Ints
    sellers: Ints
    categories: Ints
    log_factor: Floats
    spread: Floats


def draw_hands(world: World, fates: Fates) -> Hands:
    rng = generator(world.params, Part.HABIT)
    rings, count = world.rings, world.rings.count
    has = rng.random((8, count)) < HAS_HABIT_SHARE
    sellers = rank_sellers(rng, world.people)
    market = world.people.market[rings.account[rings.first_members()]]
    few = np.array([t.cashout == Cashout.FEW for t in TYPOLOGIES])[rings.typology]
    hide = np.array(HIDING_SHARES[1:])
    number = np.where(fates.predecessor == NOBODY, np.arange(count), fates.predecessor)
    drawn = Hands(
        number=np.arange(count),
        hour=np.where(has[0], rng.random(count) * 24, np.nan),
        hours=rng.uniform(*RING_HOURS, count),
        separator=np.where(has[1], rng.integers(len(SEPARATORS), size=count), OWN_WAY),
        domain_share=np.where(has[2], rng.random(count), np.nan),
        names=has[3],
        how=np.where(has[4], 1 + rng.choice(len(hide), size=count, p=hide / hide.sum()), OWN_WAY),
        variant=rng.integers(1, 64, size=count),
        sellers=np.where(
            has[5] & few, np.stack([sellers.draw(rng, market) for _ in range(USUAL_SELLERS)]), OWN_WAY
        ).T,
        categories=np.where(has[6], rng.integers(len(CATEGORIES), size=(USUAL_CATEGORIES, count)), OWN_WAY).T,
        log_factor=np.where(has[7], rng.normal(0.0, AMOUNT_FACTOR, count), np.nan),
        spread=rng.uniform(0.2, AMOUNT_SPREAD, count),
    )
    return Hands(*(getattr(drawn, name)[number] for name in Hands.__slots__))


def keep_to_habits(world: World, hands: Hands) -> World:
    """The world as it is with everybody's hours, and the rings' hands."""
    rng = np.random.default_rng(generator(world.params, Part.HABIT).integers(2**63, size=4))
    rings = world.rings
    ring = np.full(len(world.people), NOBODY, dtype=np.int64)
    ring[rings.account] = rings.ring
    kept = world.params.between(*KEPT_SHARE)
    clock = _set_clock(world, hands, np.where(rng.random(len(ring)) < kept, ring, NOBODY))
    uses = {
        kind: Uses(of.account, of.thing, clock.tell(of.account, of.at)) for kind, of in world.uses.items()
    }
    sessions = replace(world.sessions, at=clock.tell(world.sessions.account, world.sessions.at))
    people = replace(world.people, created_at=clock.tell(np.arange(len(ring)), world.people.created_at))
    labels = replace(world.labels, at=clock.tell(world.labels.account, world.labels.at))
    payments = _pay_by_habit(rng, world, hands, ring, kept)
    payments = replace(payments, at=clock.tell(payments.payer, payments.at))
    writers = np.where(rng.random(len(ring)) < kept, ring, NOBODY)
    contacts = replace(world.contacts, handwriting=_write_by_hand(rng, hands, writers))
    return replace(
        world, uses=uses, sessions=sessions, people=people, labels=labels, payments=payments,
        contacts=contacts, spellings=_spell_by_hand(rng, world, hands, ring, kept),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Clock:
    """profile: (accounts,) row of `minutes`. minutes: (profiles, 1441) the minute of the day by which so many
    1440ths of what is done are done; so nothing changes its day or its order."""

    profile: Ints
    minutes: Floats

    def tell(self, account: Ints, at: Ints) -> Ints:
        told = at.copy()
        profile = self.profile[account]
        order = np.argsort(profile, kind="stable")
        starts = np.searchsorted(profile[order], np.arange(len(self.minutes) + 1))
        for number, minutes in enumerate(self.minutes):
            rows = order[starts[number] : starts[number + 1]]
            second = at[rows] % DAY
            moved = np.interp(second / 60.0, np.arange(_MINUTES + 1), minutes) * 60.0
            told[rows] = at[rows] - second + np.minimum(moved.astype(np.int64), DAY - 1)
        return told


def _set_clock(world: World, hands: Hands, ring: Ints) -> _Clock:
    """ring: (accounts,) whose hours an account keeps, NOBODY for those of its market."""
    of_markets = [(BUSY_HOUR - UTC_OFFSETS[market.code], BUSY_HOURS) for market in MARKETS]
    of_rings = zip(hands.hour.tolist(), hands.hours.tolist(), strict=True)
    profiles = [*of_markets, *of_rings]
    with_hours = (ring != NOBODY) & ~np.isnan(hands.hour[ring])
    profile = np.where(with_hours, len(MARKETS) + ring, world.people.market)
    return _Clock(profile, np.stack([_spread_of_day(middle, deviation) for middle, deviation in profiles]))


def _spread_of_day(middle: float, deviation: float) -> Floats:
    """(1441,) see _Clock; a normal law around the day, and a little at any time."""
    minute = np.arange(_MINUTES) + 0.5
    if np.isnan(middle):
        return np.arange(_MINUTES + 1, dtype=np.float64)
    apart = (minute / 60.0 - middle + 12.0) % 24.0 - 12.0
    weight = np.exp(-0.5 * (apart / deviation) ** 2)
    share = (1 - ANYTIME_SHARE) * weight / weight.sum() + ANYTIME_SHARE / _MINUTES
    done = np.concatenate([[0.0], np.cumsum(share)])
    return np.interp(np.linspace(0.0, 1.0, _MINUTES + 1), done / done[-1], np.arange(_MINUTES + 1))


def _write_by_hand(rng: np.random.Generator, hands: Hands, ring: Ints) -> Handwriting:
    """ring: (accounts,) in whose hand an account is written, NOBODY for its own."""
    everybody = np.arange(len(ring))
    ours = ring != NOBODY
    # below zero, where no account's own number is
    of_few = -1 - (hands.number[ring] * LAST_NAMES + rng.integers(LAST_NAMES, size=len(ring)))
    return Handwriting(
        separator=np.where(ours, hands.separator[ring], OWN_WAY),
        domain_share=np.where(ours, hands.domain_share[ring], np.nan),
        last_name=np.where(ours & hands.names[ring], of_few, everybody),
    )


def _spell_by_hand(
    rng: np.random.Generator, world: World, hands: Hands, ring: Ints, kept: float
) -> Spellings:
    of_row = ring[world.uses[Kind.ADDRESS].account]
    ours = (of_row != NOBODY) & (hands.how[of_row] != OWN_WAY) & (rng.random(len(of_row)) < kept)
    old = world.spellings
    mistyped = hands.how[of_row] == Spelling.TYPO  # nobody makes the same slip in every street
    return Spellings(
        np.where(ours, hands.how[of_row], old.how),
        np.where(ours & ~mistyped, hands.variant[of_row], old.variant),
    )


def _pay_by_habit(rng: np.random.Generator, world: World, hands: Hands, ring: Ints, kept: float) -> Payments:
    old = world.payments
    of_row, rows = ring[old.payer], np.arange(len(old))
    keeps = (of_row != NOBODY) & (rng.random(len(rows)) < kept)
    seller = hands.sellers[of_row, rng.integers(USUAL_SELLERS, size=len(rows))]
    payee = np.where(keeps & (seller != OWN_WAY) & (seller != old.payer), seller, old.payee)
    liked = hands.categories[of_row, rng.integers(USUAL_CATEGORIES, size=len(rows))]
    category = np.where(keeps & (liked != OWN_WAY) & (rng.random(len(rows)) < kept), liked, old.category)
    medians = np.array(CATEGORY_MEDIANS)
    usual = keeps & ~np.isnan(hands.log_factor[of_row])
    market = world.people.market[old.payer]
    scale = np.array([m.price_scale for m in MARKETS])[market]
    factor = world.rings.numbers(lambda typology: typology.amount_factor)[of_row]
    deviation = np.where(
        usual, hands.log_factor[of_row] + hands.spread[of_row] * rng.normal(size=len(rows)), 0.0
    )
    amount = np.where(
        usual,
        medians[category] * scale * factor * np.exp(deviation),
        old.amount * medians[category] / medians[old.category],
    )
    whole = np.array([m.minor_digits for m in MARKETS])[market] == 0
    rounded = np.where(whole, np.maximum(np.round(amount), 1.0), np.maximum(np.round(amount, 2), 0.01))
    changed = usual | (category != old.category)
    return replace(old, payee=payee, category=category, amount=np.where(changed, rounded, old.amount))
