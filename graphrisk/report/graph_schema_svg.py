"""The graph in Neo4j as one self-contained SVG: labels as boxes, relationship types as arrows.

Accounts stand in the middle, the kinds of identifier at the right, everything else at the left; so a kind
that a workspace declares gets its place without a layout being searched for. Deterministic, byte for byte.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from graphrisk.errors import printable
from graphrisk.model.graph_schema import (
    ACCOUNT,
    EVIDENCE,
    IDENTIFIER,
    MEMBER_OF,
    RING,
    GraphSchema,
    NodeSchema,
    RelationshipSchema,
)
from graphrisk.report.style import FAINT, INK, MARGIN, PAPER, kind_style

_TITLE = "The graph in Neo4j"
_NOTE = "Dashed: labels that come and go with what is known."
_FRAME_WORDS = "all of these have this label, too"
_PALE = "#f5f6f8"
_FOUND = "#a60f20"  # what a run finds, in the colour of the greatest risk
_HEADER, _FOOTER = 62, 44
_BOX, _PILL, _ROW, _PAD = 42, 22, 56, 14  # heights, and the room inside of the frame
_BEND, _PORT = 72, 18  # how wide a curve is, and how far apart two arrows at one box are
_TYPE_CHARACTER, _LABEL_CHARACTER, _WORDS_CHARACTER, _STATE_CHARACTER = 7.2, 9.0, 5.6, 6.0  # pixels


@dataclass(frozen=True, slots=True)
class _Box:
    """A label in its place. x, y: of its upper left corner."""

    node: NodeSchema
    colour: str
    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        return self.y + self.height / 2


@dataclass(frozen=True, slots=True)
class _Plan:
    """Where everything stands. frame: round the kinds. header: the label in it that all kinds have."""

    width: float
    height: float
    account: _Box
    others: tuple[_Box, ...]
    frame: _Box
    header: _Box
    kinds: tuple[_Box, ...]


def render_schema_svg(schema: GraphSchema) -> str:
    """Raises ValueError for a relationship type between two labels of which none is the account, unless they
    are neighbours at the left: there is no place for its arrow yet."""
    plan = _plan(schema)
    outgoing, incoming, loops, between = _sort_out(schema.relationships)
    frame = plan.frame
    page = f'width="{plan.width:.0f}" height="{plan.height:.0f}"'
    view = f'viewBox="0 0 {plan.width:.0f} {plan.height:.0f}" role="img"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {page} {view} font-family="Helvetica, Arial, sans-serif">',
        f"<title>{_text(_TITLE)}</title>",
        f'<rect {page} fill="{PAPER}"/>',
        f'<text x="{MARGIN}" y="34" font-size="16" font-weight="bold" fill="{INK}">{_text(_TITLE)}</text>',
        _rectangle(frame, f'rx="10" fill="{_PALE}" stroke="{FAINT}"'),
        *_arrows(plan.account, (plan.header, *plan.kinds), outgoing, incoming),
        *_arrows(plan.account, plan.others, outgoing, incoming),
        *(
            part
            for box in (plan.account, *plan.others)
            for part in _loops(box, loops.get(box.node.label, []))
        ),
        *(_between(plan.others, each) for each in between),
        *map(_draw_box, (plan.account, *plan.others, *plan.kinds)),
        *_box_texts(plan.header),
        f'<text x="{MARGIN}" y="{plan.height - 16:.1f}" font-size="11" fill="{FAINT}">{_text(_NOTE)}</text>',
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _plan(schema: GraphSchema) -> _Plan:
    kinds = [node for node in schema.nodes if IDENTIFIER in node.also]
    others = [node for node in schema.nodes if node.label != ACCOUNT and node not in kinds]
    account = next(node for node in schema.nodes if node.label == ACCOUNT)
    whole = NodeSchema(IDENTIFIER, _FRAME_WORDS, ())
    gap = _BEND + 16 + _TYPE_CHARACTER * max(len(each.type) for each in schema.relationships)
    left, middle, right = (
        max(map(_box_width, nodes), default=0.0) for nodes in (others, [account], [whole, *kinds])
    )
    account_x = MARGIN + left + gap
    frame_x, frame_width = account_x + middle + gap, right + 2 * _PAD
    frame_height = (len(kinds) + 1) * _ROW + 2 * _PAD
    inner = max(frame_height, len(others) * (_BOX + _ROW))
    center = _HEADER + inner / 2
    top = center - frame_height / 2
    return _Plan(
        width=frame_x + frame_width + MARGIN,
        height=_HEADER + inner + _FOOTER,
        account=_place(account, account_x, center, middle),
        others=tuple(
            _place(node, MARGIN, _HEADER + inner * (index + 0.5) / len(others), left)
            for index, node in enumerate(others)
        ),
        frame=_Box(whole, FAINT, frame_x, top, frame_width, frame_height),
        header=_Box(whole, INK, frame_x, top + _PAD, frame_width, _ROW),
        kinds=tuple(
            _place(node, frame_x + _PAD, top + _PAD + _ROW * (index + 1.5), right)
            for index, node in enumerate(kinds)
        ),
    )


_Ends = dict[str, list[RelationshipSchema]]


def _sort_out(
    relationships: Sequence[RelationshipSchema],
) -> tuple[_Ends, _Ends, _Ends, list[RelationshipSchema]]:
    """From accounts by the label that they lead to, to accounts by the label that they come from, those
    between nodes of one label by that, and the others."""
    outgoing: _Ends = {}
    incoming: _Ends = {}
    loops: _Ends = {}
    between = []
    for each in relationships:
        if each.start == each.end:
            loops.setdefault(each.start, []).append(each)
        elif each.start == ACCOUNT:
            outgoing.setdefault(each.end, []).append(each)
        elif each.end == ACCOUNT:
            incoming.setdefault(each.start, []).append(each)
        else:
            between.append(each)
    return outgoing, incoming, loops, between


def _box_width(node: NodeSchema) -> float:
    return max(
        _LABEL_CHARACTER * len(node.label) + 28,
        _WORDS_CHARACTER * len(node.words) + 24,
        2 * max((_state_width(state) for state, _ in node.states), default=0.0) + 36,
    )


def _place(node: NodeSchema, x: float, middle: float, width: float) -> _Box:
    pill_rows = (len(node.states) + 1) // 2
    height = _BOX + pill_rows * _PILL + (8 if pill_rows else 0)
    return _Box(node, _colour(node), x, middle - height / 2, width, height)


def _colour(node: NodeSchema) -> str:
    if node.label == RING:
        return _FOUND
    return kind_style(node.label.lower()).colour if IDENTIFIER in node.also else INK


def _draw_box(box: _Box) -> str:
    thickness = 2.4 if box.node.label == ACCOUNT else 1.5
    parts = [
        "<g>",
        _rectangle(box, f'rx="8" fill="{PAPER}" stroke="{box.colour}" stroke-width="{thickness}"'),
        *_box_texts(box),
    ]
    for index, (state, words) in enumerate(box.node.states):
        parts.append(_pill(state, words, box, index))
    return "".join(parts) + "</g>"


def _rectangle(box: _Box, look: str) -> str:
    place = f'x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}"'
    return f"<rect {place} {look}/>"


def _box_texts(box: _Box) -> tuple[str, str]:
    middle = f'x="{box.x + box.width / 2:.1f}" text-anchor="middle"'
    label = f'font-size="14" font-weight="bold" fill="{box.colour}"'
    words = f'font-size="11" fill="{FAINT}"'
    return (
        f'<text {middle} y="{box.y + 19:.1f}" {label}>{_text(box.node.label)}</text>',
        f'<text {middle} y="{box.y + 33:.1f}" {words}>{_text(box.node.words)}</text>',
    )


def _pill(state: str, words: str, box: _Box, index: int) -> str:
    width = max(_state_width(name) for name, _ in box.node.states)
    side = -1 if index % 2 == 0 else 1
    x = box.x + box.width / 2 + side * (width / 2 + 4)
    y = box.y + _BOX + (index // 2) * _PILL + 8
    return (
        f"<g><title>{_text(words)}</title>"
        f'<rect x="{x - width / 2:.1f}" y="{y - 8:.1f}" width="{width:.1f}" height="17" rx="8" '
        f'fill="none" stroke="{FAINT}" stroke-dasharray="3 2"/>'
        f'<text x="{x:.1f}" y="{y + 4:.1f}" text-anchor="middle" font-size="10.5" fill="{INK}">'
        f"{_text(state)}</text></g>"
    )


def _state_width(state: str) -> float:
    return _STATE_CHARACTER * len(state) + 18


def _arrows(account: _Box, boxes: Sequence[_Box], outgoing: _Ends, incoming: _Ends) -> list[str]:
    """Between the account and boxes on one side of it, in the order in which the boxes stand there."""
    ends = [
        (box, each, index - (len(of_box) - 1) / 2)
        for box in boxes
        for of_box in [outgoing.get(box.node.label, []) + incoming.get(box.node.label, [])]
        for index, each in enumerate(of_box)
    ]
    room = (account.height - 20) / max(len(ends) - 1, 1)
    spread = min(room, _PORT)
    return [
        _arrow(account, account.middle + (rank - (len(ends) - 1) / 2) * spread, box, offset * _PORT, each)
        for rank, (box, each, offset) in enumerate(ends)
    ]


def _arrow(account: _Box, port: float, box: _Box, offset: float, each: RelationshipSchema) -> str:
    """A curve beside the account, then a straight piece that carries the type's name."""
    side = 1 if box.x > account.x else -1
    near = account.x + account.width if side > 0 else account.x
    far = box.x if side > 0 else box.x + box.width
    bend, y = near + side * _BEND, box.middle + offset
    colour = _FOUND if each.type in (EVIDENCE, MEMBER_OF) else box.colour
    is_outgoing = each.start == ACCOUNT
    tip, back = (far, side) if is_outgoing else (near, -side)
    tip_y = y if is_outgoing else port
    begin = near if is_outgoing else near + side * 7
    end = far - side * 7 if is_outgoing else far
    return (
        f"<g><title>{_text(_signature(each))}: {_text(each.words)}</title>"
        f'<path d="M{begin:.1f} {port:.1f}C{near + side * _BEND / 2:.1f} {port:.1f} '
        f'{bend - side * _BEND / 2:.1f} {y:.1f} {bend:.1f} {y:.1f}H{end:.1f}" '
        f'fill="none" stroke="{colour}" stroke-width="1.5"/>'
        f'<path d="M{tip:.1f} {tip_y:.1f}l{-back * 9} -4.5v9z" fill="{colour}"/>'
        f'<text x="{bend + side * 6:.1f}" y="{y - 5:.1f}" text-anchor="{"start" if side > 0 else "end"}" '
        f'font-size="11" fill="{colour}">{_text(each.type)}</text></g>'
    )


def _loops(box: _Box, loops: Sequence[RelationshipSchema]) -> list[str]:
    """From the box's upper edge back to it, each above the one before."""
    x, top, colour = box.x + box.width / 2, box.y, box.colour
    drawn = []
    for index, each in enumerate(loops):
        half, rise = 34 + 16 * index, 46 + 24 * index
        drawn.append(
            f"<g><title>{_text(_signature(each))}: {_text(each.words)}</title>"
            f'<path d="M{x - half:.1f} {top:.1f}C{x - half:.1f} {top - rise:.1f} {x + half:.1f} '
            f'{top - rise:.1f} {x + half:.1f} {top - 7:.1f}" fill="none" stroke="{colour}" '
            f'stroke-width="1.5"/>'
            f'<path d="M{x + half:.1f} {top:.1f}l-4.5 -9h9z" fill="{colour}"/>'
            f'<text x="{x:.1f}" y="{top - 0.75 * rise - 7:.1f}" text-anchor="middle" font-size="11" '
            f'fill="{colour}">{_text(each.type)}</text></g>'
        )
    return drawn


def _between(others: Sequence[_Box], each: RelationshipSchema) -> str:
    """Straight up or down from one box at the left to its neighbour."""
    places = {box.node.label: index for index, box in enumerate(others)}
    if abs(places.get(each.start, -9) - places.get(each.end, 9)) != 1:
        raise ValueError(f"no place for {_signature(each)} in the picture")
    start, end = others[places[each.start]], others[places[each.end]]
    down = 1 if end.y > start.y else -1
    begin, tip = (start.y + start.height, end.y) if down > 0 else (start.y, end.y + end.height)
    x, colour = start.x + start.width / 2, start.colour
    return (
        f"<g><title>{_text(_signature(each))}: {_text(each.words)}</title>"
        f'<path d="M{x:.1f} {begin:.1f}V{tip - down * 7:.1f}" fill="none" stroke="{colour}" '
        f'stroke-width="1.5"/>'
        f'<path d="M{x:.1f} {tip:.1f}l-4.5 {-down * 9}h9z" fill="{colour}"/>'
        f'<text x="{x + 8:.1f}" y="{(begin + tip) / 2 + 4:.1f}" font-size="11" fill="{colour}">'
        f"{_text(each.type)}</text></g>"
    )


def _signature(each: RelationshipSchema) -> str:
    return f"(:{each.start})-[:{each.type}]->(:{each.end})"


def _text(text: str) -> str:
    return escape(printable(text))
