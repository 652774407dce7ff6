"""Facts of a shop worked out on paper, with what came later planted beside what was known.

Known at NOON on 1 March 2026:
  d1    ann twice (10 and 20 January), bob (5 January), an outsider         R1: 2 members of 3 holders
  w1    ann (1 February) and bob (2 February), by the payments p1 and p2    R1: 2 of 2
  d3    ann and flo, who is in no ring; own1 of ann alone                   nothing that members share
  d2    dan (1 February) and eve (no time)                                  R2: 2 of 2
  Door  ann and cyd, of whom the run's evidence tells                       R1: 2 of 5
Of ann's 5 uses (d1, d1, own1, d3, w1) 3 are of things that she shares: d1, d1, w1.

Paid: EUR 10 by ann, 30 by bob (charged back), 60 by flo; JPY 100 by ann (refunded), 300 by cyd; 20 of no
currency by eve; and by dan something nobody tells. Of six payments with an amount EUR has 3, JPY 2, none 1;
of the lost ones EUR and JPY have 1 of 2 each.
  turnover   ann 1/2 10/100 + 1/3 100/400 = 2/15   bob 1/2 30/100 = .15   cyd 1/3 300/400 = .25
             flo 1/2 60/100 = .3                   eve 1/6 20/20 = 1/6
  losses     ann 1/2 100/100 = .5                  bob 1/2 30/30 = .5
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pytest
from handmade_shop import HOSTILE, make_shop
from judged import NOON, account, link, said, thing, withdrawn
from small_shop import MAP_DEVICES, MAP_LABELS, MAP_PAYMENTS
from tables_on_disk import make_workspace

from graphrisk.enforce.facts import MemberFacts, RunFacts, SharedThing
from graphrisk.flows.findings import RunTables
from graphrisk.model.enforcement import Money
from graphrisk.model.judgements import Judgement, Ruling
from graphrisk.model.rings import Detector, MemberRole
from graphrisk.model.runs import RunRecord
from graphrisk.registry.judgement_rows import tabulate_labels, tabulate_standing
from graphrisk.registry.judgements import stand_at
from graphrisk.registry.rulings import derive_rulings
from graphrisk.stores.duckdb.enforcement_facts import EnforcementFacts
from graphrisk.stores.duckdb.judgements import JudgementStore
from graphrisk.stores.duckdb.results import ResultStore
from graphrisk.stores.duckdb.runs import RunStore
from graphrisk.stores.duckdb.schema import RESULT_TABLES
from graphrisk.workspace import Workspace

TOML = f"""
[kinds.wallet]
normaliser = "exact"
trust_share = 0.8
[tables.accounts]
files = ["accounts.csv"]
[tables.accounts.account]
id = "id"
created_at = "created_at"
market = "market"
{MAP_DEVICES}{MAP_PAYMENTS}
[[tables.payments.link]]
kind = "wallet"
account = "payer"
identifier = "wallet"
seen_at = "paid_at"
{MAP_LABELS}
"""
ACCOUNTS = [
    "ann,2026-01-01,DE", "bob,2026-01-01,DE", "cyd,2026-01-01,FR", "dan,,", "eve,2026-01-01,DE",
    "flo,2024-01-01,DE", "gus,2025-11-20,DE", "hal,2020-01-01,DE", "ida,2020-01-01,DE",
]  # fmt: skip
SEEN = [
    "ann,d1,2026-01-10", "ann,d1,2026-01-20", "bob,d1,2026-01-05", "outsider,d1,2026-01-01",
    "ann,own1,2026-01-02", "ann,d3,2026-01-11", "flo,d3,2025-01-05", "dan,d2,2026-02-01", "eve,d2,",
    "hal,d9,",
]  # fmt: skip
PAID = [
    "p1,ann,shop,10.00,EUR,paid,2026-02-01,w1", "p2,bob,shop,30.00,EUR,chargeback,2026-02-02,w1",
    "p3,flo,shop,60.00,EUR,paid,2025-02-03,", "p4,ann,bob,100,JPY,refunded,,",
    "p5,cyd,shop,300,JPY,paid,2026-02-01,", "p6,dan,shop,,EUR,paid,2026-02-01,",
    "p9,eve,shop,20,,paid,2026-02-01,",
]  # fmt: skip
LABELS = ["ann,fraud,2026-02-01", "bob,fraud,2026-02-01", "bob,legit,2026-02-02", "eve,legit,"]
LATER_ACCOUNTS = ["new,2026-06-01,DE"]
LATER_SEEN = ["cyd,d1,2026-06-01", "new,d1,2026-01-01", "bob,own1,2026-06-01", "ann,own1,2026-03-01T12:00:01"]
LATER_PAID = ["p7,ann,bob,999.00,EUR,chargeback,2026-06-01,w1", "p8,cyd,shop,5.00,USD,paid,2026-06-01,w1"]
LATER_LABELS = ["cyd,fraud,2026-06-01", "ann,legit,2026-06-01", "ann,legit,2026-06-02"]

MEMBERS = [
    # ring, account, role, closeness, confidence, risk, bits, reasons, not automatic, detectors
    ("R1", "ann", "core", 0.5, 1.0, 0.9, 3.0, "", None, "identity,cash_out"),
    ("R1", "bob", "core", 0.5, 1.0, 0.8, 3.0, "", None, "identity"),
    ("R1", "cyd", "fringe", 0.5, None, 0.7, 3.0, "", "at the edge of the ring", ""),
    ("R2", "dan", "core", 0.5, 1.0, 0.6, 3.0, "", None, "identity"),
    ("R2", "eve", "core", 0.5, 1.0, 0.5, 3.0, "", None, "identity"),
]  # fmt: skip
FOUND: dict[str, list[tuple[object, ...]]] = {
    "ring": [
        ("R1", 0.95, 3, 2, 0, 0, "identity", 0, None, None, None, ""),
        ("R2", 0.6, 2, 2, 0, 0, "identity", 0, None, None, None, ""),
    ],
    "ring_member": MEMBERS,
    "account_risk": [
        ("ann", 0.9, 0.8, 0.97, 0.0, "R1", ""),
        ("bob", 0.8, None, None, 0.0, "R1", ""),
        *((name, 0.6, 0.3, 0.9, 0.0, "R2", "") for name in ("cyd", "dan", "eve", "flo")),
    ],
    "evidence": [
        ("R1", "ann", "bob", "device", "d1", 3, 3.0, 0.5),
        ("R1", "bob", "ann", "device", "d0", 2, 3.0, 0.5),  # which was in the tables once
        ("R1", "cyd", "ann", "address_door", "Door", 5, 3.0, 0.5),
        ("R2", "dan", "flo", "ip_network", "10.0.0.0/24", 4, 3.0, 0.5),  # flo is in no ring
    ],
    "identifier_risk": [
        ("device", "d1", 0.8, 3, "R1", 2, "ring", ""),
        ("address_door", "Door", 0.9, 5, "R1", 2, "ring", ""),
    ],
}
RUN = RunRecord(
    run_id="RUN-1", started_at=NOON, as_of=NOON, parameters='{"judged_by": "prior"}', input_digest="d",
    seed=1, versions=(), counts=(), seconds=(), peak_memory_bytes=0,
)  # fmt: skip


def day(month: int, number: int) -> datetime:
    return datetime(2026, month, number)  # noqa: DTZ001 - naive UTC


def tables_of(judgements: Sequence[Judgement]) -> RunTables:
    standing = stand_at(judgements, NOON)
    made = {
        name: pa.Table.from_pylist(
            [dict(zip(schema.names, row, strict=True)) for row in FOUND.get(name, [])], schema=schema
        )
        for name, schema in RESULT_TABLES
    }
    made["judgement_held"] = tabulate_standing(standing)
    made["judged_label"] = tabulate_labels(derive_rulings(standing).labels)
    return RunTables(**made)


def shop_of(
    folder: Path, *judgements: Judgement, later: bool = False, more_seen: Sequence[str] = ()
) -> Workspace:
    """later: with what came after NOON."""

    def lines(header: str, rows: Sequence[str], rows_later: Sequence[str]) -> str:
        return "\n".join([header, *rows, *(rows_later if later else ())]) + "\n"

    files = {
        "accounts.csv": lines("id,created_at,market", ACCOUNTS, LATER_ACCOUNTS),
        "seen.csv": lines("id,device,at", [*SEEN, *more_seen], LATER_SEEN),
        "payments.csv": lines("id,payer,payee,amount,currency,status,paid_at,wallet", PAID, LATER_PAID),
        "labels.csv": lines("id,label,at", LABELS, LATER_LABELS),
    }
    shop = make_workspace(folder, TOML, files)
    shop.load()
    with shop.writing() as connection:
        RunStore(connection).write_run(RUN, tables_of(judgements))
    return shop


def facts_of(shop: Workspace, ring_ids: Sequence[str] | None = None) -> dict[str, MemberFacts]:
    with shop.reading() as connection:
        read = list(EnforcementFacts(connection).read_member_facts(RUN, ring_ids))
    assert [(each.ring_id, each.account_id) for each in read] == sorted(
        (each.ring_id, each.account_id) for each in read
    )
    return {each.account_id: each for each in read}


def run_facts_of(shop: Workspace, run: RunRecord = RUN) -> RunFacts:
    with shop.reading() as connection:
        return EnforcementFacts(connection).read_run_facts(run)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return shop_of(tmp_path_factory.mktemp("facts"))


DOOR = SharedThing("address_door", "Door", 5, 2, None, None, 0, 0.9)


def test_a_member_is_told_as_worked_out_on_paper(shop: Workspace) -> None:
    ann = facts_of(shop)["ann"]
    assert ann.turnover_share == pytest.approx(2 / 15)
    assert ann.loss_share == pytest.approx(0.5)
    assert replace(ann, turnover_share=0.0, loss_share=0.0) == MemberFacts(
        account_id="ann", ring_id="R1", ring_score=0.95, role=MemberRole.CORE, confidence=1.0, risk=0.9,
        risk_low=0.8, risk_high=0.97, not_automatic=None, detectors=(Detector.IDENTITY, Detector.CASH_OUT),
        market="DE", is_labelled_bad=True, is_labelled_good=False, payment_count=2, lost_payment_count=1,
        turnover_share=0.0, loss_share=0.0, money=(Money("EUR", 1000, 0, 0), Money("JPY", 100, 100, 0)),
        event_count=5, shared_event_count=3,
        things=(
            DOOR,
            SharedThing("device", "d1", 3, 2, day(1, 10), day(1, 5), 2, 0.8),
            SharedThing("wallet", "w1", 2, 2, day(2, 1), day(2, 2), 1, None),
        ),
    )  # fmt: skip


def test_what_came_in_belongs_to_its_currency(shop: Workspace) -> None:
    assert facts_of(shop)["bob"].money == (Money("EUR", 3000, 3000, 0), Money("JPY", 0, 0, 100))


def test_a_payment_without_an_amount_is_a_payment(shop: Workspace) -> None:
    dan = facts_of(shop)["dan"]
    assert (dan.payment_count, dan.lost_payment_count, dan.turnover_share) == (1, 0, 0.0)
    assert dan.money == (Money("EUR", 0, 0, 0),)


def test_shares_of_everybody_sum_to_one(shop: Workspace) -> None:
    members = facts_of(shop).values()
    assert sum(each.turnover_share for each in members) == pytest.approx(1 - 0.3)  # without flo
    assert sum(each.loss_share for each in members) == pytest.approx(1)


def test_what_has_no_currency_is_a_currency_of_its_own(shop: Workspace) -> None:
    eve = facts_of(shop)["eve"]
    assert eve.money == (Money(None, 2000, 0, 0),)
    assert eve.turnover_share == pytest.approx(1 / 6)


def test_where_one_link_has_no_time_the_others_times_are_not_known(shop: Workspace) -> None:
    facts = facts_of(shop)
    assert facts["dan"].things == (SharedThing("device", "d2", 2, 2, day(2, 1), None, 1, None),)
    assert facts["eve"].things == (SharedThing("device", "d2", 2, 2, None, day(2, 1), 1, None),)


def test_what_a_run_derived_is_shared_by_those_whom_its_evidence_names(shop: Workspace) -> None:
    facts = facts_of(shop)
    assert facts["cyd"].things == (DOOR,)
    assert DOOR not in facts["bob"].things


def test_where_a_risk_is_no_probability_both_ends_are_the_risk(shop: Workspace) -> None:
    bob = facts_of(shop)["bob"]
    assert (bob.risk_low, bob.risk, bob.risk_high) == (0.8, 0.8, 0.8)


def test_labels_that_contradict_each_other_say_nothing(shop: Workspace) -> None:
    facts = facts_of(shop)
    said_bad = {name for name, each in facts.items() if each.is_labelled_bad}
    said_good = {name for name, each in facts.items() if each.is_labelled_good}
    assert (said_bad, said_good) == ({"ann"}, {"eve"})


def test_who_is_good_is_known_in_rings_or_not(shop: Workspace, tmp_path: Path) -> None:
    assert good_of(shop) == {"eve"}
    judged = shop_of(tmp_path, said(account("dan"), Ruling.REJECT), said(account("ann"), Ruling.REJECT))
    assert good_of(judged) == {"dan", "eve"}  # of ann the tables say the opposite


def good_of(shop: Workspace) -> frozenset[str]:
    with shop.reading() as connection:
        return EnforcementFacts(connection).read_good(RUN)


def test_only_the_rings_asked_for_are_read(shop: Workspace) -> None:
    assert facts_of(shop, ["R2", "R3"]) == {
        name: each for name, each in facts_of(shop).items() if each.ring_id == "R2"
    }
    assert facts_of(shop, []) == {}


def test_nothing_later_than_as_of_changes_a_fact(shop: Workspace, tmp_path: Path) -> None:
    later = shop_of(tmp_path, later=True)
    assert facts_of(later) == facts_of(shop)
    now, then = run_facts_of(later), run_facts_of(shop)
    assert now.data_digest != then.data_digest
    assert replace(now, data_digest=then.data_digest) == then


def test_a_rejected_identifier_ties_nobody_and_is_no_use(tmp_path: Path) -> None:
    ann = facts_of(shop_of(tmp_path, said(thing("device", "d1"), Ruling.REJECT)))["ann"]
    assert [each.identifier for each in ann.things] == ["Door", "w1"]
    assert (ann.event_count, ann.shared_event_count) == (3, 1)


def test_a_rejected_link_leaves_the_thing_to_the_others(tmp_path: Path) -> None:
    seen = ["cyd,d1,2026-01-07"]
    facts = facts_of(shop_of(tmp_path, said(link("bob", "device", "d1"), Ruling.REJECT), more_seen=seen))
    assert [each.identifier for each in facts["bob"].things] == ["w1"]
    assert facts["ann"].things[1] == SharedThing("device", "d1", 3, 2, day(1, 10), day(1, 7), 2, 0.8)


def test_a_rejected_thing_with_confirmed_links_is_as_public_as_it_was(tmp_path: Path) -> None:
    kept = [said(link(name, "device", "d1"), Ruling.CONFIRM) for name in ("ann", "bob")]
    facts = facts_of(shop_of(tmp_path, said(thing("device", "d1"), Ruling.REJECT), *kept))
    assert facts["ann"].things[1].account_count == 3  # the outsider among them


def test_what_was_judged_by_the_run_is_a_label(tmp_path: Path) -> None:
    judgements = said(account("dan"), Ruling.CONFIRM), said(account("ann"), Ruling.REJECT)
    facts = facts_of(shop_of(tmp_path, *judgements))
    assert facts["dan"].is_labelled_bad
    assert not facts["ann"].is_labelled_bad  # labelled bad by the tables, good by a person


def test_what_people_said_after_the_run_changes_its_judgements_digest_alone(tmp_path: Path) -> None:
    rejected = said(thing("device", "d1"), Ruling.REJECT)
    shop = shop_of(tmp_path, rejected)
    before, run_before = facts_of(shop), run_facts_of(shop)
    with shop.writing() as connection:
        more = said(thing("wallet", "w1"), Ruling.REJECT), withdrawn(rejected)
        JudgementStore(connection).add_judgements([rejected, *more])
    assert facts_of(shop) == before
    run_after = run_facts_of(shop)
    assert run_after.judgements_digest != run_before.judgements_digest
    assert replace(run_after, judgements_digest=run_before.judgements_digest) == run_before


def test_who_is_active_is_counted_by_market(shop: Workspace) -> None:
    """Until 2 February 2026 somebody did something: the 90 days begin on 4 November. flo paid a year before,
    ida never did anything since 2020; gus was made in time, and of hal's device no time is told."""
    found = run_facts_of(shop)
    assert found.active_by_market == (("", 1), ("DE", 5), ("FR", 1))
    assert (found.account_count, found.active_count) == (9, 7)


def test_only_where_the_prior_judged_scores_are_probabilities(shop: Workspace) -> None:
    assert run_facts_of(shop).is_calibrated
    assert not run_facts_of(shop, replace(RUN, parameters='{"judged_by": "company"}')).is_calibrated
    assert not run_facts_of(shop, replace(RUN, parameters="{}")).is_calibrated


def test_the_same_files_elsewhere_have_the_same_digest(shop: Workspace, tmp_path: Path) -> None:
    assert run_facts_of(shop_of(tmp_path)) == run_facts_of(shop)


def test_names_that_attack_are_read_as_they_are(tmp_path: Path) -> None:
    hostile = make_shop(tmp_path)
    with hostile.reading() as connection:
        run = ResultStore(connection).read_runs()[0]
        read = list(EnforcementFacts(connection).read_member_facts(run, ["RING-HOSTILE"]))
    assert [each.account_id for each in read] == sorted(HOSTILE)
    assert {each.things for each in read} == {read[0].things}
    assert read[0].things[0].identifier == "D9"
    assert read[0].things[0].account_count == 4
