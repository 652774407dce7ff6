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
    Label,
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


def settle(globe: Globe, number: int) -> None:
    while (left := number - len(globe.people)) > 0:
        rng = globe.rng
        land = globe.lands[COUNTRIES[int(rng.choice(3, p=(0.3, 0.45, 0.25)))].market]
        way = rng.random()
        if way < 0.0009:
            _crowd(globe, land, "event", min(left, int(rng.integers(30, 150))))
        elif way < 0.0025:
            _crowd(globe, land, "shop", min(left, int(rng.integers(10, 60))))
        elif way < 0.0045:
            _crowd(globe, land, "agency", min(left, int(rng.integers(5, 25))))
        elif way < 0.03:
            _crowd(globe, land, "hostel", 1)
        else:
            _crowd(globe, land, "home", min(left, 1 + int(rng.choice(4, p=(0.5, 0.28, 0.14, 0.08)))))


def _crowd(globe: Globe, land: Land, setting: str, size: int) -> None:
    """People of one home, or of one occasion, each with a home of his own."""
    rng, mint = globe.rng, globe.mint
    occasion = float(rng.uniform(0, END))
    wifi, device, wallet = new_line(globe, land.provider), mint.new(), mint.new()
    home = new_home(globe, land)
    is_family, has_tablet, has_wallet = setting == "home" and size > 1, rng.random() < 0.3, rng.random() < 0.3
    for _ in range(size):
        joined = float(rng.uniform(0, END) if rng.random() < 0.5 else rng.uniform(-700 * DAY, 0))
        if setting == "event":
            joined = min(occasion + float(rng.exponential(0.1)) * DAY, END - 1)
        elif setting == "shop":
            joined = float(rng.uniform(0, END))
        role = "creator" if setting == "agency" else ("seller" if rng.random() < 0.02 else "buyer")
        person = new_person(
            globe, land, join(globe, land, role, joined, setting), home if setting == "home" else None
        )
        first = person.habit.first
        if setting in ("event", "shop"):
            person.lines.append(Stay(wifi, first, first + DAY / 4))
        if setting == "shop":
            person.devices[:] = [stay._replace(since=max(stay.since, first + 900)) for stay in person.devices]
            person.devices.append(Stay(device, first, first + 900))
        if setting == "agency":
            person.devices.extend(renew(rng, (first, END), 200, lambda: device))
            person.lines.append(Stay(wifi, first, END))
        if setting == "hostel":
            door, line = one_of(rng, land.hostels)
            came = float(rng.uniform(first, END))
            left = came + float(rng.exponential(60)) * DAY
            person.doors.append(Stay(typed(globe, land.country, door, 0.3), came, left))
            person.lines.append(Stay(line, came, left))
        if is_family and has_tablet and rng.random() < 0.7:
            person.devices.append(Stay(device, first, END))
        if is_family and has_wallet:
            person.cards.append(Stay(wallet, first, END))
        globe.people.append(_judged(globe, person))


def new_home(globe: Globe, land: Land) -> tuple[list[Stay[Address]], Line]:
    """Its doors, one after another as people move, and its line."""
    rng = globe.rng
    doors = renew(rng, (0, END), 500, lambda: new_door(rng, land.country, globe.mint))
    return doors, new_line(globe, land.provider)


def new_person(
    globe: Globe, land: Land, account: Account, home: tuple[list[Stay[Address]], Line] | None = None
) -> Person:
    """Somebody honest. A third has parcels left at a parcel point; four in ten come by browser too."""
    rng, mint, first = globe.rng, globe.mint, max(account.created_at, 0.0)
    doors, line = home or new_home(globe, land)
    span = (first, END)
    own = [Stay(typed(globe, land.country, stay.thing, 0.2), stay.since, stay.until) for stay in doors]
    if rng.random() < 0.35:
        own.append(Stay(one_of(rng, land.points), first, END))
    devices = renew(rng, span, 220, mint.new) + (renew(rng, span, 35, mint.new) if rng.random() < 0.4 else [])
    visits = float(rng.lognormal(2.3, 0.9)) * (END - first) / END + 1
    habit = Habit(
        first,
        visits=min(visits, 150),
        median_minor=float(rng.lognormal(8.2, 0.6)),
        one_off=bool(rng.random() < 0.25),
    )
    return Person(
        account, land.country, devices, [Stay(line, first, END)], own, renew(rng, span, 600, mint.new), habit
    )


def _judged(globe: Globe, person: Person) -> Person:
    """One in 150 is a fraud alone; of the rest one in a hundred has a label, one in a thousand a wrong
    one."""
    rng, account_id = globe.rng, person.account.account_id
    at, way = float(rng.uniform(person.habit.first, END)), rng.random()
    if way < 1 / 150:
        globe.world.frauds.add(account_id)
        person = replace(person, habit=replace(person.habit, buys=0.4, charged_back=0.35))
    if way < 1 / 500 or 0.01 < way < 0.011:
        globe.world.labels.append(Label(at, account_id, "fraud"))
    elif 0.02 < way < 0.03:
        globe.world.labels.append(Label(at, account_id, "legit"))
    return person


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
