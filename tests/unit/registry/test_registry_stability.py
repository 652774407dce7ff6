"""How many accounts kept their ring's name: counted by hand."""

from __future__ import annotations

import pyarrow as pa

from graphrisk.model import tables
from graphrisk.registry.stability import Move, Stability, compare_names


def carriers(*rows: tuple[str, str, str]) -> pa.Table:
    """name, account, digest."""
    return pa.table(
        [[row[0] for row in rows], [row[1] for row in rows], [1.0] * len(rows), [row[2] for row in rows]],
        schema=tables.RING_CARRIER,
    )


BEFORE = carriers(("A", "a1", "x"), ("A", "a2", "x"), ("A", "a3", "x"), ("B", "b1", "x"), ("C", "c1", "x"))


def test_accounts_are_counted_that_could_have_changed_their_name() -> None:
    # a1 stays, a2 stays with other links, a3 moves with other links, b1 moves, c1 leaves, d1 joins
    now = carriers(("D", "d1", "x"), ("B", "a3", "y"), ("A", "a1", "x"), ("A", "b1", "x"), ("A", "a2", "y"))
    assert compare_names(BEFORE, now) == Stability(
        both_count=4, kept_count=2, same_links_count=2, same_links_kept_count=1, joined_count=1, left_count=1,
        moves=(Move("A", "B", 1, 0), Move("B", "A", 1, 1)),
    )  # fmt: skip


def test_shares_are_none_where_nobody_could_change() -> None:
    for told in (compare_names(BEFORE, carriers()), compare_names(carriers(), BEFORE)):
        assert (told.kept_share, told.same_links_kept_share, told.moves) == (None, None, ())


def test_the_same_run_is_stable() -> None:
    told = compare_names(BEFORE, BEFORE)
    assert (told.kept_share, told.same_links_kept_share, told.moves) == (1.0, 1.0, ())


def test_the_largest_move_is_told_first() -> None:
    now = carriers(("Z", "a1", "x"), ("Z", "a2", "x"), ("Y", "a3", "y"), ("B", "b1", "x"))
    assert compare_names(BEFORE, now).moves == (Move("A", "Z", 2, 2), Move("A", "Y", 1, 0))
