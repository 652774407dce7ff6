// Enforced, but in no ring any more
// Accounts on which something above monitor is in force, and which the current run has in no ring; the longest
// first, with the ring for which the plan did it, as far as it is told.
//
// $state: text, default '': with this tier in force alone; empty: with any
// $limit: integer, default 50: accounts at most
CYPHER 5
MATCH (account:Enforced)
WHERE account.ring_id IS NULL AND ($state = '' OR account.enforcement_state = $state)
WITH account
ORDER BY account.enforcement_from_at, account.id
LIMIT $limit
OPTIONAL MATCH (account)<-[proposal:PROPOSES]-(:Plan {id: account.enforcement_plan_id})
RETURN account, account.enforcement_state AS state, account.enforcement_from_at AS since,
    account.enforcement_until_at AS until, account.enforcement_plan_id AS by_plan, proposal.ring_id AS former_ring,
    account.risk AS risk, account.reason AS reason
ORDER BY since, account.id
