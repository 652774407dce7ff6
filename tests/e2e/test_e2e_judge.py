"""The installed command: a ring that a parcel locker made falls apart when the locker is rejected, and comes
back, bit for bit, when that is withdrawn."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from judged import HOUR, NOON, account, thing
from markets import Market
from tables_on_disk import make_workspace

from graphrisk.flows.judge import JudgeOrder
from graphrisk.model.judgements import JUDGED_SIGNAL, Judgement, RingState, Ruling, Subject, Target
from graphrisk.stores.duckdb.judgements import JudgementStore
from graphrisk.stores.duckdb.schema import RESULT_TABLES
from graphrisk.workspace import Workspace
from graphrisk.workspace.run import Run

TOML = """
[tables.accounts]
files = ["accounts.csv"]
[tables.accounts.account]
id = "id"
created_at = "at"
[tables.seen]
files = ["seen.csv"]
[[tables.seen.link]]
kind = "device"
account = "id"
identifier = "device"
seen_at = "at"
[tables.shipped]
files = ["shipped.csv"]
[[tables.shipped.link]]
kind = "address"
account = "id"
identifier = "line"
seen_at = "at"
"""
LOCKER = "12 Harbour Road, San Pedro, 90731"
RENTERS = [f"renter{at}" for at in range(5)]  # share the locker alone
# What became of names since an earlier run is of the runs between, whatever is found now.
OF_EARLIER_RUNS = {"ring_event", "ring_move"}
CREW = [f"crew{at}" for at in range(4)]  # share a device, and two of them the locker
LONERS = [f"loner{at:02}" for at in range(40)]
HOSTILE = "=cmd|' /C calc'!A0'; DROP TABLE judgement;-- \x1b[2J\u202e"


def make_world(folder: Path) -> Workspace:
    accounts = [*RENTERS, *CREW, *LONERS]
    day = [f"2024-0{1 + at % 9}-1{at % 7}" for at in range(len(accounts))]
    at = dict(zip(accounts, day, strict=True))
    files = {
        "accounts.csv": "id,at\n" + "".join(f"{each},{at[each]}\n" for each in accounts),
        "seen.csv": "id,device,at\n"
        + "".join(f"{each},{'farm' if each in CREW else 'own-' + each},{at[each]}\n" for each in accounts),
        "shipped.csv": "id,line,at\n"
        + "".join(f'{each},"{LOCKER}",{at[each]}\n' for each in [*RENTERS, *CREW[:1]])
        + "".join(f'{each},"{n} Elm Street, Reno, 89501",{at[each]}\n' for n, each in enumerate(LONERS)),
    }
    shop = make_workspace(folder, TOML, files)
    shop.load()
    return shop


@pytest.fixture(scope="module")
def as_made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Loaded, and searched once."""
    folder = tmp_path_factory.mktemp("locker") / "shop"
    make_world(folder).detect(workers=1)
    return folder


@pytest.fixture
def shop(as_made: Path, tmp_path: Path) -> Workspace:
    return Workspace.open(shutil.copytree(as_made, tmp_path / "shop"))


def command(shop: Workspace, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(Path(sys.executable).with_name("graphrisk")), *arguments, "--workspace", str(shop.folder)],
        capture_output=True, text=True, encoding="utf-8", timeout=120, check=False,
        env={**os.environ, "LOGNAME": "eve"},
    )  # fmt: skip


def told(shop: Workspace, *arguments: str) -> dict:
    done = command(shop, *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def results(run: Run) -> dict[str, pa.Table]:
    return {name: run.arrow(name) for name, _ in RESULT_TABLES if name not in OF_EARLIER_RUNS}


def rings(run: Run) -> set[frozenset[str]]:
    members: dict[str, set[str]] = {}
    for row in run.arrow("ring_member").to_pylist():
        members.setdefault(row["ring_id"], set()).add(row["account_id"])
    return {frozenset(each) for each in members.values()}


REJECT_LOCKER = ("judge", "identifier", "reject", "address", LOCKER, "--why", "a parcel locker")


@pytest.mark.slow
def test_a_rejected_locker_frees_who_it_held_until_that_is_withdrawn(shop: Workspace) -> None:
    first = shop.latest()
    before = results(first)
    assert any(set(RENTERS) <= ring for ring in rings(first))

    # At once: everybody who hung on it, in the run of before
    judged = told(shop, *REJECT_LOCKER)
    assert judged["judgement"]["judged_by"] == "eve"
    assert judged["run_id"] == first.run_id
    held = {each["account_id"]: each["holds_it"] for each in judged["held"]}
    assert set(RENTERS) <= {name for name, holds in held.items() if holds}
    assert set(held) == {name for ring in rings(first) if set(RENTERS) & ring for name in ring}

    # The next run, and every later one, remember
    for _ in range(2):
        assert command(shop, "detect", "--workers", "1").returncode == 0
        second = shop.latest()
        assert second.run_id != first.run_id
        assert second.record.input_digest != first.record.input_digest
        assert all(not set(RENTERS) & ring for ring in rings(second))
        assert any(set(CREW) <= ring for ring in rings(second))
        assert "harbour" not in json.dumps(second.arrow("evidence").to_pylist()).lower()
        (stood,) = second.arrow("judgement_held").to_pylist()
        assert (stood["judged_by"], stood["reason"], stood["effect"]) == (
            "eve",
            "a parcel locker",
            "ties nobody",
        )
    asked = command(shop, "account", "renter0")
    assert "rejected by eve" in asked.stdout
    assert "a parcel locker; ties nobody" in asked.stdout
    links = told(shop, "account", "renter0")["identifiers"]
    assert any(each["kind"] == "address" for each in links)  # it stays in the data

    # As of before it was said, nobody knew; the run has the name and the content that it had
    old = shop.detect(as_of=first.record.as_of, workers=1)
    assert old.run_id == first.run_id
    assert results(old) == before

    name = judged["judgement"]["judgement_id"]
    assert command(shop, "judge", "withdraw", name[:10], "--why", "mistook the street").returncode == 0
    assert command(shop, "detect", "--workers", "1").returncode == 0
    third = shop.latest()
    assert third.record.as_of > first.record.as_of
    assert results(third) == before
    assert len(shop.judgements()) == 2  # nothing was deleted


def test_unsure_is_shown_and_moves_no_number(shop: Workspace) -> None:
    before = results(shop.latest())
    assert (
        command(shop, "judge", "identifier", "unsure", "address", LOCKER, "--why", "ask Kim").returncode == 0
    )
    run = shop.detect(workers=1)
    after = results(run)
    assert after.pop("judgement_held")["effect"].to_pylist() == ["a remark: changes no number"]
    before.pop("judgement_held")
    assert after == before
    ring = next(row["ring_id"] for row in before["ring_member"].to_pylist() if row["account_id"] == "renter0")
    assert "left open by eve" in command(shop, "rings", "explain", ring).stdout


def test_a_rejected_ring_falls_apart_and_nobody_is_called_good(shop: Workspace) -> None:
    (name,) = {
        row["ring_id"]
        for row in shop.latest().arrow("ring_member").to_pylist()
        if row["account_id"] in RENTERS
    }
    judged = told(shop, "judge", "ring", "reject", name[:9], "--why", "they rent lockers")
    assert {each["account_id"] for each in judged["held"]} >= set(RENTERS)
    run = shop.detect(workers=1)
    assert all(len(set(RENTERS) & ring) <= 1 for ring in rings(run))
    assert run.arrow("judged_label").num_rows == 0
    assert "keeps its members apart" in command(shop, "account", "renter1").stdout


def test_a_confirmed_ring_labels_its_core(shop: Workspace) -> None:
    (name,) = {
        row["ring_id"]
        for row in shop.latest().arrow("ring_member").to_pylist()
        if row["account_id"] == "crew3"
    }
    core = {
        row["account_id"]
        for row in shop.latest().arrow("ring_member").to_pylist()
        if row["ring_id"] == name and row["role"] == "core"
    }
    assert command(shop, "judge", "ring", "confirm", name, "--why", "all ship to one flat").returncode == 0
    run = shop.detect(workers=1)
    labels = run.arrow("judged_label").to_pylist()
    assert {(row["account_id"], row["verdict"]) for row in labels} == {(each, "bad") for each in core}
    assert dict(run.record.counts)["labelled_bad"] == len(core)
    shown = told(shop, "account", sorted(core)[0])
    assert [each["reason"] for each in shown["labels"]] == [f"{name} confirmed by eve: all ship to one flat"]


def test_a_judged_accounts_own_risk_does_not_hear_of_its_own_verdict(shop: Workspace) -> None:
    risks = []
    for ruling in (Ruling.CONFIRM, Ruling.REJECT):
        judgement = shop.judge(JudgeOrder(account("crew0"), ruling, "eve", "looked at")).judgement
        rows = shop.detect(workers=1).arrow("account_risk").to_pylist()
        risks.append({row["account_id"]: row["risk"] for row in rows})
        shop.judge(
            JudgeOrder(
                Target(Subject.JUDGEMENT, withdraws=judgement.judgement_id), Ruling.WITHDRAW, "eve", "-"
            )
        )
    assert risks[0]["crew0"] == risks[1]["crew0"]
    assert risks[0]["crew1"] > risks[1]["crew1"]


@pytest.mark.slow
def test_two_teams_merge_their_tables_and_are_told_where_they_disagree(
    shop: Workspace, as_made: Path, tmp_path: Path
) -> None:
    other = Workspace.open(shutil.copytree(as_made, tmp_path / "other"))
    assert command(shop, *REJECT_LOCKER, "--by", "eve").returncode == 0
    assert (
        command(
            other, "judge", "identifier", "confirm", "address", LOCKER, "--by", "kim", "--why", "theirs"
        ).returncode
        == 0
    )
    assert (
        command(other, "judge", "account", "confirm", "crew0", "--by", "kim", "--why", HOSTILE).returncode
        == 0
    )
    tables = {}
    for team, form in ((shop, "csv"), (other, "parquet")):
        tables[form] = tmp_path / f"judgements.{form}"
        assert command(team, "judge", "export", "--out", str(tables[form])).returncode == 0
    for team, form, added in (
        (shop, "parquet", 2),
        (other, "csv", 1),
        (shop, "parquet", 0),
        (other, "csv", 0),
    ):
        report = told(team, "judge", "import", str(tables[form]))
        assert (len(report["added"]), report["faults"]) == (added, [])
        assert {each["judged_by"] for each in report["contested"]} == {"eve", "kim"}
    assert shop.judgements() == other.judgements()
    assert results(shop.detect(workers=1)) == results(other.detect(workers=1))
    assert any(set(RENTERS) <= ring for ring in rings(shop.latest()))  # neither word counts


def test_a_second_withdrawal_is_refused_and_of_another_team_told(
    shop: Workspace, as_made: Path, tmp_path: Path
) -> None:
    other = Workspace.open(shutil.copytree(as_made, tmp_path / "other"))
    name = told(shop, *REJECT_LOCKER)["judgement"]["judgement_id"]
    ours, theirs = tmp_path / "ours.csv", tmp_path / "theirs.csv"
    assert command(shop, "judge", "export", "--out", str(ours)).returncode == 0
    assert command(other, "judge", "import", str(ours)).returncode == 0
    withdraw = ("judge", "withdraw", name, "--why", "mistook the street", "--by")
    assert command(shop, *withdraw, "eve").returncode == 0
    refused = command(shop, *withdraw, "eve")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "already withdrawn by eve on 20" in refused.stderr
    assert len(shop.judgements()) == 2

    assert command(other, *withdraw, "kim").returncode == 0
    assert command(other, "judge", "export", "--out", str(theirs)).returncode == 0
    done = command(shop, "judge", "import", str(theirs))
    assert done.returncode == 0
    assert f"by kim changes nothing: {name} was already withdrawn by eve on 20" in done.stderr
    assert "changes nothing" not in command(shop, "judge", "import", str(theirs)).stderr
    report = told(other, "judge", "import", str(ours))
    assert report["needless_withdrawals"] == []


@pytest.mark.slow
def test_bad_rows_are_told_and_good_rows_beside_them_count(shop: Workspace, tmp_path: Path) -> None:
    table = tmp_path / "theirs.csv"
    rows = [
        ["subject", "verdict", "account_id", "judged_by", "judged_at", "reason", "expires_at"],
        ["account", "confirm", "crew0", "kim", "2024-10-01", "seen", ""],
        ["account", "maybe", "crew1", "kim", "2024-10-01", "seen", ""],
        ["account", "confirm", "crew2", "kim", "\x1b[2Jsoon", "seen", ""],
        ["account", "confirm", "crew3", HOSTILE, "2024-10-01", HOSTILE, "2099-01-01"],
    ]
    with table.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    done = command(shop, "judge", "import", str(table))
    assert done.returncode == 3
    assert f"{table}:3: column verdict: unknown word (saw 'maybe') -> one of confirm" in done.stderr
    assert f"{table}:4: column judged_at: not a time (saw '\\x1b[2Jsoon') -> write it as" in done.stderr
    assert "added\t2" in done.stdout
    assert {each.target.account_id for each in shop.judgements()} == {"crew0", "crew3"}
    shown = command(shop, "judge", "list")
    assert "\x1b" not in done.stderr + done.stdout + shown.stdout
    assert "\u202e" not in shown.stdout
    out = tmp_path / "out.csv"
    assert command(shop, "judge", "export", "--out", str(out)).returncode == 0
    cells = [cell for row in csv.reader(out.read_text(encoding="utf-8").splitlines()) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@", "-"))]


@pytest.mark.parametrize(
    ("arguments", "code", "what"),
    [
        (("account", "confirm", "crow0", "--why", "x"), 4, "did you mean crew0"),
        (
            ("identifier", "reject", "address", "12 Harbour Raod, San Pedro, 90731", "--why", "x"),
            4,
            "did you mean",
        ),
        (("identifier", "reject", "adress", LOCKER, "--why", "x"), 2, "unknown kind"),
        (("link", "reject", "loner00", "device", "farm", "--why", "x"), 4, "never used this device"),
        (("account", "confirm", "crew0", "--why", ""), 2, "by whom and why"),
        (("account", "confirm", "crew0", "--why", "x", "--until", "2020-01-01"), 2, "expires after"),
        (("account", "confirm", "crew0", "--why", "x", "--at", "2999-01-01"), 2, "in the future"),
        (("account", "confirm", "crew0", "--why", "x", "--at", "soon"), 2, "not a time"),
        (("account", "perhaps", "crew0", "--why", "x"), 2, "perhaps"),
        (("account", "confirm", "crew0"), 2, "--why"),
        (("withdraw", "J-NOPE", "--why", "x"), 4, "no such judgement"),
        (("import", "nowhere.csv"), 4, "no such file"),
    ],
)
def test_a_judgement_that_makes_no_sense_is_a_sentence_and_a_code(
    shop: Workspace, arguments: tuple[str, ...], code: int, what: str
) -> None:
    done = command(shop, "judge", *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert what in done.stderr
    assert "Traceback" not in done.stderr
    assert shop.judgements() == ()


def test_thirty_judged_rings_move_the_score_of_others_as_far_as_was_known(shop: Workspace) -> None:
    """Of rings that scored like this one none was confirmed."""
    first = shop.latest()
    (base,) = {row["score"] for row in first.arrow("ring").to_pylist() if row["size"] >= 5}
    state = RingState(first.run_id, first.record.as_of, "company", 0.0, ("x",), ())
    judged = []
    for at in range(30):
        is_ring = at % 4 == 0
        ring = replace(state, core=(f"x{at}",), odds=at % 3 + (0.0 if is_ring else -2.0))
        ruling = Ruling.CONFIRM if is_ring else Ruling.REJECT
        target = Target(Subject.RING, ring_id=f"RING-{at}")
        judged.append(Judgement(target, ruling, "eve", NOON + at * HOUR, "looked at", None, ring))
    with shop.writing() as connection:
        JudgementStore(connection).add_judgements(judged)
    scores = {}
    for hours in (28, 29):  # one judgement short, and all of them
        run = shop.detect(as_of=NOON + hours * HOUR, workers=1)
        signals = run.arrow("ring_signal").to_pylist()
        assert any(row["signal"] == JUDGED_SIGNAL for row in signals) == (hours == 29)
        (scores[hours],) = {row["score"] for row in run.arrow("ring").to_pylist() if row["size"] >= 5}
    assert scores[28] == base
    assert scores[29] < base
    words = {row["words"] for row in signals if row["signal"] == JUDGED_SIGNAL}
    assert words == {"8 of 30 judged rings were confirmed"}


@pytest.mark.slow
def test_where_the_prior_judges_a_door_frees_its_ring_and_is_given_back(
    market: Market, tmp_path: Path
) -> None:
    shop = Workspace.open(shutil.copytree(market.folder, tmp_path / "market"))
    first = shop.detect(workers=1)
    assert json.loads(first.record.parameters)["judged_by"] == "prior"
    evidence = first.arrow("evidence").to_pylist()
    door = max((row for row in evidence if row["kind"] == "address_door"), key=lambda row: row["bits"])
    report = shop.judge(
        JudgeOrder(thing("address_door", door["identifier"]), Ruling.REJECT, "eve", "a parcel locker")
    )
    assert door["ring_id"] in {each.ring_id for each in report.held}
    second = shop.detect(workers=1)
    left = second.arrow("evidence").to_pylist()
    assert (door["kind"], door["identifier"]) not in {(row["kind"], row["identifier"]) for row in left}
    assert results(second) != results(first)
    shop.judge(
        JudgeOrder(
            Target(Subject.JUDGEMENT, withdraws=report.judgement.judgement_id),
            Ruling.WITHDRAW,
            "eve",
            "a flat",
        )
    )
    assert results(shop.detect(workers=1)) == results(first)


@pytest.mark.slow
def test_where_the_prior_judges_no_two_members_of_a_rejected_ring_tie_each_other(
    market: Market, tmp_path: Path
) -> None:
    shop = Workspace.open(shutil.copytree(market.folder, tmp_path / "market"))
    first = shop.detect(workers=1)
    ring = max(first.arrow("ring").to_pylist(), key=lambda row: row["size"])["ring_id"]
    report = shop.judge(
        JudgeOrder(Target(Subject.RING, ring_id=ring), Ruling.REJECT, "eve", "a student house")
    )
    members = {each.account_id for each in report.held}
    second = shop.detect(workers=1)
    hops = [{row["account_id"], row["via_account_id"]} for row in second.arrow("evidence").to_pylist()]
    assert [hop for hop in hops if hop <= members] == []
    assert any(
        hop <= members
        for hop in ({row["account_id"], row["via_account_id"]} for row in first.arrow("evidence").to_pylist())
    )
    # Nobody is acquitted: what each of them does is judged as before
    risk = {
        run.run_id: dict(
            zip(
                *(run.arrow("account_risk")[name].to_pylist() for name in ("account_id", "risk")), strict=True
            )
        )
        for run in (first, second)
    }
    assert risk[first.run_id] == risk[second.run_id]
