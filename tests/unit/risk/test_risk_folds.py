"""Folds: by id, evenly, and by company."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphrisk.risk.folds import FOLD_COUNT, assign_folds, deal_groups

IDS = [f"acc-{number}" for number in range(3000)]


@given(st.lists(st.text(), unique=True), st.integers(0, 100))
def test_an_accounts_fold_is_its_own_whoever_else_there_is(ids: list[str], seed: int) -> None:
    together = assign_folds(ids, seed)
    assert together.tolist() == [int(assign_folds([each], seed)[0]) for each in ids]
    assert ((together >= 0) & (together < FOLD_COUNT)).all()


def test_folds_are_of_about_one_size() -> None:
    assert np.bincount(assign_folds(IDS, 0), minlength=FOLD_COUNT) == pytest.approx(1000, abs=100)


def test_another_seed_deals_anew() -> None:
    same = assign_folds(IDS, 0) == assign_folds(IDS, 1)
    assert same.mean() == pytest.approx(1 / 3, abs=0.05)


def test_ids_that_are_no_text_have_a_fold() -> None:
    assert assign_folds(["\ud800"], 0).shape == (1,)


def test_company_goes_where_its_first_member_goes() -> None:
    group, fold = np.array([7, -1, 7, 3, -1, 3]), np.array([2, 0, 1, 0, 1, 2])
    assert deal_groups(group, fold).tolist() == [2, 0, 2, 0, 1, 0]
    assert fold.tolist() == [2, 0, 1, 0, 1, 2]


def test_nobody_is_dealt_nowhere() -> None:
    nobody = np.empty(0, dtype=np.int64)
    assert len(deal_groups(nobody, nobody)) == 0
    assert len(assign_folds([], 0)) == 0
