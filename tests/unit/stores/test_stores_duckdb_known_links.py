"""When links were used, as known at a time: merged over tables and aliases, and blind to what came later."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from tables_on_disk import make_workspace

from graphrisk.graph.links import SharedLinks
from graphrisk.model.kinds import BUILT_IN_KINDS
from graphrisk.model.known import NO_TIME
from graphrisk.stores.duckdb.known import KnownReader

TOML = """
[tables.books]
files = ["books.csv"]
[[tables.books.link]]
kind = "address"
account = "id"
identifier = ["line"]
alias = "entry"
seen_at = "at"
event_count = "times"
[tables.orders]
files = ["orders.csv"]
[[tables.orders.link]]
kind = "address"
account = "id"
identifier = ["entry"]
by_alias = true
seen_at = "at"
"""
BOOKS = "id,entry,line,at,times\nann,e1,1 Road,2024-01-05,3\nbob,e2,1 road,2024-01-07,1\n"
ORDERS = "id,entry,at\nann,e1,2024-01-02\nann,e1,2024-01-09\nbob,e2,2024-01-08\n"
END = datetime(2024, 2, 1)  # noqa: DTZ001 - naive UTC, as everywhere


def links_of(folder: Path, as_of: datetime, *, books: str = BOOKS, orders: str = ORDERS) -> SharedLinks:
    shop = make_workspace(folder, TOML, {"books.csv": books, "orders.csv": orders})
    shop.load()
    with shop.writing() as opened:
        return KnownReader(opened).read_known(as_of, BUILT_IN_KINDS)[1]


def days(moments: NDArray[np.int64]) -> list[str | None]:
    """Month and day, None where unknown."""
    return [
        None if moment == NO_TIME else str(np.datetime64(moment, "us"))[5:10] for moment in moments.tolist()
    ]


def test_uses_by_several_tables_and_aliases_are_one_link(tmp_path: Path) -> None:
    links = links_of(tmp_path, END)
    assert links.account.tolist() == [0, 1]
    assert days(links.first_seen_at) == ["01-02", "01-07"]
    assert days(links.last_seen_at) == ["01-09", "01-08"]
    assert links.event_count.tolist() == [5, 2]


def test_nothing_after_as_of_shows(tmp_path: Path) -> None:
    """On the 8th ann's orders of the 2nd and the 9th are one stored link, of which the 2nd is certain."""
    eighth = datetime(2024, 1, 8)  # noqa: DTZ001
    links = links_of(tmp_path, eighth)
    assert days(links.first_seen_at) == ["01-02", "01-07"]
    assert days(links.last_seen_at) == ["01-05", "01-08"]
    assert links.event_count.tolist() == [4, 2]


@pytest.mark.parametrize("later", ["2024-01-10", "2024-06-01"])
def test_when_a_thing_is_used_again_later_changes_nothing(tmp_path: Path, later: str) -> None:
    again = ORDERS + f"bob,e2,{later}\n"
    as_of = datetime(2024, 1, 9)  # noqa: DTZ001
    links = links_of(tmp_path, as_of, orders=again)
    assert days(links.last_seen_at) == ["01-09", "01-08"]
    assert links.event_count.tolist() == [5, 2]


def test_one_use_without_a_time_leaves_the_first_unknown_and_the_last_as_it_is(tmp_path: Path) -> None:
    links = links_of(tmp_path, END, orders=ORDERS + "bob,e2,\n")
    assert days(links.first_seen_at) == ["01-02", None]
    assert days(links.last_seen_at) == ["01-09", "01-08"]
    assert links.event_count.tolist() == [5, 3]


def test_without_any_time_both_are_unknown(tmp_path: Path) -> None:
    books = "id,entry,line,at,times\nann,e1,1 Road,,\nbob,e2,1 road,,7\n"
    links = links_of(tmp_path, END, books=books, orders="id,entry,at\n")
    assert days(links.first_seen_at) == days(links.last_seen_at) == [None, None]
    assert links.event_count.tolist() == [1, 7]
