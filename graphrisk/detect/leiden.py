"""Communities by Leiden with the constant Potts model, component by component.

CPM keeps an account in a community while its mean pair probability to the members exceeds `resolution`,
which therefore reads 'members are on average at least this probable to have one operator', and has no
resolution limit (Traag, Van Dooren, Nesterov, Phys. Rev. E 84, 016114; the algorithm: Traag, Waltman, van
Eck, Sci. Rep. 9, 5233).

Every component is partitioned by itself, its accounts in the order of their ids, with a generator seeded
from those ids: so the result depends neither on other components, nor on the order of links, nor on the
number of workers. The engine is igraph (docs/decisions/0006-leiden-engine.md).
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

import igraph
import numpy as np
from numpy.typing import NDArray

from graphrisk.graph.components import Partition, canonical_partition, find_components
from graphrisk.graph.links import Floats, Ints
from graphrisk.graph.projection import AccountGraph

_BATCH_EDGE_COUNT = 500_000  # a second of work or so, which pays for starting a process


@dataclass(frozen=True, slots=True)
class LeidenParams:
    """resolution: gamma of CPM, a probability. iteration_count: passes of Leiden, negative for as many as
    change something. max_size: a larger community is partitioned again at twice the resolution until none is
    larger or the resolution has reached one half: what is whole then is left so. seed: mixed into every
    component's own seed."""

    resolution: float = 0.04
    iteration_count: int = 2
    max_size: int = 300
    seed: int = 0


@dataclass(frozen=True, slots=True)
class _Piece:
    """One component: its accounts (positions, ascending), its edges in local numbering, its own seed."""

    accounts: NDArray[np.int64]
    source: Ints
    target: Ints
    weight: Floats
    seed: int


def find_communities(
    graph: AccountGraph, account_ids: Sequence[str], params: LeidenParams, *, worker_count: int = 1
) -> Partition:
    """account_ids: [N], the ids behind the positions, for the seeds. Communities of two or more accounts."""
    components = find_components(graph)
    tight = _tight_components(graph, components, params)
    pieces = _pieces(graph, components, tight, account_ids, params.seed)
    raw = np.where(components.label >= 0, components.label.astype(np.int64), -1)
    next_label = components.group_count
    for accounts, local in _partition_all(pieces, params, worker_count):
        raw[accounts] = next_label + local
        next_label += int(local.max()) + 1
    return canonical_partition(raw)


def _tight_components(graph: AccountGraph, components: Partition, params: LeidenParams) -> NDArray[np.bool_]:
    """[C]: every two members are linked with at least the resolution, so that CPM's optimum is the component
    as it stands, and it is not too large."""
    strong = graph.weight >= params.resolution
    strong_count = np.bincount(components.label[graph.source[strong]], minlength=components.group_count)
    size = components.sizes()
    return np.asarray((strong_count == size * (size - 1) // 2) & (size <= params.max_size))


def _pieces(
    graph: AccountGraph,
    components: Partition,
    tight: NDArray[np.bool_],
    account_ids: Sequence[str],
    seed: int,
) -> Iterator[_Piece]:
    edge_label = components.label[graph.source]
    loose_edges = np.flatnonzero(~tight[edge_label])
    order = loose_edges[np.argsort(edge_label[loose_edges], kind="stable")]
    accounts, starts = components.members()
    local = np.empty(graph.account_count, dtype=np.int32)
    local[accounts] = np.arange(len(accounts)) - np.repeat(starts[:-1], np.diff(starts))
    source, target, weight = local[graph.source[order]], local[graph.target[order]], graph.weight[order]
    edge_starts = np.searchsorted(edge_label[order], np.arange(components.group_count + 1))
    for component in np.flatnonzero(~tight):
        edges = slice(edge_starts[component], edge_starts[component + 1])
        inside = accounts[starts[component] : starts[component + 1]]
        own_seed = _seed_of((account_ids[position] for position in inside), seed)
        yield _Piece(inside, source[edges], target[edges], weight[edges], own_seed)


def _seed_of(account_ids: Iterator[str], seed: int) -> int:
    digest = hashlib.blake2b(str(seed).encode(), digest_size=8)
    for account_id in account_ids:
        digest.update(b"\x00" + account_id.encode("utf-8", "surrogatepass"))
    return int.from_bytes(digest.digest(), "big")


def _partition_all(
    pieces: Iterator[_Piece], params: LeidenParams, worker_count: int
) -> Iterator[tuple[NDArray[np.int64], Ints]]:
    batches = _batches(pieces)
    if worker_count <= 1 or len(batches) <= 1:
        for batch in batches:
            yield from ((piece.accounts, _partition_piece(piece, params)) for piece in batch)
        return
    with ProcessPoolExecutor(min(worker_count, len(batches)), mp_context=get_context("spawn")) as pool:
        for batch, found in zip(
            batches, pool.map(_partition_batch, batches, [params] * len(batches)), strict=True
        ):
            yield from zip((piece.accounts for piece in batch), found, strict=True)


def _batches(pieces: Iterator[_Piece]) -> list[list[_Piece]]:
    """Runs of pieces with _BATCH_EDGE_COUNT edges or more each, all of them where there are fewer: worth a
    process."""
    batches: list[list[_Piece]] = []
    batch: list[_Piece] = []
    edge_count = 0
    for piece in pieces:
        batch.append(piece)
        edge_count += len(piece.source)
        if edge_count >= _BATCH_EDGE_COUNT:
            batches.append(batch)
            batch, edge_count = [], 0
    if not batches:
        return [batch]
    batches[-1].extend(batch)
    return batches


def _partition_batch(pieces: list[_Piece], params: LeidenParams) -> list[Ints]:
    return [_partition_piece(piece, params) for piece in pieces]


def _partition_piece(piece: _Piece, params: LeidenParams) -> Ints:
    """Local labels 0.. of the piece's accounts."""
    run = (piece.seed, params.iteration_count)
    source, target = piece.source, piece.target
    label = _run_leiden(len(piece.accounts), (source, target), piece.weight, params.resolution, run)
    resolution = params.resolution
    while np.bincount(label).max() > params.max_size and resolution < 0.5:
        resolution = min(2 * resolution, 0.5)
        large = np.bincount(label) > params.max_size
        inside = np.flatnonzero(large[label])
        position = np.full(len(label), -1)
        position[inside] = np.arange(len(inside))
        kept = (label[source] == label[target]) & large[label[source]]
        edges = (position[source[kept]], position[target[kept]])
        finer = _run_leiden(len(inside), edges, piece.weight[kept], resolution, run)
        label[inside] = label.max() + 1 + finer
        label = np.unique(label, return_inverse=True)[1].astype(np.int32)
    return label


def _run_leiden(
    account_count: int,
    edges: tuple[NDArray[np.integer], NDArray[np.integer]],
    weight: Floats,
    resolution: float,
    run: tuple[int, int],
) -> Ints:
    """edges: their ends. run: seed and number of iterations."""
    seed, iteration_count = run
    source, target = edges
    # igraph draws from the generator that it is given, not from a seed argument.
    igraph.set_random_number_generator(random.Random(seed))  # noqa: S311 - reproducible on purpose
    # It reads pairs one by one in a third of the time that an array of them takes it.
    graph = igraph.Graph(n=account_count, edges=zip(source.tolist(), target.tolist(), strict=True))
    found = graph.community_leiden(
        objective_function="CPM", weights=weight, resolution=resolution, n_iterations=iteration_count
    )
    return np.asarray(found.membership, dtype=np.int32)
