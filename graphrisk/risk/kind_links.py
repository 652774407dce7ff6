"""The links of one kind of identifier, and what values by link come to by account."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graphrisk.graph.links import Floats, Ints, SharedLinks
from graphrisk.model.kinds import KindSet
from graphrisk.risk.behaviour import in_days

_CATEGORIES = 30
_CATEGORY_SIZE = 100


@dataclass(frozen=True, slots=True)
class KindLinks:
    """name: of the kind. account, identifier: int [K], accounts by position, identifiers renumbered from 0.
    used_at: [K] days of the first use, or of the account's creation where no use has a time; NaN where
    neither is known. identifier_count: of the kind. account_count: N. event_count: [K] uses. public_count:
    [identifiers] holders, outsiders among them."""

    name: str
    account: Ints
    identifier: NDArray[np.int64]
    used_at: Floats
    identifier_count: int
    account_count: int
    event_count: Floats
    public_count: Floats

    @property
    def is_category(self) -> bool:
        """Whether thirty at most serve so many that they tell what an account does rather than whom it
        belongs to: each a thirtieth of all accounts in the mean, and a hundred."""
        many = max(self.account_count / _CATEGORIES, _CATEGORY_SIZE)
        return self.identifier_count <= _CATEGORIES and len(self.account) >= self.identifier_count * many

    @property
    def is_timed(self) -> bool:
        return not bool(np.isnan(self.used_at).all())

    def time_key(self, reach: float = 0.0) -> tuple[Floats, float]:
        """([K] one number that orders all uses of a thing by time, and things one after another; how far two
        things are apart in it, uses with a time in the first half). No use of another thing, and none without
        a time, is within `reach` days. Raises ValueError where no use has a time."""
        if not self.is_timed:
            raise ValueError("no use has a time")
        low = float(np.nanmin(self.used_at))
        width = 4.0 * (float(np.nanmax(self.used_at)) - low + reach + 1.0)
        since = np.where(np.isnan(self.used_at), width / 2, self.used_at - low)
        return np.asarray(self.identifier * width + since), width

    def holder_count(self) -> Floats:
        """[identifiers]."""
        return np.bincount(self.identifier, minlength=self.identifier_count).astype(np.float64)

    def gather(self, name: str, value: Floats) -> dict[str, Floats]:
        """By account the mean, the greatest and the least of a value by link, NaN where there is none."""
        told = ~np.isnan(value)
        account, of_link = self.account[told], value[told]
        count = np.bincount(account, minlength=self.account_count).astype(np.float64)
        total = np.bincount(account, weights=of_link, minlength=self.account_count)
        least = np.full(self.account_count, np.inf)
        greatest = np.full(self.account_count, -np.inf)
        np.minimum.at(least, account, of_link)
        np.maximum.at(greatest, account, of_link)
        nobody = count == 0
        least[nobody] = greatest[nobody] = np.nan
        mean = np.divide(total, count, out=np.full(self.account_count, np.nan), where=~nobody)
        return {f"{name}_mean": mean, f"{name}_greatest": greatest, f"{name}_least": least}


def split_kinds(links: SharedLinks, kinds: KindSet, created_at: Floats) -> Iterator[KindLinks]:
    """The kinds that occur, in their order. created_at: [N] days of the accounts' creation."""
    used_at = in_days(links.first_seen_at)
    used_at = np.where(np.isnan(used_at), created_at[links.account], used_at)
    for code, kind in enumerate(kinds.kinds):
        first, last = np.searchsorted(links.kind_code, [code, code + 1])  # identifiers stand sorted by kind
        start, stop = np.searchsorted(links.identifier, [first, last])
        if start < stop:
            yield KindLinks(
                kind.name, links.account[start:stop], links.identifier[start:stop].astype(np.int64) - first,
                used_at[start:stop], int(last - first), links.account_count,
                links.event_count[start:stop].astype(np.float64),
                links.holder_count[first:last].astype(np.float64),
            )  # fmt: skip


def as_kind(name: str, group: NDArray[np.int64], created_at: Floats) -> KindLinks:
    """Membership of groups as if each were a thing that its members hold. group: [N], 0.. or negative for
    none; used_at is when an account was created."""
    account = np.flatnonzero(group >= 0).astype(np.int32)
    count = int(group.max(initial=-1)) + 1
    size = np.bincount(group[account], minlength=count).astype(np.float64)
    return KindLinks(
        name, account, group[account], created_at[account], count, len(group), np.ones(len(account)), size
    )
