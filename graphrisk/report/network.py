"""A ring as a networkx graph: accounts and identifiers are nodes, edges say who holds what."""

from __future__ import annotations

import networkx as nx

from graphrisk.model.findings import RingDossier


def build_network(dossier: RingDossier) -> nx.Graph:
    """Nodes are ("account", id) and ("identifier", kind, identifier).

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
