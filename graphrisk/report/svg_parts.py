"""Pieces that several pictures are made of. Every text that came from data is made printable and escaped."""

from __future__ import annotations

from xml.sax.saxutils import escape

from graphrisk.errors import printable
from graphrisk.report.style import FAINT, PAPER, kind_style


def svg_text(text: str) -> str:
    return escape(printable(text))


def tag_box(lines: tuple[str, str], colour: str, x: float, y: float, width: float) -> str:
    """A box about (x, y): what it is in bold, and beneath it how much that says."""
    name, words = map(svg_text, lines)
    return (
        f'<rect x="{x - width / 2:.1f}" y="{y - 17:.1f}" width="{width:.1f}" height="34" rx="6" '
        f'fill="{PAPER}" stroke="{colour}" stroke-width="1.5"/>'
        f'<g text-anchor="middle"><text x="{x:.1f}" y="{y - 3:.1f}" font-size="12" font-weight="bold" '
        f'fill="{colour}">{name}</text>'
        f'<text x="{x:.1f}" y="{y + 10:.1f}" font-size="10" fill="{FAINT}">{words}</text></g>'
    )


def sign_box(kind: str, x: float, y: float) -> str:
    """Where there is no room for a tag."""
    style = kind_style(kind)
    return (
        f'<rect x="{x - 10:.1f}" y="{y - 8:.1f}" width="20" height="16" rx="4" fill="{style.colour}"/>'
        f'<text x="{x:.1f}" y="{y + 4:.1f}" text-anchor="middle" font-size="11" '
        f'font-weight="bold" fill="{PAPER}">{svg_text(style.sign)}</text>'
    )
