"""How a ring works, whatever accounts and things it does it with: its manner, as counts of features.

A ring that was taken down can be known again by that alone. A feature has values, each with a weight: how
often the members showed it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pyarrow as pa
import scipy.sparse as sp
from numpy.typing import NDArray

from graphrisk.model.known import NO_TIME
from graphrisk.registry.hand import read_address, read_mailbox, read_name

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

HOUR, DAY = 3_600_000_000, 86_400_000_000  # microseconds
# A gap of so long or more, up to the next
GAPS = (
    ("an hour", HOUR),
    ("six hours", 6 * HOUR),
    ("a day", DAY),
    ("three days", 3 * DAY),
    ("a week", 7 * DAY),
    ("two weeks", 14 * DAY),
    ("a month", 30 * DAY),
    ("a quarter", 91 * DAY),
    ("a year", 365 * DAY),
)
# What is done in one hour may as well have been done in the next: hours away -> weight
HOUR_WEIGHTS = ((-2, 0.1), (-1, 0.2), (0, 0.4), (1, 0.2), (2, 0.1))


class Aspect(StrEnum):
    """A side of a manner; the sides are weighed one by one."""

    KINDS = "kinds"  # what members share with each other
    HOURS = "hours"  # of day, UTC
    TEMPO = "tempo"  # from an account's creation to what is done with it
    ADDRESSES = "addresses"  # how they are written
    MAILBOXES = "mailboxes"
    NAMES = "names"
    PAYEES = "payees"
    ITEMS = "items"  # categories of payments
    AMOUNTS = "amounts"  # by the median of their currency
    OUTCOMES = "outcomes"  # of payments
    MARKETS = "markets"


@dataclass(frozen=True, slots=True)
class Texts:
    """What accounts wrote: account int64 [T], positions; text as long."""

    account: Ints
    text: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Uses:
    """account, thing int64 [U], positions and numbers of identifiers; kind: position in `kinds`; at: first
    use in microseconds, NO_TIME where unknown."""

    kinds: tuple[str, ...]
    account: Ints
    kind: Ints
    thing: Ints
    at: Ints


@dataclass(frozen=True, slots=True)
class Deals:
    """Payments made: account int64 [P], positions; the rest as long. amount_minor: 0 or less says nothing.
    medians: currency -> the median amount of the marketplace. None is not told."""

    account: Ints
    at: Ints
    amount_minor: Ints
    payee: tuple[str | None, ...]
    currency: tuple[str | None, ...]
    category: tuple[str | None, ...]
    status: tuple[str | None, ...]
    medians: dict[str | None, float]


@dataclass(frozen=True, slots=True)
class Doings:
    """What is known of some accounts. account_ids: string array [N]. created_at: int64 [N], microseconds,
    NO_TIME where unknown. market, display_name: [N], None where unknown."""

    account_ids: pa.Array
    created_at: Ints
    market: tuple[str | None, ...]
    display_name: tuple[str | None, ...]
    mailboxes: Texts
    addresses: Texts
    uses: Uses
    deals: Deals


@dataclass(frozen=True, slots=True)
class Manners:
    """names: [G] of the groups. features: [F] (aspect, feature, value), each once. weights: float64 sparse
    [G, F], how often the members of a group showed it."""

    names: tuple[str, ...]
    features: tuple[tuple[Aspect, str, str], ...]
    weights: sp.csr_array


@dataclass(frozen=True, slots=True)
class Groups:
    """member: int64 [M], positions in a Doings; group: int64 [M], positions in `names`. An account may be in
    several."""

    names: tuple[str, ...]
    member: Ints
    group: Ints


Event = tuple[int, Aspect, str, str, float]  # account or group, aspect, feature, value, weight


def describe_manners(doings: Doings, groups: Groups) -> Manners:
    """The manner of each group."""
    count, account_count = len(groups.names), len(doings.account_ids)
    features: dict[tuple[Aspect, str, str], int] = {}
    alone = _tabulate(_doings_of_accounts(doings), features)
    together = _tabulate(_doings_of_groups(doings, groups), features)
    of_groups = sp.csr_array(
        (np.ones(len(groups.member)), (groups.group, groups.member)), shape=(count, account_count)
    )
    shape = (account_count, len(features))
    weights = of_groups @ sp.csr_array((alone[2], (alone[0], alone[1])), shape=shape)
    weights = weights + sp.csr_array((together[2], (together[0], together[1])), shape=(count, len(features)))
    weights.sum_duplicates()
    return Manners(groups.names, tuple(features), sp.csr_array(weights))


def _tabulate(
    events: Sequence[Event], features: dict[tuple[Aspect, str, str], int]
) -> tuple[Ints, Ints, Floats]:
    """(row, position in `features`, which grows, weight) of each event."""
    rows, columns, weights = [], [], []
    for row, aspect, feature, value, weight in events:
        rows.append(row)
        columns.append(features.setdefault((aspect, feature, value), len(features)))
        weights.append(weight)
    return np.array(rows, np.int64), np.array(columns, np.int64), np.array(weights, np.float64)


def _doings_of_accounts(doings: Doings) -> list[Event]:
    events: list[Event] = []
    for aspect, texts, read in (
        (Aspect.MAILBOXES, doings.mailboxes, read_mailbox),
        (Aspect.ADDRESSES, doings.addresses, read_address),
        (Aspect.NAMES, _names(doings), read_name),
    ):
        for account, text in zip(texts.account.tolist(), texts.text, strict=True):
            events += [(account, aspect, feature, value, 1.0) for feature, value in read(text)]
    events += [
        (account, Aspect.MARKETS, "market", market, 1.0)
        for account, market in enumerate(doings.market)
        if market is not None
    ]
    return events + _times(doings) + _payments(doings.deals)


def _names(doings: Doings) -> Texts:
    told = [(account, name) for account, name in enumerate(doings.display_name) if name]
    return Texts(np.array([account for account, _ in told], np.int64), tuple(name for _, name in told))


def _times(doings: Doings) -> list[Event]:
    """Each moment of an account once, whatever it did in it."""
    uses, deals = doings.uses, doings.deals
    account = np.concatenate([uses.account, deals.account])
    at = np.concatenate([uses.at, deals.at])
    told = at != NO_TIME
    moments = np.unique(np.column_stack([account[told], at[told]]), axis=0)
    events: list[Event] = []
    first: dict[int, int] = {}
    for one, moment in moments.tolist():
        hour = moment // HOUR % 24
        events += [(one, Aspect.HOURS, "hour", f"{(hour + away) % 24:02d}", w) for away, w in HOUR_WEIGHTS]
        first.setdefault(one, moment)
    created = doings.created_at.tolist()
    for one, moment in first.items():
        if created[one] != NO_TIME:
            events.append((one, Aspect.TEMPO, "first use", gap_words(moment - created[one]), 1.0))
    for one, moment in zip(deals.account.tolist(), deals.at.tolist(), strict=True):
        if NO_TIME not in (moment, created[one]):
            events.append((one, Aspect.TEMPO, "payment", gap_words(moment - created[one]), 1.0))
    return events


def gap_words(gap: int) -> str:
    """The longest of GAPS that the gap reaches; 'at once' below the first."""
    return next((name for name, least in reversed(GAPS) if gap >= least), "at once")


def _payments(deals: Deals) -> list[Event]:
    events: list[Event] = []
    accounts, amounts = deals.account.tolist(), deals.amount_minor.tolist()
    for at, account in enumerate(accounts):
        for aspect, feature, value in (
            (Aspect.PAYEES, "payee", deals.payee[at]),
            (Aspect.ITEMS, "category", deals.category[at]),
            (Aspect.OUTCOMES, "status", deals.status[at]),
        ):
            if value is not None:
                events.append((account, aspect, feature, value, 1.0))
        usual = deals.medians.get(deals.currency[at], 0.0)
        if amounts[at] > 0 and usual > 0:
            step = int(np.clip(np.floor(2 * np.log2(amounts[at] / usual)), -12, 12))
            events.append((account, Aspect.AMOUNTS, "half octaves from the median", str(step), 1.0))
    return events


def _doings_of_groups(doings: Doings, groups: Groups) -> list[Event]:
    """What is seen of members together: kinds of things that two or more share, and payments inside."""
    events: list[Event] = []
    names: list[str] = doings.account_ids.to_pylist()
    by_account = np.argsort(doings.uses.account, kind="stable")
    starts = np.searchsorted(doings.uses.account[by_account], np.arange(len(names) + 1))
    paid: dict[int, list[str | None]] = {}
    for account, payee in zip(doings.deals.account.tolist(), doings.deals.payee, strict=True):
        paid.setdefault(account, []).append(payee)
    for group in range(len(groups.names)):
        members = np.unique(groups.member[groups.group == group]).tolist()
        rows = np.concatenate(
            [by_account[starts[member] : starts[member + 1]] for member in members] or [np.zeros(0, np.int64)]
        )
        kind, thing = doings.uses.kind[rows], doings.uses.thing[rows]
        shares = np.unique(thing, return_counts=True)
        common = np.isin(thing, shares[0][shares[1] > 1])
        holders = np.unique(np.column_stack([kind[common], doings.uses.account[rows][common]]), axis=0)[:, 0]
        for code, held in zip(
            *(part.tolist() for part in np.unique(holders, return_counts=True)), strict=True
        ):
            events.append((group, Aspect.KINDS, "shared", doings.uses.kinds[code], float(held)))
        nothing = len(members) - len(np.unique(doings.uses.account[rows][common]))
        if nothing and len(rows):
            events.append((group, Aspect.KINDS, "shared", "nothing", float(nothing)))
        inside = {names[member] for member in members}
        payees = [payee for member in members for payee in paid.get(member, ())]
        within = sum(payee in inside for payee in payees)
        for value, times in (("a member", within), ("an outsider", len(payees) - within)):
            if times:
                events.append((group, Aspect.PAYEES, "is", value, float(times)))
    return events
