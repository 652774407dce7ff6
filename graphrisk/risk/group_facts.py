"""What can be said of a group of accounts without asking what it is: the ground on which a ring and the
innocent explanations compete (risk/innocence.py)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphrisk.graph.links import Floats, SharedLinks
from graphrisk.model.kinds import KindSet, Nature
from graphrisk.model.known import NO_TIME, KnownAccounts
from graphrisk.risk.behaviour import DAY, in_days
from graphrisk.risk.features import Features

Longs = NDArray[np.int64]

_TOGETHER_DAYS = 7.0  # from the sign-up in the middle
_BURST_SHARE = 0.4  # of members, who signed up within these days, from which they may be of a crowd
_HANDS = (Nature.DEVICE.value, Nature.INSTRUMENT.value)  # natures of what passes from hand to hand
_BURST_DAYS = 2 / 24
_PRIOR_LOSSES = 0.5  # by which a group's losses are drawn towards the marketplace's


def describe_groups(
    group: Longs, accounts: KnownAccounts, links: SharedLinks, llr: Floats, kinds: KindSet
) -> Features:
    """One row for each group; NaN where the tables do not tell. group: [N], 0..G-1, -1 for accounts in none.
    links, kinds: with families. llr: [M] nats.

    size: members. device, instrument, place, network: of the members, those who hold one together with
    another member. outside: of the holders of what members share, those who are no members, mean weighted by
    the evidence. own: things that a member shares with nobody, mean, over that of all accounts. losses:
    payments charged back or refunded, over the marketplace's usual. signup: of the members, those who signed
    up within a week of the one in the middle. crowd: sign-ups of others within a day of him over the month's
    usual, where at least .4 of the members did. payee: of the members who pay, those who paid the same payee,
    at most. paid: of the members, those who were paid. gap: days from one member's first use of a device or
    instrument to the next one's, median. burst: of such steps from member to member, at things of any nature,
    those within two hours.
    """
    count = int(group.max(initial=-1)) + 1
    grouped = np.flatnonzero(group >= 0)
    size = np.bincount(group[grouped], minlength=count).astype(np.float64)
    middle, signup = _describe_signups(group, accounts, count)
    crowd = _measure_crowd(middle, accounts, np.nan_to_num(size * signup))
    return Features.of(
        {
            "size": size,
            **_describe_sharing(group, links, llr, kinds, size),
            "own": _measure_own(group, links, size),
            "losses": _measure_losses(group, accounts, count),
            "signup": signup,
            "crowd": np.where(signup >= _BURST_SHARE, crowd, np.nan),
            "payee": _measure_payees(group, accounts, count),
            "paid": _count_paid(group, accounts, count) / size,
            **_describe_handovers(group, links, kinds, count),
        }
    )


def _describe_sharing(
    group: Longs, links: SharedLinks, llr: Floats, kinds: KindSet, size: Floats
) -> dict[str, Floats]:
    of_link = group[links.account]
    inside = np.flatnonzero(of_link >= 0)
    key = of_link[inside] * max(links.identifier_count, 1) + links.identifier[inside]
    _, inverse, together = np.unique(key, return_inverse=True, return_counts=True)
    shared = inside[together[inverse] > 1]
    nature = links.natures(kinds)
    account, identifier = links.account[shared], links.identifier[shared]
    found: dict[str, Floats] = {}
    for each in (Nature.DEVICE, Nature.INSTRUMENT, Nature.PLACE, Nature.NETWORK):
        holders = np.unique(account[nature[identifier] == each.value])
        found[each.value] = np.bincount(group[holders], minlength=len(size)) / size
    members = together[inverse][together[inverse] > 1]
    holder_count = np.maximum(links.holder_count[identifier], members)
    # Every member who holds a thing stands for it once.
    weight = np.maximum(llr[identifier], 0.0) * (members - 1) / members
    total = np.bincount(of_link[shared], weights=weight, minlength=len(size))
    out = np.bincount(
        of_link[shared], weights=weight * (holder_count - members) / holder_count, minlength=len(size)
    )
    return {**found, "outside": np.where(total > 0, out / np.where(total > 0, total, 1.0), np.nan)}


def _measure_own(group: Longs, links: SharedLinks, size: Floats) -> Floats:
    inside = np.flatnonzero(group >= 0)
    usual = links.private_count.sum() / max(links.account_count, 1)
    own = np.bincount(group[inside], weights=links.private_count[inside], minlength=len(size))
    return np.asarray(own / size / usual if usual > 0 else np.full(len(size), np.nan), dtype=np.float64)


def _measure_losses(group: Longs, accounts: KnownAccounts, count: int) -> Floats:
    inside = np.flatnonzero(group >= 0)

    def summed(value: Longs) -> Floats:
        return np.bincount(group[inside], weights=value[inside], minlength=count).astype(np.float64)

    base = accounts.loss_count.sum() / max(accounts.payment_count.sum(), 1)
    paid, lost = summed(accounts.payment_count), summed(accounts.loss_count)
    if base <= 0:
        return np.full(count, np.nan)
    lift = (lost + _PRIOR_LOSSES) / (paid * base + _PRIOR_LOSSES)
    return np.asarray(np.where(paid > 0, lift, np.nan), dtype=np.float64)


def _describe_signups(group: Longs, accounts: KnownAccounts, count: int) -> tuple[Floats, Floats]:
    """[G] the sign-up in the middle, in days, and the share of members within a week of it."""
    known = np.flatnonzero((group >= 0) & (accounts.created_at != NO_TIME))
    created = in_days(accounts.created_at)
    middle = _median_of(group[known], created[known], count)
    near = np.abs(created[known] - middle[group[known]]) <= _TOGETHER_DAYS
    many = np.bincount(group[known], minlength=count)
    together = np.bincount(group[known], weights=near, minlength=count)
    return middle, np.where(many > 1, together / np.maximum(many, 1), np.nan)


def _measure_crowd(middle: Floats, accounts: KnownAccounts, own: Floats) -> Floats:
    """own: [G] members near the middle, who are no crowd."""
    created = np.sort(in_days(accounts.created_at[accounts.created_at != NO_TIME]))

    def within(days: float) -> Floats:
        ends = np.searchsorted(created, middle + days, side="right")
        return np.asarray(ends - np.searchsorted(created, middle - days), dtype=np.float64)

    others, usual = np.maximum(within(1.0) - own, 0.0), within(15.0) / 15.0
    return np.asarray((others + 1) / (usual + 1), dtype=np.float64)


def _measure_payees(group: Longs, accounts: KnownAccounts, count: int) -> Floats:
    trade = accounts.trade
    payer_group = group[trade.payer]
    told = (payer_group >= 0) & (trade.payee >= 0)
    paying = np.bincount(group[np.unique(trade.payer[payer_group >= 0])], minlength=count)
    width = int(trade.payee.max(initial=0)) + 1
    pairs = np.unique(trade.payer[told].astype(np.int64) * width + trade.payee[told])
    cell, payers = np.unique(group[pairs // width] * width + pairs % width, return_counts=True)
    most = np.zeros(count)
    np.maximum.at(most, cell // width, payers)
    return np.where(paying > 1, most / np.maximum(paying, 1), np.nan)


def _count_paid(group: Longs, accounts: KnownAccounts, count: int) -> Floats:
    payee = accounts.trade.payee
    if len(payee) == 0:
        return np.full(count, np.nan)
    paid = np.unique(payee[(payee >= 0) & (payee < len(group))])
    return np.bincount(group[paid][group[paid] >= 0], minlength=count).astype(np.float64)


def _describe_handovers(group: Longs, links: SharedLinks, kinds: KindSet, count: int) -> dict[str, Floats]:
    of_link = group[links.account]
    timed = np.flatnonzero((of_link >= 0) & (links.first_seen_at != NO_TIME))
    order = timed[np.lexsort((links.first_seen_at[timed], links.identifier[timed], of_link[timed]))]
    same = (of_link[order][1:] == of_link[order][:-1]) & (
        links.identifier[order][1:] == links.identifier[order][:-1]
    )
    of_step, thing = of_link[order][1:][same], links.identifier[order][1:][same]
    days = np.diff(links.first_seen_at[order])[same] / DAY
    in_hand = np.isin(links.natures(kinds), _HANDS)[thing]
    steps = np.bincount(of_step, minlength=count)
    quick = np.bincount(of_step, weights=days <= _BURST_DAYS, minlength=count)
    return {
        "gap": _median_of(of_step[in_hand], days[in_hand], count),
        "burst": np.where(steps > 0, quick / np.maximum(steps, 1), np.nan),
    }


def _median_of(group: Longs, value: Floats, count: int) -> Floats:
    """[G] the value in the middle, the lower of two; NaN for groups without any."""
    order = np.lexsort((value, group))
    many = np.bincount(group, minlength=count)
    starts = np.cumsum(many) - many
    found = np.full(count, np.nan)
    some = many > 0
    found[some] = value[order][(starts + (many - 1) // 2)[some]]
    return found
