"""What passes from hand to hand among honest people who are not at one home.

Resold devices, gift cards, a friend's address for a present, a login at a friend's, a parent's card, and
second accounts of one honest person.
"""

from __future__ import annotations

import numpy as np

from graphrisk.evaluate.simulator.params import DAY, Part, SimulationParams, generator
from graphrisk.evaluate.simulator.people import People
from graphrisk.evaluate.simulator.sampling import Ints, chance
from graphrisk.evaluate.simulator.uses import Kind, Source, Uses, UsesByKind, join_uses, things

RESOLD_SHARE = 0.035  # of accounts: they bought a device that another account had used
GIFT_CARD_SHARE = 0.05  # of accounts hold a gift card; two in five of those cards are used by a second person
GIFT_ADDRESS_SHARE = 0.05
FRIEND_LOGIN_SHARE = 0.025
PARENT_CARD_SHARE = 0.03
SECOND_ACCOUNT_SHARE = 0.012


def pass_things_on(params: SimulationParams, people: People, before: UsesByKind) -> UsesByKind:
    """before: what everybody owns and shares at home already."""
    rng = generator(params, Part.STRANGERS)
    by_market = _by_market(rng, people)
    friend = _neighbour(rng, by_market, len(people))
    gifts = _use_gift_cards(rng, people, friend)
    twins = _second_accounts(rng, people, before, friend)
    return {
        Kind.DEVICE: join_uses(
            [
                _take_one(rng, people, before[Kind.DEVICE], friend, RESOLD_SHARE, later_days=20.0),
                _take_one(
                    rng,
                    people,
                    before[Kind.DEVICE],
                    _neighbour(rng, by_market, len(people)),
                    FRIEND_LOGIN_SHARE,
                ),
                twins[Kind.DEVICE],
            ]
        ),
        Kind.ADDRESS: join_uses(
            [
                _take_one(
                    rng,
                    people,
                    before[Kind.ADDRESS],
                    _neighbour(rng, by_market, len(people)),
                    GIFT_ADDRESS_SHARE,
                ),
                twins[Kind.ADDRESS],
            ]
        ),
        Kind.INSTRUMENT: join_uses(
            [
                _take_one(
                    rng,
                    people,
                    before[Kind.INSTRUMENT],
                    _neighbour(rng, by_market, len(people)),
                    PARENT_CARD_SHARE,
                ),
                gifts,
                twins[Kind.INSTRUMENT],
            ]
        ),
        Kind.IP: twins[Kind.IP],
    }


def _by_market(rng: np.random.Generator, people: People) -> Ints:
    """All accounts, market by market, in random order within each."""
    return np.lexsort((rng.random(len(people)), people.market))


def _neighbour(rng: np.random.Generator, by_market: Ints, count: int) -> Ints:
    """For each account another one, nearly always of its own market."""
    friend = np.empty(count, dtype=np.int64)
    friend[by_market] = np.roll(by_market, int(rng.integers(1, count)) % 97 + 1)
    return friend


def _take_one(
    rng: np.random.Generator, people: People, before: Uses, giver: Ints, share: float, later_days: float = 0.0
) -> Uses:
    """`share` of the accounts also use one thing of their giver's, from `later_days` after the giver did, on
    average; sooner after where they are not active for so long, any time where they never were after.
    """
    taker = np.flatnonzero(chance(rng, len(people), share))
    theirs = _one_of_each(rng, before, len(people))[giver[taker]]
    taker, theirs = taker[theirs >= 0], theirs[theirs >= 0]
    at = people.moments(rng, taker)
    if later_days:
        given, until = before.at[theirs], people.active_until[taker]
        after = given + (rng.exponential(later_days * DAY, len(taker))).astype(np.int64)
        sooner = given + (at - people.active_from[taker]) % np.maximum(until - given, 1)
        in_time = np.maximum(at, np.where(after < until, after, sooner))
        at = np.where(given < until, in_time, at)
    return Uses(taker, before.thing[theirs], at)


def _one_of_each(rng: np.random.Generator, uses: Uses, account_count: int) -> Ints:
    """(account_count,) a row of `uses` for each account, at random; -1 where it has none."""
    row = np.full(account_count, -1, dtype=np.int64)
    order = rng.permutation(len(uses))
    row[uses.account[order]] = order
    return row


def _use_gift_cards(rng: np.random.Generator, people: People, friend: Ints) -> Uses:
    giver = np.flatnonzero(chance(rng, len(people), GIFT_CARD_SHARE))
    passed_on = chance(rng, len(giver), 0.4)
    account = np.concatenate([giver, friend[giver[passed_on]]])
    card = np.concatenate([np.arange(len(giver)), np.flatnonzero(passed_on)])
    return Uses(account, things(Source.GIFT_CARD, card), people.moments(rng, account))


def _second_accounts(
    rng: np.random.Generator, people: People, before: UsesByKind, friend: Ints
) -> UsesByKind:
    """Some people have two accounts, say one to buy and one to sell: the second uses nearly all that the
    first does.
    """
    second = np.flatnonzero(chance(rng, len(people), SECOND_ACCOUNT_SHARE))
    second_of = np.full(len(people), -1, dtype=np.int64)
    second_of[friend[second]] = second
    found: UsesByKind = {}
    for kind, uses in before.items():
        also = (second_of[uses.account] >= 0) & chance(rng, len(uses), 0.7)
        account = second_of[uses.account[also]]
        found[kind] = Uses(account, uses.thing[also], people.moments(rng, account))
    return found
