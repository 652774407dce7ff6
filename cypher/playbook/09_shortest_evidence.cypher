// The shortest evidence between two accounts
// A picture: the shortest chains of accounts of which each shares something with the next, five steps at most.
// What very many share is no step.
//
// $account_id: text, for example 'acc17': the one account
// $other_account_id: text, for example 'acc42': the other account
// $hub_accounts: integer, default 50: identifiers with more accounts are no step
// $limit: integer, default 5: chains at most
CYPHER 5
MATCH (account:Account {id: $account_id})
MATCH (other:Account {id: $other_account_id})
MATCH path = SHORTEST 20 PATHS
    (account) (
        (:Account)-[to WHERE type(to) <> 'EVIDENCE']->(held:Identifier WHERE held.account_count <= $hub_accounts)
            <-[from WHERE type(from) <> 'EVIDENCE']-(:Account)
    ){1,5} (other)
RETURN path, length(path) / 2 AS steps, reduce(most = 0, each IN held |
    CASE WHEN each.account_count > most THEN each.account_count ELSE most END) AS busiest
ORDER BY steps, busiest, [each IN held | each.id]
LIMIT $limit
