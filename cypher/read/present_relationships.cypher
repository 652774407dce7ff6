// The relationships of one type that stand in the graph, in columns, by internal ids. digest -1: a person wrote it.
CYPHER 5
MATCH (a:`{start}`)
WITH collect(a) AS starts
UNWIND range(0, size(starts) - 1, $rows) AS at
CALL (starts, at) {
    UNWIND starts[at..at + $rows] AS a
    MATCH (a)-[l:`{type}`]->(b:`{end}`)
    RETURN collect(id(l)) AS relationship, collect(id(a)) AS start, collect(id(b)) AS end,
        collect(coalesce(l.content_digest, -1)) AS digest
}
RETURN relationship, start, end, digest
