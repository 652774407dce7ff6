// How many nodes have a label; the server keeps count.
CYPHER 5
MATCH (n:`{label}`) RETURN count(n) AS nodes
