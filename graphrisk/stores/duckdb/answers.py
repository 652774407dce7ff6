"""Reads what a run and the tables say about one ring or one account, nothing later than the run's as-of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import duckdb

from graphrisk.flows.answer import (
    AccountFile,
    BeliefSource,
    HeldIdentifier,
    IdentifierChoice,
    PaymentTotal,
    RingChoice,
)
from graphrisk.model.findings import (
    ExposureFinding,
    IdentifierFinding,
    InnocenceFinding,
    KnownLabel,
    MemberFinding,
    RingDossier,
    RingFinding,
    SeedShare,
    SharedIdentifier,
    SignalFinding,
    TieFinding,
)
from graphrisk.model.rings import Explanation, MemberRole
from graphrisk.model.runs import RunRecord
from graphrisk.model.verdicts import Verdict
from graphrisk.stores.duckdb.held_judgements import read_judgements_about

_RING = """
    SELECT ring_id, score, size, core_count, labelled_bad_count, labelled_good_count, detectors, amount_minor,
           currency, innocent, innocent_bits, reasons
    FROM ring WHERE run_id = $run"""

_NEAR = "jaro_winkler_similarity(lower({name}), lower($name))"


class AnswerStore:
    """Fits flows.answer.RingLibrary and flows.answer.AccountLibrary."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def read_rings(self, run_id: str, choice: RingChoice) -> Sequence[RingFinding]:
        limit = "" if choice.limit is None else f" LIMIT {int(choice.limit)}"
        query = f"{_RING} AND size >= $least ORDER BY score DESC, ring_id{limit}"
        rows = self._connection.execute(query, {"run": run_id, "least": choice.min_size}).fetchall()
        return [_ring(*row) for row in rows]

    def read_identifiers(self, run_id: str, choice: IdentifierChoice) -> Sequence[IdentifierFinding]:
        limit = "" if choice.limit is None else f" LIMIT {int(choice.limit)}"
        rows = self._connection.execute(
            f"""
            SELECT kind, identifier, risk, account_count, ring_id, ring_account_count, use, reason
            FROM identifier_risk
            WHERE run_id = $run AND risk >= $least AND ($kind IS NULL OR kind = $kind)
            ORDER BY risk DESC, kind, identifier{limit}""",
            {"run": run_id, "least": choice.least_risk, "kind": choice.kind},
        ).fetchall()
        return [IdentifierFinding(*row) for row in rows]

    def find_ring_ids(self, run_id: str, start: str) -> Sequence[str]:
        rows = self._connection.execute(
            """
            SELECT ring_id FROM ring
            WHERE run_id = $run AND $start <> ''
              AND (starts_with(lower(ring_id), lower($start))
                   OR starts_with(lower(ring_id), 'ring-' || lower($start)))
            ORDER BY ring_id LIMIT 100""",
            {"run": run_id, "start": start},
        ).fetchall()
        names = [str(row[0]) for row in rows]
        return [start] if start in names else names

    def near_ring_ids(self, run_id: str, name: str) -> Sequence[str]:
        near = _NEAR.format(name="ring_id")
        return self._names(
            f"""
            SELECT ring_id FROM ring WHERE run_id = $run AND {near} > 0.8
            ORDER BY {near} DESC, ring_id LIMIT 3""",
            {"run": run_id, "name": name},
        )

    def near_account_ids(self, name: str) -> Sequence[str]:
        near = _NEAR.format(name="account_id")
        return self._names(
            f"""
            SELECT account_id FROM known_account WHERE {near} > 0.85
            ORDER BY {near} DESC, account_id LIMIT 3""",
            {"name": name},
        )

    def read_dossier(self, run: RunRecord, ring_id: str) -> RingDossier:
        """The ring must exist (see find_ring_ids)."""
        of_ring = {"run": run.run_id, "ring": ring_id}
        ring = self._connection.execute(f"{_RING} AND ring_id = $ring", of_ring).fetchall()[0]
        members = self._connection.execute(
            """
            SELECT account_id, role, closeness, confidence, account_risk, bits, reasons,
                   not_automatic, detectors
            FROM ring_member
            WHERE run_id = $run AND ring_id = $ring ORDER BY account_risk DESC, account_id""",
            of_ring,
        ).fetchall()
        signals = self._connection.execute(
            """
            SELECT signal, value, points, words FROM ring_signal
            WHERE run_id = $run AND ring_id = $ring ORDER BY points DESC, signal""",
            of_ring,
        ).fetchall()
        innocence = self._connection.execute(
            """
            SELECT explanation, bits, words FROM ring_innocence
            WHERE run_id = $run AND ring_id = $ring ORDER BY bits DESC, explanation""",
            of_ring,
        ).fetchall()
        ties = self._connection.execute(
            """
            SELECT CASE ring_id WHEN $ring THEN other_ring_id ELSE ring_id END AS other, bits,
                   identifier_count, payee_count, words
            FROM ring_tie WHERE run_id = $run AND $ring IN (ring_id, other_ring_id)
            ORDER BY bits DESC, other""",
            of_ring,
        ).fetchall()
        exposure = self._connection.execute(
            """
            SELECT currency, payment_count, paid_minor, chargeback_minor, refund_minor, received_count,
                   received_minor
            FROM ring_exposure WHERE run_id = $run AND ring_id = $ring ORDER BY currency""",
            of_ring,
        ).fetchall()
        seeds = self._connection.execute(
            """
            SELECT account_id, seed_id, belief
            FROM belief_seed JOIN ring_member USING (run_id, account_id)
            WHERE run_id = $run AND ring_id = $ring ORDER BY account_id, abs(belief) DESC, seed_id""",
            of_ring,
        ).fetchall()
        account_ids = [str(row[0]) for row in members]
        counts = self._holder_counts(run, account_ids)
        evidence = self._evidence(run, ring_id, counts)
        things = {thing for thing, count in counts.items() if count > 1}
        things |= {(share.kind, share.identifier) for share in evidence}
        return RingDossier(
            run_id=run.run_id,
            ring=_ring(*ring),
            members=tuple(MemberFinding(i, MemberRole(role), *rest) for i, role, *rest in members),
            signals=tuple(SignalFinding(*row) for row in signals),
            innocence=tuple(InnocenceFinding(Explanation(name), *rest) for name, *rest in innocence),
            ties=tuple(TieFinding(*row) for row in ties),
            exposure=tuple(ExposureFinding(*row) for row in exposure),
            seeds=tuple(SeedShare(*row) for row in seeds),
            evidence=evidence,
            labels=self._labels(run, account_ids),
            base_account_count=self._base_account_count(run.run_id),
            judgements=read_judgements_about(self._connection, run.run_id, set(account_ids), things),
        )

    def read_account(self, run: RunRecord, account_id: str) -> AccountFile | None:
        """None where neither the tables nor the run know the account."""
        told = self._connection.execute(
            "SELECT role, created_at, market, display_name FROM known_account WHERE account_id = $id",
            {"id": account_id},
        ).fetchone()
        found = self._connection.execute(
            """
            SELECT risk, risk_low, risk_high, propagated, reason, ring_id FROM account_risk
            WHERE run_id = $run AND account_id = $id""",
            {"run": run.run_id, "id": account_id},
        ).fetchone()
        if told is None and found is None:
            return None
        role, created_at, market, display_name = told or (None,) * 4
        risk, risk_low, risk_high, propagated, reason, ring_id = found or (None,) * 6
        identifiers = self._identifiers(run, account_id, ring_id)
        things = {(each.kind, text) for each in identifiers for text in (each.identifier, each.raw or "")}
        return AccountFile(
            account_id=account_id,
            role=role,
            created_at=created_at,
            market=market,
            display_name=display_name,
            risk=risk,
            risk_low=risk_low,
            risk_high=risk_high,
            propagated=propagated,
            reason=reason,
            ring_id=ring_id,
            identifiers=identifiers,
            sources=self._sources(run, account_id),
            labels=self._labels(run, [account_id]),
            payments=self._payments(run, account_id),
            judgements=read_judgements_about(self._connection, run.run_id, {account_id}, things),
        )

    def _sources(self, run: RunRecord, account_id: str) -> tuple[BeliefSource, ...]:
        rows = self._connection.execute(
            """
            SELECT kind, identifier, belief, neighbour_id, neighbour_belief FROM belief_source
            WHERE run_id = $run AND account_id = $id ORDER BY abs(belief) DESC, kind, identifier""",
            {"run": run.run_id, "id": account_id},
        ).fetchall()
        return tuple(BeliefSource(*row) for row in rows)

    def _evidence(
        self, run: RunRecord, ring_id: str, counts: Mapping[tuple[str, str], int]
    ) -> tuple[SharedIdentifier, ...]:
        """counts: of _holder_counts."""
        rows = self._connection.execute(
            """
            SELECT account_id, via_account_id, kind, identifier, account_count, 0, bits, pair_probability
            FROM evidence WHERE run_id = $run AND ring_id = $ring
            ORDER BY account_id, via_account_id, kind, identifier""",
            {"run": run.run_id, "ring": ring_id},
        ).fetchall()
        shares = [SharedIdentifier(*row) for row in rows]
        holders: dict[tuple[str, str], set[str]] = {}
        for share in shares:
            holders.setdefault((share.kind, share.identifier), set()).update(
                (share.account_id, share.via_account_id)
            )
        return tuple(
            replace(share, ring_account_count=max(counts.get(key, 0), len(holders[key])))
            for share in shares
            for key in [(share.kind, share.identifier)]
        )

    def _holder_counts(self, run: RunRecord, account_ids: list[str]) -> dict[tuple[str, str], int]:
        """(kind, identifier) -> how many of these accounts hold it, for whatever they hold."""
        keys = self._account_keys(account_ids)
        rows = self._connection.execute(
            f"""
            SELECT i.kind, i.identifier, l.holder_count
            FROM (SELECT identifier_key, count(*) AS holder_count FROM known_link_key
                  WHERE account_key IN ({keys}) AND (first_seen_at IS NULL OR first_seen_at <= $as_of)
                  GROUP BY identifier_key) l
            JOIN identifier_key i ON i.identifier_key = l.identifier_key""",
            {"as_of": run.as_of},
        ).fetchall()
        return {(kind, identifier): count for kind, identifier, count in rows}

    def _identifiers(
        self, run: RunRecord, account_id: str, ring_id: str | None
    ) -> tuple[HeldIdentifier, ...]:
        own = self._account_keys([account_id])
        known = "(first_seen_at IS NULL OR first_seen_at <= $as_of)"
        rows = self._connection.execute(
            f"""
            WITH own AS (
                SELECT identifier_key, raw, first_seen_at, last_seen_at, event_count FROM known_link_key
                WHERE account_key IN ({own}) AND {known})
            SELECT i.kind, i.identifier, o.raw, count(*) AS account_count,
                   count(*) FILTER (l.account_key IN (
                       SELECT k.account_key
                       FROM ring_member m JOIN account_key k ON k.account_id = m.account_id
                       WHERE m.run_id = $run AND m.ring_id = $ring)) AS ring_account_count,
                   any_value(o.first_seen_at), any_value(o.last_seen_at), any_value(o.event_count)
            FROM own o
            JOIN known_link_key l ON l.identifier_key = o.identifier_key
            JOIN identifier_key i ON i.identifier_key = o.identifier_key
            WHERE l.first_seen_at IS NULL OR l.first_seen_at <= $as_of
            GROUP BY i.kind, i.identifier, o.raw
            ORDER BY account_count = 1, account_count, i.kind, i.identifier""",
            {"as_of": run.as_of, "run": run.run_id, "ring": ring_id},
        ).fetchall()
        return tuple(HeldIdentifier(*row) for row in rows)

    def _labels(self, run: RunRecord, account_ids: list[str]) -> tuple[KnownLabel, ...]:
        rows = self._connection.execute(
            """
            SELECT account_id, verdict, reason, reported_at FROM (
                SELECT account_id, verdict, reason, reported_at FROM known_label
                UNION ALL
                SELECT account_id, verdict, reason, reported_at FROM judged_label WHERE run_id = $run)
            WHERE account_id IN (SELECT unnest($ids::VARCHAR[]))
              AND (reported_at IS NULL OR reported_at <= $as_of)
            ORDER BY account_id, reported_at, verdict, reason""",
            {"ids": account_ids, "as_of": run.as_of, "run": run.run_id},
        ).fetchall()
        return tuple(KnownLabel(i, Verdict(verdict), reason, at) for i, verdict, reason, at in rows)

    def _payments(self, run: RunRecord, account_id: str) -> tuple[PaymentTotal, ...]:
        rows = self._connection.execute(
            """
            SELECT direction, status, currency, count(*), CAST(sum(amount_minor) AS BIGINT)
            FROM (SELECT 'paid' AS direction, * FROM known_payment WHERE payer_id = $id
                  UNION ALL SELECT 'received', * FROM known_payment WHERE payee_id = $id)
            WHERE paid_at IS NULL OR paid_at <= $as_of
            GROUP BY direction, status, currency ORDER BY direction, status, currency""",
            {"id": account_id, "as_of": run.as_of},
        ).fetchall()
        return tuple(PaymentTotal(*row) for row in rows)

    def _base_account_count(self, run_id: str) -> int:
        counted = self._connection.execute(
            "SELECT count(*) FROM account_risk WHERE run_id = $run", {"run": run_id}
        ).fetchone()
        return int(counted[0]) if counted else 0

    def _account_keys(self, account_ids: list[str]) -> str:
        """The integers of these accounts as an SQL list: written out, so that the filter reaches the scan."""
        rows = self._connection.execute(
            """
            SELECT account_key FROM account_key
            WHERE account_id IN (SELECT unnest($ids::VARCHAR[])) ORDER BY account_key""",
            {"ids": account_ids},
        ).fetchall()
        return ", ".join(str(int(row[0])) for row in rows) or "NULL"

    def _names(self, query: str, values: dict[str, str]) -> list[str]:
        return [str(row[0]) for row in self._connection.execute(query, values).fetchall()]


def _ring(*row: Any) -> RingFinding:  # the columns of _RING, in its order
    *before, innocent, innocent_bits, reasons = row
    fits = None if innocent is None else Explanation(innocent)
    return RingFinding(*(*before, fits, innocent_bits, reasons))
