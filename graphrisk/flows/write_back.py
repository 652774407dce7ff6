"""A run's findings -> somebody else's graph: rings, memberships, evidence, and the scores on their accounts.

As in a push, what stands there is compared by digests, and only what differs is written. Nothing of theirs is
changed: on their nodes graphrisk writes properties of its own, the label :HighRisk and relationships.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

from graphrisk.flows.push import (
    SCORES,
    Change,
    GraphContent,
    GraphTarget,
    PartPusher,
    PushReport,
    Watcher,
    push_relationships,
)
from graphrisk.model.graph_mapping import GraphAccounts, GraphLink, GraphMapping
from graphrisk.model.graph_schema import (
    EVIDENCE,
    EVIDENCE_RELATIONSHIP,
    MEMBER_OF,
    MEMBER_OF_RELATIONSHIP,
    RESEMBLES_RELATIONSHIP,
    RING_NODE,
    RUN_NODE,
    TIED_TO_RELATIONSHIP,
    GraphSchema,
)

# What stands in their graph. key: the account's id as a text there. digests: -1 where nothing is ours.
PRESENT_MAPPED_ACCOUNT = pa.schema(
    [
        ("node", pa.int64()),
        ("key", pa.string()),
        ("score_digest", pa.int64()),
        ("is_high_risk", pa.bool_()),
        ("was_high_risk", pa.bool_()),  # by our own score, so that the label is ours to take away
        ("is_taken", pa.bool_()),  # somebody else has a property under a name of ours
    ]
)
PRESENT_EVIDENCE = pa.schema(
    [("relationship", pa.int64()), ("start", pa.int64()), ("text", pa.string()), ("digest", pa.int64())]
)

FOUND_SCHEMA = GraphSchema(
    (RING_NODE, RUN_NODE),
    (MEMBER_OF_RELATIONSHIP, EVIDENCE_RELATIONSHIP, TIED_TO_RELATIONSHIP, RESEMBLES_RELATIONSHIP),
)


@dataclass(frozen=True, slots=True)
class ScoreChange:
    """Accounts by node and key: scores that differ, and who gains or loses :HighRisk."""

    scores: pa.Table
    gain: pa.Table
    lose: pa.Table


class FoundContent(Protocol):
    """The workspace's side: what the run found, about accounts that stand in their graph."""

    def adopt_accounts(self, accounts: GraphAccounts, present: pa.Table) -> None:
        """Before anything of theirs is compared."""
        ...

    def compare_scores(self, accounts: GraphAccounts) -> ScoreChange: ...

    def compare_members(self, accounts: GraphAccounts, present: pa.Table) -> Change:
        """The rings must have been compared before."""
        ...

    def compare_evidence(self, links: Sequence[GraphLink], present: pa.Table) -> Change:
        """links: those of one group, see evidence_groups. New and changed rows have `part`, the position of
        the link that leads to the identifier."""
        ...


class MappedGraph(Protocol):
    """The server's side of what is theirs."""

    def read_accounts(self, accounts: GraphAccounts) -> pa.Table:
        """Raises GraphServerError where properties of theirs have the names of ours."""
        ...

    def read_members(self, accounts: GraphAccounts) -> pa.Table: ...

    def read_evidence(self, link: GraphLink) -> pa.Table:
        """Of the link's group."""
        ...

    def write_scores(self, accounts: GraphAccounts, change: ScoreChange) -> None: ...

    def write_members(self, accounts: GraphAccounts, change: Change) -> int:
        """New and changed ones; removes the stale, but for those that a person wrote on. Returns how many are
        gone."""
        ...

    def write_evidence(self, links: Sequence[GraphLink], change: Change) -> int:
        """The same."""
        ...


@dataclass(frozen=True, slots=True)
class WriteBack:
    """The two sides, each in two parts: what is graphrisk's own, and what is theirs."""

    nodes: GraphContent
    found: FoundContent
    target: GraphTarget
    graph: MappedGraph


def evidence_groups(mapping: GraphMapping) -> tuple[tuple[GraphLink, ...], ...]:
    """Links that lead by different ways to the same property of the same nodes: one relationship of evidence
    serves them all. Without those whose identifier is no node, to which nothing can point."""
    groups: dict[tuple[str, str, str, str], list[GraphLink]] = {}
    for link in mapping.links:
        if link.label is not None:
            groups.setdefault((link.account, link.label, link.identifier, link.kind), []).append(link)
    return tuple(map(tuple, groups.values()))


def write_back(sides: WriteBack, mapping: GraphMapping, run_id: str, watcher: Watcher) -> PushReport:
    """Make their graph say what the run found. It can be interrupted at any instant and run again."""
    parts = PartPusher(sides.nodes, sides.target, watcher)
    for accounts in mapping.accounts:
        watcher.stage(accounts.label)
        sides.found.adopt_accounts(accounts, sides.graph.read_accounts(accounts))
    watcher.stage("schema")
    sides.target.prepare(FOUND_SCHEMA)
    for node in FOUND_SCHEMA.nodes:
        parts.push_nodes(node)
    push_relationships(parts, sides.nodes, sides.target, [TIED_TO_RELATIONSHIP, RESEMBLES_RELATIONSHIP])
    for accounts in mapping.accounts:
        with parts.timed(f"{accounts.label} {MEMBER_OF}") as done:
            change = sides.found.compare_members(accounts, sides.graph.read_members(accounts))
            done(*change.counts(sides.graph.write_members(accounts, change)))
    for links in evidence_groups(mapping):
        with parts.timed(f"{links[0].label} {EVIDENCE} of {links[0].kind}") as done:
            change = sides.found.compare_evidence(links, sides.graph.read_evidence(links[0]))
            done(*change.counts(sides.graph.write_evidence(links, change)))
    for accounts in mapping.accounts:
        with parts.timed(f"{accounts.label} {SCORES}") as done:
            scores = sides.found.compare_scores(accounts)
            sides.graph.write_scores(accounts, scores)
            done(0, scores.scores.num_rows, 0, 0)
    parts.remove_stale_nodes()
    sides.target.finish_run(run_id)
    return PushReport(tuple(parts.reports), run_id, sides.target.complete(FOUND_SCHEMA))
