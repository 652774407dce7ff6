"""What a server refuses becomes one line that says what to do. Real servers are in tests/neo4j."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from neo4j.exceptions import ConfigurationError, Neo4jError, ServiceUnavailable, SessionExpired

from graphrisk.errors import ConfigError, GraphriskError, GraphServerBusyError, GraphServerError
from graphrisk.stores.neo4j.connection import open_neo4j
from graphrisk.stores.neo4j.refusals import find_refusal, refused, server_errors
from graphrisk.stores.neo4j.target import Neo4jTarget

SECRET = "tr0ub4dor&3"
TARGET = Neo4jTarget("bolt://graph.example.com:7687", "neo4j", "neo4j", SECRET)
POOL = "Neo.TransientError.General.MemoryPoolOutOfMemoryError"
MESSAGE = "The allocation of an extra 2.0 MiB would use more than the limit 4.0 MiB. {} threshold reached"


def error_of(code: str, message: str = "it said so") -> Neo4jError:
    return Neo4jError._hydrate_neo4j(code=code, message=message)


@pytest.mark.parametrize(
    ("code", "message", "kind", "words"),
    [
        ("Neo.ClientError.Security.Unauthorized", "", GraphServerError, "user or password are wrong"),
        ("Neo.ClientError.Security.CredentialsExpired", "", GraphServerError, "must be changed before"),
        ("Neo.ClientError.Security.AuthenticationRateLimit", "", GraphServerBusyError, "too many wrong"),
        ("Neo.ClientError.Security.Forbidden", "", GraphServerError, "the user may not do this"),
        ("Neo.ClientError.Database.DatabaseNotFound", "", GraphServerError, "no such database"),
        ("Neo.ClientError.General.WriteOnReadOnlyAccessDatabase", "", GraphServerError, "is read only"),
        ("Neo.ClientError.General.ForbiddenOnReadOnlyDatabase", "", GraphServerError, "is read only"),
        ("Neo.ClientError.Transaction.TransactionTimedOut", "", GraphServerBusyError, "time-out"),
        ("Neo.ClientError.Transaction.LockClientStopped", "", GraphServerBusyError, "somebody else's"),
        (
            POOL,
            MESSAGE.format("db.memory.transaction.max"),
            GraphServerBusyError,
            "db.memory.transaction.max",
        ),
        (POOL, MESSAGE.format("dbms.memory.transaction.total.max"), GraphServerBusyError, "total.max"),
        (POOL, "Unable to complete transaction.", GraphServerBusyError, "total.max"),
        ("Neo.TransientError.Transaction.DeadlockDetected", "", GraphServerBusyError, "could not do it now"),
        ("Neo.TransientError.General.DatabaseUnavailable", "", GraphServerBusyError, "not available"),
        ("Neo.DatabaseError.Transaction.TransactionLogError", "", GraphServerError, "most likely full"),
        ("Neo.DatabaseError.Transaction.TransactionCommitFailed", "", GraphServerError, "most likely full"),
        ("Neo.DatabaseError.Database.Unknown", "Unable to complete", GraphServerError, "most likely full"),
        (
            "Neo.DatabaseError.Transaction.TransactionStartFailed",
            "The database has encountered a critical error, and needs to be restarted.",
            GraphServerError,
            "has stopped",
        ),
        (
            "Neo.DatabaseError.Statement.ExecutionFailed",
            "The database neo4j is in read-only mode on this Neo4j server",
            GraphServerError,
            "most likely because its disk is full",
        ),
        (
            "Neo.DatabaseError.General.UnknownError",
            "No space left on device",
            GraphServerError,
            "disk is full",
        ),
        ("Neo.ClientError.Statement.SyntaxError", "Invalid input", GraphServerError, "Invalid input"),
        (
            "Neo.DatabaseError.General.NeverSeen",
            "a\nb",
            GraphServerError,
            "Neo.DatabaseError.General.NeverSeen",
        ),
    ],
)
def test_a_code_of_the_server_becomes_a_line_and_a_remedy(
    code: str, message: str, kind: type[GraphriskError], words: str
) -> None:
    told = refused(error_of(code, message), TARGET)
    assert type(told) is kind
    assert words in str(told)
    assert len(str(told).splitlines()) == 2
    assert str(told).startswith(TARGET.uri)
    assert SECRET not in str(told)


def test_a_batch_that_outgrows_its_limit_is_not_sent_again_and_the_right_setting_is_named() -> None:
    own = find_refusal(error_of(POOL, MESSAGE.format("db.memory.transaction.max")))
    shared = find_refusal(error_of(POOL, MESSAGE.format("dbms.memory.transaction.total.max")))
    assert own is not None
    assert own.try_count == 1
    assert own.remedy.startswith("raise db.memory.transaction.max, or lower [neo4j] batch_rows")
    assert shared is not None
    assert shared.try_count == 3, "others may give their memory back"
    deadlock = find_refusal(error_of("Neo.TransientError.Transaction.DeadlockDetected"))
    assert deadlock is not None
    assert deadlock.try_count is None


@pytest.mark.parametrize("kind", [ServiceUnavailable, SessionExpired])
def test_a_lost_connection_may_come_back(kind: type[Exception]) -> None:
    text = "Couldn't connect to x:1 (resolved to ('1.2.3.4:1',)):\nFailed (reason [Errno 111] No connection)"
    with pytest.raises(GraphServerBusyError) as refusal, server_errors(TARGET):
        raise kind(text)
    assert refusal.value.what == "the server cannot be reached: [Errno 111] No connection"
    assert refusal.value.retryable


def test_what_goes_wrong_on_this_machine_is_not_the_servers() -> None:
    with pytest.raises(MemoryError), server_errors(TARGET):
        raise MemoryError
    with pytest.raises(OSError, match="no room"), server_errors(TARGET):
        raise OSError("no room for a process")


def test_a_wrong_address_is_a_matter_of_configuration() -> None:
    with pytest.raises(ConfigError, match="no such scheme"), server_errors(TARGET):
        raise ConfigurationError("no such scheme")


def test_an_error_of_ours_passes_as_it_is() -> None:
    with pytest.raises(ConfigError, match="ours"), server_errors(TARGET):
        raise ConfigError("ours")


@pytest.fixture
def port_without_a_server() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        yield listener.getsockname()[1]


@pytest.mark.parametrize("scheme", ["bolt", "neo4j", "bolt+s"])
def test_nobody_at_the_port_is_said_at_once(scheme: str, port_without_a_server: int) -> None:
    target = Neo4jTarget(f"{scheme}://127.0.0.1:{port_without_a_server}", "neo4j", "neo4j", SECRET)
    with pytest.raises(GraphServerBusyError, match="cannot be reached") as refusal, open_neo4j(target):
        pass
    assert SECRET not in str(refusal.value)


@pytest.mark.parametrize("host", ["a..b", "x" * 300, "nowhere.invalid"])
def test_a_host_that_no_resolver_takes_is_no_traceback(host: str) -> None:
    target = Neo4jTarget(f"bolt://{host}:7687", "neo4j", "neo4j", SECRET)
    with pytest.raises((ConfigError, GraphServerBusyError)), open_neo4j(target):
        pass


class _InUse:
    """A driver one of whose connections another writer is sending a message on."""

    def verify_connectivity(self) -> None:
        pass

    def close(self) -> None:
        message = bytearray(b"message")
        with memoryview(message):
            message.clear()  # what the driver does to say goodbye


def test_a_connection_that_is_still_in_use_hides_no_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("neo4j.GraphDatabase.driver", lambda *_, **__: _InUse())
    with pytest.raises(BufferError):
        _InUse().close()
    with pytest.raises(GraphServerBusyError, match="outgrew"), open_neo4j(TARGET):
        raise refused(error_of(POOL, MESSAGE.format("dbms.memory.transaction.total.max")), TARGET)
