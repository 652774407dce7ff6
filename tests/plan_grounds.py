"""Members of rings and what a plan is made on, made up by hand for tests of plans."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from graphrisk.enforce.caps import Spending
from graphrisk.enforce.facts import MemberFacts, RunFacts, SharedThing
from graphrisk.enforce.make_plan import Ground
from graphrisk.enforce.plan import PlanOrder
from graphrisk.enforce.policy import Policy
from graphrisk.enforce.state import EnforcementState, replay
from graphrisk.model.enforcement import Money
from graphrisk.model.kinds import BUILT_IN_KINDS
from graphrisk.model.rings import Detector, MemberRole

NOW = datetime(2026, 3, 2, 9)  # noqa: DTZ001 - naive UTC, as everywhere
KEY = b"k" * 32


def thing(
    kind: str, identifier: str = "", holders: int = 4, in_ring: int = 4, **given: object
) -> SharedThing:
    """A thing that the ring's members began to use within the same days."""
    facts = {
        "kind": kind, "identifier": identifier or f"{kind}-1", "account_count": holders,
        "ring_account_count": in_ring, "first_seen_at": NOW - timedelta(days=20),
        "others_first_seen_at": NOW - timedelta(days=21), "event_count": 5, "ring_brought": None,
    }  # fmt: skip
    return SharedThing(**{**facts, **given})  # type: ignore[arg-type]


FOUR_SIDES = (thing("address"), thing("device"), thing("instrument"), thing("phone"))


def member(account_id: str, **given: object) -> MemberFacts:
    """By default somebody whom every tier and no guardrail reaches: four kinds of evidence, losses of his
    own, sure to be in a sure ring."""
    facts = {
        "account_id": account_id, "ring_id": "RING-A", "ring_score": 0.99, "role": MemberRole.CORE,
        "confidence": 1.0, "risk": 0.995, "risk_low": 0.98, "risk_high": 0.999, "not_automatic": None,
        "detectors": (Detector.IDENTITY,), "market": "DE", "is_labelled_bad": False,
        "is_labelled_good": False, "payment_count": 6, "lost_payment_count": 3, "turnover_share": 0.0001,
        "loss_share": 0.01, "money": (Money("EUR", 6_000, 3_000, 0),), "event_count": 20,
        "shared_event_count": 15, "things": FOUR_SIDES,
    }  # fmt: skip
    return MemberFacts(**{**facts, **given})  # type: ignore[arg-type]


def run_facts(**given: object) -> RunFacts:
    facts = {
        "run_id": "RUN-1", "as_of": NOW - timedelta(days=1), "is_calibrated": True, "account_count": 10_000,
        "active_by_market": (("DE", 6_000), ("FR", 4_000)), "data_digest": "data",
        "judgements_digest": "said",
    }  # fmt: skip
    return RunFacts(**{**facts, **given})  # type: ignore[arg-type]


def token_of(account_id: str) -> str:
    return hashlib.sha256(account_id.encode()).hexdigest()[:26]


def ground(
    policy: Policy | None = None,
    *,
    run: RunFacts | None = None,
    state: EnforcementState | None = None,
    spent: Spending | None = None,
    good: frozenset[str] = frozenset(),
) -> Ground:
    return Ground(
        run or run_facts(),
        BUILT_IN_KINDS,
        policy or Policy(),
        state or replay(()),
        spent or {},
        token_of,
        KEY,
        good,
    )


def order(**given: object) -> PlanOrder:
    return PlanOrder(**{"author": "ann", "made_at": NOW, **given})  # type: ignore[arg-type]


def many(count: int, **given: object) -> Sequence[MemberFacts]:
    """Members of rings of ten each, who share nothing with other rings."""
    return [
        member(f"acc{at:05}", **{"ring_id": f"RING-{at // 10:04}", "things": _own_things(at // 10), **given})
        for at in range(count)
    ]


def _own_things(ring: int) -> tuple[SharedThing, ...]:
    kinds = ("address", "device", "instrument", "phone")
    return tuple(thing(kind, f"{kind}-{ring}", holders=10, in_ring=10) for kind in kinds)
