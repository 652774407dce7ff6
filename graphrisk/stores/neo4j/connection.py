"""Opens a Neo4j server, and turns what it refuses into one sentence that says what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeAlias

import neo4j
from neo4j import GraphDatabase, NotificationMinimumSeverity
from neo4j.exceptions import (
    AuthError,
    ConfigurationError,
    ConstraintError,
    DriverError,
    Neo4jError,
    ServiceUnavailable,
    SessionExpired,
)

from graphrisk.errors import ConfigError, GraphriskError, GraphServerBusyError, GraphServerError
from graphrisk.stores.neo4j.statements import Statement
from graphrisk.stores.neo4j.target import Neo4jTarget

# What a parameter may be: the driver packs lists of one type as they are.
Scalar: TypeAlias = str | int | float | bool | None
Parameters: TypeAlias = "Mapping[str, Scalar | Sequence[Scalar] | Sequence[Sequence[Scalar]]]"

_CONNECTION_SECONDS = 15.0  # to reach a server that is there
_RETRY_SECONDS = 60.0  # of managed transactions that meet a deadlock or a leader change


class UniquenessError(GraphServerError):
    """A node with that id is there already."""


@contextmanager
def open_neo4j(target: Neo4jTarget) -> Iterator[GraphConnection]:
    """A connection that was tried. Raises ConfigError, GraphServerError, GraphServerBusyError."""
    with server_errors(target):
        driver = GraphDatabase.driver(
            target.uri,
            auth=(target.user, target.password),
            connection_timeout=_CONNECTION_SECONDS,
            max_transaction_retry_time=_RETRY_SECONDS,
            notifications_min_severity=NotificationMinimumSeverity.OFF,
            user_agent="graphrisk",
            telemetry_disabled=True,
        )
        with driver:
            driver.verify_connectivity()
            yield GraphConnection(driver, target)


@dataclass(frozen=True, slots=True)
class GraphConnection:
    """One driver and the database that it speaks to. May be used by several threads, a transaction by one."""

    driver: neo4j.Driver
    target: Neo4jTarget

    def read(self, statement: Statement, parameters: Parameters | None = None) -> list[neo4j.Record]:
        """All records of one managed read transaction."""
        with self._session(neo4j.READ_ACCESS) as session:
            return session.execute_read(lambda tx: list(tx.run(statement.text, dict(parameters or {}))))

    def write(self, statement: Statement, parameters: Parameters | None = None) -> list[neo4j.Record]:
        """All records of one managed write transaction: all of it or nothing, and again if the server says
        that a retry helps. After a lost connection it may have happened, so the statement must bear to be
        run twice."""
        try:
            with self._session(neo4j.WRITE_ACCESS) as session:
                return session.execute_write(lambda tx: list(tx.run(statement.text, dict(parameters or {}))))
        except ConstraintError as error:
            raise UniquenessError(
                "a uniqueness constraint stands against it", where=self.target.uri, value=_first_line(error)
            ) from error

    def write_alone(self, statement: Statement, parameters: Parameters | None = None) -> list[neo4j.Record]:
        """For schema commands and `CALL { } IN TRANSACTIONS`, which manage their own transactions."""
        with self._session(neo4j.WRITE_ACCESS) as session:
            return list(session.run(neo4j.Query(statement.text), dict(parameters or {})))

    @contextmanager
    def reading(self) -> Iterator[neo4j.Transaction]:
        """One read transaction over several statements, so that they see the same internal ids."""
        with self._session(neo4j.READ_ACCESS) as session, session.begin_transaction() as transaction:
            yield transaction

    def _session(self, access: str) -> neo4j.Session:
        return self.driver.session(database=self.target.database, default_access_mode=access)


# Code (or its beginning) -> what to say, what to do, whether the same call may succeed later.
_REFUSALS: tuple[tuple[str, str, str, bool], ...] = (
    ("Neo.ClientError.Security.CredentialsExpired", "the password must be changed before first use",
     "log in once in Neo4j Browser, or set the initial password with neo4j-admin", False),
    ("Neo.ClientError.Security.AuthenticationRateLimit", "too many wrong passwords",
     "wait a minute, then try again with the right one", True),
    ("Neo.ClientError.Security.Forbidden", "the user may not do this",
     "use a user with write access", False),
    ("Neo.ClientError.Security", "user or password are wrong",
     "set NEO4J_USER and NEO4J_PASSWORD, or [neo4j] user and password_file in graphrisk.toml", False),
    ("Neo.ClientError.Database.DatabaseNotFound", "there is no such database",
     "set [neo4j] database in graphrisk.toml; Community has one, `neo4j`", False),
    ("Neo.ClientError.General.ForbiddenOnReadOnlyDatabase", "the database is read only",
     "push to the instance that takes writes", False),
    ("Neo.ClientError.Statement.AccessMode", "the database is read only",
     "push to the instance that takes writes", False),
    ("Neo.ClientError.Transaction.TransactionTimedOut", "the server's transaction time-out ended the work",
     "raise db.transaction.timeout, or lower [neo4j] batch_rows in graphrisk.toml", True),
    ("Neo.TransientError.General.MemoryPoolOutOfMemoryError", "the server has no memory left for it",
     "raise dbms.memory.transaction.total.max, or lower [neo4j] batch_rows in graphrisk.toml", True),
    ("Neo.TransientError.General.TransactionOutOfMemoryError", "the transaction outgrew the server's limit",
     "raise db.memory.transaction.max, or lower [neo4j] batch_rows in graphrisk.toml", True),
    ("Neo.TransientError.Transaction.MaximumTransactionLimitReached", "the server has too many transactions",
     "try again later", True),
    ("Neo.TransientError", "the server could not do it now", "try again", True),
)  # fmt: skip
_FULL_DISK = ("No space left on device", "disk is full", "not enough space", "ENOSPC")


@contextmanager
def server_errors(target: Neo4jTarget) -> Iterator[None]:
    """What the driver raises becomes one line about `target`, without the password."""
    try:
        yield
    except Neo4jError as error:
        raise _refusal(error, target) from error
    except (ServiceUnavailable, SessionExpired, OSError) as error:
        raise GraphServerBusyError(
            f"the server cannot be reached: {_first_line(error)}", where=target.uri,
            remedy="start it, or correct NEO4J_URI or [neo4j] uri; what was committed stays",
        ) from error  # fmt: skip
    except ConfigurationError as error:
        raise ConfigError(_first_line(error), where="[neo4j] uri", value=target.uri) from error
    except DriverError as error:
        raise GraphServerError(_first_line(error), where=target.uri) from error


def _refusal(error: Neo4jError, target: Neo4jTarget) -> GraphriskError:
    code, message = error.code or "", error.message or ""
    if any(sign in f"{message} {error}" for sign in _FULL_DISK):
        return GraphServerError(
            "the server's disk is full", where=target.uri,
            remedy="free room or enlarge the volume, then restart the server: docs/operations.md",
        )  # fmt: skip
    for start, what, remedy, retryable in _REFUSALS:
        if code.startswith(start):
            kind = GraphServerBusyError if retryable else GraphServerError
            return kind(f"{what} ({_code_words(code)})", where=target.uri, remedy=remedy)
    if isinstance(error, AuthError):
        return GraphServerError("user or password are wrong", where=target.uri)
    return GraphServerError(f"{_first_line(error)}", where=target.uri, value=code)


def _code_words(code: str) -> str:
    return code.rsplit(".", maxsplit=1)[-1]


def _first_line(error: BaseException) -> str:
    text = error.message if isinstance(error, Neo4jError) and error.message else str(error)
    return (text.splitlines() or [type(error).__name__])[0][:300]
