"""Honest people of a sketched marketplace, and what there is for them to use: see sketch.py."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sketch_habits import Habits

KINDS = ("device", "instrument", "address", "ip")
WAYS = ("Street", "Road", "Avenue", "Lane", "Drive")
STREET_NAMES = (
    "Oak", "Elm", "Park", "Mill", "Lake", "Hill", "King", "Queen", "North", "South", "River", "Garden",
    "Canal", "Church", "Bridge", "Castle", "Forest", "Meadow",
)  # fmt: skip
STREETS = [f"{name} {way}" for name in STREET_NAMES for way in WAYS]
SHORT = {"Street": "St", "Road": "Rd", "Avenue": "Ave", "Lane": "Ln", "Drive": "Dr"}
TOWNS = ("Reading", "Luton", "Derby", "Hull", "Bolton", "Poole", "Slough", "Oxford", "Leeds", "Bath")


class Address(NamedTuple):
    address_id: str
    line: str
    city: str
    postcode: str

    def text(self) -> str:
        return f"{self.line}, {self.city}, {self.postcode}"


Thing = str | Address


@dataclass(slots=True)
class People:
    """created: [N] days. held: per kind, of each account, its things. ring: int64 [N], -1 for nobody's.
    Of those in rings, by position: trades_from, the day; payees; lost, the share of payments charged back."""

    ids: list[str]
    role: NDArray[np.str_]
    created: NDArray[np.float64]
    held: dict[str, defaultdict[int, list[Thing]]]
    ring: NDArray[np.int64]
    setting: list[str]
    trades_from: dict[int, float] = field(default_factory=dict)
    payees: dict[int, list[int]] = field(default_factory=dict)
    lost: dict[int, float] = field(default_factory=dict)

    @classmethod
    def draw(cls, count: int, habits: Habits, rng: np.random.Generator) -> People:
        return cls(
            [f"{x:012x}" for x in rng.choice(2**44, count, replace=False)],
            rng.choice(["buyer", "seller", "creator"], count, p=[0.85, 0.09, 0.06]),
            rng.uniform(-habits.aged, habits.days - 1, count),
            {kind: defaultdict(list) for kind in KINDS},
            np.full(count, -1), ["home"] * count,
        )  # fmt: skip


class Makings:
    """New things, and the networks that are there for all. The same generator, the same things."""

    def __init__(self, rng: np.random.Generator, seed: int, habits: Habits) -> None:
        self.rng, self.seed, self.made = rng, seed, 0
        self.networks = [self.ip() for _ in range(habits.networks)]
        weight = rng.pareto(habits.network_skew, len(self.networks)) + 0.05
        self.network_share = weight / weight.sum()

    def new(self, prefix: str) -> str:
        self.made += 1
        return f"{prefix}{self.seed:04d}x{self.made:07d}"

    def ip(self) -> str:
        return ".".join(map(str, (*self.rng.integers(11, 120, 1), *self.rng.integers(0, 256, 2), 7)))

    def ip_of(self, provider: int, step: int) -> str:
        """The addresses of one provider lie side by side."""
        return f"{130 + provider}.{step // 65536}.{step // 256 % 256}.{step % 256}"

    def address(self) -> Address:
        rng, town = self.rng, int(self.rng.integers(len(TOWNS)))
        flat = f", Flat {rng.integers(1, 60)}" if rng.random() < 0.3 else ""
        line = f"{rng.integers(1, 400)} {STREETS[rng.integers(len(STREETS))]}{flat}"
        return Address(self.new("a"), line, TOWNS[town], f"{10 + town}{rng.integers(100, 999)}")

    def respelled(self, like: Address) -> Address:
        """The same building, another flat or another spelling."""
        line = like.line.split(", Flat")[0]
        if self.rng.random() < 0.5:
            line = " ".join(SHORT.get(word, word) for word in line.split(" "))
        line += f" {self.rng.choice(['apt', 'Flat', 'unit', '#'])} {self.rng.integers(1, 99)}"
        return Address(self.new("a"), line, like.city, like.postcode)

    def thing(self, kind: str) -> Thing:
        makers: dict[str, Callable[[], Thing]] = {
            "device": lambda: self.new("d"), "instrument": lambda: self.new("c"), "address": self.address,
            "ip": self.ip,
        }  # fmt: skip
        return makers[kind]()

    def network(self) -> str:
        return self.networks[int(self.rng.choice(len(self.networks), p=self.network_share))]


def settle(people: People, makings: Makings, habits: Habits) -> None:
    """Homes, phones, cards, networks."""
    rng, held, count = makings.rng, people.held, len(people.ids)
    order, at = rng.permutation(count).tolist(), 0
    cafes, resold = [makings.ip() for _ in range(40)], list[Thing]()
    lockers = [makings.address() for _ in range(50)]
    while at < count:
        size = int(rng.integers(2, 6)) if rng.random() < habits.home_share / 2 else 1
        home, ips = makings.address(), [makings.ip() for _ in range(habits.home_ips)]
        device, card = makings.thing("device"), makings.thing("instrument")
        for who in order[at : at + size]:
            together = size > 1
            _give_devices(held["device"][who], makings, habits, device if together else None, resold)
            _give_cards(held["instrument"][who], makings, habits, card if together else None)
            held["address"][who].append(home)
            if rng.random() < habits.locker:
                held["address"][who].append(lockers[int(rng.integers(50))])
            if rng.random() < habits.more_addresses:
                held["address"][who].append(makings.address())
            held["ip"][who] += ips[: int(rng.integers(1, len(ips) + 1))]
            held["ip"][who] += [makings.network() for _ in range(rng.poisson(habits.network_uses))]
            if rng.random() < habits.cafes:
                held["ip"][who].append(cafes[int(rng.integers(40))])
        at += size


def _give_devices(
    own: list[Thing], makings: Makings, habits: Habits, of_home: Thing | None, resold: list[Thing]
) -> None:
    rng = makings.rng
    own.append(makings.new("d"))
    if rng.random() < habits.second_device:
        own.append(makings.new("d"))
    if of_home is not None and rng.random() < habits.home_device:
        own.append(of_home)
    if resold and rng.random() < habits.resold:
        own.append(resold[int(rng.integers(len(resold)))])
    if rng.random() < habits.resold:
        resold.append(own[0])


def _give_cards(own: list[Thing], makings: Makings, habits: Habits, of_home: Thing | None) -> None:
    rng = makings.rng
    own.append(makings.new("c"))
    if rng.random() < habits.second_card:
        own.append(makings.new("c"))
    if of_home is not None and rng.random() < habits.home_card:
        own.append(of_home)


def mingle(people: People, makings: Makings, habits: Habits) -> None:
    """What people share with others whom they do not know: addresses of a provider, and things by chance."""
    rng, count = makings.rng, len(people.ids)
    uses = rng.poisson(habits.provider_uses, count)
    provider = rng.integers(0, 8, count)
    size = max(int(uses.sum() / 8 / habits.provider_holders), 1)
    dense = rng.random() < 0.5
    lent = [[makings.ip_of(at, step) if dense else makings.ip() for step in range(size)] for at in range(8)]
    for who in np.flatnonzero(uses).tolist():
        pool = lent[provider[who]]
        people.held["ip"][who] += [pool[i] for i in rng.integers(0, size, uses[who]).tolist()]
    for kind, rate in habits.chance.items():
        users = np.flatnonzero(rng.random(count) < rate).tolist()
        things = [makings.thing(kind) for _ in range(int(len(users) / habits.chance_holders[kind]) + 1)]
        for who in users:
            people.held[kind][who].append(things[int(rng.integers(len(things)))])


def gather(people: People, makings: Makings, habits: Habits) -> None:
    """Offices, dormitories, agencies, and crowds that sign up at once."""
    rng, count = makings.rng, len(people.ids)
    circles = (
        (habits.offices, (4, 40), "office"),
        (habits.dorms, (15, 90), "dorm"),
        (habits.agencies, (3, 12), "agency"),
    )
    for share, sizes, setting in circles:
        left = int(share * count)
        while left > 0:
            size = int(rng.integers(*sizes))
            left -= size
            place, ip = makings.address(), makings.ip()
            device, card = makings.new("d"), makings.new("c")
            for who in rng.choice(count, size, replace=False).tolist():
                people.setting[who] = setting
                people.held["ip"][who].append(ip)
                if setting == "dorm":
                    people.held["address"][who].append(makings.respelled(place))
                if setting == "agency":
                    people.held["device"][who].append(device)
                    if rng.random() < 0.5:
                        people.held["instrument"][who].append(card)
    for _ in range(habits.crowds):
        members = rng.choice(count, int(rng.integers(5, 60)), replace=False)
        people.created[members] = rng.uniform(0, habits.days - 2) + rng.uniform(0, 0.1, len(members))
        network = makings.network()
        for who in members.tolist():
            people.held["ip"][who].append(network)
