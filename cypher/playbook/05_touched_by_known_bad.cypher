// What known-bad accounts touched
// What they used together with others, and whom they paid; with the accounts behind it about which nothing is
// known yet. What many bad accounts touched comes first, then what few others have.
//
// $account_id: text, default '': one known-bad account; empty for all of them
// $hub_accounts: integer, default 50: what more accounts share is counted, but nobody behind it is shown
// $limit: integer, default 25: rows at most
CYPHER 5
MATCH (bad:KnownBad)
WHERE $account_id = '' OR bad.id = $account_id
MATCH (bad)-[link]->(touched)
WHERE type(link) = 'PAID' OR (touched:Identifier AND type(link) <> 'EVIDENCE' AND touched.account_count >= 2)
WITH touched, type(link) AS how, count(DISTINCT bad) AS bad_count
ORDER BY bad_count DESC, coalesce(touched.account_count, 0), how, touched.id
LIMIT $limit
CALL (touched) {
    WITH touched
    WHERE touched:Identifier AND touched.account_count <= $hub_accounts
    MATCH (touched)<--(unknown:Account)
    WHERE unknown.verdict IS NULL
    WITH DISTINCT unknown
    ORDER BY coalesce(unknown.risk, 0.0) DESC, unknown.id
    RETURN collect(unknown) AS unknown
}
RETURN touched, how, bad_count, touched.account_count AS account_count,
    CASE WHEN touched.account_count <= $hub_accounts THEN size(unknown) END AS unknown_count,
    unknown[..5] AS riskiest_unknown
ORDER BY bad_count DESC, coalesce(account_count, 0), how, touched.id
