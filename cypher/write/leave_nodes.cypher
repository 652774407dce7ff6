// What a person wrote on stays, and is theirs from now on.
CYPHER 5
UNWIND range(0, size($node) - 1) AS i
MATCH (n:`{label}`) WHERE id(n) = $node[i] AND n.content_digest = $digest[i]
REMOVE n.content_digest, n.score_digest, n.enforcement_digest
FOREACH (run IN CASE WHEN n:Run THEN [n] ELSE [] END | SET run.is_current = false)
FOREACH (ring IN CASE WHEN n:Ring THEN [n] ELSE [] END | SET ring.status = 'gone')
FOREACH (plan IN CASE WHEN n:Plan THEN [n] ELSE [] END | SET plan.status = 'gone')
// What is in force is for now: nobody would ever take it back
FOREACH (account IN CASE WHEN n:Account THEN [n] ELSE [] END |
    REMOVE account:Enforced, account.enforcement_state, account.enforcement_from_at, account.enforcement_until_at,
        account.enforcement_plan_id)
FOREACH (ring IN CASE WHEN n:Ring THEN [n] ELSE [] END | REMOVE ring.enforced_count, ring.strongest_enforcement)
RETURN count(*) AS written
