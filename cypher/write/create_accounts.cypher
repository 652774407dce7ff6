// Write accounts that are not there yet, without a search; the uniqueness constraint refuses the whole batch if one is.
CYPHER 5
UNWIND range(0, size($id) - 1) AS i
CREATE (n:Account {
    id: $id[i],
    long_id: $long_id[i],
    caption: $caption[i],
    role: $role[i],
    market: $market[i],
    display_name: $display_name[i],
    created_at: CASE WHEN $created_at[i] IS NOT NULL THEN datetime.fromEpochMillis($created_at[i] / 1000) END,
    content_digest: $content_digest[i]
})
RETURN collect(id(n)) AS node, collect(n.id) AS id
