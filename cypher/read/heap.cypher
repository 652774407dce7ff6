// The most memory that the server's Java takes for its heap, in bytes.
CYPHER 5
CALL dbms.queryJmx('java.lang:type=Memory') YIELD attributes
RETURN attributes.HeapMemoryUsage.value.properties.max AS bytes
