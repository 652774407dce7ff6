"""Time and memory of a signed package with its statements, and of its check, beside a bare CSV with a digest.

    python benchmarks/enforcement_package.py --actions 100000

Actions are made up: accounts in rings of twenty, each with two shared things, a behaviour and a record. Each
step is a process of its own:

rows      makes the rows of actions and of the plan, which the next two do, too
package   writes the package: four forms of the actions, statements, drafts for the EU's database, signature
bare      pandas.to_csv of the same rows, and its SHA-256: what one would do without graphrisk
verify    `graphrisk enforce verify` with the key
erase     writes the package anew without one account
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from processes import Cost, installed_command, run_measured

from graphrisk.enforce.package import Package, PackageForm, PackageHeader, action_table, name_action
from graphrisk.model.enforcement import (
    ActionRow,
    Bucket,
    Evidence,
    Operation,
    PlanRow,
    Purpose,
    Source,
    Tier,
)
from graphrisk.model.ledger import Approved
from graphrisk.stores.enforcement.packages import PackageStore

AT = datetime(2026, 11, 26, 12)  # noqa: DTZ001 - naive UTC, as everywhere
PLAN, PACKAGE_ID, RING_SIZE = "P-BENCHMARK", "PKG-" + "A" * 26, 20
TIERS = (Tier.REVIEW, Tier.RESTRICT, Tier.SUSPEND, Tier.BAN)
REASON = "The account is suspended: it appears to be one of several that one party runs to abuse the shop."


@dataclass(frozen=True, slots=True)
class BenchmarkKey:
    """Fits Signer. The same in all processes, and worth nothing."""

    def sign(self, message: bytes) -> bytes:
        return self._private().sign(message)

    def public_key(self) -> Ed25519PublicKey:
        return self._private().public_key()

    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(bytes(32))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--actions", type=int, default=100_000)
    parser.add_argument("--step", choices=STEPS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.step:
        STEPS[given.step](given.folder, given.actions)
        return
    with tempfile.TemporaryDirectory(prefix="graphrisk-package-") as name:
        costs = measure_all(Path(name), given.actions)
        sizes = sum(path.stat().st_size for path in (Path(name) / PACKAGE_ID).iterdir())
    print(f"{given.actions:,} actions, {sizes / 1e6:.0f} MB")
    print_table(costs)


def measure_all(folder: Path, count: int) -> dict[str, Cost]:
    here = [sys.executable, __file__, "--folder", str(folder), "--actions", str(count), "--step"]
    costs = {step: run_measured([*here, step]) for step in ("rows", "package", "bare")}
    key = folder / "signing.pub"
    key.write_bytes(BenchmarkKey().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    verify = [installed_command(), "enforce", "verify", str(folder / PACKAGE_ID), "--key", str(key)]
    costs["verify"] = run_measured(verify)
    costs["erase"] = run_measured([*here, "erase"])
    return costs


def print_table(costs: Mapping[str, Cost]) -> None:
    """`of bare`: how many times the processor time of the bare CSV, making the rows taken off where it is."""
    bare = costs["bare"].cpu_seconds - costs["rows"].cpu_seconds
    print(f"{'step':8} {'seconds':>8} {'cpu':>6} {'peak MB':>8} {'of bare':>8}")
    for step, cost in costs.items():
        own = cost.cpu_seconds - (costs["rows"].cpu_seconds if step in ("package", "bare") else 0)
        ratio = "" if step == "rows" else f"{own / bare:8.1f}"
        print(
            f"{step:8} {cost.wall_seconds:8.1f} {cost.cpu_seconds:6.1f} {cost.peak_bytes / 1e6:8.0f} {ratio}"
        )


def make_rows(count: int) -> tuple[tuple[ActionRow, ...], tuple[PlanRow, ...]]:
    rows, grounds = [], []
    for at in range(count):
        ring, tier = f"RING-{at // RING_SIZE:06}", TIERS[at % len(TIERS)]
        subject, account = hashlib.sha256(str(at).encode()).hexdigest()[:26], f"account-{at:08}"
        until = None if tier is Tier.BAN else AT + timedelta(days=30)
        rows.append(
            ActionRow(
                name_action(PLAN, subject, tier), Operation.IMPOSE, subject, account, ring, tier, None, tier,
                AT, until, REASON, PLAN, by_hand=False,
            )
        )  # fmt: skip
        shared = (
            Evidence(source, kind, f"{kind}-{at // 3}", 12, 3 + at % 5, counts=True, words=f"same {kind}")
            for source, kind in ((Source.DEVICE, "device"), (Source.INSTRUMENT, "card"))
        )
        own = (
            Evidence(Source.BEHAVIOUR, "lockstep", "", 0, 0, counts=True, words="pays in step"),
            Evidence(Source.RECORD, "losses", "", 0, 0, counts=True, words=f"{at % 9} of 10 were lost"),
        )
        grounds.append(
            PlanRow(
                subject, account, ring, "DE", Bucket.NEW, None, tier, tier, (), (), 0.95, 0.97, 0.93, 0.99,
                0.0, 0.0, (), (*shared, *own), "", AT, until, is_canary=False,
            )
        )  # fmt: skip
    return tuple(rows), tuple(grounds)


def only_rows(folder: Path, count: int) -> None:
    del folder
    make_rows(count)


def write_package(folder: Path, count: int) -> None:
    rows, grounds = make_rows(count)
    header = PackageHeader(
        PACKAGE_ID, Purpose.APPLY, PLAN, "all", "RUN", "data", "policy", "judged", 1, "hash", AT, "0",
        PackageForm.PLAIN,
    )  # fmt: skip
    approvals = (Approved(PLAN, "looked at it", ("RING-000000",), (), ""),)
    PackageStore(folder).write(Package(header, rows, grounds, "Write to us.", approvals), BenchmarkKey())


def write_bare(folder: Path, count: int) -> None:
    rows, _ = make_rows(count)
    place = folder / "bare.csv"
    action_table(rows).to_pandas().to_csv(place, index=False)
    print(hashlib.sha256(place.read_bytes()).hexdigest())


def erase_one(folder: Path, count: int) -> None:
    store = PackageStore(folder)
    subject = hashlib.sha256(str(count // 2).encode()).hexdigest()[:26]
    name = name_action(PLAN, subject, TIERS[count // 2 % len(TIERS)])
    _, manifest = store.read_manifest(PACKAGE_ID)
    if store.rewrite_without(PACKAGE_ID, {name}, manifest, BenchmarkKey()) == manifest:
        sys.exit("nothing was erased")


STEPS: dict[str, Callable[[Path, int], None]] = {
    "rows": only_rows, "package": write_package, "bare": write_bare, "erase": erase_one,
}  # fmt: skip


if __name__ == "__main__":
    main()
