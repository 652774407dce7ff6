"""Shared links with families among the identifiers, weighed so that nothing counts twice.

A family has its own holders, so its bits follow from its own rarity. Families nest: an address lies in a
door, a door in a building. What lies in another thing adds only what it says beyond that,

    llr of a shared address = llr(building) + [llr(door) - llr(building)] + [llr(address) - llr(door)],

so two accounts that write one address alike get the bits of the address, two that share the door those of
the door, two that share the building those of the building, and the bits of all that is shared still add up.
A burst of first uses (graph/bursts.py) lies in the busy thing that was used.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from graphrisk.graph.bursts import BurstParams, find_bursts
from graphrisk.graph.families import family_labels, family_names
from graphrisk.graph.links import Floats, Ints, SharedLinks
from graphrisk.graph.values import KindValues
from graphrisk.model.bursts import burst_kind
from graphrisk.model.derived_kinds import with_derived
from graphrisk.model.families import families_of
from graphrisk.model.kinds import IdentifierKind, KindSet

Longs = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class FamilyLinks:
    """links: with families of two or more known holders among the identifiers, in the same canonical order.
    kinds: with those of the families. parent: int32 [M], the position of the finest family that an identifier
    lies in, -1 for none; it has all the identifier's holders, and more.
    """

    links: SharedLinks
    kinds: KindSet
    parent: Ints


def add_families(links: SharedLinks, kinds: KindSet, values: Sequence[KindValues]) -> FamilyLinks:
    """values: of the kinds that have families, each kind at most once; others are left out.

    A family is listed where it is more than what lies in it: a building that is one door is that door only, a
    door that is written in one way only is that address only.
    """
    wide = with_derived(kinds)
    code_of = {name: code for code, name in enumerate(wide.names())}
    new_code = np.array([code_of[name] for name in kinds.names()], dtype=np.int32)
    raw = _Raw(
        [new_code[links.kind_code]], [links.identifiers["identifier"].combine_chunks()], [links.holder_count],
        [links.account], [links.identifier], [np.full(links.identifier_count, -1, dtype=np.int64)],
    )  # fmt: skip
    for of_kind in values:
        kind = kinds.named(of_kind.kind)
        if kind is not None and families_of(kind.comparison):
            container = _enter_families(raw, of_kind, kind, code_of)
            shared = np.flatnonzero(links.kind_code == kinds.names().index(kind.name))
            texts = raw.text[0].take(pa.array(shared))
            at = np.asarray(pc.index_in(texts, of_kind.identifiers).fill_null(-1), dtype=np.int64)
            raw.parent[0][shared[at >= 0]] = container[at[at >= 0]]
    _enter_bursts(raw, links, kinds, code_of)
    return _in_order(links, wide, raw)


def nest_weights(llr: Floats, parent: Ints) -> Floats:
    """[M] what each identifier adds to the family that it lies in, nats, each >= 0.

    llr: [M] from weights.weigh_identifiers over FamilyLinks. A finer thing never says less than a coarser
    one.
    """
    whole = llr.copy()
    while True:  # once for each level of nesting
        above = np.where(parent >= 0, whole[parent], 0.0)
        if not (above > whole).any():
            return whole - above
        whole = np.maximum(whole, above)


@dataclass(frozen=True, slots=True)
class _Raw:
    """Identifiers and links as they are found, in pieces: those of SharedLinks first, then families.
    Positions go through all pieces."""

    kind_code: list[Ints]
    text: list[pa.Array]
    holder_count: list[Ints]
    account: list[Ints]
    identifier: list[Ints]
    parent: list[Longs]

    def count(self) -> int:
        return sum(len(piece) for piece in self.kind_code)


def _enter_families(raw: _Raw, values: KindValues, kind: IdentifierKind, code_of: dict[str, int]) -> Longs:
    """[V] the position of the finest listed family of each value, -1 for none. From the coarsest family to
    the finest, so that each finds the one that it lies in."""
    found = family_names(values, kind.comparison)
    labels = [family_labels(names) for _, names in found]
    sizes = [_sizes(label)[label] * (label >= 0) for label in labels]
    container = np.full(values.value_count, -1, dtype=np.int64)
    for level in reversed(range(len(found))):
        inside = np.max([np.ones(values.value_count, dtype=np.int64), *sizes[:level]], axis=0)
        family, names = found[level]
        piece = _Piece(labels[level], names, inside, code_of[f"{kind.name}_{family.name}"])
        container = _enter_family(raw, values, piece, container)
    return container


@dataclass(frozen=True, slots=True)
class _Piece:
    """One sort of family over V values. inside: [V], how many values the largest finer family of each has."""

    label: Ints
    names: pa.Array
    inside: Longs
    code: int


def _enter_family(raw: _Raw, values: KindValues, piece: _Piece, container: Longs) -> Longs:
    label, count = piece.label, int(piece.label.max(initial=-1)) + 1
    told = np.flatnonzero(label >= 0)
    largest = np.zeros(count, dtype=np.int64)
    np.maximum.at(largest, label[told], piece.inside[told])
    of_link = label[values.value].astype(np.int64)
    packed = np.sort((of_link[of_link >= 0] << 32) | values.account[of_link >= 0])
    packed = packed[np.diff(packed, prepend=-1) != 0]
    known = np.bincount(packed >> 32, minlength=count)
    outside = np.bincount(label[told], weights=values.outsider_count[told], minlength=count)
    kept = (largest < _sizes(label)[:count]) & (known >= 2)
    position = np.where(kept, raw.count() + np.cumsum(kept) - 1, -1)
    first = np.zeros(count, dtype=np.int64)
    first[label[told[::-1]]] = told[::-1]
    raw.kind_code.append(np.full(int(kept.sum()), piece.code, dtype=np.int32))
    raw.text.append(piece.names.take(pa.array(first[kept])))
    raw.holder_count.append((known + outside.astype(np.int64))[kept].astype(np.int32))
    links = kept[packed >> 32]
    raw.account.append((packed[links] & 0x7FFFFFFF).astype(np.int32))
    raw.identifier.append(position[packed[links] >> 32].astype(np.int32))
    raw.parent.append(container[first[kept]])
    of_value = np.where(label >= 0, position[label] if count else -1, -1)
    return np.where(of_value >= 0, of_value, container)


def _enter_bursts(raw: _Raw, links: SharedLinks, kinds: KindSet, code_of: dict[str, int]) -> None:
    found = find_bursts(links, BurstParams())
    hub = links.identifier[found.link[found.starts[:-1]]].astype(np.int64)
    code = np.array([code_of[burst_kind(kind).name] for kind in kinds.kinds], dtype=np.int32)
    size = np.diff(found.starts)
    names = links.identifiers["identifier"].take(pa.array(hub)).to_pylist()
    began = np.datetime_as_string(found.began_at.astype("datetime64[us]"), unit="s").tolist()
    texts = [f"{name} {moment}" for name, moment in zip(names, began, strict=True)]
    raw.kind_code.append(code[links.kind_code[hub]])
    raw.text.append(pa.array(texts, pa.string()))
    raw.holder_count.append(size.astype(np.int32))
    raw.identifier.append((raw.count() - len(hub) + np.repeat(np.arange(len(hub)), size)).astype(np.int32))
    raw.account.append(links.account[found.link])
    raw.parent.append(hub)


def _sizes(label: Ints) -> Longs:
    """Values of each family, and at the end 0 for none."""
    counts = np.bincount(label[label >= 0], minlength=int(label.max(initial=-1)) + 2)
    return counts.astype(np.int64)


def _in_order(links: SharedLinks, kinds: KindSet, raw: _Raw) -> FamilyLinks:
    """By kind, then text, as SharedLinks has it; the links by identifier, then account."""
    code, text = np.concatenate(raw.kind_code), pa.concat_arrays(raw.text)
    kind_names = pa.array(kinds.names(), pa.string()).take(pa.array(code))
    table = pa.table({"kind": kind_names, "identifier": text})
    # Kinds are ordered by name and texts by bytes, as the store orders them.
    order = np.asarray(
        pc.sort_indices(table, sort_keys=[("kind", "ascending"), ("identifier", "ascending")]), dtype=np.int64
    )
    rank = np.empty(len(order) + 1, dtype=np.int64)
    rank[order] = np.arange(len(order))
    rank[-1] = -1
    packed = (rank[np.concatenate(raw.identifier)] << 32) | np.concatenate(raw.account).astype(np.int64)
    sorted_links = np.argsort(packed, kind="stable")
    packed = packed[sorted_links]
    first, last, events = links.times_with(len(packed) - len(links.account))
    wide = SharedLinks(
        account_ids=links.account_ids, identifiers=table.take(pa.array(order)).combine_chunks(),
        account=(packed & 0x7FFFFFFF).astype(np.int32), identifier=(packed >> 32).astype(np.int32),
        kind_code=code[order], holder_count=np.concatenate(raw.holder_count)[order],
        private_count=links.private_count,
        first_seen_at=first[sorted_links], last_seen_at=last[sorted_links], event_count=events[sorted_links],
    )  # fmt: skip
    return FamilyLinks(wide, kinds, rank[np.concatenate(raw.parent)[order]].astype(np.int32))
