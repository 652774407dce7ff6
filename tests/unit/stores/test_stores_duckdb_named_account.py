"""Where an account is still named once enforcement has forgotten it."""

from __future__ import annotations

from handmade_shop import AS_OF, FORMULA, SQL

from graphrisk.flows.judge import JudgeOrder
from graphrisk.model.judgements import Judgement, RingState, Ruling, Subject, Target
from graphrisk.stores.duckdb.judgements import JudgementStore
from graphrisk.stores.duckdb.named_account import NamedAccount
from graphrisk.workspace import Workspace


def places(shop: Workspace, account_id: str) -> list[str]:
    with shop.reading() as connection:
        return [holding.place for holding in NamedAccount(connection).find_holdings(account_id)]


def test_every_table_that_has_it_and_the_runs_that_knew_it_are_told(shop: Workspace) -> None:
    found = places(shop, "acc3")
    assert [place.split(" (")[0] for place in found[:-1]] == [
        "table accounts", "table instruments", "table sessions",
    ]  # fmt: skip
    assert found[-1] == "the workspace's database: 2 runs know it"
    assert any(place.startswith("table payments") for place in places(shop, "acc5"))  # as payee


def test_nobody_is_nowhere_and_hostile_names_are_only_names(shop: Workspace) -> None:
    assert places(shop, "acc") == []
    assert places(shop, "") == []
    for name in (SQL, FORMULA):
        assert len(places(shop, name)) == 3


def test_judgements_of_it_of_its_links_and_of_its_rings_are_told(shop: Workspace) -> None:
    shop.judge(JudgeOrder(Target(Subject.ACCOUNT, account_id="acc6"), Ruling.UNSURE, "eve", "look"))
    link = Target(Subject.LINK, account_id="acc6", kind="ip", identifier="93.184.216.34")
    shop.judge(JudgeOrder(link, Ruling.UNSURE, "eve", "look"))
    ring = RingState("run-old", AS_OF, "company", 0.0, ("acc5",), ("acc6", 'x"acc6'))
    judged = Judgement(Target(Subject.RING, ring_id="RING-X"), Ruling.UNSURE, "eve", AS_OF, "-", None, ring)
    with shop.writing() as connection:
        JudgementStore(connection).add_judgements([judged])
    (told,) = [place for place in places(shop, "acc6") if place.startswith("judgements: ")]
    assert told.count("J-") == 3
    assert judged.judgement_id in told
    (fifth,) = [place for place in places(shop, "acc5") if place.startswith("judgements: ")]
    assert fifth == f"judgements: {judged.judgement_id}"
