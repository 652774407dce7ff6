// Write what a run says of accounts: each parameter is a column.
CYPHER 5
UNWIND range(0, size($node) - 1) AS i
MATCH (a:Account) WHERE id(a) = $node[i] AND a.content_digest = $digest[i]
SET a.risk = $risk[i],
    a.propagated = $propagated[i],
    a.reason = $reason[i],
    a.ring_id = $ring_id[i],
    a.verdict = $verdict[i],
    a.score_digest = $score_digest[i]
RETURN count(*) AS written
