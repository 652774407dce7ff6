"""Opens a Neo4j server and runs statements there, in transactions that are tried again where that helps."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TypeAlias

import neo4j
from neo4j import GraphDatabase, NotificationMinimumSeverity
from neo4j.exceptions import ConstraintError, Neo4jError, ServiceUnavailable

from graphrisk.errors import ConfigError, GraphServerError
from graphrisk.stores.neo4j.refusals import find_refusal, first_line, refused, server_errors
from graphrisk.stores.neo4j.statements import Statement
from graphrisk.stores.neo4j.target import Neo4jTarget

# What a parameter may be: the driver packs lists of one type as they are.
Scalar: TypeAlias = str | int | float | bool | None
Parameters: TypeAlias = "Mapping[str, Scalar | Sequence[Scalar] | Sequence[Sequence[Scalar]]]"

_CONNECTION_SECONDS = 15.0  # to reach a server that is there
_ACQUISITION_SECONDS = 20.0  # the same with its greeting: something else may listen there and say nothing
_RETRY_SECONDS = 60.0  # of managed transactions that meet a deadlock or a leader change
_SILENT = logging.NullHandler()


class UniquenessError(GraphServerError):
    """A node with that id is there already."""


@contextmanager
def open_neo4j(target: Neo4jTarget) -> Iterator[GraphConnection]:
    """A connection that was tried. Raises ConfigError, GraphServerError, GraphServerBusyError."""
    # The driver warns of what it tries again; without this such warnings would reach the terminal
    logging.getLogger("neo4j").addHandler(_SILENT)
    with server_errors(target):
        driver = GraphDatabase.driver(
            target.uri,
            auth=(target.user, target.password),
            connection_timeout=_CONNECTION_SECONDS,
            connection_acquisition_timeout=_ACQUISITION_SECONDS,
            max_transaction_retry_time=_RETRY_SECONDS,
            notifications_min_severity=NotificationMinimumSeverity.OFF,
            user_agent="graphrisk",
            telemetry_disabled=True,
        )
        try:
            try:
                driver.verify_connectivity()
            except OSError as error:
                raise ServiceUnavailable(str(error)) from error
            except ValueError as error:  # a host or a port that no resolver takes
                raise ConfigError(
                    str(error), where="[neo4j] uri", remedy="correct NEO4J_URI or [neo4j] uri"
                ) from error
            yield GraphConnection(driver, target)
        finally:
            # After an error another writer may be in the middle of a message: nothing is to hide the error
            with suppress(BufferError):
                driver.close()


@dataclass(frozen=True, slots=True)
class GraphConnection:
    """One driver and the database that it speaks to. May be used by several threads, a transaction by one."""

    driver: neo4j.Driver
    target: Neo4jTarget

    def read(self, statement: Statement, parameters: Parameters | None = None) -> list[neo4j.Record]:
        """All records of one managed read transaction."""
        with self._session(neo4j.READ_ACCESS) as session:
            return session.execute_read(_Work(self.target, statement, dict(parameters or {})))

    def write(self, statement: Statement, parameters: Parameters | None = None) -> list[neo4j.Record]:
        """All records of one managed write transaction: all of it or nothing, and again if the server says
        that a retry helps. Where the connection is lost in its commit it may have happened; that is told."""
        try:
            with self._session(neo4j.WRITE_ACCESS) as session:
                return session.execute_write(_Work(self.target, statement, dict(parameters or {})))
        except ConstraintError as error:
            if "already exists" not in (error.message or ""):
                raise
            raise UniquenessError(
                "a uniqueness constraint stands against it",
                where=self.target.uri,
                value=first_line(error),
                remedy="merge or relabel the nodes that graphrisk did not write",
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
        """Each sees what those before it wrote, also where a cluster answers: they share bookmarks."""
        return self.driver.session(
            database=self.target.database,
            default_access_mode=access,
            bookmark_manager=self.driver.execute_query_bookmark_manager,
        )


@dataclass(slots=True)
class _Work:
    """One transaction, as often as the driver tries it: fewer times than it would where that cannot help."""

    target: Neo4jTarget
    statement: Statement
    parameters: Mapping[str, Scalar | Sequence[Scalar] | Sequence[Sequence[Scalar]]]
    tried_count: int = field(default=0, init=False)

    def __call__(self, transaction: neo4j.ManagedTransaction) -> list[neo4j.Record]:
        self.tried_count += 1
        try:
            return list(transaction.run(self.statement.text, dict(self.parameters)))
        except Neo4jError as error:
            refusal = find_refusal(error)
            enough = refusal.try_count if refusal is not None else None
            if enough is not None and self.tried_count >= enough:
                raise refused(error, self.target) from error
            raise
