// The top rings
// Where to begin: the rings of the current run, the best score first, each with what speaks for it.
//
// $min_score: float, default 0.0: leave out rings below this score
// $min_size: integer, default 2: leave out rings with fewer members
// $limit: integer, default 25: rings at most
CYPHER 5
MATCH (found:Ring)
WHERE found.score >= $min_score AND found.size >= $min_size AND found.status = 'found'
RETURN found.id AS ring, round(found.score, 3) AS score, found.size AS size, found.core_count AS core,
    found.labelled_bad_count AS bad, found.labelled_good_count AS good,
    found.exposure_minor AS exposure_minor, found.currency AS currency, found.reasons AS reasons
ORDER BY found.score DESC, ring
LIMIT $limit
