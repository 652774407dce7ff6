// Remove nodes of ours that nothing supports any more, unless a person linked them, labelled them or wrote a property.
CYPHER 5
UNWIND range(0, size($node) - 1) AS i
MATCH (n:`{label}`) WHERE id(n) = $node[i] AND n.content_digest = $digest[i]
    AND NOT EXISTS { (n)--() }
    AND all(label IN labels(n) WHERE label IN $labels)
    AND all(name IN keys(n) WHERE name IN $properties)
DELETE n
RETURN count(*) AS removed
