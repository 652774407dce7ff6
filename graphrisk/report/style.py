"""How a ring's picture looks: colours, sizes and the words on tags, as data and small pure functions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphrisk.errors import printable
from graphrisk.report.drawing import IdentifierMark, RingDrawing

MARGIN = 28
HEADER = 74
LEGEND_ROW = 22
LEAST_WIDTH = 760

INK = "#1d2433"
FAINT = "#5b6475"
PAPER = "#ffffff"

_RISK_STOPS = ((0.0, (250, 244, 226)), (0.35, (251, 209, 132)), (0.7, (238, 116, 62)), (1.0, (166, 15, 32)))


@dataclass(frozen=True, slots=True)
class KindStyle:
    """sign: one or two characters that stand for the kind where there is no room for its name."""

    colour: str
    sign: str


KIND_STYLES = {
    "device": KindStyle("#2f6db3", "D"),
    "instrument": KindStyle("#7b4fa3", "$"),
    "address": KindStyle("#1f8a68", "A"),
    "ip": KindStyle("#667085", "IP"),
    "phone": KindStyle("#a45f1f", "P"),
    "email": KindStyle("#b0487f", "@"),
}


@dataclass(frozen=True, slots=True)
class Density:
    """What fits, from how much there is to draw.

    edge_length, member_radius: pixels. names_members: whether each member's id stands below it.
    tagged: indices of the marks that are drawn as a tag with words; the others are a small sign.
    """

    edge_length: float
    member_radius: float
    names_members: bool
    tagged: frozenset[int]

    @classmethod
    def for_drawing(cls, drawing: RingDrawing) -> Density:
        member_count, mark_count = len(drawing.members), len(drawing.marks)
        tagged = list(range(mark_count))
        if mark_count > 24:
            by_reach = sorted(tagged, key=lambda index: -len(drawing.marks[index].members))
            tagged = [index for index in by_reach[:5] if len(drawing.marks[index].members) > 2]
        is_crowd = member_count > 40
        return cls(
            edge_length=60.0 if is_crowd or mark_count > 24 else 95.0,
            member_radius=7.5 if is_crowd else 10.0 if member_count > 16 else 13.0,
            names_members=not is_crowd,
            tagged=frozenset(tagged),
        )


def kind_style(kind: str) -> KindStyle:
    return KIND_STYLES.get(kind) or KindStyle("#475467", printable(kind)[:2].capitalize())


def risk_colour(risk: float) -> str:
    """From pale to dark red over 0..1; values outside are clamped."""
    shares = [share for share, _ in _RISK_STOPS]
    channels = zip(*(colour for _, colour in _RISK_STOPS), strict=True)
    red, green, blue = (round(float(np.interp(risk, shares, channel))) for channel in channels)
    return f"#{red:02x}{green:02x}{blue:02x}"


def tag_name(mark: IdentifierMark) -> str:
    return mark.kind if len(mark.identifiers) == 1 else f"{len(mark.identifiers)} × {mark.kind}"


def tag_weight(mark: IdentifierMark) -> str:
    holders = f"{mark.account_count:,} accounts"
    if mark.is_busy and len(mark.identifiers) > 1:
        return f"up to {holders}"
    return f"{mark.bits:.1f} bits · {holders}"


def tag_width(mark: IdentifierMark) -> float:
    """Pixels, from the average width of a character in the two sizes of a tag's text."""
    return max(7.2 * len(tag_name(mark)), 5.4 * len(tag_weight(mark))) + 14


def short_name(account_id: str) -> str:
    """At most 14 characters: the middle of a long id is left out."""
    text = printable(account_id)
    return text if len(text) <= 14 else f"{text[:7]}…{text[-6:]}"
