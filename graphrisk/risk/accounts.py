"""Account risk: what its group looks like, and what spread to it from labelled accounts.

Every account belongs to one group: its community, or itself alone. Its points are those of the group's
signals, with the account's own belief beside the group's; risk = sigmoid(points - BASE_POINTS), a ranking
number. An account's own label counts only through propagation, and its size only through the group.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from graphrisk.graph.components import Partition
from graphrisk.graph.links import Floats, SharedLinks
from graphrisk.graph.look_alikes import LookAlikes
from graphrisk.model.known import BAD, GOOD, KnownAccounts
from graphrisk.risk.holdings import gather_holdings, measure_closeness, measure_surprise
from graphrisk.risk.signals import GroupFacts, score_from_points, total_points


@dataclass(frozen=True, slots=True)
class AccountRisks:
    """group: int64 [N], every account's group, the communities first, then the accounts alone. facts,
    points: of the groups.
    belief: [N] in standard deviations over unlabelled accounts. risk: [N] in (0, 1)."""

    group: NDArray[np.int64]
    facts: GroupFacts
    points: Floats
    belief: Floats
    risk: Floats


def assess_accounts(
    links: SharedLinks,
    accounts: KnownAccounts,
    communities: Partition,
    belief: Floats,
    looks: LookAlikes | None = None,
) -> AccountRisks:
    """belief: [N] from risk.propagation.without_own_label. looks: None where nobody asked who looks alike."""
    group = communities.label.astype(np.int64)
    alone = group < 0
    group[alone] = communities.group_count + np.arange(int(alone.sum()))
    alike = np.zeros(len(group), dtype=np.bool_) if looks is None else _has_fellow(group, looks)
    facts = _gather_facts(links, accounts, group, belief, alike)
    # The group's points carry the group's belief; the account's own weighs twice as much. asinh: what is next
    # to a seed stands out by far, and should not silence every other signal.
    points = total_points(facts)
    return AccountRisks(group, facts, points, belief, score_from_points(points[group] + np.arcsinh(belief)))


def average_risks(first: AccountRisks, second: AccountRisks) -> AccountRisks:
    """Groups and facts of `second`, each account's risk from the mean of the logits by both partitions:
    where they disagree on an account's company, neither alone decides."""
    mean = (logit(first.risk) + logit(second.risk)) / 2
    return replace(second, risk=np.asarray(expit(mean), dtype=np.float64))


def _has_fellow(group: NDArray[np.int64], looks: LookAlikes) -> NDArray[np.bool_]:
    """[N] whether another account of the same group looks like this one."""
    key = group * (len(looks.share) + 1) + looks.group
    _, inverse, count = np.unique(key, return_inverse=True, return_counts=True)
    return np.asarray((looks.group >= 0) & (count[inverse] >= 2))


def _gather_facts(
    links: SharedLinks,
    accounts: KnownAccounts,
    group: NDArray[np.int64],
    belief: Floats,
    alike: NDArray[np.bool_],
) -> GroupFacts:
    count = int(group.max(initial=-1)) + 1
    size = np.bincount(group, minlength=count).astype(np.int64)

    def summed(values: NDArray[np.generic]) -> Floats:
        return np.bincount(group, weights=values.astype(np.float64), minlength=count).astype(np.float64)

    holdings = gather_holdings(links, group, count)
    payments, losses = summed(accounts.payment_count), summed(accounts.loss_count)
    return GroupFacts(
        size=size.astype(np.float64), closeness=measure_closeness(holdings, size),
        surprise=measure_surprise(links, holdings, size),
        identifier_count=holdings.distinct_count.astype(np.float64), alike_count=summed(alike),
        bad_count=summed(accounts.verdict == BAD), good_count=summed(accounts.verdict == GOOD),
        belief=summed(belief) / np.maximum(size, 1), payment_count=payments, loss_count=losses,
        base_loss_share=float(losses.sum() / payments.sum()) if payments.sum() > 0 else 0.0,
    )  # fmt: skip
