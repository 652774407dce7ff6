"""The graph that a run looked at, built again from the tables: runs keep what they found, not every pair."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graphrisk.errors import InputError, NotFoundError
from graphrisk.flows.detect import DetectParams, KnownSource, digest_input
from graphrisk.flows.pair import ComparedLinks, Pairs, compare_links, pair_accounts
from graphrisk.flows.suspect import Method
from graphrisk.graph.links import Floats, SharedLinks
from graphrisk.graph.look_alike_links import join_looks, weigh_pair_looks
from graphrisk.graph.look_alikes import LookAlikeParams, find_look_alikes
from graphrisk.graph.projection import AccountGraph
from graphrisk.graph.values import KindValues
from graphrisk.graph.weights import WeightParams, prior_log_odds
from graphrisk.model.findings import SeedShare
from graphrisk.model.judgements import Judgement
from graphrisk.model.kinds import Comparison, IdentifierKind, KindSet, Nature, Normaliser
from graphrisk.model.known import KnownAccounts
from graphrisk.model.rings import Detector
from graphrisk.model.runs import RunRecord
from graphrisk.registry.judgements import Standing, stand_at
from graphrisk.registry.rulings import derive_rulings
from graphrisk.risk.propagation import PropagationParams
from graphrisk.risk.seed_shares import share_seeds


@dataclass(frozen=True, slots=True)
class RunGraph:
    """llr: [M] nats, of each identifier of `links`. graph: the pairs that the run kept, those that only look
    alike among them where it asked who does. look_llr: [E] nats, what looking alike gives each pair."""

    links: SharedLinks
    llr: Floats
    graph: AccountGraph
    look_llr: Floats


def rebuild_graph(source: KnownSource, record: RunRecord, judgements: Sequence[Judgement] = ()) -> RunGraph:
    """With the run's as-of, parameters and kinds. judgements: those that the source heeds. Raises InputError
    where tables or judgements do not say any more what they said to the run."""
    seen = read_again(source, record, judgements)
    rulings = derive_rulings(seen.standing)
    compared = compare_links(seen.links, seen.kinds, seen.values, rulings.barred_things)
    pairing = replace(seen.params.pairing(), own_things=rulings.weighty_things())
    pairs = pair_accounts(compared, pairing)
    graph, look_llr = _with_looks(seen, compared, pairs)
    return RunGraph(compared.wide.links, pairs.llr, graph, look_llr)


def _with_looks(seen: SeenByRun, compared: ComparedLinks, pairs: Pairs) -> tuple[AccountGraph, Floats]:
    """As flows.suspect_by_company has them: who looks alike is asked where company judges, but not where
    values are compared field by field."""
    graph, observed = pairs.alike.graph, compared.observed
    judged_by = json.loads(seen.record.parameters)["judged_by"]
    if judged_by != Method.COMPANY.value or pairs.alike.likenesses:
        return graph, np.zeros(graph.edge_count)
    looks = find_look_alikes(seen.accounts, observed, LookAlikeParams(seed=seen.params.seed))
    prior = prior_log_odds(WeightParams(seen.params.prior_log_odds), observed.account_count)
    joined = join_looks(graph, looks, compared.wide.links, pairs.llr, prior)
    return joined, weigh_pair_looks(joined, looks, observed.account_count)


def ask_seeds(seen: SeenByRun, account_ids: Sequence[str]) -> tuple[SeedShare, ...]:
    """What each labelled account gave the belief of these, as risk/seed_shares.py tells it, in the order
    asked, the largest first. Raises NotFoundError for an account that the run did not know."""
    ids = seen.accounts.account_ids
    asked = pc.index_in(pa.array(account_ids, pa.string()), ids)
    if asked.null_count:
        unknown = account_ids[pc.index(asked.is_null(), value=True).as_py()]
        raise NotFoundError(
            "no such account in this run", value=unknown, remedy="ids are case-sensitive, as in the tables"
        )
    found = share_seeds(
        seen.links, seen.accounts.verdict, np.asarray(asked, dtype=np.int64),
        PropagationParams(seen.params.damping),
    )  # fmt: skip
    told = ids.take(pa.array(found.account)).to_pylist(), ids.take(pa.array(found.seed)).to_pylist()
    place = {account_id: at for at, account_id in enumerate(account_ids)}
    shares = [SeedShare(*row) for row in zip(*told, found.belief.tolist(), strict=True)]
    return tuple(sorted(shares, key=lambda share: place[share.account_id]))


@dataclass(frozen=True, slots=True)
class SeenByRun:
    """What a run read, and how it was told to look at it. values: of the kinds that are compared. standing:
    what people had said."""

    record: RunRecord
    params: DetectParams
    kinds: KindSet
    accounts: KnownAccounts
    links: SharedLinks
    values: tuple[KindValues, ...]
    standing: Standing


def read_again(source: KnownSource, record: RunRecord, judgements: Sequence[Judgement] = ()) -> SeenByRun:
    """With the run's as-of, parameters and kinds. Raises InputError as `rebuild_graph` does."""
    params, kinds = _parameters(record)
    accounts, links, digest = source.read_known(record.as_of, kinds)
    values, values_digest = source.read_values(record.as_of, kinds.compared())
    standing = stand_at(judgements, record.as_of)
    if digest_input(digest, values_digest, standing.digest()) != record.input_digest:
        raise changed_since(record)
    return SeenByRun(record, params, kinds, accounts, links, values, standing)


def changed_since(record: RunRecord) -> InputError:
    return InputError(
        "the tables, the judgements or the version of graphrisk have changed since the run",
        where=record.run_id,
        remedy="run `graphrisk detect` again, and ask the new run",
    )


def _parameters(record: RunRecord) -> tuple[DetectParams, KindSet]:
    told = json.loads(record.parameters)
    kinds = [
        IdentifierKind(
            **{
                **kind,
                "normaliser": Normaliser(kind["normaliser"]),
                "nature": Nature(kind["nature"]),
                "comparison": Comparison(kind["comparison"]),
            }
        )
        for kind in told["kinds"]
    ]
    known = {each.name for each in fields(DetectParams)}
    told["supporters"] = tuple(Detector(name) for name in told["supporters"])
    return DetectParams(**{name: told[name] for name in known & told.keys()}), KindSet.of(kinds)
