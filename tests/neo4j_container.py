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
from neo4j_server import START_SECONDS, USER, Neo4jServer, connect

IMAGE = "neo4j:5.26-community"
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
    from testcontainers.core.container import DockerContainer  # noqa: PLC0415

    password = secrets.token_urlsafe(16)
    container = (
        DockerContainer(IMAGE)
        .with_env("NEO4J_AUTH", f"{USER}/{password}")
        .with_env("NEO4J_dbms_usage__report_enabled", "false")
        .with_env("NEO4J_client_allow__telemetry", "false")
        .with_env("NEO4J_server_memory_heap_max__size", "512m")
        .with_exposed_ports(7687, 7474)
    )
    try:
        container.start()
    except (DockerException, OSError) as failure:
        raise ServerMissingError(f"the Docker engine could not start {IMAGE}: {failure}") from failure
    try:
        host = container.get_container_host_ip()
        uri = f"bolt://{host}:{container.get_exposed_port(7687)}"
        http = f"http://{host}:{container.get_exposed_port(7474)}"
        yield _await_start(uri, http, password)
    finally:
        container.stop()


def _await_start(uri: str, http_uri: str, password: str) -> Neo4jServer:
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            return connect(uri, USER, password, http_uri=http_uri, home=None)
        except (DriverError, Neo4jError) as failure:
            if not failure.is_retryable() or time.monotonic() > until:
                raise
        time.sleep(0.2)
