// Rings like this one
// Rings of a similar size that are held together by the same kinds of thing: the same trade, perhaps another
// crew. likeness is 1 where size and the mix of kinds are the same, 0 where they have no kind in common.
//
// $ring_id: text, for example 'RING-7K3QX': the ring's name
// $size_factor: float, default 3.0: leave out rings that are so many times larger or smaller
// $limit: integer, default 25: rings at most
CYPHER 5
MATCH (ring:Ring {id: $ring_id})<-[:MEMBER_OF]-(:Account)-[tie:EVIDENCE]->(identifier:Identifier)
WHERE tie.ring_id = ring.id
WITH ring, identifier.kind AS kind, count(DISTINCT identifier) AS number
WITH ring, collect({kind: kind, number: number}) AS mix, sum(number) AS total
MATCH (other:Ring)
WHERE other.id <> ring.id AND other.status = 'found'
    AND other.size <= ring.size * $size_factor AND ring.size <= other.size * $size_factor
CALL (other) {
    MATCH (other)<-[:MEMBER_OF]-(:Account)-[tie:EVIDENCE]->(identifier:Identifier)
    WHERE tie.ring_id = other.id
    WITH identifier.kind AS kind, count(DISTINCT identifier) AS number
    RETURN collect({kind: kind, number: number}) AS other_mix, sum(number) AS other_total
}
WITH ring, other, other_mix,
    reduce(sum = 0.0, mine IN mix | sum + reduce(both = 0.0, theirs IN other_mix |
        both + CASE
            WHEN mine.kind <> theirs.kind THEN 0.0
            WHEN 1.0 * mine.number / total < 1.0 * theirs.number / other_total THEN 1.0 * mine.number / total
            ELSE 1.0 * theirs.number / other_total
        END)) AS common_share
WITH other, other_mix, common_share * CASE
    WHEN ring.size < other.size THEN 1.0 * ring.size / other.size
    ELSE 1.0 * other.size / ring.size
END AS likeness
WHERE likeness > 0.0
RETURN other.id AS ring, likeness, other.size AS size, other.score AS score,
    [each IN other_mix | toString(each.number) + ' ' + each.kind] AS held_by, other.reasons AS reasons
ORDER BY likeness DESC, score DESC, ring
LIMIT $limit
