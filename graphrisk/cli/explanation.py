"""Why a member is in its ring, as lines for the terminal and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace

from graphrisk.cli.output import Json
from graphrisk.flows.explain import Hop, MemberPath, counterfactual_words
from graphrisk.model.counterfactuals import Counterfactual
from graphrisk.model.findings import HeldJudgement, SeedShare
from graphrisk.workspace.run import Run


def judgement_lines(judgements: Sequence[HeldJudgement]) -> list[str]:
    """What stood in the run, a line each."""
    return [f"judged: {each.words()} ({each.judgement_id})" for each in judgements]


def with_seeds(paths: Sequence[MemberPath], run: Run) -> tuple[MemberPath, ...]:
    """Each with what every labelled account gave its member."""
    shares = run.seeds([path.member.account_id for path in paths])
    return tuple(
        replace(path, seeds=tuple(each for each in shares if each.account_id == path.member.account_id))
        for path in paths
    )


def seed_line(seeds: Sequence[SeedShare]) -> str:
    given = ", ".join(f"{seed.belief:+.3f} from {seed.seed_id}" for seed in seeds) or "none"
    return f"belief from labelled accounts: {given}"


def path_lines(path: MemberPath) -> list[str]:
    """The member on a line of its own, then a line for each thing shared on each hop."""
    member = path.member
    sure = "" if member.confidence is None else f", confidence {member.confidence:.2f}"
    lines = [f"{member.account_id} ({member.role}, risk {member.account_risk:.2f}{sure})"]
    if not path.hops:
        lines.append(f"    {member.reasons}")
    for hop in path.hops:
        lines += [f"    {hop.account_id} — {words} → {hop.via_account_id}" for words in hop.words]
        if len(hop.words) > 1:
            lines.append(
                f"    together {hop.bits:.1f} bits, one operator with {_probability(hop.pair_probability)}"
            )
    return lines + _source_lines(path)


def _source_lines(path: MemberPath) -> list[str]:
    """Who found the member, what labels gave it, and why nothing should be done by itself."""
    member = path.member
    lines = []
    if member.detectors:
        found = member.detectors.replace("identity", f"identity ({member.bits:.1f} bits)").split(",")
        lines.append(f"    found by {' and '.join(found)}")
    if path.seeds:
        lines.append(f"    {seed_line(path.seeds)}")
    if member.not_automatic:
        lines.append(f"    not for automatic action: {member.not_automatic}")
    return lines


def path_json(path: MemberPath) -> Json:
    return {
        **asdict(path.member),
        "hops": [_hop_json(hop) for hop in path.hops],
        "seeds": [asdict(seed) for seed in path.seeds],
    }


def counterfactual_json(found: Counterfactual, ring_id: str) -> Json:
    return {**asdict(found), "words": counterfactual_words(found, ring_id)}


def _hop_json(hop: Hop) -> Json:
    return {
        "account_id": hop.account_id,
        "via_account_id": hop.via_account_id,
        "bits": hop.bits,
        "pair_probability": hop.pair_probability,
        "shares": [
            {
                "kind": share.kind,
                "identifier": share.identifier,
                "account_count": share.account_count,
                "ring_account_count": share.ring_account_count,
                "bits": share.bits,
                "words": words,
            }
            for share, words in zip(hop.shares, hop.words, strict=True)
        ],
    }


def _probability(probability: float) -> str:
    return "probability > 0.999" if probability > 0.999 else f"probability {probability:.3f}"
