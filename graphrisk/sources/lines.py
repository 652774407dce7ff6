"""Where in a file a row stands, for a person with an editor: found only when there are bad rows to report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from graphrisk.flows.plan import RowPositions, RowReject
from graphrisk.sources.files import NEWLINE, QUOTE, RETURN, read_chunks


def number_rows(rows: RowPositions, rejects: Sequence[RowReject]) -> RowPositions:
    """Row numbers from 1, for files that have no lines."""
    return np.concatenate([rows + 1, np.array([reject.line for reject in rejects], dtype=np.int64)])


def text_lines(
    path: Path, rows: RowPositions, rejects: Sequence[RowReject], *, header_records: int, quoted: bool = True
) -> RowPositions:
    """The 1-based lines on which the records begin: those of `rows`, then those of the rejects.

    rows: positions among the records that were read, header and rejects not counted. Newlines inside of
    quotes belong to their record, empty lines to none. Quotes inside of a rejected record are not believed.
    """
    starts = _record_starts(path, [(r.start, r.start + r.byte_count) for r in rejects], quoted=quoted)
    rejected = np.array(sorted(r.start for r in rejects), dtype=np.int64)
    # A reject's start may be that of the empty line before it: it is the record that begins there or next.
    at = np.minimum(np.searchsorted(starts.first_byte, rejected), len(starts.line) - 1)
    kept = np.delete(starts.line, np.concatenate([np.arange(min(header_records, len(starts.line))), at]))
    inside = np.clip(rows, 0, max(len(kept) - 1, 0))
    by_start = dict(zip(rejected.tolist(), starts.line[at].tolist(), strict=True))
    return np.concatenate([kept[inside], np.array([by_start[r.start] for r in rejects], dtype=np.int64)])


@dataclass(frozen=True, slots=True)
class _Starts:
    """Of each record that is not empty: the offset of its first byte, and its 1-based line."""

    first_byte: RowPositions
    line: RowPositions


def _record_starts(path: Path, distrusted: Sequence[tuple[int, int]], *, quoted: bool) -> _Starts:
    """A newline ends a record if an even number of quotes stands before it."""
    bytes_before, lines_before, odd, empty = 0, 0, False, True
    first_bytes: list[RowPositions] = []
    lines: list[RowPositions] = []
    start_byte, start_line, end = 0, 1, NEWLINE
    for chunk in read_chunks(path):
        if bytes_before == 0 and not np.any(chunk == NEWLINE) and np.any(chunk[:-1] == RETURN):
            end = RETURN  # an old Mac's file
        newline = np.flatnonzero(chunk == end)
        if quoted:
            quote = np.flatnonzero(chunk == QUOTE) + bytes_before
            for low, high in distrusted:
                quote = quote[(quote < low) | (quote >= high)]
            before = np.searchsorted(quote, newline + bytes_before)
            ends = newline[(before + odd) % 2 == 0]
            odd = bool((odd + len(quote)) % 2)
        else:
            ends = newline
        begins = np.concatenate([[start_byte], ends + 1 + bytes_before]).astype(np.int64)
        begin_lines = np.concatenate(
            [[start_line], np.searchsorted(newline, ends) + 2 + lines_before]
        ).astype(np.int64)
        text = np.flatnonzero((chunk != NEWLINE) & (chunk != RETURN)) + bytes_before
        holds = np.diff(np.searchsorted(text, np.concatenate([begins, [bytes_before + len(chunk)]]))) > 0
        holds[0] |= not empty
        first_bytes.append(begins[:-1][holds[:-1]])
        lines.append(begin_lines[:-1][holds[:-1]])
        start_byte, start_line, empty = int(begins[-1]), int(begin_lines[-1]), not bool(holds[-1])
        bytes_before += len(chunk)
        lines_before += len(newline)
    if not empty:
        first_bytes.append(np.array([start_byte], dtype=np.int64))
        lines.append(np.array([start_line], dtype=np.int64))
    none = np.zeros(0, dtype=np.int64)
    return _Starts(np.concatenate(first_bytes or [none]), np.concatenate(lines or [none]))
