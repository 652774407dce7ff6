"""What one writes with Graph Data Science to find groups of accounts in the graph that graphrisk pushed.

    NEO4J_URI=... NEO4J_PASSWORD=... python benchmarks/neo4j_gds_user.py wcc|strict|leiden

wcc     accounts and identifiers as they stand, without identifiers of more than 50 accounts; weakly connected
        components
strict  the same with devices, cards and addresses of at most 10 accounts
leiden  an edge between every two accounts that share an identifier of at most 50 accounts, weighted by how
        many they share; Leiden

All write a community to every account that is in the projected graph. All parameters are the library's own,
but for four threads, the most that its free edition takes. Prints seconds and counts of each step as JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Sequence
from typing import NamedTuple

import neo4j

from graphrisk.model.kinds import BUILT_IN_KINDS

COMMUNITY = "community"  # the property that is written
THREADS = 4
ALL = "|".join(kind.relationship for kind in BUILT_IN_KINDS.kinds)
STRONG = "|".join(
    kind.relationship for kind in BUILT_IN_KINDS.kinds if kind.name in ("device", "instrument", "address")
)


class Method(NamedTuple):
    """most: accounts of an identifier that counts."""

    most: int
    project: str
    write: str


def components(links: str, most: int) -> Method:
    return Method(
        most,
        f"""
        MATCH (i:Identifier) WHERE COUNT {{ (i)<-[:{links}]-() }} <= $most
        MATCH (a:Account)-[:{links}]->(i)
        WITH gds.graph.project($graph, a, i, {{}}, {{undirectedRelationshipTypes: ['*']}}) AS g
        RETURN g.nodeCount AS nodes, g.relationshipCount AS relationships""",
        """
        CALL gds.wcc.write($graph, {writeProperty: $property, concurrency: $threads})
        YIELD computeMillis, writeMillis, componentCount
        RETURN computeMillis, writeMillis, componentCount AS communities""",
    )


METHODS = {
    "wcc": components(ALL, 50),
    "strict": components(STRONG, 10),
    "leiden": Method(
        50,
        f"""
        MATCH (i:Identifier) WHERE COUNT {{ (i)<-[:{ALL}]-() }} <= $most
        MATCH (a:Account)-[:{ALL}]->(i)<-[:{ALL}]-(b:Account) WHERE id(a) < id(b)
        WITH a, b, count(i) AS shared
        WITH gds.graph.project($graph, a, b, {{relationshipProperties: {{shared: shared}}}},
            {{undirectedRelationshipTypes: ['*']}}) AS g
        RETURN g.nodeCount AS nodes, g.relationshipCount AS relationships""",
        """
        CALL gds.leiden.write($graph, {writeProperty: $property, concurrency: $threads,
            relationshipWeightProperty: 'shared'})
        YIELD computeMillis, writeMillis, communityCount
        RETURN computeMillis, writeMillis, communityCount AS communities""",
    ),
}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("method", choices=tuple(METHODS))
    method = METHODS[parser.parse_args(arguments).method]
    login = ("neo4j", os.environ["NEO4J_PASSWORD"])
    values = {"graph": "g", "most": method.most, "property": COMMUNITY, "threads": THREADS}
    steps = []
    with (
        neo4j.GraphDatabase.driver(os.environ["NEO4J_URI"], auth=login) as driver,
        driver.session(database="neo4j", notifications_disabled_classifications=["DEPRECATION"]) as session,
    ):
        for step, statement in (
            ("project", method.project),
            ("find and write", method.write),
            ("drop", "CALL gds.graph.drop($graph) YIELD graphName RETURN 1 AS dropped"),
        ):
            began = time.perf_counter()
            told = session.run(statement, values).data()[0]
            steps.append({"step": step, "seconds": time.perf_counter() - began, "told": told})
    print(json.dumps(steps))


if __name__ == "__main__":
    main()
