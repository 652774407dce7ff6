// What stands in the graph under one label, in columns. digest -1: a person wrote it.
CYPHER 5
MATCH (n:`{label}`)
WITH collect(n) AS nodes
UNWIND range(0, size(nodes) - 1, $rows) AS at
CALL (nodes, at) {
    UNWIND nodes[at..at + $rows] AS n
    RETURN collect(id(n)) AS node, collect(coalesce(n.id, '')) AS id, collect(coalesce(n.content_digest, -1)) AS digest
}
RETURN node, id, digest
