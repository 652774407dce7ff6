// Write payments that are not there yet, without a search; the uniqueness constraint refuses the whole batch if one is.
CYPHER 5
UNWIND range(0, size($id) - 1) AS i
CREATE (n:Payment {
    id: $id[i],
    long_id: $long_id[i],
    caption: $caption[i],
    amount_minor: $amount_minor[i],
    currency: $currency[i],
    status: $status[i],
    category: $category[i],
    paid_at: CASE WHEN $paid_at[i] IS NOT NULL THEN datetime.fromEpochMillis($paid_at[i] / 1000) END,
    content_digest: $content_digest[i]
})
RETURN collect(id(n)) AS node, collect(n.id) AS id
