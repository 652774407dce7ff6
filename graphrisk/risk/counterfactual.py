"""The fewest things without which an account is no longer held by its ring, or the ring falls apart.

A guess that costs little, for flows/what_if.py to put to the test. Two accounts of the ring, or of those next
to it, keep the log odds that their pair had, less what the things taken away said; communities are then found
again among them, and what was one ring in several of them stays joined where at least half of what tied them
is left. What is thought of accounts and of identifiers is left as it was, which a detection would form anew.

Where few things come into question every set of up to exact_size of them is tried, so that no smaller one
does it here. Beyond, a minimum cut: the fewest things that lie on every way from one member to another, by
maximum flow with each thing a vertex of capacity one and accounts without bound (Ford and Fulkerson, Canadian
Journal of Mathematics 8, 1956). And, last, one thing after the other, the one that holds most.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from math import comb

import igraph
import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph
from scipy.special import expit

from graphrisk.detect.leiden import LeidenParams, find_communities
from graphrisk.graph.links import Floats
from graphrisk.graph.projection import AccountGraph
from graphrisk.model.counterfactuals import Search
from graphrisk.risk.cells import sum_ties

Longs = NDArray[np.int64]
Bools = NDArray[np.bool_]
_ROUNDING = 1e-9  # nats that a sum of evidence may be off
_LEFT_TO_JOIN = 0.5  # of what tied two cells of a ring, for them to stay joined


@dataclass(frozen=True, slots=True)
class SearchParams:
    """exact_size: sets of up to so many things are all tried, as long as there are most_tries at most.
    most_removed: no larger set is looked for. most_proposed: sets that are handed on. kept_share: a ring has
    fallen apart where no ring has a greater share of its members; left_share: an account has left where its
    ring has no greater share of the other members."""

    exact_size: int = 3
    most_tries: int = 1_000
    most_removed: int = 12
    most_proposed: int = 6
    kept_share: float = 2 / 3
    left_share: float = 1 / 2


@dataclass(frozen=True, slots=True)
class RingSurroundings:
    """A ring and those next to it, K accounts in the order of their ids, and U things that may be taken away.

    account_ids: K. members: [s] positions among them. graph: pairs among them. bare_odds: [E] each pair's
    log odds without anything shared. staying: [E] nats of what is shared and cannot be taken away. shared:
    [E, I] nats that each of I identifiers adds. parts: bool [U, I], the identifiers that go with a thing.
    holds: bool [U, s], which member has it. Things stand in the order in which they are preferred.
    """

    account_ids: tuple[str, ...]
    members: Longs
    graph: AccountGraph
    bare_odds: Floats
    staying: Floats
    shared: sparse.csr_array
    parts: Bools
    holds: Bools

    def without(self, things: Longs) -> AccountGraph:
        """Its pairs without some things; who shares nothing any more is no pair."""
        gone = self.parts[things].any(axis=0)
        said = self.staying + np.asarray(self.shared @ np.where(gone, 0.0, 1.0)).ravel()
        weight = np.where(said > _ROUNDING, expit(self.bare_odds + said), 0.0)
        return AccountGraph(
            self.graph.account_count, self.graph.source, self.graph.target, self.graph.llr, weight
        )

    def hold(self, graph: AccountGraph, account: int | None) -> float:
        """Of one member to the others, or of all, the sum of pair probabilities."""
        inside = np.zeros(graph.account_count, dtype=np.bool_)
        inside[self.members] = True
        among = inside[graph.source] & inside[graph.target]
        if account is not None:
            among &= (graph.source == account) | (graph.target == account)
        return float(graph.weight[among].sum())


@dataclass(frozen=True, slots=True)
class Enquiry:
    """account: the position of the member that is to leave, None where the ring is to fall apart. cells:
    int64 [K], the communities as long as nothing is taken away, which `propose` finds."""

    account: int | None
    leiden: LeidenParams
    params: SearchParams
    cells: Longs | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """things: rising positions in RingSurroundings."""

    things: tuple[int, ...]
    search: Search


def has_left(label: NDArray[np.integer], members: Longs, account: int, share: float) -> bool:
    """label: the ring or community of every account, negative for none."""
    others = members[members != account]
    together = (label[others] == label[account]) & (label[account] >= 0)
    return bool(together.sum() <= share * len(others))


def is_apart(label: NDArray[np.integer], members: Longs, share: float) -> bool:
    """label: as in `has_left`."""
    inside = label[members][label[members] >= 0]
    return bool(np.bincount(inside).max(initial=0) <= share * len(members))


def propose(around: RingSurroundings, asked: Enquiry) -> Iterator[Proposal]:
    """Sets that seem to do it, the smallest first; and ever larger ones after each, in case they do not.
    Nothing where nothing can be taken away."""
    asked = replace(asked, cells=_communities(around, asked, ()).astype(np.int64))
    exact = _search_all(around, asked)
    first = next(exact, None)
    if first is not None:
        yield Proposal(first, Search.EXACT)
        second = next(exact, None)
        if second is not None:
            yield Proposal(second, Search.EXACT)
        yield from _extended(around, asked, first, Search.GREEDY)
        return
    cut = _smallest_cut(around, asked)
    if cut:
        if _does(around, asked, cut):
            yield Proposal(cut, Search.CUT)
        yield from _extended(around, asked, cut, Search.CUT)
    yield from _extended(around, asked, (), Search.GREEDY)


def _does(around: RingSurroundings, asked: Enquiry, things: tuple[int, ...]) -> bool:
    label = _communities(around, asked, things)
    if asked.account is None:
        return is_apart(label, around.members, asked.params.kept_share)
    return has_left(label, around.members, asked.account, asked.params.left_share)


def _communities(around: RingSurroundings, asked: Enquiry, things: tuple[int, ...]) -> NDArray[np.int32]:
    """[K], negative for none. Cells of the ring are one community."""
    graph = around.without(np.array(things, dtype=np.int64))
    strong = graph.only(graph.weight >= asked.leiden.resolution / 4)
    label = find_communities(strong, around.account_ids, asked.leiden).label
    return label if asked.cells is None else _join_again(label, graph, around, asked.cells)


def _join_again(
    label: NDArray[np.int32], graph: AccountGraph, around: RingSurroundings, cells: Longs
) -> NDArray[np.int32]:
    inside = np.zeros(graph.account_count, dtype=np.bool_)
    inside[around.members] = True
    source, target = graph.source, graph.target
    seam = inside[source] & inside[target] & (cells[source] != cells[target])
    groups = label.astype(np.int64)
    first, second, left = sum_ties(groups, graph.only(seam))
    _, _, before = sum_ties(groups, around.graph.only(seam))
    held = left >= _LEFT_TO_JOIN * before
    count = int(label.max(initial=-1)) + 1
    edges = sparse.coo_array((np.ones(int(held.sum())), (first[held], second[held])), shape=(count, count))
    _, joined = csgraph.connected_components(edges, directed=False)
    return np.asarray(np.where(label >= 0, np.append(joined, -1)[label], -1), dtype=np.int32)


def _search_all(around: RingSurroundings, asked: Enquiry) -> Iterator[tuple[int, ...]]:
    """All sets of the least size that do it, in order, where all smaller ones could be tried."""
    params, count = asked.params, len(around.parts)
    left = params.most_tries
    for size in range(1, min(params.exact_size, count) + 1):
        left -= comb(count, size)
        if left < 0:
            return
        found = False
        for things in combinations(range(count), size):
            if _does(around, asked, things):
                found = True
                yield things
        if found:
            return


def _smallest_cut(around: RingSurroundings, asked: Enquiry) -> tuple[int, ...]:
    """Between the account, or else the member that is held most, and any other member: of the smallest cuts
    the one after which least holds. A thing that goes with another is no vertex of its own. Empty where there
    are too many."""
    chosen = np.flatnonzero(_outermost(around.parts))
    network, capacity = _flow_network(around.holds[chosen])
    start = _position(around, asked.account)
    ends = [at for at in range(len(around.members)) if at != start]
    cuts = set()
    for end in ends:
        reached = set(network.mincut(start, end, capacity=capacity).partition[0])
        first = len(around.members)
        cut = [
            at for at in range(len(chosen)) if first + 2 * at in reached and first + 2 * at + 1 not in reached
        ]
        if 0 < len(cut) <= asked.params.most_removed:
            cuts.add(tuple(chosen[cut].tolist()))
    ranked = sorted(
        cuts, key=lambda cut: (not _does(around, asked, cut), len(cut), _hold(around, asked, cut), cut)
    )
    return ranked[0] if ranked else ()


def _position(around: RingSurroundings, account: int | None) -> int:
    if account is not None:
        return int(np.searchsorted(around.members, account))
    strength = around.graph.sum_by_account(around.graph.weight, around.graph.weight)
    return int(np.argmax(strength[around.members]))


def _outermost(parts: Bools) -> Bools:
    """[U] the things that go with no other one."""
    size = parts.sum(axis=1)
    inside = parts.astype(np.int64) @ parts.T.astype(np.int64) == size[:, None]
    inside &= size[:, None] < size[None, :]
    return np.asarray(~inside.any(axis=1))


def _flow_network(holds: Bools) -> tuple[igraph.Graph, list[int]]:
    """Members, then each thing as where flow comes in and where it goes out, with one unit between."""
    thing_count, size = holds.shape
    unbounded = thing_count + 1
    edges = [(size + 2 * at, size + 2 * at + 1) for at in range(thing_count)]
    for at, member in zip(*(each.tolist() for each in np.nonzero(holds)), strict=True):
        edges += [(member, size + 2 * at), (size + 2 * at + 1, member)]
    capacity = [1] * thing_count + [unbounded] * (len(edges) - thing_count)
    return igraph.Graph(n=size + 2 * thing_count, edges=edges, directed=True), capacity


def _hold(around: RingSurroundings, asked: Enquiry, things: tuple[int, ...]) -> float:
    return around.hold(around.without(np.array(things, dtype=np.int64)), asked.account)


def _extended(
    around: RingSurroundings, asked: Enquiry, start: tuple[int, ...], search: Search
) -> Iterator[Proposal]:
    """Every set, from the first that does it on, that comes of adding what holds most; the first without what
    it does not need. Where none seems to do it, the last: a detection knows better."""
    things, done = start, bool(start) and _does(around, asked, start)
    while len(things) < min(asked.params.most_removed, len(around.parts)):
        rest = [at for at in range(len(around.parts)) if at not in things]
        things = (*things, min(rest, key=lambda at: (_hold(around, asked, (*things, at)), at)))
        if done:
            yield Proposal(tuple(sorted(things)), search)
        elif _does(around, asked, things):
            done = True
            things = _pruned(around, asked, things)
            yield Proposal(tuple(sorted(things)), search)
    if things and not done:
        yield Proposal(tuple(sorted(things)), search)


def _pruned(around: RingSurroundings, asked: Enquiry, things: tuple[int, ...]) -> tuple[int, ...]:
    for at in things:
        fewer = tuple(each for each in things if each != at)
        if fewer and _does(around, asked, fewer):
            things = fewer
    return things
