"""draw: a plan as a picture."""

from __future__ import annotations

from graphrisk.enforce.plan import Plan
from graphrisk.report.plan_drawing import PlanPicture
from graphrisk.report.plan_svg import render_plan_svg


def draw_plan_svg(plan: Plan) -> str:
    """The plan as it was made: the same bytes, whatever was done since. Accounts that were erased are called
    by their tokens."""
    header = plan.header
    return render_plan_svg(
        PlanPicture(
            plan.plan_id, header.run_id, header.order.author, header.order.made_at, header.expires_at,
            plan.rows,
        )
    )  # fmt: skip
