"""What accounts hold of one kind, also what one account alone holds: where fuzzy kinds are compared."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from graphrisk.graph.links import Ints


@dataclass(frozen=True, slots=True)
class KindValues:
    """The values of one kind as known at one moment. # (:Account)-[:SHIPPED_TO]->(value)

    kind: its name. identifiers: V distinct keys, sorted, as in SharedLinks.identifiers. texts: [V] a spelling
    of each as it came, the least of several.
    account, value: int32 [L], the distinct links of known accounts, sorted by value, then account.
    outsider_count: int32 [V], holders that are no known accounts.
    """

    kind: str
    identifiers: pa.Array
    texts: pa.Array
    account: Ints
    value: Ints
    outsider_count: Ints

    @property
    def value_count(self) -> int:
        return len(self.identifiers)

    def holder_count(self) -> NDArray[np.int64]:
        """[V] known accounts that hold each."""
        return np.bincount(self.value, minlength=self.value_count).astype(np.int64)
