"""Looking alike as one more thing that accounts share: so that it makes pairs, is explained, and has bits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.special import logit

from graphrisk.graph.alike import shared_evidence
from graphrisk.graph.blocking import pair_by_keys
from graphrisk.graph.links import Floats, SharedLinks
from graphrisk.graph.look_alikes import LookAlikes
from graphrisk.graph.projection import AccountGraph
from graphrisk.graph.weights import pair_probability
from graphrisk.model.derived_kinds import LOOK_ALIKE
from graphrisk.model.kinds import KindSet
from graphrisk.model.known import KnownAccounts


def weigh_looks(looks: LookAlikes, account_count: int) -> Floats:
    """[G] nats: two of a group, and nothing else known, have one operator with the probability
    trust x share."""
    return np.asarray(
        np.maximum(logit(LOOK_ALIKE.trust_share * looks.share) + np.log(max(account_count, 2)), 0.0)
    )


def share_looks(
    links: SharedLinks, llr: Floats, kinds: KindSet, looks: LookAlikes, accounts: KnownAccounts
) -> tuple[SharedLinks, Floats]:
    """The links and their llr with one more identifier for each group, called by what its members have in
    common. kinds: with the derived ones."""
    alike = np.flatnonzero(looks.group >= 0)
    members = alike[np.argsort(looks.group[alike], kind="stable")]
    of_member = looks.group[members]
    texts = _describe(of_member, members, accounts)
    new = pa.table(
        {
            "kind": pa.array([LOOK_ALIKE.name] * len(texts), pa.string()),
            "identifier": pa.array(texts, pa.string()),
        }
    )
    first, last, events = links.times_with(len(members))
    code = kinds.names().index(LOOK_ALIKE.name)
    wider = SharedLinks(
        account_ids=links.account_ids,
        identifiers=pa.concat_tables((links.identifiers, new)).combine_chunks(),
        account=np.concatenate((links.account, members)).astype(np.int32),
        identifier=np.concatenate((links.identifier, links.identifier_count + of_member)).astype(np.int32),
        kind_code=np.append(links.kind_code, np.full(len(texts), code)).astype(np.int32),
        holder_count=np.append(links.holder_count, np.bincount(of_member)).astype(np.int32),
        private_count=links.private_count,
        first_seen_at=first,
        last_seen_at=last,
        event_count=events,
    )
    return wider, np.concatenate((llr, weigh_looks(looks, links.account_count)))


def join_looks(
    graph: AccountGraph, looks: LookAlikes, links: SharedLinks, llr: Floats, prior: float
) -> AccountGraph:
    """The pairs of the graph and those that look alike, each with the evidence of both. Looks that say
    nothing, as few of few accounts do, make no pair: it could not be explained.

    links, llr: what the graph was made of. prior: natural log odds, as for projection.project_links."""
    of_group = weigh_looks(looks, links.account_count)
    alike = np.flatnonzero(looks.group >= 0)
    alike = alike[of_group[looks.group[alike]] > 0]
    made = pair_by_keys(alike, looks.group[alike], block_cap=links.account_count)
    said = of_group[looks.group[made.first]]
    known = graph.source.astype(np.int64) << 32 | graph.target
    packed = made.first << 32 | made.second
    at = np.searchsorted(known, packed)
    is_known = np.zeros(len(packed), dtype=np.bool_)
    inside = at < len(known)
    is_known[inside] = known[at[inside]] == packed[inside]
    total = graph.llr.copy()
    total[at[is_known]] += said[is_known]
    fresh = ~is_known
    source, target = made.first[fresh].astype(np.int32), made.second[fresh].astype(np.int32)
    more = said[fresh] + shared_evidence(links, llr, source, target)
    order = np.argsort(np.concatenate((known, packed[fresh])), kind="stable")
    evidence = np.concatenate((total, more))[order]
    return replace(
        graph,
        source=np.concatenate((graph.source, source))[order],
        target=np.concatenate((graph.target, target))[order],
        llr=evidence,
        weight=pair_probability(evidence, prior),
    )


def weigh_pair_looks(graph: AccountGraph, looks: LookAlikes, account_count: int) -> Floats:
    """[E] nats of each pair's evidence that looking alike gives; 0 where the two do not."""
    group = looks.group[graph.source]
    is_alike = (group >= 0) & (group == looks.group[graph.target])
    said = np.zeros(graph.edge_count)
    said[is_alike] = weigh_looks(looks, account_count)[group[is_alike]]
    return said


def _describe(of_member: NDArray[np.int64], members: NDArray[np.int64], accounts: KnownAccounts) -> list[str]:
    """[G] 'created 2021-11-14 08:10 to 2021-11-14 08:55, volume 1203 to 1310'. of_member: ascending."""
    starts = np.flatnonzero(np.diff(of_member, prepend=-1))
    created = accounts.created_at[members]
    first, last = (_minutes(each.reduceat(created, starts)) for each in (np.minimum, np.maximum))
    texts = [f"created {a} to {b}" for a, b in zip(first, last, strict=True)]
    for column, name in enumerate(accounts.measure_names):
        value = accounts.measures[members, column]
        low, high = (each.reduceat(value, starts).tolist() for each in (np.fmin, np.fmax))
        texts = [
            text if np.isnan(a) else f"{text}, {name} {a:.4g} to {b:.4g}"
            for text, a, b in zip(texts, low, high, strict=True)
        ]
    return texts


def _minutes(time: NDArray[np.int64]) -> list[str]:
    texts: list[str] = np.datetime_as_string(time.astype("datetime64[us]"), unit="m").tolist()
    return [text.replace("T", " ") for text in texts]
