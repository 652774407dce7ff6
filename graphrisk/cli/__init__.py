"""The command line: one file per command group, each of which parses, calls one flow and renders."""

from __future__ import annotations

import sys
from collections.abc import Sequence

__all__ = ["main"]

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """See cli.app.main. Importing it takes most of a second, in which somebody may change their mind."""
    try:
        from graphrisk.cli.app import main as run_command  # noqa: PLC0415 - so that an interruption is caught
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        return INTERRUPTED
    return run_command(arguments)
