"""Runs and rings as networkx graphs: accounts and identifiers, or accounts alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

import networkx as nx
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from graphrisk.graph.links import Floats, SharedLinks
from graphrisk.graph.projection import AccountGraph
from graphrisk.model.findings import RingDossier

_NATS = float(np.log(2.0))  # to a bit


def build_network(dossier: RingDossier) -> nx.Graph:
    """What the run kept as evidence: who of the ring holds what, on the strongest path of each member.

    Nodes are ("account", id) and ("identifier", kind, identifier).

    Account nodes carry node_type "account", account_id, risk, role, verdict ("" if none), reasons.
    Identifier nodes carry node_type "identifier", kind, identifier, account_count, ring_account_count.
    Edges carry bits, those of sharing the identifier. Nodes stand in the dossier's order.
    """
    verdicts = {label.account_id: label.verdict.value for label in dossier.labels}
    network = nx.Graph(ring_id=dossier.ring.ring_id, run_id=dossier.run_id, score=dossier.ring.score)
    for member in dossier.members:
        network.add_node(
            ("account", member.account_id),
            node_type="account",
            account_id=member.account_id,
            risk=member.account_risk,
            role=member.role.value,
            verdict=verdicts.get(member.account_id, ""),
            reasons=member.reasons,
        )
    members = {member.account_id for member in dossier.members}
    for share in dossier.evidence:
        shared = ("identifier", share.kind, share.identifier)
        network.add_node(
            shared,
            node_type="identifier",
            kind=share.kind,
            identifier=share.identifier,
            account_count=share.account_count,
            ring_account_count=share.ring_account_count,
        )
        for end in (share.account_id, share.via_account_id):
            if end in members:
                network.add_edge(("account", end), shared, bits=share.bits)
    return network


def build_account_network(dossier: RingDossier) -> nx.Graph:
    """The members, with the pairs on the strongest paths between them.

    Nodes are account ids, and carry risk, role, verdict ("" if none), reasons. Edges carry bits, the evidence
    of all that the two share, and weight, the probability of one operator.
    """
    verdicts = {label.account_id: label.verdict.value for label in dossier.labels}
    network = nx.Graph(ring_id=dossier.ring.ring_id, run_id=dossier.run_id, score=dossier.ring.score)
    for member in dossier.members:
        network.add_node(
            member.account_id,
            risk=member.account_risk,
            role=member.role.value,
            verdict=verdicts.get(member.account_id, ""),
            reasons=member.reasons,
        )
    # A hop may be on the paths of both its ends, then it stands there twice, in either direction.
    bits: dict[tuple[str, str], dict[tuple[str, str], float]] = defaultdict(dict)
    weight: dict[tuple[str, str], float] = {}
    for share in dossier.evidence:
        if share.account_id in network and share.via_account_id in network:
            first, second = sorted((share.account_id, share.via_account_id))
            bits[first, second][share.kind, share.identifier] = share.bits
            weight[first, second] = share.pair_probability
    for pair, shares in bits.items():
        network.add_edge(*pair, bits=sum(shares.values()), weight=weight[pair])
    return network


def build_pair_network(graph: AccountGraph, look_llr: Floats, risks: pa.Table) -> nx.Graph:
    """Every pair that a run kept.

    risks: model.tables.ACCOUNT_RISK of that run, by account_id, so that rows are positions. Nodes are the ids
    of accounts that are in a pair or a ring, with risk and ring_id (None: in no ring). Edges carry bits and
    weight, as in `build_account_network`; looks_alike; and look_bits, how many of the bits come of that: all
    of them where the two share nothing. look_llr: [E] nats, 0 where two do not look alike.
    """
    ids = risks["account_id"].to_pylist()
    risk, ring_id = risks["risk"].to_pylist(), risks["ring_id"].to_pylist()
    listed = np.asarray(risks["ring_id"].is_valid().combine_chunks().to_numpy(zero_copy_only=False))
    listed[graph.source] = listed[graph.target] = True
    network = nx.Graph()
    network.add_nodes_from(
        (ids[at], {"risk": risk[at], "ring_id": ring_id[at]}) for at in np.flatnonzero(listed).tolist()
    )
    edges = (graph.source, graph.target, graph.llr / _NATS, graph.weight, look_llr / _NATS)
    network.add_edges_from(
        (
            ids[source],
            ids[target],
            {"bits": bits, "weight": weight, "looks_alike": look_bits > 0, "look_bits": look_bits},
        )
        for source, target, bits, weight, look_bits in zip(*(each.tolist() for each in edges), strict=True)
    )
    return network


def build_link_network(links: SharedLinks, llr: Floats, risks: pa.Table) -> nx.Graph:
    """Every identifier that several known accounts hold, and who holds it.

    Nodes as in `build_network`, accounts with risk and ring_id, identifiers without ring_account_count. llr:
    [M], nats. Edges carry bits, those of sharing the identifier (0: it says nothing), first_seen_at and
    last_seen_at (naive UTC, None where unknown) and event_count.
    """
    ids = risks["account_id"].to_pylist()
    risk, ring_id = risks["risk"].to_pylist(), risks["ring_id"].to_pylist()
    kinds, names = (links.identifiers[column].to_pylist() for column in ("kind", "identifier"))
    network = nx.Graph()
    network.add_nodes_from(
        (
            ("account", ids[at]),
            {"node_type": "account", "account_id": ids[at], "risk": risk[at], "ring_id": ring_id[at]},
        )
        for at in np.unique(links.account).tolist()
    )
    network.add_nodes_from(
        (
            ("identifier", kind, name),
            {"node_type": "identifier", "kind": kind, "identifier": name, "account_count": count},
        )
        for kind, name, count in zip(kinds, names, links.holder_count.tolist(), strict=True)
    )
    network.add_edges_from(_held(links, llr / _NATS, ids, list(zip(kinds, names, strict=True))))
    return network


Held = tuple[tuple[str, str], tuple[str, str, str], dict[str, float | int | datetime | None]]


def _held(links: SharedLinks, bits: Floats, ids: list[str], names: list[tuple[str, str]]) -> Iterator[Held]:
    columns = (
        links.account.tolist(), links.identifier.tolist(), bits[links.identifier].tolist(),
        _moments(links.first_seen_at), _moments(links.last_seen_at), links.event_count.tolist(),
    )  # fmt: skip
    for account, identifier, weight, first, last, count in zip(*columns, strict=True):
        told = {"bits": weight, "first_seen_at": first, "last_seen_at": last, "event_count": count}
        yield ("account", ids[account]), ("identifier", *names[identifier]), told


def _moments(times: NDArray[np.int64]) -> list[datetime | None]:
    """Naive UTC. NO_TIME is what numpy takes for no time, too, and gives as None."""
    moments: list[datetime | None] = times.astype("datetime64[us]").tolist()
    return moments
