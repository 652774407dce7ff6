// Write memberships: each parameter is a column. The ends are found by internal id, and only if they still are what was compared.
CYPHER 5
UNWIND range(0, size($start) - 1) AS i
MATCH (a:`{label}`) WHERE id(a) = $start[i] AND toStringOrNull(a[$id_name]) = $key[i]
MATCH (b:Ring) WHERE id(b) = $end[i] AND b.content_digest = $end_digest[i]
MERGE (a)-[l:MEMBER_OF]->(b)
SET l.core = $core[i],
    l.closeness = $closeness[i],
    l.confidence = $confidence[i],
    l.bits = $bits[i],
    l.account_risk = $account_risk[i],
    l.reasons = $reasons[i],
    l.not_automatic = $not_automatic[i],
    l.detectors = $detectors[i],
    l.run_id = $run_id[i],
    l.content_digest = $content_digest[i]
RETURN count(DISTINCT i) AS written
