"""Wires a plan to its picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from graphrisk.enforce.plan import PlanHeader
from graphrisk.model.enforcement import PlanRow
from graphrisk.report.plan_drawing import PlanPicture
from graphrisk.report.plan_svg import render_plan_svg
from graphrisk.stores.file_set import write_files


def draw_plan(plan_id: str, header: PlanHeader, rows: Sequence[PlanRow], out: Path) -> None:
    """These rows of the plan, as an SVG that is whole or absent."""
    order = header.order
    picture = PlanPicture(plan_id, header.run_id, order.author, order.made_at, header.expires_at, tuple(rows))
    write_files(out.absolute().parent, {out.name: render_plan_svg(picture).encode()})
