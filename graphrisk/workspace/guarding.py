"""Wires a workspace's values to what refuses and finds them in text."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import duckdb

from graphrisk.flows.enforcement.refuse import Guard
from graphrisk.stores.duckdb.spoken_values import SpokenValues

if TYPE_CHECKING:
    from graphrisk.workspace.session import Workspace


@contextmanager
def guarding(shop: Workspace) -> Iterator[Guard]:
    """What refuses text that names somebody of this workspace; its database is open to read meanwhile. Raises
    NotFoundError before the first load."""
    with shop.reading() as connection:
        yield guard_with(shop, connection)


def guard_with(shop: Workspace, connection: duckdb.DuckDBPyConnection) -> Guard:
    """The same with a connection that is open already."""
    mapping = shop.config.mapping
    return Guard(SpokenValues(connection, mapping.kinds), mapping.region)
