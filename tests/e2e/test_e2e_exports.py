"""What is written to files: exports in every format, and pictures of rings."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from handmade_shop import BIDI, FORMULA, HOSTILE, MARKUP


@pytest.mark.parametrize("width", ["40", "80", "200"])
def test_a_ring_is_drawn_in_the_width_of_the_terminal(told, width: str, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", width)
    for ring, accounts in (("alpha", ["acc1", "acc2", "acc3", "acc4"]), ("host", ["[bold red]"])):
        code, out, err = told("rings", "draw", ring)
        assert (code, err) == (0, "")
        assert max(map(len, out.splitlines())) <= int(width)
        assert all(account in out for account in accounts)
        assert re.search(r"[^\n -~\u00a1-\u2100\u2190-\u2193\u2500-\u257f]", out) is None


@pytest.mark.parametrize("form", ["csv", "parquet", "jsonl"])
def test_an_export_has_one_row_per_member_in_every_format(told, form: str, tmp_path: Path) -> None:
    out = tmp_path / f"rings.{form}"
    code, printed, _ = told("export", "rings", "--out", str(out), "--json")
    assert code == 0
    assert json.loads(printed) == {
        "run_id": "run-new", "kind": "rings", "format": form, "out": str(out), "row_count": 8,
    }  # fmt: skip
    rows = _rows(out, form)
    assert list(rows[0]) == [
        "ring_id", "account_id", "ring_score", "innocent", "innocent_bits", "account_risk", "role",
        "closeness", "confidence", "reasons", "not_automatic", "detectors",
    ]  # fmt: skip
    assert {
        (row["innocent"], str(row["innocent_bits"])) for row in rows if row["ring_id"] == "RING-ALPHA"
    } == {("household", "-2.1")}
    names = {row["account_id"] for row in rows if row["ring_id"] == "RING-HOSTILE"}
    disarmed = {"'" + FORMULA, "'; DROP TABLE ring;'--", BIDI, MARKUP}
    assert names == (disarmed if form == "csv" else set(HOSTILE))


def _rows(out: Path, form: str) -> list[dict[str, object]]:
    if form == "parquet":
        return pq.read_table(out).to_pylist()
    text = out.read_text(encoding="utf-8")
    return (
        list(csv.DictReader(io.StringIO(text)))
        if form == "csv"
        else [json.loads(line) for line in text.splitlines()]
    )


def test_every_account_is_exported_with_a_risk_in_0_to_1(told, tmp_path: Path) -> None:
    out = tmp_path / "accounts.csv"
    told("export", "accounts", "--out", str(out))
    rows = _rows(out, "csv")
    assert len(rows) == 10
    assert all(0 <= float(str(row["risk"])) <= 1 for row in rows)


def test_a_picture_is_written_where_it_is_wanted(told, tmp_path: Path) -> None:
    code, out, _ = told("rings", "draw", "alpha", "--out", "-")
    assert code == 0
    told("rings", "draw", "alpha", "--out", str(tmp_path / "ring.svg"))
    assert (tmp_path / "ring.svg").read_text(encoding="utf-8") == out
    assert out.startswith("<svg ")


@pytest.mark.parametrize(("name", "said"), [("ring.png", "ends in .svg"), ("nowhere/ring.svg", "folder")])
def test_a_picture_of_another_format_or_in_no_folder_is_refused(
    told, tmp_path: Path, name: str, said: str
) -> None:
    code, out, err = told("rings", "draw", "alpha", "--out", str(tmp_path / name))
    assert (code, out) == (2, "")
    assert said in err
    assert not (tmp_path / name).exists()
