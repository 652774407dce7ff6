"""What a run knows at a time: arrays in canonical order, and a digest of all of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import datetime
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from small_shop import MAP_ACCOUNTS, MAP_DEVICES, MAP_IPS, MAP_LABELS, MAP_PAYMENTS
from small_worlds import Thing, World, known_accounts, random_world, shared_links
from tables_on_disk import make_workspace

from graphrisk.graph.links import SharedLinks
from graphrisk.model.kinds import BUILT_IN_KINDS
from graphrisk.model.known import KnownAccounts, Trade, Turnover
from graphrisk.stores.duckdb.known import KnownReader
from graphrisk.stores.duckdb.known_digest import digest_input

TOML = MAP_ACCOUNTS + MAP_DEVICES + MAP_IPS + MAP_PAYMENTS + MAP_LABELS
FILES = {
    "accounts.csv": "id,created_at\nzed,2024-01-02\nann,2024-01-01\nBob,\nlate,2024-06-01\n",
    "seen.csv": (
        "id,device,ip,at\nzed,d2,,2024-02-01\nann,d2,9.9.9.9,2024-02-01\nzed,d1,,2024-02-01\nBob,d1,,2024-02-02\n"
        "ann,d1,9.9.9.9,2024-05-01\nann,own,,2024-02-01\nann,d2,,2024-02-09\nlate,d1,,2024-01-05\n"
    ),
    "payments.csv": (
        "id,payer,payee,amount,currency,status,paid_at\n"
        "1,ann,zed,10.00,EUR,paid,2024-02-01\n2,ann,zed,5.00,EUR,chargeback,2024-02-02\n"
        "3,zed,ann,900,JPY,refunded,2024-02-03\n4,ann,Bob,7.00,EUR,paid,2024-05-01\n5,Bob,Bob,1.00,EUR,paid,\n"
    ),
    "labels.csv": (
        "id,label,at\nann,fraud,2024-02-01\nann,legit,2024-02-02\nzed,fraud,2024-02-01\nzed,fraud,2024-02-03\n"
        "zed,legit,\nBob,legit,2024-02-01\nBob,unknown,2024-02-01\n"
    ),
}  # fmt: skip
MARCH = datetime(2024, 3, 1)  # noqa: DTZ001 - naive UTC, as everywhere


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    shop = make_workspace(tmp_path_factory.mktemp("known"), TOML, FILES)
    shop.load()
    with shop.writing() as opened:
        yield opened


def known(connection: duckdb.DuckDBPyConnection, as_of: datetime) -> tuple[KnownAccounts, SharedLinks, str]:
    return KnownReader(connection).read_known(as_of, BUILT_IN_KINDS)


def test_accounts_known_by_then_come_sorted_by_bytes(connection: duckdb.DuckDBPyConnection) -> None:
    accounts, links, _ = known(connection, MARCH)
    assert accounts.account_ids.to_pylist() == links.account_ids.to_pylist() == ["Bob", "ann", "zed"]
    no_time = np.iinfo(np.int64).min
    assert accounts.created_at.tolist() == [no_time, 1_704_067_200_000_000, 1_704_153_600_000_000]


def test_links_known_by_then_come_in_canonical_order(connection: duckdb.DuckDBPyConnection) -> None:
    _, links, _ = known(connection, MARCH)
    # d1: Bob, zed (ann only in May; `late` is no account yet); d2: ann, zed; the IP and `own` are ann's alone
    assert links.identifiers.to_pylist() == [
        {"kind": "device", "identifier": "d1"}, {"kind": "device", "identifier": "d2"},
    ]  # fmt: skip
    assert links.identifier.tolist() == [0, 0, 1, 1]
    assert links.account.tolist() == [0, 2, 1, 2]
    assert links.holder_count.tolist() == [2, 2]
    assert links.private_count.tolist() == [0, 2, 0]
    assert [BUILT_IN_KINDS.names()[code] for code in links.kind_code] == ["device", "device"]


def test_later_more_is_known(connection: duckdb.DuckDBPyConnection) -> None:
    accounts, links, digest = known(connection, datetime(2024, 7, 1))  # noqa: DTZ001
    assert accounts.account_ids.to_pylist() == ["Bob", "ann", "late", "zed"]
    assert links.holder_count.tolist() == [4, 2]
    assert digest != known(connection, MARCH)[2]


def test_the_majority_of_labels_reported_by_then_decides(connection: duckdb.DuckDBPyConnection) -> None:
    # Bob good; ann one of each; zed twice bad, once good without a time
    assert known(connection, MARCH)[0].verdict.tolist() == [-1, 0, 1]
    assert known(connection, datetime(2024, 2, 1))[0].verdict.tolist() == [-1, 1, 0]  # noqa: DTZ001


def test_payments_made_by_then_are_counted_with_their_losses(connection: duckdb.DuckDBPyConnection) -> None:
    accounts, _, _ = known(connection, MARCH)
    assert accounts.payment_count.tolist() == [1, 2, 1]
    assert accounts.loss_count.tolist() == [0, 1, 1]
    turnover = accounts.turnover
    assert turnover.currencies == ("EUR", "JPY", None)
    in_euros = turnover.currency == 0
    # paid and received: Bob's payment to himself is both
    assert turnover.account[in_euros].tolist() == [0, 1, 2]
    assert turnover.amount_minor[in_euros].tolist() == [200, 1500, 1500]


def test_reading_leaves_nothing_behind(connection: duckdb.DuckDBPyConnection) -> None:
    def names() -> set[str]:
        return {row[0] for row in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}

    before = names()
    known(connection, MARCH)
    assert names() == before


def test_the_latest_time_in_any_table_is_the_default_as_of(connection: duckdb.DuckDBPyConnection) -> None:
    assert KnownReader(connection).latest_time() == datetime(2024, 6, 1)  # noqa: DTZ001


def test_outsiders_count_as_holders_but_are_no_accounts(tmp_path: Path) -> None:
    seen = FILES["seen.csv"] + "stranger,d1,,2024-02-01\nother,d1,,\n"
    skipping = TOML.replace('identifier = "ip"\n', 'identifier = "ip"\nunknown_account = "skip"\n')
    shop = make_workspace(tmp_path, skipping, {**FILES, "seen.csv": seen})
    shop.load()
    with shop.writing() as opened:
        accounts, links, _ = known(opened, MARCH)
    assert accounts.account_ids.to_pylist() == ["Bob", "ann", "zed"]
    assert links.holder_count.tolist() == [4, 2]
    assert links.known_holder_count().tolist() == [2, 2]


# ---- digest ------------------------------------------------------------------------------------------------

WORLD = random_world(1, account_count=20, thing_count=12, largest=6)


def test_every_number_and_text_is_part_of_the_digest() -> None:
    links, accounts = shared_links(WORLD), known_accounts(WORLD)
    digests = [digest_input(links, accounts)]
    for part in (links, accounts):
        for field in fields(part):
            value = getattr(part, field.name)
            # a kind's code follows from its name
            if isinstance(value, np.ndarray) and value.size and field.name != "kind_code":
                changed = value.copy()
                changed[-1] += 1
                other = replace(part, **{field.name: changed})
                digests.append(digest_input(other, accounts) if part is links else digest_input(links, other))
    one = np.ones(1, dtype=np.int64)
    turnover = Turnover(("EUR", None), np.zeros(1, np.int32), np.zeros(1, np.int32), one, one)
    dollars, twice = replace(turnover, currencies=("USD", None)), replace(turnover, amount_minor=2 * one)
    digests += [digest_input(links, replace(accounts, turnover=each)) for each in (turnover, dollars, twice)]
    digests += [digest_input(links, replace(accounts, trade=each)) for each in one_payment_each_other()]
    digests += [digest_input(links, each) for each in one_word_each_other(accounts)]
    assert len(set(digests)) == len(digests) == 30


def one_word_each_other(accounts: KnownAccounts) -> list[KnownAccounts]:
    """Accounts with a measure and a trait, and for each of their fields others that differ in it alone."""
    count = accounts.account_count
    described = replace(
        accounts, measures=np.zeros((count, 1)), traits=np.zeros((count, 1), np.int32),
        measure_names=("age",), trait_names=("browser",), trait_words=(("A", "B"),),
    )  # fmt: skip
    return [
        replace(described, measures=described.measures + 1), replace(described, traits=described.traits + 1),
        replace(described, measure_names=("aeg",)), replace(described, trait_names=("bowser",)),
        replace(described, trait_words=(("A", "C"),)),
    ]  # fmt: skip


def one_payment_each_other() -> list[Trade]:
    """One payment, and for each field another that differs in it alone."""
    zero, no = np.zeros(1, np.int64), np.zeros(1, np.bool_)
    position = np.zeros(1, np.int32)
    trade = Trade(("EUR",), pa.array(["shop"]), position, position, zero, zero, position, no, no)
    changed: list[tuple[str, object]] = [("currencies", ("USD",)), ("outsider_ids", pa.array(["hops"]))]
    numbers = ("payer", "payee", "paid_at", "amount_minor", "currency")
    changed += [
        ("is_loss", ~no),
        ("is_chargeback", ~no),
        *((name, getattr(trade, name) + 1) for name in numbers),
    ]
    assert {name for name, _ in changed} == {field.name for field in fields(Trade)}
    return [trade, *(replace(trade, **{name: value}) for name, value in changed)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "other"), [(["ab", "c"], ["a", "bc"]), (["a", ""], ["", "a"]), (["é"], ["e"])]
)
def test_where_one_id_ends_is_part_of_the_digest(one: list[str], other: list[str]) -> None:
    def digest(ids: list[str]) -> str:
        world = World(len(ids), ())
        texts = pa.array(ids, pa.string())
        return digest_input(
            replace(shared_links(world), account_ids=texts), replace(known_accounts(world), account_ids=texts)
        )

    assert digest(one) != digest(other)
    assert digest(one) == digest(list(one))


def test_how_arrow_holds_the_text_is_no_part_of_the_digest() -> None:
    world = World(3, (Thing("device", frozenset((0, 1))),))
    links, accounts = shared_links(world), known_accounts(world)
    padded = pa.array(["x", *world.account_ids(), "y"], pa.string()).slice(1, 3)
    chunked = links.identifiers.slice(0, 0), links.identifiers
    other = replace(links, account_ids=padded, identifiers=pa.concat_tables(chunked))
    assert digest_input(other, accounts) == digest_input(links, accounts)
