"""The judgements that stood in a run and speak of some accounts."""

from __future__ import annotations

from collections.abc import Collection

import duckdb

from graphrisk.model.findings import HeldJudgement
from graphrisk.model.judgements import Ruling, Subject, ring_from_text

_QUERY = """
    SELECT judgement_id, subject, verdict, account_id, kind, identifier, ring_id, judged_by, judged_at,
           reason, expires_at, effect, ring_state
    FROM judgement_held WHERE run_id = ? ORDER BY judged_at, judgement_id"""


def read_judgements_about(
    connection: duckdb.DuckDBPyConnection,
    run_id: str,
    account_ids: Collection[str],
    things: Collection[tuple[str, str]],
) -> tuple[HeldJudgement, ...]:
    """Of the accounts, of rings that any of them was in, and of things, each a kind and a text. A text
    that is the name of a family of the kind is that family, too."""
    rows = connection.execute(_QUERY, [run_id]).fetchall()
    held = (
        (HeldJudgement(name, Subject(subject), Ruling(verdict), *rest), ring_state)
        for name, subject, verdict, *rest, ring_state in rows
    )
    return tuple(each for each, ring_state in held if _speaks_of(each, ring_state, account_ids, things))


def _speaks_of(
    judgement: HeldJudgement,
    ring_state: str | None,
    account_ids: Collection[str],
    things: Collection[tuple[str, str]],
) -> bool:
    if judgement.subject is Subject.RING:
        return ring_state is not None and not set(account_ids).isdisjoint(ring_from_text(ring_state).members)
    if judgement.subject is not Subject.IDENTIFIER:
        return judgement.account_id in account_ids
    kind, text = judgement.kind or "", judgement.identifier or ""
    return any((each, text) in things for each in (kind, kind.rpartition("_")[0]))
