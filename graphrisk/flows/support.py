"""Which other detectors found a ring of shared identifiers too. They support it; none makes a ring alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from graphrisk.detect.candidates import Candidates
from graphrisk.detect.cash_out import CashOutParams, find_cash_out
from graphrisk.detect.circular import CircularParams, find_circular
from graphrisk.detect.dense_blocks import DenseBlockParams, find_dense_blocks
from graphrisk.detect.leiden import LeidenParams
from graphrisk.detect.lockstep import LockstepParams, find_lockstep
from graphrisk.detect.merge import MergeParams, merge_candidates, supported_rings
from graphrisk.detect.rings import CandidateRings
from graphrisk.graph.links import Floats
from graphrisk.model.known import KnownAccounts
from graphrisk.model.rings import Detector

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - naive UTC


@dataclass(frozen=True, slots=True)
class SupportSetting:
    """detectors: those that are asked. as_of: naive UTC."""

    detectors: tuple[Detector, ...]
    leiden: LeidenParams
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Supporters:
    """Names of detectors, comma-separated, identity first. of_rings: [R] those that found each. of_members:
    [S] those in whose own group each member of a ring that they found is."""

    of_rings: list[str]
    of_members: list[str]


def find_supporters(
    accounts: KnownAccounts, rings: CandidateRings, risk: Floats, setting: SupportSetting
) -> Supporters:
    """risk: [N] probabilities."""
    identity = Candidates(
        Detector.IDENTITY, rings.members, rings.starts, np.ones(rings.ring_count, dtype=np.float64)
    )
    asked: dict[Detector, Callable[[], Candidates]] = {
        Detector.LOCKSTEP: lambda: find_lockstep(
            accounts.trade, accounts.account_ids, setting.leiden, LockstepParams()
        ),
        Detector.DENSE_BLOCKS: lambda: find_dense_blocks(
            accounts.trade, accounts.account_count, _microseconds(setting.as_of), DenseBlockParams()
        ),
        Detector.CASH_OUT: lambda: _find_cash_out_at_payees(accounts, risk),
        Detector.CIRCULAR: lambda: find_circular(accounts.trade, accounts.account_count, CircularParams()),
    }
    others = [find() for detector, find in asked.items() if detector in setting.detectors]
    merged = merge_candidates(identity, others, MergeParams())
    of_rings = [",".join(each.value for each in found) for found in merged.detectors[: rings.ring_count]]
    return Supporters(of_rings, _name_of_members(rings, others))


def _name_of_members(rings: CandidateRings, others: Sequence[Candidates]) -> list[str]:
    members = [set(group.tolist()) for group in np.split(rings.members, rings.starts[1:-1])]
    ring_of = dict(zip(rings.members.tolist(), rings.ring.tolist(), strict=True))
    found: dict[int, set[Detector]] = {account: {Detector.IDENTITY} for account in ring_of}
    for candidates in others:
        for group in candidates.communities():
            inside = frozenset(group.tolist())
            for at in supported_rings(inside, members, ring_of, MergeParams().overlap_share):
                for account in inside & members[at]:
                    found[account].add(candidates.detector)
    return [
        ",".join(each.value for each in Detector if each in found[account])
        for account in rings.members.tolist()
    ]


def _find_cash_out_at_payees(accounts: KnownAccounts, risk: Floats) -> Candidates:
    trade = accounts.trade
    named = trade.payee >= 0
    owner = np.arange(int(trade.payee.max(initial=-1)) + 1, dtype=np.int32)
    owner[owner >= accounts.account_count] = -1  # payees that are no accounts
    found, _ = find_cash_out(trade.payer[named], trade.payee[named], risk, CashOutParams(), owner)
    return found


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)
