"""An apply that is killed at any instant and begun again loses nothing and doubles nothing."""

from __future__ import annotations

import multiprocessing
import random
import subprocess
import sys
import time
from collections import Counter
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest
from canary_shop import POLICY, make_shop

from graphrisk.enforce.plan import PlanOrder
from graphrisk.flows.enforcement.approve import Saying
from graphrisk.flows.enforcement.revert import Reason
from graphrisk.flows.enforcement.revert_target import RevertTarget
from graphrisk.model.ledger import Changed, Packaged
from graphrisk.stores.enforcement.packages import PackageStore
from graphrisk.stores.enforcement.state_database import StateDatabase
from graphrisk.workspace import Workspace
from graphrisk.workspace.applying import apply_in_workspace
from graphrisk.workspace.enforcing import Enforcement, now
from graphrisk.workspace.enforcing_begin import begin_enforcement
from graphrisk.workspace.reverting import RevertRequest, revert_in_workspace

# Processes are forked from one that has imported everything: the kill is to hit the work, not the imports
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["graphrisk.workspace.applying", "graphrisk.workspace.reverting"])
KILL_COUNT = 50
ALL_REVERTED = "taken back for the next plan"


def _open(folder: Path) -> Enforcement:
    return Enforcement.open(Workspace.open(folder / "shop"), folder / "keys")


def _apply_here(folder: str, plan: str) -> None:
    apply_in_workspace(_open(Path(folder)), plan, Saying("ann", now()))


def _begin(folder: Path, plan: str) -> ForkServerProcess:
    process = FORKS.Process(target=_apply_here, args=(str(folder), plan))
    process.start()
    return process


def _plan(desk: Enforcement) -> str:
    """Approved by somebody else, and of accounts on whom nothing is in force."""
    plan = desk.plan(PlanOrder("ann", now())).plan
    assert plan.acting()
    for ring in plan.header.rings:
        desk.view(plan.plan_id, None, ring, Saying("eve", now()))
    desk.approve(plan.plan_id, Saying("eve", now(), "opened all"))
    return plan.plan_id


def _take_back(desk: Enforcement, plan: str) -> None:
    request = RevertRequest(RevertTarget(plan_id=plan), None, None)
    revert_in_workspace(desk, request, Reason(ALL_REVERTED, "eve", now()))


@pytest.mark.slow
def test_an_apply_killed_fifty_times_does_every_action_once(tmp_path: Path) -> None:
    generator = random.Random(7)
    shop = make_shop(tmp_path / "shop")
    # The same accounts are acted on again and again, all on one day
    policy = POLICY.replace('"stale",', '"stale", "cap_day", "cap_market",')
    (shop.folder / "policy.toml").write_text(policy, encoding="utf-8")
    begin_enforcement(shop, tmp_path / "keys", "ann")
    desk = _open(tmp_path)
    applied = []
    for _ in range(2):  # the first waits for the imports
        applied.append(_plan(desk))
        began = time.perf_counter()
        _begin(tmp_path, applied[-1]).join()
        seconds = time.perf_counter() - began
        _take_back(desk, applied[-1])
    plan, killed_in_time = _plan(desk), 0
    for _ in range(KILL_COUNT):
        if plan in applied or desk.state().plans[plan].stages:
            applied.append(plan)
            _take_back(desk, plan)
            plan = _plan(desk)
        process = _begin(tmp_path, plan)
        time.sleep(generator.uniform(0.0, 1.0) * seconds)
        process.kill()
        process.join()
        killed_in_time += process.exitcode != 0
        desk.ledger.read()  # checked as it is read
    # And at last as people call it
    done = subprocess.run(
        [sys.executable, "-m", "graphrisk", "enforce", "apply", plan, "--by", "ann", "--workspace",
         str(shop.folder), "--keys", str(tmp_path / "keys")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    _check(desk, {*applied, plan})
    assert killed_in_time > KILL_COUNT // 3


def _check(desk: Enforcement, plans: set[str]) -> None:
    entries = desk.ledger.read()
    packaged = [entry.body for entry in entries if isinstance(entry.body, Packaged)]
    assert len(packaged) == len({each.package_id for each in packaged})
    imposing = [each for each in packaged if each.purpose == "apply"]
    assert {each.plan_id for each in imposing} == plans
    assert len(imposing) == len(plans)
    changes = Counter(
        (entry.body.package_id, entry.body.action_id) for entry in entries if isinstance(entry.body, Changed)
    )
    state = desk.state()
    for each in packaged:
        told = {change.action_id for change in state.packages[each.package_id].changes}
        assert len(told) == each.action_count
        assert all(changes[each.package_id, action] == 1 for action in told)
    store = PackageStore(desk.places.packages)
    assert set(store.list_packages()) == {each.package_id for each in packaged}
    for each in packaged:
        assert not store.verify(each.package_id, desk.keys.public_key()).faults
        assert store.read_manifest(each.package_id)[1] == each.manifest_sha256
    desk.keep_state(state)
    stored = StateDatabase(desk.places.state)
    assert stored.read_head() == state.head
    in_force = {row.subject for row in stored.read_actions() if row.lifted_at is None}
    assert in_force == set(state.tiers(now()))
