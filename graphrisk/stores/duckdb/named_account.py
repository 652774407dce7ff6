"""Where a workspace's database names an account."""

from __future__ import annotations

import duckdb

from graphrisk.flows.enforcement.erase import Holding
from graphrisk.stores.duckdb.judgements import JudgementStore

_FILES = """
    SELECT DISTINCT f.table_name, f.path FROM loaded_file f JOIN (
        SELECT account_key, file_id FROM account UNION ALL SELECT account_key, file_id FROM link
        UNION ALL SELECT payer_key, file_id FROM payment UNION ALL SELECT payee_key, file_id FROM payment
        UNION ALL SELECT account_key, file_id FROM label) t USING (file_id)
    JOIN account_key k USING (account_key) WHERE k.account_id = $id ORDER BY f.table_name, f.path"""
_NAMED = "SELECT 1 FROM account_key WHERE account_id = $id LIMIT 1"
_RUNS = "SELECT DISTINCT run_id FROM account_risk WHERE account_id = $id"


class NamedAccount:
    """Finds what an erasure cannot reach: the user's tables, what was found in them, what people said."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def find_holdings(self, account_id: str) -> tuple[Holding, ...]:
        files = [f"{table} ({path})" for table, path in self._ask(_FILES, account_id)]
        judgements = self._find_judgements(account_id)
        run_count = len(self._ask(_RUNS, account_id))
        found = [Holding(f"table {name}", "erase its rows there, then load") for name in files]
        if files or run_count or self._ask(_NAMED, account_id):
            found.append(
                Holding(
                    f"the workspace's database: {run_count} runs know it",
                    "once the tables are rid of it, load them into a new workspace; runs are never rewritten",
                )
            )
        if judgements:
            found.append(
                Holding(
                    f"judgements: {', '.join(judgements[:5])}{', ...' if len(judgements) > 5 else ''}",
                    "`graphrisk judge export`, take them out, import the rest into the new workspace",
                )
            )
        return tuple(found)

    def _find_judgements(self, account_id: str) -> list[str]:
        """Of the account or a link of it, and of rings that had it as a member."""
        return [
            judgement.judgement_id
            for judgement in JudgementStore(self._connection).read_judgements()
            if (account_id and account_id == judgement.target.account_id)
            or (judgement.ring is not None and account_id in judgement.ring.members)
        ]

    def _ask(self, query: str, account_id: str) -> list[tuple[object, ...]]:
        found: list[tuple[object, ...]] = self._connection.execute(query, {"id": account_id}).fetchall()
        return found
