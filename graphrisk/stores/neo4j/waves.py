"""Splits relationships among two writers so that neither waits for the other.

To write a relationship the server locks both nodes, and in each node's chain the relationship that stands
first, whose other node may be anywhere: two writers who share nodes or such neighbours wait for each other,
or meet in a deadlock. So nodes are put into buckets by their internal ids, and a relationship stands in the
cell (bucket of its start, bucket of its end) of a square:

    wave 1   . . 1 1     the two blocks on the diagonal, one a writer: they share no node, and no relationship
             . . 1 1     joins the nodes of one with those of the other until the blocks beside the diagonal
             0 0 . .     are written
             0 0 . .
    wave 2   each block beside the diagonal in the same manner, which is free of neighbours in itself; and so
             on down to single cells, which one writer takes in the end

Between nodes of one label the first wave alone is safe: both sides of the square are then the same nodes.
What stood there before may still join both sides. Where two writers do meet in a deadlock the server rolls
one of them back, and the driver tries it again.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa

BUCKETS = 8  # two writers share 7/8 of the rows: with more the blocks become smaller than batches

Codes = npt.NDArray[np.int64]


def split_in_waves(rows: pa.Table, *, one_label: bool) -> Iterator[tuple[pa.Table, ...]]:
    """The rows of each wave, one table a writer, each in the order in which they came.

    rows: with internal ids in `start` and `end`, and `is_hub` where the end has so many relationships that
    it comes last. one_label: whether starts and ends are nodes of the same label.
    """
    codes = _wave_of_cell(one_label=one_label)
    start, end = (rows.column(name).to_numpy() % BUCKETS for name in ("start", "end"))
    code = np.where(rows.column("is_hub").to_numpy(), codes.max(), codes[start, end])
    order = np.argsort(code, kind="stable")
    bounds = np.searchsorted(code[order], np.arange(codes.max() + 2))
    parts = [rows.take(order[low:high]) for low, high in pairwise(bounds)]
    for lanes in (*zip(parts[:-1:2], parts[1:-1:2], strict=True), parts[-1:]):
        yield tuple(lane for lane in lanes if lane.num_rows)


@cache
def _wave_of_cell(*, one_label: bool) -> Codes:
    """Of each cell: twice its wave, plus 1 for the second writer; the greatest number is what is left for
    one writer."""
    codes = np.full((BUCKETS, BUCKETS), -1, dtype=np.int64)
    waves = 0

    def split(start: int, end: int, size: int) -> None:
        nonlocal waves
        half = size // 2
        if half == 0:
            return
        codes[start : start + half, end : end + half] = 2 * waves
        codes[start + half : start + size, end + half : end + size] = 2 * waves + 1
        waves += 1
        if not one_label:
            split(start, end + half, half)
            split(start + half, end, half)

    split(0, 0, BUCKETS)
    codes[codes < 0] = 2 * waves
    return codes
