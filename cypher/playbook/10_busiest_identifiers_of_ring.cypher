// What a ring has most in common
// The identifiers that most members have, with how many accounts have them at all: one that nobody else has
// is the ring's own.
//
// $ring_id: text, for example 'RING-7K3QX': the ring's name
// $min_members: integer, default 2: members who have it, at least
// $limit: integer, default 25: identifiers at most
CYPHER 5
MATCH (ring:Ring {id: $ring_id})<-[:MEMBER_OF]-(member:Account)
MATCH (member)-[link]->(identifier:Identifier)
WHERE type(link) <> 'EVIDENCE'
WITH identifier, count(DISTINCT member) AS member_count, min(link.first_seen_at) AS first_seen_at,
    max(link.last_seen_at) AS last_seen_at
WHERE member_count >= $min_members
RETURN identifier, identifier.kind AS kind, member_count, identifier.account_count AS account_count,
    round(1.0 * member_count / identifier.account_count, 3) AS ring_share, first_seen_at, last_seen_at
ORDER BY member_count DESC, account_count, identifier.id
LIMIT $limit
