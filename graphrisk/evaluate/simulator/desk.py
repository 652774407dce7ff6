"""What every table of the world is written with: the keys of its ids, its places, and columns of text and
time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graphrisk.evaluate.simulator.address_text import AddressText, write_addresses
from graphrisk.evaluate.simulator.opaque import Keys, draw_keys, ids, ip_addresses, mixed_share
from graphrisk.evaluate.simulator.sampling import Ints
from graphrisk.evaluate.simulator.sessions import NOTHING
from graphrisk.evaluate.simulator.spans import Span, Spans, View
from graphrisk.evaluate.simulator.spelling import Spellings
from graphrisk.evaluate.simulator.uses import Kind
from graphrisk.evaluate.simulator.world import World

ROWS_AT_ONCE = 500_000

TableStream = tuple[str, Iterator[pa.Table]]


@dataclass(frozen=True, slots=True)
class Desk:
    """What every table needs: the world, the keys of its ids, its network ends and its places (thing
    numbers, ascending).

    market_of_place: that of the first account that has the place. view: None for every row.
    """

    world: World
    keys: Keys
    networks: Ints
    places: Ints
    market_of_place: Ints
    view: View | None = None

    def shown(self, of: Callable[[Spans], Span], order: Ints) -> Ints:
        """The rows of `order` that the view shows, in that order."""
        return order if self.view is None else order[of(self.view.spans).shown(self.view.step)[order]]


def open_desk(world: World, view: View | None = None) -> Desk:
    addresses = world.uses[Kind.ADDRESS]
    places, first_use = np.unique(addresses.thing, return_index=True)
    market = world.people.market[addresses.account[first_use]]
    return Desk(world, draw_keys(world.params), np.unique(world.uses[Kind.IP].thing), places, market, view)


def in_chunks(order: Ints, build: Callable[[Ints], pa.Table]) -> Iterator[pa.Table]:
    """At least one table, so that an empty one has its columns."""
    for start in range(0, max(len(order), 1), ROWS_AT_ONCE):
        yield build(order[start : start + ROWS_AT_ONCE])


def by_time(at: Ints, number: Ints) -> Ints:
    """Those of one second in an order that means nothing."""
    return np.lexsort((mixed_share(number, 0), at))


def ip_texts(desk: Desk, thing: Ints, account: Ints) -> pa.Array:
    """In an IPv6 network each account keeps one host."""
    none = thing == NOTHING
    number = np.searchsorted(desk.networks, np.where(none, desk.networks[0], thing))
    strings = ip_addresses(number, desk.keys.ip, account)
    return pc.if_else(pa.array(none), pa.scalar(None, pa.string()), strings)


def address_texts(desk: Desk, rows: Ints) -> AddressText:
    """rows: of the world's uses of addresses, each as its account spells the place."""
    uses, spellings = desk.world.uses[Kind.ADDRESS], desk.world.spellings
    place = uses.thing[rows]
    market = desk.market_of_place[np.searchsorted(desk.places, place)]
    spelled = Spellings(spellings.how[rows], spellings.variant[rows])
    return write_addresses(place, market, spelled, desk.keys.text)


def ids_or_null(thing: Ints, key: int) -> pa.Array:
    return pc.if_else(pa.array(thing == NOTHING), pa.scalar(None, pa.string()), ids(thing, key))


def words_of(words: list[str], codes: Ints) -> pa.Array:
    return pa.array(words).take(pa.array(codes))


def times_of(desk: Desk, seconds: Ints) -> pa.Array:
    start = np.datetime64(desk.world.params.starts_at, "us")
    return pa.array(start + seconds * np.timedelta64(1_000_000, "us"))
