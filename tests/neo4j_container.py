"""A Neo4j server in a container, where a Docker engine answers."""

from __future__ import annotations

import os
import secrets
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec

from neo4j.exceptions import DriverError, Neo4jError
from neo4j_programs import ServerMissingError
from neo4j_server import USER, Neo4jServer, connect

IMAGE = "neo4j:5.26-community"
LOOPBACK = ("127.0.0.1", None)  # any free port of it
START_SECONDS = 90.0
PING = b"GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n"


def docker_answers() -> bool:
    """Whether an engine answers at its local socket (DOCKER_HOST if given), asked without its client."""
    address = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    if not address.startswith("unix://") or find_spec("testcontainers") is None:
        return False
    with suppress(OSError), socket.socket(socket.AF_UNIX) as engine:
        engine.settimeout(2)
        engine.connect(address.removeprefix("unix://"))
        engine.sendall(PING)
        return b" 200 " in engine.recv(64)
    return False


@contextmanager
def run_container() -> Iterator[Neo4jServer]:
    """The LTS line; raises ServerMissingError where the engine cannot start it."""
    from docker.errors import DockerException  # noqa: PLC0415 - half a second, only where an engine answers
    from requests.exceptions import RequestException  # noqa: PLC0415
    from testcontainers.core.container import DockerContainer  # noqa: PLC0415

    password = secrets.token_urlsafe(16)
    try:
        container = (
            DockerContainer(IMAGE)
            .with_env("NEO4J_AUTH", f"{USER}/{password}")
            .with_env("NEO4J_dbms_usage__report_enabled", "false")
            .with_env("NEO4J_client_allow__telemetry", "false")
            .with_env("NEO4J_server_memory_heap_max__size", "512m")
        )
        container.ports |= {"7687": LOOPBACK, "7474": LOOPBACK}  # its methods know all interfaces only
        container.start()
    except (DockerException, RequestException, RuntimeError, OSError) as failure:
        raise ServerMissingError(f"the Docker engine could not start {IMAGE}: {failure}") from failure
    try:
        engine, name = container.get_docker_client(), container.get_wrapped_container().id
        bolt, http = (f"127.0.0.1:{engine.port(name, port)}" for port in (7687, 7474))
        yield _await_start(f"bolt://{bolt}", f"http://{http}", password)
    finally:
        container.stop()


def _await_start(uri: str, http_uri: str, password: str) -> Neo4jServer:
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            return connect(uri, USER, password, http_uri=http_uri, home=None)
        except (DriverError, Neo4jError) as failure:
            if not failure.is_retryable():
                raise
            if time.monotonic() > until:  # we are in a container of that engine ourselves, say
                raise ServerMissingError(f"{IMAGE} does not answer: {failure}") from failure
        time.sleep(0.2)
