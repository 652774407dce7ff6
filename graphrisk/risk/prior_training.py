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
from graphrisk.graph.components import Partition, keep_sizes
from graphrisk.graph.links import Floats, SharedLinks
from graphrisk.graph.projection import AccountGraph, SuspectParams, project_suspects
from graphrisk.model.kinds import KindSet
from graphrisk.risk.booster import Booster, BoosterParams, train_booster
from graphrisk.risk.calibration import fit_calibration
from graphrisk.risk.cells import CellPairs, describe_cells, join_cells
from graphrisk.risk.company_features import describe_company, describe_holders
from graphrisk.risk.features import Features
from graphrisk.risk.holders import hear_holders
from graphrisk.risk.prior import Described, Opinion, Prior, form_opinion
from graphrisk.risk.ring_features import describe_rings
from graphrisk.risk.spread import Spread

_NEGATIVES = 3
FRAMED_WEIGHT = 10.0  # of an innocent on whom a ring's things were planted, beside a member of a ring
RESOLUTIONS = (0.02, 0.03, 0.04, 0.055, 0.08)  # at which rings are looked for to learn from


@dataclass(frozen=True, slots=True)
class Example:
    """One marketplace with its truth. half: 0 or 1, of the training, the same for all that is shown of one
    world. llr: [M] nats. true_ring: int64 [N], -1 for an account in none. is_framed: bool [N], innocents
    on whom uses of a ring's things were planted. is_ring_thing: bool [M], brought by one."""

    half: int
    described: Described
    links: SharedLinks
    graph: AccountGraph
    llr: Floats
    kinds: KindSet
    true_ring: NDArray[np.int64]
    is_framed: NDArray[np.bool_]
    is_ring_thing: NDArray[np.bool_]

    @property
    def is_bad(self) -> NDArray[np.bool_]:
        return np.asarray(self.true_ring >= 0)


def train_prior(
    examples: Sequence[Example], shifts: Sequence[Example], fresh: Sequence[Example], params: BoosterParams
) -> Prior:
    """examples: of either half, with rings and without much else in common. shifts: of other worlds, in which
    rings are made of cells, for those who judge these alone. fresh: three or more of other worlds again, see
    try_on: whole boosters find other rings than those of halves.
    """
    halves = [example.half for example in examples]
    weights = [_weigh(example.is_bad, example.is_framed) for example in examples]

    def of_accounts(features: Sequence[Features]) -> tuple[Booster, list[Floats]]:
        rows = zip(features, (example.is_bad for example in examples), weights, strict=True)
        return _train_in_halves([_Table(*each) for each in rows], halves, params)

    alone, risks = of_accounts([example.described.accounts for example in examples])
    things = [
        _Table(
            example.described.identifiers.beside(describe_holders(example.links, risk)),
            example.is_ring_thing,
            _weigh(example.is_ring_thing, np.zeros_like(example.is_ring_thing)),
        )
        for example, risk in zip(examples, risks, strict=True)
    ]
    identifiers, held = _train_in_halves(things, halves, params)
    together = [
        example.described.accounts.beside(
            describe_company(
                example.links, example.described.uses, example.graph, risk, of_things, example.kinds
            )
        )
        for example, risk, of_things in zip(examples, risks, held, strict=True)
    ]
    last, odds = of_accounts(together)
    found = [
        _find_communities(each, *of) for each, of in zip(examples, zip(odds, held, strict=True), strict=True)
    ]
    small = replace(params, round_count=params.round_count // 2, leaf_count=6)
    seams = [[_describe_seams(each, one) for one in of] for each, of in zip(examples, found, strict=True)]
    # Whoever judges communities is not asked for an opinion of accounts.
    of_accounts_alone = Prior(alone, identifiers, last, last, last, Spread(()))
    more = [
        _stack([_describe_seams(each, one) for one in _search(each, _ask(of_accounts_alone, each))])
        for each in shifts
    ]
    cells, joined = _train_in_halves(
        [*(_stack(of) for of in seams), *more], [*halves, *(each.half for each in shifts)], small
    )
    joined = joined[: len(seams)]
    of_rings = [
        _describe_rings(example, _join(of, pairs, probability))
        for example, of, pairs, probability in zip(examples, found, seams, joined, strict=True)
    ]
    return try_on(Prior(alone, identifiers, last, cells, _train(of_rings, small), Spread(())), fresh)


def try_on(untried: Prior, fresh: Sequence[Example]) -> Prior:
    """The same prior, the score of rings calibrated and the spread of the accounts' risks measured, on
    marketplaces that it was not trained on."""
    odds, is_right, worlds = [], [], []
    for each in fresh:
        thought = _ask(untried, each)
        worlds.append(fit_calibration(thought.account_odds, each.is_bad))
        found = _search(each, thought, (LeidenParams().resolution,))
        seams = [_describe_seams(each, one) for one in found]
        joined = np.asarray(expit(untried.cells.predict(_stack(seams).features)))
        rings = _describe_rings(each, _join(found, seams, joined))
        odds.append(untried.rings.predict(rings.features))
        is_right.append(rings.target)
    calibration = fit_calibration(np.concatenate(odds), np.concatenate(is_right))
    return replace(untried, rings=untried.rings.calibrated(calibration), spread=Spread(tuple(worlds)))


@dataclass(frozen=True, slots=True)
class _Found:
    """What would be found in a marketplace at one resolution. odds: [N] natural log odds of accounts. held:
    [M]. graph, communities: of suspects, those of two among them."""

    odds: Floats
    held: Floats
    graph: AccountGraph
    communities: Partition


def _find_communities(
    example: Example, risk: Floats, held: Floats, resolutions: Sequence[float] = RESOLUTIONS
) -> list[_Found]:
    ids: list[str] = example.links.account_ids.to_pylist()
    odds = np.asarray(logit(np.clip(risk, 1e-9, 1 - 1e-9)), dtype=np.float64)
    held = hear_holders(held, example.links, risk)
    found = []
    for resolution in resolutions:
        graph = project_suspects(example.links, example.llr, risk, held, SuspectParams.at(resolution))
        found.append(_Found(odds, held, graph, find_communities(graph, ids, LeidenParams(resolution))))
    return found


def _ask(prior: Prior, example: Example) -> Opinion:
    """What whole boosters think."""
    return form_opinion(prior, example.described, example.links, example.graph, example.kinds)


def _search(example: Example, thought: Opinion, resolutions: Sequence[float] = RESOLUTIONS) -> list[_Found]:
    risk, held = (np.asarray(expit(odds)) for odds in (thought.account_odds, thought.identifier_odds))
    return _find_communities(example, risk, held, resolutions)


@dataclass(frozen=True, slots=True)
class _Seams:
    """pairs: of communities. is_one: [P], whether more than half of either is of one and the same ring."""

    pairs: CellPairs
    is_one: NDArray[np.bool_]


def _describe_seams(example: Example, found: _Found) -> _Seams:
    pairs = describe_cells(found.communities, example.links, found.graph, found.odds, found.held)
    ring = _true_rings(found.communities, example.true_ring)
    first, second = ring[pairs.first], ring[pairs.second]
    return _Seams(pairs, (first >= 0) & (first == second))


def _stack(seams: Sequence[_Seams]) -> _Table:
    """Of all resolutions."""
    rows = np.vstack([each.pairs.features.values for each in seams])
    target = np.concatenate([each.is_one for each in seams])
    return _Table(Features(seams[0].pairs.features.names, rows), target, np.ones(len(target)))


def _join(found: Sequence[_Found], seams: Sequence[_Seams], probability: Floats) -> list[_Found]:
    """Cells joined. probability: of all pairs, stacked."""
    ends = np.cumsum([len(each.is_one) for each in seams])[:-1]
    return [
        replace(one, communities=join_cells(one.communities, seam.pairs, of_pairs))
        for one, seam, of_pairs in zip(found, seams, np.split(probability, ends), strict=True)
    ]


def _describe_rings(example: Example, found: Sequence[_Found]) -> _Table:
    """The rings that would be found, and which of them are right: more than half of the members are of one
    true ring."""
    tables, right = [], []
    for each in found:
        rings = keep_sizes(each.communities, RingParams().min_size)
        tables.append(describe_rings(rings, example.links, each.graph, each.odds, each.held))
        right.append(_true_rings(rings, example.true_ring) >= 0)
    target = np.concatenate(right)
    rows = np.vstack([table.values for table in tables])
    return _Table(Features(tables[0].names, rows), target, np.ones(len(target)))


def _true_rings(found: Partition, true_ring: NDArray[np.int64]) -> NDArray[np.int64]:
    """[C] the ring of which more than half of a community is, -1 where there is none."""
    size, (members, _) = found.sizes(), found.members()
    of_true = true_ring[members]
    bad, width = of_true >= 0, int(true_ring.max(initial=0)) + 1
    pair = found.label[members[bad]].astype(np.int64) * width + of_true[bad]
    key, count = np.unique(pair, return_counts=True)
    community, ring = np.divmod(key, width)
    most = count * 2 > size[community]
    told = np.full(len(size), -1, dtype=np.int64)
    told[community[most]] = ring[most]
    return told


@dataclass(frozen=True, slots=True)
class _Table:
    """Rows of one marketplace, what they are, and what each weighs; those of no weight are left out."""

    features: Features
    target: NDArray[np.bool_]
    weight: Floats


def _weigh(target: NDArray[np.bool_], is_framed: NDArray[np.bool_]) -> Floats:
    """Of the many others a third says as much as all, with three times the weight."""
    kept = np.arange(len(target)) % _NEGATIVES == 0
    return np.where(target, 1.0, np.where(is_framed, FRAMED_WEIGHT, kept * float(_NEGATIVES)))


def _train_in_halves(
    tables: Sequence[_Table], halves: Sequence[int], params: BoosterParams
) -> tuple[Booster, list[Floats]]:
    """A booster of all tables, and for each table the probabilities by one that was trained on the other
    half of the worlds."""
    of_half = [
        _train([table for table, half in zip(tables, halves, strict=True) if half == each], params)
        for each in (0, 1)
    ]
    judged = [
        np.asarray(expit(of_half[1 - half].predict(table.features)), dtype=np.float64)
        for table, half in zip(tables, halves, strict=True)
    ]
    return _train(tables, params), judged


def _train(tables: Sequence[_Table], params: BoosterParams) -> Booster:
    target, weight = (np.concatenate([getattr(t, of) for t in tables]) for of in ("target", "weight"))
    rows = np.vstack([table.features.values[table.weight > 0] for table in tables])
    kept = weight > 0
    return train_booster(Features(tables[0].features.names, rows), target[kept], weight[kept], params)
