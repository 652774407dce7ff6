"""One marketplace on six days: what stays, what a day adds, and what becomes of the rings."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from graphrisk.errors import ConfigError
from graphrisk.evaluate.simulator.fates import SnapshotParams
from graphrisk.evaluate.simulator.params import SimulationParams
from graphrisk.evaluate.simulator.snapshots import Days, RingEvent, build_days, truth_of_day
from graphrisk.evaluate.simulator.tables import observed_tables

PARAMS = SimulationParams(account_count=8_000, hardness=0.5, seed=5, fraud_share=0.08)
SNAPSHOTS = SnapshotParams(6, days_apart=3, turnover_share=0.3)
TIMES = {
    "accounts": "created_at",
    "sessions": "seen_at",
    "addresses": "used_at",
    "instruments": "added_at",
    "payments": "paid_at",
    "labels": "reported_at",
}

Tables = dict[str, pa.Table]
Day = tuple[Tables, Tables]


@pytest.fixture(scope="module")
def days() -> Days:
    return build_days(PARAMS, SNAPSHOTS)


@pytest.fixture(scope="module")
def told(days: Days) -> list[Day]:
    """(observed, truth) of each day."""
    return [tables_of(days, day) for day in range(SNAPSHOTS.snapshot_count)]


def tables_of(days: Days, day: int) -> Day:
    observed = {name: pa.concat_tables(parts) for name, parts in observed_tables(days.desk(day))}
    return observed, {name: pa.concat_tables(parts) for name, parts in truth_of_day(days, day)}


def rings_of(day: Day, standings: tuple[str, ...] = ("active",)) -> dict[str, set[str]]:
    """The members of each ring who are of one of these standings."""
    members: dict[str, set[str]] = {}
    for row in day[1]["ring_members"].to_pylist():
        if row["standing"] in standings:
            members.setdefault(row["ring_id"], set()).add(row["account_id"])
    return members


def stopped_of(day: Day, *standings: str) -> set[str]:
    return set().union(*rings_of(day, standings).values())


def split_of(day: Day) -> set[str]:
    """All who belong to either half of a ring that has split since the day before."""
    halves = {ring for ring, (event, _) in events_of(day).items() if event == RingEvent.SPLIT}
    halves |= {ring for ring, (event, other) in events_of(day).items() if event == "born" and other in halves}
    members = rings_of(day, ("active", "quiet", "suspended"))
    return set().union(*(members[ring] for ring in halves))


def events_of(day: Day) -> dict[str, tuple[str, str | None]]:
    return {row["ring_id"]: (row["event"], row["other_ring_id"]) for row in day[1]["ring_events"].to_pylist()}


def rows_of(table: pa.Table, key: str, accounts: set[str]) -> set[tuple[object, ...]]:
    chosen = table.filter(pc.is_in(table[key], pa.array(sorted(accounts), pa.string())))
    return set(zip(*(column.to_pylist() for column in chosen.columns), strict=True))


def test_equal_params_give_equal_days(told: list[Day]) -> None:
    again = build_days(PARAMS, SNAPSHOTS)
    assert tables_of(again, 3) == told[3]


def test_a_day_shows_nothing_that_comes_after_it(days: Days, told: list[Day]) -> None:
    for day, (observed, _) in enumerate(told):
        latest = max(pc.max(observed[name][column]).as_py() for name, column in TIMES.items())
        assert days.ends_at(day) - timedelta(days=3) < latest < days.ends_at(day)


def test_rows_of_each_day_stand_in_the_order_of_time(told: list[Day]) -> None:
    for observed, _ in told:
        for name, column in TIMES.items():
            times = observed[name][column].to_numpy()
            assert (np.diff(times) >= np.timedelta64(0)).all(), name


def test_what_was_done_stays_but_for_what_halves_of_a_split_ring_take_from_each_other(
    told: list[Day],
) -> None:
    for before, after in pairwise(told):
        there = set(before[0]["accounts"]["account_id"].to_pylist())
        whole = there - split_of(after)
        for name in TIMES:
            key = "payer_id" if name == "payments" else "account_id"
            earlier, later = (rows_of(day[0][name], key, whole) for day in (before, after))
            assert earlier <= later, name
            if name not in ("accounts", "labels"):
                assert earlier < later, name
        payments = [set(day[0]["payments"]["payment_id"].to_pylist()) for day in (before, after)]
        assert payments[0] < payments[1]
        new = after[0]["accounts"].num_rows - before[0]["accounts"].num_rows
        assert 0.002 * 3 * 8_000 < new < 0.012 * 3 * 8_000
    assert any(split_of(day) for day in told)


def test_who_has_stopped_does_nothing_any_more(told: list[Day]) -> None:
    for before, after in pairwise(told):
        stopped = stopped_of(before, "quiet", "suspended") - split_of(after)
        assert stopped <= stopped_of(after, "quiet", "suspended") | split_of(after)
        for name, column in TIMES.items():
            keys = ("payer_id", "payee_id") if name == "payments" else ("account_id",)
            for key in keys:
                was, now = (
                    rows_of(day[0][name].select([key, column]), key, stopped) for day in (before, after)
                )
                assert was == now or name == "labels", name
    assert stopped_of(told[-1], "quiet")
    assert stopped_of(told[-1], "suspended")


def test_who_was_suspended_did_all_that_he_did_before(told: list[Day]) -> None:
    observed = told[-1][0]
    suspended = stopped_of(told[-1], "suspended")
    at = {
        row["account_id"]: row["reported_at"]
        for row in observed["labels"].to_pylist()
        if row["account_id"] in suspended and row["label"] == "fraud"
    }
    assert set(at) == suspended
    for name, column in TIMES.items():
        for key in ("payer_id", "payee_id") if name == "payments" else ("account_id",):
            for account, done in rows_of(observed[name].select([key, column]), key, suspended):
                assert name == "labels" or done < at[account], name


def test_nothing_happens_before_sign_up_on_any_day(told: list[Day]) -> None:
    observed = told[-1][0]
    created = observed["accounts"].select(["account_id", "created_at"])
    for name, column in TIMES.items():
        key = "payer_id" if name == "payments" else "account_id"
        joined = observed[name].join(created.rename_columns([key, "created"]), key)
        assert pc.all(pc.greater_equal(joined[column], joined["created"])).as_py(), name


def test_payments_are_made_with_what_a_payer_has_on_that_day(told: list[Day]) -> None:
    for observed, _ in told:
        payments = observed["payments"]
        for column, table in (("instrument_id", "instruments"), ("device_id", "sessions")):
            had = set(
                zip(*(observed[table][name].to_pylist() for name in ("account_id", column)), strict=True)
            )
            used = payments.select(["payer_id", column]).drop_null()
            stray = set(zip(*(part.to_pylist() for part in used.columns), strict=True)) - had
            # a device's first session may come after a payment made with it, on a later day
            assert len(stray) <= (0 if table == "instruments" else 0.02 * used.num_rows)


def test_events_say_what_became_of_the_members(told: list[Day]) -> None:
    seen = set()
    for before, after in pairwise(told):
        old, new = rings_of(before), rings_of(after)
        for ring, (event, other) in events_of(after).items():
            seen.add(event)
            match RingEvent(event):
                case RingEvent.PERSIST:
                    assert old[ring] == new[ring]
                case RingEvent.GROW:
                    assert old[ring] < new[ring]
                    assert other is None or old[other] <= new[ring]
                case RingEvent.SHRINK:
                    assert new[ring] < old[ring]
                case RingEvent.MERGE:
                    assert ring not in new
                    assert other is not None
                    assert old[ring] <= new[other]
                case RingEvent.SPLIT:
                    assert other is not None
                    assert new[ring] | new[other] == old[ring]
                    assert len(new[ring]) >= len(new[other]) >= 3
                case RingEvent.DIE:
                    assert ring not in new
                case RingEvent.BORN | RingEvent.REINCARNATION:
                    assert ring not in old
                    assert ring in new
        assert set(events_of(after)) == set(old) | set(new)
    assert seen == {event.value for event in RingEvent}


def test_every_ring_persists_on_the_first_day(told: list[Day]) -> None:
    assert events_of(told[0]) == dict.fromkeys(rings_of(told[0]), ("persist", None))


def test_members_are_accounts_of_their_day(told: list[Day]) -> None:
    for observed, truth in told:
        assert set(truth["ring_members"]["account_id"].to_pylist()) <= set(
            observed["accounts"]["account_id"].to_pylist()
        )


def test_of_a_ring_taken_down_most_are_suspended_and_all_keep_its_things(days: Days, told: list[Day]) -> None:
    taken_down = labelled = 0
    for day, (before, after) in enumerate(pairwise(told)):
        bad = {
            row["account_id"]
            for row in after[0]["labels"].to_pylist()
            if row["label"] == "fraud" and row["reported_at"] >= days.ends_at(day)
        }
        own = {row["identifier"] for row in before[1]["identifiers"].to_pylist() if row["kind"] == "device"}
        for ring, (event, _) in events_of(after).items():
            if event != RingEvent.DIE:
                continue
            members = rings_of(before)[ring]
            assert members <= rings_of(after, ("quiet", "suspended"))[ring]
            taken_down, labelled = taken_down + len(members), labelled + len(members & bad)
            held = [
                {row[1] for row in rows_of(each[0]["sessions"], "account_id", members)} & own
                for each in (before, after)
            ]
            assert held[0] <= held[1]
    assert 0.8 < labelled / taken_down < 0.98


def test_a_ring_comes_back_days_later_with_new_accounts_and_things_of_its_own(told: list[Day]) -> None:
    returned = 0
    for day, after in enumerate(told):
        for ring, (event, other) in events_of(after).items():
            if event != RingEvent.REINCARNATION:
                continue
            returned += 1
            last = max(at for at in range(day) if other in rings_of(told[at]))
            assert day - last > 2
            earlier, later = told[last][1], after[1]
            things = [
                {(row["kind"], row["identifier"]) for row in truth["identifiers"].to_pylist()
                 if row["ring_id"] == name}
                for truth, name in ((earlier, other), (later, ring))
            ]  # fmt: skip
            assert not things[0] & things[1]
            assert not rings_of(told[last])[str(other)] & rings_of(after)[ring]
            typology = [
                {row["typology"] for row in truth["ring_members"].to_pylist() if row["ring_id"] == name}
                for truth, name in ((earlier, other), (later, ring))
            ]
            assert typology[0] == typology[1]
    assert returned >= 3


def test_a_ring_come_back_writes_its_names_and_mailboxes_as_it_did(days: Days) -> None:
    """Most members draw last names from one list of three, which no other ring does."""
    fates, rings = days.lives.fates, days.world.rings
    written = days.world.contacts.handwriting
    assert written is not None
    for ring in np.flatnonzero(fates.predecessor >= 0):
        pools = [
            set(written.last_name[rings.account[rings.ring == each]].tolist())
            for each in (ring, fates.predecessor[ring])
        ]
        others = set(
            written.last_name[rings.account[~np.isin(rings.ring, [ring, fates.predecessor[ring]])]].tolist()
        )
        made_up = [{number for number in pool if number < 0} for pool in pools]
        assert len(made_up[0] | made_up[1]) <= 3
        assert not (made_up[0] | made_up[1]) & others


@pytest.mark.parametrize(
    ("snapshots", "named"),
    [((1, 1, 0.2), "snapshots"), ((3, 0, 0.2), "days apart"), ((3, 1, 1.0), "turnover")],
)
def test_impossible_snapshots_are_refused_by_name(snapshots: tuple[int, int, float], named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        SnapshotParams(*snapshots)
