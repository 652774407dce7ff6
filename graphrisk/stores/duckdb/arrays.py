"""Query results as numpy arrays, without a Python object for each value."""

from __future__ import annotations

from datetime import datetime
from typing import TypeAlias

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Value: TypeAlias = datetime | str | int | None


def read_arrow(
    connection: duckdb.DuckDBPyConnection, query: str, values: dict[str, Value] | None = None
) -> pa.Table:
    return connection.sql(query, params=values or None).to_arrow_table()


def one_chunk(array: pa.ChunkedArray | pa.Array) -> pa.Array:
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def int32s(column: pa.ChunkedArray | pa.Array) -> NDArray[np.int32]:
    """Of a column without nulls."""
    return np.asarray(one_chunk(column), dtype=np.int32)


def int64s(column: pa.ChunkedArray | pa.Array) -> NDArray[np.int64]:
    """Of a column without nulls."""
    return np.asarray(one_chunk(column), dtype=np.int64)
