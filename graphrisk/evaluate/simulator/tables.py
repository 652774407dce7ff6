"""The world as the tables of the default layout, and its truth, both as streams of Arrow tables of bounded
size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graphrisk.evaluate.simulator.address_text import write_addresses
from graphrisk.evaluate.simulator.contacts import display_names, emails, phones
from graphrisk.evaluate.simulator.markets import MARKETS
from graphrisk.evaluate.simulator.opaque import Keys, draw_keys, ids, ip_addresses, mixed_share
from graphrisk.evaluate.simulator.people import Role, Setting
from graphrisk.evaluate.simulator.sampling import Ints
from graphrisk.evaluate.simulator.sessions import NOTHING, place_at, thing_in_row
from graphrisk.evaluate.simulator.spelling import Spellings
from graphrisk.evaluate.simulator.trade import CATEGORIES, STATUSES
from graphrisk.evaluate.simulator.typologies import TYPOLOGIES
from graphrisk.evaluate.simulator.uses import Kind, Source, source_of
from graphrisk.evaluate.simulator.verdicts import LABEL_WORDS
from graphrisk.evaluate.simulator.world import World

ROWS_AT_ONCE = 500_000
ANY_THING_SHARE = 0.35  # of payments are made with another thing of the payer's than the one used last
AMOUNT = pa.decimal128(18, 2)
_INSTRUMENT_KINDS = ("card", "bank", "wallet", "gift_card")
_INSTRUMENT_STEPS = (0.8, 0.88, 0.97)  # running shares of the kinds, among instruments that could be any
_DIGITAL = tuple(CATEGORIES.index(name) for name in ("games", "subscription", "tips", "tickets"))

TableStream = tuple[str, Iterator[pa.Table]]


@dataclass(frozen=True, slots=True)
class Desk:
    """What every table needs: the world, the keys of its ids, its network ends and its places (thing
    numbers, ascending).

    market_of_place: that of the first account that has the place.
    """

    world: World
    keys: Keys
    networks: Ints
    places: Ints
    market_of_place: Ints


def open_desk(world: World) -> Desk:
    addresses = world.uses[Kind.ADDRESS]
    places, first_use = np.unique(addresses.thing, return_index=True)
    market = world.people.market[addresses.account[first_use]]
    return Desk(world, draw_keys(world.params), np.unique(world.uses[Kind.IP].thing), places, market)


def observed_tables(desk: Desk) -> Iterator[TableStream]:
    """(name, its rows) of what a marketplace sees. Rows go by time, or by opaque id where there is none."""
    world = desk.world
    by_sign_up = _by_time(world.people.created_at, np.arange(len(world.people)))
    addresses, instruments = world.uses[Kind.ADDRESS], world.uses[Kind.INSTRUMENT]
    yield "accounts", _chunks(by_sign_up, lambda rows: _accounts(desk, rows))
    yield "sessions", _chunks(np.arange(len(world.sessions)), lambda rows: _sessions(desk, rows))
    yield "addresses", _chunks(_by_time(addresses.at, addresses.thing), lambda rows: _addresses(desk, rows))
    yield (
        "instruments",
        _chunks(_by_time(instruments.at, instruments.thing), lambda rows: _instruments(desk, rows)),
    )
    yield "payments", _chunks(np.arange(len(world.payments)), lambda rows: _payments(desk, rows))
    yield "labels", _chunks(_by_time(world.labels.at, world.labels.account), lambda rows: _labels(desk, rows))


def truth_tables(desk: Desk) -> Iterator[TableStream]:
    yield "ring_members", iter([_ring_members(desk)])
    yield "accounts", _chunks(np.arange(len(desk.world.people)), lambda rows: _true_accounts(desk, rows))


def _chunks(order: Ints, build: Callable[[Ints], pa.Table]) -> Iterator[pa.Table]:
    """At least one table, so that an empty one has its columns."""
    for start in range(0, max(len(order), 1), ROWS_AT_ONCE):
        yield build(order[start : start + ROWS_AT_ONCE])


def _by_time(at: Ints, number: Ints) -> Ints:
    """Those of one second in an order that means nothing."""
    return np.lexsort((mixed_share(number, 0), at))


def _accounts(desk: Desk, rows: Ints) -> pa.Table:
    people, contacts, key = desk.world.people, desk.world.contacts, desk.keys.text
    return pa.table(
        {
            "account_id": ids(rows, desk.keys.account),
            "role": _words([role.name.lower() for role in Role], people.role[rows]),
            "created_at": _times(desk, people.created_at[rows]),
            "market": _words([market.code for market in MARKETS], people.market[rows]),
            "email": emails(people, contacts, rows, key),
            "phone": phones(people, contacts, rows, key),
            "display_name": display_names(people, rows, key),
        }
    )


def _sessions(desk: Desk, rows: Ints) -> pa.Table:
    sessions = desk.world.sessions
    return pa.table(
        {
            "account_id": ids(sessions.account[rows], desk.keys.account),
            "device_id": _ids_or_null(sessions.device[rows], desk.keys.device),
            "ip": _ips(desk, sessions.ip[rows], sessions.account[rows]),
            "seen_at": _times(desk, sessions.at[rows]),
        }
    )


def _addresses(desk: Desk, rows: Ints) -> pa.Table:
    """An address_id is an entry of one account's address book; the same place has another id in another
    book.
    """
    uses, spellings = desk.world.uses[Kind.ADDRESS], desk.world.spellings
    spelled = Spellings(spellings.how[rows], spellings.variant[rows])
    place = uses.thing[rows]
    market = desk.market_of_place[np.searchsorted(desk.places, place)]
    text = write_addresses(place, market, spelled, desk.keys.text)
    return pa.table(
        {
            "account_id": ids(uses.account[rows], desk.keys.account),
            "address_id": ids(rows, desk.keys.address),
            "line": text.line,
            "city": text.city,
            "postcode": text.postcode,
            "used_at": _times(desk, uses.at[rows]),
        }
    )


def _instruments(desk: Desk, rows: Ints) -> pa.Table:
    uses = desk.world.uses[Kind.INSTRUMENT]
    thing = uses.thing[rows]
    drawn = np.searchsorted(_INSTRUMENT_STEPS, mixed_share(thing, desk.keys.text + 11), side="right")
    kind = np.where(source_of(thing) == Source.GIFT_CARD, _INSTRUMENT_KINDS.index("gift_card"), drawn)
    return pa.table(
        {
            "account_id": ids(uses.account[rows], desk.keys.account),
            "instrument_id": ids(thing, desk.keys.instrument),
            "kind": _words(list(_INSTRUMENT_KINDS), kind),
            "added_at": _times(desk, uses.at[rows]),
        }
    )


def _payments(desk: Desk, rows: Ints) -> pa.Table:
    """Each with things of its payer's, mostly those used last."""
    payments, uses = desk.world.payments, desk.world.uses
    payer, at = payments.payer[rows], payments.at[rows]
    market = desk.world.people.market[payer]
    used = {kind: place_at(uses[kind], payer, _moment_of(desk, kind, rows)) for kind in Kind}
    shipped = ~np.isin(payments.category[rows], _DIGITAL)
    return pa.table(
        {
            "payment_id": ids(rows, desk.keys.payment),
            "payer_id": ids(payer, desk.keys.account),
            "payee_id": ids(payments.payee[rows], desk.keys.account),
            "instrument_id": _ids_or_null(
                thing_in_row(uses[Kind.INSTRUMENT], used[Kind.INSTRUMENT]), desk.keys.instrument
            ),
            "address_id": _ids_or_null(np.where(shipped, used[Kind.ADDRESS], NOTHING), desk.keys.address),
            "device_id": _ids_or_null(thing_in_row(uses[Kind.DEVICE], used[Kind.DEVICE]), desk.keys.device),
            "ip": _ips(desk, thing_in_row(uses[Kind.IP], used[Kind.IP]), payer),
            "amount": pc.cast(pc.round(pa.array(payments.amount[rows]), 2), AMOUNT, safe=False),
            "currency": _words([m.currency for m in MARKETS], market),
            "status": _words(list(STATUSES), payments.status[rows]),
            "category": _words(list(CATEGORIES), payments.category[rows]),
            "paid_at": _times(desk, at),
        }
    )


def _moment_of(desk: Desk, kind: Kind, rows: Ints) -> Ints:
    """When the thing was last used that a payment is made with: mostly by the payment, else by any other
    time.
    """
    key = desk.keys.payment + list(Kind).index(kind)
    any_time = (mixed_share(rows, key + 100) * desk.world.params.window).astype(np.int64)
    return np.where(mixed_share(rows, key) < ANY_THING_SHARE, any_time, desk.world.payments.at[rows])


def _labels(desk: Desk, rows: Ints) -> pa.Table:
    labels = desk.world.labels
    return pa.table(
        {
            "account_id": ids(labels.account[rows], desk.keys.account),
            "label": _words(list(LABEL_WORDS), labels.label[rows]),
            "reported_at": _times(desk, labels.at[rows]),
        }
    )


def _ring_members(desk: Desk) -> pa.Table:
    """Ring ids are the truth's own and say nothing of size or typology; rows by ring id and account id."""
    rings = desk.world.rings
    table = pa.table(
        {
            "ring_id": pc.binary_join_element_wise(pa.scalar("true-"), ids(rings.ring, desk.keys.text), ""),
            "account_id": ids(rings.account, desk.keys.account),
            "typology": _words([typology.name for typology in TYPOLOGIES], rings.typology[rings.ring]),
        }
    )
    return table.sort_by([("ring_id", "ascending"), ("account_id", "ascending")])


def _true_accounts(desk: Desk, rows: Ints) -> pa.Table:
    people = desk.world.people
    return pa.table(
        {
            "account_id": ids(rows, desk.keys.account),
            "is_fraud": pa.array(np.isin(rows, desk.world.rings.account)),
            "setting": _words([setting.name.lower() for setting in Setting], people.setting[rows]),
        }
    )


def _ips(desk: Desk, thing: Ints, account: Ints) -> pa.Array:
    """In an IPv6 network each account keeps one host."""
    none = thing == NOTHING
    number = np.searchsorted(desk.networks, np.where(none, desk.networks[0], thing))
    strings = ip_addresses(number, desk.keys.ip, account)
    return pc.if_else(pa.array(none), pa.scalar(None, pa.string()), strings)


def _ids_or_null(thing: Ints, key: int) -> pa.Array:
    return pc.if_else(pa.array(thing == NOTHING), pa.scalar(None, pa.string()), ids(thing, key))


def _words(words: list[str], codes: Ints) -> pa.Array:
    return pa.array(words).take(pa.array(codes))


def _times(desk: Desk, seconds: Ints) -> pa.Array:
    start = np.datetime64(desk.world.params.starts_at, "us")
    return pa.array(start + seconds * np.timedelta64(1_000_000, "us"))
