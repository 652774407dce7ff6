"""The honest people of the rotating marketplace: homes, hostels, agencies, phone shops and events."""

from __future__ import annotations

from dataclasses import dataclass, replace

from unlike_rotating import (
    END,
    Globe,
    Habit,
    Land,
    Line,
    Person,
    Stay,
    join,
    new_line,
    renew,
    typed,
)
from unlike_tables import DAY, Account, Address, Label, one_of
from unlike_texts import new_door

MARKETS = (*("IT",) * 6, *("MX",) * 9, *("CA",) * 5)
HOME_SIZES = (*(1,) * 10, *(2,) * 6, 3, 3, 3, 4)


@dataclass(frozen=True, slots=True)
class Occasion:
    """What the people of one crowd share. at: when it was, for those who sign up then."""

    setting: str
    at: float
    line: Line
    devices: list[Stay[str]]
    doors: list[Stay[Address]]
    wallet: Stay[str] | None


def settle(globe: Globe, number: int) -> None:
    """Crowd by crowd. Every twentieth home has somebody who forgot that there was an account already."""
    rng = globe.rng
    while (left := number - len(globe.people)) > 0:
        land = globe.lands[one_of(rng, MARKETS)]
        way = rng.random()
        if way < 0.0009:
            _gather(globe, land, "event", min(left, int(rng.integers(30, 150))))
        elif way < 0.0025:
            _gather(globe, land, "shop", min(left, int(rng.integers(10, 60))))
        elif way < 0.0045:
            _gather(globe, land, "agency", min(left, int(rng.integers(5, 25))))
        elif way < 0.03:
            _gather(globe, land, "hostel", 1)
        else:
            _gather(globe, land, "home", min(left, one_of(rng, HOME_SIZES)))
            if rng.random() < 0.05 and len(globe.people) < number:
                globe.people.append(_come_again(globe, land, globe.people[-1]))


def _gather(globe: Globe, land: Land, setting: str, size: int) -> None:
    """A home has a tablet, or a wallet, for all in three of ten; an agency has phones, a phone shop one
    device."""
    rng, mint = globe.rng, globe.mint
    doors, line = new_home(globe, land)
    is_family = setting == "home" and size > 1
    devices = renew(rng, (0, END), 200 if setting == "agency" else 2 * END, mint.new)
    is_lent = setting in ("agency", "shop") or (is_family and rng.random() < 0.3)
    wallet = Stay(mint.new(), 0.0, END) if is_family and rng.random() < 0.3 else None
    occasion = Occasion(setting, float(rng.uniform(0, END)), line, devices if is_lent else [], doors, wallet)
    for _ in range(size):
        globe.people.append(_judged(globe, _attend(globe, land, occasion)))


def _attend(globe: Globe, land: Land, occasion: Occasion) -> Person:
    """Whoever signs up at an event or in a shop does so on its line, and is at home afterwards."""
    rng, setting = globe.rng, occasion.setting
    joined = float(rng.uniform(0, END) if rng.random() < 0.5 else rng.uniform(-700 * DAY, 0))
    if setting == "event":
        joined = min(occasion.at + float(rng.exponential(0.1)) * DAY, END - DAY)
    elif setting == "shop":
        joined = float(rng.uniform(0, END - DAY))
    role = "creator" if setting == "agency" else "seller" if rng.random() < 0.02 else "buyer"
    home = (occasion.doors, occasion.line) if setting == "home" else None
    person = new_person(globe, land, join(globe, land, role, joined, setting), home)
    first = person.habit.first
    if setting in ("event", "shop"):
        person.lines[:] = [
            Stay(occasion.line, first, first + 900),
            person.lines[0]._replace(since=first + 900),
        ]
    if setting == "shop":
        person.devices[:] = [stay._replace(since=max(stay.since, first + 900)) for stay in person.devices]
        person.devices.append(occasion.devices[0]._replace(since=first, until=first + 900))
    elif setting == "agency":
        person.devices.extend(occasion.devices)
        person.lines.append(Stay(occasion.line, first, END))
    elif setting == "hostel":
        door, line = one_of(rng, land.hostels)
        came = float(rng.uniform(first, END))
        left = came + float(rng.exponential(60)) * DAY
        person.doors.append(Stay(typed(globe, land.country, door, 0.3), came, left))
        person.lines.append(Stay(line, came, left))
    elif rng.random() < 0.7:
        person.devices.extend(occasion.devices)
    if occasion.wallet is not None:
        person.cards.append(occasion.wallet)
    return person


def _come_again(globe: Globe, land: Land, person: Person) -> Person:
    """Another account of the same honest person, with all that is his."""
    first = float(globe.rng.uniform(person.habit.first, END))
    account = join(globe, land, "buyer", first, "again")
    visits = 1 + person.habit.visits * (END - first) / END
    return replace(person, account=account, habit=replace(person.habit, first=first, visits=visits))


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
