"""Whom to suspect, and whom with whom: a marketplace's accounts, identifiers and communities, judged.

By the prior where it applies (suspect_by_prior.py); otherwise by the company that accounts keep
(suspect_by_company.py), which asks for nothing but links.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from graphrisk.detect.consensus import ConsensusParams, Finder, confirm_members
from graphrisk.detect.held_rings import HoldParams, hold_rings
from graphrisk.detect.leiden import LeidenParams
from graphrisk.detect.rings import CandidateRings, RingParams
from graphrisk.graph.components import Partition
from graphrisk.graph.links import Floats, SharedLinks
from graphrisk.graph.look_alikes import LookAlikes
from graphrisk.graph.projection import AccountGraph
from graphrisk.graph.weights import WeightParams
from graphrisk.model.kinds import KindSet
from graphrisk.model.known import KnownAccounts
from graphrisk.risk.account_features import describe_accounts_by_links
from graphrisk.risk.accounts import AccountRisks
from graphrisk.risk.behaviour import observe_behaviour
from graphrisk.risk.identifier_features import describe_identifiers
from graphrisk.risk.own_model import OwnOpinion, OwnParams
from graphrisk.risk.prior import Described
from graphrisk.risk.ring_signals import RingSignals
from graphrisk.risk.spread import Interval
from graphrisk.risk.use_features import average_users, average_uses, describe_uses, measure_ties

Result = TypeVar("Result")


class Method(StrEnum):
    """By what accounts were judged."""

    PRIOR = "prior"
    COMPANY = "company"


class Runner(Protocol):
    def run(self, name: str, work: Callable[[], Result]) -> Result:
        """The result of a stage, timed and told by its name."""
        ...


@dataclass(frozen=True, slots=True)
class Marketplace:
    """What there is to judge. observed: what accounts hold. links, kinds: with families of values beside.
    graph: pairs by their evidence. llr: [M] nats. belief: [N] from labels, the account's own excluded, in
    standard deviations. fold: [N], see risk.folds. own: int64 positions of identifiers that somebody
    confirmed to be a ring's own. apart: account positions of each ring that somebody rejected. before:
    [K, N] the ring of each account in K earlier runs, the latest first, -1 for none."""

    accounts: KnownAccounts
    observed: SharedLinks
    links: SharedLinks
    kinds: KindSet
    graph: AccountGraph
    llr: Floats
    belief: Floats
    fold: NDArray[np.int64]
    own: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    apart: tuple[NDArray[np.int64], ...] = ()
    before: NDArray[np.int64] = field(default_factory=lambda: np.empty((0, 0), dtype=np.int64))

    def account_ids(self) -> list[str]:
        found: list[str] = self.links.account_ids.to_pylist()
        return found


@dataclass(frozen=True, slots=True)
class Reasons:
    """In words, what raised the opinion of accounts and identifiers most, for those that it made anything of:
    accounts from a probability of being in a ring on, identifiers from one of having been brought by one.

    account, identifier: int64 positions. uses: IdentifierUse of each of `identifier`.
    """

    account: NDArray[np.int64]
    of_accounts: list[str]
    identifier: NDArray[np.int64]
    of_identifiers: list[str]
    uses: list[str]


NO_REASONS = Reasons(np.empty(0, np.int64), [], np.empty(0, np.int64), [], [])


@dataclass(frozen=True, slots=True)
class Suspicion:
    """own: what the marketplace's labels taught. graph: the pairs that hold rings together. signals: of the
    rings, in their order. held: [M] probability that a ring brought an identifier, None where unknown.
    interval: of the accounts' log odds, None where their risks are no probabilities. looks: which accounts
    look alike, None where nobody asked."""

    method: Method
    own: OwnOpinion
    graph: AccountGraph
    communities: Partition
    rings: CandidateRings
    risks: AccountRisks
    signals: RingSignals
    held: Floats | None
    reasons: Reasons
    interval: Interval | None
    looks: LookAlikes | None = None


@dataclass(frozen=True, slots=True)
class SuspectSetting:
    """leiden: of every partition. rings: which communities are rings, by points where company judges, by
    min_ring_score where the prior does. reach_deviations: belief beyond which an account is grouped again
    (detect/second_look.py). weights: of the pairs. widens: whether, where company judges, who
    looks alike counts and communities that keep to themselves stay whole. hold: by what
    earlier rings hold."""

    leiden: LeidenParams
    rings: RingParams
    min_ring_score: float
    reach_deviations: float
    own: OwnParams
    consensus: ConsensusParams
    worker_count: int
    weights: WeightParams
    widens: bool
    hold: HoldParams


def describe_market(market: Marketplace) -> Described:
    links, graph, llr, kinds = market.links, market.graph, market.llr, market.kinds
    behaviour = observe_behaviour(links, market.accounts)
    ties = measure_ties(links, graph, llr)
    things = describe_identifiers(links, behaviour, ties, kinds)
    uses = describe_uses(links, behaviour, market.accounts, ties)
    accounts = describe_accounts_by_links(links, behaviour, graph, llr, things, kinds)
    return Described(
        accounts.beside(average_uses(links, uses, llr)), things.beside(average_users(links, uses)), uses
    )


def hold_earlier_rings(graph: AccountGraph, market: Marketplace, setting: SuspectSetting) -> AccountGraph:
    """As it is where no run is recalled."""
    return hold_rings(graph, market.before, setting.hold) if len(market.before) else graph


def confirm_rings(
    rings: CandidateRings, signals: RingSignals, graph: AccountGraph, find: Finder, setting: SuspectSetting
) -> CandidateRings:
    found = confirm_members(rings, signals.score, graph, find, setting.leiden, setting.consensus)
    return rings.confirmed(found)
