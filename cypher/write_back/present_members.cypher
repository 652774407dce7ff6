// The memberships that graphrisk wrote for accounts of one label, in columns, by internal ids.
CYPHER 5
MATCH (r:Ring)
WITH collect(r) AS rings
UNWIND range(0, size(rings) - 1, $rows) AS at
CALL (rings, at) {
    UNWIND rings[at..at + $rows] AS r
    MATCH (a:`{label}`)-[l:MEMBER_OF]->(r)
    WHERE l.content_digest IS NOT NULL
    RETURN collect(id(l)) AS relationship, collect(id(a)) AS start, collect(id(r)) AS end,
        collect(l.content_digest) AS digest
}
RETURN relationship, start, end, digest
