"""Uses of shared things as they look without any label: what a thing is to one of those who hold it.

Whoever belongs to a ring lives on its things and shares several of them with the same people. An innocent who
was given one of them, on purpose or by chance, used it after the others, seldom, beside a life of his own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graphrisk.graph.links import Floats, SharedLinks
from graphrisk.graph.projection import AccountGraph
from graphrisk.model.known import NO_TIME, KnownAccounts
from graphrisk.risk.behaviour import Behaviour, in_days
from graphrisk.risk.features import Features

_MOST_EVIDENCE = 12.0  # nats, beyond which a pair is certain enough
_PAIRS_AT_ONCE = 500_000
_LEAST_AGE_DAYS = 1.0  # whether minutes or hours went by is a matter of how tables are written
_NEAR_DAYS = 3.0  # around a use, within which payments were made while it was used

TIME_NAMES = (
    "later_share", "since_first", "since_previous", "age_at_use", "age_rank", "used_days", "paid_near",
    "lost_near",
)  # fmt: skip
TRADE_NAMES = ("paid_near", "lost_near")
_OF_USERS = ("age_at_use", "used_days", "events", "event_share", "paid_near", "lost_near")


@dataclass(frozen=True, slots=True)
class Ties:
    """What else the holder of each link shares with the other holders of its thing. evidence: [L], the sum in
    nats, each pair's bounded. count: [L], with how many."""

    evidence: Floats
    count: Floats


def measure_ties(links: SharedLinks, graph: AccountGraph, llr: Floats) -> Ties:
    """llr: [M] nats. graph: the pairs that are looked at."""
    evidence, count = np.zeros(len(links.account)), np.zeros(len(links.account))
    held = links.incidence()
    # The same with the number of each link, from 1, so that a product says which links it is of.
    numbered = links.incidence(np.arange(1.0, len(links.account) + 1))
    for first in range(0, graph.edge_count, _PAIRS_AT_ONCE):
        pairs = slice(first, first + _PAIRS_AT_ONCE)
        source, target = graph.source[pairs], graph.target[pairs]
        of_source = numbered[source].multiply(held[target]).tocoo()
        of_target = held[source].multiply(numbered[target]).tocoo()
        other = np.clip(graph.llr[pairs][of_source.row] - llr[of_source.col], 0.0, _MOST_EVIDENCE)
        for place in (of_source.data.astype(np.int64) - 1, of_target.data.astype(np.int64) - 1):
            evidence += np.bincount(place, weights=other, minlength=len(evidence))
            count += np.bincount(place, weights=other > 1e-9, minlength=len(count))
    return Ties(evidence, count)


def describe_uses(links: SharedLinks, behaviour: Behaviour, accounts: KnownAccounts, ties: Ties) -> Features:
    """One row for each of the L links, NaN where the tables do not tell.

    later_share: of the thing's other holders, those who had used it before. since_first, since_previous: log
    of 1 + days since its first use, and since the one before. age_at_use: the same since the account was
    created, a day at least. age_rank: of the other holders, the share created later, so that the oldest
    account has 1. used_days: the same from the account's first use to its last. events: log of its uses over
    their mean for the kind. event_share: of the
    account's uses of things that it shares. paid_near, lost_near: of the account's payments, and of those
    charged back or refunded, the share from three days before its first use of the thing to three days after
    its last. tied_share, tied_evidence: of the thing's other holders, those who share anything else with the
    account, and what, in nats, on average. tied_less: how much less that share is than among the others.
    """
    thing, account = links.identifier, links.account
    others = (links.known_holder_count().astype(np.float64) - 1)[thing]
    created = behaviour.created_at[account]
    used, last = in_days(links.first_seen_at), in_days(links.last_seen_at)
    events = links.event_count.astype(np.float64)
    repeats = _tells_repeats(links)
    told = np.where(repeats, events, 0.0)
    of_account = np.bincount(account, weights=told, minlength=links.account_count)
    pairs = np.bincount(thing, weights=ties.count, minlength=links.identifier_count)[thing]
    tied = ties.count / others
    among_others = (pairs - 2 * ties.count) / np.maximum(others * (others - 1), 1.0)
    columns: dict[str, NDArray[np.generic]] = dict(_measure_order(links, used))
    columns |= {
        "age_at_use": np.log1p(np.maximum(used - created, _LEAST_AGE_DAYS)),
        "age_rank": 1.0 - _rank(links, created)[0] / others,
        "used_days": np.where(repeats, np.log1p(last - used), np.nan),
        "events": np.where(repeats, np.log(events / _mean_by_kind(links, events)), np.nan),
        "event_share": np.where(repeats, told / np.maximum(of_account, 1.0)[account], np.nan),
        "tied_share": tied,
        "tied_evidence": ties.evidence / others,
        "tied_less": np.where(others > 1, among_others - tied, np.nan),
    }
    columns |= _measure_payments(links, accounts)
    return Features.of(columns)


def _mean_by_kind(links: SharedLinks, of_link: Floats) -> Floats:
    """[L] the mean over all links of the link's kind."""
    code = links.kind_code[links.identifier]
    total = np.bincount(code, weights=of_link)
    return np.asarray((total / np.maximum(np.bincount(code), 1))[code], dtype=np.float64)


def _tells_repeats(links: SharedLinks) -> NDArray[np.bool_]:
    """[L] whether the tables tell of the link's kind that anybody used anything twice; families do not."""
    return np.asarray(_mean_by_kind(links, links.event_count.astype(np.float64)) > 1)


def average_uses(links: SharedLinks, uses: Features, llr: Floats) -> Features:
    """One row for each of the N accounts: use_X is feature X of its uses, mean by nats. llr: [M]."""
    weight = llr[links.identifier] + 1e-3
    return Features.of(
        {
            f"use_{name}": average_told(uses.column(name), weight, links.account, links.account_count)
            for name in uses.names
        }
    )


def average_users(links: SharedLinks, uses: Features) -> Features:
    """One row for each of the M identifiers: users_X is the mean of feature X of its uses, of those that are
    not the same for all of a thing."""
    weight = np.ones(len(links.account))
    return Features.of(
        {
            f"users_{name}": average_told(uses.column(name), weight, links.identifier, links.identifier_count)
            for name in _OF_USERS
        }
    )


def average_told(value: Floats, weight: Floats, group: NDArray[np.integer], count: int) -> Floats:
    """[count] mean by weight over each group's values that are not NaN, NaN where there is none."""
    told = ~np.isnan(value)
    total = np.bincount(group[told], weights=weight[told], minlength=count)
    summed = np.bincount(group[told], weights=weight[told] * value[told], minlength=count)
    mean = np.divide(summed, total, out=np.full(count, np.nan), where=total > 0)
    return np.asarray(mean, dtype=np.float64)


def _rank(links: SharedLinks, day: Floats) -> tuple[Floats, Floats]:
    """([L] how many of the thing's holders come before by a value of theirs, half of those with the same one
    among them; [L] the greatest value below it). NaN where it is unknown, or there is none."""
    days, at = np.unique(day, return_inverse=True)
    # Whoever has the same day has the same answer, so that equal keys may stand in any order.
    order = np.argsort((links.identifier.astype(np.int64) << 32) | at)
    thing, ordered = links.identifier[order], days[at[order]]
    starts = links.holder_starts()[thing]
    begins = np.flatnonzero((np.diff(thing, prepend=-1) != 0) | (np.diff(ordered, prepend=np.nan) != 0))
    run = np.repeat(np.arange(len(begins)), np.diff(begins, append=len(day)))
    first, last = begins[run], np.append(begins[1:], len(day))[run] - 1
    rank, before = np.empty(len(day)), np.empty(len(day))
    rank[order] = (first + last) / 2 - starts
    before[order] = np.where(first > starts, ordered[np.maximum(first - 1, 0)], np.nan)
    return np.where(np.isnan(day), np.nan, rank), before


def _measure_order(links: SharedLinks, used: Floats) -> dict[str, Floats]:
    first = np.full(links.identifier_count, np.inf)
    np.fmin.at(first, links.identifier, used)
    others = links.known_holder_count()[links.identifier] - 1
    rank, previous = _rank(links, used)
    return {
        "later_share": rank / others,
        "since_first": np.log1p(used - first[links.identifier]),
        "since_previous": np.log1p(used - previous),
    }


def _measure_payments(links: SharedLinks, accounts: KnownAccounts) -> dict[str, Floats]:
    trade = accounts.trade
    timed = trade.paid_at != NO_TIME
    order = links.by_account()  # one account's payments after another's are looked up quickly
    account, first_at, last_at = links.account[order], links.first_seen_at[order], links.last_seen_at[order]
    near: dict[str, Floats] = {}
    for name, chosen in (("paid_near", timed), ("lost_near", timed & trade.is_loss)):
        days = in_days(trade.paid_at[chosen])
        low = float(days.min()) if len(days) else 0.0
        width = (float(days.max()) - low if len(days) else 0.0) + 1.0
        key = np.sort(trade.payer[chosen] * (2 * width) + (days - low))
        own = account * (2 * width)
        first = np.clip(in_days(first_at) - _NEAR_DAYS - low, -0.5, width)
        last = np.clip(in_days(last_at) + _NEAR_DAYS - low, -0.5, width)
        inside = np.searchsorted(key, own + last, side="right") - np.searchsorted(key, own + first)
        made = np.bincount(trade.payer[chosen], minlength=links.account_count)[account]
        told = (made > 0) & (first_at != NO_TIME)
        near[name] = np.empty(len(order))
        near[name][order] = np.where(told, inside / np.maximum(made, 1), np.nan)
    return near
