"""Links -> rings: read what was known at as-of, weigh, project, partition, score, explain, write."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Protocol, TypeVar

from graphrisk.detect.leiden import LeidenParams, find_communities
from graphrisk.detect.rings import CandidateRings, RingParams, gather_rings
from graphrisk.detect.second_look import regroup_accounts
from graphrisk.errors import InputError
from graphrisk.flows.findings import Findings, RunTables, tabulate_findings
from graphrisk.graph.alike import AlikePairs, Likeness, find_likenesses, project_alike
from graphrisk.graph.alike_links import share_agreements
from graphrisk.graph.family_links import FamilyLinks, add_families, nest_weights
from graphrisk.graph.links import Floats, SharedLinks
from graphrisk.graph.projection import ProjectionParams
from graphrisk.graph.values import KindValues
from graphrisk.graph.weights import WeightParams, prior_log_odds, weigh_identifiers
from graphrisk.model.kinds import Comparison, IdentifierKind, KindSet
from graphrisk.model.known import KnownAccounts
from graphrisk.model.runs import RunRecord
from graphrisk.risk.accounts import assess_accounts, average_risks
from graphrisk.risk.evidence import MemberPaths, trace_members
from graphrisk.risk.propagation import PropagationParams, in_deviations, propagate_risk

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class DetectParams:
    """The [detect] section of graphrisk.toml, flat.

    resolution: gamma, the mean probability of one operator that members must reach; pairs below half of it
    are dropped. prior_log_odds: of two random accounts; None for -ln N, or what is learned where kinds are
    compared for likeness. second_look_deviations: accounts with more propagated belief than so many standard
    deviations are grouped again among themselves (detect/second_look.py). The other fields are those of
    WeightParams, ProjectionParams, LeidenParams, RingParams and PropagationParams.
    """

    resolution: float = 0.03
    prior_log_odds: float | None = None
    degree_cap: int = 300
    max_ring_size: int = 300
    min_ring_size: int = 3
    min_ring_points: float = -0.6
    damping: float = 0.85
    second_look_deviations: float = 2.0
    seed: int = 0

    def __post_init__(self) -> None:
        """Raises ValueError for what makes no sense."""
        allowed = {
            "resolution lies in (0, 1)": 0 < self.resolution < 1,
            "degree_cap is at least 2": self.degree_cap >= 2,
            "min_ring_size is at least 2": self.min_ring_size >= 2,
            "max_ring_size is at least min_ring_size": self.max_ring_size >= self.min_ring_size,
            "damping lies in [0, 1)": 0 <= self.damping < 1,
        }
        for rule, holds in allowed.items():
            if not holds:
                raise ValueError(rule)


class KnownSource(Protocol):
    """What was observed, as it was known at one time."""

    def latest_time(self) -> datetime | None: ...

    def read_known(self, as_of: datetime, kinds: KindSet) -> tuple[KnownAccounts, SharedLinks, str]:
        """Accounts, links, and a digest of both."""
        ...

    def read_values(
        self, as_of: datetime, kinds: Sequence[IdentifierKind]
    ) -> tuple[tuple[KindValues, ...], str]:
        """Of each kind what accounts hold, shared or not, and a digest of it."""
        ...


class RunWriter(Protocol):
    def write_run(self, record: RunRecord, tables: RunTables) -> None:
        """All of it or nothing; replaces a run of the same id."""
        ...


class Meter(Protocol):
    """The world outside: time, memory, versions, and somebody who watches."""

    def now(self) -> datetime: ...

    def seconds(self) -> float: ...

    def peak_memory_bytes(self) -> int: ...

    def versions(self) -> tuple[tuple[str, str], ...]: ...

    def stage(self, words: str) -> None: ...


@dataclass(slots=True)
class _Stages:
    """Times each stage by the meter's clock."""

    meter: Meter
    seconds: list[tuple[str, float]] = field(default_factory=list)

    def run(self, name: str, work: Callable[[], Result]) -> Result:
        self.meter.stage(name)
        began = self.meter.seconds()
        result = work()
        self.seconds.append((name, round(self.meter.seconds() - began, 3)))
        return result


@dataclass(frozen=True, slots=True)
class DetectSetting:
    """as_of: None for the latest time in the tables. worker_count: processes; the result does not depend on
    it."""

    meter: Meter
    as_of: datetime | None = None
    worker_count: int = 1


@dataclass(frozen=True, slots=True)
class _Work:
    stages: _Stages
    worker_count: int


def detect_rings(
    source: KnownSource, writer: RunWriter, kinds: KindSet, params: DetectParams, setting: DetectSetting
) -> RunRecord:
    """One detection, from what `source` knew at as-of to a run written whole. Raises InputError where no
    account is known."""
    meter = setting.meter
    stages = _Stages(meter)
    started_at = meter.now()
    # Where nothing has a time, everything is known at any: one fixed moment keeps the run's name.
    as_of = setting.as_of or source.latest_time() or datetime(1970, 1, 1)  # noqa: DTZ001 - naive UTC
    accounts, links, digest = stages.run("read", lambda: source.read_known(as_of, kinds))
    compared = tuple(kind for kind in kinds.kinds if kind.comparison is not Comparison.EXACT)
    values, values_digest = stages.run("read_values", lambda: source.read_values(as_of, compared))
    if accounts.account_count == 0:
        raise InputError(
            "no account was known by then", where=f"as of {as_of.isoformat()}",
            remedy="load tables first, or choose a later --as-of",
        )  # fmt: skip
    wide = stages.run("compare", lambda: add_families(links, kinds, values))
    likenesses = stages.run("compare_values", lambda: find_likenesses(kinds, values))
    compared_links = ComparedLinks(links, wide, likenesses)
    found = find_rings(accounts, compared_links, params, _Work(stages, setting.worker_count))
    tables = stages.run("explain", lambda: tabulate_findings(found, accounts, found.shared, wide.kinds))
    kind_records = [asdict(kind) for kind in kinds.kinds]
    parameters = json.dumps({**asdict(params), "kinds": kind_records}, sort_keys=True)
    versions = meter.versions()
    digest = hashlib.sha256(f"{digest} {values_digest}".encode()).hexdigest()
    record = RunRecord(
        run_id=_name_run(as_of, parameters, versions, digest), started_at=started_at, as_of=as_of,
        parameters=parameters, input_digest=digest, seed=params.seed, versions=versions,
        counts=(
            ("accounts", accounts.account_count), ("shared_identifiers", links.identifier_count),
            ("shared_links", len(links.account)), ("pairs", found.graph.edge_count),
            ("pairs_of_hubs_left_out", found.graph.uncounted_pair_count),
            ("communities", found.communities.group_count), ("rings", found.rings.ring_count),
            ("accounts_in_rings", len(found.rings.members)),
            ("labelled_bad", int((accounts.verdict > 0).sum())),
            ("labelled_good", int((accounts.verdict < 0).sum())),
            ("propagation_steps", found.propagation.iteration_count),
        ),
        seconds=tuple(stages.seconds), peak_memory_bytes=meter.peak_memory_bytes(),
    )  # fmt: skip
    stages.run("write", lambda: writer.write_run(record, tables))
    return record


@dataclass(frozen=True, slots=True)
class ComparedLinks:
    """observed: what risk and signals look at. wide: with families, from which pairs are made, together with
    the likenesses."""

    observed: SharedLinks
    wide: FamilyLinks
    likenesses: tuple[Likeness, ...] = ()


def find_rings(
    accounts: KnownAccounts, compared: ComparedLinks, params: DetectParams, work: _Work
) -> Findings:
    """The pure part: arrays in, findings out."""
    links, wide, likenesses = compared.observed, compared.wide, compared.likenesses
    ids: list[str] = accounts.account_ids.to_pylist()
    run = work.stages.run
    llr = nest_weights(weigh_identifiers(wide.links, wide.kinds), wide.parent)
    prior = prior_log_odds(WeightParams(params.prior_log_odds), links.account_count)
    projection = ProjectionParams(
        params.degree_cap, keep_probability=params.resolution / 2, learns_prior=params.prior_log_odds is None
    )
    alike = run("project", lambda: project_alike(wide.links, llr, prior, projection, likenesses))
    graph = alike.graph
    leiden = LeidenParams(params.resolution, max_size=params.max_ring_size, seed=params.seed)
    first = run("leiden", lambda: find_communities(graph, ids, leiden, worker_count=work.worker_count))
    propagation = run(
        "propagate", lambda: propagate_risk(links, accounts.verdict, PropagationParams(params.damping))
    )
    belief = in_deviations(propagation.belief, accounts.verdict)
    reached = belief > params.second_look_deviations
    communities = run("second_look", lambda: regroup_accounts(first, reached, graph, ids, leiden))
    risks = run(
        "score",
        lambda: average_risks(
            assess_accounts(links, accounts, first, belief),
            assess_accounts(links, accounts, communities, belief),
        ),
    )
    rings = gather_rings(
        communities, risks.points, graph, ids, RingParams(params.min_ring_size, params.min_ring_points)
    )
    paths, shared = run("trace", lambda: _trace(rings, alike, wide, llr))
    return Findings(graph, communities, rings, propagation, risks, paths, shared)


def _trace(
    rings: CandidateRings, alike: AlikePairs, wide: FamilyLinks, llr: Floats
) -> tuple[MemberPaths, SharedLinks]:
    """Every member's path, and what the accounts on its hops share, nearness included."""
    paths = trace_members(rings, alike.graph, wide.links, llr)
    if not alike.likenesses:
        return paths, wide.links
    hops = (rings.members, paths.via)
    shared, said = share_agreements(wide.links, llr, wide.kinds, alike, hops)
    return trace_members(rings, alike.graph, shared, said), shared


def _name_run(as_of: datetime, parameters: str, versions: tuple[tuple[str, str], ...], digest: str) -> str:
    """The same input, as-of, parameters and versions, the same name."""
    text = "\x00".join((as_of.isoformat(), parameters, json.dumps(versions), digest))
    return f"RUN-{as_of:%Y%m%d}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
