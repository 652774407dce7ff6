"""What judgements change in what a run reads: rejected links are those of a world that never had them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from judged import HOUR, NOON, account, link, ring_state, said, said_of_ring, thing, withdrawn
from small_shop import MAP_ACCOUNTS, MAP_DEVICES, MAP_LABELS
from tables_on_disk import make_workspace

from graphrisk.graph.links import SharedLinks
from graphrisk.graph.values import KindValues
from graphrisk.model.judgements import Judgement, Ruling
from graphrisk.model.kinds import BUILT_IN_KINDS
from graphrisk.stores.duckdb.known import KnownReader
from graphrisk.workspace import Workspace

TOML = f"""{MAP_ACCOUNTS}{MAP_DEVICES}{MAP_LABELS}
[tables.shipped]
files = ["shipped.csv"]
[[tables.shipped.link]]
kind = "address"
account = "id"
alias = "address_id"
seen_at = "at"
parts = ["line"]
"""
ACCOUNTS = ["ann", "bob", "cyd", "dan", "eve"]
SEEN = [
    "ann,d1",
    "bob,d1",
    "cyd,d1",
    "out,d1",
    "cyd,d2",
    "dan,d2",
    "dan,d3",
    "eve,o'neil;--",
    "dan,o'neil;--",
]
SHIPPED = ["ann,a1,12 Harbour Road", "bob,a2,12 harbour rd", "cyd,a1,12 Harbour Road", "dan,a3,9 Elm Street"]
LABELS = ["ann,fraud,2026-01-05"]
LATER = NOON + 10 * HOUR
REJECT, CONFIRM = Ruling.REJECT, Ruling.CONFIRM


def shop_of(folder: Path, seen: Sequence[str], shipped: Sequence[str], labels: Sequence[str]) -> Workspace:
    files = {
        "accounts.csv": "id,created_at\n" + "".join(f"{each},\n" for each in ACCOUNTS),
        "seen.csv": "id,device,at\n" + "".join(f"{each},2026-01-02\n" for each in seen),
        "shipped.csv": "id,address_id,line,at\n" + "".join(f"{each},2026-01-02\n" for each in shipped),
        "labels.csv": "id,label,at\n" + "".join(f"{each}\n" for each in labels),
    }
    shop = make_workspace(folder, TOML.replace('parts = ["line"]', 'identifier = "line"'), files)
    shop.load()
    return shop


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return shop_of(tmp_path_factory.mktemp("judged"), SEEN, SHIPPED, LABELS)


def content(value: object) -> object:
    """Arrays as lists, so that two can be compared."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, pa.Array | pa.ChunkedArray | pa.Table):
        return value.to_pylist()
    return value


def read(shop: Workspace, *judgements: Judgement, as_of: datetime = LATER) -> dict[str, object]:
    """All that a run reads, but for the digests."""
    with shop.reading() as connection:
        reader = KnownReader(connection, judgements)
        accounts, links, _ = reader.read_known(as_of, BUILT_IN_KINDS)
        values, _ = reader.read_values(as_of, BUILT_IN_KINDS.compared())
    parts: list[SharedLinks | KindValues] = [links, *values]
    told = {
        f"{at} {each.name}": content(getattr(part, each.name))
        for at, part in enumerate(parts)
        for each in fields(part)
    }
    return told | {"verdict": accounts.verdict.tolist()}


def digest(shop: Workspace, *judgements: Judgement) -> str:
    with shop.reading() as connection:
        return KnownReader(connection, judgements).read_known(LATER, BUILT_IN_KINDS)[2]


def keys(shop: Workspace, kind: str) -> list[str]:
    with shop.reading() as connection:
        rows = connection.execute(
            "SELECT DISTINCT identifier FROM known_link WHERE kind = ? ORDER BY 1", [kind]
        ).fetchall()
    return [row[0] for row in rows]


def without(rows: Sequence[str], *starts: str) -> list[str]:
    return [row for row in rows if not row.startswith(starts)]


def test_a_rejected_identifier_is_as_if_nobody_held_it(shop: Workspace, tmp_path: Path) -> None:
    twin = shop_of(tmp_path / "twin", [row for row in SEEN if not row.endswith(",d1")], SHIPPED, LABELS)
    assert read(shop, said(thing("device", "d1"), REJECT)) == read(twin)
    assert read(shop) != read(twin)


def test_a_rejected_link_is_as_if_it_had_never_been_seen(shop: Workspace, tmp_path: Path) -> None:
    twin = shop_of(tmp_path / "twin", without(SEEN, "cyd,d1", "dan,d2"), SHIPPED, LABELS)
    links = (said(link("cyd", "device", "d1"), REJECT), said(link("dan", "device", "d2"), REJECT))
    assert read(shop, *links) == read(twin)


def test_a_rejected_address_is_rejected_under_its_aliases_too(shop: Workspace, tmp_path: Path) -> None:
    (locker,) = [key for key in keys(shop, "address") if "harbour" in key]
    twin = shop_of(tmp_path / "twin", SEEN, without(SHIPPED, "ann", "bob", "cyd"), LABELS)
    assert read(shop, said(thing("address", locker), REJECT)) == read(twin)


def test_a_rejected_link_lends_its_spelling_to_nobody(shop: Workspace, tmp_path: Path) -> None:
    (locker,) = [key for key in keys(shop, "address") if "harbour" in key]
    twin = shop_of(tmp_path / "twin", SEEN, without(SHIPPED, "ann", "cyd"), LABELS)
    links = [said(link(name, "address", locker), REJECT) for name in ("ann", "cyd")]
    assert read(shop, *links) == read(twin)
    assert "12 harbour rd" in str(read(twin))


def test_names_that_attack_are_values(shop: Workspace, tmp_path: Path) -> None:
    twin = shop_of(tmp_path / "twin", without(SEEN, "eve", "dan,o"), SHIPPED, LABELS)
    hostile = said(thing("device", "o'neil;--"), REJECT, by="'; DROP TABLE judgement;--", why="'")
    assert read(shop, hostile) == read(twin)
    assert read(shop, said(thing("device", "'); DROP TABLE link;--"), REJECT)) == read(shop)


def test_a_confirmed_link_to_a_rejected_identifier_ties_and_is_as_public_as_it_was(shop: Workspace) -> None:
    kept = (said(link(name, "device", "d1"), CONFIRM) for name in ("ann", "cyd"))
    with shop.reading() as connection:
        reader = KnownReader(connection, (said(thing("device", "d1"), REJECT), *kept))
        _, links, _ = reader.read_known(LATER, BUILT_IN_KINDS)
    names = links.identifiers["identifier"].to_pylist()
    at = names.index("d1")
    assert links.account[links.identifier == at].tolist() == [0, 2]
    assert links.holder_count[at] == 4  # ann, bob, cyd and an outsider


def test_one_confirmed_link_to_a_rejected_identifier_is_shared_with_nobody(shop: Workspace) -> None:
    judged = (said(thing("device", "d1"), REJECT), said(link("ann", "device", "d1"), CONFIRM))
    with shop.reading() as connection:
        _, links, _ = KnownReader(connection, judged).read_known(LATER, BUILT_IN_KINDS)
    assert "d1" not in links.identifiers["identifier"].to_pylist()


def test_a_judged_account_is_labelled_as_by_a_table(shop: Workspace, tmp_path: Path) -> None:
    day = "2026-03-01"
    twin = shop_of(tmp_path / "twin", SEEN, SHIPPED, [*LABELS, f"bob,fraud,{day}", f"cyd,legit,{day}"])
    judged = (said(account("bob"), CONFIRM), said(account("cyd"), REJECT))
    assert read(shop, *judged) == read(twin)
    assert digest(shop, *judged) == digest(twin)


def test_one_label_against_one_judgement_is_no_label(shop: Workspace) -> None:
    assert read(shop)["verdict"] == [1, 0, 0, 0, 0]
    assert read(shop, said(account("ann"), REJECT))["verdict"] == [0, 0, 0, 0, 0]


def test_a_confirmed_ring_labels_its_core_as_far_as_it_is_known(shop: Workspace) -> None:
    ring = said_of_ring("RING-A", CONFIRM, ring_state(("bob", "gone"), ("cyd",)))
    assert read(shop, ring)["verdict"] == [1, 1, 0, 0, 0]


def test_a_run_as_of_earlier_knows_nothing_of_it(shop: Workspace) -> None:
    judged = (said(thing("device", "d1"), REJECT), said(account("bob"), CONFIRM))
    assert read(shop, *judged, as_of=NOON - HOUR) == read(shop, as_of=NOON - HOUR)


def test_withdrawn_expired_unsure_and_contested_judgements_change_no_bit(shop: Workspace) -> None:
    gone = said(thing("device", "d1"), REJECT)
    judged = (
        gone, withdrawn(gone, hour=1), said(thing("device", "d2"), REJECT, until=2),
        said(thing("device", "d1"), Ruling.UNSURE), said(account("bob"), CONFIRM),
        said(account("bob"), REJECT, by="kim"),
    )  # fmt: skip
    assert read(shop, *judged) == read(shop)
    assert digest(shop, *judged) == digest(shop)
