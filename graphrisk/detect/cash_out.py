"""Cash-out concentration: places where more suspicious accounts meet than chance sends there.

A place is a payee, an address, an instrument: whatever accounts go to. Of the N accounts that go anywhere, K
are suspicious; of n at one place, the suspicious are c with the chance

    p = P[ Hypergeom(N, K, n) >= c ],   z = (c - n K / N) / sd,
    sd^2 = n (K / N) (1 - K / N) (N - n) / (N - 1).

Places are many, so that p is held against the false discovery rate over all of them (Benjamini and Hochberg,
J. R. Stat. Soc. B 57, 289-300, 1995). Suspicion must come from elsewhere: where it was made of who is at a
place, the test only repeats it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import false_discovery_control, hypergeom

from graphrisk.detect.candidates import Candidates
from graphrisk.graph.links import Floats, Ints
from graphrisk.model.rings import Detector

Longs = NDArray[np.int64]
Positions = NDArray[np.int32] | NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class CashOutParams:
    """least_risk: accounts from it on are suspicious. discovery_rate: of the places told, those that chance
    explains, on average. min_count: suspicious accounts at a place. least_share: of its accounts, the
    suspicious; a large market with a few too many is no ring."""

    least_risk: float = 0.3
    discovery_rate: float = 0.05
    min_count: int = 3
    least_share: float = 0.1


@dataclass(frozen=True, slots=True)
class Concentration:
    """Of P places, by number. visitor_count (n), suspicious_count (c): int64 [P]. z: float64 [P], 0 where
    there is nothing to be expected. p: float64 [P], 1 where fewer suspicious accounts are than
    asked for."""

    visitor_count: Longs
    suspicious_count: Longs
    z: Floats
    p: Floats


def find_cash_out(
    account: Positions, place: Positions, risk: Floats, params: CashOutParams, owner: Ints | None = None
) -> tuple[Candidates, Longs]:
    """(the suspicious accounts of each place told, by z; int64 [C], the place of each).

    account, place: [V], who goes where, perhaps repeated. risk: [N]. owner: int32 [places], the account that
    is the place, -1 for none; one that is suspicious itself joins what is found at its place. Of places with
    the same suspicious accounts the one with the greatest z is told, of equals the first.
    """
    who, where = _distinct(account, place)
    suspicious = risk >= params.least_risk
    measured = measure_concentration(who, where, suspicious, params.min_count)
    told = _tell_places(measured, params)
    kept = told[where] & suspicious[who]
    places, starts = np.unique(where[kept], return_index=True)
    best: dict[tuple[int, ...], tuple[float, int]] = {}
    for at, group in zip(places.tolist(), np.split(who[kept], starts[1:]), strict=len(places) > 0):
        members = set(group.tolist())
        if owner is not None and owner[at] >= 0 and suspicious[owner[at]]:
            members.add(int(owner[at]))
        key, z = tuple(sorted(members)), float(measured.z[at])
        if members and z > best.get(key, (-np.inf, -1))[0]:
            best[key] = (z, at)
    found = Candidates.of(Detector.CASH_OUT, ((members, z) for members, (z, _) in best.items()))
    return found, np.array([best[members][1] for members in sorted(best)], dtype=np.int64)


def _tell_places(measured: Concentration, params: CashOutParams) -> NDArray[np.bool_]:
    told = np.zeros(len(measured.p), dtype=bool)
    tested = np.flatnonzero(measured.visitor_count >= 2)
    if len(tested):
        told[tested] = false_discovery_control(measured.p[tested]) <= params.discovery_rate
    told &= measured.suspicious_count >= params.min_count
    return np.asarray(told & (measured.suspicious_count >= params.least_share * measured.visitor_count))


def _distinct(account: Positions, place: Positions) -> tuple[Longs, Longs]:
    """By place, then account."""
    width = int(account.max(initial=0)) + 1
    rows = np.sort(place.astype(np.int64) * width + account)
    rows = rows[np.diff(rows, prepend=-1) > 0]  # np.unique hashes, which takes ten times as long
    return rows % width, rows // width


def measure_concentration(
    account: Longs, place: Longs, suspicious: NDArray[np.bool_], min_count: int = 1
) -> Concentration:
    """account, place: [V], no pair twice. suspicious: bool [N]. min_count: p is 1 where fewer are, which
    makes no place too easily told, and spares most of the work."""
    visitors = np.bincount(place).astype(np.int64)
    found = np.bincount(place[suspicious[account]], minlength=len(visitors)).astype(np.int64)
    present = np.flatnonzero(np.bincount(account))
    total, bad = len(present), int(suspicious[present].sum())
    p = np.ones(len(visitors))
    some = np.flatnonzero(found >= max(min_count, 1))
    p[some] = hypergeom.sf(found[some] - 1, total, bad, visitors[some])
    share = bad / max(total, 1)
    deviation = np.sqrt(visitors * share * (1 - share) * (total - visitors) / max(total - 1, 1))
    excess = found - visitors * share
    z = np.divide(excess, deviation, out=np.zeros(len(visitors)), where=deviation > 0)
    return Concentration(visitors, found, z, p)
