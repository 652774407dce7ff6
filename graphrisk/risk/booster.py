"""Gradient-boosted trees (LightGBM), with everything that could make two runs differ pinned.

Method: Ke et al., NIPS 30, 2017. Contributions are exact Shapley values of the trees (Lundberg et al., Nature
Machine Intelligence 2, 2020, 56-67); attributions are what each split changes on a row's way through the
trees (risk/trees.py). With their base both add up to the prediction.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import lightgbm
import numpy as np
from numpy.typing import NDArray

from graphrisk.graph.links import Floats
from graphrisk.risk.calibration import Calibration
from graphrisk.risk.features import Features, Matrix
from graphrisk.risk.trees import attribute_rows, predict_rows, read_trees

# Threads wait for each other by spinning, which costs more than it gives wherever a core is busy.
_THREADS = 1


@dataclass(frozen=True, slots=True)
class BoosterParams:
    """round_count: trees. leaf_count: of a tree. min_leaf_rows: training rows in a leaf, at least.
    column_share, row_share: drawn for each tree. l2: on leaf values. bin_count: of the values of a column."""

    seed: int
    round_count: int = 300
    leaf_count: int = 16
    learning_rate: float = 0.05
    min_leaf_rows: int = 20
    column_share: float = 0.5
    row_share: float = 0.7
    l2: float = 5.0
    bin_count: int = 255


class Booster:
    """Predicts log odds from features. `text` is the whole of it, the same on every machine."""

    def __init__(self, text: str) -> None:
        """text: what `text` of another booster was. Raises ValueError where it is no such thing."""
        try:
            self._trees = lightgbm.Booster(model_str=text)
        except lightgbm.basic.LightGBMError as error:
            raise ValueError("the text is no booster") from error
        self._read = read_trees(text)
        self.text = text

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._trees.feature_name())

    def predict(self, features: Features) -> Floats:
        """[rows] natural log odds. Raises ValueError unless the columns are those of the training."""
        return predict_rows(self._read, self._matrix(features))

    def attributions(self, features: Features) -> Floats:
        """[rows, F + 1] what each column adds to the log odds, quickly; the last is the base."""
        return attribute_rows(self._read, self._matrix(features))

    def contributions(self, features: Features) -> Floats:
        """[rows, F + 1] what each column adds to the log odds, exactly; the last is the base."""
        if len(features.values) == 0:
            return np.empty((0, len(self.names) + 1))
        found = self._trees.predict(self._matrix(features), pred_contrib=True, num_threads=_THREADS)
        return np.asarray(found, dtype=np.float64)

    def calibrated(self, calibration: Calibration) -> Booster:
        """The same trees, whose leaves say what the calibration makes of their sum."""
        dump = self._trees.dump_model()["tree_info"]
        trees = lightgbm.Booster(model_str=self.text)
        for tree in dump:
            for leaf in range(tree["num_leaves"]):
                value = trees.get_leaf_output(tree["tree_index"], leaf)
                shift = calibration.shift / len(dump)
                trees.set_leaf_output(tree["tree_index"], leaf, calibration.slope * value + shift)
        return Booster(trees.model_to_string())

    def _matrix(self, features: Features) -> Matrix:
        if features.names != self.names:
            raise ValueError("the columns are not those that the booster was trained on")
        return features.values


class Bag:
    """Boosters that differ by their seed alone; their mean errs less than any of them."""

    def __init__(self, boosters: Sequence[Booster]) -> None:
        """At least one, all of the same columns."""
        self.boosters = tuple(boosters)

    def predict(self, features: Features) -> Floats:
        """[rows] the mean of their natural log odds. Raises ValueError as a booster does."""
        told = np.stack([each.predict(features) for each in self.boosters])
        return np.asarray(told.mean(axis=0), dtype=np.float64)


def train_booster(
    features: Features, target: NDArray[np.bool_], weight: Floats, params: BoosterParams
) -> Booster:
    """weight: [rows], each at least 0. Some rows are to be of either target."""
    return next(_train(features, target, weight, params, 1))


def train_bag(
    features: Features, target: NDArray[np.bool_], weight: Floats, params: BoosterParams, count: int
) -> Bag:
    """The same `count` times, at least once, by the seeds from that of params on."""
    return Bag(tuple(_train(features, target, weight, params, count)))


def _train(
    features: Features, target: NDArray[np.bool_], weight: Floats, params: BoosterParams, count: int
) -> Iterator[Booster]:
    settings = {
        "objective": "binary", "num_leaves": params.leaf_count, "learning_rate": params.learning_rate,
        "min_data_in_leaf": params.min_leaf_rows, "feature_fraction": params.column_share,
        "bagging_fraction": params.row_share, "bagging_freq": 1, "lambda_l2": params.l2, "verbose": -1,
        "max_bin": params.bin_count, "deterministic": True, "force_row_wise": True, "num_threads": _THREADS,
    }  # fmt: skip
    rows = lightgbm.Dataset(
        features.values, target.astype(np.float64), weight=weight, feature_name=list(features.names)
    )
    for seed in range(params.seed, params.seed + count):
        trees = lightgbm.train(settings | {"seed": seed}, rows, params.round_count)
        yield Booster(trees.model_to_string())
