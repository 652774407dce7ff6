// A plan, and what became of it
// A picture: the plan, the accounts with which it does something or would, the riskiest first, and their rings; with
// what hangs on it still, and what was lifted, when and by what. Of a large plan some rings are left out: how many
// accounts that are stands on the plan.
//
// $plan_id: text, for example 'P-7K3QXW2M5T': the plan's name, or how it starts
// $outcome: text, default '': what became of it: 'in force', 'to come', 'lifted', 'expired'; empty: any of it
// $limit: integer, default 140: accounts at most
CYPHER 5
MATCH (plan:Plan)
WHERE plan.id STARTS WITH $plan_id
WITH plan
ORDER BY plan.id
LIMIT 1
MATCH (plan)-[proposal:PROPOSES]->(account:Account)
WHERE $outcome = '' OR proposal.outcome = $outcome
WITH plan, proposal, account
ORDER BY proposal.tier IS NULL, account.risk DESC, account.id
LIMIT $limit
OPTIONAL MATCH (plan)-[touch:TOUCHES]->(ring:Ring {id: proposal.ring_id})
OPTIONAL MATCH (account)-[membership:MEMBER_OF]->(ring)
RETURN plan, proposal, account, proposal.bucket AS bucket, proposal.tier AS tier, proposal.blocked_by AS blocked_by,
    proposal.outcome AS outcome, proposal.ended_at AS ended_at, proposal.ended_by AS ended_by,
    account.enforcement_state AS state, touch, ring, membership
ORDER BY proposal.tier IS NULL, account.risk DESC, account.id
LIMIT $limit
