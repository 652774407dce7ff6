// Write identifiers of one kind that are not there yet, without a search; the uniqueness constraint refuses the whole batch if one is.
CYPHER 5
UNWIND range(0, size($id) - 1) AS i
CREATE (n:`{label}`:Identifier {
    id: $id[i],
    long_id: $long_id[i],
    caption: $caption[i],
    kind: $kind[i],
    raw: $raw[i],
    account_count: $account_count[i],
    content_digest: $content_digest[i]
})
RETURN collect(id(n)) AS node, collect(n.id) AS id
