"""What a detection recalls of the run before it, by the prior on a simulated marketplace."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import pyarrow as pa
import pytest
from detect_fakes import CountingMeter, Kept
from markets import Market, in_memory

from graphrisk.flows.detect import DetectParams, DetectSetting, detect_rings
from graphrisk.flows.findings import RunTables
from graphrisk.flows.name import APPEARANCE, PAST_NAME, NamingTables, PastTables, RunMoment
from graphrisk.flows.recall import RingsBefore
from graphrisk.model.kinds import BUILT_IN_KINDS
from graphrisk.model.runs import RunRecord
from graphrisk.registry.params import NameParams
from graphrisk.risk.prior import Prior
from graphrisk.workspace.prior_files import read_prior


@dataclass(slots=True)
class Past:
    """Fits flows.detect.NamedPast: no names, and some rings."""

    before: tuple[RingsBefore, ...] = ()
    asked: list[tuple[datetime, str, int]] = field(default_factory=list)

    def read_past(self, as_of: datetime, params: NameParams) -> PastTables:
        return PastTables(PAST_NAME.empty_table(), APPEARANCE.empty_table())

    def read_beside(self, past: PastTables, moment: RunMoment, params: NameParams) -> PastTables | None:
        return None

    def read_carriers(self, as_of: datetime) -> pa.Table | None:
        return None

    def read_naming(self, run_id: str) -> NamingTables | None:
        return None

    def read_rings_before(self, as_of: datetime, judgements: str, limit: int) -> tuple[RingsBefore, ...]:
        self.asked.append((as_of, judgements, limit))
        return self.before


def detected(
    market: Market, past: Past | None, params: DetectParams, prior: Prior | None
) -> tuple[RunRecord, RunTables]:
    kept = Kept()
    setting = DetectSetting(CountingMeter(), prior=prior, past=past)
    detect_rings(in_memory(market), kept, BUILT_IN_KINDS, params, setting)
    (run,) = kept.runs
    return run


def recalled_by(record: RunRecord) -> object:
    return json.loads(record.parameters)["rings_before"]


def halves(found: RunTables) -> RingsBefore:
    """As if each ring had been two, every other member in the one; and of nobody whom no table knows."""
    carriers = found.ring_carrier.sort_by([("ring_id", "ascending"), ("account_id", "ascending")])
    even = np.arange(carriers.num_rows) % 2
    names = [
        f"{ring} {half}" for ring, half in zip(carriers["ring_id"].to_pylist(), even.tolist(), strict=True)
    ]
    gone = {"ring_id": names[0], "account_id": "nobody", "weight": 1.0, "links_digest": ""}
    split = carriers.set_column(0, carriers.schema.field(0), pa.array(names, pa.string()))
    return RingsBefore("RUN-BEFORE", pa.concat_tables([split, pa.Table.from_pylist([gone], split.schema)]))


@pytest.fixture(scope="module")
def first(market: Market) -> tuple[RunRecord, RunTables]:
    return detected(market, None, DetectParams(), read_prior())


def test_a_first_run_is_what_it_is_without_any_past(
    market: Market, first: tuple[RunRecord, RunTables]
) -> None:
    past = Past()
    record, found = detected(market, past, DetectParams(), read_prior())
    assert past.asked == [(record.as_of, "", NameParams().memory_count)]
    assert record.run_id == first[0].run_id
    assert recalled_by(record) == []
    assert found.ring == first[1].ring
    assert found.ring_member == first[1].ring_member


def test_what_was_two_rings_is_one_only_where_that_is_better_by_the_margin(
    market: Market, first: tuple[RunRecord, RunTables]
) -> None:
    before = halves(first[1])
    was = dict(zip(*(before.carriers[name].to_pylist() for name in ("account_id", "ring_id")), strict=True))
    record, found = detected(market, Past((before,)), DetectParams(ring_margin_share=1e9), read_prior())
    together: dict[str, set[str]] = {}
    for row in found.ring_member.to_pylist():
        together.setdefault(row["ring_id"], set()).update({was.get(row["account_id"], "")} - {""})
    assert sum(len(rings) for rings in together.values()) > 5  # they are found at all
    assert all(len(rings) <= 1 for rings in together.values())
    assert recalled_by(record) == ["RUN-BEFORE"]
    assert record.run_id != first[0].run_id
    # who is suspected, and how a pair is explained, are what they were
    assert found.account_risk["risk"] == first[1].account_risk["risk"]


def test_without_a_margin_no_run_is_recalled(market: Market, first: tuple[RunRecord, RunTables]) -> None:
    past = Past((halves(first[1]),))
    record, found = detected(market, past, DetectParams(ring_margin_share=0.0), read_prior())
    assert past.asked == []
    assert recalled_by(record) == []
    assert found.ring_member == first[1].ring_member


def test_where_company_judges_no_run_is_recalled(market: Market) -> None:
    _, alone = detected(market, None, DetectParams(), None)
    record, found = detected(market, Past((halves(alone),)), DetectParams(), None)
    assert recalled_by(record) == []
    assert found.ring_member == alone.ring_member
