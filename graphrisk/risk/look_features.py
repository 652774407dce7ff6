"""How near the nearest look-alikes of an account are: created at the same time, with the same measures, using
the same categories as much; without any label. A farm makes its accounts alike, and one after another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from graphrisk.graph.links import Floats
from graphrisk.model.known import KnownAccounts
from graphrisk.risk.features import Features
from graphrisk.risk.kind_links import KindLinks
from graphrisk.risk.order_features import count_uses, scale_measure, spans_of

_NEAREST = (1, 3, 10)
_UNIT = 0.2  # of a column's standard deviation, that counts as one span of time


def describe_looks(
    accounts: KnownAccounts, created_at: Floats, by_kind: Sequence[KindLinks], period: float
) -> Features | None:
    """One row for each account: for each span of the period, the distance to the 1st, 3rd and 10th nearest
    other account, which is the greatest difference in any column, time counted in spans and a column in
    fifths of its standard deviation. NaN for an account of which any is unknown. None where there is nothing
    but time to compare. created_at: [N] days."""
    scaled = [scale_measure(accounts.measures[:, at]) for at in range(len(accounts.measure_names))]
    for links in by_kind:
        if links.is_category:
            scaled += [np.log1p(uses) for uses in count_uses(links).values()]
    scaled = [column for column in scaled if not np.isnan(column).all()]
    if not scaled or not period > 0:
        return None
    table = np.column_stack(scaled)
    table = table / (_UNIT * np.nanstd(table, axis=0) + 1e-12)
    told = ~(np.isnan(table).any(axis=1) | np.isnan(created_at))
    columns: dict[str, NDArray[np.generic]] = {}
    for number, span in enumerate(spans_of(period), start=1):
        point = np.column_stack((created_at[told] / span, table[told]))
        near = _distances(point, max(_NEAREST))
        for nearest in _NEAREST:
            column = np.full(len(told), np.nan)
            column[told] = near[:, nearest]
            columns[f"alike_{nearest}_span_{number}"] = column
    return Features.of(columns)


def _distances(point: Floats, nearest: int) -> Floats:
    """[rows, nearest + 1] to the nearest points, itself first; inf where there are fewer."""
    if len(point) == 0:
        return np.empty((0, nearest + 1))
    return np.asarray(KDTree(point).query(point, k=nearest + 1, p=np.inf)[0], dtype=np.float64)
