"""Simulated worlds, what graphrisk finds in them, and what its opponents and the oracle are given of them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
from baselines import Floats, Ints, Links
from processes import installed_command, run_measured
from unlike import BUILDERS
from unlike_tables import WorldParams, write_world

import graphrisk as gr
from graphrisk.evaluate.scoring import FoundRun
from graphrisk.evaluate.truth import Truth
from graphrisk.flows.detect import DetectParams
from graphrisk.flows.pair import compare_links, pair_accounts
from graphrisk.flows.suspect import Marketplace
from graphrisk.graph.links import SharedLinks
from graphrisk.graph.values import KindValues
from graphrisk.model.kinds import KindSet
from graphrisk.model.known import KnownAccounts
from graphrisk.model.verdicts import Verdict
from graphrisk.sources.truth import TruthFiles
from graphrisk.stores.duckdb.labelled import LabelledAccounts


@dataclass(frozen=True, slots=True)
class World:
    """found: by graphrisk. ids: of the accounts, sorted. links: known at the run's as-of. behaviour:
    (accounts, 9), see read_behaviour. known_bad: positions. of_rings: the links to what rings brought, None
    where no truth tells."""

    found: FoundRun
    truth: Truth
    ids: pd.Index
    links: Links
    behaviour: Floats
    known_bad: Ints
    of_rings: Links | None


# What rings brought: the truth (parameter $brought) names an identifier by a text of the tables, the
# workspace by its key.
BROUGHT = """brought AS (
    SELECT DISTINCT coalesce(s.identifier_key, l.identifier_key) AS identifier_key
    FROM read_parquet($brought) t
    JOIN identifier_key i ON i.kind = t.kind
    JOIN link l ON l.identifier_key = i.identifier_key AND coalesce(l.raw, i.identifier) = t.identifier
    LEFT JOIN resolved_alias s ON s.alias_key = l.identifier_key)"""


@contextmanager
def simulated_world(account_count: int, hardness: float, seed: int) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="graphrisk-quality-") as folder:
        world = Path(folder) / "world"
        size = ["--accounts", str(account_count), "--hardness", str(hardness), "--seed", str(seed)]
        run_measured([installed_command(), "simulate", str(world), *size])
        yield world


def market_without_labels(
    accounts: KnownAccounts, links: SharedLinks, kinds: KindSet, values: Sequence[KindValues]
) -> Marketplace:
    """What the prior is asked about: families of values and pairs, as a detection makes them by default."""
    compared = compare_links(links, kinds, values)
    pairs = pair_accounts(compared, DetectParams().pairing())
    wide, nobody = compared.wide, np.zeros(accounts.account_count)
    return Marketplace(
        accounts, links, wide.links, wide.kinds, pairs.alike.graph, pairs.llr, nobody, nobody.astype(np.int64)
    )


@contextmanager
def unlike_world(kind: str, account_count: int, hardness: float, seed: int) -> Iterator[Path]:
    """Of a generator that nothing was learned from: see unlike.py."""
    with tempfile.TemporaryDirectory(prefix="graphrisk-quality-") as folder:
        world = Path(folder) / "world"
        write_world(BUILDERS[kind](WorldParams(account_count, seed, hardness)), world)
        yield world


@contextmanager
def run_on(world: Path, *flags: str) -> Iterator[tuple[gr.Workspace, FoundRun, datetime]]:
    """The workspace of a folder in the default layout, what one run found in it, and the run's as-of.
    flags: of `graphrisk run`."""
    with tempfile.TemporaryDirectory(prefix="graphrisk-quality-") as folder:
        run_measured([installed_command(), "run", str(world), "--workspace", folder, *flags])
        shop = gr.open(folder)
        run = shop.latest()
        with shop.reading() as connection:
            labelled = LabelledAccounts(connection).read_labelled_accounts(run.record.as_of)
        tables = (run.arrow("ring"), run.arrow("ring_member"), run.arrow("account_risk"))
        yield shop, FoundRun("graphrisk", *tables, labelled), run.record.as_of


def read_world(world: Path) -> World:
    truth = TruthFiles(world / "truth").read_truth()
    with run_on(world) as (shop, found, as_of), shop.reading() as connection:
        ids, links, known_bad = read_links(connection, as_of)
        behaviour = read_behaviour(connection, as_of, ids)
        brought = world / "truth" / "identifiers.parquet"
        of_rings = read_links_of_rings(connection, as_of, brought, ids) if brought.exists() else None
    return World(found, truth, ids, links, behaviour, known_bad, of_rings)


def read_links(connection: duckdb.DuckDBPyConnection, as_of: datetime) -> tuple[pd.Index, Links, Ints]:
    """The account ids in order, the links known at as-of, and the positions of the accounts known to be
    bad."""
    values = {"as_of": as_of}
    known = connection.sql(
        "SELECT DISTINCT account_id, kind, identifier FROM known_link"
        " WHERE first_seen_at IS NULL OR first_seen_at <= $as_of ORDER BY ALL", params=values,
    ).df()  # fmt: skip
    bad = connection.sql(
        "SELECT DISTINCT account_id FROM known_label"
        " WHERE verdict = $bad AND (reported_at IS NULL OR reported_at <= $as_of)",
        params=values | {"bad": Verdict.BAD.value},
    ).df()["account_id"]
    ids = pd.Index(
        connection.sql("SELECT account_id FROM known_account ORDER BY account_id").df()["account_id"]
    )
    positions = ids.get_indexer(pd.Index(bad))
    return ids, _as_links(known, ids), np.sort(positions[positions >= 0]).astype(np.int64)


def read_behaviour(connection: duckdb.DuckDBPyConnection, as_of: datetime, ids: pd.Index) -> Floats:
    """(accounts, 9): age in days; payments made, chargebacks, refunds, distinct payees, mean amount and its
    spread, days between the first and the last; payments received. NaN where there is none."""
    told = connection.sql(
        """WITH paid AS (
            SELECT payer_id AS account_id, count(*) AS made, count(*) FILTER (status = 'chargeback') AS back,
                   count(*) FILTER (status = 'refunded') AS refunded, count(DISTINCT payee_id) AS payees,
                   avg(amount_minor) AS mean, stddev_pop(amount_minor) AS spread,
                   date_diff('second', min(paid_at), max(paid_at)) / 86400 AS lasted
            FROM known_payment WHERE paid_at IS NULL OR paid_at <= $as_of GROUP BY ALL),
        received AS (
            SELECT payee_id AS account_id, count(*) AS received
            FROM known_payment WHERE paid_at IS NULL OR paid_at <= $as_of GROUP BY ALL)
        SELECT account_id, date_diff('second', created_at, $as_of) / 86400 AS age, made, back, refunded,
               payees, mean, spread, lasted, received
        FROM known_account LEFT JOIN paid USING (account_id) LEFT JOIN received USING (account_id)""",
        params={"as_of": as_of},
    ).df()
    columns = told.set_index("account_id").reindex(ids)
    return columns.to_numpy(dtype=np.float64, na_value=np.nan)


def read_links_of_rings(
    connection: duckdb.DuckDBPyConnection, as_of: datetime, brought: Path, ids: pd.Index
) -> Links:
    """What an oracle is told: the links to identifiers that a ring brought, whoever holds them."""
    told = connection.sql(
        f"""WITH {BROUGHT}
        SELECT DISTINCT k.account_id, i.kind, i.identifier
        FROM known_link_key l JOIN brought USING (identifier_key)
        JOIN account_key k ON k.account_key = l.account_key
        JOIN identifier_key i ON i.identifier_key = l.identifier_key
        WHERE l.first_seen_at IS NULL OR l.first_seen_at <= $as_of ORDER BY ALL""",
        params={"brought": str(brought), "as_of": as_of},
    ).df()
    return _as_links(told, ids)


def _as_links(told: pd.DataFrame, ids: pd.Index) -> Links:
    identifier, names = pd.factorize(pd.MultiIndex.from_frame(told[["kind", "identifier"]]))
    return Links(
        ids.get_indexer(pd.Index(told["account_id"])).astype(np.int64),
        identifier.astype(np.int64),
        told["kind"].to_numpy(dtype=str),
        len(ids),
        len(names),
    )
