// Write who paid whom, all payments of a pair together, where that is not there yet: each parameter is a column. The ends are found by
// internal id, and only if they still are what was compared: an internal id may have been given to another node since.
CYPHER 5
UNWIND range(0, size($start) - 1) AS i
MATCH (a:Account) WHERE id(a) = $start[i] AND a.content_digest = $start_digest[i]
MATCH (b:Account) WHERE id(b) = $end[i] AND b.content_digest = $end_digest[i]
CREATE (a)-[l:PAID {
    count: $count[i],
    amount_minor: $amount_minor[i],
    currency: $currency[i],
    other_currency_count: $other_currency_count[i],
    chargeback_count: $chargeback_count[i],
    refund_count: $refund_count[i],
    first_at: CASE WHEN $first_at[i] IS NOT NULL THEN datetime.fromEpochMillis($first_at[i] / 1000) END,
    last_at: CASE WHEN $last_at[i] IS NOT NULL THEN datetime.fromEpochMillis($last_at[i] / 1000) END,
    content_digest: $content_digest[i]
}]->(b)
RETURN count(*) AS written
