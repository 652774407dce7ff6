"""Tables of judgements in files: what was exported is read again, and a bad line costs its own row only."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from judged import HOSTILE, HOUR, NOON, account, judgement_sets, ring_state, said, said_of_ring, thing

from graphrisk.errors import InputError, NotFoundError
from graphrisk.flows.exchange_judgements import FileRows, export_judgements
from graphrisk.flows.export import ExportFormat
from graphrisk.model.judgements import Judgement, Ruling
from graphrisk.registry.judgement_rows import read_rows
from graphrisk.sources.judgement_files import judgement_file
from graphrisk.stores.exports import ExportFiles, undo_formula_guard

NOW = NOON + 1000 * HOUR
HEADER = "subject,verdict,kind,identifier,judged_by,judged_at,reason\n"
GOOD = 'identifier,reject,address,"12 harbour rd, 90731",eve,2026-03-01T12:00:00Z,parcel locker\n'
FORMS = [ExportFormat.CSV, ExportFormat.PARQUET, ExportFormat.JSONL]


class Holds:
    """Fits flows.judge.JudgementReader."""

    def __init__(self, judgements: list[Judgement]) -> None:
        self.judgements = tuple(judgements)

    def read_judgements(self) -> tuple[Judgement, ...]:
        return self.judgements


def opened(path: Path) -> FileRows:
    return judgement_file(path, undo_formula_guard).read_rows()


def exported(judgements: list[Judgement], form: ExportFormat, folder: Path) -> Path:
    path = folder / f"judgements.{form}"
    assert export_judgements(Holds(judgements), ExportFiles(), form, path) == len(judgements)
    return path


def there_and_back(judgements: list[Judgement], form: ExportFormat, folder: Path) -> list[Judgement]:
    file = opened(exported(judgements, form, folder))
    found, faults = read_rows(file.rows, NOW)
    assert (file.faults, faults) == ((), ())
    return list(found)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("judgements")


@pytest.mark.parametrize("form", FORMS)
@given(judgements=judgement_sets(most=4))
def test_an_export_is_imported_unchanged(
    folder: Path, form: ExportFormat, judgements: list[Judgement]
) -> None:
    assert there_and_back(judgements, form, folder) == judgements


@pytest.mark.parametrize("form", [ExportFormat.PARQUET, ExportFormat.JSONL])
@given(who=HOSTILE, why=HOSTILE, what=HOSTILE)
def test_parquet_and_json_lines_carry_every_text(
    folder: Path, form: ExportFormat, who: str, why: str, what: str
) -> None:
    assume(who.strip() and why.strip())
    hostile = [said(thing("device", what), Ruling.REJECT, by=who, why=why)]
    assert there_and_back(hostile, form, folder) == hostile


@given(who=HOSTILE, why=HOSTILE, what=HOSTILE)
def test_csv_carries_every_text_or_says_that_it_did_not(folder: Path, who: str, why: str, what: str) -> None:
    assume(who.strip() and why.strip())
    hostile = [said(thing("device", what), Ruling.REJECT, by=who, why=why)]
    found, faults = read_rows(opened(exported(hostile, ExportFormat.CSV, folder)).rows, NOW)
    assert found == tuple(hostile) or (found == () and "does not say what it said" in faults[0].what)
    if "\\" not in who + why + what:
        assert found == tuple(hostile)


def test_an_export_to_csv_is_safe_to_open_in_a_spreadsheet(tmp_path: Path) -> None:
    hostile = said(thing("device", "=1+1"), Ruling.REJECT, by="+cmd|' /C calc'!A0", why="a;=HYPERLINK(1)\n@x")
    path = exported([hostile], ExportFormat.CSV, tmp_path)
    (row,) = csv.DictReader(path.read_text(encoding="utf-8").splitlines())
    assert row["identifier"] == "'=1+1"
    assert row["judged_by"].startswith("'+")
    assert row["reason"] == "a;'=HYPERLINK(1)\\n@x"
    assert there_and_back([hostile], ExportFormat.CSV, tmp_path) == [hostile]


@pytest.mark.parametrize("form", FORMS)
def test_a_rings_members_survive_whatever_they_are_called(tmp_path: Path, form: ExportFormat) -> None:
    state = ring_state(("=1", "a;=b", "x\n", "\u202e", "'", '"', "\\n"), odds=0.1 + 0.2)
    ring = said_of_ring("RING-A", Ruling.REJECT, state)
    assert there_and_back([ring], form, tmp_path) == [ring]


def test_a_table_by_hand_is_read_with_its_lines(tmp_path: Path) -> None:
    path = tmp_path / "theirs.csv"
    path.write_text(
        "\ufeff"
        + HEADER
        + GOOD
        + "\n"
        + GOOD.replace("parcel", '"parcel\n').replace("locker\n", 'locker"\n')
        + GOOD
    )
    file = opened(path)
    assert [row.place for row in file.rows] == [f"{path}:2", f"{path}:4", f"{path}:6"]
    found, faults = read_rows(file.rows, NOW)
    assert [each.reason for each in found] == ["parcel locker", "parcel\n locker", "parcel locker"]
    assert faults == ()


def test_broken_lines_cost_nothing_but_themselves(tmp_path: Path) -> None:
    path = tmp_path / "theirs.csv"
    path.write_bytes(
        HEADER.encode()
        + GOOD.encode()
        + b"identifier,reject\n"
        + GOOD.encode().replace(b"parcel", b"\xff")
        + GOOD.encode()
    )
    file = opened(path)
    found, faults = read_rows(file.rows, NOW)
    assert len(found) == 2
    assert [(each.place, each.what) for each in file.faults] == [
        (f"{path}:3", "2 cells in a table of 7 columns"),
        (f"{path}:4", "not UTF-8"),
    ]
    assert faults == ()
    lines = tmp_path / "theirs.jsonl"
    good = json.dumps(dict(zip(HEADER.strip().split(","), next(csv.reader([GOOD])), strict=True)))
    bad = ["{", "[]", '{"reason": 1}', '{"expires": "2027"}', "[" * 100_000]
    lines.write_text("\n".join([*bad, "", good]))
    file = opened(lines)
    assert [each.place for each in file.faults] == [f"{lines}:{at}" for at in (1, 2, 3, 4, 5)]
    assert [row.place for row in file.rows] == [f"{lines}:7"]


def test_times_of_parquet_are_times(tmp_path: Path) -> None:
    judgement = said(account("ann"), Ruling.CONFIRM, until=3)
    row = {
        "subject": "account", "verdict": "confirm", "account_id": "ann", "judged_by": "eve",
        "judged_at": judgement.judged_at, "reason": "seen in person", "expires_at": judgement.expires_at,
    }  # fmt: skip
    pq.write_table(pa.Table.from_pylist([row]), tmp_path / "theirs.parquet")
    assert read_rows(opened(tmp_path / "theirs.parquet").rows, NOW)[0] == (judgement,)


@pytest.mark.parametrize(
    ("name", "content", "error", "what"),
    [
        ("a.csv", HEADER.replace("reason", "reson"), InputError, "did you mean reason"),
        ("a.csv", HEADER.replace(",reason", ""), InputError, "there is no column `reason`"),
        ("a.csv", HEADER.replace("kind", "reason"), InputError, "there are two columns `reason`"),
        ("a.csv", "", InputError, "there is no column `subject`"),
        ("a.txt", HEADER, InputError, "not a format"),
        ("a.parquet", "PAR1", InputError, "cannot be read"),
        ("a.csv", None, NotFoundError, "no such file"),
        ("a.parquet", None, NotFoundError, "no such file"),
    ],
)
def test_what_is_no_table_of_judgements_is_refused_whole(
    tmp_path: Path, name: str, content: str | None, error: type[Exception], what: str
) -> None:
    if content is not None:
        (tmp_path / name).write_text(content)
    with pytest.raises(error, match=what):
        opened(tmp_path / name)


@given(st.binary(max_size=200))
def test_no_bytes_make_a_table_crash(folder: Path, content: bytes) -> None:
    for ending in ("csv", "jsonl"):
        path = folder / f"bytes.{ending}"
        path.write_bytes(HEADER.encode() + content)
        file = opened(path)
        read_rows(file.rows, NOW)
        assert not any(row.readings == () for row in file.rows)
