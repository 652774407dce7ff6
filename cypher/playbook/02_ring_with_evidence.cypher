// A ring with its evidence
// A picture: the ring, its members (the core and the riskiest first), and what ties them together. What an
// identifier is used for elsewhere is left out; how many accounts have it stands in its caption.
//
// $ring_id: text, for example 'RING-7K3QX': the ring's name
// $member_limit: integer, default 100: members at most
// $limit: integer, default 200: rows at most, a tie each
CYPHER 5
MATCH (ring:Ring {id: $ring_id})<-[membership:MEMBER_OF]-(account)
WITH ring, membership, account
ORDER BY membership.core DESC, membership.account_risk DESC, account.id
LIMIT $member_limit
OPTIONAL MATCH (account)-[evidence:EVIDENCE]->(identifier)
WHERE evidence.ring_id = ring.id
RETURN ring, membership, account, evidence, identifier
ORDER BY membership.core DESC, membership.account_risk DESC, account.id, evidence.bits DESC, identifier.id
LIMIT $limit
