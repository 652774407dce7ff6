"""Worlds for enforcement.py: simulated or of another generator, untouched or with innocents framed; what one
run found in them, and what is true of everybody."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from framing import FramingParams, Planted, draw_framing, plant
from processes import installed_command, run_measured
from unlike import BUILDERS
from unlike_tables import WorldParams, write_world

import graphrisk as gr
from graphrisk.enforce.facts import MemberFacts, RunFacts
from graphrisk.sources.truth import TruthFiles
from graphrisk.stores.duckdb.enforcement_facts import EnforcementFacts
from graphrisk.stores.duckdb.results import ResultStore

SIMULATED = "simulated"
KINDS = (SIMULATED, *sorted(BUILDERS))
FRAMED_PER_RING = 4  # at most: enough for 25 framed innocents where there are few rings
FOLLOWERS, FOLLOWED_PAYMENTS = 6, 3
_FRAMING_SEED = 50_000  # added to the world's
_LOSSES = """WITH lost AS (
        SELECT payer_id AS account_id, currency, sum(amount_minor) AS minor, count(*) AS payment_count
        FROM known_payment
        WHERE status IN ('chargeback', 'refunded') AND amount_minor > 0
          AND (paid_at IS NULL OR paid_at <= $as_of) GROUP BY ALL)
    SELECT account_id, sum(share) FROM (
        SELECT account_id, minor / sum(minor) OVER (PARTITION BY currency)
               * sum(payment_count) OVER (PARTITION BY currency) / sum(payment_count) OVER () AS share
        FROM lost)
    GROUP BY account_id"""


class Framing(StrEnum):
    NONE = "none"
    PLANTED = "framed"  # things of rings are planted on innocents (framing.py)
    FOLLOWED = "followed"  # and members of these rings pay those whom the innocents paid, soon after them


@dataclass(frozen=True, slots=True)
class WorldName:
    """kind: of KINDS. framing: what is done to innocents before the run."""

    kind: str
    account_count: int
    hardness: float
    seed: int
    framing: Framing = Framing.NONE

    def __str__(self) -> str:
        framed = "" if self.framing is Framing.NONE else f"-{self.framing.value}"
        return f"{self.kind}-{self.account_count}-{self.hardness}-{self.seed}{framed}"


@dataclass(frozen=True, slots=True)
class JudgedWorld:
    """members: of all rings that the run found. risks, bad, losses: by account; losses as
    MemberFacts.loss_share, of whoever lost the shop anything. framed: the innocents that were framed."""

    name: WorldName
    run: RunFacts
    members: tuple[MemberFacts, ...]
    risks: Mapping[str, float]
    bad: Mapping[str, bool]
    losses: Mapping[str, float]
    framed: frozenset[str]


def read_world(name: WorldName, cache: Path | None) -> JudgedWorld:
    """cache: a folder where worlds are kept that were judged before; None: nothing is kept."""
    with _place_of(name, cache) as place:
        if not (place / "done").exists():
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir(parents=True)
            _judge(name, place)
            (place / "done").touch()
        return _read(name, place)


@contextmanager
def _place_of(name: WorldName, cache: Path | None) -> Iterator[Path]:
    if cache is not None:
        yield cache / str(name)
        return
    with tempfile.TemporaryDirectory(prefix="graphrisk-enforcement-") as folder:
        yield Path(folder) / "place"


def _judge(name: WorldName, place: Path) -> None:
    world = place / "world"
    if name.kind == SIMULATED:
        size = ["--accounts", str(name.account_count), "--hardness", str(name.hardness)]
        run_measured([installed_command(), "simulate", str(world), *size, "--seed", str(name.seed)])
    else:
        write_world(BUILDERS[name.kind](WorldParams(name.account_count, name.seed, name.hardness)), world)
    framed: set[str] = set()
    if name.framing is not Framing.NONE:
        planted = draw_framing(world, FramingParams(_FRAMING_SEED + name.seed, 1.0, FRAMED_PER_RING))
        plant(world, planted)
        if name.framing is Framing.FOLLOWED:
            follow(world, planted, name.seed)
        framed = {each.account_id for each in planted}
    run_measured([installed_command(), "run", str(world), "--workspace", str(place / "workspace")])
    (place / "framed.json").write_text(json.dumps(sorted(framed)), encoding="utf-8")
    shutil.copytree(world / "truth", place / "truth")
    shutil.rmtree(world)


def follow(world: Path, planted: Sequence[Planted], seed: int) -> None:
    """Up to FOLLOWERS members of the ring that framed an innocent each pay the payees of his first
    FOLLOWED_PAYMENTS payments, within three hours after him, so that their trade looks like one."""
    rng = np.random.default_rng(seed)
    members = pq.read_table(world / "truth" / "ring_members.parquet").to_pandas()
    there = pq.read_table(world / "payments.parquet")
    of_payer = dict(list(there.to_pandas().sort_values(["paid_at", "payment_id"]).groupby("payer_id")))
    rows: list[dict[str, object]] = []
    for account_id, ring_id in sorted({(each.account_id, each.use.ring_id) for each in planted}):
        theirs = [
            each for each in members.loc[members["ring_id"] == ring_id, "account_id"] if each in of_payer
        ]
        if account_id not in of_payer:
            continue
        for member in rng.permutation(sorted(theirs))[:FOLLOWERS].tolist():
            like = of_payer[member].iloc[0].to_dict()
            for paid in of_payer[account_id].head(FOLLOWED_PAYMENTS).to_dict("records"):
                later = timedelta(seconds=int(rng.integers(300, 3 * 3600)))
                rows.append(
                    like
                    | {column: paid[column] for column in ("payee_id", "amount", "currency")}
                    | {"payment_id": f"followed{len(rows):07}", "paid_at": paid["paid_at"] + later}
                )
    if rows:
        more = pa.Table.from_pandas(pd.DataFrame(rows), schema=there.schema, preserve_index=False)
        pq.write_table(pa.concat_tables([there, more]), world / "payments.parquet")


def _read(name: WorldName, place: Path) -> JudgedWorld:
    truth = TruthFiles(place / "truth").read_truth()
    assert truth.accounts is not None
    told = (truth.accounts[column].to_pylist() for column in ("account_id", "is_bad"))
    with gr.open(place / "workspace").reading() as connection:
        run = ResultStore(connection).read_runs()[0]
        facts = EnforcementFacts(connection)
        return JudgedWorld(
            name=name,
            run=facts.read_run_facts(run),
            members=tuple(facts.read_member_facts(run)),
            risks=_numbers(
                connection, "SELECT account_id, risk FROM account_risk WHERE run_id = $run", run=run.run_id
            ),
            bad=dict(zip(*told, strict=True)),
            losses=read_losses(connection, run.as_of),
            framed=frozenset(json.loads((place / "framed.json").read_text(encoding="utf-8"))),
        )


def read_losses(connection: duckdb.DuckDBPyConnection, as_of: datetime) -> dict[str, float]:
    """Of whoever lost the shop anything, its share of all losses known at as_of: MemberFacts.loss_share."""
    return _numbers(connection, _LOSSES, as_of=as_of)


def _numbers(connection: duckdb.DuckDBPyConnection, query: str, **values: object) -> dict[str, float]:
    return {str(name): float(number) for name, number in connection.execute(query, values).fetchall()}
