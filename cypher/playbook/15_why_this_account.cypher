// Why this account
// What speaks against an account, and for it: its risk and the reason, what is known, its place in a ring, the
// evidence that ties it there, and the known-bad accounts with which it shares something or trades.
//
// $account_id: text, for example 'acc17': the account
// $hub_accounts: integer, default 50: what more accounts share does not count
// $limit: integer, default 50: rows at most
CYPHER 5
MATCH (account:Account {id: $account_id})
CALL (account) {
    RETURN 0 AS place, 'risk' AS what, account.risk AS value, account.reason AS words, account AS about
    UNION
    WITH account
    WHERE account.verdict IS NOT NULL
    RETURN 1 AS place, 'known' AS what, null AS value, account.verdict AS words, account AS about
    UNION
    MATCH (account)-[membership:MEMBER_OF]->(ring:Ring)
    RETURN 2 AS place, CASE WHEN membership.core THEN 'core of a ring' ELSE 'fringe of a ring' END AS what,
        membership.bits AS value, membership.reasons AS words, ring AS about
    UNION
    MATCH (account)-[evidence:EVIDENCE]->(identifier:Identifier)
    WHERE evidence.ring_id = account.ring_id
    RETURN 3 AS place, 'evidence' AS what, evidence.bits AS value, evidence.words AS words, identifier AS about
    UNION
    MATCH (account)-->(shared:Identifier)
    WHERE shared.account_count >= 2 AND shared.account_count <= $hub_accounts
    WITH DISTINCT account, shared
    MATCH (shared)<--(bad:KnownBad)
    WHERE bad <> account
    WITH shared, count(DISTINCT bad) AS bad_count
    RETURN 4 AS place, 'shared with known bad' AS what, toFloat(bad_count) AS value,
        toString(bad_count) + ' known bad of ' + toString(shared.account_count) + ' accounts' AS words,
        shared AS about
    UNION
    MATCH (account)-[paid:PAID]-(bad:KnownBad)
    RETURN 5 AS place, CASE WHEN startNode(paid) = account THEN 'paid known bad' ELSE 'paid by known bad' END AS what,
        toFloat(paid.count) AS value,
        toString(paid.amount_minor) + coalesce(' ' + paid.currency, '') + ' in minor units' AS words, bad AS about
}
RETURN what, value, words, about
ORDER BY place, value DESC, about.id
LIMIT $limit
