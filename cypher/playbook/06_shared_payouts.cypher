// Sellers who share where the money goes
// Accounts that are paid and have a card, a bank account, a device, an address in common: one operator behind
// several shops, perhaps. With who paid them how much. Shared IPs are left out, they say little.
//
// $kind: text, default '': one kind of identifier, e.g. instrument; empty for all but ip
// $min_sellers: integer, default 2: sellers who have it, at least
// $hub_accounts: integer, default 50: what more accounts share is left out
// $limit: integer, default 25: rows at most
CYPHER 5
MATCH (seller:Account)
WHERE EXISTS { (seller)<-[:PAID]-() }
WITH seller
MATCH (seller)-->(shared:Identifier)
WHERE shared.account_count >= 2 AND shared.account_count <= $hub_accounts
    AND CASE $kind WHEN '' THEN shared.kind <> 'ip' ELSE shared.kind = $kind END
WITH DISTINCT shared, seller
ORDER BY seller.id
WITH shared, collect(seller) AS sellers
WHERE size(sellers) >= $min_sellers
ORDER BY size(sellers) DESC, shared.account_count, shared.id
LIMIT $limit
CALL (sellers) {
    UNWIND sellers AS seller
    MATCH (seller)<-[paid:PAID]-(payer:Account)
    WITH coalesce(paid.currency, '?') AS currency, sum(paid.amount_minor) AS amount_minor,
        sum(paid.count) AS count, sum(paid.chargeback_count) AS chargeback_count
    ORDER BY count DESC, currency
    RETURN collect(toString(amount_minor) + ' ' + currency) AS amounts_minor, sum(count) AS payment_count,
        sum(chargeback_count) AS chargeback_count
}
RETURN shared, shared.account_count AS account_count, size(sellers) AS seller_count, sellers[..10] AS sellers,
    payment_count, chargeback_count, amounts_minor
ORDER BY seller_count DESC, account_count, shared.id
