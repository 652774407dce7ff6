"""The truth about the world as tables: who is in which ring, who is bad, which identifiers are the rings'
own.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graphrisk.evaluate.simulator.desk import (
    Desk,
    TableStream,
    address_texts,
    in_chunks,
    ip_texts,
    words_of,
)
from graphrisk.evaluate.simulator.opaque import ids
from graphrisk.evaluate.simulator.people import Setting
from graphrisk.evaluate.simulator.sampling import Ints
from graphrisk.evaluate.simulator.typologies import TYPOLOGIES
from graphrisk.evaluate.simulator.uses import Kind, Source, source_of

ADDRESS_JOINER = ", "  # as a loader joins the columns that make an address together


def truth_tables(desk: Desk) -> Iterator[TableStream]:
    yield "ring_members", iter([_ring_members(desk)])
    yield "accounts", in_chunks(np.arange(len(desk.world.people)), lambda rows: _true_accounts(desk, rows))
    yield "identifiers", iter([_ring_identifiers(desk)])


def _ring_members(desk: Desk) -> pa.Table:
    """Rows by ring id and account id."""
    rings = desk.world.rings
    table = pa.table(
        {
            "ring_id": _ring_ids(desk, rings.ring),
            "account_id": ids(rings.account, desk.keys.account),
            "typology": words_of([typology.name for typology in TYPOLOGIES], rings.typology[rings.ring]),
        }
    )
    return table.sort_by([("ring_id", "ascending"), ("account_id", "ascending")])


def _true_accounts(desk: Desk, rows: Ints) -> pa.Table:
    people = desk.world.people
    return pa.table(
        {
            "account_id": ids(rows, desk.keys.account),
            "is_fraud": pa.array(np.isin(rows, desk.world.rings.account)),
            "setting": words_of([setting.name.lower() for setting in Setting], people.setting[rows]),
        }
    )


def _ring_identifiers(desk: Desk) -> pa.Table:
    """What the rings themselves brought, in each text that a table has for it; what they borrowed from honest
    people is not there. Rows by kind, text and ring id.

    A text is in two rings only where both wrote a door in a way that leaves out what tells it from the other.
    """
    table = pa.concat_tables([_identifiers_of_kind(desk, kind) for kind in Kind])
    distinct = table.group_by(["kind", "identifier", "ring_id"], use_threads=False).aggregate([])
    return distinct.sort_by([(name, "ascending") for name in ("kind", "identifier", "ring_id")])


def _identifiers_of_kind(desk: Desk, kind: Kind) -> pa.Table:
    """Everybody's uses of the rings' own things, a stranger's too."""
    thing, ring = _own_things(desk, kind)
    uses = desk.world.uses[kind]
    rows = np.flatnonzero(np.isin(uses.thing, thing))
    used = uses.thing[rows]
    match kind:
        case Kind.ADDRESS:
            text = address_texts(desk, rows)
            texts = pc.binary_join_element_wise(text.line, text.city, text.postcode, ADDRESS_JOINER)
        case Kind.IP:
            texts = ip_texts(desk, used, uses.account[rows])
        case Kind.DEVICE:
            texts = ids(used, desk.keys.device)
        case Kind.INSTRUMENT:
            texts = ids(used, desk.keys.instrument)
    return pa.table(
        {
            "kind": pa.array([kind.value] * len(rows), pa.string()),
            "identifier": texts,
            "ring_id": _ring_ids(desk, ring[np.searchsorted(thing, used)]),
        }
    )


def _own_things(desk: Desk, kind: Kind) -> tuple[Ints, Ints]:
    """(things that a ring brought, ascending; the ring of each). No two rings draw from one pool."""
    rings, uses = desk.world.rings, desk.world.ring_things[kind]
    own = uses.where(source_of(uses.thing) == Source.RING)
    ring_of_account = np.zeros(len(desk.world.people), dtype=np.int64)
    ring_of_account[rings.account] = rings.ring
    thing, first = np.unique(own.thing, return_index=True)
    return thing, ring_of_account[own.account[first]]


def _ring_ids(desk: Desk, ring: Ints) -> pa.Array:
    """The truth's own names; they say nothing of size or typology."""
    return pc.binary_join_element_wise(pa.scalar("true-"), ids(ring, desk.keys.text), "")
