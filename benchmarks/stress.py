"""What is left of graphrisk's figures where the tables are against it: one table each.

    python benchmarks/stress.py
    python benchmarks/stress.py --only framing,noise --seed 2 --accounts 20000 --hardness 0.5

framing: innocents tied to a ring on purpose, by uses of a ring's things that are written into the tables.
noise: labels turned round. few: few labels. late: only what was known when the window ended.
hardness: from rings in the open to rings as well hidden as the simulator knows how.

Except in the sweep of hardness one world is used, and the same accounts are judged throughout: those without
a label in the untouched world.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from framing import Planted, Use, list_innocents, list_uses, plant
from worlds import run_on, simulated_world

from graphrisk.evaluate.intervals import Resampling
from graphrisk.evaluate.report import Evaluation, EvaluationParams, evaluate_run
from graphrisk.evaluate.scoring import FoundRun
from graphrisk.evaluate.simulator.params import FIRST_DAY, SimulationParams
from graphrisk.evaluate.truth import Truth
from graphrisk.sources.truth import TruthFiles

SHOWN = (
    ("bcubed_f1", "B3 F1"),
    ("ring_recall", "rings J.5"),
    ("account_ap", "AP"),
    ("account_auroc", "AUROC"),
    ("innocents_swept_per_1000", "swept/1000"),
    ("account_ece", "ECE"),
)
FRAMED_COUNT = 40
INSTRUMENT = "instrument"
SEEN_OR_SENT = ("device", "ip", "address")
FRAMINGS = (  # innocents of a ring, and the kinds of thing that are planted
    ("three of a ring", 3, SEEN_OR_SENT),
    ("one of a ring", 1, SEEN_OR_SENT),
    ("three of a ring, an instrument first", 3, (INSTRUMENT, "device")),
)
PLANTED = (1, 2, 3)
FLIPPED_SHARES = (0.1, 0.2, 0.4)
BAD_LABEL_COUNTS = (0, 1, 30)
HARDNESSES = (0.0, 0.25, 0.5, 0.75, 1.0)
HIGH_RISKS = (0.3, 0.5, 0.9)


@dataclass(frozen=True, slots=True)
class Ground:
    """A world as it was simulated, and what was found in it."""

    folder: Path
    truth: Truth
    found: FoundRun
    seed: int
    params: EvaluationParams

    def judge(self, found: FoundRun) -> Evaluation:
        return evaluate_run(replace(found, labelled=self.found.labelled), self.truth, self.params)


def main(arguments: Sequence[str] | None = None) -> None:
    tests: dict[str, Callable[[Ground], None]] = {
        "framing": frame_innocents,
        "noise": flip_labels,
        "few": drop_labels,
        "late": end_early,
    }
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default=",".join([*tests, "hardness"]))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--accounts", type=int, default=20_000)
    parser.add_argument("--hardness", type=float, default=0.5)
    parser.add_argument("--draws", type=int, default=200)
    given = parser.parse_args(arguments)
    asked = given.only.split(",")
    params = EvaluationParams((50,), Resampling(given.draws, seed=0))
    if set(asked) & set(tests):
        with simulated_world(given.accounts, given.hardness, given.seed) as folder:
            with run_on(folder) as (_, found, _):
                ground = Ground(folder, TruthFiles(folder).read_truth(), found, given.seed, params)
            for name in asked:
                if name in tests:
                    tests[name](ground)
    if "hardness" in asked:
        sweep_hardness(given.accounts, given.seed, params)


# ---- framing -----------------------------------------------------------------------------------------------


def frame_innocents(ground: Ground) -> None:
    """First the thing that most members of the ring hold, of each kind, then the next."""
    for title, per_ring, kinds in FRAMINGS:
        plan = list(plan_framing(ground, per_ring, kinds))
        framed = [account for account, _ in plan]
        member_ids = set(ground.truth.members["account_id"].to_pylist())
        print(f"framing, {title}: {len(framed)} innocents, each tied to a true ring")
        heads = (f">= {risk}" for risk in HIGH_RISKS)
        print(
            f"{'planted':>8} {'in a ring':>10} {'with its members':>17}",
            *(f"{h:>8}" for h in heads),
            "    mean",
        )
        print_framing(0, framed, ground.found, member_ids)
        rows = [("nothing planted", ground.judge(ground.found))]
        for count in PLANTED[: len(kinds)]:
            planted = [Planted(account, use) for account, uses in plan for use in uses[:count]]
            with changed_world(ground.folder) as folder:
                plant(folder, planted)
                with run_on(folder) as (_, found, _):
                    print_framing(count, framed, found, member_ids)
                    rows.append((f"{count} planted", ground.judge(found)))
        print_rows("", rows)


def plan_framing(ground: Ground, per_ring: int, kinds: Sequence[str]) -> Iterator[tuple[str, list[Use]]]:
    """(innocent, the uses planted on him, in order): a thing of one ring of each kind, an instrument first,
    of a kind the one that most members use, and if there are too few kinds a second of one."""
    rng = np.random.default_rng(ground.seed)
    shared = [
        use
        for use in list_uses(ground.folder, kinds, first_only=True)
        if use.is_brought and use.member_count >= 2
    ]
    uses = pd.DataFrame(
        [(use.ring_id, use.kind, -use.member_count, at, use) for at, use in enumerate(shared)],
        columns=["ring_id", "kind", "rank", "at", "use"],
    ).sort_values(["ring_id", "kind", "rank", "at"])
    uses["turn"] = uses.groupby(["ring_id", "kind"]).cumcount()  # one of each kind, then a second
    uses["is_later"] = uses["kind"] != INSTRUMENT
    by_ring = [
        of_ring.sort_values(["turn", "is_later", "rank", "at"])["use"].tolist()[: len(kinds)]
        for _, of_ring in uses.groupby("ring_id")
        if len(of_ring) >= len(kinds) and {INSTRUMENT} & set(kinds) <= set(of_ring["kind"])
    ]
    innocents = list_innocents(ground.folder)
    chosen = rng.permutation(innocents)[: min(FRAMED_COUNT, per_ring * len(by_ring))]
    order = rng.permutation(len(by_ring))
    for at, account in enumerate(chosen):
        yield str(account), by_ring[order[at % len(by_ring)]]


def print_framing(planted: int, framed: Sequence[str], found: FoundRun, member_ids: set[str]) -> None:
    """with its members: in a found ring that holds somebody who is in a true one."""
    risks = dict(zip(*(found.risks[c].to_pylist() for c in ("account_id", "risk")), strict=True))
    pairs = found.members.select(["ring_id", "account_id"]).to_pandas()
    in_ring = set(pairs["account_id"])
    bad_rings = set(pairs.loc[pairs["account_id"].isin(member_ids), "ring_id"])
    beside = set(pairs.loc[pairs["ring_id"].isin(bad_rings), "account_id"])
    of_framed = np.array([risks[account] for account in framed])
    high = (int((of_framed >= risk).sum()) for risk in HIGH_RISKS)
    print(
        f"{planted:8} {sum(a in in_ring for a in framed):10} {sum(a in beside for a in framed):17}",
        *(f"{count:8}" for count in high), f"{of_framed.mean():8.3f}", flush=True,
    )  # fmt: skip


# ---- labels ------------------------------------------------------------------------------------------------


def flip_labels(ground: Ground) -> None:
    """Of bad and good alike."""
    rows = [("as they are", ground.judge(ground.found))]
    for share in FLIPPED_SHARES:
        labels = pq.read_table(ground.folder / "labels.parquet").to_pandas()
        rng = np.random.default_rng(ground.seed)
        flipped = rng.permutation(len(labels))[: round(share * len(labels))]
        words = labels["label"].to_numpy(dtype=object).copy()
        words[flipped] = np.where(words[flipped] == "fraud", "legit", "fraud")
        rows.append((f"{share:.0%} flipped", judge_with(ground, labels.assign(label=words))))
    print_rows("label noise", rows)


def drop_labels(ground: Ground) -> None:
    """As many good ones as bad ones are kept, each drawn at random."""
    labels = pq.read_table(ground.folder / "labels.parquet").to_pandas()
    rng = np.random.default_rng(ground.seed)
    labels = labels.iloc[rng.permutation(len(labels))]
    rows = [(f"all {(labels['label'] == 'fraud').sum()} bad", ground.judge(ground.found))]
    for count in BAD_LABEL_COUNTS:
        kept = labels.groupby("label").head(count)
        rows.append((f"{count} bad", judge_with(ground, kept)))
    print_rows("few labels", rows)


def end_early(ground: Ground) -> None:
    ends_at = FIRST_DAY + timedelta(days=SimulationParams(50, 0.5, 1).day_count)
    with run_on(ground.folder, "--as-of", ends_at.isoformat()) as (_, found, _):
        known = found.labelled.num_rows
        rows = [
            (f"{ground.found.labelled.num_rows} labels, all", ground.judge(ground.found)),
            (f"{known} labels, at the window's end", ground.judge(found)),
        ]
    print_rows("late labels", rows)


def judge_with(ground: Ground, labels: pd.DataFrame) -> Evaluation:
    with changed_world(ground.folder) as folder:
        schema = pq.read_schema(folder / "labels.parquet")
        table = pa.Table.from_pandas(labels, schema=schema, preserve_index=False)
        pq.write_table(table, folder / "labels.parquet")
        with run_on(folder) as (_, found, _):
            return ground.judge(found)


# ---- hardness ----------------------------------------------------------------------------------------------


def sweep_hardness(account_count: int, seed: int, params: EvaluationParams) -> None:
    rows = []
    for hardness in HARDNESSES:
        with simulated_world(account_count, hardness, seed) as folder, run_on(folder) as (_, found, _):
            rows.append((f"{hardness:.2f}", evaluate_run(found, TruthFiles(folder).read_truth(), params)))
    print_rows("hardness", rows)


@contextmanager
def changed_world(folder: Path) -> Iterator[Path]:
    """A copy whose tables may be written again."""
    with tempfile.TemporaryDirectory(prefix="graphrisk-stress-") as place:
        yield Path(shutil.copytree(folder, Path(place) / "world"))


def print_rows(title: str, rows: Sequence[tuple[str, Evaluation]]) -> None:
    width = max(len(title), *(len(name) for name, _ in rows))
    print(f"\n{title:{width}} " + " ".join(f"{words:>20}" for _, words in SHOWN))
    for name, evaluation in rows:
        measures = {measure.name: measure.estimate for measure in evaluation.measures}
        cells = (f"{e.value:.3f} ({e.low:.3f}-{e.high:.3f})" for e in (measures[m] for m, _ in SHOWN))
        print(f"{name:{width}} " + " ".join(f"{cell:>20}" for cell in cells))
    print(flush=True)


if __name__ == "__main__":
    main()
