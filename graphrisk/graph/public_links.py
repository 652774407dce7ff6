"""What accounts hold together with outsiders: parties that hold the same things and are no accounts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Ints = NDArray[np.int32]

MOST_HOLDERS = 200  # accounts and outsiders; what more hold ties nobody by way of anybody


@dataclass(frozen=True, slots=True)
class PublicLinks:
    """Two accounts that share nothing may each share something with the same outsider.
    # (:Account)-->(identifier)<--(outsider)-->(identifier)<--(:Account)

    A holder is the position of an account, 0..N-1, or N plus that of an outsider.
    outsider_ids: string array [O], sorted. identifiers: table [I] of kind (string) and identifier (string),
    sorted. holder, identifier: int32 [L], the distinct links, sorted by identifier, then holder.
    holder_count: int32 [I], all that hold an identifier, those that are not listed among them.
    """

    outsider_ids: pa.Array
    identifiers: pa.Table
    holder: Ints
    identifier: Ints
    holder_count: Ints

    def without(self, things: Collection[tuple[str, str]]) -> PublicLinks:
        """As if nobody held these, each a kind and a text."""
        names = pc.binary_join_element_wise(self.identifiers["kind"], self.identifiers["identifier"], "\x00")
        gone = pa.array(sorted("\x00".join(each) for each in things), pa.string())
        kept = ~np.asarray(pc.is_in(names, value_set=gone).to_numpy(), dtype=np.bool_)
        rank = (np.cumsum(kept) - 1).astype(np.int32)
        inside = kept[self.identifier]
        return replace(
            self, identifiers=self.identifiers.filter(pa.array(kept)), holder=self.holder[inside],
            identifier=rank[self.identifier[inside]], holder_count=self.holder_count[kept],
        )  # fmt: skip
