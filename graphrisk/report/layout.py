"""Where the marks of a ring's picture stand: the same drawing always gets the same places.

Stress majorisation (Gansner, Koren, North 2004) from a fixed start without random numbers; turned so that the
picture is wider than high; pushed apart until nothing overlaps; rounded to a tenth of a pixel.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import shortest_path

Points = npt.NDArray[np.float64]  # shape (n, 2), pixels

LONGEST_PATH = 9.0  # in edges: distances in a longer graph are bent by a power, so that a long chain coils


def place_marks(edges: tuple[tuple[int, int], ...], half_sizes: Points, edge_length: float) -> Points:
    """Centres of n marks. half_sizes: shape (n, 2), half the width and height that each needs.

    edge_length: how long an edge is before overlaps are pushed apart.
    """
    count = len(half_sizes)
    if count <= 1:
        return np.zeros((count, 2))
    points = _majorise_stress(_wanted_distances(edges, count)) * edge_length
    return np.round(_push_apart(_lay_flat(points), half_sizes), 1)


def _wanted_distances(edges: tuple[tuple[int, int], ...], count: int) -> Points:
    """Shape (n, n): steps between two marks, bent where the graph is long; separate pieces stand apart."""
    ends = np.array(edges, dtype=np.int64).reshape(-1, 2)
    joined = coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(count, count))
    steps: Points = shortest_path(joined.tocsr(), directed=False, unweighted=True)
    longest = float(steps[np.isfinite(steps)].max())
    power = min(1.0, np.log(LONGEST_PATH) / np.log(longest)) if longest > 1 else 1.0
    steps[~np.isfinite(steps)] = longest + 2
    bent: Points = steps**power
    return bent


def _majorise_stress(wanted: Points, rounds: int = 120) -> Points:
    """Minimise sum over pairs of (distance - wanted)^2 / wanted^2, starting from a golden-angle spiral."""
    count = len(wanted)
    turn = np.arange(count) * np.pi * (3 - np.sqrt(5))
    points: Points = np.column_stack([np.cos(turn), np.sin(turn)]) * np.sqrt(np.arange(count) + 1.0)[:, None]
    apart = wanted + np.eye(count)
    weight = (1 - np.eye(count)) / apart**2
    laplacian = np.diag(weight.sum(axis=1)) - weight
    inverse = np.linalg.pinv(laplacian, hermitian=True)
    for _ in range(rounds):
        distance = np.linalg.norm(points[:, None, :] - points[None, :, :], axis=2)
        pull = -weight * wanted / np.maximum(distance, 1e-9)
        np.fill_diagonal(pull, 0.0)
        np.fill_diagonal(pull, -pull.sum(axis=1))
        points = inverse @ (pull @ points)
    return points


def _lay_flat(points: Points) -> Points:
    """Turned so that the longest spread runs from left to right; the first mark comes left and above."""
    centred = points - points.mean(axis=0)
    (xx, xy), (_, yy) = centred.T @ centred
    angle = 0.5 * np.arctan2(2 * xy, xx - yy)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    turned: Points = centred @ turn
    turned *= np.where(turned[0] > 0, -1.0, 1.0)
    return turned


def _push_apart(points: Points, half_sizes: Points, rounds: int = 300) -> Points:
    """Boxes that overlap give way to each other by half the overlap, along the axis where it is smaller."""
    points = points + np.arange(len(points))[:, None] * [
        1e-3,
        -1e-3,
    ]  # no two at one place: a direction exists
    room = half_sizes[:, None, :] + half_sizes[None, :, :]
    another = ~np.eye(len(points), dtype=bool)
    for _ in range(rounds):
        apart = points[:, None, :] - points[None, :, :]
        overlap = room - np.abs(apart)
        hit = (overlap[:, :, 0] > 0) & (overlap[:, :, 1] > 0) & another
        if not hit.any():
            break
        along_x = hit & (overlap[:, :, 0] <= overlap[:, :, 1])
        along_y = hit & ~along_x
        push = np.sign(apart) * overlap * 0.26
        points[:, 0] += np.where(along_x, push[:, :, 0], 0.0).sum(axis=1)
        points[:, 1] += np.where(along_y, push[:, :, 1], 0.0).sum(axis=1)
    return points
