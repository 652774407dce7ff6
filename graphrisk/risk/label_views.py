"""Which labels a training account sees of others, so that it looks as the accounts do that will be judged.

Nobody knows beforehand how the accounts to judge are surrounded by labels: by labelled neighbours, by a ring
of which nobody was ever looked at, or, where they are new, by labels from before alone. So every labelled
account is shown in all three ways; how much of its company is labelled is among the features, and tells a
model which of the ways an account is in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from graphrisk.graph.links import Floats
from graphrisk.risk.folds import VIEW_FOLD_COUNT


@dataclass(frozen=True, slots=True)
class ViewDeal:
    """fold, group_fold: [N], 0..VIEW_FOLD_COUNT - 1, by account and by the company that it keeps.
    created_at: [N] days, NaN where unknown."""

    fold: NDArray[np.int64]
    group_fold: NDArray[np.int64]
    created_at: Floats


@dataclass(frozen=True, slots=True)
class View:
    """rows: bool [N], the training accounts. shown: int8 [N], the labels that they see; none of theirs."""

    rows: NDArray[np.bool_]
    shown: NDArray[np.int8]


def see_labels(verdict: NDArray[np.int8], deal: ViewDeal) -> Iterator[View]:
    """verdict: int8 [N]. An account is seen three times: with the labels of its own fold hidden; with those
    of its company's fold hidden; and with labels of older accounts alone, up to the fifth of all that it is
    in by age, unless that is the oldest fifth. The last only where ages are known and differ."""
    labelled = verdict != 0
    for dealt in (deal.fold, deal.group_fold):
        for fold in range(VIEW_FOLD_COUNT):
            yield _view(verdict, labelled & (dealt == fold), labelled & (dealt != fold))
    born_at = np.where(np.isnan(deal.created_at), np.inf, deal.created_at)
    cuts = _cut_evenly(np.sort(born_at[labelled]))
    for since, until in pairwise((*cuts, np.inf)):
        yield _view(verdict, labelled & (born_at >= since) & (born_at < until), labelled & (born_at < since))


def _cut_evenly(born_at: Floats) -> list[float]:
    """Where each fifth but the first begins; distinct and known times only. born_at: ascending."""
    starts = np.arange(1, VIEW_FOLD_COUNT) * len(born_at) // VIEW_FOLD_COUNT
    cuts = np.unique(born_at[starts]) if len(born_at) else born_at
    return [float(cut) for cut in cuts if np.isfinite(cut) and cut > born_at[0]]


def _view(verdict: NDArray[np.int8], rows: NDArray[np.bool_], seen: NDArray[np.bool_]) -> View:
    return View(rows, np.where(seen, verdict, 0).astype(np.int8))
