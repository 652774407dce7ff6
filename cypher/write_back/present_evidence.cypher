// The evidence that graphrisk wrote between accounts and identifiers of one label, in columns; text: which identifier.
CYPHER 5
MATCH (a:`{account}`)-[l:EVIDENCE]->(b:`{label}`)
WHERE l.content_digest IS NOT NULL AND l.kind = $kind AND l.identifier_property = $identifier
WITH collect(l) AS links
UNWIND range(0, size(links) - 1, $rows) AS at
CALL (links, at) {
    UNWIND links[at..at + $rows] AS l
    RETURN collect(id(l)) AS relationship, collect(id(startNode(l))) AS start,
        collect(coalesce(trim(toStringOrNull(endNode(l)[$identifier])), '')) AS text, collect(l.content_digest) AS digest
}
RETURN relationship, start, text, digest
