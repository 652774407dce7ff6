// An account's neighbourhood without hubs
// A picture: the account, its ring, what it used, who else used that, and whom it paid or was paid by. An
// identifier that very many share stands there with nobody behind it, and payments are left out where the account
// has very many partners: not_shown says how many accounts that are.
//
// $account_id: text, for example 'acc17': the account
// $hub_accounts: integer, default 50: what more accounts share is not followed
// $limit: integer, default 200: rows at most, a path each
CYPHER 5
MATCH (account:Account {id: $account_id})
CALL (account) {
    WITH account, COUNT { (account)-[:PAID]-() } AS partners
    MATCH path = (account)
    RETURN path, CASE WHEN partners > $hub_accounts THEN partners END AS not_shown,
        0 AS place, 0 AS width, 0.0 AS risk, '' AS name
    UNION ALL
    MATCH path = (account)-[:MEMBER_OF]->(ring:Ring)
    RETURN path, null AS not_shown, 1 AS place, 0 AS width, 0.0 AS risk, ring.id AS name
    UNION ALL
    MATCH path = (account)-[link]->(identifier:Identifier)
    WHERE type(link) <> 'EVIDENCE'
    RETURN path, CASE WHEN identifier.account_count > $hub_accounts THEN identifier.account_count - 1 END AS not_shown,
        2 AS place, identifier.account_count AS width, 0.0 AS risk, identifier.id AS name
    UNION ALL
    MATCH (account)-[link]->(identifier:Identifier)
    WHERE type(link) <> 'EVIDENCE' AND identifier.account_count <= $hub_accounts
    WITH account, link, identifier
    MATCH path = (account)-[link]->(identifier)<-[other]-(neighbour:Account)
    WHERE type(other) <> 'EVIDENCE'
    RETURN path, null AS not_shown, 3 AS place, identifier.account_count AS width,
        coalesce(neighbour.risk, 0.0) AS risk, neighbour.id AS name
    UNION ALL
    WITH account
    WHERE COUNT { (account)-[:PAID]-() } <= $hub_accounts
    MATCH path = (account)-[:PAID]-(partner:Account)
    RETURN path, null AS not_shown, 4 AS place, 0 AS width, coalesce(partner.risk, 0.0) AS risk, partner.id AS name
}
RETURN path, not_shown
ORDER BY place, width, risk DESC, name
LIMIT $limit
