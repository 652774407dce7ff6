"""Declared measures and traits as arrays, of accounts known by then, in whatever order they were told."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from tables_on_disk import make_workspace, read_quarantine, write_files

from graphrisk.model.kinds import BUILT_IN_KINDS
from graphrisk.model.known import KnownAccounts
from graphrisk.stores.duckdb.known import KnownReader

TOML = """
[limits]
max_bad_share = 1.0
[tables.people]
files = ["people*.csv"]
[tables.people.account]
id = "id"
created_at = "at"
measures = { age = "years", "purchase value" = "value" }
traits = { browser = "browser", source = "came by" }
"""
HEADER = "id,at,years,value,browser,came by\n"
PEOPLE = (
    "zed,2024-01-01,40,9.5,Chrome,Ads", "ann,2024-01-01,31,-0,Opera,", "bob,,,1e300,,",
    "late,2024-06-01,99,1,Lynx,Post",
)  # fmt: skip
MARCH = datetime(2024, 3, 1)  # noqa: DTZ001 - naive UTC, as everywhere


def known(folder: Path, *rows: str, toml: str = TOML) -> KnownAccounts:
    shop = make_workspace(folder, toml, {"people.csv": HEADER + "".join(f"{row}\n" for row in rows)})
    shop.load()
    with shop.writing() as opened:
        return KnownReader(opened).read_known(MARCH, BUILT_IN_KINDS)[0]


def test_each_name_is_a_column_and_what_is_absent_is_marked(tmp_path: Path) -> None:
    accounts = known(tmp_path, *PEOPLE)
    assert accounts.account_ids.to_pylist() == ["ann", "bob", "zed"]
    assert accounts.measure_names == ("age", "purchase value")
    assert accounts.measures.tolist()[0] == [31.0, 0.0]
    assert not np.signbit(accounts.measures[0, 1])
    assert np.isnan(accounts.measures[1, 0])
    assert accounts.measures.tolist()[2] == [40.0, 9.5]
    assert accounts.trait_names == ("browser", "source")
    assert accounts.trait_words == (("Chrome", "Opera"), ("Ads",))
    assert accounts.traits.tolist() == [[1, -1], [-1, -1], [0, 0]]
    assert (accounts.measures.dtype, accounts.traits.dtype) == (np.float64, np.int32)


def test_what_only_later_accounts_have_has_no_column(tmp_path: Path) -> None:
    accounts = known(tmp_path, "late,2024-06-01,99,1,Lynx,Post", "ann,2024-01-01,31,,,")
    assert (accounts.measure_names, accounts.trait_names, accounts.trait_words) == (("age",), (), ())
    assert accounts.measures.shape == (1, 1)
    assert accounts.traits.shape == (1, 0)


@pytest.mark.parametrize("reverse", [False, True])
def test_of_several_values_the_middle_counts_and_of_words_the_most_frequent(
    tmp_path: Path, reverse: bool
) -> None:
    rows = ["ann,,1,8,B,y", "ann,,100,8,A,x", "ann,,3,,B,", "bob,,1e308,,B,", "bob,,1.5e308,,A,"]
    accounts = known(tmp_path, *(rows[::-1] if reverse else rows))
    assert accounts.measures[:, 0].tolist() == [3.0, 1.25e308]
    assert accounts.measures[0, 1] == 8.0
    assert accounts.trait_words == (("A", "B"), ("x", "y"))
    assert accounts.traits.tolist() == [[1, 0], [0, -1]]


def test_a_measure_that_is_no_number_makes_its_row_bad(tmp_path: Path) -> None:
    rows = "ann,,old,1,A,\nbob,,NaN,1,A,\ncid,,inf,1,A,\ndan,,3,,a long word it is,\neve,,4,,A,\n"
    toml = TOML.replace("[limits]", "[limits]\nmax_value_chars = 10")
    shop = make_workspace(tmp_path, toml, {"people.csv": HEADER + rows})
    shop.load()
    assert read_quarantine(shop) == [
        (2, "years", "old", "wrong_type"), (3, "years", "NaN", "wrong_type"),
        (4, "years", "inf", "wrong_type"), (5, "browser", "a long word it is", "too_long"),
    ]  # fmt: skip
    with shop.reading() as opened:
        told = opened.execute("SELECT name, number, word FROM account_trait ORDER BY ALL").fetchall()
    assert told == [("age", 4.0, None), ("browser", None, "A")]


def test_a_table_that_is_loaded_anew_takes_its_values_with_it(tmp_path: Path) -> None:
    known(tmp_path, "ann,,31,1,Opera,")
    accounts = known(tmp_path, "ann,,32,,,Ads")
    assert (accounts.measure_names, accounts.trait_names) == (("age",), ("source",))
    assert accounts.measures.tolist() == [[32.0]]


def test_files_of_one_table_may_each_know_a_part(tmp_path: Path) -> None:
    write_files(tmp_path, {"people_more.csv": "id,at,years\nann,,31\n"})
    accounts = known(tmp_path, "ann,,,7,Opera,")
    assert accounts.measures.tolist() == [[31.0, 7.0]]
    assert accounts.trait_words == (("Opera",),)


def test_names_and_words_of_any_script_are_data(tmp_path: Path) -> None:
    toml = TOML.replace("browser = ", '"d\'où; DROP TABLE account" = ')
    accounts = known(tmp_path, "ann,,1,,'\"); --é,", toml=toml)
    assert accounts.trait_names == ("d'où; DROP TABLE account",)
    assert accounts.trait_words == (("'\"); --é",),)
