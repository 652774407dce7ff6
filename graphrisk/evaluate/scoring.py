"""A run's tables and the truth's, brought onto one list of judged accounts as integer arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graphrisk.evaluate.membership import BoolArray, FloatArray, IntArray, Membership
from graphrisk.evaluate.truth import Truth


@dataclass(frozen=True, slots=True)
class FoundRun:
    """What one run found. rings: tables.RING, members: tables.RING_MEMBER, risks: tables.ACCOUNT_RISK
    (every account).

    labelled: column account_id, the accounts whose label was known at the run's as-of time.
    """

    run_id: str
    rings: pa.Table
    members: pa.Table
    risks: pa.Table
    labelled: pa.Table


@dataclass(frozen=True, slots=True)
class JudgedRun:
    """All arrays over the n judged accounts, or over rings. found rings stand by falling score, true
    rings by id.

    risk: 0 for a true member that the run does not know, which therefore counts as missed. typology: (true
    rings,) what kind each is, "" where nobody says. unknown_count: such members. elsewhere_count: accounts of
    the run that the truth does not judge; they are left out of everything, found rings included.
    """

    risk: FloatArray
    is_bad: BoolArray
    is_labelled: BoolArray
    true: Membership
    typology: tuple[str, ...]
    found: Membership
    found_score: FloatArray
    unknown_count: int
    elsewhere_count: int


def judge_run(run: FoundRun, truth: Truth) -> JudgedRun:
    known = run.risks["account_id"]
    true_members = truth.members["account_id"]
    judged = truth.accounts["account_id"] if truth.accounts is not None else known
    universe = _sorted_distinct(true_members, judged)
    ring_ids = _sorted_distinct(truth.members["ring_id"])
    true = _membership(truth.members, universe, ring_ids)
    risk = np.zeros(len(universe))
    position = _positions(known, universe)
    risk[position[position >= 0]] = run.risks["risk"].to_numpy()[position >= 0]
    is_bad = np.zeros(len(universe), dtype=np.bool_)
    is_bad[true.account] = True
    if truth.accounts is not None:
        is_bad[_positions(judged, universe)] = truth.accounts["is_bad"].to_numpy()
    is_labelled = np.zeros(len(universe), dtype=np.bool_)
    label_position = _positions(run.labelled["account_id"], universe)
    is_labelled[label_position[label_position >= 0]] = True
    found, found_score = _found_rings(run, universe)
    return JudgedRun(
        risk=risk,
        is_bad=is_bad,
        is_labelled=is_labelled,
        true=true,
        typology=_typologies(truth, ring_ids),
        found=found,
        found_score=found_score,
        unknown_count=int((_positions(_sorted_distinct(true_members), known) < 0).sum()),
        elsewhere_count=int((position < 0).sum()),
    )


def _found_rings(run: FoundRun, universe: pa.Array) -> tuple[Membership, FloatArray]:
    """The run's rings cut down to judged accounts, best first; those with nobody left are dropped."""
    inside = run.members.filter(pc.is_in(run.members["account_id"], value_set=universe))
    rings = run.rings.filter(pc.is_in(run.rings["ring_id"], value_set=_sorted_distinct(inside["ring_id"])))
    rings = rings.sort_by([("score", "descending"), ("ring_id", "ascending")])
    return _membership(inside, universe, rings["ring_id"].combine_chunks()), rings["score"].to_numpy()


def _typologies(truth: Truth, ring_ids: pa.Array) -> tuple[str, ...]:
    if truth.typologies is None:
        return ("",) * len(ring_ids)
    known: dict[str, str] = dict(
        zip(*(truth.typologies[name].to_pylist() for name in ("ring_id", "typology")), strict=True)
    )
    return tuple(known.get(ring_id, "") for ring_id in ring_ids.to_pylist())


def _membership(members: pa.Table, universe: pa.Array, ring_ids: pa.Array) -> Membership:
    ring = _positions(members["ring_id"], ring_ids)
    return Membership.of(ring, _positions(members["account_id"], universe), len(ring_ids))


def _sorted_distinct(*columns: pa.ChunkedArray) -> pa.Array:
    chunks = [chunk.cast(pa.string()) for column in columns for chunk in column.chunks]
    distinct = pc.unique(pa.chunked_array(chunks, type=pa.string()))
    return distinct.take(pc.sort_indices(distinct))


def _positions(ids: pa.ChunkedArray | pa.Array, distinct: pa.Array | pa.ChunkedArray) -> IntArray:
    """Where each id stands in `distinct`, -1 where it does not."""
    values = distinct.combine_chunks() if isinstance(distinct, pa.ChunkedArray) else distinct
    found = pc.fill_null(pc.index_in(ids, value_set=values), -1)
    return np.asarray(
        found.to_numpy(zero_copy_only=False) if isinstance(found, pa.Array) else found.to_numpy(),
        dtype=np.int64,
    )
