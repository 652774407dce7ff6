"""Judgements where the prior judges: a door, and a ring, of a simulated marketplace."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from judged import thing
from locker_shop import results
from markets import Market

from graphrisk.flows.judge import JudgeOrder
from graphrisk.model.judgements import Ruling, Subject, Target
from graphrisk.workspace import Workspace


@pytest.mark.slow
def test_where_the_prior_judges_a_door_frees_its_ring_and_is_given_back(
    market: Market, tmp_path: Path
) -> None:
    shop = Workspace.open(shutil.copytree(market.folder, tmp_path / "market"))
    first = shop.detect(workers=1)
    assert json.loads(first.record.parameters)["judged_by"] == "prior"
    evidence = first.arrow("evidence").to_pylist()
    door = max((row for row in evidence if row["kind"] == "address_door"), key=lambda row: row["bits"])
    report = shop.judge(
        JudgeOrder(thing("address_door", door["identifier"]), Ruling.REJECT, "eve", "a parcel locker")
    )
    assert door["ring_id"] in {each.ring_id for each in report.held}
    second = shop.detect(workers=1)
    left = second.arrow("evidence").to_pylist()
    assert (door["kind"], door["identifier"]) not in {(row["kind"], row["identifier"]) for row in left}
    assert results(second) != results(first)
    shop.judge(
        JudgeOrder(
            Target(Subject.JUDGEMENT, withdraws=report.judgement.judgement_id),
            Ruling.WITHDRAW,
            "eve",
            "a flat",
        )
    )
    assert results(shop.detect(workers=1)) == results(first)


@pytest.mark.slow
def test_where_the_prior_judges_no_two_members_of_a_rejected_ring_tie_each_other(
    market: Market, tmp_path: Path
) -> None:
    shop = Workspace.open(shutil.copytree(market.folder, tmp_path / "market"))
    first = shop.detect(workers=1)
    ring = max(first.arrow("ring").to_pylist(), key=lambda row: row["size"])["ring_id"]
    report = shop.judge(
        JudgeOrder(Target(Subject.RING, ring_id=ring), Ruling.REJECT, "eve", "a student house")
    )
    members = {each.account_id for each in report.held}
    second = shop.detect(workers=1)
    hops = [{row["account_id"], row["via_account_id"]} for row in second.arrow("evidence").to_pylist()]
    assert [hop for hop in hops if hop <= members] == []
    assert any(
        hop <= members
        for hop in ({row["account_id"], row["via_account_id"]} for row in first.arrow("evidence").to_pylist())
    )
    # Nobody is acquitted: what each of them does is judged as before
    risk = {
        run.run_id: dict(
            zip(
                *(run.arrow("account_risk")[name].to_pylist() for name in ("account_id", "risk")), strict=True
            )
        )
        for run in (first, second)
    }
    assert risk[first.run_id] == risk[second.run_id]
