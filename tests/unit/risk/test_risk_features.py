"""Tables of features."""

from __future__ import annotations

import numpy as np
import pytest

from graphrisk.risk.features import Features

TWO = Features.of({"a": np.array([1, 2]), "b": np.array([0.5, np.nan])})


def test_columns_keep_their_names_order_and_unknowns() -> None:
    assert TWO.names == ("a", "b")
    assert TWO.values.dtype == np.float32
    assert TWO.column("a").tolist() == [1.0, 2.0]
    assert np.isnan(TWO.column("b")).tolist() == [False, True]


def test_a_column_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="not in tuple"):
        TWO.column("c")


def test_tables_side_by_side_are_the_columns_of_both() -> None:
    both = TWO.beside(Features.of({"c": np.array([True, False])}))
    assert both.names == ("a", "b", "c")
    assert both.column("c").tolist() == [1.0, 0.0]


def test_what_is_left_out_is_unknown_in_a_copy() -> None:
    left = TWO.without(["a", "no such"])
    assert left.names == TWO.names
    assert np.isnan(left.column("a")).all()
    assert left.column("b")[0] == 0.5
    assert TWO.column("a").tolist() == [1.0, 2.0]


def test_a_table_of_no_rows_has_its_columns() -> None:
    assert Features.of({"a": np.empty(0), "b": np.empty(0)}).values.shape == (0, 2)
