"""What a server told in columns, made into the tables of a pull: pure functions over Arrow arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from graphrisk.flows.pull import PULLED_LINK


@dataclass(frozen=True, slots=True)
class NodeTexts:
    """node: int64 [N], internal ids, sorted. text: string array [N]."""

    node: NDArray[np.int64]
    text: pa.Array

    @classmethod
    def of(cls, nodes: Sequence[pa.Array], texts: Sequence[pa.Array]) -> NodeTexts:
        """Of parts that belong together by position."""
        node = np.asarray(pa.chunked_array(nodes, pa.int64()), dtype=np.int64)
        order = np.argsort(node, kind="stable")
        whole = pa.chunked_array(texts, pa.string()).combine_chunks()
        return cls(node[order], whole.take(pa.array(order)))

    def find(self, nodes: pa.Array) -> pa.Array:
        """The text of each of `nodes`, null where it is none of ours."""
        wanted = np.asarray(nodes, dtype=np.int64)
        if not len(self.node):
            return pa.nulls(len(wanted), pa.string())
        at = np.minimum(np.searchsorted(self.node, wanted), len(self.node) - 1)
        return self.text.take(pa.array(at, mask=self.node[at] != wanted))


def text_column(values: Sequence[str | int | float | bool | None]) -> pa.Array:
    return pa.array(values, pa.string())


def text_table(schema: pa.Schema, columns: Mapping[str, pa.Array]) -> pa.Table:
    return pa.table([columns[name] for name in schema.names], schema=schema)


def of_known_nodes(table: pa.Table) -> pa.Table:
    """Without the rows of nodes that came after those of their label were read: their text is null."""
    is_known = pc.is_valid(table["account_id"])
    if "identifier" in table.column_names:
        is_known = pc.and_(is_known, pc.is_valid(table["identifier"]))
    return table.filter(is_known)


def without_zone_names(table: pa.Table, column: str) -> pa.Table:
    """Neo4j writes 2026-03-01T12:00+01:00[Europe/Berlin]; the offset says it all."""
    at = table.schema.get_field_index(column)
    cut = pc.replace_substring_regex(table[column], pattern=r"\[[^\]]*\]$", replacement="")
    return table.set_column(at, table.schema.field(at), cut)


def with_last_uses(links: pa.Table, last_seen_at: pa.Array) -> pa.Table:
    """Of a link that was used n times, the last at another time than the first: one row for the n - 1 uses
    from the first on, and one for the last. Where n is not told it is 2; what is no number is left to the
    load, which refuses it."""
    told = links["event_count"]
    is_count = pc.match_substring_regex(told, pattern="^[0-9]{1,18}$")
    count = pc.cast(pc.if_else(is_count, told, "2"), pa.int64())
    is_late = pc.and_(pc.not_equal(last_seen_at, ""), pc.not_equal(last_seen_at, links["seen_at"]))
    is_twofold = pc.and_(is_late, pc.or_(is_count, pc.equal(told, "")))
    at = links.schema.get_field_index("event_count")
    rest = pc.if_else(is_twofold, pc.cast(pc.max_element_wise(pc.subtract(count, 1), 1), pa.string()), told)
    first = links.set_column(at, links.schema.field(at), rest)
    twofold = links.filter(is_twofold)
    last = pa.table(
        [twofold["account_id"], twofold["identifier"], last_seen_at.filter(is_twofold.combine_chunks()),
         pa.array(["1"] * twofold.num_rows, pa.string())],
        schema=PULLED_LINK,
    )  # fmt: skip
    return pa.concat_tables([first, last])
