"""Rings get the names that their accounts carried before; what a run names, later runs remember."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from graphrisk.detect.rings import CandidateRings
from graphrisk.graph.links import SharedLinks
from graphrisk.model import tables
from graphrisk.registry.carriers import RingCarriers, weigh_carriers
from graphrisk.registry.lineage import Change
from graphrisk.registry.memory import Appearances, NamePast, Remembered, remember_names
from graphrisk.registry.naming import NamedRings, name_rings
from graphrisk.registry.params import NameParams
from graphrisk.registry.stability import Stability, compare_names

_DIGEST_BYTES = 8

PAST_NAME = pa.schema(
    [
        pa.field("ring_id", pa.string()),
        pa.field("missed_count", pa.int64()),
        pa.field("last_count", pa.int64()),
        pa.field("merged_into", pa.string()),  # through all mergers; null for none
        pa.field("dissolved", pa.bool_()),
    ]
)
APPEARANCE = pa.schema(
    [
        pa.field("ring_id", pa.string()),
        pa.field("account_id", pa.string()),
        pa.field("age", pa.int64()),
        pa.field("run_count", pa.int64()),
        pa.field("weight", pa.float64()),
    ]
)


@dataclass(frozen=True, slots=True)
class PastTables:
    """What runs of earlier as-of times named. names: PAST_NAME, the older first. appearances: APPEARANCE, in
    any order, of names that are not long gone."""

    names: pa.Table
    appearances: pa.Table


@dataclass(frozen=True, slots=True)
class NamingTables:
    """What a run adds, with the schemas of model/tables.py."""

    ring_event: pa.Table
    ring_move: pa.Table
    ring_carrier: pa.Table


@dataclass(frozen=True, slots=True)
class RunMoment:
    """Which run, and what it knew of links."""

    run_id: str
    as_of: datetime
    links: SharedLinks


class RingPast(Protocol):
    """Names that other runs gave."""

    def read_past(self, as_of: datetime, params: NameParams) -> PastTables:
        """What runs of times before `as_of` say, up to params.memory_count and dissolve_after_count."""
        ...

    def read_beside(self, past: PastTables, moment: RunMoment, params: NameParams) -> PastTables | None:
        """The past once more, and other runs of that very time as the latest appearance of what they named;
        None where there is none. A name that they do not give is as near or far as it was."""
        ...

    def read_carriers(self, as_of: datetime) -> pa.Table | None:
        """tables.RING_CARRIER of the run of the latest time before `as_of`, None before the first run."""
        ...

    def read_naming(self, run_id: str) -> NamingTables | None:
        """What the run of that name wrote, None where there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Naming:
    """rings: as they were, under their lasting names. stability: None where there is no earlier run."""

    rings: CandidateRings
    tables: NamingTables
    stability: Stability | None

    def counts(self) -> tuple[tuple[str, int], ...]:
        """For the run's record; nothing where there is no earlier run."""
        if self.stability is None:
            return ()
        told = self.stability
        return (
            ("accounts_in_rings_before_too", told.both_count), ("of_them_name_kept", told.kept_count),
            ("with_same_links", told.same_links_count),
            ("of_them_with_same_links_name_kept", told.same_links_kept_count),
        )  # fmt: skip


def name_run(rings: CandidateRings, moment: RunMoment, past: RingPast | None, params: NameParams) -> Naming:
    """A run that was made before keeps the names that it gave, whatever was learned since of earlier times:
    what a person has read stays true. past: None where nothing is remembered."""
    carriers = None if past is None else past.read_carriers(moment.as_of)
    written = past.read_naming(moment.run_id) if past is not None else None
    members = moment.links.account_ids.take(pa.array(rings.members))
    names = None if written is None else _names_given(rings, members, written.ring_carrier)
    if names is not None and written is not None:
        stability = None if carriers is None else compare_names(carriers, written.ring_carrier)
        return Naming(replace(rings, names=names), written, stability)

    named, weight = _carry_names(rings, moment, past, params)
    carrying = replace(rings, names=tuple(named.names[name] for name in rings.names))
    carrier = pa.table(
        [
            pa.array(carrying.names, pa.string()).take(pa.array(rings.ring)),
            members,
            pa.array(weight, pa.float64()),
            pa.array(digest_shared(moment.links, rings.members), pa.string()),
        ],
        schema=tables.RING_CARRIER,
    )
    stability = None if carriers is None else compare_names(carriers, carrier)
    added = NamingTables(_event_table(named.changes), _move_table(stability), carrier)
    return Naming(carrying, added, stability)


def _carry_names(
    rings: CandidateRings, moment: RunMoment, past: RingPast | None, params: NameParams
) -> tuple[NamedRings, NDArray[np.float64]]:
    weight, links = weigh_carriers(rings, params), moment.links
    carriers = RingCarriers.of(rings.names, rings.ring, rings.members, weight)

    def remember(told: PastTables) -> Remembered:
        names = _name_past(told.names)
        return Remembered(names, remember_names(names, _appearances(told, links, rings), params))

    before = PastTables(PAST_NAME.empty_table(), APPEARANCE.empty_table())
    others = None
    if past is not None:
        before = past.read_past(moment.as_of, params)
        others = past.read_beside(before, moment, params)
    known, beside = remember(before), None if others is None else remember(others)
    named = name_rings(carriers, known.past, known.memory, links.account_count, params, beside)
    return named, weight


def _name_past(names: pa.Table) -> NamePast:
    known = names["ring_id"].combine_chunks()
    merged = pc.fill_null(pc.index_in(names["merged_into"], value_set=known), -1)
    return NamePast(
        tuple(known.to_pylist()),
        np.asarray(names["missed_count"], dtype=np.int64),
        np.asarray(names["last_count"], dtype=np.int64),
        np.where(np.asarray(names["merged_into"].is_valid()), np.asarray(merged, dtype=np.int64), -1),
        np.asarray(names["dissolved"], dtype=bool),
    )


def _appearances(before: PastTables, links: SharedLinks, rings: CandidateRings) -> Appearances:
    seen = before.appearances
    members = np.sort(rings.members)
    at = pc.index_in(seen["account_id"], value_set=links.account_ids.take(pa.array(members)))
    position = np.asarray(pc.fill_null(at, -1), dtype=np.int64)
    return Appearances(
        np.asarray(
            pc.index_in(seen["ring_id"], value_set=before.names["ring_id"].combine_chunks()), np.int64
        ),
        np.where(position >= 0, np.append(members, -1)[position], -1),
        np.asarray(seen["age"], dtype=np.int64),
        np.asarray(seen["run_count"], dtype=np.int64),
        np.asarray(seen["weight"], dtype=np.float64),
    )


def _names_given(rings: CandidateRings, members: pa.Array, carrier: pa.Table) -> tuple[str, ...] | None:
    """The names that the run gave these rings before; None where its rings were others."""
    at = pc.index_in(members, value_set=carrier["account_id"].combine_chunks())
    if at.null_count or carrier.num_rows != len(members):
        return None
    told: list[str] = carrier["ring_id"].take(at).to_pylist()
    given: dict[int, set[str]] = {}
    for ring, name in zip(rings.ring.tolist(), told, strict=True):
        given.setdefault(ring, set()).add(name)
    names = [name for ring in range(rings.ring_count) for name in given[ring]]
    return tuple(names) if len(names) == len(set(names)) == rings.ring_count else None


def digest_shared(links: SharedLinks, accounts: NDArray[np.int64]) -> list[str]:
    """Of each of these accounts a digest of the identifiers that it shares with any other account."""
    wanted = np.zeros(links.account_count, dtype=bool)
    wanted[accounts] = True
    rows = np.flatnonzero(wanted[links.account])
    rows = rows[np.lexsort((links.identifier[rows], links.account[rows]))]
    held, inverse = np.unique(links.identifier[rows], return_inverse=True)
    things = links.identifiers.take(pa.array(held)).to_pylist()
    text = [f"{thing['kind']}\x00{thing['identifier']}" for thing in things]
    digest = [_digest(each.encode("utf-8", "surrogatepass")) for each in text]
    shared: dict[int, list[bytes]] = {}
    for account, thing in zip(links.account[rows].tolist(), inverse.tolist(), strict=True):
        shared.setdefault(account, []).append(digest[thing])
    return [_digest(b"".join(shared.get(account, ()))).hex() for account in accounts.tolist()]


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=_DIGEST_BYTES).digest()


def _event_table(changes: tuple[Change, ...]) -> pa.Table:
    return pa.table(
        [
            pa.array([each.name for each in changes], pa.string()),
            pa.array([each.event.value for each in changes], pa.string()),
            pa.array([each.other_name for each in changes], pa.string()),
            pa.array([each.account_count for each in changes], pa.int32()),
            pa.array([each.earlier_count for each in changes], pa.int32()),
        ],
        schema=tables.RING_EVENT,
    )


def _move_table(stability: Stability | None) -> pa.Table:
    moves = () if stability is None else stability.moves
    return pa.table(
        [
            pa.array([each.earlier_name for each in moves], pa.string()),
            pa.array([each.name for each in moves], pa.string()),
            pa.array([each.account_count for each in moves], pa.int32()),
            pa.array([each.same_links_count for each in moves], pa.int32()),
        ],
        schema=tables.RING_MOVE,
    )
