"""Rings of a sketched marketplace, and what they bring: see sketch.py."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from sketch_habits import Habits
from sketch_people import KINDS, Address, Makings, People

SHIFT_SIZE = 3  # members of a shift, at least


class Rings:
    """truth: ring, account and typology of each member. brought: kind, text as it stands in the tables, and
    ring. in_shifts: most rings work in shifts, each with ways and things of its own but for the few that the
    next one takes over; and some rings hand a thing on to another."""

    def __init__(self, people: People, makings: Makings, habits: Habits, *, in_shifts: bool) -> None:
        self.people, self.makings, self.habits, self.rng = people, makings, habits, makings.rng
        self.in_shifts = in_shifts
        self.truth: list[tuple[str, str, str]] = []
        self.brought: set[tuple[str, str, str]] = set()

    def plant(self) -> None:
        rng, habits, people = self.rng, self.habits, self.people
        free = rng.permutation(np.flatnonzero(people.role != "seller")).tolist()
        sellers = rng.permutation(np.flatnonzero(people.role == "seller")).tolist()
        planted: list[list[int]] = []
        left, number = int(habits.fraud_share * len(self.people.ids)), 0
        while left > 0:
            large = rng.random() < 0.1
            size = int(np.clip(np.exp(rng.normal(4.3 if large else 2.1, 0.5 if large else 0.6)), 3, 150))
            members = [free.pop() for _ in range(size)]
            payees = [sellers.pop() for _ in range(int(rng.integers(1, 3)))] if rng.random() < 0.4 else []
            self._plant_one(f"ring-{number}", members, payees)
            planted.append(members)
            left, number = left - size, number + 1
        if self.in_shifts:
            for one, other in pairwise(planted):
                if rng.random() < 0.3:
                    self._hand_on(one, other)

    def _plant_one(self, name: str, members: Sequence[int], payees: list[int]) -> None:
        rng, habits, people = self.rng, self.habits, self.people
        begins = rng.uniform(2, max(habits.days - 20, 3))
        span = float(np.exp(rng.uniform(np.log(0.02), np.log(30))))
        made_share = rng.choice((0.0, 0.5, 0.9, 1.0), p=(0.15, 0.25, 0.3, 0.3))
        purposes = rng.random(len(members)) < made_share
        comes = np.sort(begins + rng.uniform(0, span, len(members)))
        lost = min(habits.lost * habits.lost_more * rng.uniform(0, 2), 0.5)
        evasion = np.clip(habits.evasion + rng.normal(0, 0.15), 0, 0.9)
        ways = self._choose_ways()
        for who in (*members, *payees):
            people.ring[who] = 0
            people.setting[who] = "ring"
        for who, made, day in zip(members, purposes, comes, strict=True):
            if made:
                people.created[who] = min(day, habits.days - 1)
                for kind in KINDS:
                    if ways[kind] != "none" and rng.random() < 0.5:
                        people.held[kind][who].clear()
            people.trades_from[who] = max(day, people.created[who])
            people.lost[who] = lost
            if payees:
                people.payees[who] = payees
        self._equip(name, members, ways, evasion)
        typology = "_".join(f"{kind[0]}{way}" for kind, way in ways.items() if way != "none")
        self.truth += [(name, people.ids[who], typology) for who in (*members, *payees)]
        self._lend(name, len(members))

    def _equip(self, name: str, members: Sequence[int], ways: dict[str, str], evasion: float) -> None:
        shifts = self._divide(members) if self.in_shifts else [list(members)]
        for number, shift in enumerate(shifts):
            for kind, way in (ways if number == 0 else self._choose_ways()).items():
                self._share(name, kind, way, shift, evasion)
        self._fill(members)
        for earlier, later in pairwise(shifts):
            for _ in range(1 + int(self.rng.poisson(1))):
                kind, thing = self._hand_on(earlier, later)
                self.brought.add((kind, thing, name))

    def _divide(self, members: Sequence[int]) -> list[list[int]]:
        """In the order in which they come, six times in ten into two to five."""
        most = min(len(members) // SHIFT_SIZE, 5)
        if most < 2 or self.rng.random() < 0.4:
            return [list(members)]
        return [part.tolist() for part in np.array_split(members, int(self.rng.integers(2, most + 1)))]

    def _hand_on(self, givers: Sequence[int], takers: Sequence[int]) -> tuple[str, str]:
        """One or two of the takers use something of a giver's, too. What: kind, and text in the tables."""
        held = self.people.held
        having = [(kind, who) for who in givers for kind in KINDS if held[kind][who]]
        kind, giver = having[int(self.rng.integers(len(having)))]
        thing = held[kind][giver][int(self.rng.integers(len(held[kind][giver])))]
        for who in self.rng.choice(takers, min(int(self.rng.integers(1, 3)), len(takers)), replace=False):
            held[kind][int(who)].append(thing)
        return kind, thing.text() if isinstance(thing, Address) else thing

    def _fill(self, members: Sequence[int]) -> None:
        """Nobody is without a thing of each kind."""
        for who in members:
            for kind in KINDS:
                if not self.people.held[kind][who]:
                    own = self.makings.network() if kind == "ip" else self.makings.thing(kind)
                    self.people.held[kind][who].append(own)

    def _choose_ways(self) -> dict[str, str]:
        rng = self.rng
        ways = {
            "device": str(rng.choice(["none", "one", "pool", "moving"], p=[0.3, 0.15, 0.3, 0.25])),
            "instrument": str(rng.choice(["none", "one", "pool", "moving"], p=[0.4, 0.1, 0.25, 0.25])),
            "address": str(
                rng.choice(["none", "one", "spelled", "pool", "moving"], p=[0.35, 0.1, 0.25, 0.15, 0.15])
            ),
            "ip": str(rng.choice(["none", "one", "pool", "moving", "busy"], p=[0.3, 0.15, 0.15, 0.15, 0.25])),
        }
        if all(way == "none" for kind, way in ways.items() if kind != "ip"):
            ways["device"] = "pool"
        return ways

    def _share(self, name: str, kind: str, way: str, members: Sequence[int], evasion: float) -> None:
        rng = self.rng
        if way == "none":
            return
        if way == "busy":
            network = self.makings.network()
            for who in members:
                self.people.held[kind][who].append(network)
            return
        each = {"one": len(members), "spelled": len(members), "pool": int(rng.integers(2, 9))}.get(way, 2)
        pool = [self.makings.thing(kind) for _ in range(max(len(members) // each, 1))]
        width = int(rng.integers(2, 7))
        moving = [self.makings.thing(kind) for _ in range(0, len(members), max(width // 2, 1))]
        for at, who in enumerate(members):
            if rng.random() < evasion:
                continue
            if way == "moving":
                step = max(width // 2, 1)
                taken = [moving[i] for i in range(len(moving)) if i * step <= at < i * step + width]
            elif way == "spelled":
                first = pool[0]
                taken = [self.makings.respelled(first) if isinstance(first, Address) else first]
            else:
                taken = [pool[i] for i in set(rng.integers(0, len(pool), int(rng.integers(1, 3))).tolist())]
            self.people.held[kind][who] += taken
            for thing in taken:
                text = thing.text() if isinstance(thing, Address) else thing
                self.brought.add((kind, text, name))

    def _lend(self, name: str, size: int) -> None:
        """Strangers use what the ring brought: resold, borrowed, or planted on them."""
        mine = [each for each in sorted(self.brought) if each[2] == name and each[0] != "address"]
        for _ in range(self.rng.poisson(self.habits.strangers * size)):
            who = int(self.rng.integers(len(self.people.ids)))
            if mine and self.people.ring[who] < 0:
                kind, text, _ = mine[int(self.rng.integers(len(mine)))]
                self.people.held[kind][who].append(text)
