// Who joins two rings
// Accounts that share something with this ring and something with another one: members of either, or of none.
// Each row has what ties the account to the one and to the other; what is shared by very many ties nobody.
//
// $ring_id: text, for example 'RING-7K3QX': the ring's name
// $other_ring_id: text, default '': the other ring's name; empty for every other
// $hub_accounts: integer, default 50: identifiers with more accounts tie nobody
// $limit: integer, default 25: rows at most
CYPHER 5
MATCH (ring:Ring {id: $ring_id})<-[:MEMBER_OF]-(:Account)-->(held:Identifier)
WHERE held.account_count >= 2 AND held.account_count <= $hub_accounts
WITH DISTINCT ring, held
MATCH (held)<--(account:Account)
WITH DISTINCT ring, account, held
ORDER BY held.account_count, held.id
WITH ring, account, collect(held) AS here
MATCH (account)-->(tie:Identifier)
WHERE tie.account_count >= 2 AND tie.account_count <= $hub_accounts
WITH DISTINCT ring, account, here, tie
MATCH (tie)<--(far:Account)
WHERE far <> account AND far.ring_id <> ring.id AND ($other_ring_id = '' OR far.ring_id = $other_ring_id)
WITH DISTINCT ring, account, here, tie, far.ring_id AS other_id
MATCH (other:Ring {id: other_id})
WITH ring, account, here, other, tie
ORDER BY tie.account_count, tie.id
WITH ring, account, here, other, collect(tie) AS there
RETURN account, account.ring_id AS member_of, account.risk AS risk, ring, here[..5] AS shared_here,
    other, there[..5] AS shared_there
ORDER BY size(here) + size(there) DESC, account.id, other.id
LIMIT $limit
