"""What is remembered of every name that earlier runs gave."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graphrisk.graph.links import Floats
from graphrisk.registry.carriers import Longs
from graphrisk.registry.params import NameParams


@dataclass(frozen=True, slots=True)
class NamePast:
    """H names, each given by an earlier run: the older first, then by name.

    missed_count: int64 [H], as-of times of earlier runs since the last at which the name was given; 0: it was
    given at the latest. last_count: int64 [H], members of its last ring. merged_into: int64 [H], the name
    that a merged one leads to, through all later mergers; -1 for none. dissolved: bool [H].
    """

    names: tuple[str, ...]
    missed_count: Longs
    last_count: Longs
    merged_into: Longs
    dissolved: NDArray[np.bool_]

    @property
    def name_count(self) -> int:
        return len(self.names)

    def is_current(self) -> NDArray[np.bool_]:
        """[H] given at the latest as-of time."""
        return np.asarray(self.missed_count == 0)


@dataclass(frozen=True, slots=True)
class Appearances:
    """[K] one member of one ring of one earlier run.

    name: int64, position in NamePast.names. account: int64, position among this run's accounts, -1 for one
    that is in none of its rings. age: int64, 0 where the name appeared last, 1 the time before, and so on.
    run_count: int64, earlier runs of that as-of time which gave the name. weight: float64, see
    carriers.weigh_carriers.
    """

    name: Longs
    account: Longs
    age: Longs
    run_count: Longs
    weight: Floats


@dataclass(frozen=True, slots=True)
class Memory:
    """What the names remember of accounts that are in this run's rings.

    name, account: int64 [M], distinct pairs, sorted. remembered: float64 [M], the account's weight, a mean
    over the name's appearances that counts each `decay` less than the next. carried: float64 [M], its
    weight at the latest as-of time, 0 where the name was not given then. total: float64 [H], what is
    remembered of all accounts, those in no ring among them.
    """

    name: Longs
    account: Longs
    remembered: Floats
    carried: Floats
    total: Floats


@dataclass(frozen=True, slots=True)
class Remembered:
    """Names, and what is remembered of each."""

    past: NamePast
    memory: Memory


def remember_names(past: NamePast, seen: Appearances, params: NameParams) -> Memory:
    """A name's memory does not fade while it is away, so that whoever comes back is known."""
    order = np.lexsort((seen.weight, seen.age, seen.account, seen.name))  # so that sums round alike
    name, account, age = seen.name[order], seen.account[order], seen.age[order]
    weight = seen.weight[order] / seen.run_count[order]
    age_count = int(age.max(initial=0)) + 1
    of_name, at_age = np.divmod(np.unique(name * age_count + age), age_count)
    of_moments = np.bincount(of_name, params.decay**at_age, past.name_count)
    faded = weight * params.decay**age / of_moments[name]
    carried = np.where((age == 0) & past.is_current()[name], weight, 0.0)
    total = np.bincount(name, faded, past.name_count).astype(np.float64)

    here = np.flatnonzero(account >= 0)
    is_first = np.ones(len(here), dtype=bool)
    is_first[1:] = (np.diff(name[here]) != 0) | (np.diff(account[here]) != 0)
    group = np.cumsum(is_first) - 1
    first = here[is_first]
    return Memory(
        name=name[first],
        account=account[first],
        remembered=np.bincount(group, faded[here], len(first)).astype(np.float64),
        carried=np.bincount(group, carried[here], len(first)).astype(np.float64),
        total=total,
    )
