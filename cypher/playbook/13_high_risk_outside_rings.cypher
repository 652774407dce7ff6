// High risk, but in no ring
// Accounts of high risk that belong to no ring, the riskiest first; with the known-bad accounts with which they
// share something that not very many have.
//
// $min_risk: float, default 0.5: leave out accounts below this risk; the label itself begins at 0.5
// $hub_accounts: integer, default 50: what more accounts share does not count
// $limit: integer, default 50: accounts at most
CYPHER 5
MATCH (account:HighRisk)
WHERE account.ring_id IS NULL AND account.risk >= $min_risk
WITH account
ORDER BY account.risk DESC, account.id
LIMIT $limit
CALL (account) {
    MATCH (account)-->(shared:Identifier)
    WHERE shared.account_count >= 2 AND shared.account_count <= $hub_accounts
    WITH DISTINCT account, shared
    MATCH (shared)<--(bad:KnownBad)
    WHERE bad <> account
    WITH DISTINCT bad
    ORDER BY bad.id
    RETURN collect(bad) AS bad
}
RETURN account, account.risk AS risk, account.verdict AS verdict, account.reason AS reason,
    size(bad) AS known_bad_count, bad[..5] AS known_bad
ORDER BY risk DESC, account.id
