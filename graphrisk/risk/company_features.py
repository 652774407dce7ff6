"""What accounts and identifiers make of each other: judged together, each by what is thought of its company.

Of an identifier's holders an account sees the others only, so that nothing comes back to it as its own echo.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphrisk.graph.links import Floats, SharedLinks
from graphrisk.graph.projection import AccountGraph
from graphrisk.model.kinds import KindSet, Nature
from graphrisk.risk.features import Features
from graphrisk.risk.use_features import average_told

_PRIOR_HOLDERS = 0.1  # that stand for the mean risk, where a thing has few others
_LEAST = 1e-6


def describe_holders(links: SharedLinks, risk: Floats) -> Features:
    """One row for each of the M identifiers, from the risk in (0, 1) of its holders [N]: their mean, the
    greatest and the second, the log of 1 + their sum, the share above a tenth."""
    of_link, identifier, count = risk[links.account], links.identifier, links.identifier_count
    holders = links.known_holder_count().astype(np.float64)
    total = np.bincount(identifier, weights=of_link, minlength=count)
    risky = np.bincount(identifier, weights=of_link > 0.1, minlength=count)
    most = _greatest(identifier, of_link, count)
    return Features.of(
        {
            "mean_risk": total / holders,
            "most_risk": most,
            "second_risk": _second(identifier, of_link, most),
            "total_risk": np.log1p(total),
            "risky_share": risky / holders,
        }
    )


def describe_company(
    links: SharedLinks, uses: Features, graph: AccountGraph, risk: Floats, held: Floats, kinds: KindSet
) -> Features:
    """One row for each of the N accounts.

    risk: [N] in (0, 1), of accounts. held: [M] in (0, 1), that a ring holds an identifier.
    company_risk, company_risk_NATURE: over the account's identifiers (of a nature), the greatest mean risk of
    their other holders. company_total: sum over identifiers of that mean over the number of others.
    company_odds: sum over identifiers of log of 1 + the others' risk over .05 k. near_risk: sum over pairs of
    probability times risk. held, held_second, held_NATURE: the greatest `held` of its identifiers, the
    second, the greatest of a nature. held_total: minus the log of the probability that none is.
    held_of_things, held_of_uses: of all that the account holds, and of its uses of what it shares, the share
    that is expected to be a ring's. held_X, surest_X: feature X of its uses (use_features), mean by `held`,
    and at the thing with the greatest `held`.

    uses: [L] of use_features.describe_uses.
    """
    count, account, identifier = links.account_count, links.account, links.identifier
    holders = links.known_holder_count().astype(np.float64)
    total = np.bincount(identifier, weights=risk[account], minlength=links.identifier_count)
    others = np.maximum(total[identifier] - risk[account], 0.0)
    other_count = holders[identifier] - 1
    everywhere = float(risk.mean()) if count else 0.0
    mean = (others + _PRIOR_HOLDERS * everywhere) / (other_count + _PRIOR_HOLDERS)
    of_link = held[identifier]
    surest = _greatest(account, of_link, count)
    columns: dict[str, NDArray[np.generic]] = {
        "company_risk": _greatest(account, mean, count),
        "company_total": np.bincount(account, weights=mean / other_count, minlength=count),
        "company_odds": np.bincount(
            account, weights=np.log1p(others / (0.05 * holders[identifier])), minlength=count
        ),
        "near_risk": _sum_near(graph, risk),
        "held": surest,
        "held_second": _second(account, of_link, surest),
        "held_total": np.bincount(account, weights=-np.log1p(-of_link + _LEAST), minlength=count),
    }
    nature = links.natures(kinds)[identifier]
    for each in Nature:
        chosen = nature == each.value
        columns[f"company_risk_{each.value}"] = _greatest(account[chosen], mean[chosen], count)
        columns[f"held_{each.value}"] = _greatest(account[chosen], of_link[chosen], count)
    is_surest = of_link == surest[account]
    return Features.of(columns | _describe_held(links, uses, of_link, is_surest))


def _describe_held(
    links: SharedLinks, uses: Features, held: Floats, is_surest: NDArray[np.bool_]
) -> dict[str, Floats]:
    """held: [L]. is_surest: [L] whether it is the account's greatest; the first of equals counts."""
    account, count = links.account, links.account_count
    by_account = links.by_account()
    order = by_account[is_surest[by_account]]
    surest = order[np.diff(account[order], prepend=-1) != 0]
    things = np.bincount(account, minlength=count) + links.private_count
    columns = {
        "held_of_things": np.bincount(account, weights=held, minlength=count) / np.maximum(things, 1),
        "held_of_uses": np.bincount(account, weights=held * uses.column("event_share"), minlength=count),
    }
    for name in uses.names:
        value = uses.column(name)
        columns[f"held_{name}"] = average_told(value, held + _LEAST, account, count)
        columns[f"surest_{name}"] = np.full(count, np.nan)
        columns[f"surest_{name}"][account[surest]] = value[surest]
    return columns


def _greatest(owner: NDArray[np.int32], value: Floats, count: int) -> Floats:
    """[count] of each owner's values, 0 for one without any. value: not negative."""
    greatest = np.zeros(count)
    np.maximum.at(greatest, owner, value)
    return greatest


def _second(owner: NDArray[np.int32], value: Floats, greatest: Floats) -> Floats:
    """[count] the second greatest, 0 for an owner with fewer than two."""
    is_greatest = value == greatest[owner]
    second = _greatest(owner[~is_greatest], value[~is_greatest], len(greatest))
    tied = np.bincount(owner[is_greatest], minlength=len(greatest)) >= 2
    return np.where(tied, greatest, second)


def _sum_near(graph: AccountGraph, risk: Floats) -> Floats:
    return graph.sum_by_account(graph.weight * risk[graph.target], graph.weight * risk[graph.source])
