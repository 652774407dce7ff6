// What is new since the run before
// Rings that the current run found first, and rings that it found otherwise than before; with the members that
// are new in them or are held otherwise.
//
// $run_id: text, default '': the run; empty for the current one
// $limit: integer, default 50: rings at most
CYPHER 5
MATCH (run:Run)
WHERE CASE $run_id WHEN '' THEN run.is_current ELSE run.id = $run_id END
WITH run.id AS run_id
LIMIT 1
MATCH (ring:Ring)
WHERE ring.status = 'found' AND (ring.run_id = run_id OR ring.first_run_id = run_id)
WITH run_id, ring, ring.first_run_id = run_id AS is_new
ORDER BY is_new DESC, ring.score DESC, ring.id
LIMIT $limit
CALL (ring, run_id) {
    MATCH (ring)<-[membership:MEMBER_OF]-(account:Account)
    WHERE membership.run_id = run_id
    WITH account
    ORDER BY coalesce(account.risk, 0.0) DESC, account.id
    RETURN collect(account) AS accounts
}
RETURN CASE WHEN is_new THEN 'new' ELSE 'changed' END AS what, ring.id AS ring, ring.score AS score,
    ring.size AS size, size(accounts) AS changed_members, accounts[..5] AS riskiest, ring.reasons AS reasons
ORDER BY is_new DESC, score DESC, ring
