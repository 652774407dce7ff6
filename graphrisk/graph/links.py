"""The bipartite graph of accounts and the identifiers that they share, in canonical form."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy import sparse

from graphrisk.graph.public_links import PublicLinks
from graphrisk.model.kinds import KindSet
from graphrisk.model.known import NO_TIME

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SharedLinks:
    """Who holds what, as known at one moment. # (:Account)-[:USED_DEVICE|...]->(identifier)

    Accounts are positions 0..N-1 in `account_ids` (sorted); identifiers are positions 0..M-1 in
    `identifiers`, sorted by kind, then text. Only identifiers with two or more known holders are listed;
    what an account shares with nobody is a number.

    account_ids: string array [N]. identifiers: table [M] of kind (string) and identifier (string).
    account, identifier: int32 [L], the distinct links, sorted by identifier, then account.
    kind_code: int32 [M], position in the workspace's KindSet. holder_count: int32 [M], accounts and
    outsiders that hold it.
    private_count: int32 [N], identifiers that this account alone holds.
    first_seen_at, last_seen_at: int64 [L], UTC microseconds, model.known.NO_TIME where unknown. event_count:
    int64 [L], at least 1. Where one holder has an identifier by several tables, files or aliases: the least,
    the greatest, the sum. Of a table's and file's link that was used before and after as-of, only the first
    use is taken as known, because no use in between was kept: last_seen_at is first_seen_at, event_count 1.
    public: what accounts hold together with outsiders; None where no outsider ties two things.
    """

    account_ids: pa.Array
    identifiers: pa.Table
    account: Ints
    identifier: Ints
    kind_code: Ints
    holder_count: Ints
    private_count: Ints
    first_seen_at: NDArray[np.int64]
    last_seen_at: NDArray[np.int64]
    event_count: NDArray[np.int64]
    public: PublicLinks | None = None

    @property
    def account_count(self) -> int:
        return len(self.account_ids)

    @property
    def identifier_count(self) -> int:
        return len(self.kind_code)

    def known_holder_count(self) -> Ints:
        """k_e [M]: how many known accounts hold each identifier; at least 2."""
        return np.bincount(self.identifier, minlength=self.identifier_count).astype(np.int32)

    def places_of(self, things: Collection[tuple[str, str]]) -> Longs:
        """The positions, ascending, of those of the identifiers, each a kind and a text, that are listed."""
        if not things:
            return np.empty(0, dtype=np.int64)
        texts = pa.array(sorted({text for _, text in things}), pa.string())
        near = np.flatnonzero(pc.is_in(self.identifiers["identifier"], value_set=texts))
        rows = self.identifiers.select(["kind", "identifier"]).take(pa.array(near)).to_pylist()
        found = [at for at, row in zip(near.tolist(), rows, strict=True) if tuple(row.values()) in things]
        return np.array(found, dtype=np.int64)

    def with_outsiders(self) -> PublicLinks:
        """The same links and those of outsiders."""
        if self.public is not None:
            return self.public
        nobody = pa.array([], pa.string())
        return PublicLinks(nobody, self.identifiers, self.account, self.identifier, self.holder_count)

    def without(self, dropped: NDArray[np.bool_]) -> SharedLinks:
        """As if nobody held the dropped identifiers, bool [M]."""
        kept, of_link = ~dropped, ~dropped[self.identifier]
        rank = (np.cumsum(kept) - 1).astype(np.int32)
        public = self.public
        if public is not None:
            rows = self.identifiers.filter(pa.array(dropped)).to_pylist()
            public = public.without({(row["kind"], row["identifier"]) for row in rows})
        return replace(
            self, identifiers=self.identifiers.filter(pa.array(kept)), account=self.account[of_link],
            identifier=rank[self.identifier[of_link]], kind_code=self.kind_code[kept],
            holder_count=self.holder_count[kept], first_seen_at=self.first_seen_at[of_link],
            last_seen_at=self.last_seen_at[of_link], event_count=self.event_count[of_link], public=public,
        )  # fmt: skip

    def among(self, accounts: Longs) -> SharedLinks:
        """What the chosen accounts hold, [K] positions ascending, which are then 0..K-1; of every identifier
        all else is as it was."""
        position = np.full(self.account_count, -1, dtype=np.int32)
        position[accounts] = np.arange(len(accounts), dtype=np.int32)
        kept = position[self.account] >= 0
        return replace(
            self, account_ids=self.account_ids.take(pa.array(accounts)), account=position[self.account[kept]],
            identifier=self.identifier[kept], private_count=self.private_count[accounts],
            first_seen_at=self.first_seen_at[kept], last_seen_at=self.last_seen_at[kept],
            event_count=self.event_count[kept], public=None,
        )  # fmt: skip

    def times_with(self, more: int) -> tuple[Longs, Longs, Longs]:
        """first_seen_at, last_seen_at, event_count of these links and of so many more that nobody timed."""
        unknown = np.full(more, NO_TIME, dtype=np.int64)
        return (
            np.concatenate((self.first_seen_at, unknown)),
            np.concatenate((self.last_seen_at, unknown)),
            np.concatenate((self.event_count, np.ones(len(unknown), dtype=np.int64))),
        )

    def natures(self, kinds: KindSet) -> NDArray[np.str_]:
        """[M] the value of each identifier's Nature. kinds: those that kind_code counts in."""
        return np.array([kind.nature.value for kind in kinds.kinds])[self.kind_code]

    def incidence(self, value: Floats | None = None) -> sparse.csr_array:
        """float64 CSR [N, M]: 1, or the link's value of [L], where an account holds an identifier."""
        shape = (self.account_count, self.identifier_count)
        data = np.ones(len(self.account)) if value is None else value
        return sparse.csr_array((data, (self.account, self.identifier)), shape=shape)

    def by_account(self) -> Longs:
        """[L] the positions of the links, by account, then identifier."""
        numbered = self.incidence(np.arange(len(self.account), dtype=np.float64))
        return np.asarray(numbered.data, dtype=np.int64)

    def holder_starts(self) -> NDArray[np.int64]:
        """[M + 1]: identifier e is held by account[starts[e]:starts[e + 1]]."""
        starts = np.zeros(self.identifier_count + 1, dtype=np.int64)
        np.cumsum(self.known_holder_count(), out=starts[1:])
        return starts
