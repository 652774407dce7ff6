"""Answers about the hand-made shop (tests/handmade_shop.py), worked out by reading its tables."""

from __future__ import annotations

import duckdb
import pytest
from handmade_shop import ACCOUNTS, AS_OF, BIDI, FORMULA, HOSTILE, RESULTS, SQL, result_table

from graphrisk import Workspace
from graphrisk.errors import NotFoundError
from graphrisk.flows.answer import RingChoice
from graphrisk.flows.export import ACCOUNT_EXPORT, RING_EXPORT
from graphrisk.model.rings import MemberRole
from graphrisk.model.verdicts import Verdict
from graphrisk.stores.duckdb.results import ResultStore


@pytest.fixture(scope="module")
def made(shop_as_made) -> Workspace:
    return Workspace.open(shop_as_made)


def test_the_latest_run_is_the_one_that_started_last(made: Workspace) -> None:
    assert [run.run_id for run in made.runs()] == ["run-new", "run-old"]
    assert made.latest().run_id == "run-new"
    assert made.run("run-o").run_id == "run-old"


def test_a_run_is_read_back_as_it_was_written(made: Workspace) -> None:
    record = made.latest().record
    assert record.counts == (("accounts", 10), ("rings", 2))
    assert record.seconds == (("project", 0.5),)
    assert record.versions == (("graphrisk", "0"),)
    assert record.as_of == AS_OF


@pytest.mark.parametrize("name", ["run", "run-x", ""])
def test_a_run_that_is_not_one_is_not_found(made: Workspace, name: str) -> None:
    with pytest.raises(NotFoundError, match=r"there are: run-new, run-old"):
        made.run(name)


@pytest.mark.parametrize("name", RESULTS)
def test_result_tables_are_read_back_whole(made: Workspace, name: str) -> None:
    found = made.latest().arrow(name)
    assert found.column_names == result_table(name).column_names
    assert sorted(map(str, found.to_pylist())) == sorted(map(str, result_table(name).to_pylist()))


def test_there_is_no_result_table_of_another_name(made: Workspace) -> None:
    with pytest.raises(NotFoundError, match="ring_member"):
        made.latest().arrow("link; DROP TABLE ring")


def test_rings_are_listed_best_first(made: Workspace) -> None:
    run = made.latest()
    assert [ring.ring_id for ring in run.find_rings(RingChoice())] == ["RING-ALPHA", "RING-HOSTILE"]
    assert [ring.ring_id for ring in run.find_rings(RingChoice(limit=1))] == ["RING-ALPHA"]
    assert run.find_rings(RingChoice(min_size=5)) == ()


@pytest.mark.parametrize("name", ["RING-ALPHA", "ring-a", "alpha", "AL"])
def test_a_ring_is_found_by_the_start_of_its_name(made: Workspace, name: str) -> None:
    assert made.latest().ring(name).ring_id == "RING-ALPHA"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("RING-", "more than one ring is called so"),
        ("RING-ALHPA", r"did you mean RING-ALPHA"),
        ("", "list them with"),
        ("%", "list them with"),
        ("' OR 1=1 --", "list them with"),
    ],
)
def test_a_name_that_is_no_ring_is_not_found(made: Workspace, name: str, said: str) -> None:
    with pytest.raises(NotFoundError, match=said):
        made.latest().ring(name)


def test_a_dossier_counts_the_ring_members_that_hold_an_identifier(made: Workspace) -> None:
    dossier = made.latest().ring("alpha").dossier
    assert [m.account_id for m in dossier.members] == ["acc2", "acc1", "acc3", "acc4"]
    assert dossier.members[3].role is MemberRole.FRINGE
    assert {(e.identifier, e.ring_account_count) for e in dossier.evidence} == {("D1", 3), ("C1", 2)}
    assert dossier.base_account_count == len(ACCOUNTS)
    assert [signal.signal for signal in dossier.signals] == ["surprise", "known_bad"]


def test_only_labels_reported_by_as_of_are_told(made: Workspace) -> None:
    assert [(la.account_id, la.verdict) for la in made.latest().ring("alpha").dossier.labels] == [
        ("acc2", Verdict.BAD)
    ]
    assert made.latest().account("acc1").file.labels == ()


def test_an_account_is_told_what_it_shares_and_with_how_many(made: Workspace) -> None:
    answer = made.latest().account("acc1")
    told = [(i.kind, i.identifier, i.account_count, i.ring_account_count) for i in answer.file.identifiers]
    assert told == [("device", "D1", 3, 3), ("instrument", "C2", 1, 1)]  # acc7 came to D1 after as-of
    assert answer.ring is not None
    assert answer.ring.ring_id == "RING-ALPHA"
    assert answer.path is not None
    assert [hop.via_account_id for hop in answer.path.hops] == ["acc2"]


def test_payments_are_summed_up_to_as_of_and_never_across_currencies(made: Workspace) -> None:
    totals = [
        (p.direction, p.status, p.currency, p.payment_count, p.amount_minor)
        for p in made.latest().account("acc1").file.payments
    ]
    assert totals == [("paid", "paid", "EUR", 2, 2000), ("received", "chargeback", "JPY", 1, 100)]


def test_an_account_outside_every_ring_has_no_path(made: Workspace) -> None:
    answer = made.latest().account("acc6")
    assert (answer.ring, answer.path) == (None, None)
    assert [(i.identifier, i.account_count, i.ring_account_count) for i in answer.file.identifiers] == [
        ("93.184.216.34", 3, 0)
    ]


def test_an_account_that_came_after_the_run_is_known_without_a_risk(made: Workspace) -> None:
    file = made.latest().account("acc7").file
    assert (file.risk, file.ring_id, file.identifiers) == (None, None, ())


def test_an_unknown_account_is_told_its_near_ones(made: Workspace) -> None:
    with pytest.raises(NotFoundError, match=r"did you mean acc1"):
        made.latest().account("acc12")


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_a_name_like_any_other(made: Workspace, name: str) -> None:
    answer = made.latest().account(name)
    assert answer.file.risk == 0.3
    assert [i.account_count for i in answer.file.identifiers] == [4]
    assert {m.account_id for m in made.latest().ring("HOST").dossier.members} == {
        FORMULA,
        BIDI,
        SQL,
        HOSTILE[3],
    }


def test_exports_stream_in_the_stated_order(made: Workspace) -> None:
    with made.reading() as connection:
        store = ResultStore(connection)
        rings = store.open_ring_export("run-new").read_all()
        accounts = store.open_account_export("run-new").read_all()
    assert rings.schema == RING_EXPORT
    assert rings.column("account_id").to_pylist()[:4] == ["acc2", "acc1", "acc3", "acc4"]
    assert set(rings.column("ring_score").to_pylist()[:4]) == {0.9}
    assert accounts.schema == ACCOUNT_EXPORT
    assert accounts.column("risk").to_pylist() == sorted(
        (row[1] for row in RESULTS["account_risk"]), reverse=True
    )


def test_a_workspace_without_a_run_says_what_to_do(shop: Workspace) -> None:
    with shop.writing() as connection:
        connection.execute("DELETE FROM run")
    with pytest.raises(NotFoundError, match="graphrisk detect"):
        shop.latest()


def test_reading_writes_nothing(made: Workspace) -> None:
    before = made.database.read_bytes()
    made.latest().ring("alpha").to_svg()
    made.latest().account("acc1")
    with made.reading() as connection, pytest.raises(duckdb.Error):
        connection.execute("DELETE FROM ring")
    assert made.database.read_bytes() == before
