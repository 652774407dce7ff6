"""Canaries: what an opinion of an account must not depend on, on a simulated marketplace with the prior that
ships."""

from __future__ import annotations

import math
import shutil
from datetime import datetime
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from markets import Market, judge, with_identifier
from numpy.typing import NDArray
from scipy.special import expit, logit
from sklearn.metrics import roc_auc_score
from small_worlds import World, known_accounts, shared_links

from graphrisk.flows.suspect_by_prior import TRUSTED_LABEL, with_own_labels, with_own_things
from graphrisk.risk.folds import assign_folds
from graphrisk.risk.own_model import Regime
from graphrisk.risk.prior import Prior
from graphrisk.workspace import Workspace
from graphrisk.workspace.prior_files import read_prior

METHODS = pytest.mark.parametrize("prior", [read_prior(), None], ids=["prior", "company"])


def draw_labels(market: Market, bad_count: int, good_count: int, seed: int = 1) -> NDArray[np.int8]:
    rng = np.random.default_rng(seed)
    verdict = np.zeros(len(market.is_bad), dtype=np.int8)
    verdict[rng.choice(np.flatnonzero(market.is_bad), bad_count, replace=False)] = 1
    verdict[rng.choice(np.flatnonzero(~market.is_bad), good_count, replace=False)] = -1
    return verdict


@METHODS
@pytest.mark.parametrize(
    ("regime", "bad_count", "good_count"),
    [
        ("seeds", 10, 10),
        ("caught", 50, 50),
        pytest.param("reviewed", 60, 260, marks=pytest.mark.slow),
    ],
)
def test_an_accounts_risk_does_not_hear_of_its_own_label(
    market: Market, prior: Prior | None, regime: str, bad_count: int, good_count: int
) -> None:
    # Labels are hidden by fold: as many of a fold as leave the regime what it is are flipped at once, and
    # none of them may move, by one bit, by its own or by another's flip.
    verdict = draw_labels(market, bad_count, good_count)
    fold = assign_folds(market.accounts.account_ids.to_pylist(), seed=0)
    before = judge(market.accounts, market.links, verdict, prior)
    assert before.regime == regime
    bad, good = (np.flatnonzero((fold == 1) & (verdict == each)) for each in (1, -1))
    many = min(len(bad), len(good))
    assert many >= 2
    flipped = verdict.copy()
    for chosen in (bad[:many], good[:many]):
        flipped[chosen] *= -1
    after = judge(market.accounts, market.links, flipped, prior)
    assert after.regime == regime
    own = np.flatnonzero(flipped != verdict)
    assert after.risk[own].tolist() == before.risk[own].tolist()
    others = flipped == verdict
    assert np.abs(after.risk - before.risk)[others].max() > 0.01  # labels are heard at all


@METHODS
@pytest.mark.parametrize(
    ("bad_count", "good_count", "regime"),
    [(0, 0, "none"), (1, 0, "seeds"), (0, 30, "seeds"), (30, 0, "caught")],
)
def test_few_labels_or_none_give_an_opinion_that_says_what_it_is(
    market: Market, prior: Prior | None, bad_count: int, good_count: int, regime: str
) -> None:
    found = judge(market.accounts, market.links, draw_labels(market, bad_count, good_count), prior)
    assert (found.regime, found.method) == (regime, "prior" if prior else "company")
    assert ((found.risk > 0) & (found.risk < 1)).all()
    assert roc_auc_score(market.is_bad, found.risk) > 0.6


def test_where_only_the_riskiest_are_ever_caught_all_risks_fall(market: Market) -> None:
    silence = np.zeros(len(market.is_bad), dtype=np.int8)
    unheard = judge(market.accounts, market.links, silence, read_prior())
    riskiest = np.argsort(-unheard.risk)[:60]
    rng = np.random.default_rng(4)
    shift = {}
    for name, among in (("bad", np.flatnonzero(market.is_bad)), ("riskiest", riskiest)):
        verdict = silence.copy()
        verdict[rng.choice(among, 50, replace=False)] = 1
        heard = judge(market.accounts, market.links, verdict, read_prior())
        shift[name] = heard.shift
        assert heard.regime == Regime.CAUGHT
    assert unheard.shift == 0
    assert shift["riskiest"] < shift["bad"] - 50
    assert heard.risk.mean() < unheard.risk.mean()


@pytest.mark.slow
def test_labels_that_say_nothing_teach_nothing(market: Market) -> None:
    verdict = draw_labels(market, 150, 250)
    labelled = np.flatnonzero(verdict)
    verdict[labelled] = np.random.default_rng(2).permutation(verdict[labelled])
    found = judge(market.accounts, market.links, verdict, read_prior())
    assert found.regime == Regime.REVIEWED
    bad, good = int((verdict == 1).sum()), int((verdict == -1).sum())
    # Mann and Whitney's deviation without ties; 2.6 of them hold 99 % of what chance gives.
    deviation = math.sqrt((bad + good + 1) / (12 * bad * good))
    assert abs(roc_auc_score(verdict[labelled] == 1, found.risk[labelled]) - 0.5) < 2.6 * deviation


def test_an_honest_account_at_a_busy_ip_of_bad_accounts_stays_honest(market: Market) -> None:
    verdict = draw_labels(market, 20, 20)
    rng = np.random.default_rng(3)
    unlabelled = np.flatnonzero(~market.is_bad & (verdict == 0))
    visitors, others = np.split(rng.choice(unlabelled, 300, replace=False), [30])
    crowd = np.concatenate((others, np.flatnonzero(verdict == 1)))
    silence = np.zeros_like(verdict)
    odds = {
        (heard, many): logit(judge(market.accounts, links, labels, read_prior()).risk[visitors])
        for many, holders in ((False, crowd), (True, np.concatenate((crowd, visitors))))
        for links in (with_identifier(market.links, "ip", holders),)
        for heard, labels in ((True, verdict), (False, silence))
    }
    before, after = expit(odds[True, False]), expit(odds[True, True])
    assert np.median(after - before) < 0.01
    assert (after[before < 0.05] < 0.1).all()
    # What the 20 bad labels at the IP add to what a busy IP itself does to one's odds, in nats.
    of_labels = (odds[True, True] - odds[True, False]) - (odds[False, True] - odds[False, False])
    assert of_labels.max() < 0.5


def test_labels_reported_after_as_of_change_nothing(market: Market, tmp_path: Path) -> None:
    shop = Workspace.open(shutil.copytree(market.folder, tmp_path / "shop"), data=tmp_path / "tables")
    shutil.copytree(market.folder.parent / "tables", tmp_path / "tables")
    path = tmp_path / "tables" / "labels.parquet"
    labels = pq.read_table(path)
    reported = sorted(labels["reported_at"].to_pylist())
    as_of, end = reported[len(reported) // 2], reported[-1]
    before, before_in_the_end = risks_of(shop, as_of), risks_of(shop, end)
    later = pc.greater(labels["reported_at"], pa.scalar(as_of, labels["reported_at"].type))
    words = labels["label"].to_pylist()
    other = {word: next(each for each in sorted(set(words)) if each != word) for word in set(words)}
    turned = [
        other[word] if is_later else word for word, is_later in zip(words, later.to_pylist(), strict=True)
    ]
    pq.write_table(labels.set_column(labels.schema.get_field_index("label"), "label", [turned]), path)
    shop.load()
    assert risks_of(shop, as_of) == before
    assert risks_of(shop, end) != before_in_the_end


def risks_of(shop: Workspace, as_of: datetime) -> list[tuple[str, float]]:
    name = shop.detect(as_of=as_of.replace(tzinfo=None), workers=1).record.run_id
    with shop.reading() as connection:
        return rows_of(connection, name)


def rows_of(connection: duckdb.DuckDBPyConnection, run_id: str) -> list[tuple[str, float]]:
    query = "SELECT account_id, risk FROM account_risk WHERE run_id = $run ORDER BY account_id"
    return connection.execute(query, {"run": run_id}).fetchall()


@pytest.mark.parametrize("verdict", [{}, {0: 1}, {0: 1, 1: -1}])
@pytest.mark.parametrize("world", [World(1, ()), World(3, ())])
@METHODS
def test_a_world_that_shares_nothing_is_judged_all_the_same(
    world: World, verdict: dict[int, int], prior: Prior | None
) -> None:
    accounts = known_accounts(world, {at: word for at, word in verdict.items() if at < world.account_count})
    found = judge(accounts, shared_links(world), accounts.verdict, prior)
    assert ((found.risk > 0) & (found.risk < 1)).all()
    assert found.method == "company"  # no link of a nature that the prior has seen


def test_a_rings_own_things_count_as_brought_by_one_and_no_other_does() -> None:
    held = np.array([0.01, 0.5, 0.95, 0.2])
    found = with_own_things(held, np.array([0, 2], dtype=np.int64))
    assert found.tolist() == [TRUSTED_LABEL, 0.5, 0.95, 0.2]
    assert held[0] == 0.01


def test_labels_bound_the_odds_that_rings_are_put_together_by() -> None:
    odds = np.array([-5.0, -5.0, -5.0, 5.0, 5.0, 5.0])
    verdict = np.array([1, 0, -1, 1, 0, -1], dtype=np.int8)
    found = with_own_labels(odds, verdict)
    sure, unsure = TRUSTED_LABEL, 1 - TRUSTED_LABEL
    assert expit(found) == pytest.approx([sure, expit(-5), expit(-5), expit(5), expit(5), unsure])
    assert odds.tolist() == [-5, -5, -5, 5, 5, 5]
