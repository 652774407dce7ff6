"""A ring as one self-contained SVG: members as circles coloured by risk, and between them what they share.

Deterministic, byte for byte. Every text that came from data is made printable and escaped for XML.
"""

from __future__ import annotations

import textwrap

import numpy as np

from graphrisk.errors import printable
from graphrisk.model.findings import MemberFinding, RingDossier
from graphrisk.model.rings import MemberRole
from graphrisk.model.verdicts import Verdict
from graphrisk.report.drawing import IdentifierMark, RingDrawing, draw_ring
from graphrisk.report.layout import Points, place_marks
from graphrisk.report.style import (
    FAINT,
    HEADER,
    INK,
    LEAST_WIDTH,
    LEGEND_ROW,
    MARGIN,
    PAPER,
    Density,
    kind_style,
    risk_colour,
    short_name,
    tag_name,
    tag_weight,
    tag_width,
)
from graphrisk.report.svg_parts import sign_box, svg_text, tag_box

_OUTLINES = {
    MemberRole.CORE: 'stroke-width="2.4"',
    MemberRole.FRINGE: 'stroke-width="1.2" stroke-dasharray="3 2"',
}


def render_ring_svg(dossier: RingDossier) -> str:
    """The picture of one ring, legible from a handful of members to some hundreds."""
    drawing = draw_ring(dossier)
    density = Density.for_drawing(drawing)
    sizes = _half_sizes(drawing, density)
    member_count = len(drawing.members)
    edges = tuple((member, member_count + mark) for member, mark in drawing.edges())
    width, height, points = _frame(place_marks(edges, sizes, density.edge_length), sizes)
    legend, legend_height = _legend(drawing, density, width, height + LEGEND_ROW)
    height += LEGEND_ROW + legend_height
    page = f'width="{width}" height="{height}"'
    view = f'viewBox="0 0 {width} {height}" role="img" font-family="Helvetica, Arial, sans-serif"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {page} {view}>',
        f"<title>{svg_text(_caption(dossier))}</title>",
        f'<rect {page} fill="{PAPER}"/>',
        *_header(dossier, drawing, width),
        *_edges(drawing, points),
        *(
            _tag(mark, points[member_count + index])
            if index in density.tagged
            else _sign(mark, points[member_count + index])
            for index, mark in enumerate(drawing.marks)
        ),
        *(_member(drawing, index, points[index], density) for index in range(member_count)),
        legend,
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _half_sizes(drawing: RingDrawing, density: Density) -> Points:
    radius = density.member_radius
    members = [
        (max(radius + 5, 3.3 * len(short_name(member.account_id)) + 4), radius + 13)
        if density.names_members
        else (radius + 4, radius + 4)
        for member in drawing.members
    ]
    marks = [
        (tag_width(mark) / 2 + 6, 23.0) if index in density.tagged else (13.0, 11.0)
        for index, mark in enumerate(drawing.marks)
    ]
    return np.array([*members, *marks], dtype=np.float64).reshape(-1, 2)


def _frame(points: Points, sizes: Points) -> tuple[int, int, Points]:
    """Width and height of the picture, and the points moved into it."""
    if not len(points):
        return LEAST_WIDTH, HEADER, points
    low, high = (points - sizes).min(axis=0), (points + sizes).max(axis=0)
    width = max(LEAST_WIDTH, int(np.ceil(high[0] - low[0])) + 2 * MARGIN)
    height = int(np.ceil(high[1] - low[1])) + HEADER
    offset = np.array([(width - (high[0] + low[0])) / 2, HEADER - low[1]])
    return width, height, np.round(points + offset, 1)


def _caption(dossier: RingDossier) -> str:
    ring = dossier.ring
    core = f" ({ring.core_count} core)" if ring.core_count != ring.size else ""
    known = f" · {ring.labelled_bad_count} known bad" if ring.labelled_bad_count else ""
    return f"{ring.ring_id} · {ring.size} members{core} · score {ring.score:.2f}{known}"


def _header(dossier: RingDossier, drawing: RingDrawing, width: int) -> list[str]:
    room = int((width - 2 * MARGIN) / 6.2)
    words = dossier.ring.reasons
    if drawing.left_out_count:
        words = f"The {len(drawing.members)} riskiest members are drawn. {words}"
    lines = textwrap.wrap(printable(words), room, max_lines=2, placeholder=" …")
    bold = f'font-size="16" font-weight="bold" fill="{INK}"'
    return [
        f'<text x="{MARGIN}" y="26" {bold}>{svg_text(_caption(dossier))}</text>',
        *(
            f'<text x="{MARGIN}" y="{44 + 15 * row}" font-size="12" fill="{FAINT}">{svg_text(line)}</text>'
            for row, line in enumerate(lines)
        ),
    ]


def _edges(drawing: RingDrawing, points: Points) -> list[str]:
    member_count = len(drawing.members)
    lines = []
    for member, index in drawing.edges():
        mark = drawing.marks[index]
        (x1, y1), (x2, y2) = points[member], points[member_count + index]
        width = min(1.0 + max(mark.bits, 0.0) / 9, 4.0)
        dash = ' stroke-dasharray="2 4"' if mark.is_busy else ""
        stroke = (
            f'stroke="{kind_style(mark.kind).colour}" stroke-width="{width:.1f}" stroke-opacity="0.45"{dash}'
        )
        lines.append(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" {stroke}/>')
    return lines


def _tag(mark: IdentifierMark, point: Points) -> str:
    x, y = point
    lines, colour = (tag_name(mark), tag_weight(mark)), kind_style(mark.kind).colour
    return (
        f"<g><title>{svg_text(_mark_words(mark))}</title>{tag_box(lines, colour, x, y, tag_width(mark))}</g>"
    )


def _sign(mark: IdentifierMark, point: Points) -> str:
    x, y = point
    return f"<g><title>{svg_text(_mark_words(mark))}</title>{sign_box(mark.kind, x, y)}</g>"


def _mark_words(mark: IdentifierMark) -> str:
    named = ", ".join(mark.identifiers[:5]) + (", …" if len(mark.identifiers) > 5 else "")
    return f"{tag_name(mark)}, {tag_weight(mark)}: {named}"


def _member(drawing: RingDrawing, index: int, point: Points, density: Density) -> str:
    member, verdict = drawing.members[index], drawing.verdicts[index]
    (x, y), radius = point, density.member_radius
    colours = f'fill="{risk_colour(member.account_risk)}" stroke="{INK}"'
    parts = [
        f"<g><title>{svg_text(_member_words(member, verdict))}</title>",
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" {colours} {_OUTLINES[member.role]}/>',
        _verdict_sign(verdict, x, y, radius * 0.45, PAPER if member.account_risk > 0.6 else INK),
    ]
    if density.names_members:
        parts.append(
            f'<text x="{x:.1f}" y="{y + radius + 11:.1f}" text-anchor="middle" font-size="11" fill="{INK}">'
            f"{svg_text(short_name(member.account_id))}</text>"
        )
    return "".join(parts) + "</g>"


def _member_words(member: MemberFinding, verdict: Verdict | None) -> str:
    known = f", known {verdict}" if verdict else ""
    return f"{member.account_id}: risk {member.account_risk:.2f}, {member.role}{known}. {member.reasons}"


def _verdict_sign(verdict: Verdict | None, x: float, y: float, reach: float, colour: str = INK) -> str:
    """A cross on a known bad account, a tick on a known good one."""
    if verdict is None:
        return ""
    left, right, top, bottom = x - reach, x + reach, y - reach, y + reach
    if verdict is Verdict.BAD:
        path = f"M{left:.1f} {top:.1f}L{right:.1f} {bottom:.1f}M{left:.1f} {bottom:.1f}L{right:.1f} {top:.1f}"
    else:
        path = f"M{left:.1f} {y:.1f}L{x - reach / 4:.1f} {bottom:.1f}L{right:.1f} {top:.1f}"
    return f'<path d="{path}" stroke="{colour}" stroke-width="2" fill="none"/>'


def _legend(drawing: RingDrawing, density: Density, width: int, top: int) -> tuple[str, int]:
    """Explains what is in the picture and nothing else; returns its SVG and the height that it took."""
    ramp = "".join(
        f'<rect x="{MARGIN + 38 + 9 * step}" y="{top - 6}" width="9" height="12" '
        f'fill="{risk_colour(step / 10)}"/>'
        for step in range(11)
    )
    x, y = MARGIN + 165.0, top
    parts = [f'<text x="{MARGIN}" y="{y + 4}">risk 0</text>{ramp}<text x="{x - 24:.1f}" y="{y + 4}">1</text>']
    for sign, words in _legend_entries(drawing, density):
        room = 5.9 * len(words) + 36
        if x + room > width - MARGIN:
            x, y = MARGIN + 12.0, y + LEGEND_ROW
        parts.append(
            f'<g transform="translate({x:.1f} {y})">{sign}<text x="12" y="4">{svg_text(words)}</text></g>'
        )
        x += room
    return f'<g font-size="11" fill="{FAINT}">{"".join(parts)}</g>', y - top + LEGEND_ROW


def _legend_entries(drawing: RingDrawing, density: Density) -> list[tuple[str, str]]:
    """(sign drawn about the origin, words)"""
    roles = sorted({member.role for member in drawing.members})
    verdicts = sorted({verdict for verdict in drawing.verdicts if verdict is not None})
    kinds = sorted({mark.kind for index, mark in enumerate(drawing.marks) if index not in density.tagged})
    entries = [
        (f'<circle r="6" fill="none" stroke="{INK}" {_OUTLINES[role]}/>', role.value) for role in roles
    ]
    entries += [(_verdict_sign(verdict, 0, 0, 4), f"known {verdict}") for verdict in verdicts]
    entries += [(sign_box(kind, -3, 0), kind) for kind in kinds]
    if any(mark.is_busy for mark in drawing.marks):
        line = f'<path d="M-8 0H8" stroke="{INK}" stroke-dasharray="2 4"/>'
        entries.append((line, "held by too many others to say much"))
    return entries
