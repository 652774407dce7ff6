"""A workspace in which every text that a push sends attacks whoever builds statements from it.

The texts are put into the database itself: a load would put those with control characters into quarantine,
but the graph must not depend on that.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import duckdb
from handmade_shop import AS_OF

from graphrisk.stores.duckdb.schema import create_views
from graphrisk.workspace import Workspace

LONG = "x" * 10_240
HOSTILE: tuple[str, ...] = (
    # quotes, backticks, escapes, and what would end a statement
    "'", '"', "`", "\\", "\\u0060", "it's \"quoted\" `here`", "*/ MATCH (n) DETACH DELETE n /*",
    "``}) DETACH DELETE n //", "'}) DETACH DELETE n //", "}) DETACH DELETE n //",
    "'; MATCH (n) DETACH DELETE n; //",
    # parameters and placeholders
    "$id", "{id: $id}", "${id[0]}", "`{label}`", "{label}", "%s %(id)s {0}",
    # other types and words of Cypher
    "null", "NULL", "true", "0", "-1", "MATCH", "toString(n)", "=cmd|'/C calc'!A0", "<script>x</script>",
    # controls, blanks, and the separators of our own digests
    "line\nbreak\r\n\ttab", "\x00", "a\x00b", "\x1b[2J\x07", "\x1f", "\x1e", " ", "  ", "\u00a0", "\u2028",
    # two texts each that differ in case or in Unicode normal form only
    "a", "A", "\u00e9", "e\u0301", "\u00df", "ss", "\ufb01", "fi", "\u0130", "i\u0307", "\u2126", "\u03a9",
    # emoji, bidirectional text, marks that are not seen
    "\U0001f98a", "\U0001f469\u200d\U0001f467", "\u202eevil\u2066", "\u200f", "\ufeff", "\ufffd",
    # too long for an index; two that differ at the end only; one that looks like a shortened one
    LONG, LONG + "y", "\U0001f98a" * 2_560, "'`\"\\" * 2_560, "z" * 200 + "...sha256:" + "0" * 64,
)  # fmt: skip

KINDS = """
data = "."
[neo4j]
payments = true
batch_rows = 40
[kinds.match]
label = "MATCH"
relationship = "WHERE"
[kinds.delete]
label = "Null"
relationship = "DETACH"
"""
# kind -> label, relationship: two of graphrisk's own, two named like words of Cypher
LABELS = {
    "device": ("Device", "USED_DEVICE"),
    "match": ("MATCH", "WHERE"),
    "delete": ("Null", "DETACH"),
}
RING_IDS = tuple(f"RING {key} '`\"}}) //" for key in range(len(HOSTILE)))
RUN = "run '`\"}) \x1b[2J"


def make_hostile_world(folder: Path) -> Workspace:
    """For each text an account, an identifier of each kind, a payment and a ring, with the text in every
    field."""
    folder.mkdir()
    (folder / "graphrisk.toml").write_text(KINDS, encoding="utf-8")
    shop = Workspace.open(folder)
    with shop.writing() as connection:
        create_views(connection, has_account_table=True)
        _store_tables(connection)
        _store_run(connection)
    return shop


def _store_tables(connection: duckdb.DuckDBPyConnection) -> None:
    keys = range(len(HOSTILE))
    _insert(connection, "account_key", list(zip(keys, HOSTILE, strict=True)))
    _insert(connection, "account", [(key, text, AS_OF, text, text, 1) for key, text in enumerate(HOSTILE)])
    identifiers = [(kind, text) for kind in LABELS for text in HOSTILE]
    _insert(
        connection,
        "identifier_key",
        [(key, kind, False, text) for key, (kind, text) in enumerate(identifiers)],
    )
    _insert(
        connection,
        "link",
        [(key % len(HOSTILE), key, text, AS_OF, AS_OF, 1, 1) for key, (_, text) in enumerate(identifiers)],
    )
    _insert(
        connection,
        "payment",
        [
            (text, key, (key + 1) % len(HOSTILE), key, text, text, text, AS_OF, 1)
            for key, text in enumerate(HOSTILE)
        ],
    )
    _insert(connection, "label", [(key, "bad", text, None, 1) for key, text in enumerate(HOSTILE)])


def _store_run(connection: duckdb.DuckDBPyConnection) -> None:
    started = AS_OF + timedelta(hours=1)
    _insert(connection, "run", [(RUN, started, AS_OF, HOSTILE[4], HOSTILE[7], 1, "{}", "{}", "{}", 1)])
    named = list(zip(RING_IDS, HOSTILE, strict=True))
    rings = [(RUN, ring, 0.5, 1, 1, 1, 0, text, 3, text, text, -1.5, text) for ring, text in named]
    _insert(connection, "ring", rings)
    members = [(RUN, ring, text, "core", 0.5, 1.0, 0.9, 1.0, text, text, text) for ring, text in named]
    _insert(connection, "ring_member", members)
    ties = [(RUN, ring, other, 2.5, 1, 0, text) for (ring, text), (other, _) in pairwise(named)]
    _insert(connection, "ring_tie", ties)
    hops = [(RUN, ring, text, text, kind, text, 1, 1.0, 0.5) for kind in LABELS for ring, text in named]
    _insert(connection, "evidence", hops)
    _insert(connection, "account_risk", [(RUN, text, 0.9, 0.8, 1.0, 0.1, ring, text) for ring, text in named])


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[tuple[object, ...]]) -> None:
    holes = f"({', '.join('?' * len(rows[0]))})"
    values = [value for row in rows for value in row]
    connection.execute(f"INSERT INTO {table} VALUES {', '.join([holes] * len(rows))}", values)
