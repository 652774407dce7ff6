"""A shop of one country whose customers keep what they have.

Only log-ins are kept, some four of an account in half a year; seven accounts in ten are older than that.
A phone and a door stay with one person, and so does the line of a home. What is innocently shared: the
line, door, tablet and card of a household, the line and door of an office, cafés, the few addresses of a
carrier, dormitories, firms that buy for their people with one card, clerks who order for others on their
own phone, people who come again under another account, the machines of libraries, lockers, phones that
were sold on. Labels fall on accounts one by one. One honest-looking account in 200 is a fraud alone. Its
rings: unlike_plain_rings.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

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
from unlike_texts import NETHERLANDS, new_account, new_door, spell

DAYS = 180
HOME_SIZES = (*(1,) * 12, *(2,) * 5, 3, 3, 4)
CATEGORIES = ("garden", "books", "shoes", "kitchen", "audio", "phones", "vouchers", "sport")


class Phone(NamedTuple):
    """A device, in somebody's hand from one second to another."""

    device_id: str
    since: float = -np.inf
    until: float = np.inf


@dataclass(frozen=True, slots=True)
class Habit:
    """Of an account: from when on it logs in, how often in all (mean), how often it buys then, for how
    much, and what becomes of that. payees: those it buys from, everybody if empty."""

    first: float = 0.0
    log_ins: float = 4.0
    buys: float = 0.45
    median_minor: float = 3_500
    refunded: float = 0.04
    charged_back: float = 0.002
    category: str | None = None
    payees: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """The first of each of the things is the most used. Things may be added until the person has lived."""

    account: Account
    phones: list[Phone]
    lines: list[str]
    doors: list[Address]
    cards: list[str]
    habit: Habit


@dataclass(frozen=True, slots=True)
class Town:
    """What everybody shares. blocks: the first three bytes of the lines of homes."""

    rng: np.random.Generator
    mint: Mint
    world: World
    hardness: float
    blocks: tuple[str, ...]
    carrier: tuple[str, ...]
    cafes: tuple[str, ...]
    lockers: tuple[Address, ...]
    people: list[Person] = field(default_factory=list)
    sellers: list[str] = field(default_factory=list)


def found_town(params: WorldParams) -> Town:
    rng, mint = np.random.default_rng(params.seed), Mint(params.seed)
    blocks = tuple(
        f"{rng.integers(60, 95)}.{at // 200 % 200 + 1}.{at % 200 + 1}"
        for at in range(8 + params.account_count // 60)
    )
    return Town(
        rng,
        mint,
        World(np.datetime64("2025-03-01"), DAYS),
        params.hardness,
        blocks,
        tuple(f"188.90.{at}.{rng.integers(1, 255)}" for at in range(24)),
        tuple(
            f"{one_of(rng, blocks)}.{rng.integers(1, 255)}" for _ in range(3 + params.account_count // 400)
        ),
        tuple(
            replace(door, line=f"Pakketautomaat {at}, {door.line}")
            for at, door in enumerate(new_door(rng, NETHERLANDS, mint) for _ in range(30))
        ),
    )


def new_line(town: Town) -> str:
    return f"{one_of(town.rng, town.blocks)}.{town.rng.integers(1, 255)}"


def typed(town: Town, door: Address, other_share: float) -> Address:
    """An entry for a door in somebody's address book, spelled otherwise with that probability."""
    if town.rng.random() < other_share:
        return spell(town.rng, NETHERLANDS, door, town.mint)
    return replace(door, address_id=town.mint.new())


def join(town: Town, role: str, created_at: float, setting: str) -> Account:
    account = new_account(town.rng, NETHERLANDS, town.mint, role, created_at)
    town.world.accounts.append(account)
    town.world.settings[account.account_id] = setting
    if role == "seller":
        town.sellers.append(account.account_id)
    return account


def accuse(town: Town, account_id: str, since: float) -> None:
    """A label, some weeks later; after the world's last day nobody reads it."""
    delay = float(town.rng.lognormal(np.log(18), 0.8)) * DAY
    town.world.labels.append(Label(since + delay, account_id, "fraud"))


def settle(town: Town, number: int) -> None:
    """Honest people, house by house, and then what they share beyond that. Every fortieth home has
    somebody who forgot that there was an account already."""
    rng = town.rng
    while (left := number - len(town.people)) > 0:
        way = rng.random()
        if way < 0.0006:
            _fill_house(town, "dorm", min(left, int(rng.integers(20, 120))))
        elif way < 0.003:
            _fill_house(town, "firm", min(left, int(rng.integers(4, 16))))
        elif way < 0.004:
            _fill_house(town, "clerk", min(left, int(rng.integers(6, 30))))
        else:
            _fill_house(town, "home", min(left, one_of(rng, HOME_SIZES)))
            if rng.random() < 0.025 and len(town.people) < number:
                former = town.people[-1]
                account = join(town, "buyer", float(rng.uniform(former.habit.first, DAYS * DAY)), "again")
                habit = replace(former.habit, first=account.created_at)
                town.people.append(replace(former, account=account, habit=habit))
    _share_in_town(town)


def _fill_house(town: Town, setting: str, tenants: int) -> None:
    """A home has a tablet for all in one of four, a card in three of ten; a firm has a card; a clerk has
    a phone."""
    rng, mint = town.rng, town.mint
    lines = [new_line(town) for _ in range(2 if setting == "dorm" else 1)]
    door = new_door(rng, NETHERLANDS, mint)
    is_family = setting == "home" and tenants > 1
    tablet = [Phone(mint.new())] if setting == "clerk" or (is_family and rng.random() < 0.25) else []
    card = [mint.new()] if setting == "firm" or (is_family and rng.random() < 0.3) else []
    for _ in range(tenants):
        joined = float(rng.uniform(0, DAYS) if rng.random() < 0.3 else -(rng.exponential(500) % 2500)) * DAY
        account = join(town, "seller" if rng.random() < 0.025 else "buyer", joined, setting)
        own = [] if card and rng.random() < 0.5 else [mint.new()]
        phones = [Phone(mint.new()), *(tablet if setting == "clerk" or rng.random() < 0.7 else [])]
        habit = Habit(
            max(joined, 0.0), log_ins=float(rng.gamma(1.6, 2.5)), median_minor=float(rng.lognormal(8, 0.5))
        )
        someday = float(rng.uniform(habit.first, DAYS * DAY))
        if rng.random() < 0.005:
            habit = replace(habit, median_minor=15_000, charged_back=0.3, refunded=0.3)
            town.world.frauds.add(account.account_id)
            if rng.random() < 0.3:
                accuse(town, account.account_id, someday)
        elif rng.random() < 0.011:
            verdict = "fraud" if rng.random() < 0.08 else "legit"
            town.world.labels.append(Label(someday, account.account_id, verdict))
        doors = [typed(town, door, 0.25)]
        if setting == "clerk":  # orders for people who live elsewhere, on one phone
            phones, doors = phones[1:], [typed(town, new_door(rng, NETHERLANDS, mint), 0.25)]
        town.people.append(Person(account, phones, list(lines), doors, own + card, habit))


def _share_in_town(town: Town) -> None:
    """Some offices are large."""
    rng, people = town.rng, town.people
    offices = [(new_line(town), new_door(rng, NETHERLANDS, town.mint)) for _ in range(1 + len(people) // 400)]
    machines = [town.mint.new() for _ in range(1 + len(people) // 2_000)]
    for person in people:
        if rng.random() < 0.15:
            line, door = offices[int(len(offices) * rng.random() ** 2)]
            person.lines.append(line)
            person.doors.extend([door] if rng.random() < 0.2 else [])
        if rng.random() < 0.02:
            person.phones.append(Phone(one_of(rng, machines)))
        if rng.random() < 0.08:
            person.doors.append(one_of(rng, town.lockers))
        former = one_of(rng, people)
        if rng.random() < 0.015 and former is not person and len(former.phones) == 1:
            day = float(rng.uniform(10, DAYS)) * DAY
            sold = former.phones.pop()
            former.phones.extend([sold._replace(until=day), Phone(town.mint.new(), day)])
            person.phones.append(Phone(sold.device_id, day))


def live(town: Town, person: Person) -> None:
    """Log-ins at any hour; to sign up is one. Doors and cards are known from the first purchase with them."""
    rng, world, habit = town.rng, town.world, person.habit
    account_id, known = person.account.account_id, set()
    moments = rng.uniform(habit.first, DAYS * DAY, rng.poisson(habit.log_ins)).tolist()
    signed_up = [habit.first] if habit.first == person.account.created_at else []
    for at in signed_up + sorted(moments):
        held = [phone.device_id for phone in person.phones if phone.since <= at < phone.until]
        device = _mostly_first(rng, held) if held else None
        way = rng.random()
        ip = (
            _mostly_first(rng, person.lines)
            if way > 0.33
            else one_of(rng, town.carrier if way > 0.02 else town.cafes)
        )
        world.sessions.append(Session(at, account_id, device, ip))
        if rng.random() > habit.buys:
            continue
        door, card = _mostly_first(rng, person.doors), _mostly_first(rng, person.cards)
        if door.address_id not in known:
            world.addresses.append(
                AddressUse(at, account_id, door.address_id, door.line, door.city, door.postcode)
            )
        if card not in known:
            world.instruments.append(Instrument(at, account_id, card, "card"))
        known |= {door.address_id, card}
        fate = rng.random()
        status = "chargeback" if fate < habit.charged_back else "paid"
        world.payments.append(
            Payment(
                at + float(rng.uniform(60, 1800)),
                account_id,
                one_of(rng, habit.payees) if habit.payees and rng.random() < 0.8 else popular(town),
                card,
                door.address_id,
                device,
                ip,
                max(50, int(rng.lognormal(np.log(habit.median_minor), 0.8))),
                "EUR",
                "refunded" if fate > 1 - habit.refunded else status,
                habit.category if habit.category and rng.random() < 0.8 else one_of(rng, CATEGORIES),
            )
        )


def popular(town: Town) -> str:
    """A seller; early ones of the list have more custom than late ones."""
    return town.sellers[int(len(town.sellers) * town.rng.random() ** 2.5)]


def _mostly_first(rng: np.random.Generator, things: Sequence[T]) -> T:
    return things[0] if len(things) == 1 or rng.random() < 0.65 else one_of(rng, things[1:])
