"""Findings in words: one sentence for a member, a ring, an account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from graphrisk.detect.rings import CandidateRings
from graphrisk.detect.ties import RingTie
from graphrisk.graph.links import SharedLinks
from graphrisk.model.kinds import KindSet
from graphrisk.risk.accounts import AccountRisks
from graphrisk.risk.evidence import MemberPaths

_NAMED = 3  # identifiers spelled out in a sentence


def describe_members(
    paths: MemberPaths, links: SharedLinks, kinds: KindSet, via_ids: Sequence[str]
) -> list[str]:
    """One sentence per member: 'same device (4 accounts ever, 12.3 bits) and same ip (...) as acc-3'."""
    counts = links.holder_count
    words = [kind.words for kind in kinds.kinds]
    parts: list[list[str]] = [[] for _ in via_ids]
    for hop, identifier, weight in zip(
        paths.hop.tolist(), paths.identifier.tolist(), paths.identifier_bits.tolist(), strict=True
    ):
        parts[hop].append(
            f"{words[links.kind_code[identifier]]} ({counts[identifier]} accounts ever, {weight:.1f} bits)"
        )
    return [_joined(shared) + f" as {via}" for shared, via in zip(parts, via_ids, strict=True)]


def describe_ties(
    ties: Sequence[RingTie], links: SharedLinks, kinds: KindSet, payee_ids: Mapping[int, str]
) -> list[str]:
    """One sentence for each: 'same device d-7 (4 accounts ever), payments to shop-3 and 2 more'. payee_ids:
    of all payees that tie."""
    words = [kind.words for kind in kinds.kinds]
    named = sorted({at for tie in ties for at in tie.identifiers})
    chosen = links.identifiers["identifier"].combine_chunks().take(pa.array(named, pa.int64()))
    text = dict(zip(named, chosen.to_pylist(), strict=True))
    return [
        _joined(
            [
                *(
                    f"{words[links.kind_code[at]]} {text[at]} ({links.holder_count[at]} accounts ever)"
                    for at in tie.identifiers
                ),
                *(f"payments to {payee_ids[payee]}" for payee in tie.payees),
            ]
        )
        for tie in ties
    ]


def _joined(parts: Sequence[str]) -> str:
    named = list(parts[:_NAMED])
    if len(parts) > _NAMED:
        named.append(f"{len(parts) - _NAMED} more")
    return named[0] if len(named) == 1 else ", ".join(named[:-1]) + " and " + named[-1]


def describe_group(sentences: Sequence[str], points: Sequence[float]) -> str:
    """The sentences of the three signals that raise a group's score most, the weightiest first. Both have one
    entry for each of SIGNALS."""
    order = sorted((p for p in range(len(points)) if points[p] > 0.1), key=lambda p: (-points[p], p))
    if not order:
        return "the members share identifiers, and nothing else stands out"
    return "; ".join(sentences[p] for p in order[:3])


def describe_accounts(
    risks: AccountRisks, rings: CandidateRings, verdict: NDArray[np.int8], links: SharedLinks
) -> pa.Array:
    """One sentence for each of the N accounts, as an Arrow string array."""
    shared = np.bincount(links.account, minlength=links.account_count) > 0
    size = risks.facts.size[risks.group].astype(np.int64)
    near = np.where(risks.belief > 1, 1, np.where(risks.belief < -1, 2, 0))
    in_ring = np.zeros(links.account_count, dtype=bool)
    in_ring[rings.members] = True
    place = np.where(in_ring, 3, np.where(size > 1, 2, np.where(shared, 1, 0)))
    code = (place * 3 + near) * 3 + (verdict.astype(np.int64) + 1)
    places = (
        "shares nothing with anybody",
        "shares only what says little",
        "tied to a few other accounts",
        "in a ring",
    )
    reach = ("", "; close to known-bad accounts", "; close to cleared accounts")
    own = ("; itself cleared", "", "; itself known bad")
    sentences = pa.array([p + r + o for p in places for r in reach for o in own], pa.string())
    return sentences.take(pa.array(code))
