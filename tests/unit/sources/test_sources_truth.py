"""Truth tables: the formats that are read, and what a person is told where one cannot be."""

from __future__ import annotations

import gzip
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from graphrisk.errors import InputError, NotFoundError
from graphrisk.sources.truth import TruthColumns, TruthFiles

MEMBERS = "ring_id,account_id,typology\nt1,007,device_farm\nt1,b,device_farm\nt2,c,refund_ring\n"


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.name.endswith(".gz"):
        path.write_bytes(gzip.compress(text.encode()))
    elif path.name.endswith(".parquet"):
        texts = pa_csv.ConvertOptions(column_types={"account_id": pa.string(), "is_fraud": pa.bool_()})
        pq.write_table(pa_csv.read_csv(pa.BufferReader(text.encode()), convert_options=texts), path)
    else:
        path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", ["ring_members.csv", "ring_members.csv.gz", "ring_members.parquet"])
@pytest.mark.parametrize("folder", ["", "truth"])
def test_ids_are_read_as_they_are_from_every_format_file_or_folder(
    tmp_path: Path, name: str, folder: str
) -> None:
    file = write(tmp_path / folder / name, MEMBERS)
    for path in (tmp_path, file.parent, file):
        members = TruthFiles(path).read_truth().members
        assert members.to_pydict() == {"ring_id": ["t1", "t1", "t2"], "account_id": ["007", "b", "c"]}


@pytest.mark.parametrize("name", ["ring_members.csv", "ring_members.parquet"])
def test_typologies_are_told_once_for_each_ring(tmp_path: Path, name: str) -> None:
    write(tmp_path / name, MEMBERS + "t2,d,\nt3,e,\nt2,f,a_farm\n")
    typologies = TruthFiles(tmp_path).read_truth().typologies
    assert typologies is not None
    told = dict(zip(*typologies.to_pydict().values(), strict=True))
    assert told == {"t1": "device_farm", "t2": "a_farm"}


def test_members_without_typologies_tell_none(tmp_path: Path) -> None:
    file = write(tmp_path / "m.csv", "ring_id,account_id\nt1,a\n")
    assert TruthFiles(file).read_truth().typologies is None


def test_columns_may_have_other_names(tmp_path: Path) -> None:
    file = write(tmp_path / "m.csv", "address,cluster\n0xa,1\n")
    columns = TruthColumns(ring="cluster", account="address")
    assert TruthFiles(file, columns=columns).read_truth().members.to_pydict() == {
        "ring_id": ["1"],
        "account_id": ["0xa"],
    }


@pytest.mark.parametrize("name", ["accounts.csv", "accounts.parquet"])
def test_accounts_beside_the_members_say_who_is_bad(tmp_path: Path, name: str) -> None:
    write(tmp_path / "ring_members.csv", MEMBERS)
    write(tmp_path / name, "account_id,is_fraud\n007,true\nb,false\nb,false\n")
    accounts = TruthFiles(tmp_path).read_truth().accounts
    assert accounts is not None
    assert dict(zip(*accounts.to_pydict().values(), strict=True)) == {"007": True, "b": False}


def test_an_account_called_unknown_is_not_judged(tmp_path: Path) -> None:
    write(tmp_path / "ring_members.csv", MEMBERS)
    accounts = write(tmp_path / "a.csv", "account_id,is_fraud\na, Fraud \nb,LEGIT\nc,unknown\n")
    read = TruthFiles(tmp_path, accounts).read_truth().accounts
    assert read is not None
    assert sorted(zip(*read.to_pydict().values(), strict=True)) == [("a", True), ("b", False)]


def test_no_ring_at_all_is_a_truth_too(tmp_path: Path) -> None:
    assert TruthFiles(write(tmp_path / "m.csv", "ring_id,account_id\n")).read_truth().members.num_rows == 0


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("m.csv", "ring,account_id\n1,a\n", "no column `ring_id`"),
        ("m.csv", "ring_id,ring_id,account_id\n1,1,a\n", "two columns `ring_id`"),
        ("m.csv", "", "cannot be read"),
        ("m.csv", "ring_id,account_id\n1,a,x\n", "cannot be read"),
        ("m.csv", "ring_id,account_id\n1,a\n2,\n", "`account_id` is empty in data row 2"),
        ("m.parquet", "", "cannot be read"),
    ],
)
def test_a_truth_that_cannot_be_read_is_named_with_its_fault(
    tmp_path: Path, name: str, text: str, said: str
) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=said) as caught:
        TruthFiles(tmp_path / name).read_truth()
    assert name in caught.value.where


def test_a_truncated_gzip_is_refused(tmp_path: Path) -> None:
    whole = gzip.compress("".join(f"r{i},a{i * 7919}\n" for i in range(5000)).encode())
    (tmp_path / "m.csv.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError):
        TruthFiles(tmp_path / "m.csv.gz").read_truth()


@pytest.mark.parametrize(
    ("rows", "said"),
    [("a,perhaps\n", "neither bad nor good"), ("a,1\na,0\n", "both bad and not bad")],
)
def test_accounts_that_cannot_be_understood_are_refused(tmp_path: Path, rows: str, said: str) -> None:
    members = write(tmp_path / "m.csv", MEMBERS)
    accounts = write(tmp_path / "a.csv", "account_id,is_fraud\n" + rows)
    with pytest.raises(InputError, match=said):
        TruthFiles(members, accounts).read_truth()


def test_what_is_not_there_is_not_found(tmp_path: Path) -> None:
    for path in (tmp_path / "absent.csv", tmp_path):
        with pytest.raises(NotFoundError):
            TruthFiles(path).read_truth()
    members = write(tmp_path / "m.csv", MEMBERS)
    with pytest.raises(NotFoundError):
        TruthFiles(members, tmp_path / "absent.csv").read_truth()


def test_two_tables_of_members_are_refused(tmp_path: Path) -> None:
    for name in ("ring_members.csv", "ring_members.csv.gz"):
        write(tmp_path / name, MEMBERS)
    with pytest.raises(InputError, match="more than once"):
        TruthFiles(tmp_path).read_truth()
