"""Tables and charts as one HTML page that needs nothing else: pictures inside, no script, no address."""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from graphrisk.errors import printable

_STYLE = """
body { font-family: Helvetica, Arial, sans-serif; color: #1d2433; margin: 2em auto; max-width: 72em; }
table { border-collapse: collapse; margin: 1em 0; font-size: 14px; }
th, td { border-bottom: 1px solid #d7dbe3; padding: 3px 10px; text-align: left; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
figure { display: inline-block; margin: 0 1em 1em 0; }
img { max-width: 100%; }
"""


@dataclass(frozen=True, slots=True)
class PageTable:
    """rows: texts, and numbers shown with three digits after the point where they are not whole."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | float, ...], ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """png: its bytes. words: for who cannot see it."""

    words: str
    png: bytes


def render_chart_page(title: str, pictures: Sequence[Picture], tables: Sequence[PageTable]) -> str:
    figures = "\n".join(map(_figure, pictures))
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{_text(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f"<h1>{_text(title)}</h1>\n{figures}\n" + "\n".join(map(_table, tables)) + "\n</body>\n</html>\n"
    )


def _figure(picture: Picture) -> str:
    data = base64.b64encode(picture.png).decode("ascii")
    return f'<figure><img alt="{_text(picture.words)}" src="data:image/png;base64,{data}"></figure>'


def _table(table: PageTable) -> str:
    head = "".join(f"<th>{_text(name)}</th>" for name in table.columns)
    rows = "\n".join("<tr>" + "".join(map(_cell, row)) + "</tr>" for row in table.rows)
    return (
        f"<h2>{_text(table.title)}</h2>\n<table>\n<thead><tr>{head}</tr></thead>\n"
        f"<tbody>\n{rows}\n</tbody>\n</table>"
    )


def _cell(cell: str | float) -> str:
    if isinstance(cell, str):
        return f"<td>{_text(cell)}</td>"
    if math.isnan(cell):
        return '<td class="number"></td>'
    number = f"{int(cell):,}" if cell == int(cell) else f"{cell:,.3f}"
    return f'<td class="number">{number}</td>'


def _text(text: str) -> str:
    return escape(printable(text))
