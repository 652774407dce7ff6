"""`graphrisk enforce revert`, `appeal import`, `rates`, `expire`, as a person types them: in a simulated shop
whose plan was approved by two and applied whole."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from graphrisk.cli.app import main

Told = Callable[..., tuple[int, str, str]]
WHY = ("--why", "the desk said so", "--by", "eve")


def make_recent(tables: Path) -> None:
    """All times of the tables are moved so that the last is an hour ago."""
    found = {path: pq.read_table(path) for path in sorted(tables.glob("*.parquet"))}
    times = [(path, name) for path, table in found.items() for name in time_columns(table)]
    latest = max(pc.max(found[path][name]).as_py() for path, name in times)
    now = datetime.now(latest.tzinfo) if latest.tzinfo else datetime.now(UTC).replace(tzinfo=None)
    for path, table in found.items():
        moved = table
        for name in time_columns(table):
            column = pc.add(table[name], pa.scalar(now - timedelta(hours=1) - latest))
            place = table.schema.get_field_index(name)
            moved = moved.set_column(place, name, column.cast(table.schema.field(name).type))
        pq.write_table(moved, path)


def time_columns(table: pa.Table) -> list[str]:
    return [field.name for field in table.schema if pa.types.is_timestamp(field.type)]


@pytest.fixture(scope="module")
def applied_as_made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `shop` and `keys`, to be read only. Its policy sends no canary ahead."""
    folder = tmp_path_factory.mktemp("applied")
    shop, before = folder / "shop", os.environ.get("GRAPHRISK_KEYS")
    os.environ["GRAPHRISK_KEYS"] = str(folder / "keys")
    try:
        asked = ["--accounts", "3000", "--hardness", "0.3", "--seed", "5", "--fraud-share", "0.1"]
        assert main(["simulate", str(folder / "tables"), *asked]) == 0
        make_recent(folder / "tables")
        assert main(["init", str(folder / "tables"), "-w", str(shop)]) == 0
        for words in (["load"], ["detect"], ["enforce", "init", "--by", "ann"]):
            assert main([*words, "-w", str(shop)]) == 0
        policy = shop / "policy.toml"
        text = re.sub(r"(?m)^canary_from = .*$", "canary_from = 100000", policy.read_text(encoding="utf-8"))
        policy.write_text(text, encoding="utf-8")
        assert main(["enforce", "plan", "--by", "ann", "-w", str(shop)]) == 0
        plan = plan_of(shop)
        rings = json.loads((shop / "enforce" / "plans" / plan / "plan.json").read_bytes())["header"][
            "acting_rings"
        ]
        for name in ("eve", "bob"):
            for ring in rings[:3]:
                shown = ["enforce", "show", plan, "--ring", ring, "--limit", "1", "--by", name]
                assert main([*shown, "-w", str(shop)]) == 0
            said = ["enforce", "approve", plan, "--by", name, "--note", "three rings looked at"]
            assert main([*said, "-w", str(shop)]) == 0
        assert main(["enforce", "apply", plan, "--by", "ann", "-w", str(shop)]) == 0
    finally:
        os.environ.pop("GRAPHRISK_KEYS")
        if before is not None:
            os.environ["GRAPHRISK_KEYS"] = before
    return folder


@pytest.fixture
def folder(applied_as_made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = shutil.copytree(applied_as_made, tmp_path / "applied")
    monkeypatch.setenv("GRAPHRISK_KEYS", str(made / "keys"))
    return made


@pytest.fixture
def enforce(folder: Path, capsys: pytest.CaptureFixture[str]) -> Told:
    """Runs `graphrisk enforce ...`; returns exit code, stdout, stderr."""

    def run(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main(["enforce", *words, "-w", str(folder / "shop")])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def plan_of(shop: Path) -> str:
    (plan,) = (shop / "enforce" / "plans").iterdir()
    return plan.name


def entries(folder: Path) -> list[dict]:  # type: ignore[type-arg]  # JSON
    lines = (folder / "shop" / "enforce" / "ledger.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def rows_of(enforce: Told, *words: str) -> list[dict]:  # type: ignore[type-arg]  # JSON
    code, out, err = enforce(*words, "--json")
    assert code == 0, err
    told: list[dict] = json.loads(out)["rows"]  # type: ignore[type-arg]
    return told


def all_rows(enforce: Told, folder: Path) -> list[dict]:  # type: ignore[type-arg]  # JSON
    """What a revert of the whole plan would take back."""
    return rows_of(enforce, "revert", "--plan", plan_of(folder / "shop"), "--dry-run", *WHY)


def is_sound(folder: Path, package: Path) -> bool:
    key = folder / "keys" / "signing.pub"
    return main(["enforce", "verify", str(package), "--key", str(key)]) == 0


def write_appeals(path: Path, cases: Sequence[tuple[str, str, str]], reviewer: str = "carl") -> Path:
    """cases: name, account, status. Received now, decided now."""
    now = datetime.now(UTC).isoformat()
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["case_id", "account_id", "status", "received_at", "resolved_at", "reason", "reviewer"])
        for case, account, status in cases:
            decided = "" if status == "received" else now
            rows.writerow([case, account, status, now, decided, "shared_device", reviewer])
    return path


def test_a_plan_is_taken_back_in_one_command_and_a_second_one_does_nothing(
    enforce: Told, folder: Path
) -> None:
    plan = plan_of(folder / "shop")
    planned = [each for each in entries(folder) if each["kind"] == "changed"]
    code, out, err = enforce("revert", "--plan", plan[:6], *WHY, "--json")
    assert code == 0, err
    told = json.loads(out)
    assert {(row["operation"], row["state_after"]) for row in told["rows"]} == {("lift", None)}
    assert sorted(row["action_id"] for row in told["rows"]) == sorted(
        each["body"]["action_id"] for each in planned
    )
    (package,) = told["packages"]
    assert is_sound(folder, Path(package["folder"]))
    before = entries(folder)
    code, out, err = enforce("revert", "--plan", plan, *WHY)
    assert (code, out, err) == (0, "", "nothing of it is left to take back\n")
    assert entries(folder) == before


def test_a_plan_that_was_taken_back_cannot_be_applied_any_more(enforce: Told, folder: Path) -> None:
    plan = plan_of(folder / "shop")
    assert enforce("revert", "--plan", plan, *WHY)[0] == 0
    code, _, err = enforce("approve", plan, "--by", "dora", "--note", "again")
    assert (code, "taken back" in err) == (8, True)


def test_an_account_is_taken_back_alone_and_while_the_kill_switch_is_on(enforce: Told, folder: Path) -> None:
    everybody = all_rows(enforce, folder)
    account = everybody[0]["account_id"]
    assert enforce("stop", "--why", "appeals pile up", "--by", "eve")[0] == 0
    assert [row["account_id"] for row in rows_of(enforce, "revert", "--account", account, *WHY)] == [account]
    left = all_rows(enforce, folder)
    assert sorted(row["action_id"] for row in left) == sorted(
        row["action_id"] for row in everybody if row["account_id"] != account
    )


def test_a_ring_is_taken_back_and_other_rings_stay(enforce: Told, folder: Path) -> None:
    everybody = all_rows(enforce, folder)
    ring = everybody[0]["ring_id"]
    done = rows_of(enforce, "revert", "--ring", ring.removeprefix("RING-").lower(), *WHY)
    assert {row["action_id"] for row in done} == {
        row["action_id"] for row in everybody if row["ring_id"] == ring
    }
    assert {row["ring_id"] for row in all_rows(enforce, folder)} == {r["ring_id"] for r in everybody} - {ring}


def test_neither_ledger_nor_error_names_an_account(enforce: Told, folder: Path) -> None:
    account = all_rows(enforce, folder)[0]["account_id"]
    code, _, err = enforce("revert", "--account", account, "--why", f"{account} rang", "--by", "eve")
    assert (code, account in err) == (2, False)
    code, _, err = enforce("revert", "--account", f"{account}x", *WHY)
    assert (code, account in err) == (4, False)
    assert enforce("revert", "--account", account, *WHY)[0] == 0
    ledger = (folder / "shop" / "enforce" / "ledger.jsonl").read_text(encoding="utf-8")
    assert account not in ledger


def test_a_revert_does_not_wait_for_another_process_that_writes_the_tables(
    enforce: Told, folder: Path
) -> None:
    account = all_rows(enforce, folder)[0]["account_id"]
    program = (
        "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    )
    database = str(folder / "shop" / "graphrisk.duckdb")
    with subprocess.Popen(
        [sys.executable, "-c", program, database], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdin is not None
        assert other.stdout.readline() == "open\n"
        looks = enforce("revert", "--account", account, "--why", "ann@example.com rang", "--by", "eve")
        done = enforce("revert", "--account", account, *WHY, "--json")
        other.stdin.close()
    assert (looks[0], "what looks like an email" in looks[2]) == (2, True)
    assert [row["account_id"] for row in json.loads(done[1])["rows"]] == [account]
    assert "the workspace is busy" in done[2]


def test_nothing_is_over_yet_and_an_expiry_says_so(enforce: Told, folder: Path) -> None:
    before = entries(folder)
    assert enforce("expire", "--by", "eve") == (0, "", "no time is over that was not told\n")
    assert entries(folder) == before


def test_an_appeal_that_was_right_frees_the_account_and_takes_it_out_of_later_rings_and_plans(
    enforce: Told, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = all_rows(enforce, folder)
    _, out, _ = enforce("show", plan_of(folder / "shop"), "--limit", "0", "--by", "eve", "--json")
    unlabelled = [
        row for row in json.loads(out)["rows"]
        if row["bucket"] == "new" and all(each["kind"] != "label" for each in row["evidence"])
    ]  # fmt: skip
    chosen = max(unlabelled, key=lambda row: row["risk"])
    innocent = chosen["account_id"]
    guilty = [row["account_id"] for row in rows if row["account_id"] != innocent]
    file = write_appeals(
        folder / "appeals.csv",
        [("C-1", innocent, "received"), ("C-1", innocent, "overturned"), ("C-2", guilty[0], "upheld"),
         ("C-3", guilty[1], "received")],
    )  # fmt: skip
    code, out, err = enforce("appeal", "import", str(file), "--by", "eve", "--rescore", "--json")
    assert code == 0, err
    told = json.loads(out)
    (case,) = told["overturned"]
    assert (case["account_id"], case["tier"], case["label"]) == (innocent, None, "added")
    assert [row["operation"] for row in case["rows"]] == ["lift"]
    assert told["rings_to_score_again"] == [chosen["ring_id"]]
    # The run that followed has heard that the account is good
    assert main(["account", innocent, "-w", str(folder / "shop"), "--json"]) == 0
    known = json.loads(capsys.readouterr().out)
    assert (known["run_id"], "itself cleared" in known["reason"]) == (told["run_id"], True)
    assert main(["judge", "list", "-w", str(folder / "shop"), "--json"]) == 0
    (judgement,) = json.loads(capsys.readouterr().out)["judgements"]
    assert (judgement["account_id"], judgement["effect"]) == (innocent, "a label: good")
    assert known["ring_id"] is None
    # and a plan that is made of it has nothing to do with the account
    code, out, err = enforce("plan", "--by", "ann", "--json")
    assert code == 0, err
    assert enforce("show", json.loads(out)["plan_id"], "--account", innocent, "--by", "eve")[0] == 4
    # The others are where they were
    assert {row["account_id"] for row in all_rows_of(enforce, plan_id=rows[0]["plan_id"])} == {
        row["account_id"] for row in rows
    } - {innocent}


def all_rows_of(enforce: Told, *, plan_id: str) -> list[dict]:  # type: ignore[type-arg]  # JSON
    return rows_of(enforce, "revert", "--plan", plan_id, "--dry-run", *WHY)


def test_siblings_are_freed_by_a_proposal_once_a_person_carries_it_out(enforce: Told, folder: Path) -> None:
    rows = all_rows(enforce, folder)
    proposals: list[Path] = []
    for number, row in enumerate(rows):  # until one was held by what others were held by
        file = write_appeals(folder / f"{number}.csv", [(f"C-{number}", row["account_id"], "overturned")])
        code, out, err = enforce("appeal", "import", str(file), "--by", "eve", "--json")
        assert code == 0, err
        (case,) = json.loads(out)["overturned"]
        held = [sibling for sibling in case["siblings"] if sibling["action_ids"]]
        if case["proposal"] is not None:
            proposals.append(Path(case["proposal"]))
            break
    (proposal,) = proposals
    text = proposal.read_text(encoding="utf-8")
    assert not any(sibling["account_id"] in text for sibling in held)
    before = {row["account_id"] for row in all_rows(enforce, folder)}
    done = rows_of(enforce, "revert", "--proposal", str(proposal), *WHY)
    assert {row["account_id"] for row in done} == {sibling["account_id"] for sibling in held}
    assert {row["account_id"] for row in all_rows(enforce, folder)} == before - {
        row["account_id"] for row in done
    }
    assert rows_of(enforce, "revert", "--proposal", str(proposal), *WHY) == []


def test_a_proposal_that_is_none_is_refused(enforce: Told, folder: Path) -> None:
    spoilt = folder / "REV-X.json"
    spoilt.write_text('{"proposal_id": "REV-X"}', encoding="utf-8")
    assert enforce("revert", "--proposal", str(spoilt), *WHY)[0] == 3
    assert enforce("revert", "--proposal", str(folder / "nowhere.json"), *WHY)[0] == 4


def test_the_same_file_twice_changes_nothing_and_bad_rows_are_told_with_their_place(
    enforce: Told, folder: Path
) -> None:
    rows = all_rows(enforce, folder)
    file = write_appeals(
        folder / "appeals.csv",
        [("C-1", rows[0]["account_id"], "overturned"), ("C-2", "nobody", "received"),
         ("C-3", rows[1]["account_id"], "lost")],
    )  # fmt: skip
    code, _, err = enforce("appeal", "import", str(file), "--by", "eve")
    assert code == 3
    assert f"{file}:3: column account_id: nothing was done to this account" in err
    assert f"{file}:4: column status: unknown word (saw 'lost') -> one of received, upheld, overturned" in err
    before = entries(folder)
    code, out, _ = enforce("appeal", "import", str(file), "--by", "eve")
    assert (code, "entered\t0" in out, entries(folder)) == (3, True, before)
    assert main(["audit", "verify", "-w", str(folder / "shop")]) == 0


def test_a_table_with_a_slip_in_a_column_is_refused_whole(enforce: Told, folder: Path) -> None:
    file = folder / "appeals.csv"
    file.write_text("case_id,account_id,status,recieved_at,reason\n", encoding="utf-8")
    code, _, err = enforce("appeal", "import", str(file), "--by", "eve")
    assert (code, "did you mean received_at?" in err) == (3, True)


def test_rates_stand_beside_what_they_are_of(enforce: Told, folder: Path) -> None:
    rows = all_rows(enforce, folder)
    cases = [(f"C-{n}", row["account_id"], s) for n, (row, s) in enumerate(
        zip(rows, ("overturned", "upheld", "received"), strict=False)
    )]  # fmt: skip
    assert enforce("appeal", "import", str(write_appeals(folder / "a.csv", cases)), "--by", "eve")[0] == 0
    code, out, _ = enforce("rates", "--json")
    everything = json.loads(out)["rates"][0]
    assert code == 0
    assert (everything["action_count"], everything["case_count"], everything["open_count"]) == (
        len(rows),
        3,
        1,
    )
    assert (everything["appealed"]["part_count"], everything["appealed"]["of_count"]) == (3, len(rows))
    assert everything["overturned"]["of_count"] == 2
    assert everything["overturned"]["low"] < everything["overturned"]["value"] == 0.5
    code, out, _ = enforce("rates", "--by", "reason")
    assert out.splitlines()[2].startswith("shared_device\t\t\t\t3\t1\t2\t1\t50.0% (1.3% to 98.7%)\t")


@pytest.mark.slow
def test_a_revert_that_is_killed_is_finished_by_the_next_and_nothing_is_doubled(
    enforce: Told, folder: Path
) -> None:
    rows = all_rows(enforce, folder)
    shop = str(folder / "shop")
    command = [sys.executable, "-m", "graphrisk", "enforce", "revert", "--plan", plan_of(folder / "shop")]
    began = time.perf_counter()
    subprocess.run([*command, "--dry-run", *WHY, "-w", shop], check=True, capture_output=True)
    takes = time.perf_counter() - began
    for part in range(12):
        started = subprocess.Popen(
            [*command, *WHY, "-w", shop], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(takes * (0.5 + part / 20))
        started.send_signal(signal.SIGKILL)
        started.wait()
    subprocess.run([*command, *WHY, "-w", shop], check=True, capture_output=True)
    assert all_rows(enforce, folder) == []
    lifted = [each["body"]["action_id"] for each in entries(folder)
              if each["kind"] == "changed" and each["body"]["operation"] == "lift"]  # fmt: skip
    assert sorted(lifted) == sorted(row["action_id"] for row in rows)
    assert main(["audit", "verify", "-w", shop]) == 0
    names = {path.name for path in (folder / "shop" / "enforce" / "packages").iterdir()}
    assert names == {each["body"]["package_id"] for each in entries(folder) if each["kind"] == "packaged"}


def test_a_plan_is_taken_back_for_an_erased_account_too_and_nobody_is_told_its_name(
    enforce: Told, folder: Path
) -> None:
    rows = all_rows(enforce, folder)
    account = rows[0]["account_id"]
    assert enforce("erase", "--account", account, "--why", "asked for", "--by", "eve")[0] == 0
    code, out, err = enforce("revert", "--plan", plan_of(folder / "shop"), *WHY, "--json")
    assert (code, account in out + err) == (0, False)
    told = json.loads(out)
    assert [row["account_id"] for row in told["rows"] if row["subject"] == rows[0]["subject"]] == [None]
    assert len(told["rows"]) == len(rows)
    assert is_sound(folder, Path(told["packages"][0]["folder"]))
    assert main(["audit", "verify", "-w", str(folder / "shop")]) == 0
