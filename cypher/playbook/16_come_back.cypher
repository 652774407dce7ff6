// Rings that may have come back
// Newborn rings that work like one that was taken down, with what both show: hours, tempo, the way addresses and
// names are written, payees, amounts. From .7 on it is a match, below that a hint. The former ring stands in the
// graph as it was found last, without its members.
//
// $min_probability: float, default 0.05: leave out what is less probable
// $ring_id: text, default '': of this ring alone; empty: of all
// $limit: integer, default 25: matches at most
CYPHER 5
MATCH (ring:Ring)-[like:RESEMBLES]->(former:Ring)
WHERE like.probability >= $min_probability AND ($ring_id = '' OR ring.id = $ring_id)
RETURN ring.id AS ring, former.id AS former, round(like.probability, 2) AS probability,
    like.taken_down_at AS taken_down_at, like.words AS words, round(like.bits, 1) AS bits, like.aspects AS aspects
ORDER BY like.probability DESC, ring, former
LIMIT $limit
