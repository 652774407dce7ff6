"""A query over a real PostgreSQL server is a table like any other."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from postgres_server import PASSWORD, PostgresServer, run_postgres
from tables_on_disk import State, make_workspace, read_state

from graphrisk.errors import ConfigError, GraphriskError, InputError

COLUMNS = """[tables.orders.payment]
id = "order_id"
payer = "buyer"
payee = "seller"
amount = "amount"
currency = "currency"
status = "status"
paid_at = "paid_at"

[[tables.orders.link]]
kind = "device"
account = "buyer"
identifier = "device"
seen_at = "paid_at"

[[tables.orders.link]]
kind = "address"
account = "buyer"
identifier = "address"
"""
SCHEMA = """CREATE TABLE orders (order_id bigint, buyer text, seller uuid, amount numeric(20, 4),
    currency char(3), status order_status, paid_at timestamptz, device text, address text)"""
SELLER = "5b0f2f9e-3c1d-4b7a-9a51-0d6d0c6f7a10"
HEADER = "order_id buyer seller amount currency status paid_at device address".split()  # noqa: SIM905 - one line, not nine
ROWS: list[tuple[str | None, ...]] = [
    (
        "9223372036854775807",
        "anna",
        SELLER,
        "19.9900",
        "EUR",
        "paid",
        "2024-03-31 03:30:00+02",
        "d1",
        "Main St 1",
    ),
    (
        "2",
        'o\'hara "x"',
        SELLER,
        "0.005",
        "USD",
        "chargeback",
        "2024-01-01 00:00:00.123456-08",
        "d\\1",
        "Main\nSt 1",
    ),
    ("3", "🦊, \\N", None, None, None, None, None, None, None),
    (
        "4",
        "'; DROP TABLE orders; --",
        SELLER,
        "123456789012.3400",
        "JPY",
        "refunded",
        "1999-12-31 23:59:59+00",
        "",
        "é",
    ),
    ("5", "nan", SELLER, "NaN", "EUR", "paid", "infinity", "d1", "Rue de l’Été 5"),
    (None, "nobody", SELLER, "1", "EUR", "paid", "2024-01-01 00:00:00+00", "d2", "x 1"),
]


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with run_postgres() as postgres:
        values = ", ".join(f"({', '.join(map(literal, row))})" for row in ROWS)
        postgres.execute(
            "CREATE TYPE order_status AS ENUM ('paid', 'refunded', 'chargeback')",
            SCHEMA,
            f"INSERT INTO orders VALUES {values}",
            "CREATE TABLE counted AS SELECT n, 100000 - n AS left_over FROM generate_series(1, 100000) AS n",
        )
        yield postgres


def literal(text: str | None) -> str:
    return "NULL" if text is None else "'" + text.replace("'", "''") + "'"


def load_query(
    folder: Path, database: str, query: str = "SELECT * FROM orders", columns: str = COLUMNS
) -> State:
    toml = f"""[limits]
max_bad_share = 0.9

[tables.orders]
database = "{database}"
query = '''{query}'''

{columns}"""
    workspace = make_workspace(folder, toml, {})
    workspace.load()
    return read_state(workspace, with_lines=False)


def load_csv(folder: Path) -> State:
    text = io.StringIO()
    written = csv.writer(text, lineterminator="\n")
    written.writerow(HEADER)
    written.writerows([["" if cell is None else cell for cell in row] for row in ROWS])
    toml = f'[limits]\nmax_bad_share = 0.9\n\n[tables.orders]\nfiles = ["orders.csv"]\n\n{COLUMNS}'
    workspace = make_workspace(folder, toml, {"orders.csv": text.getvalue()})
    workspace.load()
    return read_state(workspace, with_lines=False)


@pytest.fixture
def address(server: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("SHOP_DSN", server.address())
    return "env:SHOP_DSN"


def test_rows_of_a_query_are_those_of_the_same_csv(address: str, tmp_path: Path) -> None:
    asked, read = load_query(tmp_path / "asked", address), load_csv(tmp_path / "read")
    assert asked == read
    assert len(read["known_payment"]) >= 4
    assert {fault[-1] for fault in read["quarantine"]} == {"missing_key", "wrong_type", "impossible_time"}


def test_a_query_may_be_written_in_any_way_that_the_server_reads(address: str, tmp_path: Path) -> None:
    plain = load_query(tmp_path / "plain", address)
    for at, query in enumerate(["TABLE orders; ", "WITH o AS (TABLE orders) SELECT * FROM o -- the lot"]):
        assert load_query(tmp_path / str(at), address, query) == plain, query


def test_the_servers_settings_do_not_change_what_is_read(
    server: PostgresServer, address: str, tmp_path: Path
) -> None:
    before = load_query(tmp_path / "before", address)
    server.execute(
        "ALTER ROLE shop SET datestyle = 'German'",
        "ALTER ROLE shop SET timezone = 'Asia/Kolkata'",
        "ALTER ROLE shop SET client_encoding = 'LATIN1'",
    )
    try:
        assert load_query(tmp_path / "after", address) == before
    finally:
        server.execute("ALTER ROLE shop RESET ALL")


def test_a_second_load_of_the_same_rows_changes_nothing_and_new_rows_are_seen(
    server: PostgresServer, address: str, tmp_path: Path
) -> None:
    server.execute("CREATE TABLE growing AS SELECT * FROM orders")
    query = "SELECT * FROM growing"
    once = load_query(tmp_path, address, query)
    assert load_query(tmp_path, address, query) == once
    server.execute(
        "INSERT INTO growing (order_id, buyer, device) VALUES (77, 'late', 'd9')",
        "DELETE FROM growing WHERE order_id = 2",
    )
    assert "late" in str(load_query(tmp_path, address, query)["known_account"])


def test_a_query_cannot_write(server: PostgresServer, address: str, tmp_path: Path) -> None:
    server.execute(
        "CREATE FUNCTION emptied() RETURNS SETOF orders LANGUAGE sql AS 'DELETE FROM orders RETURNING *'"
    )
    with pytest.raises(InputError, match="read-only"):
        load_query(tmp_path, address, "SELECT * FROM emptied()")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT * FROM nowhere", 'relation "nowhere" does not exist'),
        ("SELECT order_id, nothing AS buyer FROM orders", 'column "nothing" does not exist'),
        ("SELECT order_id FROM orders", "needs a column `buyer`"),
        ("SELEC 1", "syntax error"),
        ("SELECT 10 / left_over AS order_id, 'a' AS buyer FROM counted ORDER BY n", "division by zero"),
    ],
)
def test_a_query_that_fails_is_said_in_one_line(query: str, said: str, address: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=said) as failure:
        load_query(tmp_path, address, query)
    assert_is_discreet(failure.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"password": "wr0ng-secret"}, "password authentication failed"),
        ({"database": "elsewhere"}, 'database "elsewhere" does not exist'),
        ({"user": "stranger"}, "password authentication failed"),
    ],
)
def test_a_refused_connection_is_said_without_the_password(
    change: dict[str, str], said: str, server: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_DSN", server.address(**change))
    with pytest.raises(ConfigError, match=said) as failure:
        load_query(tmp_path, "env:SHOP_DSN")
    assert_is_discreet(failure.value)
    assert "wr0ng" not in str(failure.value)


@pytest.mark.parametrize(
    "address",
    [
        f"postgresql://shop:{quote(PASSWORD, safe='')}@127.0.0.1:1/shop",
        f"postgresql://shop:{quote(PASSWORD, safe='')}@/shop?host=/nowhere",
        f"postgresql://shop:{PASSWORD}@shop.invalid/shop",
        "postgresql://shop:pass%word@host/shop",
        "postgresql://shop:password@[::1/shop",
        "postgresql://shop:password@host:word/shop",
        "postgresql://shop:pass word@host/shop",
        "postgresql://host/shop?password=word&pass=word",
    ],
)
def test_an_address_that_leads_nowhere_is_said_without_the_password(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_DSN", address)
    with pytest.raises(ConfigError, match="cannot be reached") as failure:
        load_query(tmp_path, "env:SHOP_DSN")
    assert_is_discreet(failure.value)
    assert "word" not in str(failure.value).splitlines()[0]


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://shop:secret@host/shop",
        "postgresql://host/shop?password=secret",
        "postgresql://shop:secret@[::1/x",
    ],
)
def test_a_password_in_the_file_is_refused_and_not_repeated(address: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="does not belong into a file") as failure:
        load_query(tmp_path, address)
    assert "secret" not in str(failure.value)


def assert_is_discreet(failure: GraphriskError) -> None:
    """One line says what, at most one more says what to do; no password, nor in what is chained to it."""
    text = str(failure)
    assert len([line for line in text.splitlines() if not line.startswith("  -> ")]) == 1
    assert PASSWORD not in text
    assert quote(PASSWORD, safe="") not in text
    assert failure.__suppress_context__ or PASSWORD not in str(failure.__context__)
