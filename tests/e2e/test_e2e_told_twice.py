"""A marketplace whose log has an advertising id beside each device: one cause, by whichever name."""

from __future__ import annotations

import csv
import re
from math import log2

import pytest
from csv_market import CsvMarket, make_csv_market, rows_of

from graphrisk.flows.answer import RingChoice
from graphrisk.workspace import Workspace
from graphrisk.workspace.run import Run

ADVERTISING = """
[[tables.sessions.link]]
kind = "advertising"
account = "account_id"
identifier = "advertising_id"
seen_at = "seen_at"

[kinds.advertising]
trust_share = 1.0
one_cause_with = "device"
"""


@pytest.fixture(scope="module")
def told_once(tmp_path_factory: pytest.TempPathFactory) -> CsvMarket:
    return make_csv_market(tmp_path_factory.mktemp("once"), 400)


@pytest.fixture(scope="module")
def told_twice(told_once: CsvMarket, tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("twice")
    (folder / "tables").mkdir()
    for path in told_once.tables.glob("*.csv"):
        rows = rows_of(told_once, path.stem)
        if path.stem == "sessions":
            rows = [{**row, "advertising_id": row["device_id"] and f"ad-{row['device_id']}"} for row in rows]
        with (folder / "tables" / path.name).open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    config = (told_once.folder / "graphrisk.toml").read_text(encoding="utf-8")
    config = re.sub(r'^data = "[^"]*"', 'data = "tables"', config, flags=re.M)
    (folder / "graphrisk.toml").write_text(config + ADVERTISING, encoding="utf-8")
    shop = Workspace.open(folder)
    shop.load()
    shop.detect(workers=1)
    return shop.latest()


def test_a_device_and_its_other_name_say_on_a_hop_what_the_rarer_says_alone(told_twice: Run) -> None:
    others = len(told_twice.accounts) - 1
    said: dict[tuple[str, str, str], dict[str, tuple[float, int]]] = {}
    for row in told_twice.arrow("evidence").to_pylist():
        if row["kind"] in {"device", "advertising"}:
            hop = (row["ring_id"], row["account_id"], row["identifier"].removeprefix("ad-"))
            said.setdefault(hop, {})[row["kind"]] = (row["bits"], row["account_count"])
    assert said
    for told in said.values():
        assert "device" in told
        rarest = min(count for _, count in told.values())
        assert sum(bits for bits, _ in told.values()) == pytest.approx(log2(others / (rarest - 1)))


@pytest.mark.slow
def test_a_device_that_is_to_go_takes_its_other_name_with_it(told_twice: Run) -> None:
    named = 0
    for ring in told_twice.find_rings(RingChoice(None))[:3]:
        things = told_twice.what_if(ring.ring_id, None).things
        devices = {thing.identifier for thing in things if thing.kind == "device"}
        others = {thing.identifier for thing in things if thing.kind == "advertising"}
        assert others == {f"ad-{device}" for device in devices}
        named += len(devices)
    assert named
