"""The hand-made shop with a ring that may have come back: as one that was taken down, and as one of now."""

from __future__ import annotations

from datetime import datetime

from handmade_shop import FORMULA, MARKUP

from graphrisk.workspace import Workspace

GONE_AT = datetime(2026, 3, 1, 8)  # noqa: DTZ001 - naive UTC, as everywhere
ASPECTS = f"tempo +6.5 bits: {MARKUP}; names -0.5 bits"


def let_a_ring_come_back(shop: Workspace) -> None:
    """RING-HOSTILE of run-new works like RING-GONE, which run-old alone found, a little like RING-ALPHA."""
    with shop.writing() as connection:
        connection.execute(
            """INSERT INTO ring SELECT * REPLACE ('RING-GONE' AS ring_id, 'run-old' AS run_id) FROM ring
            WHERE run_id = 'run-new' AND ring_id = 'RING-ALPHA'"""
        )
        connection.executemany(
            "INSERT INTO ring_likeness VALUES ('run-new', ?, ?, ?, ?, ?, ?, ?)",
            [
                ["RING-HOSTILE", "RING-GONE", "run-old", GONE_AT, 0.875, 6.0, "same tempo"],
                ["RING-HOSTILE", "RING-ALPHA", "run-new", GONE_AT, 0.125, 1.0, FORMULA],
            ],
        )
        connection.executemany(
            "INSERT INTO likeness_aspect VALUES ('run-new', 'RING-HOSTILE', 'RING-GONE', ?, ?, ?, ?)",
            [["names", None, -0.5, ""], ["tempo", 0.01, 6.5, MARKUP]],
        )
