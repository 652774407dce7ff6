"""Links and values as if some identifiers had never been seen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from graphrisk.graph.families import family_names
from graphrisk.graph.links import SharedLinks
from graphrisk.graph.neighbourhood import cut_links
from graphrisk.graph.values import KindValues
from graphrisk.model.bursts import burst_kind
from graphrisk.model.families import family_kinds
from graphrisk.model.kinds import KindSet

Value = tuple[str, str]  # of kind, identifier


def spell_out(thing: Value, kinds: KindSet, values: Sequence[KindValues]) -> frozenset[Value]:
    """The identifiers of the tables that must go for a thing to go: of a family, whatever is in it; of a
    burst, the busy thing; else the thing itself. kinds: those declared. values: of the kinds with families.
    """
    name, text = thing
    for kind in kinds.kinds:
        if name == burst_kind(kind).name:
            return frozenset({(kind.name, text.rpartition(" ")[0])})
        families = [family.name for family in family_kinds(kind)]
        if name in families and kinds.named(name) is None:
            of_kind = next(each for each in values if each.kind == kind.name)
            _, names = family_names(of_kind, kind.comparison)[families.index(name)]
            inside = of_kind.identifiers.filter(pc.equal(names, text))
            return frozenset((kind.name, each) for each in inside.to_pylist())
    return frozenset({thing})


def drop_links(links: SharedLinks, gone: Iterable[Value], values: Sequence[KindValues]) -> SharedLinks:
    """Without these identifiers. values: by which it is known who holds one of them alone."""
    gone = frozenset(gone)
    names = pc.binary_join_element_wise(links.identifiers["kind"], links.identifiers["identifier"], "\x00")
    listed = pa.array(["\x00".join(each) for each in sorted(gone)], pa.string())
    kept = ~_booleans(pc.is_in(names.combine_chunks(), listed))
    fewer = cut_links(links, np.ones(links.account_count, dtype=np.bool_), kept)
    private_count = links.private_count.copy()
    for of_kind in values:
        alone = ~_kept(of_kind, gone) & (of_kind.holder_count() == 1)
        np.subtract.at(private_count, of_kind.account[alone[of_kind.value]], 1)
    public = None if links.public is None else links.public.without(gone)
    return replace(fewer, private_count=private_count, public=public)


def drop_values(values: KindValues, gone: Iterable[Value]) -> KindValues:
    kept = _kept(values, frozenset(gone))
    inside = kept[values.value]
    position = np.cumsum(kept, dtype=np.int32) - 1
    chosen = pa.array(kept)
    return KindValues(
        values.kind, values.identifiers.filter(chosen), values.texts.filter(chosen), values.account[inside],
        position[values.value[inside]].astype(np.int32), values.outsider_count[kept],
    )  # fmt: skip


def _kept(values: KindValues, gone: frozenset[Value]) -> NDArray[np.bool_]:
    texts = pa.array(sorted(text for kind, text in gone if kind == values.kind), pa.string())
    return ~_booleans(pc.is_in(values.identifiers, texts))


def _booleans(found: pa.Array) -> NDArray[np.bool_]:
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=np.bool_)
