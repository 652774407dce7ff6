"""The rings' own payments: to anybody, to a few sellers, or to one of their own."""

from __future__ import annotations

import numpy as np

from graphrisk.evaluate.simulator.params import Part, SimulationParams, generator
from graphrisk.evaluate.simulator.people import People
from graphrisk.evaluate.simulator.rings import Rings
from graphrisk.evaluate.simulator.sampling import Ints, chance, draw_like
from graphrisk.evaluate.simulator.trade import Deals, Habits, Payments, Sellers, settle
from graphrisk.evaluate.simulator.typologies import TYPOLOGIES, Cashout

FEW_SELLERS = 3


def trade_in_rings(params: SimulationParams, people: People, rings: Rings, sellers: Sellers) -> Payments:
    rng = generator(params, Part.RING_PAYMENT)
    rate = rings.numbers(lambda typology: typology.payment_rate)[rings.ring] * params.between(0.9, 0.5)
    member = np.repeat(np.arange(len(rings.ring)), rng.poisson(rate))
    ring, payer = rings.ring[member], rings.account[member]
    payee = _payees(rng, params, people, rings, sellers, member)
    at = _follow_signup(rng, params, people, rings, member)
    habits = Habits(
        rings.numbers(lambda typology: typology.chargeback_share)[ring],
        rings.numbers(lambda typology: typology.refund_share)[ring],
        rings.numbers(lambda typology: typology.amount_factor)[ring] ** params.between(1.0, 0.5),
    )
    return settle(rng, people, Deals(payer, payee, at), habits)


def _follow_signup(
    rng: np.random.Generator, params: SimulationParams, people: People, rings: Rings, member: Ints
) -> Ints:
    """A time in the ring's campaign for each of `member`. One that would come before its account follows the
    account instead, after a wait as in the same typology: of members who also signed up within the window and
    were in time.
    """
    at, created_at = rings.moments(rng, member), people.created_at[rings.account[member]]
    typology, wait = rings.typology[rings.ring[member]], at - created_at
    share = rng.random(len(member))
    for each in np.unique(typology):
        of_typology = typology == each
        seen = wait[of_typology & (wait >= 0) & (created_at >= 0)]
        early = np.flatnonzero(of_typology & (wait < 0))
        left = params.window - created_at[early]
        at[early] = created_at[early] + draw_like(seen, share[early], left)
    return at


def _payees(
    rng: np.random.Generator,
    params: SimulationParams,
    people: People,
    rings: Rings,
    sellers: Sellers,
    member: Ints,
) -> Ints:
    """One for each of `member`, by the ring's way to cash out; some go to the open market to be less
    plain.
    """
    ring, payer = rings.ring[member], rings.account[member]
    anybody = sellers.draw(rng, people.market[payer])
    ring_market = people.market[rings.account[rings.first_members()]]
    few = np.stack([sellers.draw(rng, ring_market) for _ in range(FEW_SELLERS)])
    one_of_few = few[rng.integers(FEW_SELLERS, size=len(member)), ring]
    inside = rings.account[rings.first_members()][ring]
    ways = list(Cashout)
    way = np.array([ways.index(typology.cashout) for typology in TYPOLOGIES])[rings.typology][ring]
    payee = np.choose(way, [anybody, one_of_few, inside])
    plain = ~chance(rng, len(member), params.between(0.1, 0.5)) & (payee != payer)
    return np.where(plain, payee, anybody)
