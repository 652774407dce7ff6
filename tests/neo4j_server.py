"""A Neo4j server for as long as somebody needs it: tests, benchmarks, and a developer (`make neo4j`).

Each runs in a folder of its own (its home), listens on loopback only, and asks for a password. It ends with
whoever started it, also where that one is killed.
"""

from __future__ import annotations

import os
import random
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Self

import neo4j
import pytest
from neo4j.exceptions import AuthError, DriverError, Neo4jError
from neo4j_programs import ADMIN, OPENED, Programs, fetch_programs

USER, FIRST_PASSWORD = "neo4j", "neo4j"  # what the server starts with, to be changed at once
START_SECONDS, STOP_SECONDS = 180.0, 60.0
# Below the ports that the system gives to clients: a client that knocks at such a port of a server that is
# down may be connected with itself.
PORTS = range(20_000, 32_000)
# Half the processor time of a start; a benchmark takes () instead.
QUICK_START = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
ALWAYS = {
    "server.default_listen_address": "127.0.0.1",
    "server.https.enabled": "false",
    "dbms.security.auth_enabled": "true",
    "dbms.usage_report.enabled": "false",
    "client.allow_telemetry": "false",
    "server.memory.pagecache.size": "128m",
    # Not 256 MB on disk for each database before the first row
    "db.tx_log.preallocate": "false",
    "db.tx_log.rotation.retention_policy": "keep_none",
    # Otherwise a clean stop waits ten seconds
    "internal.server.bolt.thread_pool_shutdown_wait_time": "1s",
}


Process = subprocess.Popen[bytes]


class StartError(Exception):
    """The server ended, or did not answer in time, while it was being started."""


@dataclass(frozen=True, slots=True)
class Neo4jServer:
    """How to reach a server. `home` is None, and `http_uri` may be, for one that was not started here."""

    uri: str
    password: str = field(repr=False)
    http_uri: str | None
    version: str
    home: Path | None
    user: str = USER

    def driver(self) -> neo4j.Driver:
        return neo4j.GraphDatabase.driver(self.uri, auth=(self.user, self.password))

    def run(self, statement: str, **parameters: object) -> list[dict[str, object]]:
        """The rows of one statement, in a transaction of its own."""
        with self.driver() as driver, driver.session() as session:
            return session.run(statement, parameters).data()


def connect(uri: str, user: str, password: str, *, http_uri: str | None, home: Path | None) -> Neo4jServer:
    """The server at `uri`, once its database answers."""
    with neo4j.GraphDatabase.driver(uri, auth=(user, password)) as driver, driver.session() as session:
        agent = session.run("RETURN 1").consume().server.agent  # Neo4j/5.26.25
    return Neo4jServer(uri, password, http_uri, agent.partition("/")[2], home, user)


@contextmanager
def in_environment(server: Neo4jServer) -> Iterator[None]:
    """The environment says where it is, to whoever asks within."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NEO4J_URI", server.uri)
        patch.setenv("NEO4J_USER", server.user)
        patch.setenv("NEO4J_PASSWORD", server.password)
        yield


class Neo4jProcess:
    """A server of our own, in `home`; `server` says how to reach it, `pid` is the server itself, no wrapper.

    After `kill` or `stop` it can be restarted: same ports, same data, same password. At the end of a `with`
    it is killed; its files stay.
    """

    def __init__(
        self,
        programs: Programs,
        home: Path,
        *,
        settings: Mapping[str, str],
        heap: str,
        password: str,
        ports: tuple[int, int],
        java_options: tuple[str, ...],
    ) -> None:
        self.programs, self.home = programs, home
        self._settings, self._heap, self._java_options = dict(settings), heap, java_options
        self._password, self._ports = password, ports
        self._process: Process | None = None
        self._guard: Process | None = None
        self.server = self._start()

    @property
    def pid(self) -> int:
        assert self._process is not None, "the server is not running"
        return self._process.pid

    @property
    def console(self) -> Path:
        return self.home / "logs" / "console.log"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def wait(self) -> None:
        """Until the server ends by itself."""
        if self._process is not None:
            self._process.wait()

    def kill(self) -> None:
        """kill -9: no shutdown, no checkpoint."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """A clean shutdown; its files can then be dumped or copied."""
        self._end(signal.SIGTERM)

    def restart(self, settings: Mapping[str, str] | None = None) -> Neo4jServer:
        """Stopped, if it runs, and started on the same data, with these settings beside the first ones."""
        self.stop()
        self._settings |= settings or {}
        self.server = self._start()
        return self.server

    def _start(self) -> Neo4jServer:
        write_configuration(self.home, self._configuration())
        if taken := [port for port in self._ports if _is_open(port)]:
            raise StartError(f"something else listens on port {taken[0]} already")
        is_new = not (self.home / "data" / "databases" / "system").exists()
        command = [
            str(self.programs.java),
            f"-Xms{self._heap}",
            f"-Xmx{self._heap}",
            *self._java_options,
            *OPENED,
            "-Dio.netty.tryReflectionSetAccessible=true",
            "-Dfile.encoding=UTF-8",
            "-classpath",
            self.programs.classpath(),
            self.programs.line.main,
            f"--home-dir={self.home}",
            f"--config-dir={self.home / 'conf'}",
            "--console-mode",
        ]
        with self.console.open("ab") as output:
            self._process, self._guard = run_guarded(command, output)
        try:
            return self._await_start(is_new=is_new)
        except BaseException:
            self.kill()
            raise

    def _configuration(self) -> dict[str, str]:
        bolt, http = self._ports
        listen = {
            "server.bolt.listen_address": f"127.0.0.1:{bolt}",
            "server.bolt.advertised_address": f"127.0.0.1:{bolt}",
            "server.http.listen_address": f"127.0.0.1:{http}",
            "server.http.advertised_address": f"127.0.0.1:{http}",
        }
        plugins = {"server.directories.plugins": str(self.programs.plugins)}
        return ALWAYS | dict(self.programs.line.settings) | listen | plugins | self._settings

    def _await_start(self, *, is_new: bool) -> Neo4jServer:
        assert self._process is not None
        bolt, http = (f"127.0.0.1:{port}" for port in self._ports)
        until, refused = time.monotonic() + START_SECONDS, "no connection"
        while time.monotonic() < until:
            if self._process.poll() is not None:
                raise StartError(f"the server ended with {self._process.returncode}:\n{self._last_words()}")
            try:
                if _is_open(self._ports[0]):
                    if is_new:
                        ensure_password(f"bolt://{bolt}", self._password)
                        is_new = False
                    return connect(
                        f"bolt://{bolt}", USER, self._password, http_uri=f"http://{http}", home=self.home
                    )
            except (DriverError, Neo4jError) as failure:
                # A first query is slow: it must not fail because a test asks for a short time-out.
                if not (failure.is_retryable() or "TransactionTimedOut" in str(failure)):
                    raise
                refused = str(failure)
            time.sleep(0.05)
        raise StartError(f"no answer in {START_SECONDS:.0f} s ({refused}):\n{self._last_words()}")

    def _last_words(self) -> str:
        return "\n".join(self.console.read_text(errors="replace").splitlines()[-20:])

    def _end(self, how: signal.Signals) -> None:
        if self._process is None or self._guard is None:
            return
        self._process.send_signal(how)  # nothing happens to one that has ended
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._guard.kill()
        self._guard.communicate()
        self._process = self._guard = None


def start_neo4j(
    home: Path,
    *,
    settings: Mapping[str, str] | None = None,
    heap: str = "512m",
    version: str | None = None,
    gds: bool = False,
    password: str | None = None,
    ports: tuple[int, int] | None = None,
    java_options: tuple[str, ...] = QUICK_START,
) -> Neo4jProcess:
    """A server in `home` that answers; whoever calls stops it. `settings` are lines of neo4j.conf.

    `home` may have data: of an earlier server (then `password` is that one's) or of an import. `ports` are
    Bolt and HTTP, free ones if None. Raises ServerMissingError, StartError.
    """
    programs = fetch_programs(version, gds=gds)
    unrestricted = {"dbms.security.procedures.unrestricted": "gds.*"} if gds else {}
    return Neo4jProcess(
        programs,
        home,
        settings=unrestricted | dict(settings or {}),
        heap=heap,
        password=password or secrets.token_urlsafe(16),
        ports=ports or free_ports(),
        java_options=java_options,
    )


def admin_command(
    home: Path,
    *arguments: str,
    version: str | None = None,
    heap: str = "512m",
    java_options: tuple[str, ...] = QUICK_START,
) -> tuple[list[str], dict[str, str]]:
    """What `neo4j-admin ARGUMENTS` is for a server in `home` that is not running: command, environment."""
    programs = fetch_programs(version)
    if not (home / "conf" / "neo4j.conf").exists():
        write_configuration(home, ALWAYS)
    command = [
        str(programs.java),
        f"-Xmx{heap}",
        *java_options,
        *OPENED,
        "-classpath",
        programs.classpath(),
        ADMIN,
    ]
    return [*command, *arguments], os.environ | {"NEO4J_HOME": str(home), "NEO4J_CONF": str(home / "conf")}


def write_configuration(home: Path, settings: Mapping[str, str]) -> None:
    for folder in ("conf", "data", "import", "logs", "run"):
        (home / folder).mkdir(parents=True, exist_ok=True)
    lines = [f"{name}={value}\n" for name, value in settings.items()]
    (home / "conf" / "neo4j.conf").write_text("".join(lines), encoding="utf-8")


def free_ports() -> tuple[int, int]:
    free = (port for port in random.sample(PORTS, len(PORTS)) if not _is_open(port) and _may_listen(port))
    return next(free), next(free)


def wipe(server: Neo4jServer) -> None:
    """Leave nothing in the database: no node, no constraint, no index but those that every database has."""
    with server.driver() as driver, driver.session() as session:
        session.run("MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 5000 ROWS").consume()
        for name in session.run("SHOW CONSTRAINTS YIELD name").value():
            session.run("DROP CONSTRAINT $name IF EXISTS", name=name).consume()
        for name in session.run("SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP' RETURN name").value():
            session.run("DROP INDEX $name IF EXISTS", name=name).consume()


def is_empty(server: Neo4jServer) -> bool:
    """Whether there is nothing that `wipe` would remove."""
    nodes = server.run("MATCH (n) RETURN 1 LIMIT 1")
    return not nodes and not server.run("SHOW INDEXES YIELD type WHERE type <> 'LOOKUP' RETURN type LIMIT 1")


def run_guarded(command: list[str], output: BinaryIO) -> tuple[Process, Process]:
    """A process in a group of its own, and a guard that kills it as soon as we are gone, however we went.

    The guard waits for the end of a pipe that only we hold open. (What Linux can do about a parent's death
    looks at the thread that started the child, and needs code between fork and exec.)
    """
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    guard = subprocess.Popen(
        ["/bin/sh", "-c", 'read -r _; kill -9 "$1"', "guard", str(process.pid)],
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    return process, guard


def ensure_password(uri: str, password: str) -> None:
    """Let a new server ask for `password`, as an earlier try may have done before its answer was lost."""
    change = "ALTER CURRENT USER SET PASSWORD FROM $old TO $new"
    try:
        with (
            neo4j.GraphDatabase.driver(uri, auth=(USER, FIRST_PASSWORD)) as driver,
            driver.session(database="system") as session,
        ):
            session.run(change, old=FIRST_PASSWORD, new=password).consume()
    except AuthError:
        with neo4j.GraphDatabase.driver(uri, auth=(USER, password)) as driver:
            driver.verify_connectivity()


def _is_open(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def _may_listen(port: int) -> bool:
    with suppress(OSError), socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        return True
    return False
