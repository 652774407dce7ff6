"""Learns a prior from marketplaces whose truth is known: see risk/prior.py for what it is.

Every later booster learns from what the earlier ones say of marketplaces that they were not trained on, as it
will be when they are asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from graphrisk.graph.links import Floats, SharedLinks
from graphrisk.graph.projection import AccountGraph
from graphrisk.model.kinds import KindSet
from graphrisk.risk.booster import Booster, BoosterParams, train_booster
from graphrisk.risk.company_features import describe_company, describe_holders
from graphrisk.risk.features import Features
from graphrisk.risk.prior import Described, Prior


@dataclass(frozen=True, slots=True)
class Example:
    """One marketplace with its truth. is_bad: bool [N], in a ring. is_ring_thing: bool [M], brought by one."""

    described: Described
    links: SharedLinks
    graph: AccountGraph
    kinds: KindSet
    is_bad: NDArray[np.bool_]
    is_ring_thing: NDArray[np.bool_]


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
    return Prior(alone, identifiers, _train(together, is_bad, params))


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
    rows = Features(tables[0].names, np.vstack([table.values for table in tables]))
    target = np.concatenate(list(targets))
    return train_booster(rows, target, np.ones(len(target)), params)
