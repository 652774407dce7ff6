"""The graph of a run, built again: the pairs that it had, those that only look alike among them."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from crowds import crowd, with_farms
from detect_fakes import NOON, CountingMeter, Kept, OneWorld
from held_values import kind_values
from small_worlds import shared_links, world_of

from graphrisk.flows.detect import DetectParams, DetectSetting, Work, detect_rings, judge_market
from graphrisk.flows.pair import compare_links
from graphrisk.flows.rebuild import RunGraph, rebuild_graph
from graphrisk.flows.stages import Stages
from graphrisk.graph.links import SharedLinks
from graphrisk.graph.projection import AccountGraph
from graphrisk.model.kinds import BUILT_IN_KINDS, KindSet
from graphrisk.model.known import KnownAccounts
from graphrisk.model.runs import RunRecord
from graphrisk.registry.judgements import NOTHING_STANDS
from graphrisk.registry.rulings import NO_RULINGS

ACCOUNTS, FARMS = with_farms(crowd()[0])
FIRST = [int(account) for account in FARMS[0]]
# The first farm shares devices besides, two of it each; and two who look like nobody share one
SHARING = [FIRST[at : at + 2] for at in range(0, 10, 2)]
LONERS = [account for account in range(60) if account not in set(FARMS.ravel().tolist())][:2]
LINKS = shared_links(world_of(4000, {"device": [*SHARING, LONERS]}), private_count=2)


@dataclass(slots=True)
class Farms(OneWorld):
    def read_known(self, as_of: datetime, kinds: KindSet) -> tuple[KnownAccounts, SharedLinks, str]:
        return ACCOUNTS, LINKS, self.digest


SOURCE = Farms(world_of(2, {}))


def detected() -> RunRecord:
    setting = DetectSetting(CountingMeter())
    return detect_rings(SOURCE, Kept(), BUILT_IN_KINDS, DetectParams(), setting)


def pairs_of(graph: AccountGraph) -> list[tuple[int, int]]:
    return list(zip(graph.source.tolist(), graph.target.tolist(), strict=True))


def test_the_pairs_are_those_that_the_run_had_bit_for_bit() -> None:
    found = rebuild_graph(SOURCE, detected())
    work = Work(Stages(CountingMeter()), 1, None, NOON, NOTHING_STANDS, NO_RULINGS, asks_again=False)
    had = judge_market(ACCOUNTS, compare_links(LINKS, BUILT_IN_KINDS, ()), DetectParams(), work).suspicion
    assert had.looks is not None
    assert pairs_of(found.graph) == pairs_of(had.graph)
    assert np.array_equal(found.graph.llr, had.graph.llr)
    assert np.array_equal(found.graph.weight, had.graph.weight)


def test_what_looking_alike_gives_a_pair_is_told_apart_from_what_it_shares() -> None:
    found = rebuild_graph(SOURCE, detected())
    at = {pair: place for place, pair in enumerate(pairs_of(found.graph))}
    farms = [{(min(a, b), max(a, b)) for a in farm for b in farm if a != b} for farm in FARMS.tolist()]
    alike = {pair for pair, place in at.items() if found.look_llr[place] > 0}
    assert len(alike & set().union(*farms)) > 0.9 * sum(map(len, farms))
    both, loners = at[min(FIRST[:2]), max(FIRST[:2])], at[min(LONERS), max(LONERS)]
    only = at[min(FIRST[0], FIRST[2]), max(FIRST[0], FIRST[2])]
    assert 0 < found.look_llr[both] < found.graph.llr[both]
    assert 0 < found.look_llr[only] == found.graph.llr[only]
    assert found.look_llr[loners] == 0 < found.graph.llr[loners]


def without_looks(found: RunGraph) -> bool:
    shared = [(min(pair), max(pair)) for pair in (*SHARING, LONERS)]
    return sorted(pairs_of(found.graph)) == sorted(shared) and not found.look_llr.any()


def test_where_the_prior_judged_nobody_looks_alike() -> None:
    record = detected()
    told = {**json.loads(record.parameters), "judged_by": "prior"}
    assert without_looks(rebuild_graph(SOURCE, replace(record, parameters=json.dumps(told))))


def test_where_values_are_compared_nobody_looks_alike() -> None:
    record = detected()
    assert not without_looks(rebuild_graph(SOURCE, record))
    told = json.loads(record.parameters)
    for kind in told["kinds"]:
        kind["comparison"] = "text" if kind["name"] == "device" else kind["comparison"]
    source = replace(SOURCE, values=(kind_values("device", {"abcdef": FIRST[:1], "abcdeg": FIRST[1:2]}),))
    found = rebuild_graph(source, replace(record, parameters=json.dumps(told)))
    assert not found.look_llr.any()
