"""The server under test is a real one, and behaves as its fixtures say."""

from __future__ import annotations

import pytest
from neo4j.exceptions import AuthError
from neo4j_server import Neo4jServer


def test_the_server_is_of_a_supported_line_and_asks_for_a_password(neo4j_server: Neo4jServer) -> None:
    assert neo4j_server.version.startswith(("5.26.", "2025.", "2026."))
    wrong = Neo4jServer(neo4j_server.uri, "not-the-password", None, "", None, neo4j_server.user)
    with pytest.raises(AuthError):
        wrong.run("RETURN 1")


def test_an_emptied_server_has_no_rows_and_no_constraints(empty_neo4j: Neo4jServer) -> None:
    assert empty_neo4j.run("MATCH (n) RETURN count(n) AS nodes") == [{"nodes": 0}]
    assert empty_neo4j.run("SHOW CONSTRAINTS YIELD name") == []
