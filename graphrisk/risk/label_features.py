"""What the labels of others say of an account: rates among those who hold the same things, belief that
spreads from them, and how much of its company is labelled at all.

An account's own label must not be among the labels shown here (risk/own_model.py sees to it).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from graphrisk.graph.links import Floats, SharedLinks
from graphrisk.model.known import BAD
from graphrisk.risk.features import Features
from graphrisk.risk.kind_links import KindLinks
from graphrisk.risk.propagation import PropagationParams, propagate_risk

_WEAK, _STRONG = 1.0, 20.0  # labelled holders that stand for the base rate in a rate
_NEAREST = (1, 5, 20)  # labelled uses on each side of an account's own that near rates look at


def describe_labels(by_kind: Sequence[KindLinks], links: SharedLinks, shown: NDArray[np.int8]) -> Features:
    """One row for each account. For every kind: the shrunk rate of bad among labelled holders of the
    account's identifiers, by a weak and a strong prior; how many labelled holders; the rate pooled over its
    identifiers, each holder at one over holders; where uses have times, how many labelled uses there were of
    the same things before and after, and the rates among the nearest on both sides. And belief over `links`
    from shown labels that weigh nothing together.

    shown: int8 [N], BAD, GOOD, or 0. With none shown all rates are one half.
    """
    labelled = shown != 0
    base = float((shown == BAD).sum() / labelled.sum()) if labelled.any() else 0.5
    columns: dict[str, NDArray[np.generic]] = {"belief": _spread(links, shown, base)}
    for each in by_kind:
        columns |= _rates(each, shown, base)
        if each.is_timed:
            columns |= _near_rates(each, shown, base)
    return Features.of(columns)


def measure_coverage(by_kind: Sequence[KindLinks], shown: NDArray[np.int8]) -> Floats:
    """[N] how much of its company is labelled: the share of the other holders that have a label, in the mean
    over an account's things that others hold; 0 for who shares nothing."""
    count = len(shown)
    covered, things = np.zeros(count), np.zeros(count)
    for links in by_kind:
        labelled = (shown[links.account] != 0).astype(np.float64)
        known = np.bincount(links.identifier, labelled, links.identifier_count)[links.identifier] - labelled
        others = links.holder_count()[links.identifier] - 1.0
        covered += np.bincount(links.account, known / np.maximum(others, 1.0), count)
        things += np.bincount(links.account, others > 0, count)
    return np.asarray(covered / np.maximum(things, 1.0), dtype=np.float64)


def _spread(links: SharedLinks, shown: NDArray[np.int8], base: float) -> Floats:
    """Bad ones count 1 - base, good ones - base: that most labels are good is no news of a neighbour."""
    phi = np.where(shown == BAD, 1.0 - base, np.where(shown == -BAD, -base, 0.0))
    return propagate_risk(links, phi, PropagationParams(tolerance=1e-4)).belief


def _rates(links: KindLinks, shown: NDArray[np.int8], base: float) -> dict[str, Floats]:
    of_link = shown[links.account]
    size = links.identifier_count
    known = np.bincount(links.identifier[of_link != 0], minlength=size).astype(np.float64)
    bad = np.bincount(links.identifier[of_link == BAD], minlength=size).astype(np.float64)
    silent = known[links.identifier] == 0
    found: dict[str, Floats] = {}
    for name, prior in (("rate", _WEAK), ("steady_rate", _STRONG)):
        rate = ((bad + prior * base) / (known + prior))[links.identifier]
        found |= links.gather(f"{name}_{links.name}", np.where(silent, np.nan, rate))
    found |= links.gather(f"known_{links.name}", np.where(silent, np.nan, known[links.identifier]))
    weight = 1.0 / links.holder_count()
    pooled_bad = np.bincount(
        links.account, weights=(bad * weight)[links.identifier], minlength=links.account_count
    )
    pooled = np.bincount(
        links.account, weights=(known * weight)[links.identifier], minlength=links.account_count
    )
    found[f"pooled_rate_{links.name}"] = (pooled_bad + 0.2 * base) / (pooled + 0.2)
    found[f"pooled_known_{links.name}"] = pooled.astype(np.float64)
    found[f"with_bad_{links.name}"] = np.bincount(
        links.account, weights=bad[links.identifier] > 0, minlength=links.account_count
    ).astype(np.float64)
    return found


def _near_rates(links: KindLinks, shown: NDArray[np.int8], base: float) -> dict[str, Floats]:
    key, width = links.time_key()
    timed = ~np.isnan(links.used_at)
    chosen = np.flatnonzero((shown[links.account] != 0) & timed)
    chosen = chosen[np.argsort(key[chosen], kind="stable")]
    at = key[chosen]
    total = np.append(0.0, np.cumsum(shown[links.account[chosen]] == BAD))
    first = np.searchsorted(at, links.identifier * width)
    last = np.searchsorted(at, (links.identifier + 0.5) * width)
    before, after = np.searchsorted(at, key, side="left"), np.searchsorted(at, key, side="right")
    found: dict[str, Floats] = {}
    for side, many in (("before", before - first), ("after", last - after)):
        told = np.where(timed, np.log1p(many), np.nan)
        found[f"known_{side}_{links.name}"] = links.gather("", told)["_mean"]
    for count in _NEAREST:
        since, until = np.maximum(before - count, first), np.minimum(after + count, last)
        bad = total[before] - total[since] + total[until] - total[after]
        many = before - since + until - after
        rate = (bad + 0.5 * base) / (many + 0.5)
        found |= links.gather(f"near_{count}_{links.name}", np.where((many > 0) & timed, rate, np.nan))
    return found
