"""A marketplace of three countries in which hardly anything stays with anybody.

Every visit is kept, some fifteen of an account in a year. A device is an app's installation or a
browser's cookie and is another one after some months or weeks; lines get addresses out of a provider's
pool, which others had before; of four visits in ten the address is a carrier's. People move house,
deliver to parcel points, pay with cards that are made for one payment. What is innocently shared: a home
and its tablet, a hostel by ever other tenants, the phones of an agency that keeps creators' accounts, a
phone shop that signs its customers up on its own device, events at which a hundred people sign up in an
evening behind one address. Doors have the id of their text; payments do not say from which address. One
account in 150 is a fraud alone. Its rings: unlike_rotating_rings.py.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Generic, NamedTuple

import numpy as np
from unlike_tables import (
    DAY,
    Account,
    Address,
    AddressUse,
    Instrument,
    Mint,
    Payment,
    Session,
    T,
    World,
    WorldParams,
    one_of,
)
from unlike_texts import CANADA, ITALY, MEXICO, Country, new_account, new_door, spell

DAYS = 365
END = DAYS * DAY
COUNTRIES = (ITALY, MEXICO, CANADA)
CATEGORIES = ("clothes", "tools", "pets", "music", "tickets", "phones", "top_up", "art", "food")


class Stay(NamedTuple, Generic[T]):
    """A thing in somebody's hands from one second to another."""

    thing: T
    since: float
    until: float


# A line: the addresses that it had, one after the other. One that ends in "::" is a network of which every
# visit takes another address.
Line = tuple[Stay[str], ...]


@dataclass(frozen=True, slots=True)
class Habit:
    """visits: mean from the first to the last second. mobile: share of them by a carrier. one_off: cards
    are made for one payment. payees: those that four in five purchases are from, everybody if empty."""

    first: float
    last: float = END
    visits: float = 15.0
    buys: float = 0.13
    median_minor: float = 4_000
    refunded: float = 0.06
    charged_back: float = 0.003
    mobile: float = 0.42
    one_off: bool = False
    category: str | None = None
    payees: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """Whatever is in hand is used as often as the rest. Stays may be added until the person has lived."""

    account: Account
    country: Country
    devices: list[Stay[str]]
    lines: list[Stay[Line]]
    doors: list[Stay[Address]]
    cards: list[Stay[str]]
    habit: Habit


@dataclass(frozen=True, slots=True)
class Land:
    """A country: the addresses of its provider's lines and of its carrier, its parcel points and hostels."""

    country: Country
    provider: tuple[str, ...]
    carrier: tuple[str, ...]
    points: tuple[Address, ...]
    hostels: tuple[tuple[Address, Line], ...]
    sellers: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Globe:
    rng: np.random.Generator
    mint: Mint
    world: World
    hardness: float
    lands: dict[str, Land] = field(default_factory=dict)
    people: list[Person] = field(default_factory=list)


def found_globe(params: WorldParams) -> Globe:
    rng, mint = np.random.default_rng(params.seed), Mint(params.seed)
    globe = Globe(rng, mint, World(np.datetime64("2024-09-01"), DAYS), params.hardness)
    for at, country in enumerate(COUNTRIES):
        size = 60 + params.account_count // 3
        provider = tuple(
            f"{151 + at}.{rng.integers(20, 90)}.{each // 250}.{each % 250 + 2}" for each in range(size)
        )
        carrier = tuple(
            f"{37 + at}.{rng.integers(160, 163)}.{rng.integers(256)}.{rng.integers(256)}" for _ in range(60)
        )
        points = tuple(
            replace(door, line=f"{door.line} Pickup {number}")
            for number, door in enumerate(new_door(rng, country, mint) for _ in range(40))
        )
        hostels = tuple(
            (new_door(rng, country, mint), new_line(globe, provider))
            for _ in range(2 + params.account_count // 6_000)
        )
        globe.lands[country.market] = Land(country, provider, carrier, points, hostels)
    return globe


def renew(
    rng: np.random.Generator, span: tuple[float, float], mean_days: float, new: Callable[[], T]
) -> list[Stay[T]]:
    """One thing after another, each for a time that is exponential, from the first second to the last."""
    stays, (at, last) = [], span
    while at < last:
        until = at + (float(rng.exponential(mean_days)) + 0.5) * DAY
        stays.append(Stay(new(), at, min(until, last)))
        at = until
    return stays


def new_line(globe: Globe, provider: Sequence[str]) -> Line:
    """Of ten lines, four have an address for a season, four for two weeks, two are networks that change
    by the month."""
    rng, way = globe.rng, globe.rng.random()
    if way < 0.2:
        return tuple(
            renew(
                rng,
                (0, END),
                30,
                lambda: f"2a0c:{rng.integers(4096):x}:{rng.integers(65536):x}:{rng.integers(1, 65536):x}::",
            )
        )
    return tuple(renew(rng, (0, END), 15 if way < 0.6 else 120, lambda: one_of(rng, provider)))


def join(globe: Globe, land: Land, role: str, created_at: float, setting: str) -> Account:
    account = new_account(globe.rng, land.country, globe.mint, role, created_at)
    globe.world.accounts.append(account)
    globe.world.settings[account.account_id] = setting
    if role != "buyer":
        land.sellers.append(account.account_id)
    return account


def typed(globe: Globe, country: Country, door: Address, other_share: float) -> Address:
    return spell(globe.rng, country, door, globe.mint) if globe.rng.random() < other_share else door


def live(globe: Globe, person: Person) -> None:
    rng, habit, account_id = globe.rng, person.habit, person.account.account_id
    land, known = globe.lands[person.country.market], set[str]()
    moments = np.sort(rng.uniform(habit.first, habit.last, rng.poisson(habit.visits) + 1))
    if habit.first == person.account.created_at:
        moments[0] = habit.first  # the sign-up is a visit
    for at in moments.tolist():
        device, line = in_hand(rng, person.devices, at), in_hand(rng, person.lines, at)
        by_carrier = line is None or (rng.random() < habit.mobile and at > habit.first)
        ip = one_of(rng, land.carrier) if by_carrier or line is None else address_at(rng, line, at)
        globe.world.sessions.append(Session(at, account_id, device, ip))
        if rng.random() < habit.buys:
            _buy(globe, land, person, (at, device), known)


def _buy(globe: Globe, land: Land, person: Person, visit: tuple[float, str | None], known: set[str]) -> None:
    rng, habit, (at, device), account_id = globe.rng, person.habit, visit, person.account.account_id
    door, card, kind = in_hand(rng, person.doors, at), in_hand(rng, person.cards, at), "card"
    if card is None or (habit.one_off and rng.random() < 0.8):
        card, kind = globe.mint.new(), "virtual_card"
    place = None
    if door is not None and (place := place_id(door)) not in known:
        deliver(globe.world, account_id, door, at)
        known.add(place)
    if card not in known:
        globe.world.instruments.append(Instrument(at, account_id, card, kind))
        known.add(card)
    payee = one_of(rng, habit.payees) if habit.payees and rng.random() < 0.8 else _known_seller(rng, land)
    fate = rng.random()
    status = (
        "chargeback" if fate < habit.charged_back else "refunded" if fate > 1 - habit.refunded else "paid"
    )
    amount = max(100, int(rng.lognormal(np.log(habit.median_minor), 0.9)))
    category = habit.category if habit.category and rng.random() < 0.7 else one_of(rng, CATEGORIES)
    globe.world.payments.append(
        Payment(
            at + 300,
            account_id,
            payee,
            card,
            place,
            device,
            None,
            amount,
            person.country.currency,
            status,
            category,
        )
    )


def place_id(door: Address) -> str:
    """The same for the same text, whoever typed it."""
    return hashlib.blake2b(door.text.encode(), digest_size=8).hexdigest()


def deliver(world: World, account_id: str, door: Address, at: float) -> None:
    world.addresses.append(AddressUse(at, account_id, place_id(door), door.line, door.city, door.postcode))


def _known_seller(rng: np.random.Generator, land: Land) -> str:
    return land.sellers[int(len(land.sellers) * rng.random() ** 2)]


def in_hand(rng: np.random.Generator, stays: Sequence[Stay[T]], at: float) -> T | None:
    held = [stay.thing for stay in stays if stay.since <= at < stay.until]
    return one_of(rng, held) if held else None


def address_at(rng: np.random.Generator, line: Line, at: float) -> str | None:
    for stay in line:
        if stay.since <= at < stay.until:
            text = stay.thing
            return (
                f"{text[:-1]}{rng.integers(1, 65536):x}:{rng.integers(1, 65536):x}:0:1"
                if text.endswith("::")
                else text
            )
    return None
