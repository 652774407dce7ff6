"""What a full disk and too little memory look like to DuckDB, said for a person."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from graphrisk.errors import GraphriskError, InputError

_NOT_WRITTEN = (
    "Could not write"  # of an IOException, a failed commit, a database that is invalid from then on
)


@contextmanager
def room_is_asked_for() -> Iterator[None]:
    """Inside, what DuckDB fails to write or to hold in memory becomes a GraphriskError, also where somebody
    took it for a fault of the file that was being read. Every other error passes."""
    try:
        yield
    except (duckdb.Error, InputError) as error:
        met = error.__cause__ if isinstance(error, InputError) else error
        if isinstance(met, duckdb.OutOfMemoryException):
            raise GraphriskError(
                f"there is not enough memory: {_first_line(met)}",
                remedy="make room on the workspace's disk, where what does not fit is laid aside, then try"
                " again; nothing was left half written",
            ) from error
        if isinstance(met, duckdb.Error) and _NOT_WRITTEN in str(met):
            raise GraphriskError(
                f"the disk does not take what is written: {_first_line(met)}",
                remedy="make room on the workspace's disk, then try again; nothing was left half written",
            ) from error
        raise


def _first_line(error: duckdb.Error) -> str:
    return str(error).splitlines()[0]
