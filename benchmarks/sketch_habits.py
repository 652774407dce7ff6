"""How people of one marketplace live and how its rings work, drawn anew for each: see sketch.py."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

CHANCE_KINDS = ("device", "instrument", "address")


@dataclass(frozen=True, slots=True)
class Habits:
    """Of one marketplace. Shares and rates in 0..1, counts and days as means."""

    days: int
    fraud_share: float
    evasion: float
    aged: float  # days before the first that the oldest accounts were made
    home_share: float  # of accounts that live with others
    home_device: float
    home_card: float
    second_device: float
    resold: float
    second_card: float
    locker: float
    more_addresses: float
    home_ips: int
    networks: int
    network_uses: float
    network_skew: float
    provider_uses: float  # addresses that a provider lends for a while, and then to another
    provider_holders: float
    chance: dict[str, float]  # by kind, things of an account that it shares with whom it does not know
    chance_holders: dict[str, float]
    cafes: float
    offices: float  # of accounts in one
    dorms: float
    agencies: float
    crowds: int  # honest sign-ups at once behind one network
    sessions: float
    payments: float
    linger: float  # days from sign-up to a use
    payee_skew: float
    lost: float  # payments charged back
    returned: float
    lost_more: float  # so many times as often in rings
    strangers: float

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Habits:
        def between(low: float, high: float) -> float:
            return float(rng.uniform(low, high))

        def about(low: float, high: float) -> float:
            return float(np.exp(rng.uniform(np.log(low), np.log(high))))

        return cls(
            days=int(rng.choice((45, 90, 120, 240))), fraud_share=about(0.006, 0.08), evasion=between(0, 0.8),
            aged=between(0, 700), home_share=between(0.1, 0.6), home_device=between(0, 0.6),
            home_card=between(0, 0.6), second_device=between(0.1, 0.7), resold=about(0.005, 0.1),
            second_card=between(0.1, 0.7), locker=about(0.005, 0.15), more_addresses=between(0.02, 0.4),
            home_ips=int(rng.integers(1, 5)), networks=int(about(30, 600)), network_uses=between(0.2, 3),
            network_skew=between(0.8, 2), provider_uses=max(between(-4, 9), 0.0),
            provider_holders=about(1.5, 15), chance={kind: about(0.003, 0.4) for kind in CHANCE_KINDS},
            chance_holders={kind: about(2, 12) for kind in CHANCE_KINDS}, cafes=between(0, 0.3),
            offices=between(0, 0.2), dorms=between(0, 0.06), agencies=between(0, 0.02),
            crowds=int(rng.integers(0, 12)), sessions=about(1, 16), payments=about(1, 8),
            linger=about(5, 90), payee_skew=between(0.8, 1.6),
            lost=about(0.001, 0.02), returned=about(0.01, 0.1), lost_more=about(1, 30),
            strangers=between(0, 0.25),
        )  # fmt: skip
