"""What is read of outsiders: only those by way of whom accounts may hang together."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from tables_on_disk import make_workspace

from graphrisk.graph.public_links import MOST_HOLDERS, PublicLinks
from graphrisk.model.kinds import BUILT_IN_KINDS
from graphrisk.stores.duckdb.known import KnownReader

TOML = """
[tables.accounts]
files = ["accounts.csv"]
[tables.accounts.account]
id = "id"
[tables.uses]
files = ["uses.csv"]
[[tables.uses.link]]
kind = "device"
account = "id"
identifier = "device"
seen_at = "at"
unknown_account = "skip"
"""
# ann and bob share nothing; zoe and, by d3, xan deal with both.
USES = [
    "ann,d1,2024-01-01", "zoe,d1,2024-01-02", "zoe,d2,2024-01-03", "bob,d2,2024-01-04",
    "xan,d1,2024-01-05", "xan,d3,2024-01-06", "bob,d3,2024-01-07",
]  # fmt: skip
END = datetime(2024, 2, 1)  # noqa: DTZ001 - naive UTC, as everywhere


def read(folder: Path, uses: list[str], as_of: datetime = END) -> tuple[PublicLinks | None, str]:
    files = {"accounts.csv": "id\nann\nbob\n", "uses.csv": "\n".join(["id,device,at", *uses]) + "\n"}
    shop = make_workspace(folder, TOML, files)
    shop.load()
    with shop.writing() as opened:
        _, links, digest = KnownReader(opened).read_known(as_of, BUILT_IN_KINDS)
    return links.public, digest


def held(public: PublicLinks | None) -> set[tuple[str, str]]:
    assert public is not None
    who = ["ann", "bob", *public.outsider_ids.to_pylist()]
    things = public.identifiers["identifier"].to_pylist()
    pairs = zip(public.holder.tolist(), public.identifier.tolist(), strict=True)
    return {(who[holder], things[identifier]) for holder, identifier in pairs}


def test_outsiders_with_two_things_are_read_with_all_who_hold_these(tmp_path: Path) -> None:
    public, _ = read(tmp_path, USES)
    assert held(public) == {tuple(use.split(",")[:2]) for use in USES}
    assert public is not None
    assert public.holder_count.tolist() == [3, 2, 2]


def test_who_holds_one_thing_that_others_hold_ties_nobody(tmp_path: Path) -> None:
    alone = ["ann,d1,2024-01-01", "zoe,d1,2024-01-02", "zoe,d9,2024-01-03", "bob,d2,2024-01-04"]
    assert read(tmp_path / "alone", alone)[0] is None
    public, _ = read(tmp_path / "both", [*USES, "yan,d1,2024-01-08"])
    assert ("yan", "d1") not in held(public)
    assert public is not None
    assert public.holder_count.tolist() == [4, 2, 2]  # yan makes d1 more public none the less


def test_what_very_many_hold_is_left_out(tmp_path: Path) -> None:
    crowd = [f"p{at},d1,2024-01-08" for at in range(MOST_HOLDERS)]
    assert read(tmp_path / "hub", [*USES, *crowd])[0] is None  # zoe and xan have one thing left each
    assert held(read(tmp_path / "busy", [*USES, *crowd[: MOST_HOLDERS - 3]])[0]) == held(
        read(tmp_path / "quiet", USES)[0]
    )


def test_nothing_after_as_of_is_read(tmp_path: Path) -> None:
    assert read(tmp_path / "third", USES, datetime(2024, 1, 3))[0] is None  # noqa: DTZ001 - bob is not seen yet
    sixth, _ = read(tmp_path / "fourth", USES, datetime(2024, 1, 4))  # noqa: DTZ001
    assert held(sixth) == {("ann", "d1"), ("zoe", "d1"), ("zoe", "d2"), ("bob", "d2")}


@pytest.mark.parametrize("order", [1, -1])
def test_order_of_rows_changes_nothing_and_every_link_of_an_outsider_the_digest(
    tmp_path: Path, order: int
) -> None:
    public, digest = read(tmp_path / "some", USES[::order])
    same, again = read(tmp_path / "again", USES)
    assert public is not None
    assert same is not None
    assert digest == again
    assert public.holder.tobytes() == same.holder.tobytes()
    assert public.identifiers.equals(same.identifiers)
    assert read(tmp_path / "more", [*USES, "zoe,d3,2024-01-08"])[1] != digest
