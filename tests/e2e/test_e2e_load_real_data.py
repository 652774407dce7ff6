"""The mappings that come with the project, on the data sets that they are for: loaded by mapping alone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from graphrisk.workspace import Workspace

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("GRAPHRISK_DATA", ROOT.parent / "shared" / "data"))

# mapping, folder, (accounts, links, payments, labels, quarantined)
EXPECTED = [
    ("storefront_signups", "storefront_signups", (51_690, 51_690, 51_690, 51_689, 0)),
    ("marketplace_graph", "marketplace_graph", (1_045, 9_342, 25_307, 0, 0)),
    ("customers_jsonl", "customers_jsonl", (161, 1_260, 601, 161, 27)),
    ("card_transactions", "card_transactions", (30_346, 69_336, 0, 32_760, 0)),
    ("card_transactions_rows", "card_transactions", (77_881, 311_524, 0, 77_881, 0)),
    ("registrations_rows", "registrations", (20_000, 40_000, 0, 20_000, 0)),
    ("registrations", "registrations", (1_494, 19_685, 0, 2_012, 0)),
    ("airdrop_sybils_labelled", "airdrop_sybils", (43_052, 441_759, 0, 21_271, 0)),
]


@pytest.mark.real_data
@pytest.mark.parametrize(("mapping", "folder", "counts"), EXPECTED)
def test_a_mapping_alone_loads_its_data(
    mapping: str, folder: str, counts: tuple[int, ...], tmp_path: Path
) -> None:
    if not (DATA / folder).is_dir():
        pytest.skip(f"{DATA / folder} is not here; GRAPHRISK_DATA says where the data is")
    shop = Workspace.open(tmp_path, config=ROOT / "mappings" / f"{mapping}.toml", data=DATA / folder)
    shop.load()
    with shop.reading() as connection:
        names = ("known_account", "known_link", "known_payment", "known_label", "quarantine")
        found = tuple(len(connection.execute(f"SELECT * FROM {name}").fetchall()) for name in names)
    assert found == counts
