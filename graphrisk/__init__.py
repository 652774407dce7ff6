"""Finds fraud rings in a marketplace's tables, names and scores them, and says why.

import graphrisk as gr

shop = gr.open("shop")            # a folder with graphrisk.toml
run = shop.latest()               # or: run = shop.detect()
run.rings                         # pandas; run.arrow("ring") for Arrow
ring = run.ring("RING-7K3QX")     # its picture in a notebook
ring.explain("acc17")
ring.to_networkx()
run.to_networkx()                 # all that it looked at; identifiers=False: pairs of accounts

The names are imported when first asked for, so that the command line starts without all of them.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from graphrisk.errors import GraphriskError

if TYPE_CHECKING:
    from graphrisk.workspace.run import Ring, Run
    from graphrisk.workspace.session import Workspace

__all__ = ["GraphriskError", "Ring", "Run", "Workspace", "open"]

_DOORS = {
    "Ring": "graphrisk.workspace.run",
    "Run": "graphrisk.workspace.run",
    "Workspace": "graphrisk.workspace.session",
}


def open(folder: Path | str) -> Workspace:  # noqa: A001 - read as `graphrisk.open`
    """The workspace in that folder. Raises NotFoundError or ConfigError."""
    from graphrisk.workspace.session import Workspace  # noqa: PLC0415 - see above

    return Workspace.open(folder)


def __getattr__(name: str) -> type[Ring | Run | Workspace]:
    if name not in _DOORS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found: type[Ring | Run | Workspace] = getattr(import_module(_DOORS[name]), name)
    return found
