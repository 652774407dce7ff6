"""The state of enforcement as a DuckDB file, for questions in SQL: made of the ledger, and of nothing else.

    enforcement_action   every action that was ever imposed, and what lifts it
    enforcement_state    the strongest action in force of each account, now
    subject              which account a ledger's token stands for; an erased account is not in it

It is written anew beside its place and moved there, so that a reader sees one state or the next, a crash
leaves the one before, and nothing of an erased account is left in its pages. Whoever finds it behind the
ledger writes it again.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import msgspec
import pyarrow as pa

from graphrisk.enforce.state import EnforcementState
from graphrisk.errors import GraphriskError
from graphrisk.model.enforcement import TIERS
from graphrisk.model.tables import TIME
from graphrisk.stores.duckdb.schema import columns_ddl

ACTION_STATE = pa.schema(
    [
        pa.field("action_id", pa.string(), nullable=False),
        pa.field("subject", pa.string(), nullable=False),
        pa.field("account_id", pa.string()),  # null: erased
        pa.field("ring_id", pa.string(), nullable=False),
        pa.field("tier", pa.string(), nullable=False),
        pa.field("plan_id", pa.string(), nullable=False),
        pa.field("package_id", pa.string(), nullable=False),  # that imposed it
        pa.field("imposed_at", TIME, nullable=False),  # when that package was made
        pa.field("from_at", TIME, nullable=False),
        pa.field("until_at", TIME),
        pa.field("lifted_at", TIME),  # by the first of the lifts that hold; null: none does
        pa.field("lifted_by", pa.string()),  # its package
        pa.field("lifted_for", pa.string()),  # its purpose
    ]
)
_SUBJECT = pa.schema(
    [pa.field("subject", pa.string(), nullable=False), pa.field("account_id", pa.string(), nullable=False)]
)
_BIRTHPLACE = ".enforcement-"
_TIER_RANKS = ", ".join(f"({at + 1}, '{tier.value}')" for at, tier in enumerate(TIERS))
_STATE_VIEW = f"""CREATE VIEW enforcement_state AS
    SELECT DISTINCT ON (a.subject)
           a.subject, a.account_id, a.ring_id, a.tier, a.plan_id, a.from_at, a.until_at
    FROM enforcement_action a JOIN (VALUES {_TIER_RANKS}) t(strength, tier) ON t.tier = a.tier
    WHERE a.lifted_at IS NULL AND a.from_at <= CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP)
      AND (a.until_at IS NULL OR a.until_at > CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP))
    ORDER BY a.subject, t.strength DESC, a.until_at DESC NULLS FIRST, a.from_at, a.action_id"""


@dataclass(frozen=True, slots=True)
class StoredAction:
    """One row of ACTION_STATE."""

    action_id: str
    subject: str
    account_id: str | None
    ring_id: str
    tier: str
    plan_id: str
    package_id: str
    imposed_at: datetime
    from_at: datetime
    until_at: datetime | None
    lifted_at: datetime | None
    lifted_by: str | None
    lifted_for: str | None


@dataclass(frozen=True, slots=True)
class _Head:
    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class _Named:
    subject: str
    account_id: str


class StateDatabase:
    """Fits the Protocols of flows.enforcement that keep the state and the names of accounts."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read_head(self) -> tuple[int, str] | None:
        """Of the ledger's entry up to which it is told; None before the first state."""
        heads = msgspec.convert(self._ask("SELECT seq, hash FROM ledger_head"), type=list[_Head])
        return (heads[0].seq, heads[0].hash) if heads else None

    def read_names(self) -> dict[str, str]:
        """subject -> account id, of all that were ever in a plan and are not erased."""
        named = msgspec.convert(self._ask("SELECT subject, account_id FROM subject"), type=list[_Named])
        return {each.subject: each.account_id for each in named}

    def read_actions(self) -> tuple[StoredAction, ...]:
        """By action id."""
        columns = ", ".join(ACTION_STATE.names)
        found = self._ask(f"SELECT {columns} FROM enforcement_action ORDER BY action_id")
        return msgspec.convert(found, type=tuple[StoredAction, ...])

    def remove_unfinished(self) -> None:
        """What those left who were killed while they wrote the state. Somebody who is about to write it is
        told that it could not be written; the next command writes it."""
        for left in self._path.parent.glob(f"{_BIRTHPLACE}*"):
            shutil.rmtree(left, ignore_errors=True)

    def write_state(self, state: EnforcementState, names: Mapping[str, str]) -> None:
        """names: subject -> account id, beside those that are kept. Those of erased accounts are dropped."""
        kept = {**self.read_names(), **names}
        kept = {subject: kept[subject] for subject in sorted(kept) if subject not in state.erased}
        subjects = pa.table([list(kept), list(kept.values())], schema=_SUBJECT)
        try:
            with TemporaryDirectory(prefix=_BIRTHPLACE, dir=self._path.parent) as folder:
                made = Path(folder) / self._path.name
                with duckdb.connect(str(made)) as connection:
                    _fill(connection, state, tabulate_actions(state, kept), subjects)
                made.replace(self._path)
        except (OSError, duckdb.Error) as error:
            raise GraphriskError(
                "the state of enforcement cannot be written; the ledger has it, and the next command will"
                f" write it ({type(error).__name__})", where=str(self._path),
                remedy="make room, or give this user the right to write there",
            ) from error  # fmt: skip

    def _ask(self, query: str) -> list[dict[str, object]]:
        """Nothing where there is no such file, or one that cannot be read: it will be made again."""
        if not self._path.exists():
            return []
        try:
            with duckdb.connect(str(self._path), read_only=True) as connection:
                found: list[dict[str, object]] = connection.sql(query).to_arrow_table().to_pylist()
        except duckdb.Error:
            return []
        return found


def tabulate_actions(state: EnforcementState, names: Mapping[str, str]) -> pa.Table:
    """With the schema ACTION_STATE, by action id."""
    rows = []
    for action_id in sorted(state.actions):
        action = state.actions[action_id]
        lift = action.lifts[0] if action.lifts else None
        lifted = (None, None, None) if lift is None else (lift.at, lift.package_id, lift.purpose.value)
        stored = StoredAction(
            action_id, action.subject, names.get(action.subject), action.ring_id, action.tier.value,
            action.plan_id, action.package_id, action.imposed_at, action.from_at, action.until_at, *lifted,
        )  # fmt: skip
        rows.append(stored)
    told = msgspec.to_builtins(rows, builtin_types=(datetime,))
    return pa.Table.from_pylist(told, schema=ACTION_STATE)


def _fill(
    connection: duckdb.DuckDBPyConnection, state: EnforcementState, actions: pa.Table, subjects: pa.Table
) -> None:
    connection.execute(f"CREATE TABLE enforcement_action ({columns_ddl(ACTION_STATE)})")
    connection.execute(f"CREATE TABLE subject ({columns_ddl(_SUBJECT)})")
    connection.execute("CREATE TABLE ledger_head (seq BIGINT NOT NULL, hash VARCHAR NOT NULL)")
    connection.execute(_STATE_VIEW)
    for name, table in (("enforcement_action", actions), ("subject", subjects)):
        connection.register("told", table)
        connection.execute(f"INSERT INTO {name} SELECT * FROM told")
        connection.unregister("told")
    connection.execute("INSERT INTO ledger_head VALUES (?, ?)", list(state.head))
