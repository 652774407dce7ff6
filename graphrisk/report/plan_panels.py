"""Where everything in a plan's picture stands: each ring laid out in a panel, panels in rows on the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from graphrisk.report.layout import Points, place_marks
from graphrisk.report.plan_drawing import PlanPanel, SharedMark
from graphrisk.report.style import LEAST_WIDTH, MARGIN, short_name

PAGE_WIDTH = 1240  # panels go to the next row beyond it; a single one may be wider
GAP, PAD, TITLE = 16, 14, 44  # between panels, within one, and the height of its two lines of title
APART_TITLE = 26  # above those who stand apart
_TITLE_CHARACTER, _NAME_CHARACTER, _WORDS_CHARACTER = 7.2, 7.2, 5.4  # pixels, on the average
_CROWD, _TAG_LIMIT = 40, 16  # accounts from which on none is named, identifiers from which on they are signs


@dataclass(frozen=True, slots=True)
class PlacedPanel:
    """x, y: of its upper left corner. points: of rows, then marks, on the page. apart_y: of the line above
    those who stand apart, None where nobody does. radius: of an account's circle."""

    panel: PlanPanel
    x: float
    y: float
    width: float
    height: float
    points: Points
    apart_y: float | None
    radius: float
    names_accounts: bool
    tags_marks: bool


def tag_lines(mark: SharedMark) -> tuple[str, str]:
    name = mark.kind if len(mark.identifiers) == 1 else f"{len(mark.identifiers)} × {mark.kind}"
    return name, f"{mark.ring_account_count:,} of {mark.account_count:,} accounts"


def tag_width(mark: SharedMark) -> float:
    """Pixels."""
    name, words = tag_lines(mark)
    return max(_NAME_CHARACTER * len(name), _WORDS_CHARACTER * len(words)) + 14


def place_panels(panels: Sequence[PlanPanel], titles: Sequence[str], top: float) -> tuple[PlacedPanel, ...]:
    """From left to right in rows, the first at (MARGIN, top). titles: the longest line of each."""
    placed: list[PlacedPanel] = []
    x, y, row_height = float(MARGIN), top, 0.0
    for panel, title in zip(panels, titles, strict=True):
        one = _place_panel(panel, _TITLE_CHARACTER * len(title) + 2 * PAD)
        if x > MARGIN and x + one.width > PAGE_WIDTH - MARGIN:
            x, y, row_height = float(MARGIN), y + row_height + GAP, 0.0
        placed.append(_move(one, x, y))
        x += one.width + GAP
        row_height = max(row_height, one.height)
    return tuple(placed)


def page_size(placed: Sequence[PlacedPanel], top: float) -> tuple[int, int]:
    """Width, and where the last panel ends."""
    right = max((each.x + each.width for each in placed), default=0.0)
    bottom = max((each.y + each.height for each in placed), default=top)
    return max(LEAST_WIDTH, int(np.ceil(right)) + MARGIN), int(np.ceil(bottom))


def _place_panel(panel: PlanPanel, least_width: float) -> PlacedPanel:
    """At (0, 0)."""
    count = len(panel.rows)
    radius = 13.0 if count <= 16 else 10.0 if count <= _CROWD else 7.5
    names, tags = count <= _CROWD, len(panel.marks) <= _TAG_LIMIT
    sizes = _half_sizes(panel, radius, names_accounts=names, tags_marks=tags)
    points, drawn = _place_pieces(panel, sizes, 90.0 if names else 60.0)
    width = max(least_width, 180.0, drawn[0] + 2 * PAD)
    points += np.array([(width - drawn[0]) / 2, TITLE + PAD])
    bottom = TITLE + (drawn[1] + 2 * PAD if drawn[1] else 0.0)
    apart_y = None
    if panel.apart < count:
        apart_y = bottom
        apart, held = _place_grid(sizes[panel.apart : count], width - 2 * PAD)
        points[panel.apart : count] = apart + np.array([PAD, bottom + APART_TITLE])
        width, bottom = max(width, held[0] + 2 * PAD), bottom + APART_TITLE + held[1] + PAD
    return PlacedPanel(panel, 0, 0, width, bottom, points, apart_y, radius, names, tags)


def _place_pieces(panel: PlanPanel, sizes: Points, edge_length: float) -> tuple[Points, tuple[float, float]]:
    """Those who do not stand apart, and the marks: each piece that hangs together by itself, the largest
    first, in rows. Points of all, and how much room they take. Who stands apart is at (0, 0)."""
    count = len(panel.rows)
    points = np.zeros((len(sizes), 2))
    pieces = _pieces(panel)
    placed = []
    for piece in pieces:
        position = {index: place for place, index in enumerate(piece)}
        edges = tuple(
            (position[row], position[count + mark])
            for row, mark in panel.edges()
            if row in position and count + mark in position
        )
        inner = place_marks(edges, sizes[piece], edge_length)
        low, high = (inner - sizes[piece]).min(axis=0), (inner + sizes[piece]).max(axis=0)
        placed.append((inner - low, high - low))
    area = sum(float(size[0] * size[1]) for _, size in placed)
    most = max([float(np.sqrt(area * 2.0)), *(float(size[0]) for _, size in placed)])
    most = min(most, max([PAGE_WIDTH - 2.0 * (MARGIN + PAD), *(float(size[0]) for _, size in placed)]))
    x = y = row_height = width = 0.0
    for piece, (inner, size) in zip(pieces, placed, strict=True):
        if x and x + float(size[0]) > most:
            x, y, row_height = 0.0, y + row_height, 0.0
        points[piece] = inner + np.array([x, y])
        x += float(size[0])
        width, row_height = max(width, x), max(row_height, float(size[1]))
    return points, (width, y + row_height)


def _pieces(panel: PlanPanel) -> list[list[int]]:
    """Indices of rows, then of marks, that lines join, and of what no line leads to."""
    count, mark_count = len(panel.rows), len(panel.marks)
    edges = [(row, count + mark) for row, mark in panel.edges() if row < panel.apart]
    ends = np.array(edges, dtype=np.int64).reshape(-1, 2)
    whole = count + mark_count
    joined = coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(whole, whole))
    _, labels = connected_components(joined, directed=False)
    pieces: dict[int, list[int]] = {}
    for index in (*range(panel.apart), *range(count, whole)):
        pieces.setdefault(int(labels[index]), []).append(index)
    return sorted(pieces.values(), key=lambda piece: (-len(piece), piece))


def _place_grid(sizes: Points, width: float) -> tuple[Points, tuple[float, float]]:
    """In rows, as many beside each other as fit; and how much room that takes."""
    cell = 2 * sizes.max(axis=0)
    columns = max(1, min(len(sizes), int(width / float(cell[0]))))
    places = np.arange(len(sizes))
    cells = np.column_stack([places % columns, places // columns])
    row_count = -(-len(sizes) // columns)
    points: Points = (cells + 0.5) * cell
    return points, (columns * float(cell[0]), row_count * float(cell[1]))


def _half_sizes(panel: PlanPanel, radius: float, *, names_accounts: bool, tags_marks: bool) -> Points:
    accounts = [
        (max(radius + 5, 3.3 * len(short_name(row.account_id or row.subject)) + 4), radius + 13)
        if names_accounts
        else (radius + 4, radius + 4)
        for row in panel.rows
    ]
    marks = [(tag_width(mark) / 2 + 6, 23.0) if tags_marks else (13.0, 11.0) for mark in panel.marks]
    return np.array([*accounts, *marks], dtype=np.float64).reshape(-1, 2)


def _move(one: PlacedPanel, x: float, y: float) -> PlacedPanel:
    points: Points = np.round(one.points + np.array([x, y]), 1)
    apart_y = None if one.apart_y is None else one.apart_y + y
    return PlacedPanel(
        one.panel, x, y, one.width, one.height, points, apart_y, one.radius, one.names_accounts,
        one.tags_marks,
    )  # fmt: skip
