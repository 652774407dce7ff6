"""What a training account is shown of labels: never its own."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from graphrisk.risk.folds import VIEW_FOLD_COUNT
from graphrisk.risk.label_views import ViewDeal, see_labels


@st.composite
def dealt(draw: st.DrawFn) -> tuple[np.ndarray, ViewDeal]:
    count = draw(st.integers(0, 30))
    fold = st.lists(st.integers(0, VIEW_FOLD_COUNT - 1), min_size=count, max_size=count)
    days = st.one_of(st.just(float("nan")), st.integers(0, 5).map(float))
    words = st.lists(st.sampled_from([-1, 0, 1]), min_size=count, max_size=count)
    deal = ViewDeal(
        np.array(draw(fold), dtype=np.int64),
        np.array(draw(fold), dtype=np.int64),
        np.array(draw(st.lists(days, min_size=count, max_size=count))),
    )
    return np.array(draw(words), dtype=np.int8), deal


@given(dealt())
def test_no_account_sees_its_own_label(given_deal: tuple[np.ndarray, ViewDeal]) -> None:
    verdict, deal = given_deal
    for view in see_labels(verdict, deal):
        assert not (view.rows & (verdict == 0)).any()
        assert (view.shown[view.rows] == 0).all()
        seen = view.shown != 0
        assert (view.shown[seen] == verdict[seen]).all()


@given(dealt())
def test_every_labelled_account_is_seen_twice_and_once_more_unless_it_is_old(
    given_deal: tuple[np.ndarray, ViewDeal],
) -> None:
    verdict, deal = given_deal
    times = np.zeros(len(verdict), dtype=int)
    for view in see_labels(verdict, deal):
        times += view.rows
    labelled = verdict != 0
    assert (times[~labelled] == 0).all()
    assert np.isin(times[labelled], (2, 3)).all()
    if labelled.any():
        born_at = np.where(np.isnan(deal.created_at), np.inf, deal.created_at)
        oldest = labelled & (born_at == born_at[labelled].min())
        assert (times[oldest] == 2).all()


def test_the_young_see_what_was_known_of_the_old() -> None:
    verdict = np.array([1, -1, 1, -1, 1, -1, 1, -1, 1, -1], dtype=np.int8)
    fold = np.arange(10) % VIEW_FOLD_COUNT
    views = list(see_labels(verdict, ViewDeal(fold, fold, np.arange(10.0))))[2 * VIEW_FOLD_COUNT :]
    assert [np.flatnonzero(view.rows).tolist() for view in views] == [[2, 3], [4, 5], [6, 7], [8, 9]]
    assert [np.flatnonzero(view.shown).tolist() for view in views] == [
        list(range(many)) for many in (2, 4, 6, 8)
    ]


def test_where_ages_are_unknown_or_all_alike_nobody_is_younger() -> None:
    verdict = np.ones(10, dtype=np.int8)
    fold = np.arange(10) % VIEW_FOLD_COUNT
    for born_at in (np.full(10, np.nan), np.full(10, 3.0)):
        assert len(list(see_labels(verdict, ViewDeal(fold, fold, born_at)))) == 2 * VIEW_FOLD_COUNT
