"""Guardrails of a whole plan: how many accounts, how much turnover, and how much hangs on one identifier.

Who is surest goes first; whoever would exceed a cap is left out, and the next may still fit. What hangs on
one identifier is a share of the plan, which shrinks with it: so both are tried again until nothing changes.
Only ever fewer are left, so that this ends, and whoever is left passes every cap.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from graphrisk.enforce.facts import RunFacts
from graphrisk.enforce.policy import Cap, Guardrail, Policy


@dataclass(frozen=True, slots=True)
class Candidate:
    """An account that something above monitor is newly imposed on. hangs_on: the one (kind, identifier) that
    it hangs on (evidence.hanging_on), None: on more than one, or on none. counts_already: something above
    monitor stands on it in its ring, which counts there."""

    ring_id: str
    market: str
    day: date
    turnover_share: float
    hangs_on: tuple[str, str] | None
    counts_already: bool = False


@dataclass(frozen=True, slots=True)
class Spent:
    """What was done already under one cap: accounts, and their turnover share."""

    accounts: int
    turnover_share: float


# By guardrail, and by ring, market, or day (ISO 8601)
Spending: TypeAlias = dict[tuple[Guardrail, str], Spent]


def choose_within_caps(
    candidates: Sequence[Candidate], policy: Policy, run: RunFacts, spent: Spending
) -> list[Guardrail | None]:
    """For each candidate, surest first, the guardrail that leaves it out, None: it stays."""
    out: list[Guardrail | None] = [None] * len(candidates)
    while True:
        before = list(out)
        _hold_caps(candidates, out, policy, run, spent)
        if policy.is_on(Guardrail.ONE_IDENTIFIER):
            _hold_identifiers(candidates, out, policy)
        if out == before:
            return out


@dataclass(slots=True)
class _Room:
    """What is left under one cap."""

    accounts: int
    turnover_share: float

    def takes(self, turnover_share: float) -> bool:
        return self.accounts >= 1 and self.turnover_share + 1e-12 >= turnover_share

    def take(self, turnover_share: float) -> None:
        self.accounts -= 1
        self.turnover_share -= turnover_share


def room_under(cap: Cap, active_count: int, small_count: int) -> int:
    """Accounts: the number of the cap, and the share of active accounts, of which the first small_count are
    always allowed."""
    by_share = max(math.floor(cap.active_share * active_count), small_count)
    return min(cap.accounts, by_share)


def _hold_caps(
    candidates: Sequence[Candidate],
    out: list[Guardrail | None],
    policy: Policy,
    run: RunFacts,
    spent: Spending,
) -> None:
    rooms: dict[tuple[Guardrail, str], _Room] = {}

    def room(guardrail: Guardrail, key: str) -> _Room:
        if (guardrail, key) not in rooms:
            rooms[guardrail, key] = _open_room(guardrail, key, policy, run, spent)
        return rooms[guardrail, key]

    for at, candidate in enumerate(candidates):
        if out[at] is not None:
            continue
        asked = [(guardrail, room(guardrail, key)) for guardrail, key in _keys(candidate, policy)]
        out[at] = next(
            (guardrail for guardrail, each in asked if not each.takes(candidate.turnover_share)), None
        )
        if out[at] is None:
            for _, each in asked:
                each.take(candidate.turnover_share)


def _keys(candidate: Candidate, policy: Policy) -> list[tuple[Guardrail, str]]:
    """The caps that the candidate counts against."""
    keys = [
        (Guardrail.CAP_RING, candidate.ring_id), (Guardrail.CAP_MARKET, candidate.market),
        (Guardrail.CAP_DAY, candidate.day.isoformat()), (Guardrail.CAP_PLAN, ""),
    ]  # fmt: skip
    if candidate.counts_already:
        del keys[0]
    return [(guardrail, key) for guardrail, key in keys if policy.is_on(guardrail)]


def _open_room(guardrail: Guardrail, key: str, policy: Policy, run: RunFacts, spent: Spending) -> _Room:
    caps = policy.caps
    cap = {
        Guardrail.CAP_RING: caps.ring, Guardrail.CAP_MARKET: caps.market, Guardrail.CAP_DAY: caps.day,
        Guardrail.CAP_PLAN: caps.plan,
    }[guardrail]  # fmt: skip
    active = dict(run.active_by_market).get(key, 0) if guardrail is Guardrail.CAP_MARKET else run.active_count
    used = spent.get((guardrail, key), Spent(0, 0.0))
    left = room_under(cap, active, caps.small_count) - used.accounts
    return _Room(left, cap.turnover_share - used.turnover_share)


def _hold_identifiers(candidates: Sequence[Candidate], out: list[Guardrail | None], policy: Policy) -> None:
    """The least sure of those who hang on a thing are left out, the thing of most accounts first."""
    share, small = policy.limits.one_identifier_share, policy.caps.small_count
    while True:
        staying = [at for at, why in enumerate(out) if why is None]
        hanging = Counter(candidates[at].hangs_on for at in staying)
        hanging.pop(None, None)
        most = max(small, math.floor(share * len(staying)))
        over = [(count, thing) for thing, count in hanging.items() if thing is not None and count > most]
        if not over:
            return
        _, worst = max(over)
        theirs = [at for at in staying if candidates[at].hangs_on == worst]
        others = len(staying) - len(theirs)
        kept = max(small, math.floor(share * others / (1 - share)) if share < 1 else len(theirs))
        # At least one fewer each time: what is left may round up
        for at in theirs[min(kept, len(theirs) - 1) :]:
            out[at] = Guardrail.ONE_IDENTIFIER
