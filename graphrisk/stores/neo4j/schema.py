"""Constraints and indexes on the server: what is there, what is missing, and making it."""

from __future__ import annotations

from collections.abc import Sequence

from neo4j.exceptions import ClientError, Neo4jError

from graphrisk.errors import GraphServerBusyError, GraphServerError
from graphrisk.model.graph_indexes import (
    IndexKind,
    IndexSchema,
    IndexState,
    PresentIndex,
    find_index,
    graph_indexes,
    pattern,
)
from graphrisk.model.graph_schema import GraphSchema
from graphrisk.stores.neo4j.connection import GraphConnection
from graphrisk.stores.neo4j.server_state import require_version
from graphrisk.stores.neo4j.statements import Statement, read_statement

AWAIT_SECONDS = 600  # for one index to be filled: tens of millions of nodes


def read_indexes(connection: GraphConnection) -> tuple[PresentIndex, ...]:
    """Those of the kinds that graphrisk knows, ordered by name."""
    return tuple(
        PresentIndex(
            name=record["name"],
            kind=_kind(record["type"], record["constraint"]),
            labels=frozenset(record["labels"]),
            properties=frozenset(record["properties"]),
            state=IndexState(record["state"]),
            filled_percent=float(record["percent"]),
            failure=(record["failure"] or "").partition("\n")[0],
        )
        for record in connection.read(read_statement("schema/show_indexes"))
    )


def search_index_name(connection: GraphConnection, schema: GraphSchema) -> str:
    """What the full-text index is called on this server, once it is filled. Raises GraphServerError where
    there is none, or it failed, GraphServerBusyError where it is not filled within AWAIT_SECONDS."""
    wanted = _search_index(schema)
    found = None if wanted is None else find_index(read_indexes(connection), wanted)
    if wanted is None or found is None:
        raise GraphServerError(
            "there is no full-text index over captions",
            where=connection.target.uri,
            remedy="`graphrisk neo4j push` makes it; somebody else's graph gets none",
        )
    _await_online(connection, wanted, found)
    return found.name


def ensure_schema(connection: GraphConnection, schema: GraphSchema, *, search: bool = True) -> None:
    """Make what is missing and wait until all is online. What is there already, under whatever name, stays.

    search: False leaves the full-text index for `ensure_search`, but sees to it that it can be made.

    Raises GraphServerError where the server is too old, refuses, or an index failed, GraphServerBusyError
    where one is not filled within AWAIT_SECONDS.
    """
    require_version(connection)
    present = read_indexes(connection)
    missing = [index for index in graph_indexes(schema) if find_index(present, index) is None]
    for index in missing:
        _refuse_taken_name(connection, index, present)
    wanted = [index for index in graph_indexes(schema) if search or index.kind is not IndexKind.SEARCH]
    for index in wanted:
        if index in missing:
            _make_index(connection, index, present)
    present = read_indexes(connection)
    for index in wanted:
        _await_online(connection, index, find_index(present, index))


def ensure_search(connection: GraphConnection, schema: GraphSchema) -> bool:
    """Make the full-text index where it is missing, without waiting for it. Returns whether it is filled, or
    none is wanted: the server fills it behind our back, from what stands there."""
    wanted = _search_index(schema)
    if wanted is None:
        return True
    present = read_indexes(connection)
    found = find_index(present, wanted)
    if found is None:
        _make_index(connection, wanted, present)
        found = find_index(read_indexes(connection), wanted)
    return found is not None and found.state is IndexState.ONLINE


def _search_index(schema: GraphSchema) -> IndexSchema | None:
    return next((index for index in graph_indexes(schema) if index.kind is IndexKind.SEARCH), None)


def _refuse_taken_name(
    connection: GraphConnection, index: IndexSchema, present: Sequence[PresentIndex]
) -> None:
    if (taken := next((each for each in present if each.name == index.name), None)) is not None:
        raise GraphServerError(
            f"the name {index.name} belongs to a {taken.kind} on {pattern(taken.labels, taken.properties)}",
            where=connection.target.uri,
            remedy=f"drop it, then let `graphrisk neo4j check --fix` make the {index.kind}",
        )


def _make_index(connection: GraphConnection, index: IndexSchema, present: Sequence[PresentIndex]) -> None:
    _refuse_taken_name(connection, index, present)
    try:
        connection.write_alone(_create_statement(index))
    except Neo4jError as error:
        if ".Schema." not in (error.code or ""):
            raise
        raise _clash(connection, index, present, error) from error


def _create_statement(index: IndexSchema) -> Statement:
    match index.kind:
        case IndexKind.UNIQUE:
            return read_statement("schema/create_unique_id").fill(name=index.name, label=index.labels[0])
        case IndexKind.RANGE:
            return read_statement("schema/create_range_index").fill(
                name=index.name, label=index.labels[0], property=index.properties[0]
            )
        case IndexKind.SEARCH:
            return read_statement("schema/create_search_index")


def _clash(
    connection: GraphConnection, index: IndexSchema, present: Sequence[PresentIndex], error: Neo4jError
) -> GraphServerError:
    where = f"{connection.target.uri}, {pattern(index.labels, index.properties)}"
    plain = next(
        (
            each
            for each in present
            if each.labels == {*index.labels} and each.properties == {*index.properties}
        ),
        None,
    )
    if index.kind is IndexKind.UNIQUE and plain is not None:
        return GraphServerError(
            f"the index {plain.name} stands in the way of the uniqueness constraint",
            where=where,
            remedy="drop that index (the constraint brings one that does the same), then try again",
        )
    if index.kind is IndexKind.UNIQUE and "have the label" in (error.message or ""):
        return GraphServerError(
            "several nodes have the same id, so it cannot be made unique",
            where=where,
            value=(error.message or "").partition("\n")[2],
            remedy="merge or relabel those that graphrisk did not write, then try again",
        )
    return GraphServerError(
        f"the server refuses to make the {index.kind}",
        where=where,
        value=error.message or error.code,
        remedy="read the server's log (debug.log)",
    )


def _await_online(connection: GraphConnection, wanted: IndexSchema, found: PresentIndex | None) -> None:
    if found is not None and found.state is IndexState.POPULATING:
        try:
            connection.read(
                read_statement("schema/await_index"), {"name": found.name, "seconds": AWAIT_SECONDS}
            )
        except ClientError as error:  # not in time, or it failed: its state says which
            if not (error.code or "").startswith("Neo.ClientError.Procedure."):
                raise
        found = find_index(read_indexes(connection), wanted)
    where = f"{connection.target.uri}, {pattern(wanted.labels, wanted.properties)}"
    if found is None:
        raise GraphServerBusyError(f"somebody dropped the {wanted.kind} just now", where=where)
    if found.state is IndexState.FAILED:
        raise GraphServerError(
            f"the {wanted.kind} {found.name} failed: {found.failure}",
            where=where,
            remedy="drop it, then make it again with `graphrisk neo4j check --fix`",
        )
    if found.state is IndexState.POPULATING:
        raise GraphServerBusyError(
            f"the {wanted.kind} {found.name} is filled to {found.filled_percent:.0f} %",
            where=where,
            remedy="try again when it is online: `graphrisk neo4j check` says so",
        )


def _kind(type_name: str, constraint: str | None) -> IndexKind:
    if type_name == "FULLTEXT":
        return IndexKind.SEARCH
    return IndexKind.RANGE if constraint is None else IndexKind.UNIQUE
