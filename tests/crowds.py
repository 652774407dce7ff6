"""Crowds of accounts made at any time, and farms among them, made by the hour in like amounts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from small_worlds import known_accounts, shared_links, world_of

from graphrisk.graph.links import SharedLinks
from graphrisk.graph.look_alikes import DAY, HOUR
from graphrisk.model.known import KnownAccounts

MANY = 4000  # accounts, in 100 days


def crowd(seed: int = 1) -> tuple[KnownAccounts, SharedLinks]:
    """Accounts made at any time, of any volume, each with two things of its own that it used once."""
    rng = np.random.default_rng(seed)
    world = world_of(MANY, {})
    accounts = replace(
        known_accounts(world),
        created_at=np.sort(rng.integers(20_000 * DAY, 20_100 * DAY, MANY)),
        measures=rng.lognormal(8, 1, (MANY, 1)),
        measure_names=("volume",),
    )
    return accounts, shared_links(world, private_count=2)


def _with_farm(
    accounts: KnownAccounts, members: NDArray[np.int64], begins_at: int, span: int, volume: float
) -> KnownAccounts:
    """The members, made one after another within the span, with volumes within half a percent."""
    created_at, measures = accounts.created_at.copy(), accounts.measures.copy()
    created_at[members] = begins_at + np.linspace(0, span, len(members)).astype(np.int64)
    measures[members, 0] = volume * np.linspace(1, 1.005, len(members))
    return replace(accounts, created_at=created_at, measures=measures)


def with_farms(accounts: KnownAccounts) -> tuple[KnownAccounts, NDArray[np.int64]]:
    """Twenty farms of ten, an hour each; their members, farm by farm."""
    members = np.random.default_rng(2).permutation(MANY)[:200].reshape(20, 10)
    for number, farm in enumerate(members):
        accounts = _with_farm(accounts, farm, (20_003 + 4 * number) * DAY, HOUR // 2, 2000.0 + 100 * number)
    return accounts, members
