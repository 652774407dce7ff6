"""The reviewers' decisions on the airdrop candidates, and how risks and rings are scored against them.

The measures are scikit-learn's and a direct count, on purpose not the product's own evaluate/, so that the
two check each other. Nothing here reads the product.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from sklearn.metrics import average_precision_score, roc_auc_score  # type: ignore[import-untyped]

HIT_JACCARD = 0.5


class AirdropTruth(NamedTuple):
    """eliminated: 0/1 by wallet, for the half of the candidates whose labels are given.
    members: ring_id, account_id (a wallet may be in a team's and in a reported ring).
    rings: by ring_id: source (team_component, community_report, team_custom), is_ring (0: reviewed and kept),
    n_accounts (over all candidates; a few rings reach into the half that is not given).
    """

    candidates: pd.Index
    eliminated: pd.Series
    members: pd.DataFrame
    rings: pd.DataFrame


def read_airdrop_truth(data_dir: str | Path) -> AirdropTruth:
    folder = Path(data_dir)
    candidates = pd.read_csv(folder / "accounts.csv.gz", usecols=["address"])["address"]
    labels = pd.read_csv(folder / "labels_accounts.csv.gz")
    members = pd.read_csv(folder / "ring_members.csv.gz", usecols=["ring_id", "address"])
    members = members.rename(columns={"address": "account_id"}).drop_duplicates()
    rings = pd.read_csv(folder / "ring_index.csv.gz").set_index("ring_id")
    eliminated = labels.set_index("address")["eliminated_sybil"].astype(int)
    return AirdropTruth(pd.Index(candidates), eliminated, members, rings)


def score_airdrop(
    data_dir: str | Path,
    risk: pd.Series,
    rings: pd.DataFrame,
    judged: pd.Index | None = None,
) -> dict[str, float]:
    """AUC, AP and rings hit, on the wallets whose labels are given (or on `judged` among them).

    risk: indexed by wallet, higher is worse; a wallet without one gets 0 (the least, if all are in 0..1).
    rings: columns ring_id, account_id; rows that are no candidate wallets are left out, as are candidates
    that are not in `judged` when it is given.
    A true ring (is_ring = 1) counts only with all its given members in `judged`. It is hit when some
    predicted ring has Jaccard >= 0.5 with its given members. false_alarms_hit counts is_ring = 0 (reviewed
    and kept) rings in the same way. rings_hit_in_half takes predicted rings cut down to the wallets whose
    labels are given, which is kinder. wallets_in_rings (and those of them that were kept) counts rings of
    three or more.
    """
    truth = read_airdrop_truth(data_dir)
    return score_against(truth, risk, rings, judged)


def score_against(
    truth: AirdropTruth, risk: pd.Series, rings: pd.DataFrame, judged: pd.Index | None = None
) -> dict[str, float]:
    wallets = truth.eliminated.index if judged is None else truth.eliminated.index.intersection(judged)
    y = truth.eliminated.reindex(wallets).to_numpy()
    scores = risk.reindex(wallets).fillna(0.0).to_numpy(dtype=float)
    both_classes = 0 < y.sum() < len(y)
    found = rings.loc[:, ["ring_id", "account_id"]].drop_duplicates()
    found = found[found["account_id"].isin(truth.candidates if judged is None else wallets)]
    in_half = found[found["account_id"].isin(truth.eliminated.index)]
    whole = truth.members["account_id"].isin(wallets).groupby(truth.members["ring_id"]).all()
    counted = truth.rings.join(whole.rename("whole"), how="inner").query("whole")
    real, kept = counted[counted["is_ring"] == 1], counted[counted["is_ring"] == 0]
    best = best_jaccard(truth.members, found)
    best_in_half = best_jaccard(truth.members, in_half)
    of_three = found.groupby("ring_id")["account_id"].transform("size") >= 3
    in_rings = found.loc[of_three & found["account_id"].isin(truth.eliminated.index), "account_id"].unique()
    result: dict[str, float] = {
        "wallets": len(y),
        "wallets_bad": int(y.sum()),
        "auc": float(roc_auc_score(y, scores)) if both_classes else float("nan"),
        "ap": float(average_precision_score(y, scores)) if both_classes else float("nan"),
        "rings": len(real),
        "rings_hit": int((best.reindex(real.index).fillna(0.0) >= HIT_JACCARD).sum()),
        "rings_hit_in_half": int((best_in_half.reindex(real.index).fillna(0.0) >= HIT_JACCARD).sum()),
        "mean_best_jaccard": float(best.reindex(real.index).fillna(0.0).mean()),
        "false_alarms": len(kept),
        "false_alarms_hit": int((best.reindex(kept.index).fillna(0.0) >= HIT_JACCARD).sum()),
        "rings_predicted": int(found["ring_id"].nunique()),
        "wallets_in_rings": len(in_rings),
        "wallets_in_rings_kept": int((truth.eliminated.reindex(in_rings) == 0).sum()),
    }
    for source, name in (("team_component", "team"), ("community_report", "reported")):
        of_source = real[real["source"] == source]
        result[f"rings_{name}"] = len(of_source)
        hits = best.reindex(of_source.index).fillna(0.0) >= HIT_JACCARD
        result[f"rings_hit_{name}"] = int(hits.sum())
    return result


def best_jaccard(true: pd.DataFrame, found: pd.DataFrame) -> pd.Series:
    """By true ring_id, the greatest Jaccard with a found ring; rings that nothing touches are left out."""
    overlap = true.merge(found, on="account_id", suffixes=("_true", "_found"))
    if overlap.empty:
        return pd.Series(dtype=float)
    common = overlap.groupby(["ring_id_true", "ring_id_found"]).size().rename("common").reset_index()
    true_size = common["ring_id_true"].map(true.groupby("ring_id").size())
    found_size = common["ring_id_found"].map(found.groupby("ring_id").size())
    common["jaccard"] = common["common"] / (true_size + found_size - common["common"])
    best: pd.Series = common.groupby("ring_id_true")["jaccard"].max()
    return best


def split_components(truth: AirdropTruth, seed: int, seed_share: float = 0.5) -> tuple[pd.Index, pd.Index]:
    """Labelled wallets in two parts, (known, hidden), with no ring of any source on both sides.

    Rings that share a wallet form one component, rings reviewed and kept included; a labelled wallet in no
    ring is a component of its own. Components, ordered by their least wallet, are permuted by numpy's
    default_rng(seed) and the first `seed_share` of them are known.
    """
    labelled = truth.eliminated.index.sort_values()
    parent = {wallet: wallet for wallet in labelled}

    def root(wallet: str) -> str:
        while parent[wallet] != wallet:
            parent[wallet] = parent[parent[wallet]]
            wallet = parent[wallet]
        return wallet

    for _, ids in truth.members.groupby("ring_id")["account_id"]:
        inside = [root(wallet) for wallet in ids if wallet in parent]
        least = min(inside, default="")
        for wallet in inside:
            parent[root(wallet)] = root(least)
    component = pd.Series({wallet: root(wallet) for wallet in labelled})
    least_wallet = component.index.to_series().groupby(component.to_numpy()).min().sort_values()
    order = np.random.default_rng(seed).permutation(len(least_wallet))
    known_roots = least_wallet.index[order[: round(seed_share * len(order))]]
    known = component.index[component.isin(known_roots)]
    return known, component.index.difference(known)
