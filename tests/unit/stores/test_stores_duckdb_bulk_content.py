"""The tables for Neo4j's importer, from the hand-made shop (tests/handmade_shop.py)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import duckdb
import pyarrow as pa
import pytest
from enforced_shop import enforcement
from handmade_shop import ACCOUNTS

from graphrisk.model.graph_schema import PropertyType, graph_schema
from graphrisk.model.kinds import BUILT_IN_KINDS
from graphrisk.stores.duckdb.bulk_content import DuckBulkContent
from graphrisk.stores.duckdb.graph_content import DuckGraphContent
from graphrisk.stores.duckdb.projection import ProjectionScope
from graphrisk.workspace import Workspace

SCHEMA = graph_schema(BUILT_IN_KINDS)
NODES = {node.label: node for node in SCHEMA.nodes}
LINKS = {link.type: link for link in SCHEMA.relationships}
AT = datetime(2026, 4, 1, 12, 30, 0, 123_987)  # noqa: DTZ001 - naive UTC
ARROW_TYPES = {
    PropertyType.STRING: pa.string(),
    PropertyType.INTEGER: pa.int64(),
    PropertyType.FLOAT: pa.float64(),
    PropertyType.BOOLEAN: pa.bool_(),
    PropertyType.TIME: pa.string(),
}


@pytest.fixture
def connection(shop: Workspace) -> Iterator[duckdb.DuckDBPyConnection]:
    with shop.writing() as opened:
        yield opened


def read(connection: duckdb.DuckDBPyConnection, run_id: str | None = "run-new") -> dict[str, pa.Table]:
    """Every table, by label or relationship type."""
    content = DuckBulkContent(connection, ProjectionScope(BUILT_IN_KINDS, run_id, payments=True), AT)
    nodes = {node.label: content.read_nodes(node).read_all() for node in SCHEMA.nodes}
    return nodes | {link.type: content.read_relationships(link).read_all() for link in SCHEMA.relationships}


def named(tables: dict[str, pa.Table], label: str) -> dict[int, str]:
    """Number -> id."""
    table = tables[label]
    return dict(zip(table[":ID"].to_pylist(), table["id"].to_pylist(), strict=True))


def test_columns_are_the_declared_properties_with_the_types_that_the_importer_knows(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    tables = read(connection)
    for name, schema in (NODES | LINKS).items():
        ends = [":ID"] if name in NODES else [":START_ID", ":END_ID"]
        columns = [
            (f"{each.name}:datetime" if each.type is PropertyType.TIME else each.name, ARROW_TYPES[each.type])
            for each in schema.properties
        ]
        last = [(":LABEL", pa.string())] if name == "Account" else []
        found = [(field.name, field.type) for field in tables[name].schema]
        assert found == [*((end, pa.int64()) for end in ends), *columns, *last], name


def test_every_node_has_a_number_of_its_own(connection: duckdb.DuckDBPyConnection) -> None:
    tables = read(connection)
    numbers = [number for label in NODES for number in named(tables, label)]
    assert numbers == list(range(len(numbers)))
    assert sorted(named(tables, "Account").values()) == sorted([*ACCOUNTS, "acc7"])


def test_relationships_point_at_the_numbers_of_their_ends(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("UPDATE identifier_key SET identifier = 'acc2' WHERE identifier = 'C2'")
    tables = read(connection)
    accounts, rings = named(tables, "Account"), named(tables, "Ring")
    identifiers = named(tables, "Device") | named(tables, "Instrument")
    member = tables["MEMBER_OF"].to_pylist()
    alpha = {accounts[row[":START_ID"]] for row in member if rings[row[":END_ID"]] == "RING-ALPHA"}
    assert alpha == {"acc1", "acc2", "acc3", "acc4"}
    ties = {
        (accounts[row[":START_ID"]], identifiers[row[":END_ID"]]) for row in tables["EVIDENCE"].to_pylist()
    }
    assert ties >= {("acc1", "D1"), ("acc3", "C1"), ("acc4", "C1")}
    paid_with = tables["PAID_WITH"].to_pylist()
    paid_with = sorted((accounts[row[":START_ID"]], identifiers[row[":END_ID"]]) for row in paid_with)
    assert paid_with == [("acc1", "acc2"), ("acc3", "C1"), ("acc4", "C1")]


def test_states_of_accounts_are_labels(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("INSERT INTO account_key VALUES (99, 'out')")
    connection.execute("UPDATE payment SET payee_key = 99 WHERE payment_id = 'p2'")
    table = read(connection)["Account"]
    labels = dict(zip(table["id"].to_pylist(), table[":LABEL"].to_pylist(), strict=True))
    assert {name: label for name, label in labels.items() if label} == {
        "acc1": "HighRisk", "acc2": "HighRisk;KnownBad", "acc3": "HighRisk", "acc4": "HighRisk",
        "acc5": "KnownGood", "out": "Outsider",
    }  # fmt: skip


def test_times_are_in_utc_to_the_millisecond(connection: duckdb.DuckDBPyConnection) -> None:
    """As `datetime.fromEpochMillis($at / 1000)` has it: towards 1970, before it as well as after."""
    connection.execute("UPDATE account SET created_at = '1999-12-31 23:59:59.999999'")
    connection.execute(
        "UPDATE account SET created_at = '1969-12-31 23:59:59.998500' WHERE display_name = 'acc1'"
    )
    tables = read(connection)
    told = {"1999-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"}
    assert set(tables["Account"]["created_at:datetime"].to_pylist()) == told
    runs = {row["id"]: row for row in tables["Run"].to_pylist()}
    assert runs["run-new"]["written_at:datetime"] == "2026-04-01T12:30:00.123Z"
    assert runs["run-old"]["written_at:datetime"] is None
    assert {name: run["is_current"] for name, run in runs.items()} == {"run-new": True, "run-old": False}


def test_without_a_run_there_are_no_findings(connection: duckdb.DuckDBPyConnection) -> None:
    tables = read(connection, None)
    assert {name: tables[name].num_rows for name in ("Ring", "MEMBER_OF", "EVIDENCE")} == {
        "Ring": 0, "MEMBER_OF": 0, "EVIDENCE": 0,
    }  # fmt: skip
    assert tables["Run"]["is_current"].to_pylist() == [None, None]
    assert set(tables["Account"]["risk"].to_pylist()) == {None}


def test_payments_are_there_where_asked_for(connection: duckdb.DuckDBPyConnection) -> None:
    assert read(connection)["Payment"].num_rows == 4
    content = DuckBulkContent(connection, ProjectionScope(BUILT_IN_KINDS, None, payments=False), AT)
    assert content.read_nodes(NODES["Payment"]).read_all().num_rows == 0


def test_equal_content_gives_equal_tables(connection: duckdb.DuckDBPyConnection) -> None:
    assert read(connection) == read(connection)


def test_digests_are_those_that_a_push_compares(connection: duckdb.DuckDBPyConnection) -> None:
    """A push that finds these nodes has nothing to write."""
    scope = ProjectionScope(BUILT_IN_KINDS, "run-new", payments=True)
    tables, content = read(connection), DuckGraphContent(connection, scope)
    for label, node in NODES.items():
        change = content.compare_nodes(node, present(tables[label]))
        assert [change.new.num_rows, change.changed.num_rows, change.stale.num_rows] == [0, 0, 0], label


def test_what_is_in_force_is_what_a_push_would_write(connection: duckdb.DuckDBPyConnection) -> None:
    scope, told = ProjectionScope(BUILT_IN_KINDS, "run-new", payments=False), enforcement()
    bulk = DuckBulkContent(connection, scope, AT, told)
    tables = {node.label: bulk.read_nodes(node).read_all() for node in SCHEMA.nodes}
    links = {name: bulk.read_relationships(LINKS[name]).read_all() for name in ("PROPOSES", "TOUCHES")}
    states = {row["id"]: row["enforcement_state"] for row in tables["Account"].to_pylist()}
    assert (states["acc1"], states["acc2"], states["acc3"]) == ("suspend", "ban", None)
    labels = {row["id"]: row[":LABEL"] for row in tables["Account"].to_pylist()}
    assert (labels["acc1"], labels["acc4"]) == ("HighRisk;Enforced", "HighRisk")
    assert {name: table.num_rows for name, table in links.items()} == {"PROPOSES": 9, "TOUCHES": 3}
    content = DuckGraphContent(connection, scope, told)
    for label, node in NODES.items():
        change = content.compare_nodes(node, with_enforcement(tables[label]))
        assert [change.new.num_rows, change.changed.num_rows, change.stale.num_rows] == [0, 0, 0], label
    for label in ("Account", "Ring"):
        assert content.compare_enforcement(NODES[label]).num_rows == 0, label


def with_enforcement(table: pa.Table) -> pa.Table:
    found = present(table)
    if "enforcement_digest" in table.column_names:
        found = found.append_column("enforcement_digest", table["enforcement_digest"])
    return found


def test_a_row_with_an_empty_text_is_left_to_the_next_push(connection: duckdb.DuckDBPyConnection) -> None:
    """The importer would leave the property out."""
    connection.execute("UPDATE account SET market = '' WHERE display_name = 'acc1'")
    connection.execute("UPDATE ring_member SET reasons = '' WHERE account_id = 'acc4'")
    tables = read(connection)
    content = DuckGraphContent(connection, ProjectionScope(BUILT_IN_KINDS, "run-new", payments=True))
    changed = content.compare_nodes(NODES["Account"], present(tables["Account"])).changed
    assert changed["id"].to_pylist() == ["acc1"]
    digests = tables["MEMBER_OF"].select(["reasons", "content_digest"]).to_pylist()
    assert [row["reasons"] for row in digests if row["content_digest"] == 0] == [""]


def present(table: pa.Table) -> pa.Table:
    """As a push reads it from the server."""
    return pa.table({"node": table[":ID"], "id": table["id"], "digest": table["content_digest"]})
