// The accounts of somebody else's graph, in columns, with what was written on them. score_digest -1: nothing of ours. is_taken: a
// property of that name that is not ours.
CYPHER 5
MATCH (n:`{label}`)
WITH collect(n) AS nodes
UNWIND range(0, size(nodes) - 1, $rows) AS at
CALL (nodes, at) {
    UNWIND nodes[at..at + $rows] AS n
    WITH n, coalesce(toIntegerOrNull(n[$score_digest]), -1) AS digest
    RETURN collect(id(n)) AS node, collect(coalesce(toStringOrNull(n[$id]), '')) AS key, collect(digest) AS score_digest,
        collect(n:HighRisk) AS is_high_risk,
        collect(digest >= 0 AND coalesce(toFloatOrNull(n[$risk]) >= $high_risk_at, false)) AS was_high_risk,
        collect(digest < 0 AND (n[$risk] IS NOT NULL OR n[$propagated] IS NOT NULL OR n[$reason] IS NOT NULL
            OR n[$ring_id] IS NOT NULL)) AS is_taken
}
RETURN node, key, score_digest, is_high_risk, was_high_risk, is_taken
