"""The truth about the world as tables: who is in which ring, who is bad, which identifiers are the rings'
own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

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
from graphrisk.evaluate.simulator.uses import Kind, Source, Uses, is_among, source_of

ADDRESS_JOINER = ", "  # as a loader joins the columns that make an address together


class Standing(IntEnum):
    """What a member does now. Who has stopped still belongs to the ring, as his links do."""

    ACTIVE = 0
    QUIET = 1  # stopped by himself
    SUSPENDED = 2


@dataclass(frozen=True, slots=True)
class Membership:
    """account, ring, typology: (members,) who belongs to which ring. standing: (members,) Standing."""

    account: Ints
    ring: Ints
    typology: Ints
    standing: Ints


def all_members(desk: Desk) -> Membership:
    rings = desk.world.rings
    standing = np.full(len(rings.account), Standing.ACTIVE)
    return Membership(rings.account, rings.ring, rings.typology[rings.ring], standing)


def truth_tables(desk: Desk, members: Membership | None = None) -> Iterator[TableStream]:
    """members: those of the desk's snapshot; None for all that the world has."""
    now = members or all_members(desk)
    everybody = desk.shown(lambda spans: spans.accounts, np.arange(len(desk.world.people)))
    yield "ring_members", iter([_ring_members(desk, now)])
    yield "accounts", in_chunks(everybody, lambda rows: _true_accounts(desk, now, rows))
    yield "identifiers", iter([_ring_identifiers(desk, now)])


def _ring_members(desk: Desk, members: Membership) -> pa.Table:
    """Rows by ring id and account id."""
    table = pa.table(
        {
            "ring_id": ring_ids(desk, members.ring),
            "account_id": ids(members.account, desk.keys.account),
            "typology": words_of([typology.name for typology in TYPOLOGIES], members.typology),
            "standing": words_of([standing.name.lower() for standing in Standing], members.standing),
        }
    )
    return table.sort_by([("ring_id", "ascending"), ("account_id", "ascending")])


def _true_accounts(desk: Desk, members: Membership, rows: Ints) -> pa.Table:
    people = desk.world.people
    return pa.table(
        {
            "account_id": ids(rows, desk.keys.account),
            "is_fraud": pa.array(np.isin(rows, members.account)),
            "setting": words_of([setting.name.lower() for setting in Setting], people.setting[rows]),
        }
    )


def _ring_identifiers(desk: Desk, members: Membership) -> pa.Table:
    """What the rings themselves brought, in each text that a table has for it; what they borrowed from honest
    people is not there. Rows by kind, text and ring id.

    A text is in two rings only where both wrote a door in a way that leaves out what tells it from the other.
    """
    table = pa.concat_tables([_identifiers_of_kind(desk, members, kind) for kind in Kind])
    distinct = table.group_by(["kind", "identifier", "ring_id"], use_threads=False).aggregate([])
    return distinct.sort_by([(name, "ascending") for name in ("kind", "identifier", "ring_id")])


def _identifiers_of_kind(desk: Desk, members: Membership, kind: Kind) -> pa.Table:
    """Everybody's uses of the rings' own things, a stranger's too."""
    uses = desk.world.uses[kind]
    shown = desk.shown(lambda spans: spans.uses[kind], np.arange(len(uses)))
    thing, ring = _own_things(
        desk, members, kind, Uses(uses.account[shown], uses.thing[shown], uses.at[shown])
    )
    rows = shown[np.isin(uses.thing[shown], thing)]
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
            "ring_id": ring_ids(desk, ring[np.searchsorted(thing, used)]),
        }
    )


def _own_things(desk: Desk, members: Membership, kind: Kind, shown: Uses) -> tuple[Ints, Ints]:
    """(things that a ring brought and a member has, ascending; the ring of each). No two rings draw
    from one pool."""
    uses = desk.world.ring_things[kind]
    ring_of_account = np.full(len(desk.world.people), -1, dtype=np.int64)
    ring_of_account[members.account] = members.ring
    own = uses.where((source_of(uses.thing) == Source.RING) & (ring_of_account[uses.account] >= 0))
    if desk.view is not None:
        own = own.where(is_among(own, shown))
    thing, first = np.unique(own.thing, return_index=True)
    return thing, ring_of_account[own.account[first]]


def ring_ids(desk: Desk, ring: Ints) -> pa.Array:
    """The truth's own names; they say nothing of size or typology."""
    return pc.binary_join_element_wise(pa.scalar("true-"), ids(ring, desk.keys.text), "")
