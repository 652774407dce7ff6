"""The flow of a detection: what names a run, what is written, and when nothing is."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
from crowds import crowd, with_farms
from detect_fakes import NOON, CountingMeter, Kept, OneWorld, detect_world
from held_values import kind_values
from small_worlds import World, trade_of, world_of

from graphrisk.errors import InputError
from graphrisk.flows.detect import DetectParams, DetectSetting, detect_rings
from graphrisk.graph.links import SharedLinks
from graphrisk.model import tables
from graphrisk.model.kinds import BUILT_IN_KINDS, KindSet
from graphrisk.model.known import KnownAccounts
from graphrisk.model.runs import RunRecord

# 0..4 live on four devices, 5 and 6 share a flat
SHOP = world_of(30, {"device": [range(5)] * 4, "address": [(5, 6)]})


def detected(
    source: OneWorld | None = None,
    params: DetectParams | None = None,
    setting: DetectSetting | None = None,
    kinds: KindSet = BUILT_IN_KINDS,
) -> RunRecord:
    return detect_rings(
        source or OneWorld(SHOP),
        Kept(),
        kinds,
        params or DetectParams(),
        setting or DetectSetting(CountingMeter()),
    )


def test_the_run_is_named_by_what_determines_it() -> None:
    first = detected()
    assert detected().run_id == first.run_id
    assert first.run_id.startswith("RUN-20260301-")
    other_trust = KindSet.of([replace(kind, trust_share=0.5) for kind in BUILT_IN_KINDS.kinds])
    others = [
        detected(OneWorld(SHOP, digest="other")),
        detected(params=DetectParams(resolution=0.04)),
        detected(params=DetectParams(seed=1)),
        detected(setting=DetectSetting(CountingMeter(), NOON - timedelta(microseconds=1))),
        detected(setting=DetectSetting(CountingMeter(version="2"))),
        detected(kinds=other_trust),
    ]
    assert len({run.run_id for run in (first, *others)}) == 1 + len(others)


def test_clock_memory_and_workers_are_no_part_of_the_name() -> None:
    later = CountingMeter(began=NOON + timedelta(days=9), looks=1000)
    assert detected(setting=DetectSetting(later, worker_count=2)).run_id == detected().run_id


def test_as_of_is_what_was_said_else_the_latest_time_else_one_fixed_moment() -> None:
    said = datetime(2026, 1, 1)  # noqa: DTZ001
    source = OneWorld(SHOP)
    assert detected(source, setting=DetectSetting(CountingMeter(), said)).as_of == said
    assert detected(source).as_of == NOON
    source.latest = None
    fixed = datetime(1970, 1, 1)  # noqa: DTZ001
    assert detected(source).as_of == fixed
    assert source.asked == [said, NOON, fixed]


def test_the_record_tells_what_went_in_and_came_out() -> None:
    record, found = detect_world(SHOP, {0: 1, 9: -1})
    counts = dict(record.counts)
    assert (counts["accounts"], counts["shared_identifiers"], counts["shared_links"]) == (30, 5, 22)
    assert (counts["labelled_bad"], counts["labelled_good"]) == (1, 1)
    assert counts["pairs"] == 11
    assert counts["rings"] == found.ring.num_rows == 1
    assert counts["accounts_in_rings"] == found.ring_member.num_rows == 5
    parameters = json.loads(record.parameters)
    assert parameters["resolution"] == DetectParams().resolution
    assert [kind["name"] for kind in parameters["kinds"]] == list(BUILT_IN_KINDS.names())


def test_stages_are_told_and_timed_in_order() -> None:
    meter = CountingMeter()
    record = detected(setting=DetectSetting(meter))
    assert meter.told[0] == "read"
    assert meter.told[-2:] == ["explain", "write"]
    assert [name for name, _ in record.seconds] == meter.told[:-1]  # the record is made before it is written
    assert {seconds for _, seconds in record.seconds} == {1.0}


@pytest.mark.parametrize("verdict", [{}, {0: 1, 5: -1}])
@pytest.mark.parametrize("world", [SHOP, World(3, ()), World(1, ())])
def test_tables_have_their_schemas(world: World, verdict: dict[int, int]) -> None:
    _, found = detect_world(world, {at: word for at, word in verdict.items() if at < world.account_count})
    assert found.ring.schema == tables.RING
    assert found.ring_member.schema == tables.RING_MEMBER
    assert found.ring_signal.schema == tables.RING_SIGNAL
    assert found.ring_innocence.schema == tables.RING_INNOCENCE
    assert found.ring_tie.schema == tables.RING_TIE
    assert found.ring_exposure.schema == tables.RING_EXPOSURE
    assert found.evidence.schema == tables.EVIDENCE
    assert found.account_risk.schema == tables.ACCOUNT_RISK
    assert found.account_risk["account_id"].to_pylist() == world.account_ids()


def test_two_rings_that_share_one_thing_are_told_as_tied() -> None:
    # 0..4 and 10..14 live on four devices each, and one card of 4's is 10's, too
    world = world_of(400, {"device": [range(5)] * 4 + [range(10, 15)] * 4, "instrument": [[4, 10]]})
    _, found = detect_world(world, params=DetectParams(resolution=0.4))
    assert found.ring["size"].to_pylist() == [5, 5]
    (tie,) = found.ring_tie.to_pylist()
    assert {tie["ring_id"], tie["other_ring_id"]} == set(found.ring["ring_id"].to_pylist())
    # log2(.9 * 399 / 1) for the card, less log2 5 for the chances of a ring of five
    assert tie["bits"] == pytest.approx(math.log2(0.9 * 399) - math.log2(5))
    assert (tie["identifier_count"], tie["payee_count"]) == (1, 0)
    assert tie["words"] == "same payment instrument id-0008 (2 accounts ever)"


@dataclass(slots=True)
class PayingWorld(OneWorld):
    """These pay account 20, an amount each."""

    payers: tuple[int, ...] = tuple(range(10))
    amount_minor: int = 100

    def read_known(self, as_of: datetime, kinds: KindSet) -> tuple[KnownAccounts, SharedLinks, str]:
        accounts, links, digest = OneWorld.read_known(self, as_of, kinds)
        paid = [(payer, 20, float(payer)) for payer in self.payers]
        trade = trade_of(paid, [self.amount_minor] * len(paid))
        return replace(accounts, trade=trade), links, digest


def test_two_rings_with_one_payee_that_hardly_anybody_pays_are_told_as_tied() -> None:
    # 0..4 and 10..14 live on four devices each; 4 and 10 pay one shop
    world = world_of(4000, {"device": [range(5)] * 4 + [range(10, 15)] * 4})
    kept = Kept()
    source = PayingWorld(world, payers=(4, 10))
    detect_rings(source, kept, BUILT_IN_KINDS, DetectParams(), DetectSetting(CountingMeter()))
    ((_, found),) = kept.runs
    assert found.ring["size"].to_pylist() == [5, 5]
    (tie,) = found.ring_tie.to_pylist()
    assert {tie["ring_id"], tie["other_ring_id"]} == set(found.ring["ring_id"].to_pylist())
    # log2(.1 * 3999 / 1) for the payee, less log2 5 for the chances of a ring of five
    assert tie["bits"] == pytest.approx(math.log2(0.1 * 3999) - math.log2(5))
    assert (tie["identifier_count"], tie["payee_count"]) == (0, 1)
    assert tie["words"] == "payments to acc-000020"


def test_what_is_at_stake_is_told_and_moves_no_score() -> None:
    found = []
    for amount_minor in (100, 10**9):
        kept = Kept()
        source = PayingWorld(SHOP, amount_minor=amount_minor)
        detect_rings(source, kept, BUILT_IN_KINDS, DetectParams(), DetectSetting(CountingMeter()))
        found.append(kept.runs[0][1])
    small, large = found
    assert [table.ring_exposure["paid_minor"].to_pylist() for table in found] == [[500], [5 * 10**9]]
    for name in ("ring_signal", "ring_innocence", "ring_member", "account_risk"):
        assert getattr(small, name) == getattr(large, name)
    assert small.ring["score"] == large.ring["score"]


def test_without_accounts_nothing_is_written() -> None:
    kept = Kept()
    with pytest.raises(InputError, match="no account was known by then"):
        detect_rings(
            OneWorld(World(0, ())), kept, BUILT_IN_KINDS, DetectParams(), DetectSetting(CountingMeter())
        )
    assert kept.runs == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"resolution": 0.0}, {"resolution": 1.0}, {"degree_cap": 1}, {"min_ring_size": 1},
        {"max_ring_size": 2}, {"damping": 1.0}, {"damping": -0.1},
    ],
)  # fmt: skip
def test_parameters_that_make_no_sense_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        DetectParams(**wrong)  # type: ignore[arg-type]


def test_other_values_make_another_run() -> None:
    values = (kind_values("address", {"12 Oak Street, Austin, 78701": [7]}),)
    assert detected(OneWorld(SHOP, values=values, values_digest="v")).run_id != detected().run_id


# 0..3 write one door in four ways; 4 has another door of the house; 10..29 live elsewhere
SPELLINGS = {
    "12 Oak Street Apt 4, Austin, 78701": [0],
    "12 OAK ST UNIT 4, Austin, 78701": [1],
    "Flat 4, 12 Oka Street, Austin, 78701": [2],
    "12 Oak Street # 4, rear, Austin, 78701": [3],
    "12 Oak Street Apt 9, Austin, 78701": [4],
    **{f"{at} Elm Road, Reno, 89501": [at] for at in range(10, 30)},
}


def test_a_ring_at_one_door_is_found_however_it_writes_it_and_told_why() -> None:
    source = OneWorld(world_of(30, {}), values=(kind_values("address", SPELLINGS),))
    kept = Kept()
    detect_rings(
        source, kept, BUILT_IN_KINDS, DetectParams(min_ring_points=-1e9), DetectSetting(CountingMeter())
    )
    ((_, found),) = kept.runs
    rows = found.evidence.select(["account_id", "kind", "identifier", "account_count"]).to_pylist()
    assert {row["account_id"] for row in rows} >= {f"acc-{at:06d}" for at in range(4)}
    # that 5 of 30 are in one building says nothing
    assert {(row["kind"], row["account_count"]) for row in rows} == {("address_door", 4)}
    assert {row["identifier"] for row in rows} <= set(SPELLINGS)
    reasons = found.ring_member["reasons"].to_pylist()
    assert all("same door, however written (4 accounts ever" in reason for reason in reasons[:4])


def test_exact_kinds_are_not_read_again() -> None:
    source = OneWorld(SHOP)
    detected(source)
    assert source.compared == [("address", "email", "ip", "phone")]


@dataclass(slots=True)
class Crowd(OneWorld):
    """A source of many accounts that share nothing, among them farms."""

    def read_known(self, as_of: datetime, kinds: KindSet) -> tuple[KnownAccounts, SharedLinks, str]:
        accounts, links = crowd()
        return with_farms(accounts)[0], links, self.digest


def test_a_ring_that_looks_alike_only_is_found_and_says_so() -> None:
    kept = Kept()
    detect_rings(Crowd(SHOP), kept, BUILT_IN_KINDS, DetectParams(), DetectSetting(CountingMeter()))
    ((record, found),) = kept.runs
    assert dict(record.counts)["rings"] >= 20
    assert set(found.evidence["kind"].to_pylist()) == {"look_alike"}
    assert all(text.startswith("created ") for text in found.evidence["identifier"].to_pylist())
    told = set(zip(*(found.evidence[name].to_pylist() for name in ("ring_id", "account_id")), strict=True))
    members = zip(*(found.ring_member[name].to_pylist() for name in ("ring_id", "account_id")), strict=True)
    assert told == set(members)
    assert "made together and are used alike" in found.ring["reasons"][0].as_py()
