"""Opens a workspace's database: one writer at a time, bounded memory, spills inside the workspace's own
folder."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow as pa

from graphrisk.errors import GraphriskError, NotFoundError, WorkspaceBusyError
from graphrisk.stores.duckdb.room import room_is_asked_for
from graphrisk.stores.duckdb.schema import SCHEMA_VERSION, create_schema, has_table, read_schema_version

MEMORY_LIMIT = "2GB"  # of DuckDB's own; above it, it spills to disk
_BIRTHPLACE = ".birth-"


def open_database(path: Path, *, memory_limit: str = MEMORY_LIMIT) -> duckdb.DuckDBPyConnection:
    """Open for writing, creating the file and its tables where they are absent.

    DuckDB holds an operating-system lock that dies with the process, so that a killed one leaves nothing
    stale; what a killed load had not committed is gone, its spill files are removed here. Raises
    WorkspaceBusyError while another process has the file open.
    """
    if not path.exists():
        _create(path)
    spill = path.with_name(".spill")
    connection = _connect(path, read_only=False)
    # Ours alone now: we hold the lock
    for left in (spill, *path.parent.glob(f"{_BIRTHPLACE}*")):
        shutil.rmtree(left, ignore_errors=True)
    _settle(connection, spill, memory_limit)
    version = read_schema_version(connection)
    if version is None:  # a file that somebody else made, and left empty
        create_schema(connection)
    elif version != SCHEMA_VERSION:
        connection.close()
        raise _other_version(path, version)
    return connection


def open_database_to_read(
    path: Path, *, memory_limit: str = MEMORY_LIMIT, only: tuple[str, pa.Schema] | None = None
) -> duckdb.DuckDBPyConnection:
    """Open for reading. Several readers may do so at once, but none beside a writer (WorkspaceBusyError).

    only: the one table that is read, and its columns; then a database of another version will do that has
    them. Raises NotFoundError where nothing was loaded, GraphriskError for another version.
    """
    if not path.exists():
        raise _nothing_loaded(path)
    connection = _connect(path, read_only=True)
    _settle(connection, path.with_name(f".spill-{uuid.uuid4().hex[:8]}"), memory_limit)
    version = read_schema_version(connection)
    will_do = only is not None and has_table(connection, *only)
    if version != SCHEMA_VERSION and not will_do:
        connection.close()
        raise _nothing_loaded(path) if version is None else _other_version(path, version)
    return connection


def _nothing_loaded(path: Path) -> NotFoundError:
    return NotFoundError(
        "nothing has been loaded into this workspace yet", where=str(path), remedy="run `graphrisk load`"
    )


def _other_version(path: Path, version: int) -> GraphriskError:
    return GraphriskError(
        "the workspace was written by another version of graphrisk"
        f" (schema {version}, this one knows {SCHEMA_VERSION})",
        where=str(path),
        remedy="load the tables into a new workspace, and take the judgements along with"
        " `graphrisk judge export` and `import`; or use the version that wrote it",
    )


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """All or nothing: commits at the end, rolls back on any exception, interruption included."""
    with room_is_asked_for():
        connection.execute("BEGIN TRANSACTION")
        try:
            yield
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")


def read_number(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    """The one number that `query` gives; 0 where it gives NULL or no row."""
    rows = connection.execute(query).fetchall()
    return int(rows[0][0] or 0) if rows else 0


def _create(path: Path) -> None:
    """An empty database at path, all of it or nothing: a process killed while DuckDB lays a file out would
    leave one that nothing opens. Where another process was faster, its file stays."""
    try:
        with TemporaryDirectory(prefix=_BIRTHPLACE, dir=path.parent) as folder:
            born = Path(folder) / path.name
            with _connect(born, read_only=False) as connection:
                create_schema(connection)
            _move_unless_there(born, path)
    except OSError as error:
        if not path.exists():  # else the faster process has removed our birthplace
            raise GraphriskError(
                f"the workspace's database cannot be made: {error.strerror}", where=str(path)
            ) from error


def _move_unless_there(born: Path, path: Path) -> None:
    try:
        path.hardlink_to(born)  # not a rename, which would replace the other's file
    except FileExistsError:
        return
    except OSError:  # a file system without links
        born.rename(path)


def _connect(path: Path, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    try:
        return duckdb.connect(str(path), read_only=read_only)
    except duckdb.ConnectionException as error:  # one to write beside one to read
        raise WorkspaceBusyError(
            "this process has the workspace open already, in another thread or for a verb that is not done",
            where=str(path),
            remedy="wait until that is done, then try again",
        ) from error
    except duckdb.IOException as error:
        if "lock" in str(error).lower():
            raise WorkspaceBusyError(
                "another process is using this workspace",
                where=str(path),
                remedy="wait until it is done, then try again",
            ) from error
        raise GraphriskError(
            f"the workspace's database cannot be opened: {_first_line(error)}", where=str(path)
        ) from error


def _settle(connection: duckdb.DuckDBPyConnection, spill: Path, memory_limit: str) -> None:
    # Bound values are not allowed in SET with every version, so the text is quoted here.
    connection.execute(f"SET temp_directory = '{str(spill).replace(chr(39), chr(39) * 2)}'")
    connection.execute(f"SET memory_limit = '{memory_limit}'")
    connection.execute("SET preserve_insertion_order = false")
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET enable_progress_bar = false")
    connection.execute("SET autoinstall_known_extensions = false")  # nothing is fetched from anywhere
    connection.execute("SET autoload_known_extensions = false")


def _first_line(error: BaseException) -> str:
    return str(error).splitlines()[0]
