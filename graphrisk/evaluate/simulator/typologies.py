"""The ways in which rings work, as data: what their members share, when they come, how they take the
money.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from graphrisk.evaluate.simulator.uses import Kind


class Cashout(StrEnum):
    """Whom the ring's payments go to."""

    MARKET = "market"  # anybody who sells
    FEW = "few"  # a few sellers, honest ones or not
    INSIDE = "inside"  # a member of the ring


@dataclass(frozen=True, slots=True)
class Sharing:
    """cover_share: of the members that use the ring's things of this kind. users_each: accounts to a thing,
    at hardness 0.
    """

    kind: Kind
    cover_share: float
    users_each: float


@dataclass(frozen=True, slots=True)
class Typology:
    """ring_share: relative number of rings.

    signup_days, campaign_days: how far sign-ups and the ring's acts spread at hardness 0; camouflage
    stretches both.
    payment_rate: the ring's own payments for a member. chargeback_share, refund_share: of these payments.
    amount_factor: median amount relative to an honest one of the same category.
    chain: members stand in a row and share one thing at a time with the next, of a kind from `sharing`,
    cover as weight.
    mutates: share of ring addresses that are written in a way meant to look different, at hardness 0.
    mailbox_share: of the members whose mailbox is a variant of another member's.
    """

    name: str
    ring_share: float
    sharing: tuple[Sharing, ...]
    signup_days: float
    campaign_days: float
    payment_rate: float
    cashout: Cashout
    chargeback_share: float
    refund_share: float
    amount_factor: float
    chain: bool = False
    mutates: float = 0.1
    mailbox_share: float = 0.0


def _sharing(
    device: tuple[float, float],
    ip: tuple[float, float],
    address: tuple[float, float],
    instrument: tuple[float, float],
) -> tuple[Sharing, ...]:
    return (
        Sharing(Kind.DEVICE, *device),
        Sharing(Kind.IP, *ip),
        Sharing(Kind.ADDRESS, *address),
        Sharing(Kind.INSTRUMENT, *instrument),
    )


TYPOLOGIES: tuple[Typology, ...] = (
    Typology(
        "device_farm",
        0.15,
        _sharing(device=(1.0, 10), ip=(0.8, 10), address=(0.2, 6), instrument=(0.33, 6)),
        signup_days=4,
        campaign_days=8,
        payment_rate=1.6,
        cashout=Cashout.FEW,
        chargeback_share=0.05,
        refund_share=0.03,
        amount_factor=0.8,
    ),
    Typology(
        "stolen_cards",
        0.16,
        _sharing(device=(0.6, 5), ip=(0.5, 6), address=(0.4, 5), instrument=(0.8, 4)),
        signup_days=10,
        campaign_days=10,
        payment_rate=2.0,
        cashout=Cashout.MARKET,
        chargeback_share=0.3,
        refund_share=0.03,
        amount_factor=1.5,
    ),
    Typology(
        "drop_address",
        0.14,
        _sharing(device=(0.35, 4), ip=(0.4, 5), address=(1.0, 12), instrument=(0.33, 4)),
        signup_days=14,
        campaign_days=14,
        payment_rate=1.8,
        cashout=Cashout.MARKET,
        chargeback_share=0.25,
        refund_share=0.04,
        amount_factor=1.4,
        mutates=0.4,
    ),
    Typology(
        "coupon_abuse",
        0.16,
        _sharing(device=(0.7, 6), ip=(0.6, 8), address=(0.7, 7), instrument=(0.33, 4)),
        signup_days=5,
        campaign_days=6,
        payment_rate=1.2,
        cashout=Cashout.FEW,
        chargeback_share=0.01,
        refund_share=0.04,
        amount_factor=0.6,
        mutates=0.2,
        mailbox_share=0.3,
    ),
    Typology(
        "collusive_seller",
        0.12,
        _sharing(device=(0.55, 5), ip=(0.55, 6), address=(0.3, 4), instrument=(0.3, 4)),
        signup_days=20,
        campaign_days=25,
        payment_rate=2.5,
        cashout=Cashout.INSIDE,
        chargeback_share=0.03,
        refund_share=0.02,
        amount_factor=1.2,
    ),
    Typology(
        "refund_ring",
        0.11,
        _sharing(device=(0.45, 5), ip=(0.45, 6), address=(0.6, 7), instrument=(0.5, 4)),
        signup_days=15,
        campaign_days=20,
        payment_rate=1.8,
        cashout=Cashout.MARKET,
        chargeback_share=0.05,
        refund_share=0.35,
        amount_factor=1.3,
        mutates=0.2,
    ),
    Typology(
        "slow_burn",
        0.1,
        _sharing(device=(0.6, 4), ip=(0.4, 5), address=(0.35, 4), instrument=(0.45, 4)),
        signup_days=60,
        campaign_days=35,
        payment_rate=1.6,
        cashout=Cashout.FEW,
        chargeback_share=0.15,
        refund_share=0.04,
        amount_factor=1.6,
    ),
    Typology(
        "weak_chain",
        0.06,
        _sharing(device=(0.2, 2), ip=(0.35, 3), address=(0.25, 2), instrument=(0.2, 2)),
        signup_days=25,
        campaign_days=25,
        payment_rate=1.6,
        cashout=Cashout.MARKET,
        chargeback_share=0.15,
        refund_share=0.05,
        amount_factor=1.3,
        chain=True,
    ),
)
