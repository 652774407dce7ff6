"""The [graph] section of graphrisk.toml: read into one value, and written for graphrisk's own labels."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields

from graphrisk.errors import ConfigError
from graphrisk.model.graph_mapping import GraphMapping, GraphPart, own_mapping
from graphrisk.model.kinds import KindSet
from graphrisk.workspace.config import CONFIG_NAME, GRAPH_SECTION, Config
from graphrisk.workspace.frozen import TomlTable, frozen_from_table, reject_unknown

# As they are called in the file, one [[graph.NAME]] each, and in the value
_PARTS = {"account": "accounts", "link": "links", "payment": "payments", "verdict": "verdicts"}


def read_graph_mapping(config: Config) -> GraphMapping:
    """Raises ConfigError where there is none, beside tables, or for what cannot be."""
    where = f"{CONFIG_NAME} [{GRAPH_SECTION}]"
    section = config.sections.get(GRAPH_SECTION)
    if section is None:
        raise ConfigError(
            "the configuration does not say what the graph means",
            where=str(config.path),
            remedy=f"add a [{GRAPH_SECTION}] section: docs/neo4j-pull.md",
        )
    if config.mapping.tables:
        raise ConfigError(
            "a workspace has its rows from tables or from a graph, not from both",
            where=where,
            remedy="give the graph a workspace of its own, or remove one of the two",
        )
    mapping = frozen_from_table(GraphMapping, _renamed(section, where), where)
    for link in mapping.links:
        reject_unknown(
            [link.kind], config.mapping.kinds.names(), f"{CONFIG_NAME} [[{GRAPH_SECTION}.link]]", noun="kind"
        )
    return mapping


def own_graph_text(kinds: KindSet) -> str:
    """A graphrisk.toml for a graph in graphrisk's own labels and relationship types."""
    mapping = own_mapping(kinds)
    lines = [
        "# What the graph in Neo4j means: docs/neo4j-pull.md explains the keys.",
        "# Written for graphrisk's own labels and relationship types; put yours in their place.",
    ]
    for name, plural in _PARTS.items():
        for part in getattr(mapping, plural):
            lines += ["", f"[[{GRAPH_SECTION}.{name}]]", *_part_lines(part)]
    return "\n".join(lines) + "\n"


def _renamed(section: TomlTable, where: str) -> TomlTable:
    plain = [key for key in section if key not in _PARTS]
    known = [each.name for each in fields(GraphMapping) if each.name not in _PARTS.values()]
    reject_unknown(plain, [*known, *_PARTS], where)
    return {_PARTS.get(key, key): value for key, value in section.items()}


def _part_lines(part: GraphPart) -> Iterator[str]:
    for each in fields(part):
        value = getattr(part, each.name)
        if value not in (each.default, ()):
            yield f"{each.name} = {json.dumps(list(value) if isinstance(value, tuple) else value)}"
