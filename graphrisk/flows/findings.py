"""What a detection found, turned into the result tables of model/tables.py."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import compress

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from graphrisk.detect.rings import CandidateRings
from graphrisk.flows.suspect import Suspicion
from graphrisk.graph.links import SharedLinks
from graphrisk.graph.projection import AccountGraph
from graphrisk.model import tables
from graphrisk.model.kinds import KindSet
from graphrisk.model.known import LARGEST_AMOUNT, KnownAccounts
from graphrisk.model.rings import MemberRole
from graphrisk.risk.evidence import MemberPaths
from graphrisk.risk.propagation import Propagation
from graphrisk.risk.ring_signals import BASE_NAME
from graphrisk.risk.words import describe_accounts, describe_group, describe_members


@dataclass(frozen=True, slots=True)
class Findings:
    """graph: all pairs by their evidence. detectors: of each ring, see flows.support. propagation: of
    [N, F + 1] worlds, see risk.propagation. shared: what paths.identifier refers to."""

    graph: AccountGraph
    suspicion: Suspicion
    detectors: list[str]
    propagation: Propagation
    paths: MemberPaths
    shared: SharedLinks


@dataclass(frozen=True, slots=True)
class RunTables:
    """The result tables, with the schemas of model/tables.py."""

    ring: pa.Table
    ring_member: pa.Table
    ring_signal: pa.Table
    evidence: pa.Table
    account_risk: pa.Table
    identifier_risk: pa.Table


def tabulate_findings(
    found: Findings, accounts: KnownAccounts, links: SharedLinks, kinds: KindSet
) -> RunTables:
    rings, signals = found.suspicion.rings, found.suspicion.signals
    names = pa.array(rings.names, pa.string())
    return RunTables(
        ring=_ring_table(found, accounts),
        ring_member=_member_table(found, accounts, links, kinds),
        ring_signal=pa.table(
            [
                names.take(pa.array(np.repeat(np.arange(rings.ring_count), len(signals.names)))),
                pa.array(signals.names * rings.ring_count, pa.string()),
                pa.array(signals.values.ravel(), pa.float64()),
                pa.array(signals.points.ravel(), pa.float64()),
                pa.array([sentence for of_ring in signals.sentences for sentence in of_ring], pa.string()),
            ],
            schema=tables.RING_SIGNAL,
        ),
        evidence=_evidence_table(found, accounts, links, kinds),
        account_risk=_risk_table(found, accounts, links),
        identifier_risk=_identifier_table(found, links),
    )  # fmt: skip


def _ring_table(found: Findings, accounts: KnownAccounts) -> pa.Table:
    rings, facts = found.suspicion.rings, found.suspicion.risks.facts
    signals = found.suspicion.signals
    group = found.suspicion.risks.group[rings.members[rings.starts[:-1]]]
    currency, amount_minor = turnover_of_rings(accounts, rings)
    core_count = np.bincount(rings.ring, weights=rings.core, minlength=rings.ring_count)
    is_reason = [name != BASE_NAME for name in signals.names]
    told = zip(signals.sentences, signals.points.tolist(), strict=True)
    reasons = [
        describe_group(list(compress(said, is_reason)), list(compress(gave, is_reason)))
        for said, gave in told
    ]
    return pa.table(
        [
            pa.array(rings.names, pa.string()),
            pa.array(signals.score, pa.float64()),
            pa.array(rings.sizes(), pa.int32()),
            pa.array(core_count.astype(np.int32), pa.int32()),
            pa.array(facts.bad_count[group].astype(np.int32), pa.int32()),
            pa.array(facts.good_count[group].astype(np.int32), pa.int32()),
            pa.array(found.detectors, pa.string()),
            pa.array(amount_minor, pa.int64()),
            pa.array([accounts.turnover.currencies[code] for code in currency.tolist()], pa.string()),
            pa.array(reasons, pa.string()),
        ],
        schema=tables.RING,
    )


def turnover_of_rings(
    accounts: KnownAccounts, rings: CandidateRings
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """[R] the currency in which most payments of each ring's members are (its position in the turnover's
    currencies, the earlier among equals), and what they paid and received in it, minor units."""
    turnover, currency_count = accounts.turnover, len(accounts.turnover.currencies)
    ring_of = np.full(accounts.account_count, -1, dtype=np.int64)
    ring_of[rings.members] = rings.ring
    ring = ring_of[turnover.account]
    inside = ring >= 0
    cell = ring[inside] * currency_count + turnover.currency[inside]
    shape = (rings.ring_count, currency_count)
    payments = np.zeros(shape, dtype=np.int64)
    amounts, rough = np.zeros(shape, dtype=np.int64), np.zeros(shape)
    np.add.at(payments.reshape(-1), cell, turnover.payment_count[inside])
    np.add.at(amounts.reshape(-1), cell, turnover.amount_minor[inside])
    np.add.at(rough.reshape(-1), cell, turnover.amount_minor[inside].astype(np.float64))
    amounts = np.where(
        np.abs(rough) < LARGEST_AMOUNT, amounts, np.sign(rough).astype(np.int64) * LARGEST_AMOUNT
    )
    most = payments.argmax(axis=1)
    return most, amounts[np.arange(rings.ring_count), most]


def _member_table(found: Findings, accounts: KnownAccounts, links: SharedLinks, kinds: KindSet) -> pa.Table:
    rings, paths = found.suspicion.rings, found.paths
    via: list[str] = accounts.account_ids.take(pa.array(paths.via)).to_pylist()
    roles = pa.array([MemberRole.FRINGE.value, MemberRole.CORE.value], pa.string())
    return pa.table(
        [
            pa.array(rings.names, pa.string()).take(pa.array(rings.ring)),
            accounts.account_ids.take(pa.array(rings.members)),
            roles.take(pa.array(rings.core.astype(np.int8))),
            pa.array(found.suspicion.risks.risk[rings.members], pa.float64()),
            pa.array(paths.path_bits, pa.float64()),
            pa.array(describe_members(paths, links, kinds, via), pa.string()),
        ],
        schema=tables.RING_MEMBER,
    )


def _evidence_table(found: Findings, accounts: KnownAccounts, links: SharedLinks, kinds: KindSet) -> pa.Table:
    rings, paths = found.suspicion.rings, found.paths
    hop, identifier = paths.hop, pa.array(paths.identifier)
    return pa.table(
        [
            pa.array(rings.names, pa.string()).take(pa.array(rings.ring[hop])),
            accounts.account_ids.take(pa.array(rings.members[hop])),
            accounts.account_ids.take(pa.array(paths.via[hop])),
            pa.array(kinds.names(), pa.string()).take(pa.array(links.kind_code[paths.identifier])),
            links.identifiers["identifier"].combine_chunks().take(identifier),
            pa.array(links.holder_count[paths.identifier], pa.int32()),
            pa.array(paths.identifier_bits, pa.float64()),
            pa.array(paths.probability[hop], pa.float64()),
        ],
        schema=tables.EVIDENCE,
    )


def _risk_table(found: Findings, accounts: KnownAccounts, links: SharedLinks) -> pa.Table:
    rings, risks = found.suspicion.rings, found.suspicion.risks
    ring_of = np.full(accounts.account_count, -1, dtype=np.int64)
    ring_of[rings.members] = rings.ring
    ring_names = pa.array(rings.names, pa.string()).take(pa.array(ring_of, pa.int64(), mask=ring_of < 0))
    return pa.table(
        [
            accounts.account_ids,
            pa.array(risks.risk, pa.float64()),
            pa.array(np.tanh(found.propagation.belief[:, -1]), pa.float64()),
            ring_names,
            _account_reasons(found, accounts, links),
        ],
        schema=tables.ACCOUNT_RISK,
    )


def _account_reasons(found: Findings, accounts: KnownAccounts, links: SharedLinks) -> pa.Array:
    """One sentence for each account; where an opinion was formed of it, also what raised that most."""
    suspicion = found.suspicion
    place = describe_accounts(suspicion.risks, suspicion.rings, accounts.verdict, links)
    if not len(suspicion.reasons.account):
        return place
    told = np.zeros(accounts.account_count, dtype=bool)
    told[suspicion.reasons.account] = True
    chosen = place.filter(pa.array(told))
    more = pc.binary_join_element_wise(chosen, pa.array(suspicion.reasons.of_accounts, pa.string()), "; ")
    return pc.replace_with_mask(place, pa.array(told), more)


def _identifier_table(found: Findings, links: SharedLinks) -> pa.Table:
    """Of the identifiers that the run judged and found suspicious, worst first."""
    suspicion, reasons = found.suspicion, found.suspicion.reasons
    held = np.zeros(0) if suspicion.held is None else suspicion.held[reasons.identifier]
    order = np.argsort(-held, kind="stable")
    identifier = reasons.identifier[order]
    ring, inside = _rings_that_hold(suspicion.rings, links, identifier)
    names = pa.array(suspicion.rings.names, pa.string()).take(pa.array(ring, pa.int64(), mask=ring < 0))
    return pa.table(
        [
            links.identifiers["kind"].combine_chunks().take(pa.array(identifier)),
            links.identifiers["identifier"].combine_chunks().take(pa.array(identifier)),
            pa.array(held[order], pa.float64()),
            pa.array(links.holder_count[identifier], pa.int32()),
            names,
            pa.array(inside, pa.int32()),
            pa.array([reasons.uses[at] for at in order.tolist()], pa.string()),
            pa.array([reasons.of_identifiers[at] for at in order.tolist()], pa.string()),
        ],
        schema=tables.IDENTIFIER_RISK,
    )


def _rings_that_hold(
    rings: CandidateRings, links: SharedLinks, identifier: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Of each identifier the ring with the most members who hold it, -1 for none (the earlier among equals),
    and how many they are."""
    ring_of = np.full(links.account_count, -1, dtype=np.int64)
    ring_of[rings.members] = rings.ring
    of_link = ring_of[links.account]
    inside = of_link >= 0
    width = max(rings.ring_count, 1)
    pair, count = np.unique(
        links.identifier[inside].astype(np.int64) * width + of_link[inside], return_counts=True
    )
    order = np.lexsort((pair % width, -count, pair // width))
    held, first = np.unique(pair[order] // width, return_index=True)
    ring = np.full(links.identifier_count, -1, dtype=np.int64)
    members = np.zeros(links.identifier_count, dtype=np.int64)
    ring[held], members[held] = (pair[order] % width)[first], count[order][first]
    return ring[identifier], members[identifier]
