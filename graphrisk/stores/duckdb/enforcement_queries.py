"""What is asked of a workspace about the members of rings, over the temporary tables of known.py.

chosen    member (0, 1, ... by ring and account), ring_id, account_id, account_key: of the rings asked about
own       account_key, identifier_key, first_seen_at (microseconds, NO_TIME), event_count: all their links
shared    ring_id, identifier_key, member_count: what at least two members of a ring hold
holders   identifier_key, account_count: of these, whoever ever held them
"""

from __future__ import annotations

from graphrisk.model.known import LARGEST_AMOUNT, NO_TIME

TABLES = ("chosen", "own", "shared", "holders")

CHOSEN = """CREATE OR REPLACE TEMP TABLE chosen AS
    SELECT CAST(row_number() OVER (ORDER BY m.ring_id, m.account_id) - 1 AS INTEGER) AS member,
           m.ring_id, m.account_id, k.account_key
    FROM ring_member m JOIN account_key k ON k.account_id = m.account_id
    WHERE m.run_id = $run AND ($everyone OR m.ring_id IN (SELECT unnest($rings::VARCHAR[])))"""

# {heard}: all links known at as-of with their times. A link without a time may be as old as any.
OWN = """CREATE OR REPLACE TEMP TABLE own AS
    SELECT account_key, identifier_key, min(first_seen_at) AS first_seen_at,
           CAST(least(sum(event_count), $most) AS BIGINT) AS event_count
    FROM ({heard} AND l.account_key IN (SELECT account_key FROM chosen))
    GROUP BY account_key, identifier_key"""

SHARED = """CREATE OR REPLACE TEMP TABLE shared AS
    SELECT c.ring_id, o.identifier_key, CAST(count(*) AS INTEGER) AS member_count
    FROM own o JOIN chosen c ON c.account_key = o.account_key
    GROUP BY c.ring_id, o.identifier_key HAVING count(*) > 1"""

# A thing that somebody barred, but for some links, is as public as it was.
HOLDERS = """CREATE OR REPLACE TEMP TABLE holders AS
    SELECT h.identifier_key, CAST(
        coalesce(any_value(p.holder_count), count(DISTINCT h.account_key)) AS INTEGER) AS account_count
    FROM ({heard} AND coalesce(s.identifier_key, l.identifier_key) IN (SELECT identifier_key FROM shared)) h
    LEFT JOIN public_count p ON p.identifier_key = h.identifier_key
    GROUP BY h.identifier_key"""

_TIME = f"CASE WHEN {{}} > {NO_TIME} THEN make_timestamp({{}}) END"

# What members share by the tables; then what the run derived and named on its paths, of kinds without a table
THINGS = f"""WITH told AS (
        SELECT c.member, i.kind, i.identifier, h.account_count,
               s.member_count AS ring_account_count, o.event_count, o.first_seen_at AS first_at,
               min(o.first_seen_at) OVER (
                   PARTITION BY s.ring_id, s.identifier_key
                   ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING EXCLUDE CURRENT ROW) AS others_at
        FROM own o JOIN chosen c ON c.account_key = o.account_key
        JOIN shared s ON s.ring_id = c.ring_id AND s.identifier_key = o.identifier_key
        JOIN holders h ON h.identifier_key = o.identifier_key
        JOIN identifier_key i ON i.identifier_key = o.identifier_key),
    hop AS (
        SELECT ring_id, unnest([account_id, via_account_id]) AS account_id, kind, identifier, account_count
        FROM evidence WHERE run_id = $run AND kind NOT IN (SELECT DISTINCT kind FROM identifier_key)),
    derived AS (
        SELECT c.member, c.ring_id, kind, identifier, max(account_count) AS account_count
        FROM hop JOIN chosen c ON c.ring_id = hop.ring_id AND c.account_id = hop.account_id
        GROUP BY ALL),
    counted AS (
        SELECT *, CAST(count(*) OVER (PARTITION BY ring_id, kind, identifier) AS INTEGER) AS member_count
        FROM derived),
    every AS (
        SELECT member, kind, identifier, account_count, ring_account_count,
               {_TIME.format("first_at", "first_at")} AS first_seen_at,
               {_TIME.format("others_at", "others_at")} AS others_first_seen_at, event_count
        FROM told
        UNION ALL
        SELECT member, kind, identifier, greatest(account_count, member_count), member_count, NULL, NULL, 0
        FROM counted WHERE member_count > 1)
    SELECT e.*, r.risk AS ring_brought
    FROM every e LEFT JOIN (SELECT kind, identifier, risk FROM identifier_risk WHERE run_id = $run) r
        ON r.kind = e.kind AND r.identifier = e.identifier
    ORDER BY e.member, e.kind, e.identifier, e.event_count DESC"""

# 1 bad, -1 good, 0 where both is said as often; as the run hears it
_VERDICTS = """SELECT account_key, sign(
            count(*) FILTER (verdict = $bad) - count(*) FILTER (verdict = $good)) AS verdict
        FROM (
            SELECT account_key, verdict, reported_at FROM label
            UNION ALL SELECT account_key, verdict, reported_at FROM told_verdict)
        WHERE reported_at IS NULL OR reported_at <= $as_of
        GROUP BY account_key"""

GOOD = f"""SELECT k.account_id FROM ({_VERDICTS}) v JOIN account_key k ON k.account_key = v.account_key
    WHERE v.verdict < 0 ORDER BY k.account_id"""

MEMBERS = f"""SELECT c.ring_id, c.account_id, r.score AS ring_score, m.role, m.confidence,
           coalesce(a.risk, m.account_risk) AS risk, a.risk_low, a.risk_high, m.not_automatic, m.detectors,
           t.market, coalesce(v.verdict, 0) AS verdict,
           CAST(coalesce(u.event_count, 0) AS BIGINT) AS event_count
    FROM chosen c
    JOIN ring_member m ON m.run_id = $run AND m.ring_id = c.ring_id AND m.account_id = c.account_id
    JOIN ring r ON r.run_id = $run AND r.ring_id = m.ring_id
    LEFT JOIN account_risk a ON a.run_id = $run AND a.account_id = m.account_id
    LEFT JOIN known_account_key t ON t.account_key = c.account_key
    LEFT JOIN (
        SELECT account_key, CAST(least(sum(event_count), {LARGEST_AMOUNT}) AS BIGINT) AS event_count
        FROM own GROUP BY account_key) u ON u.account_key = c.account_key
    LEFT JOIN (
        {_VERDICTS}) v ON v.account_key = c.account_key
    ORDER BY c.member"""

_MADE = """payment y JOIN position p ON p.account_key = y.payer_key
        WHERE y.paid_at IS NULL OR y.paid_at <= $as_of"""
_LOST = "y.status IN ('chargeback', 'refunded')"
_AMOUNT = f"CAST(greatest(least(coalesce(sum({{}}), 0), {LARGEST_AMOUNT}), -{LARGEST_AMOUNT}) AS BIGINT)"

# Shares are of what went one way: an amount below zero would make those of all others more than the whole.
# For each currency `paid` is its share of all payments over what was paid in it, `lost` likewise of the lost.
MONEY = f"""WITH of_currency AS (
        SELECT y.currency, count(*) AS paid_count, sum(y.amount_minor) AS paid_minor,
               count(*) FILTER ({_LOST}) AS lost_count, sum(y.amount_minor) FILTER ({_LOST}) AS lost_minor
        FROM (SELECT y.* FROM {_MADE}) y WHERE y.amount_minor > 0 GROUP BY y.currency),
    weight AS (
        SELECT currency, paid_count / sum(paid_count) OVER () / paid_minor AS paid,
               coalesce(lost_count / nullif(sum(lost_count) OVER (), 0) / lost_minor, 0) AS lost
        FROM of_currency),
    made AS (
        SELECT y.payer_key AS account_key, y.currency, count(*) AS payment_count,
               count(*) FILTER ({_LOST}) AS lost_count,
               {_AMOUNT.format("y.amount_minor")} AS paid_minor,
               {_AMOUNT.format(f"CASE WHEN {_LOST} THEN y.amount_minor END")} AS lost_minor,
               coalesce(sum(y.amount_minor) FILTER (y.amount_minor > 0), 0) AS paid_out,
               coalesce(sum(y.amount_minor) FILTER (y.amount_minor > 0 AND {_LOST}), 0) AS lost_out
        FROM (SELECT y.* FROM {_MADE}) y
        WHERE y.payer_key IN (SELECT account_key FROM chosen) GROUP BY ALL),
    received AS (
        SELECT y.payee_key AS account_key, y.currency, {_AMOUNT.format("y.amount_minor")} AS received_minor
        FROM (SELECT y.* FROM {_MADE}) y
        WHERE y.payee_key IN (SELECT account_key FROM chosen) GROUP BY ALL)
    SELECT c.member, f.currency, f.payment_count, f.lost_count, f.paid_minor, f.lost_minor,
           f.received_minor, f.paid_out * coalesce(w.paid, 0) AS turnover_share,
           f.lost_out * coalesce(w.lost, 0) AS loss_share
    FROM (
        SELECT account_key, currency, sum(payment_count)::BIGINT AS payment_count,
               sum(lost_count)::BIGINT AS lost_count, sum(paid_minor)::BIGINT AS paid_minor,
               sum(lost_minor)::BIGINT AS lost_minor, sum(received_minor)::BIGINT AS received_minor,
               sum(paid_out)::DOUBLE AS paid_out, sum(lost_out)::DOUBLE AS lost_out
        FROM (
            SELECT *, 0 AS received_minor FROM made
            UNION ALL SELECT account_key, currency, 0, 0, 0, 0, 0, 0, received_minor FROM received)
        GROUP BY account_key, currency) f
    JOIN chosen c ON c.account_key = f.account_key
    LEFT JOIN weight w ON w.currency IS NOT DISTINCT FROM f.currency
    ORDER BY c.member, f.currency NULLS LAST"""

# A link that was used again after as-of was certainly used first when it was. The days count back from the
# last time that anybody did anything: labels come in long after that. Where no time of any use or payment is
# known, whoever did anything may have done it then.
ACTIVE = """WITH done AS (
        SELECT account_key, max(done_at) AS latest
        FROM (
            SELECT l.account_key,
                   CASE WHEN l.last_seen_at <= $as_of THEN l.last_seen_at ELSE l.first_seen_at END AS done_at
            FROM link l WHERE l.first_seen_at IS NULL OR l.first_seen_at <= $as_of
            UNION ALL
            SELECT payer_key, paid_at FROM payment WHERE paid_at IS NULL OR paid_at <= $as_of)
        GROUP BY account_key),
    told AS (
        SELECT coalesce(a.market, '') AS market, a.created_at, d.latest, d.account_key IS NOT NULL AS did,
               max(greatest(d.latest, a.created_at)) OVER () - to_days($days) AS since
        FROM position p JOIN known_account_key a ON a.account_key = p.account_key
        LEFT JOIN done d ON d.account_key = p.account_key)
    SELECT market, count(*) AS account_count,
           count(*) FILTER (created_at >= since OR coalesce(latest >= since, did OR created_at IS NULL))
           AS active_count
    FROM told GROUP BY market ORDER BY market"""

FILES = "SELECT DISTINCT table_name, digest, mapping_digest FROM loaded_file ORDER BY ALL"
JUDGEMENTS = "SELECT judgement_id FROM judgement ORDER BY judgement_id"
