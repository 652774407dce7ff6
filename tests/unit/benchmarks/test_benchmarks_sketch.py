"""Sketched marketplaces: repeatable, unlike one another, and true to what they say of themselves."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parents[3] / "benchmarks"))

from sketch import Sketch
from sketch_habits import Habits
from sketch_people import Address
from sketch_rings import SHIFT_SIZE

COLUMNS = {
    "device": ("sessions", "device_id"),
    "ip": ("sessions", "ip"),
    "instrument": ("instruments", "instrument_id"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("sketch")
    Sketch(1500, 3).write(out)
    return out


def read(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_parquet(folder / f"{name}.parquet")


def test_the_same_seed_gives_the_same_bytes_and_another_gives_others(folder: Path, tmp_path: Path) -> None:
    Sketch(1500, 3).write(tmp_path / "again")
    Sketch(1500, 4).write(tmp_path / "other")
    for table in folder.rglob("*.parquet"):
        name = table.relative_to(folder)
        assert table.read_bytes() == (tmp_path / "again" / name).read_bytes(), name
    assert (folder / "sessions.parquet").read_bytes() != (tmp_path / "other/sessions.parquet").read_bytes()


def test_habits_differ_from_marketplace_to_marketplace() -> None:
    drawn = [Sketch(10, seed).habits for seed in range(20)]
    for name in Habits.__slots__:
        assert len({repr(getattr(each, name)) for each in drawn}) > 1, name


def test_what_a_ring_brought_is_used_by_two_of_its_members_or_was_meant_to_be(folder: Path) -> None:
    ring_of = read(folder, "truth/ring_members").set_index("account_id")["ring_id"]
    brought = read(folder, "truth/identifiers")
    for kind, (table, column) in COLUMNS.items():
        uses = read(folder, table)[["account_id", column]].drop_duplicates()
        held = brought[brought["kind"] == kind].merge(uses, left_on="identifier", right_on=column)
        by_ring = held[held["account_id"].map(ring_of) == held["ring_id"]]
        assert set(brought.loc[brought["kind"] == kind, "identifier"]) == set(by_ring["identifier"]), kind


def test_addresses_that_rings_brought_stand_in_the_tables(folder: Path) -> None:
    places = read(folder, "addresses")
    texts = set(places["line"] + ", " + places["city"] + ", " + places["postcode"])
    brought = read(folder, "truth/identifiers")
    assert set(brought.loc[brought["kind"] == "address", "identifier"]) <= texts


def test_nothing_happens_before_the_account_or_after_the_end(folder: Path) -> None:
    created = read(folder, "accounts").set_index("account_id")["created_at"]
    ends = pd.Timestamp(2024, 1, 1) + pd.Timedelta(days=Sketch(1500, 3).habits.days)
    for table, who, when in (
        ("sessions", "account_id", "seen_at"), ("addresses", "account_id", "used_at"),
        ("instruments", "account_id", "added_at"), ("payments", "payer_id", "paid_at"),
    ):  # fmt: skip
        rows = read(folder, table)
        assert (rows[when] >= rows[who].map(created) - pd.Timedelta(seconds=1)).all(), table
        assert (rows[when] <= ends).all(), table


def test_bad_accounts_are_those_of_rings(folder: Path) -> None:
    truth = read(folder, "truth/accounts")
    members = set(read(folder, "truth/ring_members")["account_id"])
    assert set(truth.loc[truth["is_fraud"], "account_id"]) == members
    assert 0 < len(members) < 300


def test_a_ring_in_shifts_is_divided_in_the_order_in_which_its_members_come() -> None:
    rings = Sketch(100, 3, in_shifts=True).rings
    divided = [rings._divide(range(20)) for _ in range(300)]
    assert {len(parts) for parts in divided} == {1, 2, 3, 4, 5}
    for parts in divided:
        assert [who for part in parts for who in part] == list(range(20))
        assert min(len(part) for part in parts) >= SHIFT_SIZE
    assert all(len(rings._divide(range(5))) == 1 for _ in range(20))


def test_the_next_shift_takes_something_over(tmp_path: Path) -> None:
    sketch = Sketch(3000, 3, in_shifts=True)
    sketch.write(tmp_path)
    rings, held = sketch.rings, sketch.people.held
    givers, takers = [1, 2, 3], [4, 5, 6]
    kind, text = rings._hand_on(givers, takers)
    takes = [who for who in takers if text in map(spell, held[kind][who])]
    assert any(text in map(spell, held[kind][who]) for who in givers)
    assert 1 <= len(takes) <= 2


def spell(thing: str | Address) -> str:
    return thing.text() if isinstance(thing, Address) else thing
