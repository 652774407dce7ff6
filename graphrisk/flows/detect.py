"""Links -> rings: read what was known at as-of, weigh, project, partition, score, name, explain, write."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Protocol

import numpy as np

from graphrisk.detect.consensus import ConsensusParams
from graphrisk.detect.held_rings import HoldParams
from graphrisk.detect.leiden import LeidenParams
from graphrisk.detect.rings import CandidateRings, RingParams
from graphrisk.detect.ties import RingMembers, RingTie, TieParams, find_ties
from graphrisk.errors import InputError
from graphrisk.flows.findings import Findings, RunTables, tabulate_findings
from graphrisk.flows.heed import recalibrate, with_rulings
from graphrisk.flows.name import Naming, RingPast, RunMoment, name_run
from graphrisk.flows.pair import ComparedLinks, Pairs, PairSetting, compare_links, pair_accounts
from graphrisk.flows.recall import EarlierRuns, RingsBefore, with_rings_before
from graphrisk.flows.stages import Meter, Stages
from graphrisk.flows.support import SupportSetting, find_supporters
from graphrisk.flows.suspect import Marketplace, Method, SuspectSetting, Suspicion
from graphrisk.flows.suspect_by_company import suspect_by_company
from graphrisk.flows.suspect_by_prior import suspect_by_prior
from graphrisk.graph.alike_links import share_agreements
from graphrisk.graph.family_links import FamilyLinks
from graphrisk.graph.links import Floats, SharedLinks
from graphrisk.graph.look_alike_links import share_looks
from graphrisk.graph.projection import ProjectionParams
from graphrisk.graph.values import KindValues
from graphrisk.graph.weights import WeightParams
from graphrisk.model.judgements import Judgement, score_scale
from graphrisk.model.kinds import IdentifierKind, KindSet
from graphrisk.model.known import KnownAccounts
from graphrisk.model.rings import Detector
from graphrisk.model.runs import RunRecord
from graphrisk.registry.judgements import Standing, latest_moment, stand_at
from graphrisk.registry.params import NameParams
from graphrisk.registry.rulings import Rulings, derive_rulings, judged_rings
from graphrisk.risk.belief_sources import trace_belief
from graphrisk.risk.evidence import MemberPaths, trace_members
from graphrisk.risk.folds import FOLD_COUNT, assign_folds
from graphrisk.risk.group_facts import describe_groups
from graphrisk.risk.innocence import Innocence, weigh_innocence
from graphrisk.risk.own_model import OwnParams
from graphrisk.risk.prior import Prior, applies
from graphrisk.risk.propagation import (
    Propagation,
    PropagationParams,
    propagate_by_fold,
    without_own_label,
)
from graphrisk.risk.seed_shares import share_seeds
from graphrisk.risk.standing import bar_members

RESOLUTIONS = {Method.PRIOR: 0.04, Method.COMPANY: 0.03}
# Edges at the rings that are asked again how sure they are: seconds in either graph.
ASKED_AGAIN = {Method.PRIOR: 3_000_000, Method.COMPANY: 20_000}
MOST_TRACED = 10_000  # accounts of which is told where their belief comes from, those with most
MOST_SEED_WORK = 20_000_000  # links times worlds spread to tell what labels gave members: three seconds
LEAST_PAIR = 0.005  # probability of one operator below which a pair tells nothing of its accounts


@dataclass(frozen=True, slots=True)
class DetectParams:
    """The [detect] section of graphrisk.toml, flat.

    resolution: gamma, the mean probability of one ring, or of one operator, that members must reach; None for
    .04 where the prior judges and .03 where company does; there, a tenth of it for communities that keep to
    themselves.
    min_ring_score: probability from which a community is called a ring, where the prior judges;
    min_ring_points: the same in points, where company does. second_look_deviations: accounts with more
    propagated belief than so many standard deviations are grouped again among themselves
    (detect/second_look.py), where company judges. ring_margin_share: what a pair that was in one ring
    before counts more, and one that was in two less, when rings are put together (detect/held_rings.py),
    where the prior judges; 0 recalls no run. supporters: detectors beside shared identifiers that are
    asked whether they found a ring too. The other fields are those of WeightParams,
    ProjectionParams, LeidenParams, RingParams and PropagationParams.
    """

    resolution: float | None = None
    prior_log_odds: float | None = None
    degree_cap: int = 300
    max_ring_size: int = 300
    min_ring_size: int = 3
    min_ring_score: float = 0.4
    min_ring_points: float = -0.6
    damping: float = 0.85
    second_look_deviations: float = 2.0
    ring_margin_share: float = 0.25
    supporters: tuple[Detector, ...] = (Detector.CASH_OUT, Detector.CIRCULAR)
    seed: int = 0

    def __post_init__(self) -> None:
        """Raises ValueError for what makes no sense."""
        allowed = {
            "resolution lies in (0, 1)": self.resolution is None or 0 < self.resolution < 1,
            "degree_cap is at least 2": self.degree_cap >= 2,
            "min_ring_size is at least 2": self.min_ring_size >= 2,
            "min_ring_score lies in (0, 1)": 0 < self.min_ring_score < 1,
            "max_ring_size is at least min_ring_size": self.max_ring_size >= self.min_ring_size,
            "damping lies in [0, 1)": 0 <= self.damping < 1,
            "ring_margin_share is not negative": self.ring_margin_share >= 0,
        }
        for rule, holds in allowed.items():
            if not holds:
                raise ValueError(rule)

    def pairing(self) -> PairSetting:
        keep = min(LEAST_PAIR, (self.resolution or 1.0) / 2)
        learns_prior = self.prior_log_odds is None
        projection = ProjectionParams(self.degree_cap, keep_probability=keep, learns_prior=learns_prior)
        return PairSetting(WeightParams(self.prior_log_odds), projection)

    def suspicion(self, method: Method, worker_count: int, *, widens: bool = False) -> SuspectSetting:
        resolution = RESOLUTIONS[method] if self.resolution is None else self.resolution
        return SuspectSetting(
            LeidenParams(resolution, max_size=self.max_ring_size, seed=self.seed),
            RingParams(self.min_ring_size, self.min_ring_points),
            self.min_ring_score,
            self.second_look_deviations,
            OwnParams(self.seed),
            ConsensusParams(most_edges=ASKED_AGAIN[method]),
            worker_count,
            WeightParams(self.prior_log_odds),
            widens,
            HoldParams(self.ring_margin_share, NameParams().decay),
        )


class KnownSource(Protocol):
    """What was observed, as it was known at one time, but for what judgements reject by then."""

    def latest_time(self) -> datetime | None: ...

    def read_known(self, as_of: datetime, kinds: KindSet) -> tuple[KnownAccounts, SharedLinks, str]:
        """Accounts, links, and a digest of both."""
        ...

    def read_values(
        self, as_of: datetime, kinds: Sequence[IdentifierKind]
    ) -> tuple[tuple[KindValues, ...], str]:
        """Of each kind what accounts hold, shared or not, and a digest of it."""
        ...


class NamedPast(RingPast, EarlierRuns, Protocol):
    """What earlier runs found, and what they called it."""


class RunWriter(Protocol):
    def write_run(self, record: RunRecord, tables: RunTables) -> None:
        """All of it or nothing; replaces a run of the same id."""
        ...


@dataclass(frozen=True, slots=True)
class DetectSetting:
    """as_of: None for the latest time in the tables, or of a judgement. worker_count: processes; the result
    does not depend on it. prior: what was learned from simulated marketplaces; None judges by company alone.
    judgements: all that were ever passed, the same that the source heeds. past: None where no other run is
    remembered."""

    meter: Meter
    as_of: datetime | None = None
    worker_count: int = 1
    prior: Prior | None = None
    judgements: tuple[Judgement, ...] = ()
    past: NamedPast | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """asks_again: whether members are asked how sure they are; who is in which ring does not depend on it.
    before: rings of the runs that are recalled."""

    stages: Stages
    worker_count: int
    prior: Prior | None
    as_of: datetime
    standing: Standing
    rulings: Rulings
    asks_again: bool = True
    before: Sequence[RingsBefore] = ()


@dataclass(frozen=True, slots=True)
class JudgedMarket:
    """A marketplace with its rings, before anything is explained."""

    market: Marketplace
    pairs: Pairs
    propagation: Propagation
    setting: SuspectSetting
    suspicion: Suspicion


def detect_rings(
    source: KnownSource, writer: RunWriter, kinds: KindSet, params: DetectParams, setting: DetectSetting
) -> RunRecord:
    """One detection, from what `source` knew at as-of to a run written whole. Raises InputError where no
    account is known."""
    meter = setting.meter
    stages = Stages(meter)
    started_at = meter.now()
    # Where nothing has a time, everything is known at any: one fixed moment keeps the run's name.
    as_of = setting.as_of or _latest_time(source, setting) or datetime(1970, 1, 1)  # noqa: DTZ001 - naive UTC
    standing = stand_at(setting.judgements, as_of)
    before = _recall(setting, params, as_of, standing)
    rulings = derive_rulings(standing)
    work = Work(stages, setting.worker_count, setting.prior, as_of, standing, rulings, before=before)
    accounts, shared, digest = _read_and_compare(source, kinds, work)
    links = shared.observed
    found = find_rings(accounts, shared, params, work)
    suspicion = found.suspicion
    kind_records = [asdict(kind) for kind in kinds.kinds]
    judged_by = {
        "judged_by": suspicion.method.value,
        "labels": suspicion.own.regime.value,
        "prior": setting.prior and setting.prior.digest(),
        "names": asdict(NameParams()),
        "judgements": standing.digest(),
        # By them rings may be others, so a run that recalls other runs is another run
        "rings_before": [each.run_id for each in before if suspicion.method is Method.PRIOR],
    }
    parameters = json.dumps({**asdict(params), "kinds": kind_records, **judged_by}, sort_keys=True)
    versions = meter.versions()
    moment = RunMoment(_name_run(as_of, parameters, versions, digest), as_of, links)
    naming = stages.run("name", lambda: name_run(suspicion.rings, moment, setting.past, NameParams()))
    tables = stages.run(
        "explain",
        lambda: tabulate_findings(
            _renamed(found, naming), accounts, found.shared, shared.wide.kinds, naming.tables
        ),
    )
    record = RunRecord(
        run_id=moment.run_id, started_at=started_at, as_of=as_of,
        parameters=parameters, input_digest=digest, seed=params.seed, versions=versions,
        counts=(
            ("accounts", accounts.account_count), ("shared_identifiers", links.identifier_count),
            ("shared_links", len(links.account)),
            ("families", shared.wide.links.identifier_count - links.identifier_count),
            ("family_links", len(shared.wide.links.account) - len(links.account)),
            ("pairs", found.graph.edge_count),
            ("pairs_of_hubs_left_out", found.graph.uncounted_pair_count),
            ("communities", suspicion.communities.group_count), ("rings", suspicion.rings.ring_count),
            ("accounts_in_rings", len(suspicion.rings.members)),
            ("labelled_bad", int((accounts.verdict > 0).sum())),
            ("labelled_good", int((accounts.verdict < 0).sum())),
            ("propagation_steps", found.propagation.step_count),
            ("own_share_percent", round(100 * suspicion.own.mean_share())),
            ("risk_shift_hundredths", round(100 * suspicion.own.shift)),
            ("judgements", len(standing.stands)), ("judgements_contested", len(standing.contested)),
            *naming.counts(),
        ),
        seconds=tuple(stages.seconds), peak_memory_bytes=meter.peak_memory_bytes(),
    )  # fmt: skip
    stages.run("write", lambda: writer.write_run(record, tables))
    return record


def _latest_time(source: KnownSource, setting: DetectSetting) -> datetime | None:
    times = (source.latest_time(), latest_moment(setting.judgements))
    return max((each for each in times if each is not None), default=None)


def _recall(
    setting: DetectSetting, params: DetectParams, as_of: datetime, standing: Standing
) -> Sequence[RingsBefore]:
    if setting.past is None or setting.prior is None or params.ring_margin_share == 0:
        return ()
    return setting.past.read_rings_before(as_of, standing.digest(), NameParams().memory_count)


def _renamed(found: Findings, naming: Naming) -> Findings:
    return replace(found, suspicion=replace(found.suspicion, rings=naming.rings))


def _read_and_compare(
    source: KnownSource, kinds: KindSet, work: Work
) -> tuple[KnownAccounts, ComparedLinks, str]:
    """Apart, so that the texts compared are let go of. Raises InputError where no account is known."""
    stages, as_of, barred = work.stages, work.as_of, work.rulings.barred_things
    accounts, links, digest = stages.run("read", lambda: source.read_known(as_of, kinds))
    values, of_values = stages.run("read_values", lambda: source.read_values(as_of, kinds.compared()))
    if accounts.account_count == 0:
        raise InputError(
            "no account was known by then", where=f"as of {as_of.isoformat()}",
            remedy="load tables first, or choose a later --as-of",
        )  # fmt: skip
    shared = stages.run("compare", lambda: compare_links(links, kinds, values, barred))
    return accounts, shared, digest_input(digest, of_values, work.standing.digest())


def digest_input(of_known: str, of_values: str, of_judgements: str = "") -> str:
    """One digest of all that a run reads. of_judgements: empty where none stands."""
    parts = (of_known, of_values, of_judgements) if of_judgements else (of_known, of_values)
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()


def find_rings(
    accounts: KnownAccounts, compared: ComparedLinks, params: DetectParams, work: Work
) -> Findings:
    """The pure part: arrays in, findings out."""
    run, links, wide = work.stages.run, compared.observed, compared.wide
    judged = judge_market(accounts, compared, params, work)
    market, found, setting = judged.market, judged.suspicion, judged.setting
    paths, shared = run("trace", lambda: _trace(found, accounts, judged.pairs, wide))
    rings = found.rings
    innocence = run("innocence", lambda: _weigh_innocence(market, rings))
    ties = run("ties", lambda: _find_ties(market, rings, found.signals.score))
    supported = SupportSetting(params.supporters, setting.leiden, work.as_of)
    detectors = run("support", lambda: find_supporters(accounts, found.rings, found.risks.risk, supported))
    spread = PropagationParams(params.damping)
    sources = run(
        "sources", lambda: trace_belief(links, judged.propagation.belief[:, -1], MOST_TRACED, spread)
    )
    # Those of the best rings first: where there are very many, only these are told.
    asked = rings.members[np.argsort(-found.signals.score[rings.ring], kind="stable")]
    seeds = run("seeds", lambda: share_seeds(links, accounts.verdict, asked, spread, MOST_SEED_WORK))
    holding = found.graph.only(found.graph.weight >= setting.leiden.resolution)
    barred = run("bar", lambda: bar_members(rings, holding, wide, market.llr))
    return Findings(
        judged.pairs.alike.graph, found, detectors, innocence, ties, judged.propagation, sources, seeds,
        barred, links, paths, shared, work.standing, work.rulings,
    )  # fmt: skip


def judge_market(
    accounts: KnownAccounts, compared: ComparedLinks, params: DetectParams, work: Work
) -> JudgedMarket:
    """Who is suspected, and with whom in a ring."""
    run, links, wide, rulings = work.stages.run, compared.observed, compared.wide, work.rulings
    pairing = replace(params.pairing(), own_things=rulings.weighty_things())
    pairs = run("project", lambda: pair_accounts(compared, pairing))
    fold = assign_folds(accounts.account_ids.to_pylist(), params.seed)
    spread = PropagationParams(params.damping)
    propagation = run(
        "propagate", lambda: propagate_by_fold(links, accounts.verdict, fold, FOLD_COUNT, spread)
    )
    belief = without_own_label(propagation.belief, accounts.verdict, fold)
    market = Marketplace(accounts, links, wide.links, wide.kinds, pairs.alike.graph, pairs.llr, belief, fold)
    market = with_rings_before(with_rulings(market, rulings), work.before)
    prior = work.prior if applies(wide.links, wide.kinds) else None
    method = Method.COMPANY if prior is None else Method.PRIOR
    # Where values are compared field by field, a ring is a person, whom no thin tie makes.
    widens = method is Method.COMPANY and not pairs.alike.likenesses
    setting = params.suspicion(method, work.worker_count, widens=widens)
    if not work.asks_again:
        setting = replace(setting, consensus=replace(setting.consensus, most_edges=0))
    if prior is None:
        found = suspect_by_company(market, setting, work.stages)
    else:
        found = suspect_by_prior(market, prior, setting, work.stages)
    scale = score_scale(found.method, None if work.prior is None else work.prior.digest())
    judged = judged_rings(work.standing, scale, work.as_of)
    found = recalibrate(found, accounts.account_ids, judged)
    return JudgedMarket(market, pairs, propagation, setting, found)


def _find_ties(market: Marketplace, rings: CandidateRings, score: Floats) -> tuple[RingTie, ...]:
    members = RingMembers(rings.members, rings.starts)
    return find_ties(members, score, market.links, market.llr, market.accounts.trade, TieParams())


def _weigh_innocence(market: Marketplace, rings: CandidateRings) -> Innocence:
    ring_of = rings.of_accounts(market.links.account_count)
    return weigh_innocence(describe_groups(ring_of, market.accounts, market.links, market.llr, market.kinds))


def _trace(
    found: Suspicion, accounts: KnownAccounts, pairs: Pairs, wide: FamilyLinks
) -> tuple[MemberPaths, SharedLinks]:
    """Every member's path, and what the accounts on its hops share, nearness and looks included."""
    if found.looks is not None:
        shared, said = share_looks(wide.links, pairs.llr, wide.kinds, found.looks, accounts)
        return trace_members(found.rings, found.graph, shared, said), shared
    paths = trace_members(found.rings, found.graph, wide.links, pairs.llr)
    if not pairs.alike.likenesses:
        return paths, wide.links
    hops = (found.rings.members, paths.via)
    shared, said = share_agreements(wide.links, pairs.llr, wide.kinds, pairs.alike, hops)
    return trace_members(found.rings, found.graph, shared, said), shared


def _name_run(as_of: datetime, parameters: str, versions: tuple[tuple[str, str], ...], digest: str) -> str:
    """The same input, as-of, parameters and versions, the same name."""
    text = "\x00".join((as_of.isoformat(), parameters, json.dumps(versions), digest))
    return f"RUN-{as_of:%Y%m%d}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
