"""How many accounts kept the name of their ring from one run to another, and where the others went."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Move:
    """Accounts that were in a ring of one name and are in one of another. same_links_count: those of them
    that share the same things as before."""

    earlier_name: str
    name: str
    account_count: int
    same_links_count: int


@dataclass(frozen=True, slots=True)
class Stability:
    """both_count: accounts in a ring in both runs, whose name could have changed. kept_count: it did not.
    same_links_count, same_links_kept_count: of those that share the same things in both runs. joined_count,
    left_count: accounts in a ring in the later run only, in the earlier only. moves: the largest first, then
    by name; they add up to both_count - kept_count."""

    both_count: int
    kept_count: int
    same_links_count: int
    same_links_kept_count: int
    joined_count: int
    left_count: int
    moves: tuple[Move, ...]

    @property
    def kept_share(self) -> float | None:
        """None where no account was in a ring twice."""
        return self.kept_count / self.both_count if self.both_count else None

    @property
    def same_links_kept_share(self) -> float | None:
        return self.same_links_kept_count / self.same_links_count if self.same_links_count else None


def compare_names(earlier: pa.Table, later: pa.Table) -> Stability:
    """Both with the columns of model.tables.RING_CARRIER, in any order; no account twice."""
    at = pc.index_in(later["account_id"], value_set=earlier["account_id"].combine_chunks())
    now, before = later.filter(at.is_valid()), earlier.take(at.drop_null())
    kept, same = _equal(now, before, "ring_id"), _equal(now, before, "links_digest")
    moved = np.flatnonzero(~kept)
    moves: dict[tuple[str, str], list[bool]] = {}
    for old, new, alike in zip(
        before["ring_id"].take(pa.array(moved)).to_pylist(),
        now["ring_id"].take(pa.array(moved)).to_pylist(),
        same[moved].tolist(),
        strict=True,
    ):
        moves.setdefault((old, new), []).append(alike)
    told = [Move(old, new, len(alike), sum(alike)) for (old, new), alike in moves.items()]
    return Stability(
        both_count=now.num_rows,
        kept_count=int(kept.sum()),
        same_links_count=int(same.sum()),
        same_links_kept_count=int((kept & same).sum()),
        joined_count=later.num_rows - now.num_rows,
        left_count=earlier.num_rows - now.num_rows,
        moves=tuple(sorted(told, key=lambda each: (-each.account_count, each.earlier_name, each.name))),
    )


def _equal(now: pa.Table, before: pa.Table, column: str) -> NDArray[np.bool_]:
    equal = pc.equal(now[column].combine_chunks(), before[column].combine_chunks())
    return np.asarray(equal.to_numpy(zero_copy_only=False), dtype=bool)
