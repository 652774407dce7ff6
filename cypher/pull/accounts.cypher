// Nodes that are accounts, in columns: internal ids, and the properties $id, $role, ... as texts, '' where there is none.
CYPHER 5
MATCH (n:`{label}`)
WITH collect(n) AS nodes
UNWIND range(0, size(nodes) - 1, $rows) AS at
CALL (nodes, at) {
    UNWIND nodes[at..at + $rows] AS n
    RETURN collect(id(n)) AS node, collect(coalesce(toStringOrNull(n[$id]), '')) AS account_id,
        collect(coalesce(toStringOrNull(n[$role]), '')) AS role,
        collect(coalesce(toStringOrNull(n[$created_at]), '')) AS created_at,
        collect(coalesce(toStringOrNull(n[$market]), '')) AS market,
        collect(coalesce(toStringOrNull(n[$display_name]), '')) AS display_name
}
RETURN node, account_id, role, created_at, market, display_name
