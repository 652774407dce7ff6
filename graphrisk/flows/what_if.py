"""What if some identifiers had never been seen: the detection made again without them, and what then becomes
of a ring. Nothing is told that a detection did not confirm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import expit

from graphrisk.detect.held_rings import hold_pairs
from graphrisk.errors import NotFoundError
from graphrisk.flows.detect import JudgedMarket, KnownSource, Work, judge_market
from graphrisk.flows.pair import compare_links
from graphrisk.flows.rebuild import SeenByRun, changed_since, read_again
from graphrisk.flows.recall import RingsBefore
from graphrisk.flows.stages import Meter, Stages
from graphrisk.flows.suspect import Method
from graphrisk.flows.suspect_by_prior import find_brought, with_own_labels
from graphrisk.graph.causes import other_names
from graphrisk.graph.family_links import FamilyLinks
from graphrisk.graph.links import Floats
from graphrisk.graph.projection import AccountGraph, SuspectParams
from graphrisk.graph.weights import prior_log_odds
from graphrisk.graph.without import Value, drop_links, drop_values, spell_out
from graphrisk.model.bursts import BURST
from graphrisk.model.counterfactuals import Counterfactual, RemovedThing, RingPart, Search
from graphrisk.model.findings import RingDossier
from graphrisk.model.judgements import Judgement
from graphrisk.model.runs import RunRecord
from graphrisk.registry.rulings import derive_rulings
from graphrisk.risk.counterfactual import (
    Enquiry,
    Proposal,
    RingSurroundings,
    SearchParams,
    has_left,
    is_apart,
    propose,
)
from graphrisk.risk.prior import Prior

Longs = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Scene:
    """What a run saw and found, made again in memory. wide: what its pairs were made of."""

    seen: SeenByRun
    prior: Prior | None
    meter: Meter
    wide: FamilyLinks
    judged: JudgedMarket
    before: Sequence[RingsBefore]


@dataclass(frozen=True, slots=True)
class Aftermath:
    """Of every known account [N] the community and the ring after a removal, -1 for none."""

    community: NDArray[np.int32]
    ring: Longs


def set_scene(
    source: KnownSource,
    record: RunRecord,
    prior: Prior | None,
    meter: Meter,
    judgements: Sequence[Judgement] = (),
    before: Sequence[RingsBefore] = (),
) -> Scene:
    """judgements: those that the source heeds. before: of the runs that this one recalled. Raises InputError
    where the tables, the judgements, or what judges, have changed since the run."""
    seen = read_again(source, record, judgements)
    work = _work(seen, prior, meter, before)
    compared = compare_links(seen.links, seen.kinds, seen.values, work.rulings.barred_things)
    judged = judge_market(seen.accounts, compared, seen.params, work)
    if dict(record.counts).get("rings") != judged.suspicion.rings.ring_count:
        raise changed_since(record)
    return Scene(seen, prior, meter, compared.wide, judged, before)


def detect_without(scene: Scene, things: tuple[Value, ...]) -> Aftermath:
    """The whole detection, as the run made it, on tables that never held these things: kind and identifier,
    or kind of family and name of family."""
    seen = scene.seen
    gone = frozenset[Value]().union(*(spell_out(each, seen.kinds, seen.values) for each in things))
    links = drop_links(seen.links, gone, seen.values)
    values = tuple(drop_values(each, gone) for each in seen.values)
    work = _work(seen, scene.prior, scene.meter, scene.before)
    compared = compare_links(links, seen.kinds, values, work.rulings.barred_things)
    found = judge_market(seen.accounts, compared, seen.params, work).suspicion
    return Aftermath(found.communities.label, found.rings.of_accounts(seen.accounts.account_count))


def ask_what_if(
    scene: Scene, dossier: RingDossier, account_id: str | None, params: SearchParams
) -> Counterfactual:
    """The least that must go for the account to leave, or, without one, for the ring to fall apart. Raises
    NotFoundError where the ring has no such member, InputError where the run's ring is not found again."""
    ids = scene.seen.accounts.account_ids
    told = pa.array([each.account_id for each in dossier.members], pa.string())
    members = np.sort(np.asarray(pc.index_in(told, ids).fill_null(-1), dtype=np.int64))
    ring = scene.judged.suspicion.rings.of_accounts(len(ids))
    if len(members) == 0 or members[0] < 0 or not _is_ring(ring, members):
        raise changed_since(scene.seen.record)
    account = None
    if account_id is not None:
        position = pc.index(told, account_id).as_py()
        if position < 0:
            raise NotFoundError(f"no such account in {dossier.ring.ring_id}", value=account_id)
        account = int(pc.index(ids, account_id).as_py())
    around, things, near = look_around(scene, members)
    local = None if account is None else int(np.searchsorted(near, account))
    leiden = scene.judged.setting.leiden
    detected = 0
    for proposal in propose(around, Enquiry(local, leiden, params)):
        if detected == params.most_proposed:
            break
        detected += 1
        removed = other_names(scene.wide, things[np.array(proposal.things, dtype=np.int64)])
        told_things = _tell_things(scene, removed)
        after = detect_without(scene, tuple((each.kind, each.identifier) for each in told_things))
        if _confirms(after, members, account, params):
            search = _search_of(proposal, detected)
            return Counterfactual(
                account_id, told_things, search, detected, params.most_removed,
                tell_parts(after, members[members != account]),
            )  # fmt: skip
    return Counterfactual(account_id, (), None, detected, params.most_removed, ())


def tell_parts(after: Aftermath, members: Longs) -> tuple[RingPart, ...]:
    """What becomes of a ring's members, the largest part first; those who are with no other member last."""
    community, ring = after.community[members], after.ring[members]
    parts = []
    alone = int((community < 0).sum())
    for label in np.unique(community[community >= 0]).tolist():
        inside = community == label
        if inside.sum() == 1:
            alone += 1
        else:
            parts.append(RingPart(int(inside.sum()), bool((ring[inside] >= 0).all())))
    parts.sort(key=lambda part: (-part.size, not part.is_ring))
    return (*parts, *[RingPart(1, is_ring=False)] * alone)


def look_around(scene: Scene, members: Longs) -> tuple[RingSurroundings, Longs, Longs]:
    """The ring with those next to it; of each thing that may go its position among the wide identifiers; the
    accounts' positions in the whole."""
    judged, wide = scene.judged, scene.wide
    graph, links = judged.suspicion.graph, wide.links
    near = _next_to(graph, members)
    among = graph.among(near)
    said, bare = _evidence(judged, near, among)
    inside = np.zeros(links.account_count, dtype=np.bool_)
    inside[members] = True
    held_by = np.bincount(links.identifier[inside[links.account]], minlength=links.identifier_count)
    holders = links.known_holder_count()
    bursts = np.char.endswith(np.array(wide.kinds.names()), f"_{BURST}")[links.kind_code]
    chosen = np.flatnonzero((held_by >= 2) & (said > 0) & ~bursts)
    # Of equals the rarer: it is the more telling, and fewer strangers lose it.
    things = chosen[np.lexsort((chosen, holders[chosen]))]
    shared_by_any, parts = _go_with(wide, things)
    held = links.incidence().tocsr()[near][:, shared_by_any]
    both = held[among.source].multiply(held[among.target]).tocsr()
    going = np.asarray(both @ said[shared_by_any]).ravel()
    positions = np.searchsorted(near, members)
    around = RingSurroundings(
        account_ids=tuple(scene.seen.accounts.account_ids.take(pa.array(near)).to_pylist()),
        members=positions, graph=among, bare_odds=bare, staying=np.maximum(among.llr - going, 0.0),
        shared=sparse.csr_array(both @ sparse.diags_array(said[shared_by_any])),
        parts=parts,
        holds=np.asarray(links.incidence().tocsr()[members][:, things].T.toarray() > 0),
    )  # fmt: skip
    return around, things, near


def _evidence(judged: JudgedMarket, near: Longs, among: AccountGraph) -> tuple[Floats, Floats]:
    """What sharing each identifier adds to a pair, [M] nats, and the log odds of each pair without it."""
    market, found = judged.market, judged.suspicion
    if found.method is Method.PRIOR and found.held is not None:
        known = with_own_labels(found.own.odds, market.accounts.verdict)
        said = np.log1p(find_brought(found.held, known, market) * np.expm1(market.llr))
        risk = expit(known)[near]
        prior_odds = SuspectParams().prior_log_odds(market.links.account_count)
        other = prior_odds + np.log(risk[among.source]) + np.log(risk[among.target])
        if len(market.before):  # to first order, which is enough for a guess
            other = other + np.log(hold_pairs(among, market.before[:, near], judged.setting.hold))
        return np.asarray(said), np.asarray(other)
    prior = prior_log_odds(judged.setting.weights, market.links.account_count)
    return market.llr, np.full(among.edge_count, prior)


def _go_with(wide: FamilyLinks, things: Longs) -> tuple[Longs, NDArray[np.bool_]]:
    """[I] the identifiers that are one of the things or lie in one, rising; [U, I] which of them goes with
    which thing. Of all identifiers there is no such matrix: a shop may have millions."""
    row_of = np.full(wide.links.identifier_count + 1, -1, dtype=np.int64)
    row_of[things] = np.arange(len(things))
    ahead = np.arange(wide.links.identifier_count)
    rows, identifiers = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    while (ahead >= 0).any():
        inside = np.flatnonzero(row_of[ahead] >= 0)
        rows.append(row_of[ahead[inside]])
        identifiers.append(inside)
        ahead = np.where(ahead >= 0, wide.parent[ahead], -1)
    found, column = np.unique(np.concatenate(identifiers), return_inverse=True)
    parts = np.zeros((len(things), len(found)), dtype=np.bool_)
    parts[np.concatenate(rows), column] = True
    return found, parts


def _next_to(graph: AccountGraph, members: Longs) -> Longs:
    inside = np.zeros(graph.account_count, dtype=np.bool_)
    inside[members] = True
    near = inside.copy()
    near[graph.target[inside[graph.source]]] = True
    near[graph.source[inside[graph.target]]] = True
    return np.flatnonzero(near)


def _confirms(after: Aftermath, members: Longs, account: int | None, params: SearchParams) -> bool:
    if account is None:
        return is_apart(after.ring, members, params.kept_share)
    return has_left(after.ring, members, account, params.left_share)


def _search_of(proposal: Proposal, detected: int) -> Search:
    """A set that was taken after the first was refused is not known to be the least."""
    return proposal.search if detected == 1 or proposal.search is not Search.EXACT else Search.GREEDY


def _tell_things(scene: Scene, things: Longs) -> tuple[RemovedThing, ...]:
    links = scene.wide.links
    chosen = links.identifiers.take(pa.array(things)).to_pylist()
    counts = links.holder_count[things].tolist()
    return tuple(
        RemovedThing(row["kind"], row["identifier"], count) for row, count in zip(chosen, counts, strict=True)
    )


def _is_ring(ring: Longs, members: Longs) -> bool:
    first = ring[members[0]]
    return bool(first >= 0 and (ring[members] == first).all() and (ring == first).sum() == len(members))


def _work(seen: SeenByRun, prior: Prior | None, meter: Meter, before: Sequence[RingsBefore]) -> Work:
    rulings, as_of = derive_rulings(seen.standing), seen.record.as_of
    return Work(Stages(meter), 1, prior, as_of, seen.standing, rulings, asks_again=False, before=before)
