"""Names in a real workspace: two runs, a third in between, and what can be asked of them afterwards."""

from __future__ import annotations

import csv
import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from graphrisk.cli import main
from graphrisk.errors import NotFoundError
from graphrisk.flows.follow import RingState
from graphrisk.flows.judge import JudgeOrder
from graphrisk.model.judgements import Ruling, Subject, Target
from graphrisk.model.rings import RingEvent
from graphrisk.stores.duckdb.schema import RESULT_TABLES
from graphrisk.workspace import Workspace
from graphrisk.workspace.init import propose_config
from graphrisk.workspace.run import Run

MARCH, APRIL, MAY, JUNE = (datetime(2026, month, 1) for month in (3, 4, 5, 6))  # noqa: DTZ001 - naive UTC
FEBRUARY = MARCH - timedelta(days=20)
BYSTANDERS = [f"x{at:03d}" for at in range(200)]
# Two farms on four devices each from February on; in April a fifth and a sixth account join the first; in May
# devices that all of both use
FIRST, SECOND = ["f1", "f2", "f3", "f4"], ["s1", "s2", "s3", "s4", "s5", "s6", "s7"]


def sessions() -> list[tuple[str, str, datetime]]:
    rows = [(name, f"own-{name}", FEBRUARY) for name in BYSTANDERS]
    for farm, device in ((FIRST, "fd"), (SECOND, "sd")):
        rows += [(name, f"{device}{at}", FEBRUARY) for name in farm for at in range(4)]
    rows += [(name, f"fd{at}", APRIL) for name in ("f5", "f6") for at in range(4)]
    rows += [(name, f"both{at}", MAY) for name in (*FIRST, "f5", "f6", *SECOND) for at in range(8)]
    return rows


def make_names_shop(folder: Path) -> Workspace:
    data = folder / "tables"
    data.mkdir(parents=True)
    accounts = [(name, FEBRUARY) for name in (*BYSTANDERS, *FIRST, *SECOND)] + [("f5", APRIL), ("f6", APRIL)]
    with (data / "accounts.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("account_id", "created_at"), *accounts])
    with (data / "sessions.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("account_id", "device_id", "seen_at"), *sessions()])
    propose_config(data, folder)
    shop = Workspace.open(folder)
    shop.load()
    return shop


@pytest.fixture(scope="module")
def three_runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, list[Run]]:
    shop = make_names_shop(tmp_path_factory.mktemp("names") / "shop")
    return shop, [shop.detect(as_of=at, workers=1) for at in (MARCH, APRIL, MAY)]


def names(run: Run) -> dict[str, str]:
    return dict(zip(run.members["account_id"], run.members["ring_id"], strict=True))


def everything(run: Run) -> dict[str, bytes]:
    return {name: repr(run.arrow(name).to_pylist()).encode() for name, _ in RESULT_TABLES}


def test_a_ring_that_grows_keeps_its_name_and_a_merger_the_heavier_one(
    three_runs: tuple[Workspace, list[Run]],
) -> None:
    shop, (march, april, may) = three_runs
    first, second = names(march)["f1"], names(march)["s1"]
    assert first != second
    assert names(april) == {
        **dict.fromkeys((*FIRST, "f5", "f6"), first), **dict.fromkeys(SECOND, second)
    }  # fmt: skip
    assert set(names(may).values()) == {second}
    assert april.events[["ring_id", "event"]].to_numpy().tolist() == [[first, "grew"]]
    assert dict(april.record.counts)["of_them_name_kept"] == 11
    assert dict(may.record.counts)["of_them_name_kept"] == 7
    assert dict(may.record.counts)["with_same_links"] == 0
    assert shop.history(first).life.state is RingState.MERGED


def test_a_merged_ring_leads_to_where_it_went(
    three_runs: tuple[Workspace, list[Run]], capsys: pytest.CaptureFixture[str]
) -> None:
    shop, (march, _, may) = three_runs
    first, second = names(march)["f1"], names(march)["s1"]
    story = shop.history(first)
    assert story.successor is not None
    assert story.successor.ring_id == second
    assert [(each.run_id[:12], each.event) for each in story.chapters] == [
        ("RUN-20260301", RingEvent.BORN),
        ("RUN-20260401", RingEvent.GREW),
        ("RUN-20260501", RingEvent.MERGED),
    ]
    assert may.ring(first).ring_id == second
    assert march.ring(first).ring_id == first  # it was itself then
    assert main(["rings", "show", first, "-w", str(shop.folder)]) == 0
    shown = capsys.readouterr()
    assert second in shown.out.splitlines()[0]
    assert shown.err == f"{first} was merged into {second}\n"
    assert main(["rings", "like", first, "-w", str(shop.folder)]) == 0
    assert capsys.readouterr().err.startswith(f"{first} was merged into {second}\n")
    judged = ["judge", "ring", "reject", first, "--why", "a student house", "-w", str(shop.folder)]
    assert main(judged) == 4  # nobody judges a ring that is not what he thinks
    assert f"it was merged into {second}" in capsys.readouterr().err
    assert main(["rings", "history", first.lower(), "-w", str(shop.folder)]) == 0
    told = capsys.readouterr()
    assert f"leads_to\t{second}" in told.out
    assert told.err == f"it was merged into {second}, which is active\n"
    assert main(["rings", "history", first, "--json", "-w", str(shop.folder)]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["life"]["leads_to"], document["successor"]["ring_id"]) == (second, second)


def test_all_names_are_listed(
    three_runs: tuple[Workspace, list[Run]], capsys: pytest.CaptureFixture[str]
) -> None:
    shop, (march, *_) = three_runs
    first, second = names(march)["f1"], names(march)["s1"]
    assert main(["rings", "history", "--json", "-w", str(shop.folder)]) == 0
    told = json.loads(capsys.readouterr().out)["names"]
    assert [(life["ring_id"], life["state"]) for life in told] == [(second, "active"), (first, "merged")]
    assert main(["rings", "history", "--limit", "1", "-w", str(shop.folder)]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_two_runs_are_compared(
    three_runs: tuple[Workspace, list[Run]], capsys: pytest.CaptureFixture[str]
) -> None:
    shop, (march, april, may) = three_runs
    first, second = names(march)["f1"], names(march)["s1"]
    told = shop.compare(april.run_id, may.run_id)
    assert (told.stability.both_count, told.stability.kept_count) == (13, 7)
    assert [(ring.ring_id, ring.earlier_account_count, ring.account_count) for ring in told.rings] == [
        (second, 7, 13), (first, 6, 0),
    ]  # fmt: skip
    assert (told.rings[1].other_ring_id, told.rings[1].moved_count) == (second, 6)
    backwards = shop.compare(may.run_id, april.run_id)
    assert (backwards.rings[1].other_ring_id, backwards.rings[1].moved_count) == (second, 6)
    arguments = ["rings", "compare", "RUN-20260301", "RUN-20260401", "-w", str(shop.folder)]
    assert main(arguments) == 0
    assert "name_kept_share\t1.0000" in capsys.readouterr().out
    assert main([*arguments, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["stability"]["kept_share"], document["stability"]["joined_count"]) == (1.0, 2)
    assert [ring["ring_id"] for ring in document["rings"]] == [first]
    assert shop.compare(march.run_id, march.run_id).rings == ()


def test_a_name_that_was_never_given_is_told_so_with_near_ones(
    three_runs: tuple[Workspace, list[Run]], capsys: pytest.CaptureFixture[str]
) -> None:
    shop, (march, *_) = three_runs
    first = names(march)["f1"]
    wrong = first[:-1] + ("A" if first[-1] != "A" else "B")
    with pytest.raises(NotFoundError, match="no ring was ever called so") as refused:
        shop.history(wrong)
    assert first in refused.value.remedy
    assert main(["rings", "history", "\x1b[2J", "-w", str(shop.folder)]) == 4
    assert "\x1b" not in capsys.readouterr().err
    with pytest.raises(NotFoundError, match="more than one ring"):
        shop.history("RING-")
    with pytest.raises(NotFoundError, match="no ring was ever"):
        shop.history("")


def test_the_same_run_again_changes_nothing(tmp_path: Path) -> None:
    shop = make_names_shop(tmp_path / "shop")
    runs = [shop.detect(as_of=at, workers=1) for at in (MARCH, APRIL, MAY)]
    before = [everything(run) for run in runs]
    again = [shop.detect(as_of=at, workers=1) for at in (APRIL, MARCH, MAY)]
    assert {run.run_id for run in again} == {run.run_id for run in runs}
    assert [everything(run) for run in runs] == before
    fresh = make_names_shop(tmp_path / "other")
    assert [everything(fresh.detect(as_of=at, workers=1)) for at in (MARCH, APRIL, MAY)] == before


def test_a_run_of_an_earlier_time_renames_nothing_later(tmp_path: Path) -> None:
    shop = make_names_shop(tmp_path / "shop")
    april, may = (shop.detect(as_of=at, workers=1) for at in (APRIL, MAY))
    before = everything(april), everything(may)
    march = shop.detect(as_of=MARCH, workers=1)
    # its smaller ring is another one by content, and April, which it does not know, has not called it yet
    assert names(march)["f1"] != names(april)["f1"]
    assert names(march)["s1"] == names(april)["s1"]
    assert (everything(april), everything(may)) == before
    shop.detect(as_of=APRIL, workers=1)
    assert (everything(april), everything(may)) == before
    # June remembers all three: whatever March called the first farm leads to where it is now
    june = shop.detect(as_of=JUNE, workers=1)
    assert set(names(june).values()) == {names(may)["s1"]}
    assert june.ring(names(march)["f1"]).ring_id == names(may)["s1"]
    assert june.ring(names(april)["f1"]).ring_id == names(may)["s1"]


def test_a_second_run_of_one_time_calls_the_same_rings_as_the_first_did(tmp_path: Path) -> None:
    shop = make_names_shop(tmp_path / "shop")
    first = shop.detect(as_of=APRIL, workers=1)
    before = everything(first)
    links = [Target(Subject.LINK, account_id="f6", kind="device", identifier=f"fd{at}") for at in range(4)]
    passed = [shop.judge(JudgeOrder(link, Ruling.REJECT, "eve", "lent", MARCH)).judgement for link in links]
    second = shop.detect(as_of=APRIL, workers=1)
    assert second.run_id != first.run_id
    kept = {account: name for account, name in names(first).items() if account != "f6"}
    assert names(second) == kept
    assert set(second.events["event"]) == {"born"}

    # By another setting, which leaves the smaller ring out, and then by the first again
    config = shop.folder / "graphrisk.toml"
    text = config.read_text(encoding="utf-8")
    config.write_text(f"{text}\n[detect]\nmin_ring_size = 6\n", encoding="utf-8")
    third = Workspace.open(shop.folder).detect(as_of=APRIL, workers=1)
    assert names(third) == {account: name for account, name in kept.items() if account in SECOND}
    config.write_text(text, encoding="utf-8")

    # All withdrawn: the first run, bit for bit
    for each in passed:
        withdrawn = Target(Subject.JUDGEMENT, withdraws=each.judgement_id)
        shop.judge(JudgeOrder(withdrawn, Ruling.WITHDRAW, "eve", "not lent", MARCH))
    assert shop.detect(as_of=APRIL, workers=1).run_id == first.run_id
    assert everything(first) == before


def test_a_ring_that_is_away_says_when_it_was_last_seen(tmp_path: Path) -> None:
    shop = make_names_shop(tmp_path / "shop")
    march = shop.detect(as_of=MARCH, workers=1)
    name = names(march)["f1"]
    (sessions_file,) = (shop.folder / "tables").glob("sessions.csv")
    kept = [row for row in sessions_file.read_text().splitlines() if not row.startswith("f")]
    sessions_file.write_text("\n".join(kept) + "\n")
    shop.load()
    april = shop.detect(as_of=APRIL, workers=1)
    assert name not in set(names(april).values())
    with pytest.raises(NotFoundError, match=r"it was found last as of 2026-03-01 00:00") as refused:
        april.ring(name)
    assert f"graphrisk rings history {name}" in refused.value.remedy
    assert shop.history(name).life.state is RingState.DORMANT
