"""Asks a server a question of the playbook, read only and within a time, and turns what the driver returns
into values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import neo4j
from neo4j.exceptions import Neo4jError
from neo4j.graph import Node, Path, Relationship
from neo4j.time import DateTime

from graphrisk.errors import ConfigError, GraphServerBusyError
from graphrisk.model.graph_schema import GraphSchema
from graphrisk.model.graph_values import Answer, GraphNode, GraphPath, GraphRelationship, GraphValue
from graphrisk.model.questions import Question, QuestionValue
from graphrisk.model.times import naive_utc
from graphrisk.stores.neo4j.connection import GraphConnection
from graphrisk.stores.neo4j.schema import search_index_name

_TIMED_OUT = "Neo.ClientError.Transaction.TransactionTimedOut"
_LUCENE = "org.apache.lucene.queryparser"


@dataclass(frozen=True, slots=True)
class Neo4jQuestions:
    """Fits flows.play.QuestionServer. seconds: after which the server ends a question."""

    connection: GraphConnection
    schema: GraphSchema
    seconds: float

    def search_index_name(self) -> str:
        return search_index_name(self.connection, self.schema)

    def ask(self, question: Question, values: Mapping[str, QuestionValue]) -> Answer:
        """Raises GraphServerBusyError where it takes longer."""
        target = self.connection.target
        session = self.connection.driver.session(
            database=target.database, default_access_mode=neo4j.READ_ACCESS
        )
        try:
            with session, session.begin_transaction(timeout=self.seconds) as transaction:
                result = transaction.run(question.statement, dict(values))
                columns = tuple(result.keys())
                rows = tuple(tuple(map(graph_value, record.values())) for record in result)
        except Neo4jError as error:
            if (error.code or "").startswith(_TIMED_OUT):
                raise GraphServerBusyError(
                    f"{question.name} took longer than {self.seconds:g} s",
                    where=target.uri,
                    remedy="ask for less (a smaller limit or hub_accounts), or give it more --timeout",
                ) from error
            if _LUCENE in (error.message or ""):
                raise ConfigError(
                    "the words cannot be searched for as they stand",
                    where=question.name,
                    remedy="put a backslash before characters that are not letters or digits",
                ) from error
            raise
        return Answer(columns, rows)


def graph_value(value: object) -> GraphValue:
    """Whatever the driver returns. What has no type of ours (a point, a duration) becomes its text."""
    match value:
        case None | str() | int() | float():
            return value
        case Node() | Relationship() | Path():
            return _graph_part(value)
        case DateTime():
            return _naive_utc(value)
        case Mapping():
            return {str(name): graph_value(each) for name, each in value.items()}
        case list():
            return [graph_value(each) for each in value]
        case _:
            return str(value)


def _graph_part(part: Node | Relationship | Path) -> GraphNode | GraphRelationship | GraphPath:
    match part:
        case Node():
            return _node(part)
        case Relationship():
            return _relationship(part)
        case Path():
            return GraphPath(tuple(map(_node, part.nodes)), tuple(map(_relationship, part.relationships)))


def _node(node: Node) -> GraphNode:
    return GraphNode(node.element_id, tuple(sorted(node.labels)), _properties(node))


def _relationship(link: Relationship) -> GraphRelationship:
    start, end = (node.element_id if node is not None else "" for node in link.nodes)
    return GraphRelationship(link.type, start, end, _properties(link))


def _properties(entity: Node | Relationship) -> dict[str, GraphValue]:
    return {str(name): graph_value(value) for name, value in sorted(entity.items())}


def _naive_utc(value: DateTime) -> datetime:
    """To the microsecond; a time without zone is left as it is."""
    return naive_utc(value.to_native())
