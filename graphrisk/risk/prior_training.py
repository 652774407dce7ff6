"""Learns a prior from marketplaces whose truth is known: see risk/prior.py for what it is.

Every later booster learns from what the earlier ones say of marketplaces that they were not trained on, as it
will be when they are asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from graphrisk.detect.leiden import LeidenParams, find_communities
from graphrisk.detect.rings import RingParams
from graphrisk.graph.components import keep_sizes
from graphrisk.graph.links import Floats, SharedLinks
from graphrisk.graph.projection import AccountGraph, SuspectParams, project_suspects
from graphrisk.model.kinds import KindSet
from graphrisk.risk.booster import Booster, BoosterParams, train_booster
from graphrisk.risk.company_features import describe_company, describe_holders
from graphrisk.risk.features import Features
from graphrisk.risk.prior import Described, Prior
from graphrisk.risk.ring_features import describe_rings

_NEGATIVES = 3


@dataclass(frozen=True, slots=True)
class Example:
    """One marketplace with its truth. llr: [M] nats. true_ring: int64 [N], -1 for an account in none.
    is_ring_thing: bool [M], brought by one."""

    described: Described
    links: SharedLinks
    graph: AccountGraph
    llr: Floats
    kinds: KindSet
    true_ring: NDArray[np.int64]
    is_ring_thing: NDArray[np.bool_]

    @property
    def is_bad(self) -> NDArray[np.bool_]:
        return np.asarray(self.true_ring >= 0)


def train_prior(examples: Sequence[Example], params: BoosterParams) -> Prior:
    """examples: at least two, with rings and without much else in common."""
    is_bad = [example.is_bad for example in examples]
    accounts = [example.described.accounts for example in examples]
    alone, risks = _train_in_halves(accounts, is_bad, params)
    things = [
        example.described.identifiers.beside(describe_holders(example.links, risk))
        for example, risk in zip(examples, risks, strict=True)
    ]
    identifiers, held = _train_in_halves(things, [each.is_ring_thing for each in examples], params)
    together = [
        example.described.accounts.beside(
            describe_company(example.links, example.graph, risk, of_things, example.kinds)
        )
        for example, risk, of_things in zip(examples, risks, held, strict=True)
    ]
    last, odds = _train_in_halves(together, is_bad, params)
    rings = [
        _describe_example(each, *of) for each, of in zip(examples, zip(odds, held, strict=True), strict=True)
    ]
    tables, targets = zip(*rings, strict=True)
    ring_params = replace(params, round_count=params.round_count // 2, leaf_count=6)
    return Prior(alone, identifiers, last, _train(tables, targets, ring_params))


def _describe_example(example: Example, risk: Floats, held: Floats) -> tuple[Features, NDArray[np.bool_]]:
    """The rings that would be found, and which of them are right: more than half of the members are of one
    true ring."""
    suspects = SuspectParams()
    graph = project_suspects(example.links, example.llr, risk, held, suspects)
    ids: list[str] = example.links.account_ids.to_pylist()
    found = find_communities(graph, ids, LeidenParams())
    kept = keep_sizes(found, RingParams().min_size)
    size = kept.sizes()
    members, _ = kept.members()
    of_true = example.true_ring[members]
    bad = of_true >= 0
    pair = kept.label[members[bad]].astype(np.int64) * (int(of_true.max(initial=0)) + 1) + of_true[bad]
    key, count = np.unique(pair, return_counts=True)
    most = np.zeros(len(size), dtype=np.int64)
    np.maximum.at(most, key // (int(of_true.max(initial=0)) + 1), count)
    odds = np.asarray(logit(np.clip(risk, 1e-9, 1 - 1e-9)), dtype=np.float64)
    return describe_rings(kept, example.links, graph, odds, held), most * 2 > size


def _train_in_halves(
    tables: Sequence[Features], targets: Sequence[NDArray[np.bool_]], params: BoosterParams
) -> tuple[Booster, list[Floats]]:
    """A booster of all tables, and for each table the probabilities by one that was trained on the other
    half of the tables."""
    of_half = [_train(tables[half::2], targets[half::2], params) for half in (0, 1)]
    judged = [
        np.asarray(expit(of_half[1 - position % 2].predict(table)), dtype=np.float64)
        for position, table in enumerate(tables)
    ]
    return _train(tables, targets, params), judged


def _train(
    tables: Sequence[Features], targets: Sequence[NDArray[np.bool_]], params: BoosterParams
) -> Booster:
    target = np.concatenate(list(targets))
    rows = np.vstack([table.values for table in tables])
    # Of the many negatives a third says as much as all, with three times the weight.
    kept = target | (np.arange(len(target)) % _NEGATIVES == 0)
    weight = np.where(target[kept], 1.0, float(_NEGATIVES))
    return train_booster(Features(tables[0].names, rows[kept]), target[kept], weight, params)
