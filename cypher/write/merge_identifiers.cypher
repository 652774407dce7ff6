// Write identifiers of one kind: each parameter is a column; a node that is there already is brought up to date. One that a
// person made is marked, so that it never goes.
CYPHER 5
UNWIND range(0, size($id) - 1) AS i
MERGE (n:`{label}` {id: $id[i]})
ON MATCH SET n.adopted = CASE WHEN n.content_digest IS NULL THEN true ELSE n.adopted END
SET n:Identifier
SET n.long_id = $long_id[i],
    n.caption = $caption[i],
    n.kind = $kind[i],
    n.raw = $raw[i],
    n.account_count = $account_count[i],
    n.content_digest = $content_digest[i]
RETURN collect(id(n)) AS node, collect(n.id) AS id
