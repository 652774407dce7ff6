"""The marketplace_graph data as somebody else would put it into Neo4j: plain Cypher, labels of their own."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from neo4j_server import Neo4jServer

_BATCH = 5_000
# feature_type -> relationship type; the label is the feature's own name
_FEATURES = {
    "PhoneNumber": "HAS_PHONE",
    "EmailAddress": "HAS_EMAIL",
    "Address": "LIVES_AT",
    "IpAddress": "USES_IP",
}


def fill_marketplace(server: Neo4jServer, data: Path) -> None:
    """data: the folder with accounts.csv, account_features.csv, merchants.csv, transactions.csv.gz."""
    for label, key in (
        ("Customer", "account_id"), ("Merchant", "merchant_id"), ("Transaction", "tx_id"),
        *((label, "value") for label in _FEATURES),
    ):  # fmt: skip
        server.run(f"CREATE CONSTRAINT FOR (n:{label}) REQUIRE n.{key} IS UNIQUE")
    for rows in _batches(data / "accounts.csv"):
        server.run("UNWIND $rows AS row CREATE (c:Customer) SET c = row", rows=rows)
    for rows in _batches(data / "merchants.csv"):
        server.run("UNWIND $rows AS row CREATE (m:Merchant) SET m = row", rows=rows)
    for rows in _batches(data / "account_features.csv"):
        for label, type_name in _FEATURES.items():
            server.run(
                f"UNWIND $rows AS row WITH row WHERE row.feature_type = '{label}'"
                f" MATCH (c:Customer {{account_id: row.account_id}})"
                f" MERGE (f:{label} {{value: row.feature_value}}) MERGE (c)-[:{type_name}]->(f)",
                rows=rows,
            )
    for rows in _batches(data / "transactions.csv.gz"):
        server.run(
            "UNWIND $rows AS row MATCH (c:Customer {account_id: row.account_id})"
            " MATCH (m:Merchant {merchant_id: row.merchant_id})"
            " CREATE (c)-[:MADE]->(t:Transaction {tx_id: row.tx_id, amount: toFloat(row.amount),"
            " created: datetime(row.created)})-[:AT]->(m)"
            " WITH row, t WHERE row.feature_type = 'IpAddress'"
            " MERGE (i:IpAddress {value: row.feature_value}) CREATE (t)-[:FROM_IP]->(i)",
            rows=rows,
        )


def _batches(path: Path) -> Iterator[list[dict[str, str]]]:
    text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    with io.StringIO(text.decode("utf-8")) as file:
        reader = csv.DictReader(file)
        while rows := list(islice(reader, _BATCH)):
            yield rows
