"""The booster: pinned, additive, and what it refuses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from graphrisk.risk.booster import Booster, BoosterParams, train_bag, train_booster
from graphrisk.risk.calibration import Calibration
from graphrisk.risk.features import Features

PARAMS = BoosterParams(seed=3, round_count=20)


def drawn(seed: int, rows: int = 400) -> tuple[Features, np.ndarray]:
    rng = np.random.default_rng(seed)
    table = rng.normal(size=(rows, 3)).astype(np.float32)
    target = table[:, 0] + 0.5 * rng.normal(size=rows) > 0
    table[rng.random(rows) < 0.2, 1] = np.nan
    return Features(("telling", "patchy", "idle"), table), target


TABLE, TARGET = drawn(1)
MODEL = train_booster(TABLE, TARGET, np.ones(len(TARGET)), PARAMS)


def test_the_same_input_gives_the_same_text() -> None:
    again = train_booster(*drawn(1), np.ones(len(TARGET)), PARAMS)
    assert again.text == MODEL.text


def test_another_seed_gives_another_booster() -> None:
    other = train_booster(TABLE, TARGET, np.ones(len(TARGET)), BoosterParams(seed=4, round_count=20))
    assert other.text != MODEL.text


def test_a_bag_says_the_mean_of_boosters_of_consecutive_seeds() -> None:
    weight, fresh = np.ones(len(TARGET)), drawn(2)[0]
    bag = train_bag(TABLE, TARGET, weight, PARAMS, 3)
    alone = [train_booster(TABLE, TARGET, weight, replace(PARAMS, seed=seed)) for seed in (3, 4, 5)]
    assert [each.text for each in bag.boosters] == [each.text for each in alone]
    assert bag.predict(fresh) == pytest.approx(np.mean([each.predict(fresh) for each in alone], axis=0))


def test_fewer_bins_leave_fewer_thresholds() -> None:
    coarse = train_booster(TABLE, TARGET, np.ones(len(TARGET)), replace(PARAMS, bin_count=3))
    values = coarse.predict(drawn(2, 4000)[0])
    assert len(np.unique(values)) < len(np.unique(MODEL.predict(drawn(2, 4000)[0]))) / 4


def test_what_is_read_from_its_text_predicts_the_same() -> None:
    read = Booster(MODEL.text)
    assert read.names == TABLE.names
    assert read.predict(TABLE).tobytes() == MODEL.predict(TABLE).tobytes()


def test_contributions_add_up_to_the_prediction() -> None:
    fresh, _ = drawn(2)
    told = MODEL.contributions(fresh)
    assert told.shape == (400, 4)
    assert told.sum(axis=1) == pytest.approx(MODEL.predict(fresh), abs=1e-6)


def test_a_calibrated_booster_says_what_the_calibration_makes_of_it_and_tells_it_whole() -> None:
    fresh, _ = drawn(2)
    calibration = Calibration(slope=0.6, shift=-0.4)
    calibrated = MODEL.calibrated(calibration)
    assert calibrated.predict(fresh) == pytest.approx(calibration.apply(MODEL.predict(fresh)), abs=1e-9)
    told = calibrated.contributions(fresh).sum(axis=1)
    assert told == pytest.approx(calibrated.predict(fresh), abs=1e-6)
    assert MODEL.calibrated(Calibration()).predict(fresh).tobytes() == MODEL.predict(fresh).tobytes()


def test_it_learns_what_there_is_to_learn() -> None:
    fresh, target = drawn(2)
    assert roc_auc_score(target, MODEL.predict(fresh)) > 0.9


def test_a_row_is_judged_by_itself() -> None:
    shuffled = np.random.default_rng(0).permutation(400)
    other = MODEL.predict(Features(TABLE.names, TABLE.values[shuffled]))
    assert other.tobytes() == MODEL.predict(TABLE)[shuffled].tobytes()


def test_rows_without_weight_teach_nothing() -> None:
    weight = np.ones(len(TARGET))
    weight[200:] = 1e-12
    turned = TARGET.copy()
    turned[200:] = ~turned[200:]
    model = train_booster(TABLE, turned, weight, BoosterParams(3, 20, row_share=1.0))
    assert roc_auc_score(TARGET, model.predict(TABLE)) > 0.85


@pytest.mark.parametrize("names", [("telling", "patchy"), ("patchy", "telling", "idle")])
def test_other_columns_are_refused(names: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="columns are not those"):
        MODEL.predict(Features(names, TABLE.values[:, : len(names)]))


def test_a_text_that_is_no_booster_is_refused() -> None:
    with pytest.raises(ValueError, match="no booster"):
        Booster("tree\nnot a model")


def test_no_row_gives_no_prediction() -> None:
    empty = Features(TABLE.names, np.empty((0, 3), dtype=np.float32))
    assert MODEL.predict(empty).shape == (0,)
