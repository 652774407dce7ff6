"""When an account used each thing among all who used it, and how its measures compare with theirs; without
any label."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from graphrisk.graph.links import Floats
from graphrisk.model.known import KnownAccounts
from graphrisk.risk.behaviour import in_days
from graphrisk.risk.features import Features
from graphrisk.risk.kind_links import KindLinks

_CATEGORIES = 30  # identifiers of a kind up to which each is counted by itself
_SPANS = (("hour", 1 / 24), ("day", 1.0), ("week", 7.0))


def describe_order(by_kind: Sequence[KindLinks]) -> Features:
    """One row for each account. For every kind: identifiers shared; their holders, and the
    share of these that are known accounts; uses; and where uses have a time, days
    since the use before and to the next, the rank and the age of the thing at this use, and how many others
    used it in the hour, day and week before and around."""
    columns: dict[str, NDArray[np.generic]] = {}
    for links in by_kind:
        holders = links.holder_count()[links.identifier]
        columns[f"shared_{links.name}"] = np.bincount(links.account, minlength=links.account_count)
        columns |= links.gather(f"holders_{links.name}", holders)
        columns |= links.gather(f"known_share_{links.name}", holders / links.public_count[links.identifier])
        columns |= links.gather(f"uses_{links.name}", links.event_count)
        columns[f"all_uses_{links.name}"] = np.bincount(
            links.account, weights=links.event_count, minlength=links.account_count
        )
        if links.identifier_count <= _CATEGORIES:
            columns |= _count_uses(links)
        if not np.isnan(links.used_at).all():
            for name, value in _order(links).items():
                columns |= links.gather(f"{name}_{links.name}", value)
    return Features.of(columns)


def _count_uses(links: KindLinks) -> dict[str, Floats]:
    """Of a kind with few identifiers, which is a category rather than a thing: the uses of each."""
    found: dict[str, Floats] = {}
    for identifier in range(links.identifier_count):
        chosen = links.identifier == identifier
        found[f"uses_{links.name}_{identifier}"] = np.bincount(
            links.account[chosen], weights=links.event_count[chosen], minlength=links.account_count
        ).astype(np.float64)
    return found


def _order(links: KindLinks) -> dict[str, Floats]:
    order = np.lexsort((links.used_at, links.identifier))
    thing, at = links.identifier[order], links.used_at[order]
    starts = np.searchsorted(thing, np.arange(links.identifier_count + 1))
    start, end = starts[thing], starts[thing + 1]
    position = np.arange(len(order))
    low = np.nanmin(at)
    width = 2.0 * (np.nanmax(at) - low + 8.0)
    key = thing * width + np.where(np.isnan(at), width / 2, at - low)
    found = {
        "gap": np.where(position > start, at - at[np.maximum(position - 1, 0)], np.nan),
        "next_gap": np.where(position + 1 < end, at[np.minimum(position + 1, len(at) - 1)] - at, np.nan),
        "rank": (position - start).astype(np.float64),
        "age": at - at[start],
    }
    for name, days in _SPANS:
        before = np.maximum(np.searchsorted(key, key - days, side="left"), start)
        after = np.minimum(np.searchsorted(key, key + days, side="right"), end)
        found[f"{name}_before"] = (position - before).astype(np.float64)
        found[f"{name}_around"] = (after - before).astype(np.float64)
    unsorted = np.empty(len(order), dtype=np.int64)
    unsorted[order] = position
    return {name: np.where(np.isnan(at), np.nan, value)[unsorted] for name, value in found.items()}


def describe_clock(accounts: KnownAccounts) -> Features:
    """One row for each account: hour of the day and day of the week of its creation, and log of 1 + hours
    from then to its first payment."""
    created = in_days(accounts.created_at)
    trade = accounts.trade
    paid = in_days(trade.paid_at)
    first = np.full(accounts.account_count, np.inf)
    np.fmin.at(first, trade.payer, paid)
    delay = np.where(np.isinf(first), np.nan, first - created)
    return Features.of(
        {
            "created_hour": np.floor(created % 1.0 * 24),
            "created_weekday": np.floor(created) % 7,
            "first_payment_delay": np.log1p(np.maximum(delay, 0.0) * 24),
        }
    )


def describe_measures(accounts: KnownAccounts, by_kind: Sequence[KindLinks]) -> Features | None:
    """One row for each account: its declared measures and traits (as codes and by how many have the same);
    and for every measure and kind, how far it is from the mean of those who share the thing, in their
    standard deviations, and the step from the use before. None where nothing is declared."""
    columns: dict[str, NDArray[np.generic]] = {}
    for position, name in enumerate(accounts.trait_names):
        code = accounts.traits[:, position]
        columns[f"trait_{name}"] = np.where(code < 0, np.nan, code)
        common = np.bincount(code[code >= 0], minlength=max(int(code.max(initial=0)) + 1, 1))
        columns[f"trait_{name}_count"] = np.where(code < 0, np.nan, common[np.maximum(code, 0)])
    for position, name in enumerate(accounts.measure_names):
        value = accounts.measures[:, position]
        columns[f"measure_{name}"] = value
        least = np.nanmin(value) if not np.isnan(value).all() else 0.0
        scaled = np.log1p(value - least) if least >= 0 else value
        for links in by_kind:
            for what, of_link in _compare(links, scaled).items():
                columns |= links.gather(f"{what}_{name}_{links.name}", of_link)
    return Features.of(columns) if columns else None


def _compare(links: KindLinks, value: Floats) -> dict[str, Floats]:
    of_link = value[links.account]
    told = ~np.isnan(of_link)
    size = links.identifier_count
    count = np.maximum(np.bincount(links.identifier[told], minlength=size), 1)
    mean = np.bincount(links.identifier[told], weights=of_link[told], minlength=size) / count
    square = np.bincount(links.identifier[told], weights=of_link[told] ** 2, minlength=size) / count
    spread = np.sqrt(np.maximum(square - mean**2, 0.0))
    everywhere = float(np.nanstd(value)) or 1.0
    order = np.lexsort((links.used_at, links.identifier))
    first = np.diff(links.identifier[order], prepend=-1) != 0
    ordered = of_link[order]
    step = np.full(len(order), np.nan)
    step[order] = np.where(first, np.nan, ordered - np.append(np.nan, ordered[:-1]))
    return {
        "deviation": (of_link - mean[links.identifier]) / (spread[links.identifier] + 0.1 * everywhere),
        "step": step,
    }
