// Write what is in force on accounts: each parameter is a column. Nothing is in force where all are null.
CYPHER 5
UNWIND range(0, size($node) - 1) AS i
MATCH (a:Account) WHERE id(a) = $node[i] AND a.content_digest = $digest[i]
SET a.enforcement_state = $enforcement_state[i],
    a.enforcement_from_at = CASE WHEN $enforcement_from_at[i] IS NOT NULL
        THEN datetime.fromEpochMillis($enforcement_from_at[i] / 1000) END,
    a.enforcement_until_at = CASE WHEN $enforcement_until_at[i] IS NOT NULL
        THEN datetime.fromEpochMillis($enforcement_until_at[i] / 1000) END,
    a.enforcement_plan_id = $enforcement_plan_id[i],
    a.enforcement_digest = $enforcement_digest[i]
RETURN count(*) AS written
