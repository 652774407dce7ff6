// The top rings
// Where to begin: the rings of the current run, the best score first, each with what speaks for it, and
// with the innocent explanation that comes nearest: below 0 bits it fits worse than a ring.
//
// $min_score: float, default 0.0: leave out rings below this score
// $min_size: integer, default 2: leave out rings with fewer members
// $limit: integer, default 25: rings at most
CYPHER 5
MATCH (found:Ring)
WHERE found.score >= $min_score AND found.size >= $min_size AND found.status = 'found'
RETURN found.id AS ring, round(found.score, 3) AS score, found.size AS size, found.core_count AS core,
    found.labelled_bad_count AS bad, found.labelled_good_count AS good,
    found.exposure_minor AS exposure_minor, found.currency AS currency, found.innocent AS innocent,
    round(found.innocent_bits, 1) AS innocent_bits, found.reasons AS reasons
ORDER BY found.score DESC, ring
LIMIT $limit
