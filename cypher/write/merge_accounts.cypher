// Write accounts: each parameter is a column; a node that is there already is brought up to date. One that a
// person made is marked, so that it never goes.
CYPHER 5
UNWIND range(0, size($id) - 1) AS i
MERGE (n:Account {id: $id[i]})
ON MATCH SET n.adopted = CASE WHEN n.content_digest IS NULL THEN true ELSE n.adopted END
SET n.long_id = $long_id[i],
    n.caption = $caption[i],
    n.role = $role[i],
    n.market = $market[i],
    n.display_name = $display_name[i],
    n.created_at = CASE WHEN $created_at[i] IS NOT NULL THEN datetime.fromEpochMillis($created_at[i] / 1000) END,
    n.content_digest = $content_digest[i]
RETURN collect(id(n)) AS node, collect(n.id) AS id
