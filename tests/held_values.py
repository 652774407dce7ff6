"""Values of a kind and who holds them, given by hand, and the shared links that follow from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pyarrow as pa

from graphrisk.graph.links import SharedLinks
from graphrisk.graph.values import KindValues
from graphrisk.model.kinds import KindSet
from graphrisk.model.known import NO_TIME

Held = Mapping[str, Iterable[int]]  # value -> the accounts that hold it


def kind_values(kind: str, held: Held, outsiders: Mapping[str, int] | None = None) -> KindValues:
    """The value's text is its key."""
    names = sorted(held)
    links = sorted((at, account) for at, name in enumerate(names) for account in set(held[name]))
    return KindValues(
        kind=kind, identifiers=pa.array(names, pa.string()), texts=pa.array(names, pa.string()),
        account=np.array([account for _, account in links], dtype=np.int32),
        value=np.array([at for at, _ in links], dtype=np.int32),
        outsider_count=np.array([(outsiders or {}).get(name, 0) for name in names], dtype=np.int32),
    )  # fmt: skip


def links_of(account_count: int, kinds: KindSet, values: Sequence[KindValues]) -> SharedLinks:
    """What two or more accounts share."""
    rows = []
    for of_kind in values:
        names: list[str] = of_kind.identifiers.to_pylist()
        for at, name in enumerate(names):
            holders = of_kind.account[of_kind.value == at].tolist()
            if len(holders) >= 2:
                rows.append((of_kind.kind, name, holders, len(holders) + int(of_kind.outsider_count[at])))
    rows.sort(key=lambda row: (row[0], row[1]))
    return SharedLinks(
        account_ids=pa.array([f"acc-{at:06d}" for at in range(account_count)], pa.string()),
        identifiers=pa.table(
            {
                "kind": pa.array([row[0] for row in rows], pa.string()),
                "identifier": pa.array([row[1] for row in rows], pa.string()),
            }
        ),
        account=np.array([account for row in rows for account in row[2]], dtype=np.int32),
        identifier=np.array([at for at, row in enumerate(rows) for _ in row[2]], dtype=np.int32),
        kind_code=np.array([kinds.names().index(row[0]) for row in rows], dtype=np.int32),
        holder_count=np.array([row[3] for row in rows], dtype=np.int32),
        private_count=np.zeros(account_count, dtype=np.int32),
        first_seen_at=np.full(sum(len(row[2]) for row in rows), NO_TIME, dtype=np.int64),
        last_seen_at=np.full(sum(len(row[2]) for row in rows), NO_TIME, dtype=np.int64),
        event_count=np.ones(sum(len(row[2]) for row in rows), dtype=np.int64),
    )
