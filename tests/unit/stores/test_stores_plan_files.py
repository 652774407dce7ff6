"""A plan comes back from its folder as it was put there, and a plan that was tampered with is known."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from plan_grounds import KEY, ground, many, member, order, thing

from graphrisk.enforce.make_plan import make_plan
from graphrisk.enforce.plan import Plan, find_changed
from graphrisk.errors import GraphriskError, NotFoundError, TamperedError
from graphrisk.stores.enforcement.plan_files import HEADER_NAME, ROWS_NAME, PlanFiles

HOSTILE = "a\x1b[31m\u202e'\";=cmd|--\n\U0001f4a3"


@pytest.fixture
def plan() -> Plan:
    odd = [
        member(HOSTILE, market=None, money=(), things=(thing("device", HOSTILE), thing("address"))),
        # Whole numbers where fractions are meant, as a database may give them
        member("whole", turnover_share=0, loss_share=0, risk=1, ring_score=1, is_labelled_good=True),
    ]
    return make_plan([*many(60), *odd], ground(), order(spread_hours=3.0))


def test_a_plan_comes_back_as_it_was(plan: Plan, tmp_path: Path) -> None:
    files = PlanFiles(tmp_path / "plans")
    files.write_plan(plan)
    files.write_plan(plan)
    assert files.list_plans() == (plan.plan_id,)
    found = files.read_plan(plan.plan_id)
    assert found == plan
    assert find_changed(found, KEY) is None


@pytest.mark.parametrize("name", [HEADER_NAME, ROWS_NAME])
def test_half_a_file_is_no_plan(plan: Plan, tmp_path: Path, name: str) -> None:
    files = PlanFiles(tmp_path)
    place = files.write_plan(plan) / name
    place.write_bytes(place.read_bytes()[:200])
    with pytest.raises(TamperedError):
        files.read_plan(plan.plan_id)


def test_a_header_that_asks_for_fewer_approvals_is_known(plan: Plan, tmp_path: Path) -> None:
    files = PlanFiles(tmp_path)
    place = files.write_plan(plan) / HEADER_NAME
    told = json.loads(place.read_bytes())
    told["header"]["approval_count"] = 0
    place.write_text(json.dumps(told))
    assert find_changed(files.read_plan(plan.plan_id), KEY) is not None


def test_a_plan_of_another_version_is_told_from_one_that_was_tampered_with(
    plan: Plan, tmp_path: Path
) -> None:
    files = PlanFiles(tmp_path)
    place = files.write_plan(plan) / HEADER_NAME
    told = json.loads(place.read_bytes())
    place.write_text(json.dumps({**told, "format": 2, "header": {"else": 1}}))
    with pytest.raises(GraphriskError) as failure:
        files.read_header(plan.plan_id)
    assert not isinstance(failure.value, TamperedError)
    assert "format 2" in str(failure.value)


@pytest.mark.parametrize("name", ["P-NONE", "../plans", "", "."])
def test_no_other_folder_is_opened(plan: Plan, tmp_path: Path, name: str) -> None:
    files = PlanFiles(tmp_path)
    files.write_plan(plan)
    with pytest.raises(NotFoundError):
        files.read_header(name)
