// Find by words
// Accounts, identifiers and rings by the words of their captions and shown names. `smith AND bob`, `smi*` and
// `smith~` do what they do in Lucene.
//
// $text: text, for example 'smith': the words
// $search_index: text, default 'graphrisk_search': what the full-text index is called on this server
// $limit: integer, default 25: nodes at most
CYPHER 5
CALL db.index.fulltext.queryNodes($search_index, $text, {limit: $limit}) YIELD node, score
RETURN node, labels(node) AS labels, node.id AS id, node.display_name AS display_name, score
ORDER BY score DESC, id
LIMIT $limit
