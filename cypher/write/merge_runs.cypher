// Write runs: each parameter is a column; a node that is there already is brought up to date.
CYPHER 5
UNWIND range(0, size($id) - 1) AS i
MERGE (n:Run {id: $id[i]})
SET n.long_id = $long_id[i],
    n.caption = $caption[i],
    n.started_at = CASE WHEN $started_at[i] IS NOT NULL THEN datetime.fromEpochMillis($started_at[i] / 1000) END,
    n.as_of = CASE WHEN $as_of[i] IS NOT NULL THEN datetime.fromEpochMillis($as_of[i] / 1000) END,
    n.parameters = $parameters[i],
    n.input_digest = $input_digest[i],
    n.ring_count = $ring_count[i],
    n.account_count = $account_count[i],
    n.content_digest = $content_digest[i]
RETURN collect(id(n)) AS node, collect(n.id) AS id
