"""Is a newborn ring one that was taken down? Keep how this run's rings work, and hold the newborn ones
against those of which most members have been found out since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import numpy as np
import pyarrow as pa
import scipy.sparse as sp

from graphrisk.model import tables
from graphrisk.model.kinds import KindSet
from graphrisk.model.runs import RunRecord
from graphrisk.registry.comparison import Comparison, compare_rings, honest_groups, join_manners
from graphrisk.registry.likeness import ASPECTS, Usual, find_usual, shared_values
from graphrisk.registry.manner import Aspect, Doings, Groups, Manners, describe_manners
from graphrisk.registry.reincarnation import ASPECT_WORDS, REASON_BITS, Match
from graphrisk.registry.taken_down import (
    FormerRing,
    RingSeen,
    find_newborn,
    find_taken_down,
    last_known,
)

MOST_RINGS = 1_000  # of a run, whose manner is kept: those with the best scores
MOST_NEWBORN, MOST_FORMER = 500, 100  # the best scores, and who was taken down last
HONEST_ACCOUNTS = 2_000  # by lot, in no ring
LEAST_TOLD = 0.05  # probability
MOST_VALUES = 2  # named for each aspect


@dataclass(frozen=True, slots=True)
class LikenessTables:
    """With the schemas of model/tables.py."""

    ring_manner: pa.Table
    ring_likeness: pa.Table
    likeness_aspect: pa.Table


class RingHistory(Protocol):
    def read_rings(self, run_id: str, limit: int) -> Sequence[RingSeen]:
        """The rings of one run, the best score first."""
        ...

    def read_earlier_rings(self, as_of: datetime, limit: int) -> Sequence[RingSeen]:
        """The rings of all runs with an earlier as-of whose manner was kept, `limit` of each run."""
        ...

    def read_manners(self, rings: Sequence[RingSeen]) -> pa.Table:
        """As tables.RING_MANNER, with ring_id the position in `rings`, as text."""
        ...

    def read_found_out(self, account_ids: Sequence[str], as_of: datetime) -> Mapping[str, datetime]:
        """Those of the accounts that are labelled bad by as-of, and since when; and those that no table has
        any more, with the as-of."""
        ...


class DoingsSource(Protocol):
    def read_doings(self, account_ids: pa.Array, as_of: datetime, kinds: KindSet) -> Doings: ...

    def sample_accounts(self, left_out: pa.Array, as_of: datetime, wanted: int) -> pa.Array:
        """Others, by lot but always the same; those of one market beside each other."""
        ...


class LikenessWriter(Protocol):
    def write_likeness(self, run_id: str, found: LikenessTables) -> None:
        """All of it or nothing; replaces what there is of that run."""
        ...


@dataclass(frozen=True, slots=True)
class _Known:
    """manners: of this run's rings and of honest groups."""

    rings: Sequence[RingSeen]
    manners: Manners
    honest: Manners


def liken_rings(
    history: RingHistory, source: DoingsSource, writer: LikenessWriter, kinds: KindSet, run: RunRecord
) -> Asked:
    """For a finished run; it may be done again. What comes out depends on the runs with an earlier as-of, and
    on nothing that came later. Returns what was asked."""
    rings = history.read_rings(run.run_id, MOST_RINGS)
    known = _describe(source, kinds, rings, run.as_of)
    earlier = history.read_earlier_rings(run.as_of, MOST_RINGS)
    known_last = last_known([*rings, *earlier])
    members = sorted({member for ring in known_last for member in ring.members})
    former = find_taken_down(known_last, history.read_found_out(members, run.as_of))
    former = sorted(former, key=lambda each: each.taken_down_at, reverse=True)[:MOST_FORMER]
    newborn = find_newborn(rings, earlier)[:MOST_NEWBORN]
    asked = _ask(history, known, newborn, former, run.seed)
    writer.write_likeness(run.run_id, _tabulate(known.manners, _answer(asked)))
    return asked


def _describe(source: DoingsSource, kinds: KindSet, rings: Sequence[RingSeen], as_of: datetime) -> _Known:
    inside = pa.array([member for ring in rings for member in ring.members], pa.string())
    others = source.sample_accounts(inside, as_of, HONEST_ACCOUNTS)
    doings = source.read_doings(pa.concat_arrays([inside, others]), as_of, kinds)
    ring_of = np.repeat(np.arange(len(rings)), [len(ring.members) for ring in rings])
    groups = Groups(tuple(ring.ring_id for ring in rings), np.arange(len(inside)), ring_of)
    return _Known(
        rings,
        describe_manners(doings, groups),
        describe_manners(doings, honest_groups(len(inside), len(others))),
    )


@dataclass(frozen=True, slots=True)
class _Told:
    """One match in names and words. aspects: (name, u or None, bits, words)."""

    ring_id: str
    former: FormerRing
    probability: float
    words: str
    aspects: tuple[tuple[str, float | None, float, str], ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """comparison: of this run's newborn rings with the former ones. former_at: which of `former` stands at a
    position of its manners."""

    comparison: Comparison
    former: Sequence[FormerRing]
    former_at: Mapping[int, int]


def _ask(
    history: RingHistory, known: _Known, newborn: Sequence[RingSeen], former: Sequence[FormerRing], seed: int
) -> Asked:
    """Former rings of this run are compared as they are known now; rings with a member in common are not
    compared at all, for that says more."""
    here = {(ring.run_id, ring.ring_id): at for at, ring in enumerate(known.rings)}
    gone = [each.ring for each in former if (each.ring.run_id, each.ring.ring_id) not in here]
    manners = join_manners([known.manners, known.honest, _read_manners(history, gone)])
    ring_count, honest_count = len(known.rings), len(known.honest.names)
    first_gone = ring_count + honest_count
    place = here | {(ring.run_id, ring.ring_id): first_gone + at for at, ring in enumerate(gone)}
    pairs = sorted(
        (here[ring.run_id, ring.ring_id], place[each.ring.run_id, each.ring.ring_id], at)
        for ring in newborn
        for at, each in enumerate(former)
        if not set(ring.members) & set(each.ring.members)
    )
    left, right, which = np.array(pairs, dtype=np.int64).reshape(-1, 3).T
    honest = ring_count + np.arange(honest_count)
    rings = np.concatenate([np.arange(ring_count), first_gone + np.arange(len(gone))])
    comparison = Comparison(manners, rings, honest, left, right, seed)
    return Asked(comparison, former, dict(zip(right.tolist(), which.tolist(), strict=True)))


def _answer(asked: Asked) -> list[_Told]:
    comparison = asked.comparison
    if not len(comparison.newborn):
        return []
    usual = find_usual(comparison.manners, comparison.honest)
    return [
        _tell(match, comparison.manners, usual, asked.former[asked.former_at[match.former]])
        for match in compare_rings(comparison)
        if match.probability >= LEAST_TOLD
    ]


def _read_manners(history: RingHistory, rings: Sequence[RingSeen]) -> Manners:
    """Of earlier runs, one for each of `rings`."""
    table = history.read_manners(rings)
    features: dict[tuple[Aspect, str, str], int] = {}
    named = zip(*(table[name].to_pylist() for name in ("aspect", "feature", "value")), strict=True)
    columns = [features.setdefault((Aspect(aspect), of, value), len(features)) for aspect, of, value in named]
    rows = np.array([int(at) for at in table["ring_id"].to_pylist()], dtype=np.int64)
    entries = (table["weight"].to_numpy(), (rows, np.array(columns, dtype=np.int64)))
    weights = sp.csr_array(entries, shape=(len(rings), len(features)))
    return Manners(tuple(ring.ring_id for ring in rings), tuple(features), weights)


def _tell(match: Match, manners: Manners, usual: Usual, former: FormerRing) -> _Told:
    pair = (match.newborn, match.former)
    aspects: list[tuple[str, float | None, float, str]] = []
    for at, aspect in enumerate(ASPECTS):
        chance, bits = float(match.chance[at]), float(match.bits[at])
        shared = shared_values(manners, usual, pair, aspect)[:MOST_VALUES]
        aspects.append((aspect.value, None if np.isnan(chance) else chance, bits, ", ".join(shared)))
    strongest = sorted(zip(match.bits.tolist(), ASPECTS, strict=True), key=lambda each: -each[0])
    reasons = [ASPECT_WORDS[aspect] for bits, aspect in strongest if bits >= REASON_BITS]
    words = ", ".join(f"same {reason}" for reason in reasons) or "a little of everything"
    return _Told(manners.names[match.newborn], former, match.probability, words, tuple(aspects))


def _tabulate(manners: Manners, told: Sequence[_Told]) -> LikenessTables:
    entries = manners.weights.tocoo()
    features = [manners.features[column] for column in entries.coords[1].tolist()]
    aspects = [(match, *aspect) for match in told for aspect in match.aspects]
    return LikenessTables(
        ring_manner=pa.table(
            [
                pa.array(manners.names, pa.string()).take(pa.array(entries.coords[0])),
                *(pa.array([str(feature[at]) for feature in features], pa.string()) for at in range(3)),
                pa.array(entries.data, pa.float64()),
            ],
            schema=tables.RING_MANNER,
        ),
        ring_likeness=pa.Table.from_pylist(
            [
                {
                    "ring_id": match.ring_id,
                    "former_ring_id": match.former.ring.ring_id,
                    "former_run_id": match.former.ring.run_id,
                    "taken_down_at": match.former.taken_down_at,
                    "probability": match.probability,
                    "bits": sum(bits for _, _, bits, _ in match.aspects),
                    "words": match.words,
                }
                for match in told
            ],
            schema=tables.RING_LIKENESS,
        ),
        likeness_aspect=pa.Table.from_pylist(
            [
                {
                    "ring_id": match.ring_id,
                    "former_ring_id": match.former.ring.ring_id,
                    "aspect": name,
                    "chance_share": chance,
                    "bits": bits,
                    "words": words,
                }
                for match, name, chance, bits, words in aspects
            ],
            schema=tables.LIKENESS_ASPECT,
        ),
    )
