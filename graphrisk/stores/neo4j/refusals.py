"""What a Neo4j server or its driver refuses, as one line with what to do; without the password."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from neo4j.exceptions import (
    ConfigurationError,
    DriverError,
    Neo4jError,
    ServiceUnavailable,
    SessionExpired,
)

from graphrisk.errors import ConfigError, GraphriskError, GraphServerBusyError, GraphServerError
from graphrisk.stores.neo4j.target import Neo4jTarget


@dataclass(frozen=True, slots=True)
class Refusal:
    """code: the server's, or its beginning. sign: what its message must hold besides.

    is_busy: whether the same call may succeed later. try_count: how often one transaction is tried before it
    is told; None: as long as the driver thinks that it helps. Without the server's help a batch that is too
    large would be sent again for a minute.
    """

    code: str
    what: str
    remedy: str
    sign: str = ""
    is_busy: bool = False
    try_count: int | None = None


_LOWER_BATCH = "or lower [neo4j] batch_rows in graphrisk.toml"
_MAKE_ROOM = "make room (debug.log of the server says where), restart it, then push again"
# A server that runs out of room turns its databases read only by itself
_OTHER_INSTANCE = (
    "push to the instance that takes writes; if it is this one, its disk may be full (debug.log says so):"
    " make room, then restart it"
)

# The first that fits counts
_REFUSALS = (
    Refusal("Neo.ClientError.Security.CredentialsExpired", "the password must be changed before first use",
            "log in once in Neo4j Browser, or set the initial password with neo4j-admin"),
    Refusal("Neo.ClientError.Security.AuthenticationRateLimit", "too many wrong passwords",
            "wait a minute, then try again with the right one", is_busy=True),
    Refusal("Neo.ClientError.Security.Forbidden", "the user may not do this",
            "use a user with write access"),
    Refusal("Neo.ClientError.Security", "user or password are wrong",
            "set NEO4J_USER and NEO4J_PASSWORD, or [neo4j] user and password_file in graphrisk.toml"),
    Refusal("Neo.ClientError.Schema.ConstraintValidationFailed", "somebody linked a node just now",
            "try again: it goes on from what stands there", sign="still has relationships", is_busy=True),
    Refusal("Neo.ClientError.Database.DatabaseNotFound", "there is no such database",
            "set [neo4j] database in graphrisk.toml; Community has one, `neo4j`"),
    Refusal("Neo.ClientError.General.WriteOnReadOnlyAccessDatabase", "the database is read only",
            _OTHER_INSTANCE),
    Refusal("Neo.ClientError.General.ForbiddenOnReadOnlyDatabase", "the database is read only",
            _OTHER_INSTANCE),
    Refusal("Neo.ClientError.Statement.AccessMode", "the database is read only", _OTHER_INSTANCE),
    Refusal("Neo.ClientError.Transaction.TransactionTimedOut",
            "the server's transaction time-out ended the work",
            f"raise db.transaction.timeout, {_LOWER_BATCH}", is_busy=True),
    # What a transaction is told that waited for a lock when it was ended
    Refusal("Neo.ClientError.Transaction.LockClientStopped",
            "the server ended the work while it waited for somebody else's transaction",
            f"end that one or wait for it; else raise db.transaction.timeout, {_LOWER_BATCH}", is_busy=True),
    Refusal("Neo.ClientError.Transaction.Terminated", "somebody or the server ended the transaction",
            "push again: it goes on from what stands there", is_busy=True),
    Refusal("Neo.TransientError.General.MemoryPoolOutOfMemoryError",
            "the transaction outgrew the server's limit for one",
            f"raise db.memory.transaction.max, {_LOWER_BATCH}",
            sign="db.memory.transaction.max", is_busy=True, try_count=1),
    Refusal("Neo.TransientError.General.MemoryPoolOutOfMemoryError",
            "all transactions together outgrew the server's limit",
            f"raise dbms.memory.transaction.total.max, {_LOWER_BATCH}", is_busy=True, try_count=3),
    Refusal("Neo.ClientError.General.TransactionOutOfMemoryError",
            "the transaction outgrew the server's limit for one",
            f"raise db.memory.transaction.max, {_LOWER_BATCH}", is_busy=True),
    Refusal("Neo.TransientError.General.TransactionMemoryLimit",
            "the transaction outgrew the server's memory outside the heap",
            f"raise server.memory.off_heap.transaction_max_size, {_LOWER_BATCH}", is_busy=True, try_count=1),
    Refusal("Neo.TransientError.General.OutOfMemoryError", "the server has no memory left",
            f"raise server.memory.heap.max_size, {_LOWER_BATCH}", is_busy=True, try_count=1),
    Refusal("Neo.TransientError.Transaction.MaximumTransactionLimitReached",
            "the server has too many transactions", "try again later", is_busy=True),
    Refusal("Neo.TransientError.General.DatabaseUnavailable", "the database is not available",
            "wait until it is online: `graphrisk neo4j check` says so", is_busy=True),
    Refusal("Neo.TransientError", "the server could not do it now", "try again", is_busy=True),
    # A full disk, as it is told: no message says so, and who comes after a database has stopped is told that
    Refusal("Neo.DatabaseError.Transaction.TransactionStartFailed",
            "the database has stopped after an error, most likely because its disk was full", _MAKE_ROOM,
            sign="critical error"),
    Refusal("Neo.DatabaseError.Statement.ExecutionFailed",
            "the database has turned read-only, most likely because its disk is full", _MAKE_ROOM,
            sign="read-only mode"),
    Refusal("Neo.DatabaseError.Transaction", "the server cannot write to its disk, which is most likely full",
            _MAKE_ROOM),
    Refusal("Neo.DatabaseError.Database.Unknown",
            "the server cannot write to its disk, which is most likely full", _MAKE_ROOM),
)  # fmt: skip
_FULL_DISK = ("No space left on device", "disk is full", "not enough space", "ENOSPC")


def find_refusal(error: Neo4jError) -> Refusal | None:
    code, message = error.code or "", error.message or ""
    fitting = (each for each in _REFUSALS if code.startswith(each.code) and each.sign in message)
    return next(fitting, None)


@contextmanager
def server_errors(target: Neo4jTarget) -> Iterator[None]:
    """What the driver raises becomes one line about `target`, without the password."""
    try:
        yield
    except Neo4jError as error:
        raise refused(error, target) from error
    except (ServiceUnavailable, SessionExpired) as error:
        raise GraphServerBusyError(
            f"the server cannot be reached: {_reason(error)}", where=target.uri,
            remedy="start it, or correct NEO4J_URI or [neo4j] uri; what was committed stays",
        ) from error  # fmt: skip
    except ConfigurationError as error:
        raise ConfigError(
            _reason(error), where="[neo4j] uri", value=target.uri,
            remedy="an address such as bolt://localhost:7687 or neo4j+s://graph.example.com",
        ) from error  # fmt: skip
    except DriverError as error:
        raise GraphServerError(_reason(error), where=target.uri, remedy="read the server's log") from error


def refused(error: Neo4jError, target: Neo4jTarget) -> GraphriskError:
    """What is told of the server's `error`."""
    code = error.code or ""
    if any(sign in f"{error.message} {error}" for sign in _FULL_DISK):
        return GraphServerError("the server's disk is full", where=target.uri, remedy=_MAKE_ROOM)
    refusal = find_refusal(error)
    if refusal is None:
        return GraphServerError(
            first_line(error), where=target.uri, value=code, remedy="read the server's log (debug.log)"
        )
    kind = GraphServerBusyError if refusal.is_busy else GraphServerError
    word = code.rsplit(".", maxsplit=1)[-1]
    return kind(f"{refusal.what} ({word})", where=target.uri, remedy=refusal.remedy)


def first_line(error: BaseException) -> str:
    text = error.message if isinstance(error, Neo4jError) and error.message else str(error)
    return (text.splitlines() or [type(error).__name__])[0][:300]


_CAUSE = re.compile(r"\(reason (.+)\)")


def _reason(error: BaseException) -> str:
    """The driver puts what the system said into the last lines: `(reason [Errno 111] Connection refused)`."""
    found = _CAUSE.search(str(error))
    return found[1][:300] if found else first_line(error).rstrip(":")
