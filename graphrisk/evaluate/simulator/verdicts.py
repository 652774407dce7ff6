"""What the marketplace's own people found out: a part of the truth, late, and partly wrong."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphrisk.evaluate.simulator.params import DAY, Part, SimulationParams, generator
from graphrisk.evaluate.simulator.people import People
from graphrisk.evaluate.simulator.rings import Rings
from graphrisk.evaluate.simulator.sampling import Ints, chance
from graphrisk.evaluate.simulator.trade import CHARGEBACK, Payments

LABEL_WORDS = ("legit", "fraud")
UNSEEN_RING_SHARE = 0.4  # of rings: nobody ever reported a member
LABELLED_SHARE = 0.25  # of ring members, over all rings
WRONG_FRAUD_SHARE = 0.12  # of the fraud labels are on honest accounts
REVIEWED_SHARE = 0.012  # of honest accounts were reviewed and cleared
CLEARED_MEMBER_SHARE = 0.015  # of ring members were reviewed and cleared, wrongly


@dataclass(frozen=True, slots=True)
class Labels:
    """(n,) each, an account at most once. label: position in LABEL_WORDS. at: seconds, up to 120 days past
    the window.
    """

    account: Ints
    label: Ints
    at: Ints


def report_labels(params: SimulationParams, people: People, rings: Rings, payments: Payments) -> Labels:
    rng = generator(params, Part.LABEL)
    disputed_at = _first_chargebacks(people, payments)
    caught = _catch_members(rng, rings, disputed_at)
    honest = np.setdiff1d(np.arange(len(people)), rings.account)
    accused = _accuse(
        rng, honest, round(len(caught) * WRONG_FRAUD_SHARE / (1 - WRONG_FRAUD_SHARE)), disputed_at
    )
    bad = np.concatenate([caught, accused])
    reviewed = np.concatenate(
        [
            honest[chance(rng, len(honest), REVIEWED_SHARE)],
            rings.account[chance(rng, len(rings.account), CLEARED_MEMBER_SHARE)],
        ]
    )
    cleared = np.setdiff1d(reviewed, bad)
    occasion = np.where(disputed_at[bad] >= 0, disputed_at[bad], people.moments(rng, bad))
    late = occasion + (rng.uniform(30.0, 120.0, len(bad)) * DAY).astype(np.int64)
    soon = people.moments(rng, cleared) + (rng.uniform(1.0, 45.0, len(cleared)) * DAY).astype(np.int64)
    label = np.concatenate([np.ones(len(bad), np.int64), np.zeros(len(cleared), np.int64)])
    return Labels(np.concatenate([bad, cleared]), label, np.concatenate([late, soon]))


def _first_chargebacks(people: People, payments: Payments) -> Ints:
    """(accounts,) seconds, -1 for an account without."""
    first = np.full(len(people), np.iinfo(np.int64).max)
    disputed = payments.status == CHARGEBACK
    np.minimum.at(first, payments.payer[disputed], payments.at[disputed])
    return np.where(first == np.iinfo(np.int64).max, -1, first)


def _catch_members(rng: np.random.Generator, rings: Rings, disputed_at: Ints) -> Ints:
    """Members of the rings that somebody noticed; a chargeback makes it three times as likely."""
    noticed = ~chance(rng, rings.count, UNSEEN_RING_SHARE)
    candidates = rings.account[noticed[rings.ring]]
    weight = np.where(disputed_at[candidates] >= 0, 3.0, 1.0)
    wanted = round(len(rings.account) * LABELLED_SHARE)
    if len(candidates) == 0:
        return candidates
    share = np.minimum(weight * wanted / weight.sum(), 1.0)
    caught: Ints = candidates[rng.random(len(candidates)) < share]
    return caught


def _accuse(rng: np.random.Generator, honest: Ints, count: int, disputed_at: Ints) -> Ints:
    weight = np.where(disputed_at[honest] >= 0, 15.0, 1.0)
    accused: Ints = rng.choice(honest, size=min(count, len(honest)), replace=False, p=weight / weight.sum())
    return accused
