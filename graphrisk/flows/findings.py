"""What a detection found, turned into the result tables of model/tables.py."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import compress

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.special import logit

from graphrisk.detect.rings import CandidateRings
from graphrisk.detect.ties import RingTie
from graphrisk.flows.found_identifiers import tabulate_identifiers
from graphrisk.flows.name import NamingTables
from graphrisk.flows.support import Supporters
from graphrisk.flows.suspect import Suspicion
from graphrisk.graph.links import SharedLinks
from graphrisk.graph.projection import AccountGraph
from graphrisk.graph.weights import bits
from graphrisk.model import tables
from graphrisk.model.judgements import JUDGED_SIGNAL
from graphrisk.model.kinds import KindSet
from graphrisk.model.known import KnownAccounts
from graphrisk.model.rings import MemberRole
from graphrisk.registry.judgement_rows import tabulate_labels, tabulate_standing
from graphrisk.registry.judgements import NOTHING_STANDS, Standing
from graphrisk.registry.rulings import NO_RULINGS, Rulings
from graphrisk.risk.belief_sources import BeliefSources
from graphrisk.risk.evidence import MemberPaths
from graphrisk.risk.exposure import measure_exposure, sum_amounts
from graphrisk.risk.innocence import EXPLANATIONS, Innocence
from graphrisk.risk.propagation import Propagation
from graphrisk.risk.ring_signals import BASE_NAME
from graphrisk.risk.seed_shares import SeedShares
from graphrisk.risk.words import describe_accounts, describe_group, describe_members, describe_ties


@dataclass(frozen=True, slots=True)
class Findings:
    """graph: all pairs by their evidence. detectors: see flows.support. ties: between rings, their
    identifiers those of `shared`, which paths.identifier refers to, too. propagation: of [N, F + 1] worlds,
    see risk.propagation. sources: of the world that knows all, their identifiers those of `observed`. seeds:
    of members of rings. barred: [S], see risk.standing. standing: what people said, by as-of; rulings: what
    follows from it."""

    graph: AccountGraph
    suspicion: Suspicion
    detectors: Supporters
    innocence: Innocence
    ties: tuple[RingTie, ...]
    propagation: Propagation
    sources: BeliefSources
    seeds: SeedShares
    barred: list[str | None]
    observed: SharedLinks
    paths: MemberPaths
    shared: SharedLinks
    standing: Standing = NOTHING_STANDS
    rulings: Rulings = NO_RULINGS


@dataclass(frozen=True, slots=True)
class RunTables:
    """The result tables, with the schemas of model/tables.py."""

    ring: pa.Table
    ring_member: pa.Table
    ring_signal: pa.Table
    ring_innocence: pa.Table
    ring_tie: pa.Table
    ring_exposure: pa.Table
    evidence: pa.Table
    account_risk: pa.Table
    belief_source: pa.Table
    belief_seed: pa.Table
    identifier_risk: pa.Table
    judgement_held: pa.Table
    judged_label: pa.Table
    ring_event: pa.Table
    ring_move: pa.Table
    ring_carrier: pa.Table


def tabulate_findings(
    found: Findings, accounts: KnownAccounts, links: SharedLinks, kinds: KindSet, naming: NamingTables
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
        ring_innocence=_innocence_table(found),
        ring_tie=_tie_table(found, accounts, links, kinds),
        ring_exposure=_exposure_table(found, accounts),
        evidence=_evidence_table(found, accounts, links, kinds),
        account_risk=_risk_table(found, accounts, links),
        belief_source=_source_table(found, accounts),
        belief_seed=_seed_table(found, accounts),
        identifier_risk=tabulate_identifiers(found.suspicion, links),
        judgement_held=tabulate_standing(found.standing),
        judged_label=tabulate_labels(found.rulings.labels),
        ring_event=naming.ring_event,
        ring_move=naming.ring_move,
        ring_carrier=naming.ring_carrier,
    )  # fmt: skip


def _ring_table(found: Findings, accounts: KnownAccounts) -> pa.Table:
    rings, facts = found.suspicion.rings, found.suspicion.risks.facts
    signals = found.suspicion.signals
    group = found.suspicion.risks.group[rings.members[rings.starts[:-1]]]
    currency, amount_minor = turnover_of_rings(accounts, rings)
    core_count = np.bincount(rings.ring, weights=rings.core, minlength=rings.ring_count)
    best = found.innocence.best()
    is_reason = [name not in (BASE_NAME, JUDGED_SIGNAL) for name in signals.names]
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
            pa.array(found.detectors.of_rings, pa.string()),
            pa.array(amount_minor, pa.int64()),
            pa.array([accounts.turnover.currencies[code] for code in currency.tolist()], pa.string()),
            pa.array([EXPLANATIONS[at].value for at in best.tolist()], pa.string()),
            pa.array(found.innocence.bits[np.arange(len(best)), best], pa.float64()),
            pa.array(reasons, pa.string()),
        ],
        schema=tables.RING,
    )


def _innocence_table(found: Findings) -> pa.Table:
    rings, innocence = found.suspicion.rings, found.innocence
    names = pa.array(rings.names, pa.string())
    return pa.table(
        [
            names.take(pa.array(np.repeat(np.arange(rings.ring_count), len(EXPLANATIONS)))),
            pa.array([each.value for each in EXPLANATIONS] * rings.ring_count, pa.string()),
            pa.array(innocence.bits.ravel(), pa.float64()),
            pa.array([words for of_ring in innocence.words for words in of_ring], pa.string()),
        ],
        schema=tables.RING_INNOCENCE,
    )


def _tie_table(found: Findings, accounts: KnownAccounts, links: SharedLinks, kinds: KindSet) -> pa.Table:
    ties = found.ties
    names = pa.array(found.suspicion.rings.names, pa.string())
    payees = sorted({payee for tie in ties for payee in tie.payees})
    everybody = pa.concat_arrays([accounts.account_ids, accounts.trade.outsider_ids])
    named = dict(zip(payees, everybody.take(pa.array(payees, pa.int64())).to_pylist(), strict=True))
    return pa.table(
        [
            names.take(pa.array([tie.ring for tie in ties], pa.int64())),
            names.take(pa.array([tie.other_ring for tie in ties], pa.int64())),
            pa.array(bits(np.array([tie.evidence_nats for tie in ties])), pa.float64()),
            pa.array([len(tie.identifiers) for tie in ties], pa.int32()),
            pa.array([len(tie.payees) for tie in ties], pa.int32()),
            pa.array(describe_ties(ties, links, kinds, named), pa.string()),
        ],
        schema=tables.RING_TIE,
    )


def _exposure_table(found: Findings, accounts: KnownAccounts) -> pa.Table:
    rings = found.suspicion.rings
    told = measure_exposure(accounts.trade, rings.of_accounts(accounts.account_count))
    currencies = pa.array(accounts.trade.currencies, pa.string())
    return pa.table(
        [
            pa.array(rings.names, pa.string()).take(pa.array(told.ring)),
            currencies.take(pa.array(told.currency)),
            pa.array(told.payment_count),
            pa.array(told.paid_minor),
            pa.array(told.chargeback_minor),
            pa.array(told.refund_minor),
            pa.array(told.received_count),
            pa.array(told.received_minor),
        ],
        schema=tables.RING_EXPOSURE,
    )


def turnover_of_rings(
    accounts: KnownAccounts, rings: CandidateRings
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """[R] the currency in which most payments of each ring's members are (its position in the turnover's
    currencies, the earlier among equals), and what they paid and received in it, minor units."""
    turnover, currency_count = accounts.turnover, len(accounts.turnover.currencies)
    ring = rings.of_accounts(accounts.account_count)[turnover.account]
    inside = ring >= 0
    cell = ring[inside] * currency_count + turnover.currency[inside]
    shape = (rings.ring_count, currency_count)
    payments = np.zeros(shape, dtype=np.int64)
    np.add.at(payments.reshape(-1), cell, turnover.payment_count[inside])
    amounts = sum_amounts(cell, turnover.amount_minor[inside], payments.size).reshape(shape)
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
            pa.array(rings.closeness_share, pa.float64()),
            pa.array(rings.confidence_share, pa.float64(), from_pandas=True),
            pa.array(found.suspicion.risks.risk[rings.members], pa.float64()),
            pa.array(paths.path_bits, pa.float64()),
            pa.array(describe_members(paths, links, kinds, via), pa.string()),
            pa.array(found.barred, pa.string()),
            pa.array(found.detectors.of_members, pa.string()),
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
    ring_of = rings.of_accounts(accounts.account_count)
    ring_names = pa.array(rings.names, pa.string()).take(pa.array(ring_of, pa.int64(), mask=ring_of < 0))
    return pa.table(
        [
            accounts.account_ids,
            pa.array(risks.risk, pa.float64()),
            *_interval_columns(found.suspicion),
            pa.array(np.tanh(found.propagation.belief[:, -1]), pa.float64()),
            ring_names,
            _account_reasons(found, accounts, links),
        ],
        schema=tables.ACCOUNT_RISK,
    )


def _interval_columns(suspicion: Suspicion) -> list[pa.Array]:
    risk = suspicion.risks.risk
    if suspicion.interval is None:
        return [pa.nulls(len(risk), pa.float64())] * 2
    return [pa.array(bound, pa.float64()) for bound in suspicion.interval.around(logit(risk))]


def _source_table(found: Findings, accounts: KnownAccounts) -> pa.Table:
    sources = found.sources
    names = (found.observed.identifiers[column].combine_chunks() for column in ("kind", "identifier"))
    return pa.table(
        [
            accounts.account_ids.take(pa.array(sources.account)),
            *(each.take(pa.array(sources.identifier)) for each in names),
            pa.array(sources.belief, pa.float64()),
            accounts.account_ids.take(pa.array(sources.neighbour)),
            pa.array(sources.of_neighbour, pa.float64()),
        ],
        schema=tables.BELIEF_SOURCE,
    )


def _seed_table(found: Findings, accounts: KnownAccounts) -> pa.Table:
    seeds = found.seeds
    ids = (accounts.account_ids.take(pa.array(each)) for each in (seeds.account, seeds.seed))
    return pa.table([*ids, pa.array(seeds.belief, pa.float64())], schema=tables.BELIEF_SEED)


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
