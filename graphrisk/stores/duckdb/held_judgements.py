"""The judgements that stood in a run and speak of a ring or of an account."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from graphrisk.model.findings import HeldJudgement
from graphrisk.model.judgements import Ruling, Subject
from graphrisk.model.runs import RunRecord

_COLUMNS = """j.judgement_id, j.subject, j.verdict, j.account_id, j.kind, j.identifier, j.ring_id,
    j.judged_by, j.judged_at, j.reason, j.expires_at, j.effect"""
_KNOWN_THEN = "(l.first_seen_at IS NULL OR l.first_seen_at <= $as_of)"
_IN_JUDGED_RING = """(j.subject = 'ring' AND list_has_any($ids::VARCHAR[], list_concat(
    CAST(json_extract(j.ring_state, '$.core') AS VARCHAR[]),
    CAST(json_extract(j.ring_state, '$.fringe') AS VARCHAR[]))))"""
_HELD_BY = f"""(j.subject = 'identifier' AND $least <= (
    SELECT count(DISTINCT account_id) FROM (
        SELECT l.account_id FROM known_link l
        WHERE l.kind = j.kind AND l.identifier = j.identifier AND {_KNOWN_THEN}
          AND l.account_id IN (SELECT unnest($ids::VARCHAR[]))
        UNION ALL
        SELECT unnest([e.account_id, e.via_account_id]) FROM evidence e
        WHERE e.run_id = $run AND e.kind = j.kind AND e.identifier = j.identifier
          AND list_contains($ids::VARCHAR[], e.account_id))))"""
_OF_ACCOUNTS = "(j.subject IN ('account', 'link') AND j.account_id IN (SELECT unnest($ids::VARCHAR[])))"


def read_ring_judgements(
    connection: duckdb.DuckDBPyConnection, run: RunRecord, account_ids: Sequence[str]
) -> tuple[HeldJudgement, ...]:
    """Of the members, of rings that any of them was in, and of what two of them hold."""
    return _read(connection, run, account_ids, least=2)


def read_account_judgements(
    connection: duckdb.DuckDBPyConnection, run: RunRecord, account_id: str
) -> tuple[HeldJudgement, ...]:
    """Of the account, of rings that it was in, and of what it holds."""
    return _read(connection, run, [account_id], least=1)


def _read(
    connection: duckdb.DuckDBPyConnection, run: RunRecord, account_ids: Sequence[str], least: int
) -> tuple[HeldJudgement, ...]:
    """least: holders among the accounts from which an identifier is theirs."""
    some = connection.execute(
        "SELECT 1 FROM judgement_held WHERE run_id = ? LIMIT 1", [run.run_id]
    ).fetchall()
    if not some:
        return ()
    rows = connection.execute(
        f"""
        SELECT {_COLUMNS} FROM judgement_held j
        WHERE j.run_id = $run AND ({_OF_ACCOUNTS} OR {_IN_JUDGED_RING} OR {_HELD_BY})
        ORDER BY j.judged_at, j.judgement_id""",
        {"run": run.run_id, "as_of": run.as_of, "ids": list(account_ids), "least": least},
    ).fetchall()
    return tuple(
        HeldJudgement(name, Subject(subject), Ruling(verdict), *rest)
        for name, subject, verdict, *rest in rows
    )
