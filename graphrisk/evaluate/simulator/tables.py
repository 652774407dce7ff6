"""The world as the tables of the default layout, as streams of Arrow tables of bounded size."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graphrisk.evaluate.simulator.contacts import display_names, emails, phones
from graphrisk.evaluate.simulator.desk import (
    Desk,
    TableStream,
    address_texts,
    by_time,
    ids_or_null,
    in_chunks,
    ip_texts,
    times_of,
    words_of,
)
from graphrisk.evaluate.simulator.markets import MARKETS
from graphrisk.evaluate.simulator.opaque import ids, mixed_share
from graphrisk.evaluate.simulator.people import Role
from graphrisk.evaluate.simulator.sampling import Ints
from graphrisk.evaluate.simulator.sessions import NOTHING, place_at, thing_in_row
from graphrisk.evaluate.simulator.trade import CATEGORIES, STATUSES
from graphrisk.evaluate.simulator.uses import Kind, Source, source_of
from graphrisk.evaluate.simulator.verdicts import LABEL_WORDS

ANY_THING_SHARE = 0.35  # of payments are made with another thing of the payer's than the one used last
AMOUNT = pa.decimal128(18, 2)
_INSTRUMENT_KINDS = ("card", "bank", "wallet", "gift_card")
_INSTRUMENT_STEPS = (0.8, 0.88, 0.97)  # running shares of the kinds, among instruments that could be any
_DIGITAL = tuple(CATEGORIES.index(name) for name in ("games", "subscription", "tips", "tickets"))


def observed_tables(desk: Desk) -> Iterator[TableStream]:
    """(name, its rows) of what a marketplace sees. Rows go by time, or by opaque id where there is none."""
    world = desk.world
    addresses, instruments = world.uses[Kind.ADDRESS], world.uses[Kind.INSTRUMENT]
    by_sign_up = desk.shown(
        lambda spans: spans.accounts, by_time(world.people.created_at, np.arange(len(world.people)))
    )
    yield "accounts", in_chunks(by_sign_up, lambda rows: _accounts(desk, rows))
    in_order = desk.shown(lambda spans: spans.sessions, np.arange(len(world.sessions)))
    yield "sessions", in_chunks(in_order, lambda rows: _sessions(desk, rows))
    in_order = desk.shown(lambda spans: spans.uses[Kind.ADDRESS], by_time(addresses.at, addresses.thing))
    yield "addresses", in_chunks(in_order, lambda rows: _addresses(desk, rows))
    in_order = desk.shown(
        lambda spans: spans.uses[Kind.INSTRUMENT], by_time(instruments.at, instruments.thing)
    )
    yield "instruments", in_chunks(in_order, lambda rows: _instruments(desk, rows))
    in_order = desk.shown(lambda spans: spans.payments, np.arange(len(world.payments)))
    yield "payments", in_chunks(in_order, lambda rows: _payments(desk, rows))
    in_order = desk.shown(lambda spans: spans.labels, by_time(world.labels.at, world.labels.account))
    yield "labels", in_chunks(in_order, lambda rows: _labels(desk, rows))


def _accounts(desk: Desk, rows: Ints) -> pa.Table:
    people, contacts, key = desk.world.people, desk.world.contacts, desk.keys.text
    return pa.table(
        {
            "account_id": ids(rows, desk.keys.account),
            "role": words_of([role.name.lower() for role in Role], people.role[rows]),
            "created_at": times_of(desk, people.created_at[rows]),
            "market": words_of([market.code for market in MARKETS], people.market[rows]),
            "email": emails(people, contacts, rows, key),
            "phone": phones(people, contacts, rows, key),
            "display_name": display_names(people, contacts, rows, key),
        }
    )


def _sessions(desk: Desk, rows: Ints) -> pa.Table:
    sessions = desk.world.sessions
    return pa.table(
        {
            "account_id": ids(sessions.account[rows], desk.keys.account),
            "device_id": ids_or_null(sessions.device[rows], desk.keys.device),
            "ip": ip_texts(desk, sessions.ip[rows], sessions.account[rows]),
            "seen_at": times_of(desk, sessions.at[rows]),
        }
    )


def _addresses(desk: Desk, rows: Ints) -> pa.Table:
    """An address_id is an entry of one account's address book; the same place has another id in another
    book.
    """
    uses = desk.world.uses[Kind.ADDRESS]
    text = address_texts(desk, rows)
    return pa.table(
        {
            "account_id": ids(uses.account[rows], desk.keys.account),
            "address_id": ids(rows, desk.keys.address),
            "line": text.line,
            "city": text.city,
            "postcode": text.postcode,
            "used_at": times_of(desk, uses.at[rows]),
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
            "kind": words_of(list(_INSTRUMENT_KINDS), kind),
            "added_at": times_of(desk, uses.at[rows]),
        }
    )


def _payments(desk: Desk, rows: Ints) -> pa.Table:
    """Each with things of its payer's, mostly those used last."""
    payments, uses = desk.world.payments, desk.world.uses
    payer, at = payments.payer[rows], payments.at[rows]
    market = desk.world.people.market[payer]
    used = {kind: _used_for(desk, kind, rows) for kind in Kind}
    shipped = ~np.isin(payments.category[rows], _DIGITAL)
    return pa.table(
        {
            "payment_id": ids(rows, desk.keys.payment),
            "payer_id": ids(payer, desk.keys.account),
            "payee_id": ids(payments.payee[rows], desk.keys.account),
            "instrument_id": ids_or_null(
                thing_in_row(uses[Kind.INSTRUMENT], used[Kind.INSTRUMENT]), desk.keys.instrument
            ),
            "address_id": ids_or_null(np.where(shipped, used[Kind.ADDRESS], NOTHING), desk.keys.address),
            "device_id": ids_or_null(thing_in_row(uses[Kind.DEVICE], used[Kind.DEVICE]), desk.keys.device),
            "ip": ip_texts(desk, thing_in_row(uses[Kind.IP], used[Kind.IP]), payer),
            "amount": pc.cast(pc.round(pa.array(payments.amount[rows]), 2), AMOUNT, safe=False),
            "currency": words_of([m.currency for m in MARKETS], market),
            "status": words_of(list(STATUSES), payments.status[rows]),
            "category": words_of(list(CATEGORIES), payments.category[rows]),
            "paid_at": times_of(desk, at),
        }
    )


def _used_for(desk: Desk, kind: Kind, rows: Ints) -> Ints:
    """The use whose thing each payment is made with, NOTHING for none."""
    used = place_at(desk.world.uses[kind], desk.world.payments.payer[rows], _moment_of(desk, kind, rows))
    if desk.view is None or len(desk.world.uses[kind]) == 0:
        return used
    return np.where(desk.view.shows_use(kind, used, rows), used, NOTHING)


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
            "label": words_of(list(LABEL_WORDS), labels.label[rows]),
            "reported_at": times_of(desk, labels.at[rows]),
        }
    )
