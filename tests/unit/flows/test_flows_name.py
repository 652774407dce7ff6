"""The names that a detection gives: by what it is told of earlier runs, and what it tells later ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from detect_fakes import NOON, CountingMeter, Kept, OneWorld
from small_worlds import World, shared_links, world_of

from graphrisk.flows.detect import DetectParams, DetectSetting, detect_rings
from graphrisk.flows.findings import RunTables
from graphrisk.flows.name import (
    APPEARANCE,
    PAST_NAME,
    NamingTables,
    PastTables,
    RunMoment,
    digest_shared,
)
from graphrisk.flows.recall import RingsBefore
from graphrisk.model import tables
from graphrisk.model.kinds import BUILT_IN_KINDS
from graphrisk.model.runs import RunRecord
from graphrisk.registry.params import NameParams

# 0..4 live on four devices; in the later world 5 and 6 have joined them
SHOP = world_of(30, {"device": [range(5)] * 4})
GROWN = world_of(30, {"device": [range(7)] * 4})
EMPTY = PastTables(PAST_NAME.empty_table(), APPEARANCE.empty_table())


@dataclass(slots=True)
class OneRunBefore:
    """Fits flows.detect.NamedPast: one run, which everybody remembers, and whatever was written since."""

    before: RunTables | None = None
    written: dict[str, NamingTables] = field(default_factory=dict)
    asked: list[datetime] = field(default_factory=list)
    twin: RunTables | None = None  # of a run of the very time, beside which nothing is remembered

    def read_past(self, as_of: datetime, params: NameParams) -> PastTables:
        self.asked.append(as_of)
        if self.before is None:
            return EMPTY
        ring, carrier = self.before.ring, self.before.ring_carrier
        names = [
            {"ring_id": name, "missed_count": 0, "last_count": size, "merged_into": None, "dissolved": False}
            for name, size in zip(ring["ring_id"].to_pylist(), ring["size"].to_pylist(), strict=True)
        ]
        seen = [{**row, "age": 0, "run_count": 1} for row in carrier.to_pylist()]
        return PastTables(pa.Table.from_pylist(names, PAST_NAME), pa.Table.from_pylist(seen, APPEARANCE))

    def read_beside(self, past: PastTables, moment: RunMoment, params: NameParams) -> PastTables | None:
        return None if self.twin is None else OneRunBefore(self.twin).read_past(moment.as_of, params)

    def read_carriers(self, as_of: datetime) -> pa.Table | None:
        return None if self.before is None else self.before.ring_carrier

    def read_rings_before(self, as_of: datetime, judgements: str, limit: int) -> Sequence[RingsBefore]:
        return [] if self.before is None else [RingsBefore("RUN-BEFORE", self.before.ring_carrier)]

    def read_naming(self, run_id: str) -> NamingTables | None:
        return self.written.get(run_id)


def detected(world: World, past: OneRunBefore, as_of: datetime = NOON) -> tuple[RunRecord, RunTables]:
    kept = Kept()
    setting = DetectSetting(CountingMeter(), as_of, past=past)
    detect_rings(OneWorld(world), kept, BUILT_IN_KINDS, DetectParams(), setting)
    (run,) = kept.runs
    return run


def renamed(found: RunTables, name: str) -> RunTables:
    """As if the only ring had been called so."""
    column = pa.array([name] * found.ring_carrier.num_rows, pa.string())
    carrier = found.ring_carrier.set_column(0, tables.RING_CARRIER.field(0), column)
    ring = found.ring.set_column(0, tables.RING.field(0), pa.array([name], pa.string()))
    return replace(found, ring=ring, ring_carrier=carrier)


def test_every_table_of_the_run_has_the_lasting_name() -> None:
    _, first = detected(SHOP, OneRunBefore())
    past = OneRunBefore(renamed(first, "RING-KEPT"))
    record, found = detected(GROWN, past, NOON + timedelta(days=1))
    assert past.asked == [record.as_of]
    for name in ("ring", "ring_member", "ring_signal", "ring_innocence", "evidence", "ring_carrier"):
        assert set(getattr(found, name)["ring_id"].to_pylist()) == {"RING-KEPT"}, name
    assert set(found.account_risk["ring_id"].to_pylist()) == {"RING-KEPT", None}
    assert found.ring_event.to_pylist() == [
        {
            "ring_id": "RING-KEPT", "event": "grew", "other_ring_id": None, "account_count": 7,
            "earlier_account_count": 5,
        }
    ]  # fmt: skip


def test_a_first_run_names_by_content_and_counts_no_stability() -> None:
    record, found = detected(SHOP, OneRunBefore())
    assert found.ring_event["event"].to_pylist() == ["born"]
    assert "of_them_name_kept" not in dict(record.counts)
    kept = Kept()
    detect_rings(OneWorld(SHOP), kept, BUILT_IN_KINDS, DetectParams(), DetectSetting(CountingMeter()))
    assert kept.runs[0][1].ring == found.ring  # nothing to remember: the same as remembering nothing
    assert kept.runs[0][1].ring_carrier == found.ring_carrier


def test_a_run_reports_how_many_accounts_kept_their_ring() -> None:
    _, first = detected(SHOP, OneRunBefore())
    record, found = detected(GROWN, OneRunBefore(first), NOON + timedelta(days=1))
    counts = dict(record.counts)
    # the five were in the ring before; what they share is the same four devices
    assert (counts["accounts_in_rings_before_too"], counts["of_them_name_kept"]) == (5, 5)
    assert (counts["with_same_links"], counts["of_them_with_same_links_name_kept"]) == (5, 5)
    assert found.ring_move.num_rows == 0


def test_accounts_that_go_elsewhere_are_told_as_moves() -> None:
    two = world_of(40, {"device": [range(5)] * 4 + [range(10, 18)] * 4})
    _, first = detected(two, OneRunBefore())
    # account 4 uses the other ring's devices now, and the first ring's no more
    other = world_of(40, {"device": [range(4)] * 4 + [[4, *range(10, 18)]] * 4})
    _, found = detected(other, OneRunBefore(first), NOON + timedelta(days=1))
    names = dict(
        zip(*(first.ring_member[name].to_pylist() for name in ("account_id", "ring_id")), strict=True)
    )
    assert found.ring_move.to_pylist() == [
        {
            "earlier_ring_id": names["acc-000004"], "ring_id": names["acc-000010"], "account_count": 1,
            "same_links_count": 0,
        }
    ]  # fmt: skip


def test_a_run_that_was_made_before_keeps_the_names_that_it_gave() -> None:
    record, found = detected(SHOP, OneRunBefore())
    given = renamed(found, "RING-GIVEN")
    # since then another run, of an earlier time, has called the same accounts otherwise
    past = OneRunBefore(
        renamed(found, "RING-OTHER"),
        {record.run_id: NamingTables(given.ring_event, given.ring_move, given.ring_carrier)},
    )
    again, second = detected(SHOP, past)
    assert again.run_id == record.run_id
    assert second.ring["ring_id"].to_pylist() == ["RING-GIVEN"]
    assert second.ring_event == given.ring_event
    assert second.ring_carrier == given.ring_carrier


@pytest.mark.parametrize("rows", [slice(0, 4), slice(0, 0)])
def test_names_that_fit_other_rings_are_not_taken_over(rows: slice) -> None:
    record, found = detected(SHOP, OneRunBefore())
    carrier = renamed(found, "RING-WRONG").ring_carrier.slice(rows.start, rows.stop)
    past = OneRunBefore(None, {record.run_id: NamingTables(found.ring_event, found.ring_move, carrier)})
    assert detected(SHOP, past)[1].ring == found.ring


def test_a_ring_is_called_as_another_run_of_that_time_called_it_and_is_born_all_the_same() -> None:
    _, first = detected(SHOP, OneRunBefore())
    past = OneRunBefore(twin=renamed(first, "RING-BESIDE"))
    _, found = detected(GROWN, past)
    assert found.ring["ring_id"].to_pylist() == ["RING-BESIDE"]
    (event,) = found.ring_event.to_pylist()
    assert (event["ring_id"], event["event"]) == ("RING-BESIDE", "born")
    assert (event["account_count"], event["earlier_account_count"]) == (7, 0)


def test_how_names_are_kept_is_part_of_the_parameters() -> None:
    assert '"keep_share": 0.4' in detected(SHOP, OneRunBefore())[0].parameters


def test_the_digest_of_what_is_shared_changes_with_it_and_with_nothing_else() -> None:
    links = shared_links(world_of(10, {"device": [[0, 1, 2], [0, 1]], "address": [[3, 4]]}), private_count=2)
    digests = digest_shared(links, np.arange(6))
    assert digests[0] == digests[1]
    assert digests[3] == digests[4]
    assert len(set(digests)) == 4  # {two devices}, {one device}, {an address}, nothing
    fewer_of_others = shared_links(
        world_of(10, {"device": [[0, 1, 2], [0, 1]], "address": [[3, 5]]}), private_count=9
    )
    assert digest_shared(fewer_of_others, np.arange(3)) == digests[:3]
    assert digest_shared(links, np.array([2, 0])) == [digests[2], digests[0]]
