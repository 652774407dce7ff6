// The rings that stand in the graph, in columns, with the digest of what is in force on their members.
CYPHER 5
MATCH (n:Ring)
WITH collect(n) AS nodes
UNWIND range(0, size(nodes) - 1, $rows) AS at
CALL (nodes, at) {
    UNWIND nodes[at..at + $rows] AS n
    RETURN collect(id(n)) AS node, collect(coalesce(n.id, '')) AS id, collect(coalesce(n.content_digest, -1)) AS digest,
        collect(coalesce(n.enforcement_digest, -1)) AS enforcement_digest
}
RETURN node, id, digest, enforcement_digest
