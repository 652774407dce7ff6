"""Trees asked by blocks of rows, against LightGBM, which asks row by row."""

from __future__ import annotations

import lightgbm
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphrisk.risk import trees as trees_module
from graphrisk.risk.features import Matrix
from graphrisk.risk.trees import attribute_rows, predict_rows, read_trees
from graphrisk.workspace.prior_files import read_prior

STUMP = """tree
max_feature_idx=1

Tree=0
num_leaves=2
num_cat=0
split_feature=1
threshold=0.1
decision_type={decision}
left_child=-1
right_child=-2
leaf_value=-1.5 2.5
internal_value=0.5
is_linear=0

Tree=1
num_leaves=1
num_cat=0
leaf_value=0.25

end of trees
"""
LEFT_WHERE_UNKNOWN, RIGHT_WHERE_UNKNOWN, UNKNOWN_IS_ZERO = 10, 8, 0


def train(seed: int, leaf_count: int, missing_share: float) -> tuple[str, Matrix]:
    rng = np.random.default_rng(seed)
    table = rng.normal(size=(600, 5)).astype(np.float32)
    table[:, 1] = np.round(table[:, 1])
    table[:, 2] += 2
    target = table[:, 0] * table[:, 1] + table[:, 2] + rng.normal(size=600) > 2
    table[rng.random((600, 5)) < missing_share] = np.nan
    settings_ = {
        "objective": "binary",
        "num_leaves": leaf_count,
        "min_data_in_leaf": 5,
        "verbose": -1,
        "seed": 1,
    }
    rows = lightgbm.Dataset(table, target.astype(np.float64))
    return lightgbm.train({**settings_, "num_threads": 1}, rows, 12).model_to_string(), table


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([2, 8, 16, 40]), st.sampled_from([0.0, 0.3]), st.booleans())
def test_predictions_are_lightgbms_to_the_last_bit(
    seed: int, leaf_count: int, missing_share: float, asked_with_missing: bool
) -> None:
    text, table = train(seed, leaf_count, missing_share)
    rng = np.random.default_rng(seed + 1)
    asked = np.vstack((table, 3 * rng.normal(size=(300, 5)).astype(np.float32), np.zeros((1, 5), np.float32)))
    asked[-20:-10, 3] = np.inf
    if asked_with_missing:
        asked[rng.random(asked.shape) < 0.2] = np.nan
    said = lightgbm.Booster(model_str=text).predict(asked, raw_score=True, num_threads=1)
    assert predict_rows(read_trees(text), asked).tobytes() == np.asarray(said).tobytes()


def test_the_priors_boosters_say_what_lightgbm_says() -> None:
    prior = read_prior()
    rng = np.random.default_rng(1)
    for booster in (prior.alone, prior.identifiers, prior.together, prior.rings):
        asked = rng.lognormal(0, 2, size=(500, len(booster.names))).astype(np.float32)
        asked[rng.random(asked.shape) < 0.2] = np.nan
        said = lightgbm.Booster(model_str=booster.text).predict(asked, raw_score=True, num_threads=1)
        assert predict_rows(read_trees(booster.text), asked).tobytes() == np.asarray(said).tobytes()


def test_a_threshold_between_two_float32_parts_them() -> None:
    # .1 lies between the float32 .099999994 and .1 (which is .10000000149); LightGBM compares in float64
    low = np.nextafter(np.float32(0.1), np.float32(0))
    asked = np.array([[0, 0.1], [0, low]], dtype=np.float32)
    trees = read_trees(STUMP.format(decision=RIGHT_WHERE_UNKNOWN))
    assert predict_rows(trees, asked).tolist() == [2.75, -1.25]


@pytest.mark.parametrize(
    ("decision", "said"), [(LEFT_WHERE_UNKNOWN, -1.25), (RIGHT_WHERE_UNKNOWN, 2.75), (UNKNOWN_IS_ZERO, -1.25)]
)
def test_what_is_unknown_goes_where_the_node_says(decision: int, said: float) -> None:
    asked = np.array([[0, np.nan]], dtype=np.float32)
    assert predict_rows(read_trees(STUMP.format(decision=decision)), asked).tolist() == [said]


def test_attributions_are_the_changes_on_the_way() -> None:
    # from .5 to 2.5, and .5 + .25 of any row
    asked = np.array([[0, 1.0]], dtype=np.float32)
    told = attribute_rows(read_trees(STUMP.format(decision=RIGHT_WHERE_UNKNOWN)), asked)
    assert told.tolist() == [[0.0, 2.0, 0.75]]


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**6))
def test_attributions_add_up_to_predictions(seed: int) -> None:
    text, table = train(seed, 16, 0.2)
    told = attribute_rows(read_trees(text), table)
    assert told.shape == (600, 6)
    assert told.sum(axis=1) == pytest.approx(predict_rows(read_trees(text), table), abs=1e-9)


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    text, table = train(5, 16, 0.2)
    trees = read_trees(text)
    whole = predict_rows(trees, table), attribute_rows(trees, table)
    monkeypatch.setattr(trees_module, "_BLOCK_ROWS", 7)
    assert predict_rows(trees, table).tobytes() == whole[0].tobytes()
    assert attribute_rows(trees, table).tobytes() == whole[1].tobytes()


def test_no_row_gives_nothing() -> None:
    trees = read_trees(STUMP.format(decision=RIGHT_WHERE_UNKNOWN))
    nobody = np.empty((0, 2), dtype=np.float32)
    assert predict_rows(trees, nobody).shape == (0,)
    assert attribute_rows(trees, nobody).shape == (0, 3)


@pytest.mark.parametrize(
    ("old", "new"),
    [("decision_type=8", "decision_type=5"), ("num_cat=0", "num_cat=1"), ("is_linear=0", "is_linear=1")],
)
def test_splits_that_are_never_trained_are_refused(old: str, new: str) -> None:
    with pytest.raises(ValueError, match="trees are read"):
        read_trees(STUMP.format(decision=RIGHT_WHERE_UNKNOWN).replace(old, new))
