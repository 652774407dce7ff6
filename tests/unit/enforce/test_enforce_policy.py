"""A policy is checked as a whole, and its digest changes with whatever it says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from graphrisk.enforce.policy import Cap, Caps, Guardrail, Limits, Policy, Tiers, check_policy
from graphrisk.enforce.receivers import Receiver
from graphrisk.errors import ConfigError


def test_the_default_policy_is_in_order_with_every_guardrail_on() -> None:
    policy = Policy()
    check_policy(policy, "policy.toml")
    assert all(policy.is_on(guardrail) for guardrail in Guardrail)


@pytest.mark.parametrize(
    "other",
    [
        Policy(tiers=replace(Tiers(), ban=replace(Tiers().ban, reason="so"))),
        Policy(limits=Limits(off=(Guardrail.HUB,))),
        Policy(caps=Caps(plan=Cap(1, 0.1, 0.1))),
        Policy(allow_list=frozenset({"acc1"})),
        Policy(approvers=(("eve", "00"),)),
        Policy(redress="write to us"),
    ],
)
def test_whatever_the_policy_says_is_in_its_digest(other: Policy) -> None:
    assert other.digest != Policy().digest


def test_who_takes_packages_is_no_part_of_what_may_be_done() -> None:
    assert Policy(receivers=(Receiver("shop", "https://shop.example"),)).digest == Policy().digest


@pytest.mark.parametrize(
    ("policy", "place"),
    [
        (Policy(limits=Limits(off=(Guardrail.ALLOW_LIST,))), "[limits] off"),
        (Policy(limits=Limits(canary_share=1.5)), "[limits] canary_share"),
        (Policy(caps=Caps(day=Cap(1, -0.1, 0.1))), "[caps.day] active_share"),
        (Policy(tiers=replace(Tiers(), monitor=replace(Tiers().monitor, reason=" "))), "[tiers.monitor]"),
        (Policy(tiers=replace(Tiers(), ban=replace(Tiers().ban, least_risk=0.5))), "[tiers.ban] least_risk"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_place(policy: Policy, place: str) -> None:
    with pytest.raises(ConfigError) as failure:
        check_policy(policy, "policy.toml")
    assert place in str(failure.value)
