"""Tables of appeals: the same rows from every format, and accounts that attack whoever opens them."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pytest
from handmade_shop import HOSTILE, SCREEN_WIPE

from graphrisk.enforce.appeals import APPEAL_COLUMNS, AppealRow, read_appeals
from graphrisk.errors import InputError, NotFoundError
from graphrisk.flows.export import ExportFormat
from graphrisk.model.ledger import AppealStatus
from graphrisk.sources.appeal_files import appeal_file
from graphrisk.stores.exports import ExportFiles, undo_formula_guard

ACCOUNTS = ("acc1", *HOSTILE, SCREEN_WIPE, "a;=b", "line\nbreak", "back\\nslash", " blank ")
NOW = pa.scalar("2026-04-01T00:00:00").cast(pa.timestamp("us")).as_py()


def read(path: Path) -> tuple[AppealRow, ...]:
    rows, faults = read_appeals(
        appeal_file(path, undo_formula_guard).read_rows().rows, NOW, lambda name: name in ACCOUNTS
    )
    assert faults == ()
    return rows


@pytest.mark.parametrize("form", list(ExportFormat))
def test_every_format_brings_every_account_id_exactly(form: ExportFormat, tmp_path: Path) -> None:
    rows = [
        {"case_id": f"C-{n}", "account_id": account, "status": "received", "received_at": "2026-03-01",
         "resolved_at": None, "reason": "not_me", "reviewer": None}
        for n, account in enumerate(ACCOUNTS)
    ]  # fmt: skip
    table = pa.Table.from_pylist(rows, pa.schema([(name, pa.string()) for name in APPEAL_COLUMNS]))
    path = tmp_path / f"appeals.{form.value}"
    ExportFiles().write_export(
        pa.RecordBatchReader.from_batches(table.schema, table.to_batches()), form, path
    )
    found = read(path)
    assert tuple(row.account_id for row in found) == ACCOUNTS
    assert {row.status for row in found} == {AppealStatus.RECEIVED}


def test_optional_columns_may_be_absent_and_an_unknown_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "appeals.csv"
    path.write_text("case_id,account_id,status,received_at,reason\nC-1,acc1,received,2026-03-01,not_me\n")
    assert [row.case_id for row in read(path)] == ["C-1"]
    path.write_text("case_id,account_id,status,received_at,reason,resolved\n")
    with pytest.raises(InputError, match="did you mean resolved_at"):
        read(path)
    path.write_text("case_id,account_id,status,reason\n")
    with pytest.raises(InputError, match="received_at"):
        read(path)


def test_a_line_that_is_no_row_is_a_fault_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "appeals.jsonl"
    good = {"case_id": "C-1", "account_id": "acc1", "status": "received", "received_at": "2026-03-01",
            "reason": "not_me"}  # fmt: skip
    path.write_text(f"{json.dumps(good)}\n{{\n{json.dumps({**good, 'case_id': 7})}\n")
    found = appeal_file(path, undo_formula_guard).read_rows()
    assert (len(found.rows), [fault.place.rpartition(":")[2] for fault in found.faults]) == (1, ["2", "3"])


def test_what_is_no_table_of_appeals_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        read(tmp_path / "nowhere.csv")
    (tmp_path / "appeals.xlsx").write_bytes(b"PK")
    with pytest.raises(InputError, match="tables of appeals"):
        read(tmp_path / "appeals.xlsx")
