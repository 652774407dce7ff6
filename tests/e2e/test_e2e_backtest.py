"""`graphrisk evaluate backtest`: what a run of a past date may know, and the installed command at work."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
from detect_fakes import CountingMeter

from graphrisk.cli.app import main
from graphrisk.errors import InputError
from graphrisk.evaluate.backtest.params import BacktestParams
from graphrisk.evaluate.backtest.report import Backtest
from graphrisk.evaluate.backtest.standings import DatedRun
from graphrisk.evaluate.intervals import Resampling
from graphrisk.flows.backtest import BacktestOrder, detect_at
from graphrisk.flows.detect import DetectParams, DetectSetting
from graphrisk.flows.judge import JudgeOrder
from graphrisk.model.judgements import Ruling, Subject, Target
from graphrisk.model.kinds import BUILT_IN_KINDS
from graphrisk.stores.duckdb.known import KnownReader
from graphrisk.workspace import Workspace
from graphrisk.workspace.init import propose_config

WORKED = Path(__file__).parents[2] / "fixtures" / "worked"
MARCH = datetime(2024, 3, 25)  # noqa: DTZ001 - naive UTC; before bob was reported, after gus was cleared
MAY = datetime(2024, 5, 1)  # noqa: DTZ001
Rows = dict[str, tuple[str, ...]]

# Each of them, known by then, would have made another run (see below)
LATE_LABEL: Rows = {"labels": ("ann,fraud,2024-03-26T10:00:00Z",)}
LATE_LINK: Rows = {
    "sessions": ("jon,phone-farm,,2024-03-26T10:00:00Z", "kim,phone-farm,,2024-03-26T10:00:00Z")
}
LATE_PAYMENT: Rows = {
    "payments": ("p-9,ann,hal,card-1,,phone-farm,,99.00,GBP,chargeback,electronics,2024-03-26T10:00:00Z",)
}


def worked_shop(folder: Path, more: Rows | None = None) -> Workspace:
    """The world on paper, with rows beside it, and a last label that lets dates mature."""
    tables = folder / "tables"
    tables.mkdir(parents=True)
    for path in WORKED.glob("*.csv"):
        shutil.copy(path, tables)
    for name, rows in {"labels": ("lee,legit,2024-06-30T10:00:00Z",)}.items():
        append(tables / f"{name}.csv", rows)
    for name, rows in (more or {}).items():
        append(tables / f"{name}.csv", rows)
    propose_config(tables, folder)
    shop = Workspace.open(folder)
    shop.load()
    return shop


def append(path: Path, rows: tuple[str, ...]) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.writelines(row + "\n" for row in rows)


def run_as_of(shop: Workspace, as_of: datetime, dispute_days: int = 0) -> DatedRun:
    setting = DetectSetting(CountingMeter(), as_of)
    with shop.reading() as connection:
        return detect_at(KnownReader(connection), BUILT_IN_KINDS, DetectParams(), setting, dispute_days)


def score(shop: Workspace, *, dispute_days: int = 0, horizon_days: int = 30) -> Backtest:
    params = BacktestParams(Resampling(20, 0), horizon_days=horizon_days, ks=(2,), hours=(1,))
    return shop.backtest(BacktestOrder(params, (MARCH,), dispute_days=dispute_days), workers=1)


def is_same(one: DatedRun, other: DatedRun) -> bool:
    """To the bit; the run's name carries the digest of all that it read."""
    return (
        (one.run_id, one.as_of) == (other.run_id, other.as_of)
        and all(getattr(one, name).equals(getattr(other, name)) for name in ("rings", "members", "risks"))
        and all(
            np.array_equal(getattr(one, name), getattr(other, name))
            for name in ("shared_count", "holder", "thing")
        )
    )


@pytest.mark.parametrize("late", [LATE_LABEL, LATE_LINK, LATE_PAYMENT], ids=["label", "link", "payment"])
def test_what_came_after_the_date_changes_no_bit_of_its_run(late: Rows, tmp_path: Path) -> None:
    plain, planted = worked_shop(tmp_path / "plain"), worked_shop(tmp_path / "planted", late)
    assert is_same(run_as_of(plain, MARCH), run_as_of(planted, MARCH))
    # The proof that the plant is not idle: known, it changes the run
    assert not is_same(run_as_of(plain, MAY), run_as_of(planted, MAY))


@pytest.mark.parametrize("late", [LATE_LABEL, LATE_LINK], ids=["label", "link"])
def test_the_plants_would_change_what_is_found_and_not_only_what_is_read(late: Rows, tmp_path: Path) -> None:
    plain, planted = worked_shop(tmp_path / "plain"), worked_shop(tmp_path / "planted", late)
    before, after = run_as_of(plain, MAY), run_as_of(planted, MAY)
    assert not before.risks.equals(after.risks)


def test_a_late_label_counts_in_the_score_and_only_there(tmp_path: Path) -> None:
    """ann is in the ring that was found in March; bob was reported in April."""
    plain, planted = score(worked_shop(tmp_path / "a")), score(worked_shop(tmp_path / "b", LATE_LABEL))
    (before,), (after,) = plain.dates, planted.dates
    assert before.run_id == after.run_id
    assert (before.bad_count, after.bad_count) == (1, 2)
    assert (plain.value("recall_in_rings"), planted.value("recall_in_rings")) == (1, 1)
    assert (plain.value("least_precision_in_rings"), planted.value("least_precision_in_rings")) == (
        1 / 4,
        1 / 2,
    )


def test_a_label_known_by_then_does_not_count_in_the_score(tmp_path: Path) -> None:
    early = worked_shop(tmp_path, {"labels": ("ann,fraud,2024-03-20T10:00:00Z",)})
    (date,) = score(early).dates
    assert (date.labelled_count, date.bad_count) == (2, 1)


def judge_ann(shop: Workspace, judged_at: datetime) -> None:
    target = Target(Subject.ACCOUNT, account_id="ann")
    shop.judge(JudgeOrder(target, Ruling.CONFIRM, "eve", "same photos", judged_at))


def test_a_judgement_passed_after_the_date_changes_no_bit_and_no_score(tmp_path: Path) -> None:
    shop = worked_shop(tmp_path)
    before = score(shop)
    judge_ann(shop, MARCH + timedelta(days=1))
    assert repr(score(shop)) == repr(before)  # a NaN is not equal to itself


def test_whom_a_judgement_had_labelled_does_not_count_in_the_score(tmp_path: Path) -> None:
    shop = worked_shop(tmp_path, LATE_LABEL)
    (before,) = score(shop).dates
    judge_ann(shop, MARCH - timedelta(days=1))
    (after,) = score(shop).dates
    assert before.run_id != after.run_id
    assert (before.labelled_count, after.labelled_count) == (1, 2)
    assert (before.bad_count, after.bad_count) == (2, 1)  # bob alone
    assert after.run_id == shop.detect(as_of=MARCH, workers=1).run_id


def test_a_backtest_makes_the_run_that_detect_makes_and_writes_none(tmp_path: Path) -> None:
    shop = worked_shop(tmp_path)
    written = shop.detect(as_of=MARCH, workers=1)
    found = score(shop)
    assert found.dates[0].run_id == written.run_id
    assert [run.run_id for run in shop.runs()] == [written.run_id]
    assert found.dates[0].run_id != score(shop, dispute_days=45).dates[0].run_id


def test_how_a_young_payment_ended_is_not_known_to_the_run(tmp_path: Path) -> None:
    """bob's chargeback of 1 March: 24 days old. Had it been paid, a run that hides it would be the same."""
    shop = worked_shop(tmp_path / "a")
    tables = tmp_path / "b" / "tables"
    other = worked_shop(tmp_path / "b")
    text = (tables / "payments.csv").read_text(encoding="utf-8")
    for ending in ("chargeback", "refunded"):
        text = text.replace(f",{ending},", ",paid,")
    (tables / "payments.csv").write_text(text, encoding="utf-8")
    other.load()
    hidden, paid = run_as_of(shop, MARCH, 25), run_as_of(other, MARCH, 25)
    assert hidden.risks.equals(paid.risks)
    assert hidden.rings.equals(paid.rings)
    seen = run_as_of(shop, MARCH, 20)  # gus's refund of 5 March is 20 days old, and known
    assert not seen.rings.equals(paid.rings)


def test_a_date_whose_labels_cannot_have_matured_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not matured"):
        score(worked_shop(tmp_path), horizon_days=120)


def test_where_nothing_happened_after_enough_was_known_no_date_is_spread(tmp_path: Path) -> None:
    """The first bad label is of April, the last payment of March."""
    with pytest.raises(InputError, match="no date has enough known"):
        worked_shop(tmp_path).backtest()


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["evaluate", *arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["backtest", "--as-of", "2024-06-29"], 3),
        (["backtest", "--as-of", "soon"], 2),
        (["backtest", "--k", "0"], 2),
        (["backtest", "--hours", "few"], 2),
        (["backtest", "--truth", "absent.csv", "--as-of", "2024-03-25"], 4),
        (["backtest", "--as-of", "2024-03-25", "--html", "nowhere/page.html"], 2),
        (["--json", "backtest"], 2),
        ([], 2),
    ],
)
def test_expected_failures_have_their_exit_code_and_no_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int
) -> None:
    worked_shop(tmp_path)
    got, out, err = run(capsys, *arguments, *(["-w", str(tmp_path)] if arguments[:1] == ["backtest"] else []))
    assert (got, out) == (code, "")
    assert err.startswith("error: ")
    assert "Traceback" not in err


@pytest.mark.parametrize("flag", ["--horizon", "--dispute-days"])
def test_more_days_than_a_calendar_has_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], flag: str
) -> None:
    shop = worked_shop(tmp_path)
    code, out, err = run(
        capsys, "backtest", "-w", str(shop.folder), "--as-of", "2024-03-25", flag, "999999999"
    )
    assert (code, out) == (2, "")
    assert flag in err


def test_a_date_with_a_zone_is_the_same_moment_in_utc(tmp_path: Path) -> None:
    shop, zone = worked_shop(tmp_path), timezone(timedelta(hours=3))
    plain, zoned = datetime(2024, 3, 25), datetime(2024, 3, 25, 3, tzinfo=zone)  # noqa: DTZ001 - naive UTC
    assert shop.detect(as_of=plain, workers=1).run_id == shop.detect(as_of=zoned, workers=1).run_id
    order = BacktestOrder(BacktestParams(Resampling(5, 0), horizon_days=30), (zoned,))
    assert [date.as_of for date in shop.backtest(order, workers=1).dates] == [plain]


def test_a_hostile_typology_is_shown_and_obeyed_nowhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop, page, truth = worked_shop(tmp_path), tmp_path / "page.html", tmp_path / "members.csv"
    hostile = "<script>alert(1)</script>\x1b[31m $x^$"
    truth.write_text(f"ring_id,account_id,typology\nr,bob,{hostile}\n", encoding="utf-8")
    code, out, _ = run(
        capsys, "backtest", "-w", str(shop.folder), "--as-of", "2024-03-25", "--horizon", "30", "--draws",
        "5", "--truth", str(truth), "--html", str(page),
    )  # fmt: skip
    assert code == 0
    assert "\x1b" not in out
    assert r"<script>alert(1)</script>\x1b[31m" in out
    assert "<script" not in page.read_text(encoding="utf-8")
    assert r"&lt;script&gt;alert(1)&lt;/script&gt;\x1b[31m" in page.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A marketplace of 2,000 accounts, a tenth of them in rings, its tables loaded by the installed
    command."""
    folder = tmp_path_factory.mktemp("simulated")
    asked = ("--accounts", "2000", "--hardness", "0.3", "--seed", "5", "--fraud-share", "0.1")
    command("simulate", str(folder / "tables"), *asked)
    command("init", str(folder / "tables"), "-w", str(folder / "shop"))
    command("load", "-w", str(folder / "shop"))
    return folder


def command(*arguments: str) -> str:
    installed = Path(sys.executable).with_name("graphrisk")
    done = subprocess.run([installed, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_the_installed_command_scores_a_simulated_marketplace(simulated: Path) -> None:
    """Rings beat as many accounts by what they share, most accounts stay in their ring, and nobody is
    lost."""
    shop, page = str(simulated / "shop"), simulated / "page.html"
    asked = ("evaluate", "backtest", "-w", shop, "--dates", "2", "--draws", "50", "--workers", "1", "--json")
    truth = ("--truth", str(simulated / "tables" / "truth"))
    told = command(*asked, *truth, "--html", str(page))
    assert told == command(*asked, *truth)  # the same, to the byte
    found = json.loads(told)
    dates = [date["as_of"] for date in found["dates"]]
    assert len(dates) == 2
    assert dates == sorted(dates)
    assert all(date["bad_count"] > 0 for date in found["dates"])
    recall = found["measures"]["recall_in_rings"]
    assert recall["low"] > recall["baseline"]
    assert found["measures"]["recall_at_50"]["value"] <= found["measures"]["recall_at_100"]["value"]
    assert found["measures"]["days_to_label_by_ring"]["value"] > 0
    assert all(each["stayed"]["value"] > 0.5 > each["baseline"] for each in found["stability"])
    assert found["by"] == "typology"
    bad = sum(date["bad_count"] for date in found["dates"])
    assert 0 < sum(kind["bad_count"] for kind in found["kinds"]) <= bad
    accounts = found["groups"]["accounts_by_risk"]["rows"]
    assert sum(row["bad_count"] for row in accounts) == bad
    assert sum(row["count"] for row in accounts) == sum(
        date["account_count"] - date["labelled_count"] for date in found["dates"]
    )
    assert page.read_text(encoding="utf-8").count("data:image/png;base64,") == 5
    assert len(Workspace.open(simulated / "shop").runs()) == 0


@pytest.mark.slow
def test_dates_asked_for_are_the_dates_of_the_runs(simulated: Path) -> None:
    asked = ("--as-of", "2024-04-20T12:00:00Z", "--as-of", "2024-04-01", "--draws", "5", "--workers", "1")
    told = command("evaluate", "backtest", "-w", str(simulated / "shop"), *asked)
    assert "\x1b" not in told
    first, second = (line.split("\t") for line in told.splitlines()[2:4])
    assert (first[0], second[0]) == ("2024-04-01T00:00:00Z", "2024-04-20T12:00:00Z")
    for title in ("Measures", "accounts by risk", "rings by score", "rings by size", "From date to date"):
        assert title in told
