"""Rows go in batches, lane by lane; what a graph holds comes back as columns, whoever wrote it."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import pyarrow as pa
import pytest

from graphrisk.errors import GraphServerBusyError
from graphrisk.stores.neo4j.batches import BatchWriter, _array, _values
from graphrisk.stores.neo4j.statements import Statement
from graphrisk.stores.neo4j.target import Neo4jTarget


@pytest.mark.parametrize("other", [7, 1.5, True, ["a"], None])
def test_an_id_that_is_no_text_is_none_of_ours(other: object) -> None:
    found = _array(["acc1", other, ""], pa.string()).to_pylist()  # type: ignore[list-item]
    assert found == ["acc1", "" if other is not None else None, ""]


@pytest.mark.parametrize("other", ["7", ["a"], {"x": 1}])
def test_a_digest_that_is_no_whole_number_is_none_of_ours(other: object) -> None:
    assert _array([5, other], pa.int64()).to_pylist() == [5, -1]  # type: ignore[list-item]


def test_columns_keep_their_values_and_nulls() -> None:
    table = pa.table({"n": pa.array([1, None]), "f": [0.5, 1.5], "s": ["'`", None], "b": [True, False]})
    assert [_values(column) for column in table.columns] == [
        [1, None],
        [0.5, 1.5],
        ["'`", None],
        [True, False],
    ]


WRITE = Statement("write/some", "RETURN 1")
TARGET = Neo4jTarget("bolt://here", "neo4j", "neo4j", "secret")


@dataclass
class Server:
    """Keeps what it is sent. refuses: a value that makes it refuse the batch."""

    refuses: int = -1
    batches: list[list[int]] = field(default_factory=list)
    writers: set[int] = field(default_factory=set)
    target: Neo4jTarget = TARGET

    def write(self, statement: Statement, parameters: dict[str, list[int]]) -> list[dict[str, int]]:
        if self.refuses in parameters["n"]:
            raise GraphServerBusyError("not now")
        self.batches.append(parameters["n"])
        self.writers.add(threading.get_ident())
        return [{"written": len(parameters["n"]) - parameters.get("missed", 0)}]  # type: ignore[operator]


def lane(start: int, stop: int) -> pa.Table:
    return pa.table({"n": pa.array(range(start, stop), pa.int64())})


def writer(server: Server, batch_rows: int) -> BatchWriter:
    return BatchWriter(server, batch_rows)  # type: ignore[arg-type]


def test_each_lane_is_sent_in_order_by_one_writer_whatever_its_length() -> None:
    server = Server()
    answers = list(writer(server, 10).send(WRITE, [lane(0, 95), lane(100, 100), lane(200, 203)]))
    assert sum(answer["written"] for answer in answers) == 98
    assert all(len(batch) <= 10 for batch in server.batches)
    assert [n for batch in server.batches for n in batch if n < 100] == list(range(95))
    assert [n for batch in server.batches for n in batch if n >= 200] == [200, 201, 202]
    assert len(server.writers) == 2


def test_a_refused_batch_ends_its_lane_and_the_others() -> None:
    server = Server(refuses=15)
    with pytest.raises(GraphServerBusyError, match="not now"):
        writer(server, 10).write(WRITE, [lane(0, 10_000), lane(20_000, 30_000)])
    assert len(server.batches) < 20


def test_rows_that_find_other_nodes_than_were_compared_are_told() -> None:
    missing = {"missed": 1}
    with pytest.raises(GraphServerBusyError, match="2 of 20 rows found other nodes"):
        writer(Server(), 10).write(WRITE, [lane(0, 20)], missing)
    writer(Server(), 10).write(WRITE, [lane(0, 20)], missing, must_find=False)


@pytest.mark.parametrize(("count", "sizes"), [(0, [0]), (10, [10]), (11, [6, 5]), (21, [11, 10])])
def test_two_writers_share_what_is_more_than_a_batch(count: int, sizes: list[int]) -> None:
    assert [part.num_rows for part in writer(Server(), 10).halves(lane(0, count))] == sizes
