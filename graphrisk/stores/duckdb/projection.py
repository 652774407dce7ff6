"""What should stand in Neo4j, as queries over the workspace: one per label, one per relationship type.

TOLD_LINKS is to stand in a temporary table `told_link`, so that the view behind it is gone through once; what
enforcement says is to stand in those of stores.duckdb.enforcement_projection.
Columns are those that the statements under cypher/write take; times are microseconds since 1970. Nodes have
`id`, relationships `start_label, start_id, end_label, end_id`; both a `content_digest` of all else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from graphrisk.model.graph_schema import (
    ACCOUNT,
    EVIDENCE,
    IDENTIFIER,
    MADE,
    MEMBER_OF,
    PAID,
    PAYMENT,
    PLAN,
    PROPOSES,
    RESEMBLES,
    RING,
    RUN,
    TIED_TO,
    TO,
    TOUCHES,
    NodeSchema,
    RelationshipSchema,
)
from graphrisk.model.kinds import IdentifierKind, KindSet
from graphrisk.stores.duckdb.enforcement_projection import plan_query, proposes_query, touches_query
from graphrisk.stores.duckdb.graph_columns import (
    ENDS,
    caption_of,
    digest_of,
    id_of,
    long_of,
    quoted,
    with_digest,
)

HUB_ACCOUNTS = 1_000  # identifiers with more accounts are linked last
EVIDENCE_PER_HOP = 3  # the strongest identifiers of a hop: more make no picture clearer

TOLD_LINKS = (
    "SELECT account_id, kind, identifier, raw, first_seen_at, last_seen_at, event_count FROM known_link"
)


@dataclass(frozen=True, slots=True)
class ProjectionScope:
    """run_id: the run whose findings are written, and up to whose as-of labels count; None where there was
    none. payments: whether every payment is a node."""

    kinds: KindSet
    run_id: str | None
    payments: bool

    def parameters(self, query: str) -> dict[str, str] | None:
        return {"run": self.run_id or ""} if "$run" in query else None


def node_query(schema: NodeSchema, scope: ProjectionScope) -> str:
    """The rows of one label."""
    if IDENTIFIER in schema.also:
        return _identifiers(next(kind for kind in scope.kinds.kinds if kind.label == schema.label))
    return _NODE_QUERIES[schema.label](scope)


def relationship_query(schema: RelationshipSchema, scope: ProjectionScope) -> str:
    """The rows of one relationship type."""
    if schema.type in _RELATIONSHIP_QUERIES:
        return _RELATIONSHIP_QUERIES[schema.type](scope)
    return _links(next(kind for kind in scope.kinds.kinds if kind.relationship == schema.type))


def score_query() -> str:
    """What the run says of accounts: id, risk, propagated, reason, ring_id, verdict, score_digest."""
    columns = ("risk", "propagated", "reason", "ring_id", "verdict")
    return f"""
    SELECT {id_of("k.account_id")} AS id, {", ".join(columns)}, {digest_of(columns)} AS score_digest
    FROM (
        SELECT account_id, r.risk, r.propagated, nullif(r.reason, '') AS reason, r.ring_id, v.verdict
        FROM known_account
        LEFT JOIN (SELECT * FROM account_risk WHERE run_id = $run) r USING (account_id)
        LEFT JOIN (
            SELECT account_id, CASE sign(
                count(*) FILTER (verdict = 'bad') - count(*) FILTER (verdict = 'good'))
                WHEN 1 THEN 'bad' WHEN -1 THEN 'good' END AS verdict
            FROM (
                SELECT account_id, verdict, reported_at FROM known_label
                UNION ALL SELECT account_id, verdict, reported_at FROM judged_label WHERE run_id = $run)
            WHERE reported_at IS NULL
                OR reported_at <= coalesce((SELECT as_of FROM run WHERE run_id = $run), reported_at)
            GROUP BY account_id) v USING (account_id)) k"""


def _accounts(_scope: ProjectionScope) -> str:
    columns = ("long_id", "caption", "role", "market", "display_name", "created_at")
    query = f"""
    SELECT {id_of("account_id")} AS id, {long_of("account_id")} AS long_id,
           {caption_of("account_id")} AS caption, role, market, display_name,
           epoch_us(created_at) AS created_at, is_outsider
    FROM (
        SELECT account_id, role, market, display_name, created_at, false AS is_outsider FROM known_account
        UNION ALL
        SELECT DISTINCT payee_id, NULL, NULL, NULL, NULL::TIMESTAMP, true FROM known_payment
        WHERE payee_id IS NOT NULL AND payee_id NOT IN (SELECT account_id FROM known_account))"""
    return with_digest(query, "id, is_outsider", columns)


def _identifiers(kind: IdentifierKind) -> str:
    columns = ("long_id", "caption", "kind", "raw", "account_count")
    query = f"""
    SELECT {id_of("identifier")} AS id, {long_of("identifier")} AS long_id,
           {caption_of("identifier")}
           || CASE WHEN account_count > 1 THEN ' ×' || account_count ELSE '' END AS caption,
           kind, raw, account_count
    FROM (
        SELECT kind, identifier, min(raw) AS raw, count(DISTINCT account_id) AS account_count
        FROM told_link WHERE kind = {quoted(kind.name)} GROUP BY kind, identifier)"""
    return with_digest(query, "id", columns)


def _links(kind: IdentifierKind) -> str:
    columns = ("first_seen_at", "last_seen_at", "event_count")
    query = f"""
    SELECT '{ACCOUNT}' AS start_label, {id_of("account_id")} AS start_id,
           {quoted(kind.label)} AS end_label, {id_of("identifier")} AS end_id,
           CASE WHEN count(first_seen_at) = count(*) THEN epoch_us(min(first_seen_at)) END AS first_seen_at,
           epoch_us(max(last_seen_at)) AS last_seen_at, CAST(sum(event_count) AS BIGINT) AS event_count
    FROM told_link WHERE kind = {quoted(kind.name)} GROUP BY account_id, identifier"""
    return with_digest(query, ENDS, columns)


def _payments(scope: ProjectionScope) -> str:
    columns = ("long_id", "caption", "amount_minor", "currency", "status", "category", "paid_at")
    query = f"""
    SELECT {id_of("payment_id")} AS id, any_value({long_of("payment_id")}) AS long_id,
           any_value({caption_of("payment_id")}) AS caption, min(amount_minor) AS amount_minor,
           min(currency) AS currency, min(status) AS status, min(category) AS category,
           epoch_us(min(paid_at)) AS paid_at
    FROM known_payment WHERE {_wanted(scope)} GROUP BY payment_id"""
    return with_digest(query, "id", columns)


def _paid(_scope: ProjectionScope) -> str:
    columns = (
        "count", "amount_minor", "currency", "other_currency_count", "chargeback_count", "refund_count",
        "first_at", "last_at",
    )  # fmt: skip
    query = f"""
    SELECT '{ACCOUNT}' AS start_label, {id_of("payer_id")} AS start_id, '{ACCOUNT}' AS end_label,
           {id_of("payee_id")} AS end_id, CAST(sum(n) AS BIGINT) AS count,
           arg_max(amount_minor, n) AS amount_minor, nullif(arg_max(currency, n), '') AS currency,
           CAST(sum(n) - max(n) AS BIGINT) AS other_currency_count,
           CAST(sum(chargeback_count) AS BIGINT) AS chargeback_count,
           CAST(sum(refund_count) AS BIGINT) AS refund_count,
           epoch_us(min(first_at)) AS first_at, epoch_us(max(last_at)) AS last_at
    FROM (
        SELECT payer_id, payee_id, coalesce(currency, '') AS currency, count(*) AS n,
               CAST(greatest(least(sum(amount_minor), 9e18), -9e18) AS BIGINT) AS amount_minor,
               count(*) FILTER (status = 'chargeback') AS chargeback_count,
               count(*) FILTER (status = 'refunded') AS refund_count,
               min(paid_at) AS first_at, max(paid_at) AS last_at
        FROM known_payment WHERE payee_id IS NOT NULL GROUP BY ALL ORDER BY ALL)
    GROUP BY payer_id, payee_id"""
    return with_digest(query, ENDS, columns)


def _made(scope: ProjectionScope) -> str:
    query = f"""
    SELECT '{ACCOUNT}' AS start_label, {id_of("min(payer_id)")} AS start_id, '{PAYMENT}' AS end_label,
           {id_of("payment_id")} AS end_id
    FROM known_payment WHERE {_wanted(scope)} GROUP BY payment_id"""
    return f"SELECT {ENDS}, 1::BIGINT AS content_digest FROM ({query})"


def _to(scope: ProjectionScope) -> str:
    query = f"""
    SELECT '{PAYMENT}' AS start_label, {id_of("payment_id")} AS start_id, '{ACCOUNT}' AS end_label,
           {id_of("min(payee_id)")} AS end_id
    FROM known_payment WHERE payee_id IS NOT NULL AND {_wanted(scope)} GROUP BY payment_id"""
    return f"SELECT {ENDS}, 1::BIGINT AS content_digest FROM ({query})"


def _rings(_scope: ProjectionScope) -> str:
    columns = (
        "long_id", "caption", "score", "size", "core_count", "labelled_bad_count", "labelled_good_count",
        "exposure_minor", "currency", "detectors", "innocent", "innocent_bits", "reasons", "status",
    )  # fmt: skip
    # Beside the run's own those that were taken down and that one of its own is like, as found last
    query = """
    SELECT ring_id AS id, NULL::VARCHAR AS long_id,
           ring_id || ' · ' || size || ' accounts · '
           || CASE WHEN run_id = $run THEN printf('%.2f', score) ELSE 'gone' END AS caption,
           score, size, core_count, labelled_bad_count, labelled_good_count, amount_minor AS exposure_minor,
           currency, detectors, innocent, innocent_bits, reasons,
           CASE WHEN run_id = $run THEN 'found' ELSE 'gone' END AS status, run_id
    FROM (
        FROM ring WHERE run_id = $run
        UNION ALL
        SELECT r.* FROM ring r
        JOIN (
            SELECT former_ring_id, arg_max(former_run_id, (as_of, former_run_id)) AS former_run_id
            FROM ring_likeness l JOIN run n ON n.run_id = l.former_run_id
            WHERE l.run_id = $run GROUP BY former_ring_id) f
        ON f.former_ring_id = r.ring_id AND f.former_run_id = r.run_id
        WHERE r.ring_id NOT IN (SELECT ring_id FROM ring WHERE run_id = $run))"""
    return with_digest(query, "id, run_id", columns)


def _runs(_scope: ProjectionScope) -> str:
    columns = (
        "long_id", "caption", "started_at", "as_of", "parameters", "input_digest", "ring_count",
        "account_count",
    )  # fmt: skip
    query = """
    SELECT r.run_id AS id, NULL::VARCHAR AS long_id, r.run_id AS caption,
           epoch_us(started_at) AS started_at, epoch_us(as_of) AS as_of, parameters, input_digest,
           (SELECT count(*) FROM ring g WHERE g.run_id = r.run_id) AS ring_count,
           (SELECT count(*) FROM account_risk a WHERE a.run_id = r.run_id) AS account_count
    FROM run r"""
    return with_digest(query, "id", columns)


def _members(_scope: ProjectionScope) -> str:
    columns = (
        "core", "closeness", "confidence", "bits", "account_risk", "reasons", "not_automatic", "detectors",
    )  # fmt: skip
    query = f"""
    SELECT '{ACCOUNT}' AS start_label, {id_of("account_id")} AS start_id, '{RING}' AS end_label,
           ring_id AS end_id, role = 'core' AS core, closeness, confidence, bits, account_risk, reasons,
           not_automatic, nullif(detectors, '') AS detectors, run_id
    FROM ring_member WHERE run_id = $run"""
    return with_digest(query, f"{ENDS}, run_id", columns)


def _ties(_scope: ProjectionScope) -> str:
    columns = ("bits", "identifier_count", "payee_count", "words")
    query = f"""
    SELECT '{RING}' AS start_label, ring_id AS start_id, '{RING}' AS end_label, other_ring_id AS end_id, bits,
           CAST(identifier_count AS BIGINT) AS identifier_count, CAST(payee_count AS BIGINT) AS payee_count,
           words, run_id
    FROM ring_tie WHERE run_id = $run"""
    return with_digest(query, f"{ENDS}, run_id", columns)


def _likenesses(_scope: ProjectionScope) -> str:
    columns = ("probability", "bits", "taken_down_at", "words", "aspects")
    query = f"""
    SELECT '{RING}' AS start_label, l.ring_id AS start_id, '{RING}' AS end_label, l.former_ring_id AS end_id,
           l.probability, l.bits, epoch_us(l.taken_down_at) AS taken_down_at, l.words, a.aspects, l.run_id
    FROM ring_likeness l LEFT JOIN (
        SELECT ring_id, former_ring_id, string_agg(
            printf('%s %+.1f bits', aspect, bits) || CASE WHEN words = '' THEN '' ELSE ': ' || words END,
            '; ' ORDER BY bits DESC, aspect) AS aspects
        FROM likeness_aspect WHERE run_id = $run GROUP BY ring_id, former_ring_id) a
    ON a.ring_id = l.ring_id AND a.former_ring_id = l.former_ring_id
    WHERE l.run_id = $run
    QUALIFY row_number() OVER (
        PARTITION BY l.ring_id, l.former_ring_id ORDER BY l.probability DESC, l.former_run_id) = 1"""
    return with_digest(query, f"{ENDS}, run_id", columns)


def _evidence(scope: ProjectionScope) -> str:
    columns = ("ring_id", "bits", "account_count", "words")
    labels = " ".join(f"WHEN {quoted(kind.name)} THEN {quoted(kind.label)}" for kind in scope.kinds.kinds)
    words = " ".join(f"WHEN {quoted(kind.name)} THEN {quoted(kind.words)}" for kind in scope.kinds.kinds)
    nodes = ", ".join(quoted(kind.name) for kind in scope.kinds.kinds)  # families of values have no node
    query = f"""
    SELECT '{ACCOUNT}' AS start_label, {id_of("holder_id")} AS start_id,
           CASE kind {labels} END AS end_label, {id_of("identifier")} AS end_id, min(ring_id) AS ring_id,
           max(bits) AS bits, CAST(max(account_count) AS BIGINT) AS account_count,
           CASE kind {words} END || ' · ' || max(account_count) || ' accounts · ' || printf('%.1f', max(bits))
           || ' bits' AS words, min(run_id) AS run_id
    FROM (
        SELECT *, unnest([account_id, via_account_id]) AS holder_id
        FROM (
            SELECT * FROM evidence WHERE run_id = $run AND kind IN ({nodes})
            QUALIFY row_number() OVER (
                PARTITION BY ring_id, account_id, via_account_id ORDER BY bits DESC, kind, identifier
            ) <= {EVIDENCE_PER_HOP}))
    GROUP BY holder_id, kind, identifier"""
    # The run is part of the digest: what another run said, in the same words, is to be written again.
    return with_digest(query, f"{ENDS}, run_id", columns, digested=(*columns, "run_id"))


_NODE_QUERIES: dict[str, Callable[[ProjectionScope], str]] = {
    ACCOUNT: _accounts,
    PAYMENT: _payments,
    RING: _rings,
    RUN: _runs,
    PLAN: lambda _: plan_query(),
}
_RELATIONSHIP_QUERIES: dict[str, Callable[[ProjectionScope], str]] = {
    PAID: _paid,
    MADE: _made,
    TO: _to,
    MEMBER_OF: _members,
    EVIDENCE: _evidence,
    TIED_TO: _ties,
    RESEMBLES: _likenesses,
    PROPOSES: lambda _: proposes_query(),
    TOUCHES: lambda _: touches_query(),
}


def _wanted(scope: ProjectionScope) -> str:
    return "true" if scope.payments else "false"
