"""From loaded days to `rings like`; the rings of each day's run are those of the truth."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from graphrisk.cli.app import main
from graphrisk.flows.findings import RunTables
from graphrisk.flows.liken import liken_rings
from graphrisk.model.runs import RunRecord
from graphrisk.model.tables import RING, RING_MEMBER
from graphrisk.stores.duckdb.doings import DoingsReader
from graphrisk.stores.duckdb.likeness import LikenessStore
from graphrisk.stores.duckdb.runs import RunStore
from graphrisk.stores.duckdb.schema import LIKENESS_TABLES, RESULT_TABLES
from graphrisk.workspace import Workspace
from graphrisk.workspace.init import propose_config

pytestmark = pytest.mark.slow
DAYS = 5
END = datetime(2024, 4, 30)  # noqa: DTZ001 - naive UTC: when day 0 is taken


@dataclass(frozen=True, slots=True)
class Told:
    """found: of each day its tables of likeness. returns: (day, ring, the one that it is)."""

    folder: Path
    found: list[dict[str, pa.Table]]
    returns: list[tuple[int, str, str]]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    home = tmp_path_factory.mktemp("likeness")
    flags = ("--accounts", "4000", "--fraud-share", "0.1", "--seed", "8", "--turnover", "0.4")
    days = ("--snapshots", str(DAYS), "--days-apart", "4")
    assert main(["simulate", str(home / "market"), *flags, *days, "--json"]) == 0
    propose_config(home / "market" / "day-0", home / "shop")
    returns = []
    for day in range(DAYS):
        folder = home / "market" / f"day-{day}"
        shop = Workspace.open(home / "shop", data=folder)
        shop.load()
        with shop.writing() as connection:
            store = LikenessStore(connection)
            RunStore(connection).write_run(record_of(day), rings_of(folder))
            liken_rings(store, DoingsReader(connection), store, shop.config.mapping.kinds, record_of(day))
        events = pq.read_table(folder / "truth" / "ring_events.parquet").to_pylist()
        returns += [
            (day, row["ring_id"], row["other_ring_id"]) for row in events if row["event"] == "reincarnation"
        ]
    return Told(home / "shop", [likeness_of(home / "shop", day) for day in range(DAYS)], returns)


def record_of(day: int) -> RunRecord:
    as_of = END + timedelta(days=4 * day)
    return RunRecord(f"RUN-{day}", as_of, as_of, "{}", "", 0, (), (), (), 0)


def rings_of(folder: Path) -> RunTables:
    members = pq.read_table(folder / "truth" / "ring_members.parquet").to_pylist()
    filler = {"closeness": 1.0, "account_risk": 1.0, "bits": 1.0, "role": "core", "reasons": "",
              "detectors": "identity"}  # fmt: skip
    ring = {"score": 0.9, "size": 1, "core_count": 1, "labelled_bad_count": 0, "labelled_good_count": 0,
            "detectors": "identity", "amount_minor": 0, "reasons": ""}  # fmt: skip
    empty = {name: schema.empty_table() for name, schema in RESULT_TABLES}
    names = sorted({row["ring_id"] for row in members})
    rows = [{**filler, "ring_id": row["ring_id"], "account_id": row["account_id"]} for row in members]
    return RunTables(
        **empty
        | {
            "ring": pa.Table.from_pylist([{**ring, "ring_id": name} for name in names], schema=RING),
            "ring_member": pa.Table.from_pylist(rows, schema=RING_MEMBER),
        }
    )


def likeness_of(folder: Path, day: int) -> dict[str, pa.Table]:
    run = Workspace.open(folder).run(f"RUN-{day}")
    return {name: run.arrow(name) for name, _ in LIKENESS_TABLES}


def test_every_ring_of_every_run_has_its_manner_kept(told: Told) -> None:
    for day, found in enumerate(told.found):
        rings = Workspace.open(told.folder).run(f"RUN-{day}").arrow("ring")["ring_id"].to_pylist()
        assert set(found["ring_manner"]["ring_id"].to_pylist()) == set(rings)


def test_on_the_first_day_nothing_is_newborn(told: Told) -> None:
    assert told.found[0]["ring_likeness"].num_rows == 0


def test_most_rings_come_back_are_told_among_three_and_few_others_are_called_one(told: Told) -> None:
    hits = [
        former in [row["former_ring_id"] for row in told.found[day]["ring_likeness"].to_pylist()
                   if row["ring_id"] == ring]
        for day, ring, former in told.returns
    ]  # fmt: skip
    assert len(hits) >= 4
    assert sum(hits) >= 0.6 * len(hits)
    right = {(day, ring, former) for day, ring, former in told.returns}
    rows = [(day, row) for day, found in enumerate(told.found) for row in found["ring_likeness"].to_pylist()]
    certain = [(day, row["ring_id"], row["former_ring_id"]) for day, row in rows if row["probability"] >= 0.7]
    assert sum(match in right for match in certain) >= 0.8 * len(certain)


def test_a_ring_has_three_matches_at_most_and_their_bits_add_up(told: Told) -> None:
    for found in told.found:
        matches = found["ring_likeness"].to_pylist()
        for match in matches:
            assert sum(match["ring_id"] == each["ring_id"] for each in matches) <= 3
            bits = [
                row["bits"] for row in found["likeness_aspect"].to_pylist()
                if (row["ring_id"], row["former_ring_id"]) == (match["ring_id"], match["former_ring_id"])
            ]  # fmt: skip
            assert sum(bits) == pytest.approx(match["bits"], abs=1e-9)


def test_doing_it_again_after_later_runs_gives_the_same_bytes(told: Told) -> None:
    """Day 4's tables are loaded, so the day is the last; what came before it is read as it was kept."""
    last = DAYS - 1
    shop = Workspace.open(told.folder)
    with shop.writing() as connection:
        store = LikenessStore(connection)
        liken_rings(store, DoingsReader(connection), store, shop.config.mapping.kinds, record_of(last))
    again = likeness_of(told.folder, last)
    assert all(again[name].equals(told.found[last][name]) for name, _ in LIKENESS_TABLES)


def test_found_out_is_who_was_labelled_by_then_or_is_gone(told: Told) -> None:
    shop = Workspace.open(told.folder)
    with shop.reading() as connection:
        labels = connection.execute(
            "SELECT account_id, reported_at FROM known_label WHERE verdict = 'bad' ORDER BY reported_at"
        ).fetchall()
        (first, since), (last, _) = labels[0], labels[-1]
        store = LikenessStore(connection)
        hostile = "'; DROP TABLE ring; --"
        assert store.read_found_out([first, last, hostile], since) == {first: since, hostile: since}


def test_rings_like_says_it_in_words_and_as_json(told: Told, capsys: pytest.CaptureFixture[str]) -> None:
    day, row = next(
        (day, row) for day, found in enumerate(told.found) for row in found["ring_likeness"].to_pylist()
    )
    asked = ["rings", "like", row["ring_id"], "-w", str(told.folder), "--run", f"RUN-{day}"]
    assert main(asked) == 0
    printed = capsys.readouterr().out
    assert f"% like {row['former_ring_id']}, taken down" in printed
    assert row["words"] in " ".join(printed.split())
    assert main([*asked, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["matches"][0]["former_ring_id"] == row["former_ring_id"]
    assert {each["aspect"] for each in document["matches"][0]["aspects"]} >= {"hours", "addresses"}
    assert main(["rings", "show", *asked[2:], "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["likeness"] == document["matches"]
