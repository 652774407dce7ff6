// How many relationships of a type begin at nodes of a label: the server keeps that number.
CYPHER 5
MATCH (:`{start}`)-[l:`{type}`]->()
RETURN count(l) AS many
