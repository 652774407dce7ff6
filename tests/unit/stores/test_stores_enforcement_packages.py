"""Packages on disk: whole or not at all, the same bytes again, and without whoever was erased."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from packaged import AT, HOSTILE, PACKAGE_ID, Key, approve, make_header, make_package, make_row

from graphrisk.enforce.manifest import LISTED, MANIFEST, SIGNATURE, STATEMENTS
from graphrisk.enforce.package import Package
from graphrisk.errors import GraphriskError, NotFoundError, TamperedError
from graphrisk.model.enforcement import ACTION, Operation
from graphrisk.stores.enforcement.packages import PackageStore
from graphrisk.stores.exports import undo_formula_guard

KEY = Key()


@pytest.fixture
def store(tmp_path: Path) -> PackageStore:
    return PackageStore(tmp_path / "packages")


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def subjects(package: Package) -> dict[str, str]:
    return {row.action_id: row.subject for row in package.rows}


def test_what_was_put_in_comes_out(store: PackageStore) -> None:
    package = make_package()
    digest = store.write(package, KEY)
    assert store.list_packages() == (PACKAGE_ID,)
    assert store.read_actions(PACKAGE_ID, subjects(package)) == package.told_rows()
    manifest, found = store.read_manifest(PACKAGE_ID)
    assert found == digest
    assert manifest.header == package.header
    assert store.verify(PACKAGE_ID, KEY.public_key()).faults == ()
    assert set(content(store.place(PACKAGE_ID))) == {*LISTED, MANIFEST, SIGNATURE}


def test_a_package_of_nothing_is_one(store: PackageStore) -> None:
    store.write(make_package(()), KEY)
    assert store.read_actions(PACKAGE_ID, {}) == ()
    assert store.verify(PACKAGE_ID, KEY.public_key()).faults == ()


def test_the_same_package_is_the_same_bytes(store: PackageStore, tmp_path: Path) -> None:
    other = PackageStore(tmp_path / "elsewhere")
    package = make_package()
    assert store.write(package, KEY) == other.write(replace(package, rows=package.rows[::-1]), KEY)
    assert content(store.place(PACKAGE_ID)) == content(other.place(PACKAGE_ID))
    assert store.write(package, KEY) == other.write(package, KEY)
    assert content(store.place(PACKAGE_ID)) == content(other.place(PACKAGE_ID))


def test_the_forms_of_the_rows_say_the_same(store: PackageStore) -> None:
    package = make_package()
    store.write(package, KEY)
    place = store.place(PACKAGE_ID)
    table = pq.read_table(place / "actions.parquet")
    assert table.schema.equals(ACTION)
    ids = table.column("account_id").to_pylist()
    assert ids == sorted(HOSTILE)
    lines = (place / "actions.jsonl").read_text("ascii").splitlines()
    assert [json.loads(line)["account_id"] for line in lines] == ids
    rows = list(csv.DictReader(io.StringIO((place / "actions.csv").read_text("utf-8"), newline="")))
    visible = [each for each in ids if each.isprintable()]
    assert [undo_formula_guard([row["account_id"]])[0] for row in rows if row["account_id"] in visible
            or undo_formula_guard([row["account_id"]])[0] in visible] == visible  # fmt: skip
    assert [row["tier"] for row in rows] == table.column("tier").to_pylist()
    assert {row["from_at"] for row in rows} == {"2026-11-26T12:00:00Z"}
    assert {row["state_before"] for row in rows} == {""}
    assert {row["by_hand"] for row in rows} == {"true", "false"}


def test_no_cell_of_the_csv_is_taken_for_a_formula_or_breaks_its_line(store: PackageStore) -> None:
    store.write(make_package(), KEY)
    text = (store.place(PACKAGE_ID) / "actions.csv").read_bytes()
    assert text.count(b"\n") == len(HOSTILE) + 1
    cells = [cell for row in csv.reader(io.StringIO(text.decode(), newline="")) for cell in row]
    assert not [cell for cell in cells if cell.lstrip().startswith(("=", "+", "-", "@"))]
    assert not [cell for cell in cells if any(ord(c) < 32 or 127 <= ord(c) < 160 for c in cell)]


def test_an_erased_account_is_counted_and_not_named(store: PackageStore) -> None:
    package = make_package(("a", "b"))
    erased = replace(package, rows=(package.rows[0], replace(package.rows[1], account_id=None)))
    store.write(erased, KEY)
    manifest, _ = store.read_manifest(PACKAGE_ID)
    assert (manifest.counts.actions, manifest.counts.erased) == (1, 1)
    assert store.verify(PACKAGE_ID, KEY.public_key()).faults == ()


def test_rewritten_without_an_account_nothing_of_it_is_left(store: PackageStore) -> None:
    package = make_package(("acc-one", "acc-two", "acc-three", "acc-four"))
    old = store.write(package, KEY)
    gone = next(row for row in package.rows if row.account_id == "acc-four")
    new = store.rewrite_without(PACKAGE_ID, {gone.action_id}, old, KEY)
    manifest, found = store.read_manifest(PACKAGE_ID)
    assert found == new != old
    assert manifest.supersedes == old
    assert manifest.header == package.header
    assert (manifest.counts.actions, manifest.counts.erased) == (3, 1)
    assert store.verify(PACKAGE_ID, KEY.public_key()).faults == ()
    everything = b"".join(content(store.place(PACKAGE_ID)).values())
    assert b"acc-four" not in everything
    assert gone.action_id.encode() not in everything
    left = tuple(row for row in package.told_rows() if row != gone)
    assert store.read_actions(PACKAGE_ID, subjects(package)) == left
    assert [path.name for path in store.place(PACKAGE_ID).parent.iterdir()] == [PACKAGE_ID]


def test_what_is_left_is_as_if_the_account_had_never_been_in_it(store: PackageStore, tmp_path: Path) -> None:
    package = make_package(HOSTILE)
    old = store.write(package, KEY)
    gone = package.rows[4]
    store.rewrite_without(PACKAGE_ID, {gone.action_id}, old, KEY)
    other = PackageStore(tmp_path / "elsewhere")
    other.write(replace(package, rows=tuple(row for row in package.rows if row != gone)), KEY)
    mine, others = (content(each.place(PACKAGE_ID)) for each in (store, other))
    assert {name for name in mine if mine[name] != others[name]} == {MANIFEST, SIGNATURE}


def test_all_of_an_account_goes_with_one_of_its_actions(store: PackageStore) -> None:
    lifted = make_row("a", operation=Operation.LIFT)
    rows = (lifted, make_row("a", list(type(lifted.tier))[5]), make_row("b"))
    old = store.write(replace(make_package(()), rows=rows), KEY)
    store.rewrite_without(PACKAGE_ID, {lifted.action_id}, old, KEY)
    assert {row.account_id for row in store.read_actions(PACKAGE_ID, {r.action_id: "s" for r in rows})} == {
        "b"
    }
    assert store.verify(PACKAGE_ID, KEY.public_key()).faults == ()


def test_where_nothing_has_to_go_nothing_is_written(store: PackageStore) -> None:
    old = store.write(make_package(("a", "b")), KEY)
    before = content(store.place(PACKAGE_ID))
    assert store.rewrite_without(PACKAGE_ID, {"A-OTHER"}, old, Key(2)) == old
    assert content(store.place(PACKAGE_ID)) == before


@pytest.mark.parametrize("name", ["actions.parquet", STATEMENTS, "dsa_statements.jsonl", MANIFEST])
def test_a_package_that_was_changed_is_not_signed_anew(store: PackageStore, name: str) -> None:
    package = make_package(("a", "b", "c", "d"))
    old = store.write(package, KEY)
    place = store.place(PACKAGE_ID) / name
    place.write_bytes(place.read_bytes() + b" ")
    with pytest.raises(TamperedError, match=name):
        store.rewrite_without(PACKAGE_ID, {package.rows[0].action_id}, old, KEY)


def test_a_changed_file_of_actions_is_not_read(store: PackageStore) -> None:
    package = make_package(("a", "b"))
    store.write(package, KEY)
    place = store.place(PACKAGE_ID) / "actions.parquet"
    place.write_bytes(place.read_bytes().replace(b"plain", b"plaln").replace(b"RING-A", b"RING-B"))
    with pytest.raises(TamperedError, match="changed"):
        store.read_actions(PACKAGE_ID, subjects(package))


def test_an_action_that_the_ledger_does_not_know_is_no_package_of_ours(store: PackageStore) -> None:
    store.write(make_package(("a",)), KEY)
    with pytest.raises(TamperedError, match="ledger"):
        store.read_actions(PACKAGE_ID, {})


@pytest.mark.parametrize("name", ["PKG-NONE", "../packages", "", ".", "PKG-A/../PKG-A", "PKG-A\0"])
def test_there_is_no_package_of_another_name(store: PackageStore, name: str) -> None:
    store.write(make_package(("a",)), KEY)
    with pytest.raises(NotFoundError):
        store.place(name)
    store.remove(name)
    assert store.list_packages() == (PACKAGE_ID,)


def test_packages_that_the_ledger_does_not_know_are_removed(store: PackageStore) -> None:
    others = ["PKG-" + letter * 26 for letter in "BC"]
    for name in (PACKAGE_ID, *others):
        store.write(make_package(("a",), header=make_header(package_id=name)), KEY)
    store.remove_all_but([PACKAGE_ID, others[1], "PKG-UNKNOWN"])
    assert store.list_packages() == (PACKAGE_ID, others[1])


# ---- killed in the middle ----------------------------------------------------------------------------------
STATES = ["new", "old and new", "old and place", "unfinished", "removed", "new and place"]


def leave_behind(folder: Path, state: str, spare: Path) -> None:
    """As a writer leaves it that is killed between two of its steps. spare: the other package's folder."""
    place = folder / PACKAGE_ID
    hidden = {each: folder / f".{PACKAGE_ID}.{each}" for each in ("new", "old", "unfinished", "removed")}
    if state in ("new", "old and new"):
        place.rename(hidden["new"])
    if state in ("old and new", "old and place"):
        shutil.copytree(spare, hidden["old"])
    if state in ("unfinished", "removed", "new and place"):
        shutil.copytree(spare, hidden[state.split(maxsplit=1)[0]])


@pytest.mark.parametrize("state", STATES)
def test_whoever_comes_after_a_killed_writer_finds_the_package_whole(
    store: PackageStore, tmp_path: Path, state: str
) -> None:
    package = make_package(("a", "b"))
    digest = store.write(package, KEY)
    spare = PackageStore(tmp_path / "spare")
    spare.write(make_package(("erased",)), KEY)
    folder = store.place(PACKAGE_ID).parent
    leave_behind(folder, state, spare.place(PACKAGE_ID))
    assert store.list_packages() == (PACKAGE_ID,)
    assert store.read_manifest(PACKAGE_ID)[1] == digest
    assert store.verify(PACKAGE_ID, KEY.public_key()).faults == ()
    store.remove_all_but([PACKAGE_ID])
    assert [path.name for path in folder.iterdir()] == [PACKAGE_ID]
    assert store.read_manifest(PACKAGE_ID)[1] == digest
    assert store.write(package, KEY) == digest


# Writes again and again, each time killed one use of the disk later, until nothing is left to kill
KILLED = """
import os, sys
from pathlib import Path
from packaged import PACKAGE_ID, Key, make_package
from graphrisk.stores.enforcement.packages import PackageStore
store, left, seen = PackageStore(Path(sys.argv[1])), 10**9, set()
old = store.write(make_package(("a",)), Key())
def count(event, arguments):
    global left
    if event in ("open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.scandir"):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), 9)
sys.addaudithook(count)
for moment in range(1, 1000):
    child = os.fork()
    if child == 0:
        left = moment
        store.write(make_package(("a", "b", "c"), seq=8), Key())
        os._exit(0)
    _, status = os.waitpid(child, 0)
    _, found = store.read_manifest(PACKAGE_ID)
    faults = store.verify(PACKAGE_ID, Key().public_key()).faults
    print(moment, status, found == old, len(faults), flush=True)
    if status == 0:
        break
    assert store.write(make_package(("a",)), Key()) == old
    assert os.listdir(sys.argv[1]) == [PACKAGE_ID]
"""


@pytest.mark.slow
def test_killed_at_any_moment_the_old_or_the_new_package_is_there(tmp_path: Path) -> None:
    here = str(Path(__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", KILLED, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": here}, check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = [line.split() for line in done.stdout.splitlines()]
    assert {faults for *_, faults in told} == {"0"}
    assert [status for _, status, *_ in told] == ["9"] * (len(told) - 1) + ["0"]
    changed = [is_old for *_, is_old, _ in told]
    # Killed early the old one is there, killed late the new one, and nothing in between
    assert changed == sorted(changed, reverse=True)
    assert changed.count("True") > 10
    assert changed.count("False") > 5


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_folder_that_cannot_be_written_is_said_to_be_one(store: PackageStore, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(GraphriskError, match="disk"):
        store.write(make_package(("a",)), KEY)


def test_a_full_disk_leaves_what_was_there(store: PackageStore) -> None:
    class FailingKey(Key):
        def sign(self, message: bytes) -> bytes:
            raise OSError(28, "No space left on device")

    old = store.write(make_package(("a",)), KEY)
    with pytest.raises(GraphriskError, match="No space left"):
        store.write(make_package(("b",)), FailingKey())
    assert store.read_manifest(PACKAGE_ID)[1] == old
    assert [path.name for path in store.place(PACKAGE_ID).parent.iterdir()] == [PACKAGE_ID]


def test_who_approved_and_what_he_had_open_is_in_the_statements(store: PackageStore) -> None:
    package = replace(make_package(("a",)), approvals=(approve(), approve(rings=("RING-A",))))
    store.write(package, KEY)
    (line,) = (store.place(PACKAGE_ID) / STATEMENTS).read_text("ascii").splitlines()
    assert "2 people approved it, of whom 1" in json.loads(line)["text"]
    assert json.loads(line)["decided_by_person"]
    assert json.loads(line)["until_at"] == f"{AT.replace(month=12):%Y-%m-%dT%H:%M:%SZ}"
