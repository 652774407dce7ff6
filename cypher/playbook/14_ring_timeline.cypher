// A ring's days, one after another
// When its members signed up, first used what they share with anybody, and first paid whom; the earliest first.
//
// $ring_id: text, for example 'RING-7K3QX': the ring's name
// $limit: integer, default 200: events at most
CYPHER 5
MATCH (ring:Ring {id: $ring_id})<-[:MEMBER_OF]-(account:Account)
CALL (account) {
    WITH account
    WHERE account.created_at IS NOT NULL
    RETURN account.created_at AS at, 'signed up' AS what, account.market AS with_what, 1 AS times
    UNION ALL
    MATCH (account)-[link]->(identifier:Identifier)
    WHERE link.first_seen_at IS NOT NULL AND identifier.account_count >= 2
    RETURN link.first_seen_at AS at, type(link) AS what, identifier.caption AS with_what, link.event_count AS times
    UNION ALL
    MATCH (account)-[paid:PAID]->(payee:Account)
    WHERE paid.first_at IS NOT NULL
    RETURN paid.first_at AS at, 'PAID' AS what, payee.caption AS with_what, paid.count AS times
}
RETURN at, account, what, with_what, times
ORDER BY at, account.id, what, with_what
LIMIT $limit
