"""A push in order, and beside others who write: hand-written sides that only keep what they are told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pytest

from graphrisk.errors import GraphServerBusyError
from graphrisk.flows.push import (
    PRESENT_NODE,
    PRESENT_RELATIONSHIP,
    Change,
    LabelChange,
    PushReport,
    push_graph,
)
from graphrisk.model.graph_schema import NodeSchema, RelationshipSchema, graph_schema
from graphrisk.model.kinds import BUILT_IN_KINDS

SCHEMA = graph_schema(BUILT_IN_KINDS)
NOTHING = pa.table({"row": pa.array([], pa.int64())})


def rows(count: int) -> pa.Table:
    return pa.table({"row": pa.array(range(count), pa.int64())})


@dataclass
class Content:
    """Wants two relationships of each type; what is there beyond that is stale. enforced: by label, how many
    nodes there are of which something else is in force than stands there."""

    enforced: dict[str, int] = field(default_factory=dict)

    def compare_nodes(self, schema: NodeSchema, present: pa.Table) -> Change:
        return Change(NOTHING, NOTHING, NOTHING)

    def note_created(self, schema: NodeSchema, created: pa.Table) -> None:
        """Nothing was."""

    def compare_relationships(self, schema: RelationshipSchema, present: pa.Table) -> Change:
        count = present.num_rows
        return Change(rows(max(2 - count, 0)), NOTHING, rows(max(count - 2, 0)))

    def compare_scores(self) -> tuple[pa.Table, tuple[LabelChange, ...]]:
        return NOTHING, ()

    def compare_enforcement(self, schema: NodeSchema) -> pa.Table:
        return rows(self.enforced.get(schema.label, 0))


@dataclass
class Target:
    """Counts the relationships of each type. meanwhile: how many somebody else adds while ours of a type are
    written, each time; kept: how many of the stale ones a person has written on."""

    meanwhile: dict[str, list[int]] = field(default_factory=dict)
    kept: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)
    refused: str = ""

    def prepare(self, schema: object) -> None:
        self.done.append("prepare")

    def complete(self, schema: object) -> bool:
        self.done.append("complete")
        return False

    def read_nodes(self, schema: NodeSchema) -> pa.Table:
        return PRESENT_NODE.empty_table()

    def write_nodes(self, schema: NodeSchema, change: Change) -> pa.Table:
        self.done.append(schema.label)
        return PRESENT_NODE.empty_table()

    def remove_nodes(self, schema: NodeSchema, stale: pa.Table) -> int:
        return 0

    def finish_run(self, run_id: str) -> None:
        self.done.append(f"finish {run_id}")

    def count_relationships(self, schema: RelationshipSchema) -> int:
        return self.counts.get(schema.type, 0)

    def read_relationships(self, schema: RelationshipSchema) -> pa.Table:
        ids = pa.array(range(self.count_relationships(schema)), pa.int64())
        return pa.table([ids] * 4, schema=PRESENT_RELATIONSHIP)

    def write_relationships(self, schema: RelationshipSchema, change: Change) -> None:
        if schema.type == self.refused:
            raise GraphServerBusyError("not now")
        self.done.append(schema.type)
        others = self.meanwhile.get(schema.type)
        added = others.pop(0) if others else 0
        self.counts[schema.type] = self.count_relationships(schema) + change.new.num_rows + added

    def remove_relationships(self, schema: RelationshipSchema, stale: pa.Table) -> int:
        removed = max(stale.num_rows - self.kept, 0)
        self.counts[schema.type] -= removed
        return removed

    def write_scores(self, rows: pa.Table, labels: Sequence[LabelChange]) -> None:
        self.done.append("scores")

    def write_enforcement(self, schema: NodeSchema, rows: pa.Table) -> None:
        self.done.append(f"enforcement of {schema.label}")


class Watcher:
    def seconds(self) -> float:
        return 0.0

    def stage(self, words: str) -> None:
        """Nobody watches."""


def push(target: Target) -> PushReport:
    return push_graph(Content(), target, SCHEMA, "RUN-1", Watcher())


def test_what_others_need_is_there_before_them() -> None:
    target = Target()
    report = push(target)
    order = ["prepare", "Account", "Device", "USED_DEVICE", "Ring", "MEMBER_OF", "EVIDENCE", "scores"]
    assert [step for step in target.done if step in order] == order
    assert target.done[-2:] == ["finish RUN-1", "complete"]
    assert target.counts == {each.type: 2 for each in SCHEMA.relationships}
    assert not report.is_searchable


def test_where_others_write_the_same_what_is_doubled_goes_and_other_types_are_left_alone() -> None:
    target = Target(meanwhile={"USED_DEVICE": [2, 1]})
    report = push(target)
    assert target.counts["USED_DEVICE"] == 2
    assert target.done.count("USED_DEVICE") == 3
    assert target.done.count("PAID") == 1
    part = next(part for part in report.parts if part.name == "USED_DEVICE")
    assert (part.new_count, part.removed_count) == (2, 0)


def test_somebody_who_never_stops_does_not_hold_a_push_up() -> None:
    target = Target(meanwhile={"PAID": [1] * 100})
    push(target)
    assert target.done.count("PAID") == 4


def test_what_a_person_wrote_on_is_told_as_kept() -> None:
    target = Target(counts={"PAID": 5}, kept=1)
    part = next(part for part in push(target).parts if part.name == "PAID")
    assert (part.new_count, part.changed_count, part.removed_count, part.kept_count) == (0, 0, 2, 1)


def test_a_refusal_ends_the_push_there() -> None:
    target = Target(refused="PAID_WITH")
    with pytest.raises(GraphServerBusyError):
        push(target)
    assert "USED_DEVICE" in target.done
    assert not {"Ring", "scores", "finish RUN-1", "complete"} & set(target.done)
