"""A plan as one self-contained SVG: each ring a panel, its accounts coloured by what is done with them, what
they share between them, and those apart whom a guardrail keeps from it.

Deterministic, byte for byte. Every text that came from data is made printable and escaped for XML.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from graphrisk.model.enforcement import Bucket, PlanRow, Tier, rank
from graphrisk.report.plan_drawing import PlanDrawing, PlanPanel, PlanPicture, SharedMark, draw_plan
from graphrisk.report.plan_panels import (
    APART_TITLE,
    PAD,
    PlacedPanel,
    page_size,
    place_panels,
    tag_lines,
    tag_width,
)
from graphrisk.report.style import FAINT, INK, LEGEND_ROW, MARGIN, PAPER, kind_style, short_name
from graphrisk.report.svg_parts import sign_box, svg_text, tag_box

_TOP = 74  # where the first panel begins
_PALE = "#f5f6f8"
# Fill and outline of an account
_LOOKS = {
    Bucket.NEW: ("#e0632f", "#8f3a17"),
    Bucket.ESCALATED: ("#a60f20", "#5e0610"),
    Bucket.UNCHANGED: ("#98a2b3", "#667085"),
    Bucket.REMOVED: ("#2e8b57", "#1c5a38"),
    Bucket.BLOCKED: (PAPER, "#475467"),
}
_WORDS = {
    Bucket.NEW: "new",
    Bucket.ESCALATED: "escalated",
    Bucket.UNCHANGED: "stays as it is",
    Bucket.REMOVED: "is lifted",
    Bucket.BLOCKED: "blocked by a guardrail",
}


def render_plan_svg(plan: PlanPicture) -> str:
    """The picture of one plan, legible from one account to some hundreds; of a larger plan whole rings."""
    drawing = draw_plan(plan.rows)
    titles = [_panel_titles(panel) for panel in drawing.panels]
    placed = place_panels(drawing.panels, [max(lines, key=len) for lines in titles], _TOP)
    width, bottom = page_size(placed, _TOP)
    legend, legend_height = _legend(drawing, placed, width, bottom + LEGEND_ROW)
    height = bottom + LEGEND_ROW + legend_height
    page = f'width="{width}" height="{height}"'
    view = f'viewBox="0 0 {width} {height}" role="img" font-family="Helvetica, Arial, sans-serif"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {page} {view}>',
        f"<title>{svg_text(_caption(plan, drawing))}</title>",
        f'<rect {page} fill="{PAPER}"/>',
        *_header(plan, drawing),
        *(line for one, lines in zip(placed, titles, strict=True) for line in _panel(one, lines)),
        legend,
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _caption(plan: PlanPicture, drawing: PlanDrawing) -> str:
    return (
        f"{short_name(plan.plan_id)} · {_many(drawing.action_count, 'account')} acted on · "
        f"{drawing.blocked_count} blocked · {_many(drawing.ring_count, 'ring')}"
    )


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _header(plan: PlanPicture, drawing: PlanDrawing) -> Iterator[str]:
    bold = f'font-size="16" font-weight="bold" fill="{INK}"'
    yield f'<text x="{MARGIN}" y="26" {bold}>{svg_text(_caption(plan, drawing))}</text>'
    made = (
        f"{plan.plan_id}, made {plan.created_at:%Y-%m-%d %H:%M} UTC by {plan.planned_by} of {plan.run_id}, "
        f"to be applied before {plan.expires_at:%Y-%m-%d %H:%M}"
    )
    lines = [made]
    if drawing.left_out_count:
        lines.append(
            f"Not drawn: {_many(drawing.left_out_count, 'account')} of "
            f"{_many(drawing.left_out_ring_count, 'ring')}"
        )
    for row, line in enumerate(lines):
        yield f'<text x="{MARGIN}" y="{44 + 15 * row}" font-size="12" fill="{FAINT}">{svg_text(line)}</text>'


def _panel_titles(panel: PlanPanel) -> tuple[str, str]:
    counts = Counter(row.bucket for row in panel.rows)
    told = ", ".join(f"{counts[bucket]} {bucket}" for bucket in Bucket if counts[bucket])
    return f"{panel.ring_id} · score {panel.score:.2f}", f"{_many(len(panel.rows), 'account')}: {told}"


def _panel(one: PlacedPanel, titles: tuple[str, str]) -> Iterator[str]:
    panel, row_count = one.panel, len(one.panel.rows)
    frame = f'x="{one.x:.1f}" y="{one.y:.1f}" width="{one.width:.1f}" height="{one.height:.1f}"'
    yield f'<rect {frame} rx="10" fill="{_PALE}" stroke="#d0d5dd"/>'
    x = one.x + PAD
    bold = f'font-size="13" font-weight="bold" fill="{INK}"'
    yield f'<text x="{x:.1f}" y="{one.y + 20:.1f}" {bold}>{svg_text(titles[0])}</text>'
    faint = f'font-size="11" fill="{FAINT}"'
    yield f'<text x="{x:.1f}" y="{one.y + 36:.1f}" {faint}>{svg_text(titles[1])}</text>'
    if one.apart_y is not None:
        y = one.apart_y
        yield (
            f'<path d="M{x:.1f} {y:.1f}H{one.x + one.width - PAD:.1f}" stroke="{FAINT}" '
            'stroke-dasharray="4 3" fill="none"/>'
        )
        words = "blocked: nothing new is done here"
        yield f'<text x="{x:.1f}" y="{y + APART_TITLE - 10:.1f}" {faint}>{words}</text>'
    yield from _lines(one)
    for index, mark in enumerate(panel.marks):
        yield _mark(mark, one.points[row_count + index], tagged=one.tags_marks)
    for index, row in enumerate(panel.rows):
        yield _account(row, one.points[index], one)


def _lines(one: PlacedPanel) -> Iterator[str]:
    row_count = len(one.panel.rows)
    for row, index in one.panel.edges():
        mark = one.panel.marks[index]
        (x1, y1), (x2, y2) = one.points[row], one.points[row_count + index]
        dash = "" if mark.counts else ' stroke-dasharray="2 4"'
        opacity = "0.5" if row < one.panel.apart else "0.22"
        yield (
            f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
            f'stroke="{kind_style(mark.kind).colour}" stroke-opacity="{opacity}"{dash}/>'
        )


def _mark(mark: SharedMark, point: tuple[float, float], *, tagged: bool) -> str:
    x, y = point
    name, words = tag_lines(mark)
    named = ", ".join(mark.identifiers[:5]) + (", …" if len(mark.identifiers) > 5 else "")
    counts = "" if mark.counts else " (does not count)"
    box = (
        tag_box((name, words), kind_style(mark.kind).colour, x, y, tag_width(mark))
        if tagged
        else sign_box(mark.kind, x, y)
    )
    return f"<g><title>{svg_text(f'{name}, {words}{counts}: {named}')}</title>{box}</g>"


def _account(row: PlanRow, point: tuple[float, float], one: PlacedPanel) -> str:
    (x, y), radius = point, one.radius
    parts = [
        f"<g><title>{svg_text(_account_words(row))}</title>",
        _circle(row.bucket, x, y, radius, is_canary=row.is_canary),
        _tier_sign(row, x, y, radius),
    ]
    if one.names_accounts:
        name = short_name(row.account_id or row.subject)
        parts.append(
            f'<text x="{x:.1f}" y="{y + radius + 11:.1f}" text-anchor="middle" font-size="11" '
            f'fill="{INK}">{svg_text(name)}</text>'
        )
    return "".join(parts) + "</g>"


def _circle(bucket: Bucket, x: float, y: float, radius: float, *, is_canary: bool) -> str:
    fill, outline = _LOOKS[bucket]
    width = "3.5" if is_canary else "1.5"
    dash = ' stroke-dasharray="3 2"' if bucket is Bucket.BLOCKED else ""
    place = f'cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"'
    return f'<circle {place} fill="{fill}" stroke="{outline}" stroke-width="{width}"{dash}/>'


def _tier_sign(row: PlanRow, x: float, y: float, radius: float) -> str:
    """The number of the tier, from 1 on; of those who are blocked the one that they would get."""
    tier = _shown_tier(row)
    if tier is None:
        return ""
    fill = _LOOKS[row.bucket][1] if _LOOKS[row.bucket][0] == PAPER else PAPER
    size = radius * 0.95
    return (
        f'<text x="{x:.1f}" y="{y + size * 0.36:.1f}" text-anchor="middle" font-size="{size:.1f}" '
        f'font-weight="bold" fill="{fill}">{rank(tier)}</text>'
    )


def _shown_tier(row: PlanRow) -> Tier | None:
    match row.bucket:
        case Bucket.BLOCKED:
            return row.wanted
        case Bucket.REMOVED | Bucket.UNCHANGED:
            return row.present
        case _:
            return row.proposed


def _account_words(row: PlanRow) -> str:
    name = row.account_id or f"{row.subject} (erased)"
    change = f"{row.bucket}, {row.present or 'nothing'} -> {row.proposed or 'nothing'}"
    blocked = (
        f", {row.wanted or 'nothing'} is blocked by {', '.join(row.blocked_by)}" if row.blocked_by else ""
    )
    risk = f"risk {row.risk:.2f} ({row.risk_low:.2f} to {row.risk_high:.2f})"
    first = ", goes first" if row.is_canary else ""
    return f"{name}: {change}{blocked}{first}; {risk}. {row.reasons}"


def _legend(drawing: PlanDrawing, placed: tuple[PlacedPanel, ...], width: int, top: int) -> tuple[str, int]:
    """Explains what is in the picture and nothing else; returns its SVG and the height that it took."""
    x, y, parts = float(MARGIN) + 8, top, []
    for sign, words in _legend_entries(drawing, placed):
        room = 5.9 * len(words) + 40
        if x + room > width - MARGIN and x > MARGIN + 8:
            x, y = float(MARGIN) + 8, y + LEGEND_ROW
        parts.append(
            f'<g transform="translate({x:.1f} {y})">{sign}<text x="14" y="4">{svg_text(words)}</text></g>'
        )
        x += room
    return f'<g font-size="11" fill="{FAINT}">{"".join(parts)}</g>', y - top + LEGEND_ROW


def _legend_entries(drawing: PlanDrawing, placed: tuple[PlacedPanel, ...]) -> Iterator[tuple[str, str]]:
    """(sign drawn about the origin, words)"""
    rows = [row for panel in drawing.panels for row in panel.rows]
    marks = [mark for panel in drawing.panels for mark in panel.marks]
    for bucket in Bucket:
        if any(row.bucket is bucket for row in rows):
            yield _circle(bucket, 0, 0, 6, is_canary=False), _WORDS[bucket]
    if any(row.is_canary for row in rows):
        yield _circle(Bucket.NEW, 0, 0, 6, is_canary=True), "goes first, on trial"
    shown = {_shown_tier(row) for row in rows}
    for tier in Tier:
        if tier in shown:
            number = f'<text text-anchor="middle" y="4" font-weight="bold">{rank(tier)}</text>'
            yield number, tier.value
    signs = {mark.kind for one in placed if not one.tags_marks for mark in one.panel.marks}
    for kind in sorted(signs):
        yield sign_box(kind, -3, 0), kind
    if any(not mark.counts for mark in marks):
        line = f'<path d="M-8 0H8" stroke="{INK}" stroke-dasharray="2 4"/>'
        yield line, "does not count as evidence"
