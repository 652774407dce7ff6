"""`graphrisk audit`: what was tampered with is told with its place and exit code 9, and only that."""

from __future__ import annotations

import csv
import json
import shutil
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from packaged import HOSTILE, Key, make_ground, make_header, make_package, make_row
from real_ledgers import AT, begin_ledger, make_places

from graphrisk.cli import main
from graphrisk.enforce.blast import measure_blast
from graphrisk.enforce.chain import Link, link_line, read_line, seal
from graphrisk.enforce.manifest import LISTED, manifest_bytes, read_manifest
from graphrisk.enforce.package import Package
from graphrisk.enforce.plan import Plan, PlanHeader, PlanOrder, count_rows, erase_row, name_plan, seal_rows
from graphrisk.enforce.tokens import make_token
from graphrisk.model.enforcement import Purpose
from graphrisk.model.ledger import Changed, Erased, Packaged, Planned, Rejected, Stopped, Viewed
from graphrisk.stores.enforcement.keys import KeyFolder
from graphrisk.stores.enforcement.ledger_file import Ledger
from graphrisk.stores.enforcement.packages import PackageStore
from graphrisk.stores.enforcement.places import EnforcementPlaces
from graphrisk.stores.enforcement.plan_files import PlanFiles

FIRST = 6  # entries before those of the first package
NAMES = ("PKG-" + "B" * 26, "PKG-" + "C" * 26)


@dataclass(frozen=True)
class Told:
    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def faults(self) -> list[tuple[str, str, int | None]]:
        return [(each["kind"], each["file"], each["line"]) for each in self.json["faults"]]


@pytest.fixture(scope="module")
def audited_as_made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plan that was carried out in two packages, one that was rejected, one that nobody decided about and
    that is gone; and a person with a hostile name."""
    folder = tmp_path_factory.mktemp("audited")
    places = make_places(folder)
    ledger, keys = begin_ledger(places), KeyFolder.open(places.keys)
    done, rejected = (make_plan(keys, seed) for seed in (1, 2))
    for plan in (done, rejected):
        PlanFiles(places.plans).write_plan(plan)
    with ledger.writing() as writer:
        writer.append([planned(done.plan_id)], "ann", AT)
        viewed = Viewed(done.plan_id, "", keys.account_token(HOSTILE[1]))
        writer.append([viewed], "=cmd|' /C calc'!A0", AT)
        writer.append([planned(rejected.plan_id), Rejected(rejected.plan_id, "no")], "bob", AT)
        writer.append([planned("P-" + "0" * 26)], "bob", AT)
    for name in NAMES:
        hand_over(places, name, done.plan_id)
    with ledger.writing() as writer:
        writer.append([Stopped("a \x1b[31mred word")], "ann", AT)
    return folder


def planned(plan_id: str) -> Planned:
    return Planned(plan_id, "RUN-1", "policy", "data", "judged", 1, AT)


def make_plan(keys: KeyFolder, seed: int) -> Plan:
    rows = [
        replace(make_ground(make_row(name)), subject=keys.account_token(name), reasons=f"because of {name}")
        for name in HOSTILE
    ]
    sealed = seal_rows(rows, keys.token_key())
    header = PlanHeader(
        PlanOrder("ann", AT, seed=seed), AT, "RUN-1", AT, "policy", "data", "judged", 1, ("RING-A",),
        ("RING-A",), count_rows(sealed), measure_blast(sealed, 0),
    )  # fmt: skip
    return Plan(name_plan(header, (row.digest for row in sealed)), header, sealed)


def plans_of(places: EnforcementPlaces) -> tuple[str, str]:
    """What was carried out, and what was rejected."""
    entries = Ledger(places, KeyFolder.open(places.keys)).read()
    done, rejected, _ = (entry.body.plan_id for entry in entries if isinstance(entry.body, Planned))
    return done, rejected


def hand_over(places: EnforcementPlaces, name: str, plan_id: str) -> None:
    keys = KeyFolder.open(places.keys)
    with Ledger(places, keys).writing() as writer:
        last = writer.entries[-1]
        header = replace(make_header(package_id=name, seq=last.seq), ledger_hash=last.hash)
        package = a_package(keys, replace(make_package(), header=header))
        digest = PackageStore(places.packages).write(package, keys)
        changes = [
            Changed(name, row.action_id, row.operation, row.subject, "RING-A", row.tier, plan_id, AT, None)
            for row in package.rows
        ]
        done = Packaged(name, Purpose.APPLY, plan_id, "all", plan_id, "", digest, len(changes))
        writer.append([*changes, done], "ann", AT)


def a_package(keys: KeyFolder, package: Package) -> Package:
    rows = tuple(replace(row, subject=keys.account_token(row.account_id or "")) for row in package.rows)
    return replace(package, rows=rows, grounds=())


@pytest.fixture
def places(audited_as_made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> EnforcementPlaces:
    shutil.copytree(audited_as_made, tmp_path / "copy")
    monkeypatch.setenv("GRAPHRISK_KEYS", str(tmp_path / "copy" / "keys"))
    return EnforcementPlaces(tmp_path / "copy" / "shop", tmp_path / "copy" / "keys")


@pytest.fixture
def audit(places: EnforcementPlaces, capsys: pytest.CaptureFixture[str]) -> Callable[..., Told]:
    def run(*arguments: str) -> Told:
        code = main(["audit", *arguments, "--workspace", str(places.workspace)])
        captured = capsys.readouterr()
        return Told(code, captured.out, captured.err)

    return run


def lines_of(places: EnforcementPlaces) -> list[bytes]:
    return places.ledger.read_bytes().splitlines(keepends=True)


def entry_of(line: bytes):
    link = read_line(line)
    assert isinstance(link, Link)
    return link.entry


def test_what_nobody_touched_is_as_it_was_written_and_its_head_can_be_kept(audit) -> None:
    told = audit("verify", "--json")
    assert (told.code, told.faults, told.json["remarks"]) == (0, [], [])
    assert (told.json["entry_count"], told.json["package_count"]) == (FIRST + 2 * (len(HOSTILE) + 1) + 1, 2)
    head = told.json["head"]
    facts = dict(line.split("\t") for line in audit("verify").out.splitlines())
    assert facts["head"] == f"{head['seq']}:{head['hash']}"
    assert facts["verdict"] == "as it was written"
    for kept in (facts["head"], head["hash"]):
        assert audit("verify", "--head", kept).code == 0


def test_an_auditor_needs_the_public_key_and_no_more(audit, places, tmp_path) -> None:
    (tmp_path / "auditor").mkdir()
    shutil.copy(places.keys / "signing.pub", tmp_path / "auditor")
    told = audit("verify", "--json", "--keys", str(tmp_path / "auditor"))
    assert (told.code, told.json["remarks"]) == (0, ["plans were not checked: that needs pseudonym.key"])
    assert audit("tail", "--keys", str(tmp_path / "auditor")).code == 0


def test_a_changed_ledger_is_located(audit, places) -> None:
    lines = lines_of(places)
    lines[3] = lines[3].replace(b'"bob"', b'"rob"')
    places.ledger.write_bytes(b"".join(lines))
    told = audit("verify", "--json")
    assert told.code == 9
    assert told.faults == [("changed", "ledger.jsonl", 4)]
    assert "not what was written: 1 fault" in told.err
    table = audit("verify").out.splitlines()
    assert table[1].split("\t")[:3] == ["changed", "ledger.jsonl", "4"]
    for command in (["tail"], ["export", "--out", "-"]):
        refused = audit(*command)
        assert (refused.code, refused.out) == (9, "")
        assert "ledger.jsonl:4" in refused.err


@pytest.mark.parametrize("name", [*LISTED, "manifest.json", "manifest.sig"])
def test_a_changed_file_of_a_package_is_located(name: str, audit, places) -> None:
    path = places.packages / NAMES[1] / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    told = audit("verify", "--json")
    assert told.code == 9
    assert {(kind, file) for kind, file, _ in told.faults} == {("package", f"packages/{NAMES[1]}/{name}")}


def test_a_manifest_signed_again_by_another_key_is_found(audit, places, tmp_path) -> None:
    other = Key(2)
    store = PackageStore(places.packages)
    manifest, _ = store.read_manifest(NAMES[0])
    package = a_package(KeyFolder.open(places.keys), replace(make_package(), header=manifest.header))
    shutil.rmtree(places.packages / NAMES[0])
    store.write(package, other)
    told = audit("verify", "--json")
    assert told.code == 9
    assert ("package", f"packages/{NAMES[0]}/manifest.json", None) in told.faults


def test_a_package_that_our_key_signed_for_something_else_is_found(audit, places) -> None:
    """Whoever has the key can sign; the ledger still knows what was handed over."""
    keys, store = KeyFolder.open(places.keys), PackageStore(places.packages)
    manifest, _ = store.read_manifest(NAMES[0])
    package = Package(manifest.header, (make_row("somebody else"),), (), "Write to us.")
    shutil.rmtree(places.packages / NAMES[0])
    store.write(package, keys)
    told = audit("verify", "--json")
    assert told.faults == [("package", f"packages/{NAMES[0]}/manifest.json", None)]
    assert "not the manifest that the ledger knows" in told.json["faults"][0]["words"]


def test_a_package_in_the_place_of_another_is_found(audit, places) -> None:
    shutil.rmtree(places.packages / NAMES[0])
    shutil.copytree(places.packages / NAMES[1], places.packages / NAMES[0])
    told = audit("verify", "--json")
    assert told.code == 9
    assert f"the manifest of {NAMES[1]}" in told.json["faults"][0]["words"]


def test_a_package_that_is_gone_is_missed(audit, places) -> None:
    shutil.rmtree(places.packages / NAMES[0])
    told = audit("verify", "--json")
    assert told.faults == [("package", f"packages/{NAMES[0]}", None)]
    assert told.json["faults"][0]["seq"] == FIRST + len(HOSTILE)


def test_a_package_that_an_erasure_wrote_anew_is_as_it_should_be(audit, places) -> None:
    keys, store = KeyFolder.open(places.keys), PackageStore(places.packages)
    manifest, old = store.read_manifest(NAMES[0])
    package = a_package(keys, replace(make_package(), header=manifest.header))
    left = replace(package, rows=package.rows[1:])
    shutil.rmtree(places.packages / NAMES[0])
    store.write(left, keys)
    path = places.packages / NAMES[0] / "manifest.json"
    anew = manifest_bytes(replace(read_manifest(path.read_bytes()), supersedes=old))
    write_signed(keys, path, anew)
    interrupted = audit("verify", "--json")
    assert (interrupted.code, interrupted.faults) == (0, [])
    assert "repeat the erasure" in interrupted.json["remarks"][0]
    _, new = store.read_manifest(NAMES[0])
    with Ledger(places, keys).writing() as writer:
        writer.append([Erased("token", (), (f"{NAMES[0]} {old} {new}",), "asked for")], "ann", AT)
    assert (audit("verify", "--json").faults, audit("verify", "--json").json["remarks"]) == ([], [])
    with Ledger(places, keys).writing() as writer:
        writer.append([Erased("token", (), (f"{NAMES[0]} {new} {'0' * 64}",), "asked for")], "ann", AT)
    assert audit("verify", "--json").faults == [("package", f"packages/{NAMES[0]}/manifest.json", None)]


def write_signed(keys: KeyFolder, path: Path, manifest: bytes) -> None:
    path.write_bytes(manifest)
    path.with_name("manifest.sig").write_bytes(b64encode(keys.sign(manifest)) + b"\n")


def test_a_package_before_its_ledger_entry_is_no_fault(audit, places) -> None:
    keys = KeyFolder.open(places.keys)
    last = Ledger(places, keys).read()[-1]
    header = replace(make_header(package_id="PKG-" + "D" * 26, seq=last.seq), ledger_hash=last.hash)
    PackageStore(places.packages).write(replace(make_package(), header=header), keys)
    told = audit("verify", "--json")
    assert (told.code, told.faults) == (0, [])
    assert "never handed over" in told.json["remarks"][0]


def test_a_changed_plan_is_found_if_anybody_decided_about_it(audit, places) -> None:
    done, rejected = plans_of(places)
    store, plan = PlanFiles(places.plans), PlanFiles(places.plans).read_plan(done)
    other = replace(plan.rows[3], reasons="because we say so")
    store.write_plan(replace(plan, rows=(*plan.rows[:3], other, *plan.rows[4:])))
    told = audit("verify", "--json")
    assert (told.code, told.faults) == (9, [("plan", f"plans/{done}", None)])
    assert "a row of ring RING-A was changed" in told.json["faults"][0]["words"]
    store.write_plan(replace(plan, header=replace(plan.header, approval_count=0)))
    assert "its header" in audit("verify", "--json").json["faults"][0]["words"]
    store.write_plan(plan)
    shutil.rmtree(places.plans / rejected)
    told = audit("verify", "--json")
    assert told.faults == [("plan", f"plans/{rejected}", None)]
    assert "it is gone" in told.json["faults"][0]["words"]


def test_a_row_is_emptied_by_an_erasure_and_by_nothing_else(audit, places) -> None:
    done, _ = plans_of(places)
    store, plan = PlanFiles(places.plans), PlanFiles(places.plans).read_plan(done)
    store.write_plan(replace(plan, rows=(erase_row(plan.rows[0]), *plan.rows[1:])))
    told = audit("verify", "--json")
    assert told.faults == [("plan", f"plans/{done}", None)]
    assert "no erasure" in told.json["faults"][0]["words"]
    with Ledger(places, KeyFolder.open(places.keys)).writing() as writer:
        writer.append([Erased(plan.rows[0].subject, (done,), (), "asked for")], "ann", AT)
    assert audit("verify", "--json").faults == []


def test_a_ledger_put_back_with_its_head_is_found_by_packages_and_by_who_kept_a_head(
    audit, places, tmp_path
) -> None:
    kept = audit("verify", "--json").json["head"]
    lines, keys = lines_of(places), KeyFolder.open(places.keys)
    early = make_places(tmp_path / "early")
    shutil.copytree(places.keys, early.keys)
    begin_early(early, lines[:FIRST], keys)
    for name in ("ledger.jsonl", "ledger.head", "ledger.intent"):
        shutil.copy(early.folder / name, places.folder / name)
    told = audit("verify", "--json")
    assert told.faults == [("cut", "ledger.jsonl", FIRST + 1)]
    assert f"package {NAMES[1]} knows entry {FIRST + len(HOSTILE)}" in told.json["faults"][0]["words"]
    for name in NAMES:
        shutil.rmtree(places.packages / name)
    assert audit("verify", "--json").faults == []
    told = audit("verify", "--json", "--head", kept["hash"])
    assert (told.code, told.faults) == (9, [("rewritten", "ledger.jsonl", None)])
    told = audit("verify", "--json", "--head", f"{kept['seq']}:{kept['hash']}")
    assert (told.code, told.faults) == (9, [("cut", "ledger.jsonl", FIRST + 1)])


def begin_early(early: EnforcementPlaces, lines: list[bytes], keys: KeyFolder) -> None:
    """The same ledger as it was after these lines, as somebody's copy of that day has it."""
    with Ledger(early, keys).beginning() as writer:
        for line in lines:
            entry = entry_of(line)
            writer.append([entry.body], entry.by, entry.at)
    assert early.ledger.read_bytes() == b"".join(lines)


def test_a_ledger_that_is_gone_is_missed_by_its_packages(audit, places) -> None:
    for path in (places.ledger, places.head, places.intent):
        path.unlink()
    told = audit("verify", "--json")
    assert told.code == 9
    assert told.faults[0] == ("cut", "ledger.jsonl", 1)
    places.ledger.touch()
    shutil.rmtree(places.packages)
    assert audit("verify").code == 4


def test_a_ledger_of_somebody_elses_key_is_found(audit, places, tmp_path) -> None:
    other = make_places(tmp_path / "other")
    begin_ledger(other)
    for name in ("ledger.jsonl", "ledger.head", "ledger.intent"):
        shutil.copy(other.folder / name, places.folder / name)
    kinds = [kind for kind, _, _ in audit("verify", "--json").faults]
    assert kinds[:2] == ["key", "head"]
    places.head.unlink()
    assert [kind for kind, _, _ in audit("verify", "--json").faults][:2] == ["key", "head"]


def test_a_forged_entry_after_the_head_is_found_and_an_interrupted_write_is_none(audit, places) -> None:
    sound = places.ledger.read_bytes()
    (forged,) = seal([Stopped("forged")], "ann", AT, entry_of(lines_of(places)[-1]))
    places.ledger.write_bytes(sound + link_line(forged))
    assert audit("verify", "--json").faults == [("appended", "ledger.jsonl", len(sound.splitlines()) + 1)]
    head = places.head.read_bytes()
    places.ledger.write_bytes(sound)
    with Ledger(places, KeyFolder.open(places.keys)).writing() as writer:
        writer.append([Stopped("1"), Stopped("2")], "ann", AT)
    places.ledger.write_bytes(places.ledger.read_bytes()[:-9])
    places.head.write_bytes(head)
    told = audit("verify", "--json")
    assert (told.code, told.faults) == (0, [])
    assert "a write was interrupted" in told.json["remarks"][0]
    assert "warning: a write was interrupted" in told.err


def test_the_tail_shows_the_last_of_what_was_asked_for(audit, places) -> None:
    rows = [line.split("\t") for line in audit("tail", "-n", "3").out.splitlines()]
    assert rows[0] == ["seq", "at", "by", "kind", "what"]
    assert [row[3] for row in rows[1:]] == ["changed", "packaged", "stopped"]
    assert rows[-1][4] == 'why="a \\x1b[31mred word"'
    done, rejected = plans_of(places)
    told = audit("tail", "--json", "--kind", "viewed", "--kind", "rejected").json
    assert [(each["kind"], each["body"]["plan_id"]) for each in told["entries"]] == [
        ("viewed", done), ("rejected", rejected),
    ]  # fmt: skip
    about = audit("tail", "--json", "--plan", rejected[2:9].lower()).json["entries"]
    assert [each["kind"] for each in about] == ["planned", "rejected"]
    about = audit("tail", "--json", "-n", "0", "--plan", done).json
    assert about["entry_count"] == 2 + 2 * (len(HOSTILE) + 1)
    wrong = audit("tail", "--kind", "approve")
    assert (wrong.code, "approved" in wrong.err) == (2, True)


@pytest.mark.parametrize("account", [HOSTILE[1], HOSTILE[0], "nobody"])
def test_an_account_is_asked_for_by_its_id_and_told_of_by_its_token(account: str, audit, places) -> None:
    token = make_token(KeyFolder.open(places.keys).token_key(), "ledger", "account", account)
    told = audit("tail", "--json", "-n", "0", "--account", account)
    assert account not in told.out
    kinds = [each["kind"] for each in told.json["entries"]]
    assert kinds == {"nobody": [], HOSTILE[1]: ["viewed", "changed", "changed"]}.get(account, ["changed"] * 2)
    assert all(each["body"]["subject"] == token for each in told.json["entries"])


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_an_export_has_every_entry_and_no_account(ending: str, audit, places, tmp_path) -> None:
    out = tmp_path / f"ledger.{ending}"
    told = audit("export", "--out", str(out), "--json")
    assert (told.code, told.json["row_count"]) == (0, len(lines_of(places)))
    content = out.read_bytes()
    for account in HOSTILE[:3]:
        assert account.encode() not in content
    rows = read_rows(out)
    assert [row["hash"] for row in rows] == [entry_of(line).hash for line in lines_of(places)]
    assert json.loads(rows[-1]["body"]) == {"why": "a \x1b[31mred word"}
    by = rows[2]["by"]
    assert by == ("'=cmd|' /C calc'!A0" if ending == "csv" else "=cmd|' /C calc'!A0")


def read_rows(path: Path) -> list[dict[str, str]]:
    if path.suffix == ".parquet":
        return pq.read_table(path).to_pylist()
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file)) if path.suffix == ".csv" else [json.loads(line) for line in file]


def test_only_a_head_is_taken_for_one(audit) -> None:
    for wrong in ("", "12", "x" * 64, ":" + "0" * 64, "0" * 65):
        told = audit("verify", "--head", wrong)
        assert (told.code, told.out) == (2, "")
