"""One number per account from one column at a time: what a person with a spreadsheet would sort by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graphrisk.evaluate.membership import FloatArray, IntArray

FEW_VALUES = 20  # a column with no more distinct values is also counted value by value
ACCOUNT_COLUMNS = ("account_id", "payer_id", "payee_id")


@dataclass(frozen=True, slots=True)
class Statistic:
    """values: (accounts,); NaN for an account that the table does not name, or names with nulls alone."""

    table: str
    column: str
    name: str
    values: FloatArray


def state_columns(tables: Mapping[str, pa.Table], account_ids: pa.Array) -> Iterator[Statistic]:
    """Every statistic of every column of every table, for each column that says which account a row is
    about.
    """
    for table_name, table in tables.items():
        for owner in (name for name in ACCOUNT_COLUMNS if name in table.column_names):
            place = positions_of(table[owner], account_ids)
            yield Statistic(table_name, owner, "rows", _count(place, len(account_ids)))
            shown = table_name if owner == "account_id" else f"{table_name} by {owner}"
            row = np.arange(table.num_rows, dtype=np.float64)
            yield from _aggregate(shown, "row position", "", row, place, len(account_ids))
            for column in table.column_names:
                yield from _state_column(shown, column, table[column], place, len(account_ids))


def positions_of(ids: pa.ChunkedArray, account_ids: pa.Array) -> IntArray:
    """-1 for null and for an account that is not among `account_ids`."""
    place = pc.fill_null(pc.index_in(ids, value_set=account_ids), -1)
    return np.asarray(place.to_numpy(), dtype=np.int64)


def _state_column(
    table: str, column: str, values: pa.ChunkedArray, place: IntArray, count: int
) -> Iterator[Statistic]:
    for name, row_values in _row_values(values, place):
        yield from _aggregate(table, column, name, row_values, place, count)
    codes, words = _encode(values)
    if len(words) <= FEW_VALUES:
        for code, word in enumerate(words):
            yield Statistic(table, column, f"rows with {word}", _count(place[codes == code], count))


def _row_values(values: pa.ChunkedArray, place: IntArray) -> Iterator[tuple[str, FloatArray]]:
    """The numbers that a row's value can be read as; NaN for null."""
    if pa.types.is_timestamp(values.type):
        yield "time", _floats(pc.cast(values, pa.int64()))
    elif not pa.types.is_string(values.type):
        yield "number", _floats(pc.cast(values, pa.float64()))
    else:
        length = _floats(pc.utf8_length(values))
        codes, _ = _encode(values)
        yield "length", length
        yield "digits", _floats(pc.count_substring_regex(values, r"\d")) / np.maximum(length, 1.0)
        yield "place in order", np.where(codes < 0, np.nan, codes.astype(np.float64))
        yield "accounts with it", count_holders(codes, place)


def count_holders(codes: IntArray, place: IntArray) -> FloatArray:
    """For each row, how many accounts have its code in some row; NaN for code -1."""
    pairs = np.unique(np.stack([codes, place], axis=1), axis=0)
    pairs = pairs[(pairs[:, 0] >= 0) & (pairs[:, 1] >= 0)]
    holders = np.bincount(pairs[:, 0], minlength=int(codes.max(initial=0)) + 1).astype(np.float64)
    return np.where(codes < 0, np.nan, holders[codes])


def _aggregate(
    table: str, column: str, name: str, row_values: FloatArray, place: IntArray, count: int
) -> Iterator[Statistic]:
    told = (place >= 0) & ~np.isnan(row_values)
    row_values, place = row_values[told], place[told]
    seen = _count(place, count)
    low, high = np.full(count, np.inf), np.full(count, -np.inf)
    np.minimum.at(low, place, row_values)
    np.maximum.at(high, place, row_values)
    mean = np.divide(
        np.bincount(place, weights=row_values, minlength=count),
        seen,
        out=np.full(count, np.nan),
        where=seen > 0,
    )
    none = seen == 0
    low[none] = high[none] = np.nan
    found = (
        {"mean": mean}
        if bool((seen <= 1).all())
        else {"mean": mean, "min": low, "max": high, "span": high - low}
    )
    for aggregate, values in found.items():
        yield Statistic(table, column, f"{aggregate} {name}".strip(), values)


def _encode(values: pa.ChunkedArray) -> tuple[IntArray, list[str]]:
    """(rows,) position of each value among the distinct ones in ascending order, -1 for null; and these, as
    text.
    """
    encoded = values.combine_chunks().dictionary_encode()
    order = pc.array_sort_indices(encoded.dictionary).to_numpy()
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    codes = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    few = len(order) <= FEW_VALUES
    words = (
        [str(word) for word in encoded.dictionary.take(pa.array(order)).to_pylist()]
        if few
        else [""] * len(order)
    )
    return np.where(codes < 0, -1, rank[codes] if len(rank) else -1), words


def _floats(values: pa.ChunkedArray) -> FloatArray:
    return np.asarray(pc.cast(values, pa.float64(), safe=False).to_numpy(), dtype=np.float64)


def _count(place: IntArray, count: int) -> FloatArray:
    return np.bincount(place[place >= 0], minlength=count).astype(np.float64)
