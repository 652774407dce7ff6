"""Sends the rows of an Arrow table in bounded transactions, a column a parameter; reads columns back."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import neo4j
import pyarrow as pa

from graphrisk.stores.neo4j.connection import GraphConnection, Scalar
from graphrisk.stores.neo4j.statements import Statement

READ_ROWS = 20_000  # nodes whose columns come in one record
_AHEAD = 2  # batches that are prepared while the server works


def send_columns(
    connection: GraphConnection,
    statement: Statement,
    rows: pa.Table,
    batch_rows: int,
    *,
    writer_count: int = 1,
    constants: dict[str, Scalar | Sequence[Scalar]] | None = None,
) -> Iterator[list[neo4j.Record]]:
    """What the server answers to each batch, in order. Each batch is one transaction.

    writer_count: more than one only for statements that touch one node a row, each row another: creating a
    relationship locks its neighbours in both ends' chains, so that two writers would meet in deadlocks.
    """
    waiting: deque[Future[list[neo4j.Record]]] = deque()
    with ThreadPoolExecutor(writer_count, thread_name_prefix="neo4j-writer") as writers:
        try:
            for at in range(0, rows.num_rows, batch_rows):
                batch = rows.slice(at, batch_rows)
                columns: dict[str, Scalar | Sequence[Scalar]] = dict(constants or {})
                columns |= {name: _values(batch.column(name)) for name in batch.column_names}
                if len(waiting) >= writer_count + _AHEAD:
                    yield waiting.popleft().result()
                waiting.append(writers.submit(connection.write, statement, columns))
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def read_columns(
    connection: GraphConnection,
    statement: Statement,
    schema: pa.Schema,
    *,
    parameters: Mapping[str, Scalar] | None = None,
) -> pa.Table:
    """The records of a statement that returns lists, one list a column, as one table; -1 in a column of
    digests is null. parameters: beside $rows, how many nodes one record is about."""
    batches = []
    with connection.reading() as transaction:
        for record in transaction.run(statement.text, {"rows": READ_ROWS, **(parameters or {})}):
            arrays = [_array(record[field.name], field.type) for field in schema]
            batches.append(pa.record_batch(arrays, schema=schema))
    return pa.Table.from_batches(batches, schema=schema)


def _array(values: Sequence[Scalar], kind: pa.DataType) -> pa.Array:
    """A node that a person made may have an id of another type: it is none of ours."""
    try:
        return pa.array(values, kind)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        wanted, absent = (str, "") if pa.types.is_string(kind) else (int, -1)
        return pa.array([value if type(value) is wanted else absent for value in values], kind)


def _values(column: pa.ChunkedArray) -> list[Scalar]:
    if column.null_count == 0 and (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
        values: list[Scalar] = column.to_numpy().tolist()
        return values
    listed: list[Scalar] = column.to_pylist()
    return listed
