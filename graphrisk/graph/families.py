"""Values -> their families (model/families.py): which of them are one door, one building, one network.

One function for each comparison that has families; the order of the values changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from graphrisk.graph.address_families import group_addresses
from graphrisk.graph.contacts import ip_networks, mailbox_patterns, phone_blocks
from graphrisk.graph.links import Ints
from graphrisk.graph.values import KindValues
from graphrisk.model.families import Family, families_of
from graphrisk.model.kinds import Comparison

Derive = Callable[[KindValues], tuple[pa.Array, ...]]


def family_names(values: KindValues, comparison: Comparison) -> tuple[tuple[Family, pa.Array], ...]:
    """For each family of the comparison, from the finest: its record, and the name of each value's family
    [V], null for none; equal names, one family. Empty for a comparison without families."""
    families = families_of(comparison)
    return tuple(zip(families, _DERIVE[comparison](values), strict=True)) if families else ()


def family_labels(names: pa.Array) -> Ints:
    """[V] the family of each value as 0, 1, ... in the order of the names, -1 for none."""
    encoded = names.dictionary_encode()
    order = np.asarray(pc.sort_indices(encoded.dictionary), dtype=np.int64)
    rank = np.empty(len(order) + 1, dtype=np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    rank[-1] = -1
    return rank[np.asarray(encoded.indices.fill_null(-1), dtype=np.int64)]


def _address_families(values: KindValues) -> tuple[pa.Array, ...]:
    """Each family is called by the spelling that most of its accounts use."""
    holders = values.holder_count()
    found = group_addresses(values.texts, holders)
    rows = pa.table({"text": values.texts, "held": -holders})
    order = pc.sort_indices(rows, sort_keys=[("held", "ascending"), ("text", "ascending")])
    return tuple(_named(label, values.texts, np.asarray(order)) for label in (found.door, found.building))


def _named(label: Ints, texts: pa.Array, order: NDArray[np.int64]) -> pa.Array:
    """[V] the first text, in that order, of each label."""
    first = np.zeros(int(label.max(initial=-1)) + 2, dtype=np.int64)
    backwards = order[::-1]
    first[label[backwards]] = backwards
    return texts.take(pa.array(first[label], mask=label < 0))


_DERIVE: dict[Comparison, Derive] = {
    Comparison.ADDRESS: _address_families,
    Comparison.IP: lambda values: (ip_networks(values.identifiers),),
    Comparison.EMAIL: lambda values: (mailbox_patterns(values.identifiers),),
    Comparison.PHONE: lambda values: (phone_blocks(values.identifiers),),
}
