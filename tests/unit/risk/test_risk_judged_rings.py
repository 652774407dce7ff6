"""What judged rings add to the scores of others."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, logit

from graphrisk.detect.rings import CandidateRings
from graphrisk.model.judgements import JUDGED_SIGNAL
from graphrisk.risk.calibration import fit_calibration
from graphrisk.risk.judged_rings import LEAST_JUDGED, JudgedScores, hear_judged_rings
from graphrisk.risk.ring_signals import RingSignals

ODDS = np.array([-1.0, 0.0, 2.0])


def rings_of(ring_count: int) -> CandidateRings:
    """Ring r has the accounts 3 r, 3 r + 1, 3 r + 2."""
    members = np.arange(3 * ring_count)
    return CandidateRings(
        tuple(f"RING-{at}" for at in range(ring_count)), members, 3 * np.arange(ring_count + 1), members // 3,
        np.ones(len(members)), np.ones(len(members)), np.ones(len(members), bool), 3 * np.arange(ring_count),
    )  # fmt: skip


def signals_of(odds: np.ndarray) -> RingSignals:
    said = [["as it is"] for _ in odds]
    return RingSignals(("size",), np.ones((len(odds), 1)), odds[:, None], said, np.asarray(expit(odds)))


def judged(count: int, first_member: int = 1000, seed: int = 0) -> JudgedScores:
    """Rings of which the higher scored are right more often, at half the odds that their scores say."""
    rng = np.random.default_rng(seed)
    odds = rng.normal(0, 3, count)
    is_ring = rng.random(count) < expit(odds / 2 - 0.5)
    members = tuple(np.arange(3) + first_member + 3 * at for at in range(count))
    return JudgedScores(odds, is_ring, members)


@pytest.mark.parametrize("count", [0, 1, LEAST_JUDGED - 1])
def test_few_judged_rings_change_nothing(count: int) -> None:
    before = signals_of(ODDS)
    assert hear_judged_rings(before, rings_of(3), judged(count)) is before


def test_rings_that_are_judged_all_alike_change_nothing() -> None:
    before, told = signals_of(ODDS), judged(40)
    for verdict in (np.ones(40, bool), np.zeros(40, bool)):
        assert (
            hear_judged_rings(before, rings_of(3), JudgedScores(told.odds, verdict, told.members)) is before
        )


def test_scores_of_others_are_moved_by_platts_two_numbers() -> None:
    told = judged(LEAST_JUDGED)
    found = hear_judged_rings(signals_of(ODDS), rings_of(3), told)
    expected = fit_calibration(told.odds, told.is_ring).apply(ODDS)
    np.testing.assert_allclose(logit(found.score), expected)
    assert found.names == ("size", JUDGED_SIGNAL)
    np.testing.assert_allclose(found.points.sum(axis=1), logit(found.score))
    said = f"{int(told.is_ring.sum())} of {LEAST_JUDGED} judged rings were confirmed"
    assert [words[-1] for words in found.sentences] == [said] * 3


def test_scores_that_said_too_much_say_less() -> None:
    """Judged rings were right at half the log odds of their scores."""
    found = hear_judged_rings(signals_of(np.array([4.0])), rings_of(1), judged(2000))
    assert logit(found.score[0]) == pytest.approx(1.5, abs=0.3)


def test_a_rings_own_verdict_is_no_part_of_its_score() -> None:
    told = judged(LEAST_JUDGED + 5, first_member=0)  # the first three are the rings that are scored now
    turned = told.is_ring.copy()
    turned[1] = not turned[1]
    first, second = (
        hear_judged_rings(signals_of(ODDS), rings_of(3), JudgedScores(told.odds, verdicts, told.members))
        for verdicts in (told.is_ring, turned)
    )
    assert first.score[1] == second.score[1]
    assert first.sentences[1] == second.sentences[1]
    assert (first.score[[0, 2]] != second.score[[0, 2]]).all()


def test_without_rings_there_is_nothing_to_move() -> None:
    found = hear_judged_rings(signals_of(np.empty(0)), rings_of(0), judged(40))
    assert found.score.shape == (0,)
    assert found.points.shape == (0, 2)
