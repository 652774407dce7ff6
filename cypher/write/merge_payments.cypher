// Write payments: each parameter is a column; a node that is there already is brought up to date. One that a
// person made is marked, so that it never goes.
CYPHER 5
UNWIND range(0, size($id) - 1) AS i
MERGE (n:Payment {id: $id[i]})
ON MATCH SET n.adopted = CASE WHEN n.content_digest IS NULL THEN true ELSE n.adopted END
SET n.long_id = $long_id[i],
    n.caption = $caption[i],
    n.amount_minor = $amount_minor[i],
    n.currency = $currency[i],
    n.status = $status[i],
    n.category = $category[i],
    n.paid_at = CASE WHEN $paid_at[i] IS NOT NULL THEN datetime.fromEpochMillis($paid_at[i] / 1000) END,
    n.content_digest = $content_digest[i]
RETURN collect(id(n)) AS node, collect(n.id) AS id
