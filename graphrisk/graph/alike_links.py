"""What pairs of accounts agree in by likeness, as identifiers that these two share: so that it is explained
like anything else that is shared, and the bits of a hop add up."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from graphrisk.graph.alike import AlikePairs
from graphrisk.graph.links import Floats, Ints, SharedLinks
from graphrisk.model.kinds import KindSet
from graphrisk.model.likeness import level_kinds

Longs = NDArray[np.int64]


def share_agreements(
    links: SharedLinks, llr: Floats, kinds: KindSet, alike: AlikePairs, pairs: tuple[Longs, Longs]
) -> tuple[SharedLinks, Floats]:
    """The links and their llr with one more identifier for each kind in which one of `pairs` agrees or
    differs tellingly; it is called `one value ~ other value`. Its llr may be negative. The identifiers of
    these kinds themselves say nothing any more.

    pairs: two arrays of account positions; each is an edge of alike.graph, in either direction.
    """
    graph = alike.graph
    packed = graph.source.astype(np.int64) << 32 | graph.target
    low, high = np.minimum(*pairs), np.maximum(*pairs)
    edge = np.searchsorted(packed, np.unique(low << 32 | high))
    names = [likeness.kind.name for likeness in alike.likenesses]
    compared = np.isin(np.array(kinds.names(), dtype=object), np.array(names, dtype=object))[links.kind_code]
    pieces = [_of_kind(alike, at, edge, kinds) for at in range(len(names))]
    code, texts, count, said, of_edge = (list(column) for column in zip(*pieces, strict=True))
    made = np.concatenate(of_edge)
    identifier = links.identifier_count + np.repeat(np.arange(len(made), dtype=np.int32), 2)
    codes = np.concatenate(code)
    new = pa.table(
        {
            "kind": pa.array(kinds.names(), pa.string()).take(pa.array(codes)),
            "identifier": pa.array([text for piece in texts for text in piece], pa.string()),
        }
    )
    first, last, events = links.times_with(2 * len(made))
    shared = SharedLinks(
        account_ids=links.account_ids,
        identifiers=pa.concat_tables((links.identifiers, new)).combine_chunks(),
        account=np.concatenate(
            (links.account, np.stack((graph.source[made], graph.target[made]), 1).ravel())
        ),
        identifier=np.concatenate((links.identifier, identifier.astype(np.int32))),
        kind_code=np.concatenate((links.kind_code, codes)),
        holder_count=np.concatenate((links.holder_count, *count)).astype(np.int32),
        private_count=links.private_count,
        first_seen_at=first,
        last_seen_at=last,
        event_count=events,
    )
    return shared, np.concatenate((np.where(compared, 0.0, llr), *said))


def _of_kind(
    alike: AlikePairs, at: int, edge: Longs, kinds: KindSet
) -> tuple[Ints, Sequence[str], Floats, Floats, Longs]:
    """Of one kind, for those edges where it says something: kind code, text, holders, llr, edge."""
    likeness, said = alike.likenesses[at], alike.llr[at][edge]
    telling = said != 0.0
    edge, said = edge[telling], said[telling]
    level = alike.level[at][edge].astype(np.int64)
    names = [likeness.kind.name, *(kind.name for kind in level_kinds(likeness.kind))]
    codes = np.array([kinds.names().index(name) for name in names], dtype=np.int32)
    first, second = alike.first_value[at][edge], alike.second_value[at][edge]
    values: list[str] = likeness.values.identifiers.to_pylist()
    texts = [
        values[a] if a == b else f"{values[a]} ~ {values[b]}"
        for a, b in zip(first.tolist(), second.tolist(), strict=True)
    ]
    last = len(likeness.reach) - 1
    within = np.maximum(*(likeness.reach[np.minimum(level, last), side] for side in (first, second)))
    count = np.where(level > last, likeness.holder_count, within)
    return codes[level], texts, count, said, edge
