"""Columns of a server become tables of a pull without losing a row or a time."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphrisk.flows.pull import PULLED_ACCOUNT, PULLED_LINK
from graphrisk.stores.neo4j.pulled_columns import (
    NodeTexts,
    of_known_nodes,
    with_last_uses,
    without_zone_names,
)

MOMENTS = st.sampled_from(["", "2026-01-01", "2026-02-01"])
COUNTS = st.sampled_from(["", "1", "2", "7", "many", "-3"])


def link_table(rows: list[tuple[str, str, str, str]]) -> pa.Table:
    return pa.table(list(map(list, zip(*rows, strict=True))) or [[]] * 4, schema=PULLED_LINK)


@given(st.dictionaries(st.integers(0, 50), st.text(max_size=5)), st.lists(st.integers(0, 60)))
def test_a_node_is_found_under_its_own_text_or_not_at_all(texts: dict[int, str], wanted: list[int]) -> None:
    half = len(texts) // 2
    nodes, words = list(texts), list(texts.values())
    found = NodeTexts.of(
        [pa.array(nodes[:half], pa.int64()), pa.array(nodes[half:], pa.int64())],
        [pa.array(words[:half], pa.string()), pa.array(words[half:], pa.string())],
    ).find(pa.array(wanted, pa.int64()))
    assert found.to_pylist() == [texts.get(node) for node in wanted]


@given(st.lists(st.tuples(MOMENTS, MOMENTS, COUNTS)))
def test_uses_are_split_in_two_times_and_their_number_stays(uses: list[tuple[str, str, str]]) -> None:
    links = link_table([(f"a{i}", "x", first, count) for i, (first, _, count) in enumerate(uses)])
    split = with_last_uses(links, pa.array([last for _, last, _ in uses], pa.string())).to_pylist()
    for i, (first, last, count) in enumerate(uses):
        mine = [row for row in split if row["account_id"] == f"a{i}"]
        assert mine[0]["seen_at"] == first
        readable = count == "" or count.isdigit()
        if last not in ("", first) and readable:
            assert mine[1]["seen_at"] == last
            told = max(int(count or 2), 2)  # used once, and at two times: then it was twice
            assert sum(int(row["event_count"]) for row in mine) == told
        else:
            assert [row["event_count"] for row in mine] == [count]


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("2026-03-01T12:00+01:00[Europe/Berlin]", "2026-03-01T12:00+01:00"),
        ("2026-03-01T12:00Z", "2026-03-01T12:00Z"),
        ("[not a time]", ""),
        ("", ""),
    ],
)
def test_the_name_of_a_zone_goes_and_the_offset_stays(told: str, kept: str) -> None:
    table = pa.table([["a"], [""], [told], [""], [""]], schema=PULLED_ACCOUNT)
    assert without_zone_names(table, "created_at")["created_at"].to_pylist() == [kept]


def test_rows_of_nodes_that_came_later_are_left_out() -> None:
    rows = [("a", "x", "", ""), (None, "x", "", ""), ("b", None, "", ""), ("", "", "", "")]
    assert of_known_nodes(link_table(rows)).column("account_id").to_pylist() == ["a", ""]  # type: ignore[arg-type]
