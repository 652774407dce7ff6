// Nodes that are identifiers, in columns: internal ids, and the property $identifier as a text, '' where there is none.
CYPHER 5
MATCH (n:`{label}`)
WITH collect(n) AS nodes
UNWIND range(0, size(nodes) - 1, $rows) AS at
CALL (nodes, at) {
    UNWIND nodes[at..at + $rows] AS n
    RETURN collect(id(n)) AS node, collect(coalesce(toStringOrNull(n[$identifier]), '')) AS identifier
}
RETURN node, identifier
