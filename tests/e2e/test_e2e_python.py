"""The same answers in Python: tables, values and networks."""

from __future__ import annotations

from pathlib import Path

import pytest
from handmade_shop import AS_OF

from graphrisk.errors import NotFoundError
from graphrisk.workspace import Workspace


def test_a_table_of_a_ring_has_its_columns_where_it_has_no_row(shop_as_made: Path) -> None:
    import graphrisk as gr  # noqa: PLC0415

    alpha, hostile = (gr.open(shop_as_made).latest().ring(name) for name in ("alpha", "hostile"))
    assert (len(alpha.labels), len(hostile.labels)) == (1, 0)
    assert list(hostile.labels.columns) == list(alpha.labels.columns)
    assert "other_ring_id" in hostile.ties.columns


def test_what_a_ring_is_like_is_asked_by_any_name_that_it_answers_to(shop: Workspace) -> None:
    match = ["RING-GONE", "run-old", AS_OF, 0.8, 3.0, "same hours"]
    with shop.writing() as connection:
        connection.execute(
            "INSERT INTO ring_likeness VALUES ('run-new', 'RING-ALPHA', ?, ?, ?, ?, ?, ?)", match
        )
    run = shop.latest()
    for name in ("RING-ALPHA", "alp"):
        assert [found.former_ring_id for found in run.likeness(name)] == ["RING-GONE"]
    with pytest.raises(NotFoundError, match="no such ring"):
        run.likeness("RING-NOPE")


def test_python_answers_as_the_command_line_does(shop_as_made: Path) -> None:
    import graphrisk as gr  # noqa: PLC0415

    shop = gr.open(shop_as_made)
    run = shop.latest()
    assert run.record.as_of == AS_OF
    assert list(run.rings["ring_id"]) == ["RING-ALPHA", "RING-HOSTILE"]
    assert len(run.members) == 8
    assert len(run.accounts) == 10
    assert run.arrow("ring").num_rows == 2
    assert "&lt;script&gt;" in run.ring("HOST").to_svg()
    assert "<script>" not in run._repr_html_()
    ring = run.ring("RING-ALPHA")
    assert list(ring.members["account_id"]) == ["acc2", "acc1", "acc3", "acc4"]
    assert set(ring.evidence["identifier"]) == {"D1", "C1"}
    assert list(ring.signals["signal"]) == ["surprise", "known_bad"]
    assert list(ring.labels["verdict"]) == ["bad"]
    assert ring._repr_svg_() == ring.to_svg()


def test_a_ring_as_a_network_of_accounts_adds_up_what_two_of_them_share(shop_as_made: Path) -> None:
    network = Workspace.open(shop_as_made).latest().ring("alpha").to_networkx(identifiers=False)
    assert sorted(network) == ["acc1", "acc2", "acc3", "acc4"]
    assert all(told["bits"] > 0 and 0 < told["weight"] < 1 for _, _, told in network.edges(data=True))


def test_a_ring_as_a_network_joins_accounts_through_what_they_share(shop_as_made: Path) -> None:
    network = Workspace.open(shop_as_made).latest().ring("alpha").to_networkx()
    assert network.number_of_nodes() == 6
    assert sorted(network["identifier", "device", "D1"]) == [("account", f"acc{i}") for i in (1, 2, 3)]
    assert network.edges[("account", "acc4"), ("identifier", "instrument", "C1")]["bits"] == 3.02
    assert network.nodes["account", "acc2"]["verdict"] == "bad"
