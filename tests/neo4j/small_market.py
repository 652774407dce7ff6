"""A small marketplace with rings, and the installed command that pushes it: for tests of what can go wrong.

120 accounts, 850 links, every payment a node; with 60 rows a transaction a push is more than fifty of them.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from neo4j_server import Neo4jServer

ACCOUNT_COUNT = 120
BATCH_ROWS = 60
PUSH_SECONDS = 120.0
_SECTION = "\n[neo4j]\nbatch_rows = {batch_rows}\npayments = true\n"


def make_market(folder: Path) -> Path:
    """The workspace, loaded, with one run."""
    tables, shop = folder / "tables", folder / "shop"
    _run("simulate", tables, "--accounts", str(ACCOUNT_COUNT), "--seed", "5", "--days", "30")
    _run("run", tables, "--workspace", shop)
    config = shop / "graphrisk.toml"
    config.write_text(config.read_text() + _SECTION.format(batch_rows=BATCH_ROWS), encoding="utf-8")
    return shop


def copy_market(shop: Path, folder: Path, *, batch_rows: int = BATCH_ROWS) -> Path:
    """The same workspace elsewhere, to do with as one likes. It cannot be loaded again."""
    copy = shutil.copytree(shop, folder)
    set_batch_rows(copy, batch_rows)
    return copy


def set_batch_rows(shop: Path, batch_rows: int) -> None:
    config = shop / "graphrisk.toml"
    text = re.sub(r"(?m)^batch_rows = \d+$", f"batch_rows = {batch_rows}", config.read_text())
    config.write_text(text, encoding="utf-8")


def environment(server: Neo4jServer, **replaced: str) -> dict[str, str]:
    """What a person would set; replaced: e.g. NEO4J_PASSWORD."""
    own = {"NEO4J_URI": server.uri, "NEO4J_USER": server.user, "NEO4J_PASSWORD": server.password}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NEO4J_")}
    return kept | own | replaced


def push_command(shop: Path, *flags: str) -> list[str]:
    return neo4j_command("push", shop, *flags)


def neo4j_command(verb: str, shop: Path, *flags: str) -> list[str]:
    return [sys.executable, "-m", "graphrisk", "neo4j", verb, "--workspace", str(shop), *flags]


def begin_push(shop: Path, variables: Mapping[str, str], *flags: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        push_command(shop, *flags),
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def push(shop: Path, server: Neo4jServer, *flags: str, **replaced: str) -> subprocess.CompletedProcess[str]:
    return run_neo4j("push", shop, environment(server, **replaced), *flags)


def run_neo4j(
    verb: str, shop: Path, variables: Mapping[str, str], *flags: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        neo4j_command(verb, shop, *flags),
        env=variables,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=PUSH_SECONDS,
        check=False,
    )


def assert_refused(done: subprocess.CompletedProcess[str], exit_code: int, *words: str, secret: str) -> None:
    """One line that has all of `words`, one remedy, no traceback, and nowhere the password."""
    assert done.returncode == exit_code, (done.returncode, done.stderr)
    lines = done.stderr.splitlines()
    assert len(lines) == 2, done.stderr
    assert lines[0].startswith("error: "), done.stderr
    assert lines[1].startswith("  -> "), done.stderr
    for word in words:
        assert word in done.stderr, (word, done.stderr)
    assert "Traceback" not in done.stderr
    assert secret not in done.stdout + done.stderr


def _run(*arguments: str | Path) -> None:
    command = [sys.executable, "-m", "graphrisk", *map(str, arguments)]
    subprocess.run(command, capture_output=True, check=True, timeout=PUSH_SECONDS)
