"""What there is to judge, and who hangs on it."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from graphrisk.flows.judge import HeldMember
from graphrisk.model.findings import KnownLabel
from graphrisk.model.judgements import Subject, Target
from graphrisk.model.rings import MemberRole
from graphrisk.model.runs import RunRecord
from graphrisk.model.verdicts import Verdict
from graphrisk.stores.duckdb.answers import AnswerStore

# Of the links alone: the views merge all links before they look for one.
_LINKS = """
    SELECT k.account_id FROM link l LEFT JOIN resolved_alias s ON s.alias_key = l.identifier_key
    JOIN account_key k ON k.account_key = l.account_key
    WHERE coalesce(s.identifier_key, l.identifier_key) IN (
        SELECT identifier_key FROM identifier_key WHERE kind = $kind AND identifier = $identifier)"""
_HOLDERS = f"""
    {_LINKS} AND (l.first_seen_at IS NULL OR l.first_seen_at <= $as_of)
    UNION
    SELECT unnest([account_id, via_account_id]) FROM evidence
    WHERE run_id = $run AND kind = $kind AND identifier = $identifier"""
# A ring hangs on a thing that is evidence in it, or that two of its members hold.
_RESTING = """
    SELECT m.ring_id FROM ring_member m JOIN holder h USING (account_id)
    WHERE m.run_id = $run GROUP BY m.ring_id
    HAVING count(*) >= 2 AND ($account = '' OR count(*) FILTER (m.account_id = $account) > 0)"""


class JudgedStore:
    """Fits flows.judge.JudgedThings."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def find_identifiers(self, kind: str, text: str) -> Sequence[str]:
        named = {"kind": kind, "text": text}
        for query in (
            "SELECT DISTINCT identifier FROM identifier_key WHERE kind = $kind AND identifier = $text",
            """SELECT DISTINCT i.identifier
            FROM link l LEFT JOIN resolved_alias s ON s.alias_key = l.identifier_key
            JOIN identifier_key i ON i.identifier_key = coalesce(s.identifier_key, l.identifier_key)
            WHERE i.kind = $kind AND l.raw = $text ORDER BY i.identifier LIMIT 100""",
            "SELECT DISTINCT identifier FROM evidence WHERE kind = $kind AND identifier = $text",
        ):
            rows = self._connection.execute(query, named).fetchall()
            if rows:
                return [str(row[0]) for row in rows]
        return []

    def near_identifiers(self, kind: str, text: str) -> Sequence[str]:
        near = "jaro_winkler_similarity(lower({}), lower($text))"
        rows = self._connection.execute(
            f"""
            SELECT identifier, max(greatest({near.format("identifier")}, {near.format("shown")})) AS likeness
            FROM (
                SELECT identifier, coalesce(raw, identifier) AS shown FROM known_link WHERE kind = $kind
                UNION ALL SELECT identifier, identifier FROM evidence WHERE kind = $kind)
            GROUP BY identifier HAVING likeness > 0.85 ORDER BY likeness DESC, identifier LIMIT 3""",
            {"kind": kind, "text": text},
        ).fetchall()
        return [str(row[0]) for row in rows]

    def has_link(self, account_id: str, kind: str, identifier: str) -> bool:
        rows = self._connection.execute(
            f"{_LINKS} AND k.account_id = $id LIMIT 1",
            {"id": account_id, "kind": kind, "identifier": identifier},
        ).fetchall()
        return bool(rows)

    def read_labels(self, account_id: str) -> Sequence[KnownLabel] | None:
        known = self._connection.execute(
            "SELECT 1 FROM known_account WHERE account_id = ? LIMIT 1", [account_id]
        ).fetchall()
        rows = self._connection.execute(
            """SELECT verdict, reason, reported_at FROM known_label WHERE account_id = ?
            ORDER BY reported_at, verdict, reason""",
            [account_id],
        ).fetchall()
        if not known:
            return None
        return [KnownLabel(account_id, Verdict(verdict), reason, at) for verdict, reason, at in rows]

    def near_account_ids(self, name: str) -> Sequence[str]:
        return AnswerStore(self._connection).near_account_ids(name)

    def read_held(self, run: RunRecord, target: Target) -> Sequence[HeldMember]:
        values = {"run": run.run_id}
        if target.subject in (Subject.IDENTIFIER, Subject.LINK):
            values |= {"kind": target.kind, "identifier": target.identifier}
            holders, rings = _HOLDERS, _RESTING
            told = {**values, "as_of": run.as_of, "account": target.account_id}
        elif target.subject is Subject.RING:
            holders = "SELECT account_id FROM ring_member WHERE run_id = $run AND ring_id = $ring"
            rings, told = "SELECT $ring", {**values, "ring": target.ring_id}
        else:
            holders = "SELECT $account AS account_id"
            rings = "SELECT ring_id FROM ring_member WHERE run_id = $run AND account_id = $account"
            told = {**values, "account": target.account_id}
        rows = self._connection.execute(
            f"""
            WITH holder AS ({holders})
            SELECT m.ring_id, m.account_id, m.role, m.account_risk,
                   m.account_id IN (SELECT account_id FROM holder) AS holds_it
            FROM ring_member m WHERE m.run_id = $run AND m.ring_id IN ({rings})
            ORDER BY m.ring_id, holds_it DESC, m.account_id""",
            told,
        ).fetchall()
        return [
            HeldMember(ring_id, account_id, MemberRole(role), risk, holds)
            for ring_id, account_id, role, risk, holds in rows
        ]
