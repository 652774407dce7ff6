"""Features: a table of numbers by name, one row for each account or identifier, NaN where nothing is known.

Nothing in them says which account or identifier a row is, and none depends on labels, so that what is learned
from them in one marketplace can be applied to another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Features:
    """names: F. values: float32 [rows, F], NaN for unknown."""

    names: tuple[str, ...]
    values: Matrix

    @classmethod
    def of(cls, columns: Mapping[str, NDArray[np.generic]]) -> Features:
        """columns: each [rows], all of one length, at least one of them."""
        values = np.empty((len(next(iter(columns.values()))), len(columns)), dtype=np.float32)
        for position, column in enumerate(columns.values()):
            values[:, position] = column
        return cls(tuple(columns), values)

    def column(self, name: str) -> NDArray[np.float64]:
        """[rows]. Raises ValueError where there is none of that name."""
        return self.values[:, self.names.index(name)].astype(np.float64)

    def rows(self, chosen: NDArray[np.integer]) -> Features:
        """The chosen rows, in that order."""
        return Features(self.names, self.values[chosen])

    def beside(self, other: Features) -> Features:
        """Both tables of the same rows side by side."""
        return Features((*self.names, *other.names), np.hstack((self.values, other.values)))

    def beside_any(self, other: Features | None) -> Features:
        """The same, where there is another."""
        return self if other is None else self.beside(other)

    def without(self, names: Sequence[str]) -> Features:
        """The same columns, those of `names` all unknown."""
        values = self.values.copy()
        values[:, [position for position, name in enumerate(self.names) if name in names]] = np.nan
        return Features(self.names, values)
