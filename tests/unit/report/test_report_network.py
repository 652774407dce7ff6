"""Runs and rings as networkx graphs."""

from __future__ import annotations

from datetime import datetime

import networkx as nx
import numpy as np
import pyarrow as pa
import pytest
from small_worlds import projected, random_world, shared_links, weighed, world_of

from graphrisk.graph.links import SharedLinks
from graphrisk.graph.projection import AccountGraph
from graphrisk.model import tables
from graphrisk.model.findings import KnownLabel, MemberFinding, RingDossier, RingFinding, SharedIdentifier
from graphrisk.model.known import NO_TIME
from graphrisk.model.rings import MemberRole
from graphrisk.model.verdicts import Verdict
from graphrisk.report.network import (
    build_account_network,
    build_link_network,
    build_network,
    build_pair_network,
)


def dossier(*shares: tuple[str, str, str, float]) -> RingDossier:
    """shares: (account, via, identifier, bits) of the members a, b, c."""
    return RingDossier(
        run_id="run-1", ring=RingFinding("RING-A", 0.5, 3, 3, 0, 0, "leiden", 0, None, None, None, "because"),
        members=tuple(MemberFinding(name, MemberRole.CORE, 0.4, 1.0, 0.5, 10.0, "why") for name in "abc"),
        signals=(),
        evidence=tuple(
            SharedIdentifier(account, via, "device", identifier, 3, 2, bits, 0.9)
            for account, via, identifier, bits in shares
        ),
        labels=(KnownLabel("b", Verdict.BAD, None, None),), base_account_count=100,
    )  # fmt: skip


def risks_of(count: int, ring_id: dict[int, str] | None = None) -> pa.Table:
    known = {"propagated": 0.0, "reason": ""}
    rows = [
        {"account_id": f"acc-{at:06d}", "risk": at / 10, "ring_id": (ring_id or {}).get(at), **known}
        for at in range(count)
    ]
    return pa.Table.from_pylist(rows, schema=tables.ACCOUNT_RISK)


def test_what_two_members_share_adds_up_to_one_edge() -> None:
    ring = dossier(("a", "b", "d1", 5.0), ("a", "b", "d2", 3.0), ("b", "a", "d1", 5.0), ("b", "a", "d2", 3.0))
    network = build_account_network(ring)
    assert list(network.nodes) == ["a", "b", "c"]
    assert list(network.edges(data=True)) == [("a", "b", {"bits": 8.0, "weight": 0.9})]
    assert network.nodes["b"]["verdict"] == "bad"
    assert network.graph == {"ring_id": "RING-A", "run_id": "run-1", "score": 0.5}


@pytest.mark.parametrize("build", [build_network, build_account_network])
def test_who_is_no_member_is_in_no_network_of_the_ring(build: object) -> None:
    network: nx.Graph = build(dossier(("a", "outsider", "d1", 5.0)))  # type: ignore[operator]
    assert not any("outsider" in str(node) for node in network)


def test_a_run_gives_every_pair_with_its_evidence_and_probability() -> None:
    links = shared_links(world_of(5, {"device": [(0, 1), (1, 3)], "ip": [(0, 1)]}))
    graph = projected(links)
    network = build_pair_network(graph, np.array([0.0, 2 * np.log(2)]), risks_of(5, {4: "RING-A"}))
    assert list(network.nodes) == ["acc-000000", "acc-000001", "acc-000003", "acc-000004"]  # 2 is in nothing
    assert network.number_of_edges() == graph.edge_count == 2
    assert network.nodes["acc-000004"] == {"risk": 0.4, "ring_id": "RING-A"}
    (llr, prior), pair = weighed(links), network.edges["acc-000000", "acc-000001"]
    assert pair["bits"] == pytest.approx((llr[0] + llr[2]) / np.log(2))
    assert (pair["looks_alike"], pair["look_bits"]) == (False, 0.0)
    other = network.edges["acc-000001", "acc-000003"]
    assert (other["looks_alike"], other["look_bits"]) == (True, pytest.approx(2.0))
    assert pair["weight"] == pytest.approx(1 / (1 + np.exp(-prior - pair["bits"] * np.log(2))))


def test_a_run_gives_every_holder_of_a_shared_identifier_with_its_times() -> None:
    world = random_world(2, account_count=12, thing_count=9, largest=5)
    links = shared_links(world)
    links.first_seen_at[0] = 1_704_067_200_000_000
    network = build_link_network(links, weighed(links)[0], risks_of(12))
    assert nx.is_bipartite(network)
    assert network.number_of_edges() == len(links.account)
    for at, name in enumerate(links.identifiers.to_pylist()):
        node = ("identifier", name["kind"], name["identifier"])
        holders = links.account[links.identifier == at]
        assert set(network[node]) == {("account", f"acc-{holder:06d}") for holder in holders}
        assert network.nodes[node]["account_count"] == links.holder_count[at]
    first = network.edges[
        ("account", f"acc-{links.account[0]:06d}"), ("identifier", *links.identifiers.to_pylist()[0].values())
    ]
    assert first["first_seen_at"] == datetime(2024, 1, 1)  # noqa: DTZ001 - naive UTC, as everywhere
    assert first["last_seen_at"] is None
    assert links.last_seen_at[0] == NO_TIME


def test_nothing_shared_gives_networks_without_nodes() -> None:
    links: SharedLinks = shared_links(world_of(3, {}))
    graph: AccountGraph = projected(links)
    assert build_pair_network(graph, np.empty(0), risks_of(3)).number_of_nodes() == 0
    assert build_link_network(links, np.empty(0), risks_of(3)).number_of_nodes() == 0
