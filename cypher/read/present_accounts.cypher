// The accounts that stand in the graph, in columns, with the digests of their scores and of what is in
// force, and their labels.
CYPHER 5
MATCH (n:Account)
WITH collect(n) AS nodes
UNWIND range(0, size(nodes) - 1, $rows) AS at
CALL (nodes, at) {
    UNWIND nodes[at..at + $rows] AS n
    RETURN collect(id(n)) AS node, collect(coalesce(n.id, '')) AS id, collect(coalesce(n.content_digest, -1)) AS digest,
        collect(coalesce(n.score_digest, -1)) AS score_digest,
        collect(coalesce(n.enforcement_digest, -1)) AS enforcement_digest, collect(n:HighRisk) AS HighRisk,
        collect(n:KnownBad) AS KnownBad, collect(n:KnownGood) AS KnownGood, collect(n:Outsider) AS Outsider,
        collect(n:Enforced) AS Enforced
}
RETURN node, id, digest, score_digest, enforcement_digest, HighRisk, KnownBad, KnownGood, Outsider, Enforced
