"""The rings of the rotating marketplace, most of them long or large.

A conveyor, whose accounts come and go while phones, doors and cards are replaced, so that only neighbours
in time share anything; a burst of sign-ups behind one busy public door; sellers with buyers behind the
lines of innocent homes; accounts that each have their own things and only slip now and then; accounts of
honest people that were taken over; a depot of 60 to 150 accounts on a few things, with invented flats.
Hardness takes things of the ring from members, shortens for how many they last, resets devices more
often, slows sign-ups, brings more innocent lines, and puts strangers on what is the ring's. Labels fall
on whole rings, or on none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from unlike_mix import Kind, allot
from unlike_rotating import (
    END,
    Globe,
    Habit,
    Land,
    Line,
    Person,
    Stay,
    deliver,
    found_globe,
    in_hand,
    join,
    live,
    new_line,
    renew,
    typed,
)
from unlike_rotating_people import new_person, settle
from unlike_tables import DAY, Account, Address, Instrument, Label, Session, T, World, WorldParams, one_of
from unlike_texts import new_door

RING_SHARE = 0.05
NONE = (0, 0)


@dataclass(frozen=True, slots=True)
class Style(Kind):
    """A kind of ring. gap_days: between two sign-ups, on average.
    stay_days: how long a member is used. Each pair: every how many members a thing is replaced, and how
    many use it, of which the last overlap with those of the next. slips: uses of another member's things,
    per member. taken: the accounts are honest people's. public: deliveries are to a hostel or a parcel
    point."""

    gap_days: float
    stay_days: float
    devices: tuple[int, int]
    lines: tuple[int, int]
    doors: tuple[int, int]
    cards: tuple[int, int]
    habit: Habit
    slips: float = 0.2
    seller_count: int = 0
    taken: bool = False
    public: bool = False
    proxied: bool = False


CONVEYOR = Habit(0, visits=9, buys=0.3, median_minor=9_000, refunded=0.35, mobile=0.3)
BURST = Habit(0, visits=5, buys=0.35, median_minor=2_000, category="top_up", mobile=0.3)
OWN_MARKET = Habit(0, visits=14, buys=0.3, median_minor=3_000, mobile=0.2)
SLIPPING = Habit(0, visits=20, buys=0.25, median_minor=12_000, charged_back=0.12)
TAKEN_OVER = Habit(
    0, visits=4, buys=0.6, median_minor=18_000, charged_back=0.5, category="phones", mobile=0.2
)
DEPOT = Habit(0, visits=10, buys=0.3, median_minor=5_000, refunded=0.25, mobile=0.3)
STYLES = (
    Style("conveyor", 0.28, (25, 80), 3, 14, (2, 4), (4, 6), (6, 8), (3, 5), CONVEYOR),
    Style("burst", 0.16, (25, 90), 0.05, 20, (3, 3), (12, 15), NONE, (6, 7), BURST, public=True),
    Style(
        "own_market", 0.18, (12, 40), 4, 120, (4, 5), (8, 8), NONE, (5, 6), OWN_MARKET, 0.3, 2, proxied=True
    ),
    Style("slipping", 0.08, (6, 20), 9, 150, NONE, NONE, NONE, NONE, SLIPPING, 1.8),
    Style("taken_over", 0.12, (8, 30), 0.6, 8, (3, 4), (7, 9), (6, 7), NONE, TAKEN_OVER, taken=True),
    Style("depot", 0.18, (60, 150), 1, 90, (20, 30), (50, 60), (70, 80), (25, 25), DEPOT),
)


@dataclass(frozen=True, slots=True)
class Ring:
    """A ring at work. Of each kind the things so far; a new one is got for the first member that needs it.
    leases: addresses and networks of its own lines, not of those of innocent homes."""

    ring_id: str
    style: Style
    land: Land
    neighbours: Sequence[Person]
    devices: list[str] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    leases: set[str] = field(default_factory=set)
    doors: list[Address] = field(default_factory=list)
    cards: list[str] = field(default_factory=list)
    crew: list[Person] = field(default_factory=list)


def build_rotating(params: WorldParams) -> World:
    globe = found_globe(params)
    in_rings = int(params.account_count * RING_SHARE)
    settle(globe, params.account_count - in_rings)
    for style, size in allot(globe.rng, STYLES, in_rings):
        _found_ring(globe, style, size)
    for person in globe.people:
        live(globe, person)
    return globe.world


def _found_ring(globe: Globe, style: Style, size: int) -> None:
    rng = globe.rng
    land = one_of(rng, list(globe.lands.values()))
    neighbours = [person for person in globe.people if person.country is land.country]
    ring = Ring(f"ring-{globe.mint.new(8)}", style, land, neighbours)
    gap = style.gap_days * (0.7 + globe.hardness)
    at = start = float(rng.uniform(0.02, max(0.05, 0.85 - gap * size / 365))) * END
    sellers = [join(globe, land, "seller", start, "ring") for _ in range(style.seller_count)]
    payees = tuple(seller.account_id for seller in sellers)
    haunt = one_of(rng, [*land.points, *(door for door, _ in land.hostels)])
    for number in range(size):
        if number < len(sellers):
            habit = replace(style.habit, first=start, last=END, buys=0.02)
            member = _settle_in(globe, land, sellers[number], habit)
        else:
            at = min(at + float(rng.exponential(gap)) * DAY, END - 3 * DAY)
            last = min(at + (float(rng.gamma(4, style.stay_days / 4)) + 2) * DAY, END)
            member = _recruit(globe, ring, replace(style.habit, first=at, last=last, payees=payees))
        _equip(globe, ring, member, number)
        if style.public:
            member.doors[:] = [Stay(typed(globe, land.country, haunt, 0.3), member.habit.first, END)]
        ring.crew.append(member)
    for member in ring.crew:
        _work(globe, ring, member)
    _slip(globe, ring)
    _lead_strangers(globe, ring)
    _investigate(globe, ring, start)


def _recruit(globe: Globe, ring: Ring, habit: Habit) -> Person:
    """A fresh account, or that of an honest person, who has lived until then and leaves only a card."""
    rng, land = globe.rng, ring.land
    if not ring.style.taken:
        return _settle_in(globe, land, join(globe, land, "buyer", habit.first, "ring"), habit)
    victim = new_person(globe, land, join(globe, land, "buyer", float(rng.uniform(-700 * DAY, 0)), "home"))
    share = habit.first / END
    before = replace(victim.habit, last=habit.first, visits=victim.habit.visits * share)
    live(globe, replace(victim, habit=before))
    return Person(victim.account, land.country, [], [], [], list(victim.cards), habit)


def _settle_in(globe: Globe, land: Land, account: Account, habit: Habit) -> Person:
    """Things of its own; devices are reset the sooner, the harder the world."""
    rng, mint, span = globe.rng, globe.mint, (habit.first, habit.last)
    devices = renew(rng, span, 60 - 45 * globe.hardness, mint.new)
    door = typed(globe, land.country, new_door(rng, land.country, mint), 0.2)
    lines = [Stay(new_line(globe, land.provider), *span)]
    return Person(
        account, land.country, devices, lines, [Stay(door, *span)], [Stay(mint.new(), *span)], habit
    )


def _equip(globe: Globe, ring: Ring, member: Person, number: int) -> None:
    """What is the ring's stands beside what is the member's, or in its place."""
    rng, hard, style, country = globe.rng, globe.hardness, ring.style, ring.land.country

    def get_line() -> Line:
        if rng.random() < (0.3 if style.proxied else 0.0) + 0.4 * hard:
            return one_of(rng, ring.neighbours).lines[0].thing
        line = new_line(globe, ring.land.provider)
        ring.leases.update(stay.thing for stay in line)
        return line

    def give(hand: list[Stay[T]], pool: list[T], pair: tuple[int, int], get: Callable[[], T]) -> None:
        step, width = pair
        while step and len(pool) * step <= number:
            pool.append(get())
        users = max(2, round(width * (1 - 0.35 * hard)))
        given = [
            Stay(thing, member.habit.first, member.habit.last)
            for at, thing in enumerate(pool)
            if at * step <= number < at * step + users and rng.random() > 0.5 * hard
        ]
        if given and rng.random() < 0.6 - 0.5 * hard:
            hand.clear()
        hand.extend(given)

    give(member.devices, ring.devices, style.devices, globe.mint.new)
    give(member.lines, ring.lines, style.lines, get_line)
    give(member.doors, ring.doors, style.doors, lambda: new_door(rng, country, globe.mint))
    give(member.cards, ring.cards, style.cards, globe.mint.new)
    at_ring = {door.address_id for door in ring.doors}
    member.doors[:] = [
        stay._replace(thing=typed(globe, country, stay.thing, 0.2 + 0.5 * hard))
        if stay.thing.address_id in at_ring
        else stay
        for stay in member.doors
    ]


def _work(globe: Globe, ring: Ring, member: Person) -> None:
    """Live, and put down what is true of it."""
    world, account_id = globe.world, member.account.account_id
    world.members.append((ring.ring_id, account_id, ring.style.typology))
    world.frauds.add(account_id)
    before = len(world.sessions)
    live(globe, member)
    for session in world.sessions[before:]:
        if session.ip is not None and (
            session.ip in ring.leases or f"{session.ip.rsplit(':', 4)[0]}::" in ring.leases
        ):
            world.brought.add(("ip", session.ip, ring.ring_id))
    places = {(door.city, door.postcode) for door in ring.doors}
    doors = (stay.thing for stay in member.doors)
    world.brought.update(
        ("address", door.text, ring.ring_id) for door in doors if (door.city, door.postcode) in places
    )
    world.brought.update(("device", device, ring.ring_id) for device in ring.devices)
    world.brought.update(("instrument", card, ring.ring_id) for card in ring.cards)


def _slip(globe: Globe, ring: Ring) -> None:
    """Once, something that a member has in hand is used for another who came a little later."""
    rng, world, crew = globe.rng, globe.world, ring.crew
    for number, member in enumerate(crew[1:], 1):
        for _ in range(rng.poisson(ring.style.slips * (1 - 0.5 * globe.hardness))):
            other = crew[max(0, number - int(rng.geometric(0.4)))]
            at = max(float(rng.uniform(other.habit.first, other.habit.last)), member.habit.first)
            account_id, way = member.account.account_id, rng.random()
            device, card = in_hand(rng, other.devices, at), in_hand(rng, other.cards, at)
            door = in_hand(rng, other.doors, at)
            if way < 0.5 and device is not None:
                world.sessions.append(Session(at, account_id, device, one_of(rng, ring.land.carrier)))
                world.brought.add(("device", device, ring.ring_id))
            elif 0.5 <= way < 0.75 and card is not None:
                world.instruments.append(Instrument(at, account_id, card, "card"))
                world.brought.add(("instrument", card, ring.ring_id))
            elif way >= 0.75 and door is not None and not ring.style.public:
                deliver(world, account_id, door, at)
                world.brought.add(("address", door.text, ring.ring_id))


def _lead_strangers(globe: Globe, ring: Ring) -> None:
    """Who bought the phone, moved in later, or owns the card. Some are accused for it."""
    rng, often = globe.rng, 0.1 + 0.8 * globe.hardness

    def lead(hand_of: Callable[[Person], list[Stay[T]]], pool: Sequence[T], mean: float) -> None:
        for thing in pool:
            for _ in range(rng.poisson(mean)):
                person = one_of(rng, ring.neighbours)
                since = float(rng.uniform(person.habit.first, END))
                hand_of(person).append(Stay(thing, since, min(since + 90 * DAY, END)))
                if rng.random() < 0.03:
                    globe.world.labels.append(Label(since + 20 * DAY, person.account.account_id, "fraud"))

    lead(lambda person: person.devices, ring.devices, often / 2)
    lead(lambda person: person.doors, ring.doors, 1.5 * often)
    lead(lambda person: person.cards, ring.cards, often / 3)


def _investigate(globe: Globe, ring: Ring, start: float) -> None:
    """Somebody looks at the ring at one time and catches a share of its accounts within days; of many
    rings next to none."""
    rng = globe.rng
    share, found = float(rng.beta(0.6, 1.4)), start + float(rng.uniform(15, 120)) * DAY
    for member in ring.crew:
        if rng.random() < share:
            at = max(found, member.habit.first + 5 * DAY) + float(rng.exponential(4)) * DAY
            globe.world.labels.append(Label(at, member.account.account_id, "fraud"))
