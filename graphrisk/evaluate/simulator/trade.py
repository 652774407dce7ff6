"""Payments as everybody makes them: who pays whom, how much, when, and how it ends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphrisk.evaluate.simulator.markets import MARKETS
from graphrisk.evaluate.simulator.params import DAY, Part, SimulationParams, generator
from graphrisk.evaluate.simulator.people import People, Role
from graphrisk.evaluate.simulator.rings import Rings
from graphrisk.evaluate.simulator.sampling import Floats, Ints, chance, pick, zipf_weights

STATUSES = ("paid", "refunded", "chargeback")
PAID, REFUNDED, CHARGEBACK = range(3)
CATEGORIES = (
    "electronics",
    "fashion",
    "home",
    "games",
    "beauty",
    "groceries",
    "subscription",
    "tips",
    "tickets",
    "toys",
)
CATEGORY_SHARES = (0.14, 0.18, 0.13, 0.1, 0.1, 0.12, 0.09, 0.06, 0.04, 0.04)
CATEGORY_MEDIANS = (60.0, 35.0, 30.0, 20.0, 18.0, 25.0, 10.0, 5.0, 45.0, 15.0)  # in US dollars
AMOUNT_SPREAD = 0.9  # standard deviation of the log of an amount
HONEST_CHARGEBACK_SHARE = 0.009
HONEST_REFUND_SHARE = 0.035
UNLUCKY_SHARE = 0.06  # of honest accounts: disputes and returns are their habit
LOYAL_SHARE = 0.45
SELLER_EXPONENT = 0.75
SALE_SHARE = 0.06  # of honest payments: within two hours, at one seller


@dataclass(frozen=True, slots=True)
class Payments:
    """(n,) each. amount in major units of the payer's market's currency. category, status: positions. at:
    seconds.
    """

    payer: Ints
    payee: Ints
    at: Ints
    category: Ints
    status: Ints
    amount: Floats

    def __len__(self) -> int:
        return len(self.payer)

    def sorted_by_time(self, rng: np.random.Generator) -> Payments:
        """Those of one second in random order."""
        order = np.lexsort((rng.random(len(self)), self.at))
        return Payments(
            self.payer[order],
            self.payee[order],
            self.at[order],
            self.category[order],
            self.status[order],
            self.amount[order],
        )


def join_payments(parts: list[Payments]) -> Payments:
    return Payments(
        np.concatenate([part.payer for part in parts]),
        np.concatenate([part.payee for part in parts]),
        np.concatenate([part.at for part in parts]),
        np.concatenate([part.category for part in parts]),
        np.concatenate([part.status for part in parts]),
        np.concatenate([part.amount for part in parts]),
    )


@dataclass(frozen=True, slots=True)
class Deals:
    """(n,) each: who pays whom, and when."""

    payer: Ints
    payee: Ints
    at: Ints


@dataclass(frozen=True, slots=True)
class Habits:
    """(n,) each, for each deal: probability that it is charged back or refunded, factor on the median
    amount.
    """

    chargeback: Floats
    refund: Floats
    factor: Floats


@dataclass(frozen=True, slots=True)
class Sellers:
    """Sellers and creators, market by market, the popular ones of each first. first, last: (markets,) places
    in `account`.

    cumulative: (sellers,) running sum of popularity within the market.
    """

    account: Ints
    first: Ints
    last: Ints
    cumulative: Floats

    def draw(self, rng: np.random.Generator, market: Ints) -> Ints:
        """A seller of each of `market`, by popularity; of any market where it has none."""
        place = np.zeros(len(market), dtype=np.int64)
        for code in range(len(self.first)):
            here = np.flatnonzero(market == code)
            low, high = int(self.first[code]), int(self.last[code])
            if high > low:
                place[here] = low + pick(rng, self.cumulative[low:high], len(here))
            else:
                place[here] = rng.integers(len(self.account), size=len(here))
        return self.account[place]


def rank_sellers(rng: np.random.Generator, people: People) -> Sellers:
    """Popularity falls by Zipf's law in an order that has nothing to do with anything else."""
    account = np.flatnonzero(people.role != Role.BUYER)
    if len(account) == 0:
        account = np.arange(len(people))
    account = account[np.lexsort((rng.random(len(account)), people.market[account]))]
    market = people.market[account]
    codes = np.arange(len(MARKETS))
    first, last = np.searchsorted(market, codes), np.searchsorted(market, codes, side="right")
    cumulative = np.concatenate([np.cumsum(zipf_weights(int(n), SELLER_EXPONENT)) for n in last - first])
    return Sellers(account, first, last, cumulative)


def trade_honestly(params: SimulationParams, people: People, rings: Rings, sellers: Sellers) -> Payments:
    """Ring members do it too, the more the better they are hidden."""
    rng = generator(params, Part.PAYMENT)
    count = len(people)
    rate = people.payment_rate.copy()
    rate[rings.account] *= params.between(0.15, 0.6)
    payer = np.repeat(np.arange(count), rng.poisson(rate))
    away = chance(rng, len(payer), 0.15)
    market = np.where(away, people.market[rng.integers(count, size=len(payer))], people.market[payer])
    favourite = sellers.draw(rng, people.market)
    payee = np.where(chance(rng, len(payer), LOYAL_SHARE), favourite[payer], sellers.draw(rng, market))
    at = people.moments(rng, payer)
    payee, at = _move_to_sales(rng, people, sellers, Deals(payer, payee, at))
    unlucky = chance(rng, count, UNLUCKY_SHARE)[payer]
    chargeback = np.where(unlucky, 10.0, 0.45) * HONEST_CHARGEBACK_SHARE
    refund = np.where(unlucky, 6.0, 0.7) * HONEST_REFUND_SHARE
    return settle(rng, people, Deals(payer, payee, at), Habits(chargeback, refund, np.ones(len(payer))))


def _move_to_sales(
    rng: np.random.Generator, people: People, sellers: Sellers, deals: Deals
) -> tuple[Ints, Ints]:
    """Some payments move to a sale in their market, one a week: at one seller, within two hours. (payee,
    at).
    """
    payer, payee, at = deals.payer, deals.payee.copy(), deals.at.copy()
    in_sale = np.flatnonzero(chance(rng, len(payer), SALE_SHARE))
    week = at[in_sale] // (7 * DAY)
    market = people.market[payer[in_sale]]
    sale = week * len(MARKETS) + market
    sale_count = int(sale.max(initial=-1)) + 1
    seller = sellers.draw(rng, np.arange(sale_count) % len(MARKETS))
    start = (np.arange(sale_count) // len(MARKETS)) * 7 * DAY + (rng.random(sale_count) * 6 * DAY).astype(
        np.int64
    )
    begun = start[sale] + rng.integers(7200, size=len(in_sale))
    possible = (begun >= people.created_at[payer[in_sale]]) & (begun < at.max(initial=0))
    payee[in_sale] = np.where(possible, seller[sale], payee[in_sale])
    at[in_sale] = np.where(possible, begun, at[in_sale])
    return payee, at


def settle(rng: np.random.Generator, people: People, deals: Deals, habits: Habits) -> Payments:
    """Each deal gets its category, its amount and its end."""
    payer = deals.payer
    category = rng.choice(len(CATEGORIES), size=len(payer), p=CATEGORY_SHARES)
    market = people.market[payer]
    scale = np.array([m.price_scale for m in MARKETS])[market]
    digits = np.array([m.minor_digits for m in MARKETS])[market]
    amount = (
        np.array(CATEGORY_MEDIANS)[category]
        * scale
        * habits.factor
        * np.exp(rng.normal(0.0, AMOUNT_SPREAD, len(payer)))
    )
    amount = np.where(digits == 0, np.maximum(np.round(amount), 1.0), np.maximum(np.round(amount, 2), 0.01))
    u = rng.random(len(payer))
    status = np.where(
        u < habits.chargeback, CHARGEBACK, np.where(u < habits.chargeback + habits.refund, REFUNDED, PAID)
    )
    return Payments(payer, deals.payee, deals.at, category.astype(np.int64), status.astype(np.int64), amount)
