"""All values of a kind that were known at a time, in canonical order, with the spelling that they came
from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from held_values import kind_values
from small_shop import MAP_ACCOUNTS
from tables_on_disk import make_workspace

from graphrisk.graph.values import KindValues
from graphrisk.model.kinds import BUILT_IN_KINDS, IdentifierKind
from graphrisk.stores.duckdb.known import KnownReader
from graphrisk.stores.duckdb.known_values import digest_values

TOML = f"""{MAP_ACCOUNTS}
[[tables.accounts.link]]
kind = "email"
account = "id"
identifier = "email"
[tables.places]
files = ["places.csv"]
[[tables.places.link]]
kind = "address"
account = "id"
identifier = ["line", "city"]
alias = "place"
seen_at = "at"
[tables.orders]
files = ["orders.csv"]
[[tables.orders.link]]
kind = "address"
account = "id"
identifier = "place"
by_alias = true
seen_at = "at"
"""
FILES = {
    "accounts.csv": (
        "id,created_at,email\nann,2024-01-01,Ann@x.example\nbob,2024-01-01,\nzed,2024-01-01,ann+1@x.example\n"
        "late,2024-06-01,late@x.example\n"
    ),
    "places.csv": (
        "id,place,line,city,at\nann,p1,12 Oak Street Apt 4,Austin,2024-02-01\n"
        "bob,p2,12 OAK ST Unit 4,Austin,2024-02-01\nzed,p3,7 Elm Road,Reno,2024-05-01\n"
        "late,p4,9 Fir Lane,Reno,2024-02-01\n"
    ),
    "orders.csv": "id,place,at\nzed,p1,2024-02-02\nbob,nowhere,2024-02-02\n",
}
MARCH = datetime(2024, 3, 1)  # noqa: DTZ001 - naive UTC, as everywhere
JULY = datetime(2024, 7, 1)  # noqa: DTZ001
ADDRESS, EMAIL = (BUILT_IN_KINDS.named(name) for name in ("address", "email"))


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    shop = make_workspace(tmp_path_factory.mktemp("values"), TOML, FILES)
    shop.load()
    with shop.writing() as opened:
        yield opened


def values(
    connection: duckdb.DuckDBPyConnection, as_of: datetime, *kinds: IdentifierKind | None
) -> tuple[KindValues, ...]:
    return KnownReader(connection).read_values(as_of, [kind for kind in kinds if kind is not None])[0]


def holders(of_kind: KindValues) -> dict[str, list[int]]:
    names = of_kind.identifiers.to_pylist()
    return {name: of_kind.account[of_kind.value == at].tolist() for at, name in enumerate(names)}


def test_what_one_account_alone_holds_is_read_too(connection: duckdb.DuckDBPyConnection) -> None:
    address, email = values(connection, JULY, ADDRESS, EMAIL)
    # ann, bob, late, zed; zed ordered to ann's address by its reference, nobody knows what `nowhere` is
    assert holders(address) == {
        "12 4 apt austin oak st": [0, 1, 3], "7 elm rd reno": [3], "9 fir ln reno": [2]
    }  # fmt: skip
    assert holders(email) == {"ann@x.example": [0, 3], "late@x.example": [2]}
    assert (address.kind, email.kind) == ("address", "email")


def test_an_address_keeps_the_order_of_its_words(connection: duckdb.DuckDBPyConnection) -> None:
    address, email = values(connection, JULY, ADDRESS, EMAIL)
    assert address.texts.to_pylist() == ["12 OAK ST Unit 4, Austin", "7 Elm Road, Reno", "9 Fir Lane, Reno"]
    assert email.texts.equals(email.identifiers)


def test_what_was_seen_later_was_not_known(connection: duckdb.DuckDBPyConnection) -> None:
    (address,) = values(connection, MARCH, ADDRESS)
    # `late` was no account yet, and zed had not been at Elm Road; positions are ann, bob, zed
    assert holders(address) == {"12 4 apt austin oak st": [0, 1, 2]}
    assert address.outsider_count.tolist() == [0]


def test_no_kind_asked_for_is_nothing_read(connection: duckdb.DuckDBPyConnection) -> None:
    assert values(connection, JULY) == ()


def test_the_temporary_tables_are_gone_afterwards(connection: duckdb.DuckDBPyConnection) -> None:
    values(connection, JULY, ADDRESS)
    assert connection.sql("SELECT table_name FROM duckdb_tables() WHERE temporary").fetchall() == []


def test_outsiders_are_counted(tmp_path: Path) -> None:
    files = {
        "accounts.csv": "id\nann\n",
        "seen.csv": "id,ip\nann,9.9.9.9\nstranger,9.9.9.9\nother,9.9.9.9\nstranger,9.9.9.8\n",
    }
    toml = """
[tables.accounts]
files = ["accounts.csv"]
[tables.accounts.account]
id = "id"
[tables.seen]
files = ["seen.csv"]
[[tables.seen.link]]
kind = "ip"
account = "id"
identifier = "ip"
"""
    shop = make_workspace(tmp_path, toml, files)
    shop.load()
    with shop.writing() as opened:
        (ip,) = values(opened, JULY, BUILT_IN_KINDS.named("ip"))
    assert holders(ip) == {"9.9.9.8": [], "9.9.9.9": [0]}
    assert ip.outsider_count.tolist() == [1, 2]


def test_every_part_of_the_values_is_in_the_digest() -> None:
    one = kind_values("ip", {"a": [0, 1], "b": [2]}, {"b": 1})
    others = [
        replace(one, kind="email"),
        replace(one, identifiers=pa.array(["a", "c"])),
        replace(one, texts=pa.array(["a", "B"])),
        replace(one, texts=pa.array(["ab", ""])),
        replace(one, account=np.array([0, 1, 3], np.int32)),
        replace(one, value=np.array([0, 0, 0], np.int32)),
        replace(one, outsider_count=np.array([1, 0], np.int32)),
    ]
    digests = [digest_values([each]) for each in (one, *others)]
    assert len(set(digests)) == len(digests)
    assert digest_values([one, others[0]]) != digest_values([others[0], one])
