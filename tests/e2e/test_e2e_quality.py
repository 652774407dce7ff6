"""How good the whole product is on one simulated world, held against floors set by hand.

Measured over seeds 1 to 6 of the same world: mean, and standard deviation over seeds.

    B-cubed F1                        .69   .05
    account AP, no label              .65   .07
    innocents swept in per 1,000     4.7   2.3
    ECE of account risk, no label   .005  .003   in bins of equally many; .005 and .002 in bins of equal width

Each floor is three or more deviations on the bad side of its mean: what breaks it is no bad luck.
"""

from __future__ import annotations

import pytest

from graphrisk.cli.app import main
from graphrisk.evaluate.intervals import Resampling
from graphrisk.evaluate.report import Evaluation, EvaluationParams
from graphrisk.sources.truth import TruthFiles
from graphrisk.workspace.evaluation import evaluate_workspace
from graphrisk.workspace.session import Workspace

SEED = "1"


@pytest.fixture(scope="module")
def evaluation(tmp_path_factory: pytest.TempPathFactory) -> Evaluation:
    place = tmp_path_factory.mktemp("quality")
    world, shop = place / "world", place / "shop"
    size = ["--accounts", "6000", "--hardness", "0.5", "--seed", SEED]
    assert main(["simulate", str(world), *size]) == 0
    assert main(["run", str(world), "--workspace", str(shop)]) == 0
    params = EvaluationParams((50,), Resampling(draw_count=1, seed=0))
    return evaluate_workspace(Workspace.open(shop), TruthFiles(world / "truth"), None, params)


def test_rings_are_found(evaluation: Evaluation) -> None:
    """3.5 deviations below the mean."""
    assert evaluation.value("bcubed_f1") >= 0.52


def test_bad_accounts_without_a_label_come_first(evaluation: Evaluation) -> None:
    """Three deviations below the mean; a random order has .019."""
    assert evaluation.value("account_ap") >= 0.42


def test_few_innocents_are_swept_in(evaluation: Evaluation) -> None:
    """Four deviations above the mean."""
    assert evaluation.value("innocents_swept_per_1000") <= 14


@pytest.mark.parametrize("bins", ["account_ece", "account_ece_equal_width"])
def test_risks_mean_what_they_say(evaluation: Evaluation, bins: str) -> None:
    """Five deviations above the mean, or more."""
    assert evaluation.value(bins) <= 0.02
