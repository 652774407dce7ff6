"""`graphrisk neo4j push` in a process of its own, forked from one that has imported all of it.

Half of a small push is otherwise the start of Python, and the tests that kill pushes begin forty.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
from collections.abc import Mapping
from multiprocessing.process import BaseProcess
from pathlib import Path

from neo4j_server import Neo4jServer
from small_market import PUSH_SECONDS, environment

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["graphrisk.cli.app", "graphrisk.workspace.pushing"])


class ForkedPush:
    """Like subprocess.Popen of the command, as far as it goes. What it says goes into files in `folder`."""

    def __init__(self, shop: Path, server: Neo4jServer, folder: Path) -> None:
        self._order = shop, server, folder
        self._said = folder / "stdout", folder / "stderr"
        arguments = ["neo4j", "push", "--workspace", str(shop), "--json"]
        self._process: BaseProcess = _FORKS.Process(
            target=_run, args=(arguments, environment(server), *map(str, self._said)), daemon=True
        )
        self._process.start()

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._process.exitcode

    def repeat(self) -> ForkedPush:
        """Another one of the same."""
        return ForkedPush(*self._order)

    def kill(self) -> None:
        """kill -9"""
        self._process.kill()
        self._process.join()

    def wait(self) -> tuple[int | None, str, str]:
        """Exit code, stdout, stderr."""
        self._process.join(PUSH_SECONDS)
        return self._process.exitcode, *(path.read_text(encoding="utf-8") for path in self._said)


def push_through(shop: Path, server: Neo4jServer, folder: Path) -> int:
    """A push that must succeed. Returns how many rows it wrote or removed."""
    exit_code, answer, said = ForkedPush(shop, server, folder).wait()
    assert exit_code == 0, said
    parts = json.loads(answer)["parts"]
    return sum(part["new_count"] + part["changed_count"] + part["removed_count"] for part in parts)


def _run(arguments: list[str], variables: Mapping[str, str], stdout: str, stderr: str) -> None:
    """The command, in the forked process."""
    from graphrisk.cli import main  # noqa: PLC0415 - imported already, where this runs

    for number, name in ((1, stdout), (2, stderr)):
        os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    os.environ.update(variables)
    sys.exit(main(arguments))
