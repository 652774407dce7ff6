"""Opens the database that a table is asked from: SQLite or PostgreSQL, to read only."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from graphrisk.errors import ConfigError, InputError
from graphrisk.model.mapping import TableMapping

if TYPE_CHECKING:
    from adbc_driver_manager.dbapi import Connection

_ENVIRONMENT, _SQLITE, _POSTGRESQL = "env:", "sqlite:///", ("postgresql://", "postgres://")
# A query that writes fails, whatever it calls, and a cell's text does not depend on anybody's settings.
_POSTGRESQL_SESSION = (
    "SET TRANSACTION READ ONLY",
    "SET LOCAL client_encoding = 'UTF8'",
    "SET LOCAL datestyle = 'ISO, YMD'",
    "SET LOCAL timezone = 'UTC'",
    "SET LOCAL extra_float_digits = 1",
)


@contextmanager
def connect_database(table: TableMapping, data: Path) -> Iterator[Connection]:
    """Raises ConfigError for an address that cannot be used, InputError for an SQLite file that is not there.

    No password ever stands in a message.
    """
    address = _address(table)
    try:
        opened = (
            _open_sqlite(address, data) if address.startswith(_SQLITE) else _open_postgresql(address, table)
        )
    except ImportError as error:
        raise ConfigError(
            "reading from a database needs an extra",
            where=f"table {table.name}",
            remedy="pip install 'graphrisk[sql]'",
        ) from error
    with opened:
        yield opened


def _open_sqlite(address: str, data: Path) -> Connection:
    from adbc_driver_sqlite import dbapi  # noqa: PLC0415 - an extra

    path = data / address.removeprefix(_SQLITE)
    if not path.is_file():
        raise InputError("there is no such SQLite database", where=str(path))
    connection: Connection = dbapi.connect(f"file:{path}?mode=ro")
    return connection


def _open_postgresql(address: str, table: TableMapping) -> Connection:
    from adbc_driver_postgresql import dbapi  # noqa: PLC0415 - an extra

    try:
        connection: Connection = dbapi.connect(address)
    except dbapi.Error as error:
        raise _unreachable(table, str(error)) from None  # its text may hold pieces of the address
    with connection.cursor() as cursor:
        for statement in _POSTGRESQL_SESSION:
            cursor.execute(statement)
    return connection


def _unreachable(table: TableMapping, said: str) -> ConfigError:
    """said: by libpq, which shows an address that it cannot read, with the password in it. So only what
    follows the attempt to reach a server is passed on."""
    attempt, _, reason = said.splitlines()[0].partition(" failed: ")
    if "connection to server" not in attempt:
        reason = "the address is not a postgresql:// address, or its host has no such name"
    return ConfigError(
        f"the database cannot be reached: {' '.join(reason.split())}",
        where=f"table {table.name} database",
        remedy="check host, port, database, user and password; % / : @ in a password are %25 %2F %3A %40",
    )


def _address(table: TableMapping) -> str:
    """The database's address; a password may stand in the environment but not in the file."""
    given, where = table.database or "", f"table {table.name} database"
    if given.startswith(_ENVIRONMENT):
        name = given.removeprefix(_ENVIRONMENT)
        given = os.environ.get(name, "")
        if not given:
            raise ConfigError(f"the environment variable {name} is not set", where=where)
    elif _holds_password(given):
        raise ConfigError(
            "a password does not belong into a file",
            where=where,
            remedy='put the address into the environment: "env:SHOP_DSN"',
        )
    if not given.startswith((_SQLITE, *_POSTGRESQL)):
        raise ConfigError(
            "unknown kind of database", where=where, remedy="sqlite:///PATH, postgresql://..., or env:NAME"
        )
    return given


def _holds_password(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:  # not an address at all, which is said later
        return "@" in address
    return bool(parts.password) or "password" in parse_qs(parts.query)
