"""The rings of the plain marketplace, most of them small and tight.

Coupons by the dozen, a seller with buyers of his own, parcels that are said never to have come, cards
that are tried out, accounts bought long ago and woken at once, and farms of 60 to 150 accounts on a
handful of phones. Hardness takes shared things from members and leaves them own ones, spells doors
otherwise, slows sign-ups, moves lines into cafés, and puts strangers on what is the ring's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from unlike_mix import Kind, allot
from unlike_plain import (
    DAYS,
    Habit,
    Person,
    Phone,
    Town,
    accuse,
    found_town,
    join,
    live,
    new_line,
    settle,
    typed,
)
from unlike_tables import DAY, Account, Address, T, World, WorldParams, one_of
from unlike_texts import NETHERLANDS, new_door

RING_SHARE = 0.03


@dataclass(frozen=True, slots=True)
class Style(Kind):
    """A kind of ring. per_*: members to one thing; 0 if each has his own,
    below 1 if each has several. burst_days: in which most sign up. aged: signed up long before."""

    per_phone: float
    per_line: float
    per_door: float
    per_card: float
    burst_days: float
    habit: Habit
    seller_count: int = 0
    aged: bool = False


COUPONS = Habit(log_ins=2.5, buys=0.7, median_minor=1_200, category="vouchers")
OWN_BUYERS = Habit(log_ins=5, buys=0.7, median_minor=2_600)
LOST_PARCELS = Habit(log_ins=4, buys=0.6, median_minor=21_000, refunded=0.55, category="audio")
CARD_TRIAL = Habit(log_ins=9, buys=1.0, median_minor=300, charged_back=0.3)
WOKEN = Habit(log_ins=5, buys=0.8, median_minor=26_000, charged_back=0.4, category="phones")
FARM = Habit(log_ins=4, buys=0.5, median_minor=1_900, refunded=0.15)
STYLES = (
    Style("coupons", 0.22, (4, 14), 5, 8, 4, 0, 3, COUPONS),
    Style("own_buyers", 0.2, (6, 25), 5, 10, 0, 4, 25, OWN_BUYERS, seller_count=1),
    Style("lost_parcels", 0.16, (3, 10), 0, 0, 5, 3, 40, LOST_PARCELS),
    Style("card_trial", 0.08, (3, 8), 4, 4, 0, 0.2, 2, CARD_TRIAL),
    Style("woken", 0.14, (5, 15), 4, 6, 4, 3, 6, WOKEN, aged=True),
    Style("farm", 0.2, (60, 150), 25, 40, 30, 0, 40, FARM),
)


@dataclass(frozen=True, slots=True)
class Stock:
    """The things of a ring."""

    phones: tuple[str, ...]
    lines: tuple[str, ...]
    doors: tuple[Address, ...]
    cards: tuple[str, ...]


def build_plain(params: WorldParams) -> World:
    town = found_town(params)
    in_rings = int(params.account_count * RING_SHARE)
    settle(town, params.account_count - in_rings)
    honest = tuple(town.people)
    for style, size in allot(town.rng, STYLES, in_rings):
        _found_ring(town, style, size, honest)
    for person in town.people:
        live(town, person)
    return town.world


def _found_ring(town: Town, style: Style, size: int, honest: Sequence[Person]) -> None:
    rng, brought = town.rng, town.world.brought
    ring_id = f"ring-{town.mint.new(8)}"
    start = float(rng.uniform(3, DAYS - 45)) * DAY
    stock = _buy_stock(town, style, size)
    sellers = [join(town, "seller", start, "ring") for _ in range(style.seller_count)]
    payees = tuple(seller.account_id for seller in sellers)
    for number in range(size):
        if number < len(sellers):
            account, habit = sellers[number], replace(style.habit, first=start, buys=0.1)
        else:
            account, first = _sign_up(town, style, start)
            habit = replace(style.habit, first=first, payees=payees)
        town.people.append(_equip(town, style, stock, Person(account, [], [], [], [], habit), number))
        for door in town.people[-1].doors:
            if (door.city, door.postcode) in {(each.city, each.postcode) for each in stock.doors}:
                brought.add(("address", door.text, ring_id))
        town.world.members.append((ring_id, account.account_id, style.typology))
        town.world.frauds.add(account.account_id)
        if rng.random() < 0.31:
            accuse(town, account.account_id, habit.first)
    brought.update(("device", phone, ring_id) for phone in stock.phones)
    brought.update(("ip", line, ring_id) for line in stock.lines if line not in town.cafes)
    brought.update(("instrument", card, ring_id) for card in stock.cards)
    _lead_strangers(town, stock, honest)


def _buy_stock(town: Town, style: Style, size: int) -> Stock:
    """With hardness more of the lines are cafés'."""

    def number(per: float) -> range:
        return range(int(np.ceil(size / per)) if per else 0)

    rng = town.rng
    return Stock(
        tuple(town.mint.new() for _ in number(style.per_phone)),
        tuple(
            one_of(rng, town.cafes) if rng.random() < 0.5 * town.hardness else new_line(town)
            for _ in number(style.per_line)
        ),
        tuple(new_door(rng, NETHERLANDS, town.mint) for _ in number(style.per_door)),
        tuple(town.mint.new() for _ in number(style.per_card)),
    )


def _sign_up(town: Town, style: Style, start: float) -> tuple[Account, float]:
    """An account, and when the ring begins to use it."""
    days = float(town.rng.exponential()) * style.burst_days * (0.2 + 1.5 * town.hardness)
    used = min(start + days * DAY, (DAYS - 5) * DAY)
    created = -(float(town.rng.exponential(400)) % 2500) * DAY if style.aged else used
    return join(town, "buyer", created, "ring"), used


def _equip(town: Town, style: Style, stock: Stock, person: Person, number: int) -> Person:
    """Things of the ring first, then own ones, which nobody lacks whom the ring gave nothing."""
    rng, hard, mint = town.rng, town.hardness, town.mint

    def take(pool: Sequence[T], per: float) -> list[T]:
        """Mostly what the members before and after take, so that a large ring hangs together by the
        others."""
        if not pool or rng.random() < 0.55 * hard:
            return []
        if per < 1:
            return [one_of(rng, pool) for _ in range(int(1 / per))]
        return [pool[int(number / per)] if rng.random() < 0.75 else one_of(rng, pool)]

    def needs(things: Sequence[object]) -> bool:
        return not things or rng.random() < 0.2 + 0.6 * hard

    person.phones.extend(Phone(each) for each in take(stock.phones, style.per_phone))
    person.lines.extend(take(stock.lines, style.per_line))
    person.doors.extend(typed(town, door, 0.2 + 0.6 * hard) for door in take(stock.doors, style.per_door))
    person.cards.extend(take(stock.cards, style.per_card))
    if needs(person.phones):
        person.phones.append(Phone(mint.new()))
    if needs(person.lines):
        person.lines.append(new_line(town))
    if needs(person.doors):
        person.doors.append(typed(town, new_door(rng, NETHERLANDS, mint), 0.25))
    if needs(person.cards):
        person.cards.append(mint.new())
    return person


def _lead_strangers(town: Town, stock: Stock, honest: Sequence[Person]) -> None:
    """Who bought the phone later, got the line from the provider, moved in after the ring, or owns the
    card."""
    rng = town.rng
    often = 0.1 + 0.8 * town.hardness
    late = float(rng.uniform(0.3, 0.9)) * DAYS * DAY
    for phone in stock.phones:
        for _ in range(rng.poisson(often / 2)):
            one_of(rng, honest).phones.append(Phone(phone, late))
    for line in stock.lines:
        for _ in range(rng.poisson(2 * often)):
            one_of(rng, honest).lines.append(line)
    for door in stock.doors:
        for _ in range(rng.poisson(often)):
            one_of(rng, honest).doors.append(typed(town, door, 0.25))
    for card in stock.cards:
        if rng.random() < often / 5:
            one_of(rng, honest).cards.append(card)
