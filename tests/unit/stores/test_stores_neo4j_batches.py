"""What a graph holds comes back as columns, whatever somebody else wrote into it."""

from __future__ import annotations

import pyarrow as pa
import pytest

from graphrisk.stores.neo4j.batches import _array, _values
from graphrisk.stores.neo4j.server_state import size_in_bytes


@pytest.mark.parametrize("other", [7, 1.5, True, ["a"], None])
def test_an_id_that_is_no_text_is_none_of_ours(other: object) -> None:
    found = _array(["acc1", other, ""], pa.string()).to_pylist()  # type: ignore[list-item]
    assert found == ["acc1", "" if other is not None else None, ""]


@pytest.mark.parametrize("other", ["7", ["a"], {"x": 1}])
def test_a_digest_that_is_no_whole_number_is_none_of_ours(other: object) -> None:
    assert _array([5, other], pa.int64()).to_pylist() == [5, -1]  # type: ignore[list-item]


def test_columns_keep_their_values_and_nulls() -> None:
    table = pa.table({"n": pa.array([1, None]), "f": [0.5, 1.5], "s": ["'`", None], "b": [True, False]})
    assert [_values(column) for column in table.columns] == [
        [1, None],
        [0.5, 1.5],
        ["'`", None],
        [True, False],
    ]


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("346.46MiB", 363_289_640), ("1GiB", 1 << 30), ("512B", 512), ("8 KiB", 8192), ("2TiB", 2 << 40),
        ("0B", None), ("", None), (None, None), ("lots", None), ("10m", None),
    ],
)  # fmt: skip
def test_sizes_are_read_as_the_server_writes_them(text: str | None, size: int | None) -> None:
    assert size_in_bytes(text) == size
