// The top rings
// Where to begin: the rings of the current run, the best score first, each with what speaks for it.
//
// $min_score: float, default 0.0: leave out rings below this score
// $min_size: integer, default 2: leave out rings with fewer members
// $limit: integer, default 25: rings at most
CYPHER 5
MATCH (ring:Ring)
WHERE ring.score >= $min_score AND ring.size >= $min_size AND ring.status = 'found'
RETURN ring.id AS ring, ring.score AS score, ring.size AS size, ring.core_count AS core,
    ring.labelled_bad_count AS bad, ring.labelled_good_count AS good,
    ring.exposure_minor AS exposure_minor, ring.currency AS currency, ring.reasons AS reasons
ORDER BY score DESC, ring
LIMIT $limit
