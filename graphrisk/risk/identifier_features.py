"""Identifiers as they look without any label: how, when and by whom they are used.

A household's, a ring's, a shop's and a carrier's things are all shared. They differ in whether their holders
came and acted together, share other things as well, paid the same people, and lost payments.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphrisk.graph.links import Floats, SharedLinks
from graphrisk.model.kinds import KindSet, Nature
from graphrisk.risk.behaviour import Behaviour, in_days
from graphrisk.risk.features import Features
from graphrisk.risk.use_features import Ties

_HOUR_SHARE = 1 / 24  # of a day

TIME_NAMES = ("burst_2h", "burst_1d", "burst_7d", "use_span", "created_span", "created_burst_1d")
TRADE_NAMES = ("chargebacks", "refunds", "any_chargeback", "payments", "common_payees")


def describe_identifiers(links: SharedLinks, behaviour: Behaviour, ties: Ties, kinds: KindSet) -> Features:
    """One row for each of the M shared identifiers.

    log_holders: natural log of known holders. burst_*: share of holders whose first use lies within that time
    of another holder's. use_span, created_span: log of 1 + days between the first and last fifth of first
    uses, and of the holders' creation. created_burst_1d: share of holders created within a day of another.
    holder_things: mean log of 1 + identifiers of the holders. chargebacks, refunds: mean of the holders'
    lifts; any_chargeback: share of holders with one. payments: mean log of 1 + payments. common_payees: for
    payees that two or more holders paid, the holders' mean log of how many did over how many would by chance.
    other_evidence, other_share: over all pairs of holders, the mean of what else they share in nats, and the
    share of pairs that share anything else. nature_*: 1 for the kind's.

    ties: what other_* are taken from.
    """
    holders = links.known_holder_count().astype(np.float64)
    pair_count = holders * (holders - 1) / 2
    other_evidence, other_share = (
        np.bincount(links.identifier, weights=each, minlength=len(holders)) / 2 / pair_count
        for each in (ties.evidence, ties.count)
    )
    account = links.account
    columns: dict[str, NDArray[np.generic]] = {"log_holders": np.log(holders)}
    columns |= _measure_times(links, behaviour)
    columns |= {
        "holder_things": _mean(links, np.log1p(behaviour.thing_count)[account]),
        "chargebacks": _mean(links, behaviour.chargeback_lift[account]),
        "refunds": _mean(links, behaviour.refund_lift[account]),
        "any_chargeback": _mean(links, _above_zero(behaviour.chargeback_count)[account]),
        "payments": _mean(links, np.log1p(behaviour.payment_count)[account]),
        "common_payees": _measure_common_payees(links, behaviour),
        "other_evidence": other_evidence,
        "other_share": other_share,
    }
    nature = links.natures(kinds)
    columns |= {f"nature_{each.value}": nature == each.value for each in Nature}
    return Features.of(columns)


def _above_zero(count: Floats) -> Floats:
    return np.where(np.isnan(count), np.nan, count > 0)


def _mean(links: SharedLinks, of_link: Floats) -> Floats:
    """[M] mean over an identifier's links."""
    total = np.bincount(links.identifier, weights=of_link, minlength=links.identifier_count)
    return np.asarray(total / links.known_holder_count(), dtype=np.float64)


def _measure_times(links: SharedLinks, behaviour: Behaviour) -> dict[str, NDArray[np.generic]]:
    moments, used_at = np.unique(links.first_seen_at, return_inverse=True)
    days, created_at = np.unique(behaviour.created_at, return_inverse=True)
    used, used_gap = _sorted_gaps(links, in_days(moments), used_at)
    created, created_gap = _sorted_gaps(links, days, created_at[links.account])
    return {
        "burst_2h": _share_within(links, used_gap, 2 * _HOUR_SHARE),
        "burst_1d": _share_within(links, used_gap, 1.0),
        "burst_7d": _share_within(links, used_gap, 7.0),
        "use_span": _middle_span(links, used),
        "created_span": _middle_span(links, created),
        "created_burst_1d": _share_within(links, created_gap, 1.0),
    }


def _sorted_gaps(links: SharedLinks, days: Floats, at: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """([L] the days of each identifier's links in order, [L] days to the nearest other one). NaN stands last
    and has no neighbour. days: ascending, NaN last. at: [L] the position in `days` of each link's."""
    packed = np.sort((links.identifier.astype(np.int64) << 32) | at)
    ordered = days[packed & 0xFFFFFFFF]
    gap = np.diff(ordered)
    gap[np.diff(links.identifier) > 0] = np.inf
    gap[np.isnan(gap)] = np.inf
    before, after = np.append(np.inf, gap), np.append(gap, np.inf)
    return ordered, np.where(np.isnan(ordered), np.nan, np.minimum(before, after))


def _share_within(links: SharedLinks, gap: Floats, days: float) -> Floats:
    """[M]: links stay grouped by identifier in `gap`, whatever their order inside."""
    return _mean(links, np.where(np.isnan(gap), np.nan, gap < days))


def _middle_span(links: SharedLinks, ordered: Floats) -> Floats:
    starts = links.holder_starts()
    last = np.diff(starts) - 1
    low = ordered[starts[:-1] + np.round(0.2 * last).astype(np.int64)]
    high = ordered[starts[:-1] + np.round(0.8 * last).astype(np.int64)]
    return np.asarray(np.log1p(high - low), dtype=np.float64)


def _measure_common_payees(links: SharedLinks, behaviour: Behaviour) -> Floats:
    if not behaviour.payees.nnz:
        return np.full(links.identifier_count, np.nan)
    holders = links.known_holder_count().astype(np.float64)
    paid = (links.incidence().T @ behaviour.payees).tocoo()  # how many holders of a thing paid a payee
    common = paid.data >= 2
    identifier, payee, count = paid.row[common], paid.col[common], paid.data[common]
    by_chance = holders[identifier] * behaviour.payee_popularity[payee] / links.account_count
    excess = count * np.log(np.maximum(count / np.maximum(by_chance, 1e-9), 1.0))
    total = np.bincount(identifier, weights=excess, minlength=links.identifier_count)
    return np.asarray(total / holders, dtype=np.float64)
