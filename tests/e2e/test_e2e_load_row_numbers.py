"""Rows that are accounts themselves: `#row` stands for the number of a row."""

from __future__ import annotations

import gzip
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tables_on_disk import make_workspace, write_files

from graphrisk.errors import ConfigError

TOML = """
[limits]
max_bad_share = 1.0
[tables.t]
files = ["t*.{ending}"]
[tables.t.account]
id = "#row"
measures = {{ amount = "amount" }}
[[tables.t.link]]
kind = "device"
account = "#row"
identifier = "source"
[tables.t.label]
account = "#row"
verdict = "bad"
"""
ROWS = [("a", 1.5, 1), ("b", 2.0, 0), ("a", 3.0, 1)]
CSV = "source,amount,bad\n" + "".join(f"{source},{amount},{bad}\n" for source, amount, bad in ROWS)
JSON = "".join(f'{{"source": "{s}", "amount": {a}, "bad": {b}}}\n' for s, a, b in ROWS)


def parquet() -> bytes:
    sink = pa.BufferOutputStream()
    columns = list(zip(*ROWS, strict=True))
    names = ["source", "amount", "bad"]
    pq.write_table(pa.table([pa.array(column) for column in columns], names=names), sink)
    return sink.getvalue().to_pybytes()


FILES = {
    "csv": CSV.encode(),
    "csv.gz": gzip.compress(CSV.encode()),
    "jsonl": JSON.encode(),
    "parquet": parquet(),
}


@pytest.mark.parametrize("ending", list(FILES))
def test_every_row_is_an_account_of_its_number_from_one(tmp_path: Path, ending: str) -> None:
    shop = make_workspace(tmp_path, TOML.format(ending=ending), {f"t.{ending}": FILES[ending]})
    shop.load()
    with shop.reading() as opened:
        links = opened.execute("SELECT account_id, identifier FROM known_link ORDER BY ALL").fetchall()
        labels = opened.execute("SELECT account_id, verdict FROM known_label ORDER BY ALL").fetchall()
        amounts = opened.execute(
            "SELECT account_id, number FROM account_trait JOIN account_key USING (account_key) ORDER BY ALL"
        ).fetchall()
    assert links == [("1", "a"), ("2", "b"), ("3", "a")]
    assert labels == [("1", "bad"), ("2", "good"), ("3", "bad")]
    assert amounts == [("1", 1.5), ("2", 2.0), ("3", 3.0)]


def test_rows_of_two_files_would_have_one_name(tmp_path: Path) -> None:
    shop = make_workspace(tmp_path, TOML.format(ending="csv"), {"t1.csv": CSV, "t2.csv": CSV + "c,1,1\n"})
    with pytest.raises(ConfigError, match="2 files have a row of each number"):
        shop.load()


def test_a_query_gives_numbers_of_its_own(tmp_path: Path) -> None:
    toml = TOML.replace('files = ["t*.{ending}"]', 'database = "sqlite:///t.db"\nquery = "SELECT 1"')
    write_files(tmp_path, {"t.db": b""})
    with pytest.raises(ConfigError, match="the rows of a query have no number"):
        make_workspace(tmp_path, toml.format(), {}).load()
