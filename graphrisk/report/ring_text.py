"""A ring as text, as wide as a terminal: what its members share, the most telling first, and who shares it.

Deterministic. Members are written out under the most telling thing that they share, and stand elsewhere by
their numbers. Every text that came from data is made printable and cut to the width.
"""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size

from graphrisk.errors import printable
from graphrisk.model.findings import MemberFinding, RingDossier
from graphrisk.model.rings import MemberRole
from graphrisk.model.verdicts import Verdict
from graphrisk.report.drawing import IdentifierMark, RingDrawing, draw_ring
from graphrisk.report.style import tag_weight

LEAST_WIDTH = 40
_VERDICTS = {Verdict.BAD: " bad", Verdict.GOOD: " good"}


def render_ring_text(dossier: RingDossier, width: int) -> str:
    """width: in character cells; less than LEAST_WIDTH is taken as that."""
    width = max(width, LEAST_WIDTH)
    drawing = draw_ring(dossier)
    ring = dossier.ring
    lines = [f"{ring.ring_id} · {ring.size} members · score {ring.score:.2f}"]
    if drawing.left_out_count:
        lines.append(f"the {len(drawing.members)} riskiest are drawn")
    named: set[int] = set()
    marks = sorted(drawing.marks, key=lambda mark: (mark.is_busy, -mark.bits * (len(mark.members) - 1)))
    for mark in marks:
        lines += _mark_lines(mark, drawing, named, width)
    loose = [at for at in range(len(drawing.members)) if at not in named]
    if loose:
        lines += ["on no path that the run kept", *_member_lines(loose, drawing, width)]
    lines.append("* core, ! not for automatic action; a number is a member named above")
    return "\n".join(_cut(line, width) for line in lines) + "\n"


def _mark_lines(mark: IdentifierMark, drawing: RingDrawing, named: set[int], width: int) -> list[str]:
    """The things, then who shares them: by name where not named yet, else by number."""
    many = len(mark.identifiers)
    weight = tag_weight(mark)
    name = mark.identifiers[0] if many == 1 else f"{many} of them: {mark.identifiers[0]}, ..."
    head = f"{mark.kind} {printable(name)}"
    room = width - len(weight) - 3
    lines = [f"{_cut(head, max(room, 12))} · {weight}"]
    if mark.is_busy:
        return [*lines, f"└─ {len(mark.members)} members; too many others hold it to say much"]
    fresh = [at for at in mark.members if at not in named]
    again = [at for at in mark.members if at in named]
    named.update(fresh)
    numbers = [f"{at + 1}" for at in again]
    branch = "├─ " if fresh else "└─ "
    if numbers:
        lines += _wrapped("also ", numbers, branch, width)
    return [*lines, *_member_lines(fresh, drawing, width)]


def _member_lines(members: list[int], drawing: RingDrawing, width: int) -> list[str]:
    """In columns as wide as the longest that is told."""
    cells = [_member(at, drawing.members[at], drawing.verdicts[at]) for at in members]
    if not cells:
        return []
    room = width - 3
    wide = min(max(map(cell_len, cells)), room)
    across = max((room + 2) // (wide + 2), 1)
    rows = [cells[first : first + across] for first in range(0, len(cells), across)]
    drawn = ["  ".join(set_cell_size(cell, wide) for cell in row).rstrip() for row in rows]
    return [f"{'└─ ' if row == len(drawn) - 1 else '├─ '}{line}" for row, line in enumerate(drawn)]


def _member(at: int, member: MemberFinding, verdict: Verdict | None) -> str:
    signs = ("*" if member.role is MemberRole.CORE else "") + ("!" if member.not_automatic else "")
    known = "" if verdict is None else _VERDICTS.get(verdict, "")
    return f"{at + 1} {printable(member.account_id)}{signs} {member.account_risk:.2f}{known}"


def _wrapped(start: str, words: list[str], branch: str, width: int) -> list[str]:
    lines, line = [], branch + start
    for word in words:
        if len(line) + len(word) > width:
            lines.append(line.rstrip())
            line = "├─ " if branch.startswith("├") else "   "
        line += word + " "
    return [*lines, line.rstrip()]


def _cut(line: str, width: int) -> str:
    return line if cell_len(line) <= width else set_cell_size(line, width - 1) + "…"
