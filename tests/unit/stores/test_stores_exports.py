"""Exports: exact where they can be, harmless where a person opens them, and never half a file."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphrisk.errors import ConfigError
from graphrisk.flows.export import ExportFormat
from graphrisk.stores.exports import ExportFiles, formula_guard, undo_formula_guard

FORMULA_STARTS = "=+-@|%＝＋－＠"
ATTACKS = [
    "=1+1",
    "+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "  =1",
    "'=1",
    '"=1',
    "＝1+1",
    "\u200b=1",
]


def guarded(text: str) -> str:
    return formula_guard(pa.array([text]))[0].as_py()


def written(texts: list[str | None], form: ExportFormat, out: Path) -> None:
    table = pa.table(
        {"account_id": pa.array(texts, pa.string()), "risk": pa.array([0.25] * len(texts), pa.float64())}
    )
    assert ExportFiles().write_export(table.to_reader(max_chunksize=2), form, out) == len(texts)


@given(st.lists(st.text(st.sampled_from("a1-=+@'\" ;.\u200b＝"), max_size=8), max_size=5))
def test_the_guard_of_formulas_can_be_undone(texts: list[str]) -> None:
    assert undo_formula_guard(formula_guard(pa.array(texts, pa.string())).to_pylist()) == texts


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_formula_starts_with_an_apostrophe(attack: str) -> None:
    assert guarded(attack).startswith("'")


@pytest.mark.parametrize(
    "text",
    ["acc1", "-12.5", "+4917012345678", "7", "a=b", "user@example.com", "O'Brien", "", "a;b", "x; 4 y"],
)
def test_plain_text_and_plain_numbers_are_left_alone(text: str) -> None:
    assert guarded(text) == text


def test_a_spreadsheet_that_splits_at_semicolons_finds_no_formula_either() -> None:
    assert guarded('acc;=cmd();"+1') == "acc;'=cmd();'\"+1"


@given(st.text(max_size=30))
def test_no_cell_that_a_guarded_text_can_be_split_into_is_a_formula(text: str) -> None:
    for part in re.split(r"[;\t\r\n]", guarded(text)):
        cell = part.lstrip(" \"'\u00a0\u3000") if not part.startswith("'") else part
        assert not cell or cell[0] not in FORMULA_STARTS or re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", part)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=12), max_size=6, unique=True))
def test_guarding_keeps_different_texts_different_unless_they_differ_in_control_characters(
    texts: list[str],
) -> None:
    plain = [text for text in texts if all(ord(c) >= 32 and not 127 <= ord(c) < 160 for c in text)]
    assert len({guarded(text) for text in plain}) == len(plain)


def test_the_independent_library_finds_nothing_left_to_disarm_at_the_start_of_a_cell() -> None:
    defusedcsv = pytest.importorskip("defusedcsv.csv")
    rows = [[guarded(attack)] for attack in ATTACKS]
    ours, theirs = io.StringIO(), io.StringIO()
    csv.writer(ours).writerows(rows)
    defusedcsv.writer(theirs).writerows(rows)
    assert theirs.getvalue().replace("\\|", "|") == ours.getvalue()


def test_a_csv_record_is_one_line_and_parses_to_what_was_written(tmp_path: Path) -> None:
    texts = ["plain", 'quo"te', "com,ma", "two\nlines", "\x1b[2J", "nul\x00", "ünï", "emoji 🎈", None, ""]
    written(texts, ExportFormat.CSV, tmp_path / "a.csv")
    content = (tmp_path / "a.csv").read_text(encoding="utf-8")
    assert content.count("\n") == len(texts) + 1
    rows = list(csv.reader(io.StringIO(content)))
    assert rows[0] == ["account_id", "risk"]
    assert [row[0] for row in rows[1:]] == [
        "plain", 'quo"te', "com,ma", "two\\nlines", "\\x1b[2J", "nul\\x00", "ünï", "emoji 🎈", "", "",
    ]  # fmt: skip
    assert {float(row[1]) for row in rows[1:]} == {0.25}


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=200), max_size=5))
def test_parquet_and_json_lines_carry_every_text_exactly(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("exact")
    written(list(texts), ExportFormat.PARQUET, folder / "a.parquet")
    assert pq.read_table(folder / "a.parquet").column("account_id").to_pylist() == texts
    written(list(texts), ExportFormat.JSONL, folder / "a.jsonl")
    lines = (folder / "a.jsonl").read_bytes().decode().split("\n")[:-1]
    assert [json.loads(line)["account_id"] for line in lines] == texts


@pytest.mark.parametrize("form", ExportFormat)
def test_an_empty_result_is_a_whole_file(form: ExportFormat, tmp_path: Path) -> None:
    out = tmp_path / "empty"
    written([], form, out)
    expected = {ExportFormat.CSV: b'"account_id","risk"\n', ExportFormat.JSONL: b""}
    assert out.read_bytes() == expected.get(form, out.read_bytes())
    if form is ExportFormat.PARQUET:
        assert pq.read_table(out).num_rows == 0


@pytest.mark.parametrize("form", ExportFormat)
def test_a_failure_in_the_middle_leaves_the_old_file_and_no_other(form: ExportFormat, tmp_path: Path) -> None:
    schema = pa.schema([("account_id", pa.string())])

    def batches():
        yield pa.record_batch([["a"]], schema=schema)
        raise OSError("the disk is gone")

    out = tmp_path / "out"
    out.write_bytes(b"old")
    with pytest.raises((OSError, Exception), match="disk is gone"):
        ExportFiles().write_export(pa.RecordBatchReader.from_batches(schema, batches()), form, out)
    assert out.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_link_is_written_through_and_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "real")
    written(["a"], ExportFormat.CSV, tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert "a" in (tmp_path / "real").read_text()


@pytest.mark.parametrize("name", [".", "absent/out.csv"])
def test_a_place_that_cannot_be_written_is_a_configuration_error(name: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="folder that exists"):
        written(["a"], ExportFormat.CSV, tmp_path / name)


def test_whoever_reads_the_old_file_meanwhile_reads_it_whole(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.write_bytes(b"old")
    with out.open("rb") as reader:
        written(["a"], ExportFormat.CSV, out)
        assert reader.read() == b"old"
