"""Sends the rows of Arrow tables in bounded transactions, a column a parameter; reads columns back."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.pool import AsyncResult, ThreadPool
from typing import TypeAlias

import neo4j
import pyarrow as pa

from graphrisk.errors import GraphServerBusyError
from graphrisk.stores.neo4j.connection import GraphConnection, Scalar
from graphrisk.stores.neo4j.statements import Statement

READ_ROWS = 20_000  # nodes whose columns come in one record
_AHEAD = 1  # batches of each writer that are prepared while the server works

Constants: TypeAlias = Mapping[str, Scalar | Sequence[Scalar]]


@dataclass(frozen=True, slots=True)
class BatchWriter:
    """batch_rows: rows of one transaction."""

    connection: GraphConnection
    batch_rows: int

    def send(
        self, statement: Statement, lanes: Sequence[pa.Table], constants: Constants | None = None
    ) -> Iterator[neo4j.Record]:
        """What the server answers to each batch. constants: parameters beside the columns.

        lanes: one writer each, which sends its batches one after the other. More than one only where they
        share no node: see `halves`, and waves.split_in_waves.
        """
        waiting: deque[AsyncResult[list[neo4j.Record]]] = deque()
        # Their threads are daemons: one may wait for somebody's lock when this process is to end
        writers = [ThreadPool(1) for _ in lanes]
        try:
            for at in range(0, max((lane.num_rows for lane in lanes), default=0), self.batch_rows):
                for writer, lane in zip(writers, lanes, strict=True):
                    batch = lane.slice(at, self.batch_rows)
                    if batch.num_rows == 0:
                        continue
                    columns = {name: _values(batch.column(name)) for name in batch.column_names}
                    if len(waiting) >= len(lanes) * (1 + _AHEAD):
                        yield waiting.popleft().get()[0]
                    parameters = {**(constants or {}), **columns}
                    waiting.append(writer.apply_async(self.connection.write, (statement, parameters)))
            while waiting:
                yield waiting.popleft().get()[0]
        finally:
            for writer in writers:
                writer.terminate()

    def halves(self, rows: pa.Table) -> tuple[pa.Table, ...]:
        """For two writers, where there is more than one batch: rows that touch one node each, each row
        another."""
        if rows.num_rows <= self.batch_rows:
            return (rows,)
        middle = (rows.num_rows + 1) // 2
        return rows.slice(0, middle), rows.slice(middle)

    def write(
        self,
        statement: Statement,
        lanes: Sequence[pa.Table],
        constants: Constants | None = None,
        *,
        must_find: bool = True,
    ) -> None:
        """The statement returns how many rows it has `written`. must_find: that is to be every row; raises
        GraphServerBusyError where the nodes or relationships of some are not what was compared."""
        row_count = sum(lane.num_rows for lane in lanes)
        written = sum(int(answer["written"]) for answer in self.send(statement, lanes, constants))
        if must_find and written != row_count:
            raise GraphServerBusyError(
                f"{row_count - written} of {row_count} rows found other nodes than were compared:"
                " somebody else changed the graph meanwhile",
                where=self.connection.target.uri,
                remedy="try again: it goes on from what stands there",
            )


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
