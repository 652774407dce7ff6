"""The graph in Neo4j: a projection of the workspace that investigators explore, or somebody else's graph."""
