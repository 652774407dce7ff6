"""Workspace -> Neo4j: read what stands there, compare, write what differs, remove what nothing supports.

The server itself is the memory of what was pushed: every push compares content digests with it, so that one
that was killed is finished by the next, nothing is doubled, and what somebody deleted by hand comes back.
Nodes come first, then relationships type by type, those of hubs at the end of each, then the run's findings,
then what is left of nodes that nothing supports.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

import pyarrow as pa

from graphrisk.model.graph_schema import (
    ACCOUNT_NODE,
    ENFORCED,
    EVIDENCE,
    HIGH_RISK,
    KNOWN_BAD,
    KNOWN_GOOD,
    MEMBER_OF,
    OUTSIDER,
    PLAN,
    PROPOSES,
    RESEMBLES,
    RING,
    RING_NODE,
    RUN,
    TIED_TO,
    TOUCHES,
    GraphSchema,
    NodeSchema,
    RelationshipSchema,
)

# What stands in the graph, by internal ids. digest: -1 where a person wrote it.
PRESENT_NODE = pa.schema([("node", pa.int64()), ("id", pa.string()), ("digest", pa.int64())])
PRESENT_ACCOUNT = pa.schema(
    [
        *PRESENT_NODE,
        ("score_digest", pa.int64()),
        ("enforcement_digest", pa.int64()),
        *((label, pa.bool_()) for label in (HIGH_RISK, KNOWN_BAD, KNOWN_GOOD, OUTSIDER, ENFORCED)),
    ]
)
PRESENT_RING = pa.schema([*PRESENT_NODE, ("enforcement_digest", pa.int64())])
PRESENT_RELATIONSHIP = pa.schema(
    [("relationship", pa.int64()), ("start", pa.int64()), ("end", pa.int64()), ("digest", pa.int64())]
)


@dataclass(frozen=True, slots=True)
class Change:
    """Rows to write (new ones, or such as differ) and rows to remove. new, changed: the columns that the
    part's statement takes; relationships also have `is_hub`, whether their end comes last."""

    new: pa.Table
    changed: pa.Table
    stale: pa.Table

    def counts(self, removed_count: int) -> tuple[int, int, int, int]:
        """New, changed, removed, kept."""
        kept = self.stale.num_rows - removed_count
        return self.new.num_rows, self.changed.num_rows, removed_count, kept


@dataclass(frozen=True, slots=True)
class LabelChange:
    """Accounts (node, digest) that get a label, and such as lose it."""

    label: str
    gain: pa.Table
    lose: pa.Table


class NodeContent(Protocol):
    """The workspace's side of nodes: what should stand in the graph. Remembers the internal ids that it is
    told."""

    def compare_nodes(self, schema: NodeSchema, present: pa.Table) -> Change: ...

    def note_created(self, schema: NodeSchema, created: pa.Table) -> None:
        """created: node and id, of the rows that compare_nodes called new."""
        ...


class GraphContent(NodeContent, Protocol):
    """The workspace's side of a whole graph."""

    def compare_relationships(self, schema: RelationshipSchema, present: pa.Table) -> Change:
        """Ends by internal id. Every node must have been compared before."""
        ...

    def compare_scores(self) -> tuple[pa.Table, tuple[LabelChange, ...]]:
        """Accounts whose scores differ, and whose labels do."""
        ...

    def compare_enforcement(self, schema: NodeSchema) -> pa.Table:
        """Accounts or rings of which something else is in force than stands there."""
        ...


class NodeTarget(Protocol):
    """The server's side of nodes."""

    def prepare(self, schema: GraphSchema) -> None:
        """Constraints and the indexes that writing needs, awaited."""
        ...

    def complete(self, schema: GraphSchema) -> bool:
        """The index that only readers need: an index that stands empty from the beginning costs a third more
        time for nodes than one that is filled once. Returns whether it is filled."""
        ...

    def read_nodes(self, schema: NodeSchema) -> pa.Table: ...

    def write_nodes(self, schema: NodeSchema, change: Change) -> pa.Table:
        """Returns node and id of the new ones."""
        ...

    def remove_nodes(self, schema: NodeSchema, stale: pa.Table) -> int:
        """Returns how many stay, because a person wrote on them or linked them."""
        ...

    def finish_run(self, run_id: str) -> None:
        """From now on the graph shows this run, complete."""
        ...


class GraphTarget(NodeTarget, Protocol):
    """The server's side of a whole graph."""

    def read_relationships(self, schema: RelationshipSchema) -> pa.Table: ...

    def count_relationships(self, schema: RelationshipSchema) -> int:
        """Of that type and from that label, whoever wrote them."""
        ...

    def write_relationships(self, schema: RelationshipSchema, change: Change) -> None:
        """The new and the changed ones. What somebody else writes meanwhile may then stand there twice."""
        ...

    def write_scores(self, rows: pa.Table, labels: Sequence[LabelChange]) -> None: ...

    def write_enforcement(self, schema: NodeSchema, rows: pa.Table) -> None: ...

    def remove_relationships(self, schema: RelationshipSchema, stale: pa.Table) -> int:
        """Returns how many are gone: the others a person has written on."""
        ...


class Watcher(Protocol):
    """Somebody who watches, and a clock."""

    def seconds(self) -> float: ...

    def stage(self, words: str) -> None: ...


@dataclass(frozen=True, slots=True)
class PartReport:
    """One label or relationship type. kept_count: stale nodes that stay for a person's sake."""

    name: str
    new_count: int
    changed_count: int
    removed_count: int
    kept_count: int
    seconds: float


@dataclass(frozen=True, slots=True)
class PushReport:
    """is_searchable: whether the server has already filled the index of words."""

    parts: tuple[PartReport, ...]
    run_id: str | None
    is_searchable: bool

    @property
    def is_empty(self) -> bool:
        """Whether the graph already was as it should be."""
        return not any(part.new_count or part.changed_count or part.removed_count for part in self.parts)


@dataclass(slots=True)
class PartPusher:
    """Pushes nodes of one label after the other, and keeps the report of every part."""

    content: NodeContent
    target: NodeTarget
    watcher: Watcher
    reports: list[PartReport] = field(default_factory=list)
    stale_nodes: list[tuple[NodeSchema, pa.Table]] = field(default_factory=list)

    def push_nodes(self, schema: NodeSchema) -> None:
        with self.timed(schema.label) as done:
            change = self.content.compare_nodes(schema, self.target.read_nodes(schema))
            created = self.target.write_nodes(schema, change)
            self.content.note_created(schema, created)
            self.stale_nodes.append((schema, change.stale))
            done(change.new.num_rows, change.changed.num_rows, 0, 0)

    def remove_stale_nodes(self) -> None:
        """Last, when nothing of ours points to them any more."""
        for schema, stale in reversed(self.stale_nodes):
            if stale.num_rows:
                with self.timed(f"{schema.label} removed") as done:
                    kept = self.target.remove_nodes(schema, stale)
                    done(0, 0, stale.num_rows - kept, kept)

    @contextmanager
    def timed(self, name: str) -> Iterator[Callable[[int, int, int, int], None]]:
        """Gives what is to be called with the counts of the part: new, changed, removed, kept."""
        self.watcher.stage(name)
        began = self.watcher.seconds()

        def done(new: int, changed: int, removed: int, kept: int) -> None:
            seconds = round(self.watcher.seconds() - began, 3)
            self.reports.append(PartReport(name, new, changed, removed, kept, seconds))

        yield done


# Written by a run, or about what it found; the other relationships were observed
_FOUND = (MEMBER_OF, EVIDENCE, TIED_TO, RESEMBLES, PROPOSES, TOUCHES)
_REPAIRS = 3  # of a type that others write at the same time
SCORES, ENFORCEMENT = "scores", "enforcement"  # the parts that are no label and no type


def push_graph(
    content: GraphContent, target: GraphTarget, schema: GraphSchema, run_id: str | None, watcher: Watcher
) -> PushReport:
    """Make the graph what the workspace says. It can be interrupted at any instant and run again. run_id:
    whose findings; None where there was no run."""
    parts = PartPusher(content, target, watcher)
    watcher.stage("schema")
    target.prepare(schema)
    found_nodes = (RING, PLAN, RUN)
    for node in schema.nodes:
        if node.label not in found_nodes:
            parts.push_nodes(node)
    observed = [each for each in schema.relationships if each.type not in _FOUND]
    push_relationships(parts, content, target, observed)
    for node in schema.nodes:
        if node.label in found_nodes:
            parts.push_nodes(node)
    found = [each for each in schema.relationships if each.type in _FOUND]
    push_relationships(parts, content, target, found)
    with parts.timed(SCORES) as done:
        rows, labels = content.compare_scores()
        target.write_scores(rows, labels)
        done(0, rows.num_rows, 0, 0)
    _push_enforcement(parts, content, target)
    parts.remove_stale_nodes()
    if run_id is not None:
        target.finish_run(run_id)
    return PushReport(tuple(parts.reports), run_id, target.complete(schema))


def _push_enforcement(parts: PartPusher, content: GraphContent, target: GraphTarget) -> None:
    """Not told where there was nothing to do: many workspaces have no enforcement."""
    with parts.timed(ENFORCEMENT) as done:
        changed_count = 0
        for node in (ACCOUNT_NODE, RING_NODE):
            rows = content.compare_enforcement(node)
            target.write_enforcement(node, rows)
            changed_count += rows.num_rows
        if changed_count:
            done(0, changed_count, 0, 0)


@dataclass(frozen=True, slots=True)
class _TypePusher:
    """Pushes the relationships of one type."""

    content: GraphContent
    target: GraphTarget
    schema: RelationshipSchema

    def compare(self) -> tuple[int, Change]:
        """With how many there are."""
        count = self.target.count_relationships(self.schema)
        return count, self.content.compare_relationships(
            self.schema, self.target.read_relationships(self.schema)
        )

    def write(self, count: int, change: Change) -> tuple[int, bool]:
        """count: how many there were. Returns how many were removed, and whether somebody else wrote
        meanwhile, so that some may stand there twice."""
        self.target.write_relationships(self.schema, change)
        removed = self.target.remove_relationships(self.schema, change.stale)
        expected = count + change.new.num_rows - removed
        return removed, self.target.count_relationships(self.schema) != expected


def push_relationships(
    parts: PartPusher, content: GraphContent, target: GraphTarget, schemas: Sequence[RelationshipSchema]
) -> None:
    """Each type is compared while the one before it is written: the first is work for us, the second for the
    server. schemas: at least one."""
    pushers = [_TypePusher(content, target, schema) for schema in schemas]
    with ThreadPoolExecutor(1, thread_name_prefix="compare") as comparing:
        coming = comparing.submit(pushers[0].compare)
        for pusher, following in zip(pushers, [*pushers[1:], None], strict=True):
            with parts.timed(pusher.schema.type) as done:
                count, change = coming.result()
                if following is not None:
                    coming = comparing.submit(following.compare)
                removed, is_disturbed = pusher.write(count, change)
                done(*change.counts(removed))
                for _ in range(_REPAIRS if is_disturbed else 0):
                    _, is_disturbed = pusher.write(*comparing.submit(pusher.compare).result())
                    if not is_disturbed:
                        break
