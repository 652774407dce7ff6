"""Accounts as they look without any label: what they do, what they share, and with whom."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from graphrisk.graph.links import Floats, SharedLinks
from graphrisk.graph.projection import AccountGraph
from graphrisk.model.kinds import KindSet, Nature
from graphrisk.risk.behaviour import Behaviour
from graphrisk.risk.features import Features

_ALONE = 0.05  # of a neighbour, that stands for the marketplace in an average over neighbours
_LARGEST_TELLING = 60  # holders beyond which what is most striking about a thing is chance
_MOST_LOSSES = 2.0  # counted of one neighbour

PASSED_ON = (
    "burst_2h", "burst_1d", "burst_7d", "use_span", "created_span", "created_burst_1d", "holder_things",
    "chargebacks", "refunds", "any_chargeback", "payments", "common_payees", "other_evidence", "other_share",
)  # fmt: skip
TRADE_NAMES = (
    "payments", "chargebacks", "refunds", "chargeback_lift", "refund_lift", "mean_amount", "received",
    "payees", "payments_per_payee", "payee_popularity", "near_chargebacks", "near_refunds", "near_payments",
    "further_chargebacks",
)  # fmt: skip
TIME_NAMES = ("near_created",)


def describe_accounts_by_links(
    links: SharedLinks,
    behaviour: Behaviour,
    graph: AccountGraph,
    llr: Floats,
    things: Features,
    kinds: KindSet,
) -> Features:
    """One row for each of the N accounts.

    shared, private: identifiers. payments ... payee_popularity: see Behaviour; the last is the mean log of
    1 + payers over the account's payees. strongest, strength, near, certain: over its pairs, the greatest
    probability, their sum, how many above .05, above .5. triangles, closure: pairs among its company,
    weighted, and over the square of its strength. near_*: means over its company by pair probability;
    further_chargebacks: the same, two steps away; near_created: closeness in time of creation, e^-days/3.
    things_NATURE, rarest_NATURE, evidence_NATURE: shared identifiers of a nature, the holders of the rarest,
    nats of all. mean_X, most_X: feature X of its identifiers (identifier_features), mean by nats, and the
    greatest over those with at most 60 holders.

    things: [M] of identifier_features.describe_identifiers.
    """
    count = links.account_count
    half = _half_adjacency(graph)
    near = half + half.T.tocsr()
    columns: dict[str, NDArray[np.generic]] = {
        "shared": np.bincount(links.account, minlength=count),
        "private": links.private_count,
    }
    columns |= _measure_trade(behaviour)
    columns |= _measure_company(near)
    columns |= _measure_closure(near, half)
    columns |= _measure_near(near, graph, behaviour)
    columns |= _measure_natures(links, llr, kinds)
    columns |= _pass_on(links, llr, things)
    return Features.of(columns)


def _half_adjacency(graph: AccountGraph) -> sparse.csr_array:
    """[N, N] pair probabilities, from the lesser position to the greater."""
    starts = np.searchsorted(graph.source, np.arange(graph.account_count + 1))
    shape = (graph.account_count, graph.account_count)
    return sparse.csr_array((graph.weight, graph.target, starts), shape=shape)


def _measure_trade(behaviour: Behaviour) -> dict[str, NDArray[np.generic]]:
    traded = ~np.isnan(behaviour.payment_count)
    payees = np.where(traded, np.diff(behaviour.payees.indptr), np.nan)
    popularity = behaviour.payees @ np.log1p(behaviour.payee_popularity)
    return {
        "payments": behaviour.payment_count,
        "chargebacks": behaviour.chargeback_count,
        "refunds": behaviour.refund_count,
        "chargeback_lift": behaviour.chargeback_lift,
        "refund_lift": behaviour.refund_lift,
        "mean_amount": behaviour.mean_amount,
        "received": np.log1p(behaviour.received_count),
        "payees": payees,
        "payments_per_payee": behaviour.payment_count / np.maximum(payees, 1.0),
        "payee_popularity": popularity / np.maximum(payees, 1.0),
    }


def _measure_company(near: sparse.csr_array) -> dict[str, NDArray[np.generic]]:
    return {
        "strongest": near.max(axis=1).toarray().ravel() if near.nnz else np.zeros(near.shape[0]),
        "strength": _row_sums(near),
        "near": np.diff(_only_close(near).indptr),
        "certain": _row_sums(near > 0.5),
    }


def _measure_closure(near: sparse.csr_array, half: sparse.csr_array) -> dict[str, NDArray[np.generic]]:
    close = _only_close(half)
    # Of the three corners of a triangle, in the order of positions: the first and the last, then the second.
    ends = (close @ close).multiply(close)
    second = (close.T @ close).multiply(close)
    last = np.asarray(ends.sum(axis=0), dtype=np.float64).ravel()
    triangles = 2 * (_row_sums(ends) + last + _row_sums(second))
    return {
        "triangles": np.log1p(triangles),
        "closure": triangles / np.maximum(_row_sums(near) ** 2, 1e-6),
    }


def _only_close(near: sparse.csr_array) -> sparse.csr_array:
    close = near.copy()
    close.data = np.where(close.data > 0.05, close.data, 0.0)
    close.eliminate_zeros()
    return close


def _measure_near(
    near: sparse.csr_array, graph: AccountGraph, behaviour: Behaviour
) -> dict[str, NDArray[np.generic]]:
    strength = _row_sums(near)

    def averaged(value: Floats) -> Floats:
        everywhere = float(value.mean()) if len(value) else 0.0
        return np.asarray((near @ value + _ALONE * everywhere) / (strength + _ALONE), dtype=np.float64)

    losses = np.minimum(behaviour.chargeback_count, _MOST_LOSSES)
    near_losses = averaged(losses)
    days = np.abs(behaviour.created_at[graph.source] - behaviour.created_at[graph.target])
    close_in_time = graph.weight * np.exp(-days / 3)
    together = graph.sum_by_account(close_in_time, close_in_time)
    return {
        "near_chargebacks": near_losses,
        "near_refunds": averaged(np.minimum(behaviour.refund_count, _MOST_LOSSES)),
        "near_payments": averaged(np.log1p(behaviour.payment_count)),
        "near_things": averaged(np.log1p(behaviour.thing_count)),
        "near_created": together / (strength + _ALONE),
        "further_chargebacks": averaged(near_losses),
    }


def _measure_natures(links: SharedLinks, llr: Floats, kinds: KindSet) -> dict[str, NDArray[np.generic]]:
    nature = links.natures(kinds)
    holders = links.known_holder_count().astype(np.float64)
    count = links.account_count
    columns: dict[str, NDArray[np.generic]] = {}
    for each in Nature:
        chosen = (nature == each.value)[links.identifier]
        account, identifier = links.account[chosen], links.identifier[chosen]
        rarest = np.full(count, np.inf)
        np.minimum.at(rarest, account, holders[identifier])
        columns[f"things_{each.value}"] = np.bincount(account, minlength=count)
        columns[f"rarest_{each.value}"] = np.log(np.where(np.isinf(rarest), np.nan, rarest))
        columns[f"evidence_{each.value}"] = np.bincount(account, weights=llr[identifier], minlength=count)
    return columns


def _pass_on(links: SharedLinks, llr: Floats, things: Features) -> dict[str, NDArray[np.generic]]:
    count = links.account_count
    value = things.values[:, [things.names.index(name) for name in PASSED_ON]].astype(np.float64)
    told = ~np.isnan(value)
    weight = (llr[links.identifier] + 1e-3, (links.account, links.identifier))
    weigh = sparse.csr_array(weight, shape=(count, links.identifier_count))
    total = weigh @ told.astype(np.float64)
    mean = weigh @ np.where(told, value, 0.0)
    mean = np.divide(mean, total, out=np.full_like(mean, np.nan), where=total > 0)
    telling = (links.known_holder_count() <= _LARGEST_TELLING)[links.identifier]
    account, identifier = links.account[telling], links.identifier[telling]
    columns: dict[str, NDArray[np.generic]] = {}
    for position, name in enumerate(PASSED_ON):
        most = np.full(count, -np.inf)
        np.fmax.at(most, account, value[:, position][identifier])
        columns[f"mean_{name}"] = mean[:, position]
        columns[f"most_{name}"] = np.where(np.isinf(most), np.nan, most)
    return columns


def _row_sums(matrix: sparse.csr_array) -> Floats:
    return np.asarray(matrix.sum(axis=1), dtype=np.float64).ravel()
