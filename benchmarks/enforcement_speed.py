"""A hundred thousand actions: planned, viewed, approved, applied as a signed package, and verified.

    python benchmarks/enforcement_speed.py [--actions 100000] [--folder FOLDER]

Everything is real but the facts, which are made up: rings of ten with evidence from four sides. Beside it
what a user would have instead: the same rows to a CSV file by pandas, and its SHA-256.
"""

from __future__ import annotations

import argparse
import hashlib
import resource
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

from graphrisk.enforce.facts import MemberFacts, RunFacts
from graphrisk.enforce.plan import PlanOrder
from graphrisk.enforce.policy import Cap, Caps, Guardrail, Limits, Policy
from graphrisk.enforce.tokens import account_token
from graphrisk.flows.enforcement.apply import ApplySides, apply_plan
from graphrisk.flows.enforcement.approve import Desk, Saying, approve_plan, view_plan
from graphrisk.flows.enforcement.make_plan import PlanSides, plan_actions
from graphrisk.model.kinds import BUILT_IN_KINDS
from graphrisk.model.ledger import Opened
from graphrisk.model.runs import RunRecord
from graphrisk.stores.enforcement.keys import KeyFolder
from graphrisk.stores.enforcement.ledger_file import Ledger
from graphrisk.stores.enforcement.package_shelf import PackageShelf
from graphrisk.stores.enforcement.packages import PackageStore
from graphrisk.stores.enforcement.places import EnforcementPlaces
from graphrisk.stores.enforcement.plan_files import PlanFiles, tabulate_rows
from graphrisk.stores.enforcement.state_database import StateDatabase
from graphrisk.workspace.applying import StopFile
from graphrisk.workspace.enforcing import is_signed_by, now

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from plan_grounds import member, run_facts, thing

EVERYTHING = Cap(10**9, 1.0, 1.0)
POLICY = Policy(
    caps=Caps(10**9, EVERYTHING, EVERYTHING, EVERYTHING, EVERYTHING), limits=Limits(off=(Guardrail.CANARY,))
)


@dataclass(frozen=True, slots=True)
class MadeUp:
    """Fits flows.enforcement.make_plan.FactsReader and RingNames."""

    facts: RunFacts
    members: Sequence[MemberFacts]

    def read_run_facts(self, run: RunRecord) -> RunFacts:  # noqa: ARG002 - fits the Protocol
        return self.facts

    def read_good(self, run: RunRecord) -> frozenset[str]:  # noqa: ARG002
        return frozenset(each.account_id for each in self.members if each.is_labelled_good)

    def read_member_facts(
        self,
        run: RunRecord,  # noqa: ARG002 - fits the Protocol
        ring_ids: Sequence[str] | None = None,  # noqa: ARG002
    ) -> Sequence[MemberFacts]:
        return self.members

    def find_ring_ids(self, run_id: str, start: str) -> Sequence[str]:  # noqa: ARG002
        return [start]

    def near_ring_ids(self, run_id: str, name: str) -> Sequence[str]:  # noqa: ARG002
        return []


def make_members(count: int) -> list[MemberFacts]:
    made = []
    for at in range(count):
        ring = at // 10
        kinds = ("address", "device", "instrument", "phone")
        things = tuple(thing(kind, f"{kind}-{ring}", holders=10, in_ring=10) for kind in kinds)
        risk = 0.9 + (at % 97) / 1_000
        made.append(
            member(
                f"account-{at:07}", ring_id=f"RING-{ring:06}", risk=risk, risk_low=risk - 0.05,
                risk_high=min(risk + 0.02, 1.0), things=things, turnover_share=1e-7, loss_share=1e-6,
            )
        )  # fmt: skip
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--actions", type=int, default=100_000)
    parser.add_argument("--folder", type=Path)
    told = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=told.folder) as folder:
        measure(Path(folder), told.actions)


def measure(folder: Path, count: int) -> None:
    members, at = make_members(count), now()
    facts = run_facts(as_of=at - timedelta(hours=1), active_by_market=(("DE", 10**7),))
    run = RunRecord("RUN-1", at, facts.as_of, "{}", "data", 0, (), (), (), 0)
    places = EnforcementPlaces(folder, folder.with_name(folder.name + "-keys"))
    keys, _ = KeyFolder.create(places.keys)
    ledger, files = Ledger(places, keys), PlanFiles(places.plans)
    with ledger.beginning() as writer:
        writer.append([Opened("L-1", keys.signing_fingerprint, keys.pseudonym_fingerprint, "0")], "ann", at)
    key = keys.token_key()
    made_up = MadeUp(facts, members)
    sides = PlanSides(made_up, made_up, files, ledger, partial(account_token, key), key)
    began = time.perf_counter()
    with timed("plan"):
        made = plan_actions(sides, run, POLICY, BUILT_IN_KINDS, PlanOrder("ann", at))
    plan = made.plan
    desk = Desk(files, ledger, POLICY, lambda: facts, key, is_signed_by)
    with timed("two people open three rings each, and approve"):
        for by in ("eve", "bob"):
            for ring in plan.header.acting_rings[:3]:
                view_plan(desk, plan.plan_id, None, ring, Saying(by, at))
            approve_plan(desk, plan.plan_id, Saying(by, at, "looked at it"))
    store = PackageStore(places.packages)
    shelf = PackageShelf(store, keys, POLICY.redress)
    with timed("apply: package, signature, ledger"):
        applied = apply_plan(ApplySides(desk, shelf, StopFile(places.stop)), plan.plan_id, Saying("ann", at))
    with timed("state database"):
        StateDatabase(places.state).write_state(applied.state, made.names)
    with timed("verify"):
        report = store.verify(applied.packaged.package_id, keys.public_key())
    whole = time.perf_counter() - began
    assert not report.faults
    assert applied.packaged.action_count == count
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    sys.stdout.write(f"{count:,} actions in {whole:.1f} s, at most {peak:.2f} GiB\n")
    bare = folder / "bare.csv"
    table = tabulate_rows(plan.rows)
    before = time.perf_counter()
    table.select(["account_id", "ring_id", "proposed", "reasons"]).to_pandas().to_csv(bare, index=False)
    digest = hashlib.sha256(bare.read_bytes()).hexdigest()
    took = time.perf_counter() - before
    sys.stdout.write(
        f"a bare list by pandas, with its digest {digest[:8]}: {took:.2f} s; ratio {whole / took:.0f}\n"
    )


@contextmanager
def timed(what: str) -> Iterator[None]:
    before = time.perf_counter()
    yield
    sys.stdout.write(f"{what}: {time.perf_counter() - before:.1f} s\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
