"""Worlds of a few accounts for tests of the core: given by hand, drawn by Hypothesis, or by a seed.

A world says who holds what in plain Python; `shared_links` turns it into the canonical arrays that the
core reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from random import Random

import networkx as nx
import numpy as np
import pyarrow as pa
from hypothesis import strategies as st

from graphrisk.graph.links import Floats, SharedLinks
from graphrisk.graph.projection import AccountGraph, ProjectionParams, project_links
from graphrisk.graph.weights import WeightParams, prior_log_odds, weigh_identifiers
from graphrisk.model.kinds import BUILT_IN_KINDS
from graphrisk.model.known import NO_TIME, NO_TRADE, NO_TURNOVER, KnownAccounts, Trade

KIND_NAMES = BUILT_IN_KINDS.names()


@dataclass(frozen=True, slots=True)
class Thing:
    """An identifier: who of the known accounts holds it (two or more), and how many outsiders do."""

    kind: str
    holders: frozenset[int]
    outsider_count: int = 0


@dataclass(frozen=True, slots=True)
class World:
    account_count: int
    things: tuple[Thing, ...]

    def account_ids(self) -> list[str]:
        return [f"acc-{position:06d}" for position in range(self.account_count)]


def world_of(account_count: int, held: Mapping[str, Iterable[Iterable[int]]]) -> World:
    """held: kind -> the holders of each identifier of that kind."""
    things = [Thing(kind, frozenset(holders)) for kind, groups in held.items() for holders in groups]
    return World(account_count, tuple(things))


def rename_all(world: World, random: Random) -> tuple[World, list[int]]:
    """The same world under other names: its things in another order, and every account at the position that
    the list says."""
    things, renamed = list(world.things), list(range(world.account_count))
    random.shuffle(things)
    random.shuffle(renamed)
    held = (replace(each, holders=frozenset(renamed[at] for at in each.holders)) for each in things)
    return World(world.account_count, tuple(held)), renamed


def shared_links(world: World, private_count: int = 0) -> SharedLinks:
    """private_count: of every account. Identifiers are named in the order of the world within their kind.
    Nobody knows when a link was used, which was once."""
    things = sorted(enumerate(world.things), key=lambda item: (item[1].kind, item[0]))
    account = [position for _, thing in things for position in sorted(thing.holders)]
    identifier = [at for at, (_, thing) in enumerate(things) for _ in thing.holders]
    return SharedLinks(
        account_ids=pa.array(world.account_ids(), pa.string()),
        identifiers=pa.table(
            {
                "kind": pa.array([thing.kind for _, thing in things], pa.string()),
                "identifier": pa.array([f"id-{number:04d}" for number, _ in things], pa.string()),
            }
        ),
        account=np.array(account, dtype=np.int32),
        identifier=np.array(identifier, dtype=np.int32),
        kind_code=np.array([KIND_NAMES.index(thing.kind) for _, thing in things], dtype=np.int32),
        holder_count=np.array(
            [len(thing.holders) + thing.outsider_count for _, thing in things], dtype=np.int32
        ),
        private_count=np.full(world.account_count, private_count, dtype=np.int32),
        first_seen_at=np.full(len(account), NO_TIME, dtype=np.int64),
        last_seen_at=np.full(len(account), NO_TIME, dtype=np.int64),
        event_count=np.ones(len(account), dtype=np.int64),
    )


def known_accounts(world: World, verdict: Mapping[int, int] | None = None) -> KnownAccounts:
    count = world.account_count
    verdicts = np.zeros(count, dtype=np.int8)
    for position, word in (verdict or {}).items():
        verdicts[position] = word
    zeros = np.zeros(count, dtype=np.int64)
    return KnownAccounts(
        account_ids=pa.array(world.account_ids(), pa.string()), created_at=zeros, verdict=verdicts,
        payment_count=zeros, loss_count=zeros, turnover=NO_TURNOVER, trade=NO_TRADE,
        measures=np.empty((count, 0)), traits=np.empty((count, 0), dtype=np.int32),
    )  # fmt: skip


def weighed(links: SharedLinks) -> tuple[Floats, float]:
    """llr of every identifier, and the default prior."""
    return weigh_identifiers(links, BUILT_IN_KINDS), prior_log_odds(WeightParams(), links.account_count)


def projected(links: SharedLinks, params: ProjectionParams | None = None) -> AccountGraph:
    llr, prior = weighed(links)
    return project_links(links, llr, prior, params or ProjectionParams())


def account_graph(account_count: int, weight: Mapping[tuple[int, int], float]) -> AccountGraph:
    """weight: (source, target) -> pair probability, source < target."""
    pairs = sorted(weight)
    assert all(source < target for source, target in pairs)
    return AccountGraph(
        account_count,
        np.array([source for source, _ in pairs], dtype=np.int32),
        np.array([target for _, target in pairs], dtype=np.int32),
        np.zeros(len(pairs)),
        np.array([weight[pair] for pair in pairs], dtype=np.float64),
    )


def to_networkx(graph: AccountGraph) -> nx.Graph:
    network = nx.Graph()
    network.add_nodes_from(range(graph.account_count))
    network.add_weighted_edges_from(
        zip(graph.source.tolist(), graph.target.tolist(), graph.weight.tolist(), strict=True)
    )
    return network


def random_world(seed: int, account_count: int, thing_count: int, largest: int) -> World:
    """Many small identifiers, a few of up to `largest` holders, some with outsiders, all kinds."""
    rng = np.random.default_rng(seed)
    things = []
    for _ in range(thing_count):
        size = min(2 + int(rng.pareto(1.0)), largest, account_count)
        holders = frozenset(rng.choice(account_count, size=size, replace=False).tolist())
        outsider_count = int(rng.integers(0, 4)) if rng.random() < 0.3 else 0
        things.append(Thing(str(rng.choice(KIND_NAMES)), holders, outsider_count))
    return World(account_count, tuple(things))


@st.composite
def worlds(draw: st.DrawFn, max_accounts: int = 14, max_things: int = 12) -> World:
    account_count = draw(st.integers(2, max_accounts))
    holders = st.frozensets(st.integers(0, account_count - 1), min_size=2, max_size=account_count)
    thing = st.builds(Thing, st.sampled_from(KIND_NAMES), holders, st.integers(0, 3))
    return World(account_count, tuple(draw(st.lists(thing, max_size=max_things))))


@st.composite
def weighted_graphs(draw: st.DrawFn, max_accounts: int = 12) -> AccountGraph:
    account_count = draw(st.integers(1, max_accounts))
    pairs = list(combinations(range(account_count), 2))
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []
    probability = st.floats(0.011, 0.999)
    return account_graph(account_count, {pair: draw(probability) for pair in chosen})


Paid = tuple[int, int, float]  # payer, payee, hours since some midnight
HOUR = 3_600_000_000


def trade_of(paid: Iterable[Paid], amounts: Iterable[int] | None = None) -> Trade:
    """Payments in one currency, of 1000 each where nothing is said, in the order that a Trade has. All payees
    are accounts, or outsiders from the number of accounts on."""
    payments = list(paid)
    amount = list(amounts) if amounts is not None else [1000] * len(payments)
    rows = sorted(
        (round(hours * HOUR), payer, payee, minor)
        for (payer, payee, hours), minor in zip(payments, amount, strict=True)
    )
    columns = np.array(rows, dtype=np.int64).reshape(-1, 4)
    nothing = np.zeros(len(rows), dtype=bool)
    return Trade(
        ("EUR", None), pa.array([], pa.string()), columns[:, 1].astype(np.int32),
        columns[:, 2].astype(np.int32), columns[:, 0], columns[:, 3], np.zeros(len(rows), np.int32),
        nothing, nothing,
    )  # fmt: skip
