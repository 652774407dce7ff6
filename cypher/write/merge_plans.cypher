// Write plans: each parameter is a column; a node that is there already is brought up to date. One that a person made
// is marked, so that it never goes.
CYPHER 5
UNWIND range(0, size($id) - 1) AS i
MERGE (n:Plan {id: $id[i]})
ON MATCH SET n.adopted = CASE WHEN n.content_digest IS NULL THEN true ELSE n.adopted END
SET n.long_id = $long_id[i],
    n.caption = $caption[i],
    n.status = $status[i],
    n.run_id = $run_id[i],
    n.created_at = CASE WHEN $created_at[i] IS NOT NULL THEN datetime.fromEpochMillis($created_at[i] / 1000) END,
    n.expires_at = CASE WHEN $expires_at[i] IS NOT NULL THEN datetime.fromEpochMillis($expires_at[i] / 1000) END,
    n.planned_by = $planned_by[i],
    n.approved_by = $approved_by[i],
    n.ring_count = $ring_count[i],
    n.account_count = $account_count[i],
    n.action_count = $action_count[i],
    n.blocked_count = $blocked_count[i],
    n.left_out_count = $left_out_count[i],
    n.content_digest = $content_digest[i]
RETURN collect(id(n)) AS node, collect(n.id) AS id
