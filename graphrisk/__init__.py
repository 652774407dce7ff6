"""Finds fraud rings in a marketplace's tables, names and scores them, and says why.

import graphrisk as gr

shop = gr.open("shop")            # a folder with graphrisk.toml
run = shop.latest()               # or: run = shop.detect()
run.rings                         # pandas; run.arrow("ring") for Arrow
ring = run.ring("RING-7K3QX")     # its picture in a notebook
ring.explain("acc17")
ring.to_networkx()
"""

from __future__ import annotations

from pathlib import Path

from graphrisk.errors import GraphriskError
from graphrisk.workspace.run import Ring, Run
from graphrisk.workspace.session import Workspace

__all__ = ["GraphriskError", "Ring", "Run", "Workspace", "open"]


def open(folder: Path | str) -> Workspace:  # noqa: A001 - read as `graphrisk.open`
    """The workspace in that folder. Raises NotFoundError or ConfigError."""
    return Workspace.open(folder)
