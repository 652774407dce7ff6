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

_SPANS = (1e-4, 1e-3, 1e-2)  # of the period: minutes, hours and a day or so in most marketplaces


def measure_period(created_at: Floats) -> float:
    """Days in which accounts were created, but for the first and the last hundredth, who may have any date;
    NaN where none is known. created_at: [N] days."""
    told = created_at[~np.isnan(created_at)]
    if len(told) == 0:
        return float("nan")
    first, last = np.quantile(told, [0.01, 0.99])
    return float(last - first) / 0.98


def spans_of(period: float) -> tuple[float, ...]:
    """Days of a short, a middle and a long while. Of the period and not of the clock, because some tables
    count in rows, and years of wallets are slower than a season of shopping."""
    return tuple(share * period for share in _SPANS)


def describe_order(by_kind: Sequence[KindLinks], period: float) -> Features:
    """One row for each account. For every kind: identifiers shared and uses; of a category the uses of each;
    otherwise their holders, the share of these that are known accounts, uses by identifier; and where uses
    have a time, days since the use before and to the next, the rank and the age of the thing at this use, the
    share of its holders who had come by then, the days to its last use, and how many others used it in
    three spans (of the period, in days) before and around."""
    columns: dict[str, NDArray[np.generic]] = {}
    for links in by_kind:
        columns[f"shared_{links.name}"] = np.bincount(links.account, minlength=links.account_count)
        columns[f"all_uses_{links.name}"] = np.bincount(
            links.account, weights=links.event_count, minlength=links.account_count
        )
        if links.is_category:
            columns |= count_uses(links)
            continue
        holders = links.holder_count()[links.identifier]
        columns |= links.gather(f"holders_{links.name}", holders)
        columns |= links.gather(f"known_share_{links.name}", holders / links.public_count[links.identifier])
        columns |= links.gather(f"uses_{links.name}", links.event_count)
        if links.is_timed:
            for name, value in _order(links, spans_of(period)).items():
                columns |= links.gather(f"{name}_{links.name}", value)
    return Features.of(columns)


def count_uses(links: KindLinks) -> dict[str, Floats]:
    """Of a category: by identifier the uses, [N]."""
    found: dict[str, Floats] = {}
    for identifier in range(links.identifier_count):
        chosen = links.identifier == identifier
        found[f"uses_{links.name}_{identifier}"] = np.bincount(
            links.account[chosen], weights=links.event_count[chosen], minlength=links.account_count
        ).astype(np.float64)
    return found


def _order(links: KindLinks, spans: Sequence[float]) -> dict[str, Floats]:
    order = np.lexsort((links.used_at, links.identifier))
    thing, at = links.identifier[order], links.used_at[order]
    starts = np.searchsorted(thing, np.arange(links.identifier_count + 1))
    start, end = starts[thing], starts[thing + 1]
    position = np.arange(len(order))
    key = links.time_key(max(spans))[0][order]
    found = {
        "gap": np.where(position > start, at - at[np.maximum(position - 1, 0)], np.nan),
        "next_gap": np.where(position + 1 < end, at[np.minimum(position + 1, len(at) - 1)] - at, np.nan),
        "rank": (position - start).astype(np.float64),
        "rank_share": (position - start + 1) / (end - start),
        "age": at - at[start],
        "remaining": _last_time(links)[thing] - at,
    }
    for number, days in enumerate(spans, start=1):
        before = np.maximum(np.searchsorted(key, key - days, side="left"), start)
        after = np.minimum(np.searchsorted(key, key + days, side="right"), end)
        found[f"span_{number}_before"] = (position - before).astype(np.float64)
        found[f"span_{number}_around"] = (after - before).astype(np.float64)
    unsorted = np.empty(len(order), dtype=np.int64)
    unsorted[order] = position
    return {name: np.where(np.isnan(at), np.nan, value)[unsorted] for name, value in found.items()}


def _last_time(links: KindLinks) -> Floats:
    """[identifiers] days of the last timed use, -inf without any."""
    last = np.full(links.identifier_count, -np.inf)
    np.fmax.at(last, links.identifier, links.used_at)
    return last


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
    and for every measure and kind that is no category, mean and standard deviation among those who share the
    thing, how far from it in these the account is, the steps from the use before and to the next, and how
    many have the very same value. None where nothing is declared."""
    columns: dict[str, NDArray[np.generic]] = {}
    for position, name in enumerate(accounts.trait_names):
        code = accounts.traits[:, position]
        columns[f"trait_{name}"] = np.where(code < 0, np.nan, code)
        common = np.bincount(code[code >= 0], minlength=max(int(code.max(initial=0)) + 1, 1))
        columns[f"trait_{name}_count"] = np.where(code < 0, np.nan, common[np.maximum(code, 0)])
    for position, name in enumerate(accounts.measure_names):
        value = accounts.measures[:, position]
        columns[f"measure_{name}"] = value
        scaled = scale_measure(value)
        for links in by_kind:
            if not links.is_category:
                for what, of_link in _compare(links, scaled).items():
                    columns |= links.gather(f"{what}_{name}_{links.name}", of_link)
    return Features.of(columns) if columns else None


def scale_measure(value: Floats) -> Floats:
    """The logarithm of a measure that is never negative, plus one; another as it is."""
    least = np.nanmin(value) if not np.isnan(value).all() else 0.0
    return np.log1p(value - least) if least >= 0 else value


def _compare(links: KindLinks, value: Floats) -> dict[str, Floats]:
    of_link = value[links.account]
    told = ~np.isnan(of_link)
    thing, size = links.identifier, links.identifier_count
    count = np.bincount(thing[told], minlength=size)
    known = np.maximum(count, 1)
    mean = np.bincount(thing[told], weights=of_link[told], minlength=size) / known
    square = np.bincount(thing[told], weights=of_link[told] ** 2, minlength=size) / known
    spread = np.sqrt(np.maximum(square - mean**2, 0.0))
    everywhere = float(np.nanstd(value)) or 1.0
    order = np.lexsort((links.used_at, thing))
    ordered = of_link[order]
    first = np.diff(thing[order], prepend=-1) != 0
    step = np.full(len(order), np.nan)
    step[order] = np.where(first, np.nan, ordered - np.append(np.nan, ordered[:-1]))
    following = np.full(len(order), np.nan)
    following[order] = np.append(np.where(first, np.nan, step[order])[1:], np.nan)
    return {
        "company_mean": np.where(count > 0, mean, np.nan)[thing],
        "company_spread": np.where(count > 1, spread, np.nan)[thing],
        "deviation": (of_link - mean[thing]) / (spread[thing] + 0.1 * everywhere),
        "step": step,
        "next_step": following,
        "same_value": _count_same(thing, of_link),
    }


def _count_same(thing: NDArray[np.int64], value: Floats) -> Floats:
    """[K] links of the same thing with the same value; NaN without one."""
    told = ~np.isnan(value)
    code = np.unique(value[told], return_inverse=True)[1]
    pair = np.unique(thing[told] * (int(code.max(initial=0)) + 1) + code, return_inverse=True)[1]
    found = np.full(len(value), np.nan)
    found[told] = np.bincount(pair)[pair] if len(pair) else 0
    return found
