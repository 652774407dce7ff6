"""`make neo4j`: the server of the tests for a developer, Browser included. Its data stays in .neo4j."""

from __future__ import annotations

import os
import secrets
import signal
import sys
from pathlib import Path

from neo4j.exceptions import AuthError
from neo4j_programs import ServerMissingError
from neo4j_server import Neo4jProcess, StartError, start_neo4j

ROOT = Path(__file__).parents[3]
HOME = ROOT / ".neo4j"
PASSWORD_FILE = HOME / "password"
PORTS = (7687, 7474)  # what graphrisk and Browser try first


def main() -> int:
    password, origin = find_password()
    print("Starting Neo4j (the first time, 130 MB are fetched) ...", flush=True)  # noqa: T201
    try:
        process = start_neo4j(HOME, heap="1g", password=password, ports=PORTS, java_options=())
    except (ServerMissingError, StartError) as failure:
        return complain(str(failure))
    except AuthError:
        return complain(
            f"the data in {HOME.name}/ has another password: the one from its first start; give that in "
            f"NEO4J_PASSWORD, or delete {HOME.name}/data to begin again"
        )
    except KeyboardInterrupt:
        return complain("interrupted")
    serve(process, origin)
    return 0


def find_password() -> tuple[str, str]:
    """The password, and where it comes from in words; one that is made up stays for the next start."""
    if given := os.environ.get("NEO4J_PASSWORD"):
        return given, "the one in NEO4J_PASSWORD"
    name = PASSWORD_FILE.relative_to(ROOT)
    if PASSWORD_FILE.exists():
        return PASSWORD_FILE.read_text(encoding="utf-8").strip(), f"in {name}"
    HOME.mkdir(exist_ok=True)
    made = secrets.token_urlsafe(12)
    with os.fdopen(os.open(PASSWORD_FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(f"{made}\n")
    return made, f"{made} (made up now, kept in {name})"


def serve(process: Neo4jProcess, origin: str) -> None:
    server = process.server
    login = f"NEO4J_PASSWORD_FILE={PASSWORD_FILE} " if PASSWORD_FILE.exists() else ""
    print(  # noqa: T201
        f"Neo4j {server.version}",
        f"  Browser   {server.http_uri}/browser/",
        f"  Bolt      {server.uri}",
        f"  user      {server.user}",
        f"  password  {origin}",
        f"  files     {HOME.name}/data, {process.console.relative_to(ROOT)}",
        f"To fill it: {login}.venv/bin/graphrisk neo4j push --workspace demo",
        "Ctrl-C stops it.",
        sep="\n",
        flush=True,
    )
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        process.wait()
    except KeyboardInterrupt:
        print("Stopping ...", flush=True)  # noqa: T201
    process.stop()


def complain(text: str) -> int:
    print(f"make neo4j: {text}", file=sys.stderr)  # noqa: T201
    return 1


if __name__ == "__main__":
    sys.exit(main())
