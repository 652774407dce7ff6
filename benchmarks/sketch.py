"""Marketplaces in a few strokes, each with habits of its own, to learn from beside simulated ones.

    python benchmarks/sketch.py OUT --seed 1 [--shifts]

The product's simulator draws one kind of marketplace in detail; what is learned from it alone takes its
details for the nature of things. Here little is drawn well, but nearly everything that may differ from
marketplace to marketplace is drawn anew for each: how densely people are logged, how many share a home, a
phone, a card, an office, a dormitory, a network; how rings share, kind by kind (one thing, a pool, things
that move on, spellings of one address, a burst behind a busy network), how fast they come, whether their
accounts are aged, what they do with money. The tables are those of the default layout, with truth/.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from sketch_habits import Habits
from sketch_people import KINDS, Address, Makings, People, gather, mingle, settle
from sketch_rings import Rings

STARTS_AT = datetime(2024, 1, 1)  # noqa: DTZ001 - naive UTC, as everywhere
FIRST = ("amy", "bob", "cat", "dan", "eve", "fay", "gus", "hal", "ivy", "jon", "kim", "lee", "mia", "ned")
LAST = ("ash", "bell", "cole", "dean", "east", "ford", "gray", "hall", "ives", "jack", "kent", "lowe")


class Sketch:
    """One marketplace. The same seed, the same bytes. in_shifts: see sketch_rings."""

    def __init__(self, account_count: int, seed: int, *, in_shifts: bool = False) -> None:
        self.rng = np.random.default_rng((41, seed))
        self.habits = Habits.draw(self.rng)
        self.count = account_count
        self.people = People.draw(account_count, self.habits, self.rng)
        self.makings = Makings(self.rng, seed, self.habits)
        self.rings = Rings(self.people, self.makings, self.habits, in_shifts=in_shifts)

    def write(self, out: Path) -> datetime:
        """The tables and truth/; the moment of which they tell."""
        settle(self.people, self.makings, self.habits)
        mingle(self.people, self.makings, self.habits)
        gather(self.people, self.makings, self.habits)
        self.rings.plant()
        (out / "truth").mkdir(parents=True, exist_ok=True)
        people, rng = self.people, self.rng
        first = np.array(FIRST)[rng.integers(len(FIRST), size=self.count)]
        last = np.array(LAST)[rng.integers(len(LAST), size=self.count)]
        mail = [
            f"{a}.{b}{rng.integers(1, 99999)}@{c}"
            for a, b, c in zip(
                first, last, rng.choice(["mail.example", "post.example"], self.count), strict=True
            )
        ]
        phone = [f"+4477{rng.integers(10**7, 10**8)}" if rng.random() < 0.8 else None for _ in mail]
        names = [f"{a} {b}".title() for a, b in zip(first, last, strict=True)]
        accounts = {
            "account_id": people.ids, "role": people.role.tolist(), "created_at": self._times(people.created),
            "market": ["GB"] * self.count, "email": mail, "phone": phone, "display_name": names,
        }  # fmt: skip
        tables = {"accounts": accounts, **self._uses(), "payments": self._payments(), "labels": {
            "account_id": pa.array([], pa.string()), "label": pa.array([], pa.string()),
            "reported_at": pa.array([], pa.timestamp("us")),
        }}  # fmt: skip
        ring, who, typology = zip(*self.rings.truth, strict=True)
        kind, text, of = zip(*sorted(self.rings.brought), strict=True)
        tables["truth/ring_members"] = {"ring_id": ring, "account_id": who, "typology": typology}
        tables["truth/identifiers"] = {"kind": kind, "identifier": text, "ring_id": of}
        tables["truth/accounts"] = {
            "account_id": people.ids, "is_fraud": (people.ring >= 0).tolist(), "setting": people.setting,
        }  # fmt: skip
        for name, columns in tables.items():
            pq.write_table(pa.table(columns), out / f"{name}.parquet")
        return STARTS_AT + timedelta(days=self.habits.days)

    def _times(self, days: np.ndarray | list[float]) -> pa.Array:
        seconds = (np.asarray(days, dtype=np.float64) * 86400).astype(np.int64)
        return pa.array(np.datetime64(STARTS_AT, "s") + seconds, pa.timestamp("s")).cast("timestamp[us]")

    def _day(self, who: int, since: float | None = None, mean: float | None = None) -> float:
        if since is None and self.people.created[who] < 0:
            return float(self.rng.uniform(0, self.habits.days))
        begins = float(self.people.created[who]) if since is None else since
        waits = self.rng.exponential(self.habits.linger if mean is None else mean)
        return begins + (
            waits if begins + waits < self.habits.days else self.rng.random() * (self.habits.days - begins)
        )

    def _since(self, who: int) -> float | None:
        return self.people.trades_from.get(who)

    def _uses(self) -> dict[str, dict[str, object]]:
        rng, held, ids = self.rng, self.people.held, self.people.ids
        sessions: list[tuple[str, object, object, float]] = []
        places: list[tuple[str, Address, float]] = []
        cards: list[tuple[str, object, float]] = []
        for who, account in enumerate(ids):
            ips, devices = held["ip"][who], held["device"][who]
            since = self._since(who)
            begins = max(float(self.people.created[who]), 0.0) if since is None else since
            for device in devices:
                sessions += [
                    (account, device, ips[int(rng.integers(len(ips)))], self._day(who, since))
                    for _ in range(1 + rng.poisson(self.habits.sessions - 1))
                ]
            for at, ip in enumerate(ips):
                # What came last was there at sign-up.
                signs_up = at == len(ips) - 1 and begins > 0
                day = begins + rng.random() * 0.02 if signs_up else self._day(who, since)
                sessions.append((account, devices[int(rng.integers(len(devices)))], ip, day))
            places += [
                (account, each, self._day(who, since))
                for each in held["address"][who]
                if isinstance(each, Address)
            ]
            cards += [(account, each, self._day(who, since)) for each in held["instrument"][who]]
        account, device, ip, day = zip(*sessions, strict=True)
        lives, place, used = zip(*places, strict=True)
        holder, card, added = zip(*cards, strict=True)
        return {
            "sessions": {
                "account_id": account, "device_id": device, "ip": ip, "seen_at": self._times(list(day)),
            },
            "addresses": {
                "account_id": lives, "address_id": [each.address_id for each in place],
                "line": [each.line for each in place], "city": [each.city for each in place],
                "postcode": [each.postcode for each in place], "used_at": self._times(list(used)),
            },
            "instruments": {
                "account_id": holder, "instrument_id": card, "kind": ["card"] * len(card),
                "added_at": self._times(list(added)),
            },
        }  # fmt: skip

    def _payments(self) -> dict[str, object]:
        rng, people, habits = self.rng, self.people, self.habits
        sellers = np.flatnonzero(people.role == "seller")
        weight = rng.pareto(habits.payee_skew, len(sellers)) + 0.02
        popular = weight / weight.sum()
        busier, haste = rng.uniform(0.5, 2.5), rng.uniform(0.1, 1)
        rows: list[tuple[object, ...]] = []
        for who, account in enumerate(people.ids):
            own, since = people.payees.get(who), self._since(who)
            many = rng.poisson(habits.payments * (busier if who in people.lost else 1))
            chosen = sellers[rng.choice(len(sellers), many, p=popular)]
            for payee in chosen.tolist():
                to = own[int(rng.integers(len(own)))] if own and rng.random() < 0.6 else payee
                if to == who:
                    continue
                lost = people.lost.get(who, habits.lost)
                drawn = rng.random()
                status = (
                    "chargeback" if drawn < lost else "refunded" if drawn < lost + habits.returned else "paid"
                )
                things = [people.held[k][who][int(rng.integers(len(people.held[k][who])))] for k in KINDS]
                device, card, place, ip = things
                rows.append((
                    self.makings.new("p"), account, people.ids[to], card,
                    place.address_id if isinstance(place, Address) else None, device, ip,
                    round(float(np.exp(rng.normal(3.2, 1))), 2), "GBP", status,
                    str(rng.choice(["home", "toys"])),
                    self._day(who, since, habits.linger * (haste if who in people.lost else 1)),
                ))  # fmt: skip
        names = (
            "payment_id", "payer_id", "payee_id", "instrument_id", "address_id", "device_id", "ip", "amount",
            "currency", "status", "category",
        )  # fmt: skip
        columns = list(zip(*rows, strict=True))
        told: dict[str, object] = dict(zip(names, columns[:-1], strict=True))
        return told | {"paid_at": self._times(list(columns[-1]))}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--accounts", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--shifts", action="store_true", help="most rings work in shifts")
    given = parser.parse_args(arguments)
    Sketch(given.accounts, given.seed, in_shifts=given.shifts).write(given.out)


if __name__ == "__main__":
    main()
